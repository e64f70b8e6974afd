"""Polyfills of C functions that have no module of their own here: SimpleNamespace, `str.join` of an iterator."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.constructors import dict_from, list_from
from bytegrad.rules.polyfills.copy import set_attributes
from bytegrad.rules.polyfills.native import argument_error, natively


@polyfill(types.SimpleNamespace)
def namespace_polyfill(*args: Any, **attributes: Any) -> Any:
    """`SimpleNamespace(**attributes)`; from 3.13 on also from a mapping or pairs."""
    namespace = types.SimpleNamespace.__new__(types.SimpleNamespace)
    namespace_init(namespace, *args, **attributes)
    return namespace


@polyfill(types.SimpleNamespace.__init__)
def namespace_init(self: types.SimpleNamespace, /, *args: Any, **attributes: Any) -> None:
    """What `SimpleNamespace(...)` does with the new object."""
    if args:
        # With empty arguments the original says whether it takes any.
        natively(types.SimpleNamespace, *[{} for _ in args])
        positional = dict_from(args[0])
        for name in positional:
            if not isinstance(name, str):
                raise TypeError("keywords must be strings")
        set_attributes(self, positional)
    set_attributes(self, attributes)


def join_from(self: str, iterable: Iterable[Any]) -> str:
    """`self.join(iterable)` of what is no list or tuple: C, too, takes all items before it joins them.

    It has no rule of its own: a join of a list is left to C, and this must lead there.
    """
    if not hasattr(type(iterable), "__iter__"):
        argument_error(self.join, iterable)
    return self.join(list_from(iter(iterable)))
