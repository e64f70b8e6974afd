"""Descriptors that are asked by name: ``descriptor.__get__(owner)`` is the attribute, ``__set__`` its store."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np

from bytegrad.rules.declare import resolver
from bytegrad.runtime import array_items, attributes
from bytegrad.runtime.class_attributes import plain_load_of_class
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import after
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]


# --- properties ------------------------------------------------------------------------------------


@resolver(property.__get__)
def property_get_rule(ctx: Context, /, *args: Any) -> Any:
    found, owner = args[:2] if len(args) in (2, 3) else (None, None)
    if not isinstance(found, property) or owner is None or found.fget is None:
        return NotImplemented
    return after(resolve(ctx, found.fget, (owner,), {}), functools.partial(_without_descriptor, len(args)))


@resolver(property.__set__)
def property_set_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 3 or not isinstance(args[0], property) or args[0].fset is None:
        return NotImplemented
    return after(resolve(ctx, args[0].fset, args[1:], {}), functools.partial(_without_descriptor, 3))


@resolver(property.__delete__)
def property_delete_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 2 or not isinstance(args[0], property) or args[0].fdel is None:
        return NotImplemented
    return after(resolve(ctx, args[0].fdel, args[1:], {}), functools.partial(_without_descriptor, 2))


def _without_descriptor(n: int, record: Any) -> Any:
    return (_reverse_without_descriptor, record, n)


def _reverse_without_descriptor(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """The descriptor is the first of `n` operands; what answers for it got those behind it, but for the class."""
    _, inner, n = record
    bars = (ZERO, *inner[0](ctx, inner, y_bar))
    return (*bars, *(ZERO,) * (n - len(bars)))


# --- descriptors of C ------------------------------------------------------------------------------


def _is_found(found: Any, owner: Any) -> bool:
    """Whether `found` is what an access of the attribute by its name would meet."""
    return lookup(type(owner), found.__name__) is found


def _declare(kind: Any) -> None:
    @resolver(kind.__get__)
    def get_rule(ctx: Context, /, *args: Any) -> Any:
        """``descriptor.__get__(owner)`` or ``descriptor.__get__(owner, type)``."""
        if len(args) not in (2, 3) or type(args[0]) is not kind or not _is_found(*args[:2]):
            return NotImplemented
        load = plain_load_of_class if issubclass(type(args[1]), type) else attributes.plain_load
        step = load(ctx, args[1], args[0].__name__)
        return after(step, functools.partial(_without_descriptor, len(args)))

    @resolver(kind.__set__)
    def set_rule(ctx: Context, /, *args: Any) -> Any:
        """``descriptor.__set__(owner, value)``."""
        if len(args) != 3 or type(args[0]) is not kind or issubclass(type(args[1]), type):
            return NotImplemented
        if args[0].__objclass__ is np.ndarray and issubclass(type(args[1]), np.ndarray):
            step = array_items.set_attribute(ctx, args[1], args[0].__name__, args[2])
        else:
            step = attributes.plain_store(ctx, args[1], args[0].__name__, args[2]) if _is_found(*args[:2]) else None
        if step is None:
            return NotImplemented
        return after(step, functools.partial(_without_descriptor, 3))

    @resolver(kind.__delete__)
    def delete_rule(ctx: Context, /, *args: Any) -> Any:
        """``descriptor.__delete__(owner)``."""
        if len(args) != 2 or type(args[0]) is not kind or not _is_found(*args) or issubclass(type(args[1]), type):
            return NotImplemented
        step = attributes.plain_delete(ctx, args[1], args[0].__name__)
        return after(step, functools.partial(_without_descriptor, 2))


for _kind in (types.MemberDescriptorType, types.GetSetDescriptorType):
    _declare(_kind)
