"""Calls of C by a rule, or without derivative, which may ask methods of the user's on their way."""

from __future__ import annotations

import types
from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.looking import asks_as_key, calls_back
from bytegrad.runtime.opaque_calls import call_opaque, watched
from bytegrad.runtime.steps import Step, native


def run_natively(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """A call without derivative, which may ask methods of the user's on its way."""
    if type(f) is not types.FunctionType and f not in _ASKING_NOTHING and any(map(calls_back, args)):
        return call_opaque(ctx, f, args, kwargs)
    return native(f, args, kwargs)


def run_primitive(ctx: Context, f: Any, augmented: Any, args: tuple[Any, ...]) -> Any:
    """The pair of a rule, which may ask methods of the user's on its way."""
    if f.__name__ in _LOOKING_FOR and any(map(asks_as_key, args[1:])):
        return watched(ctx, f, args, augmented)
    return augmented(ctx, *args)


_LOOKING_FOR = frozenset(
    (
        *("get", "pop", "setdefault", "fromkeys", "add", "discard", "remove", "index", "count", "insert"),
        *("__contains__", "__getitem__", "__setitem__", "__delitem__", "__mul__", "__imul__", "__rmul__"),
    )
)
"""Methods of containers that compare what they get, or ask it for a whole number."""


_ASKING_NOTHING = frozenset((isinstance, issubclass, callable, id, hasattr))
"""Functions without derivative that ask no method of an object, or none that changes it."""
