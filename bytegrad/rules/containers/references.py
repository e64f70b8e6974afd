"""Objects of C that hold others: `functools.partial`, weak references, functions with their defaults."""

from __future__ import annotations

import functools
import types
import weakref
from typing import Any

from bytegrad.rules.containers.methods import items_of
from bytegrad.rules.declare import non_differentiable, primitive
from bytegrad.runtime.attributes import DESCRIPTORS, by_value
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import done
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]

# --- functools.partial -----------------------------------------------------------------------------
# A partial's slots are the indices of its arguments and the names of its keywords, which its calls add to.


@primitive(functools.partial)
def partial_rule(ctx: Context, /, *args: Any, **keywords: Any) -> Any:
    if not args or not callable(args[0]):
        return NotImplemented
    return _made(ctx, functools.partial(*args, **keywords), args, keywords, 0)


@primitive(functools.partial.__new__)
def partial_new_rule(ctx: Context, /, *args: Any, **keywords: Any) -> Any:
    if len(args) < 2 or not callable(args[1]):
        return NotImplemented
    return _made(ctx, functools.partial.__new__(*args, **keywords), args[1:], keywords, 1)


def _made(ctx: Context, y: Any, args: tuple[Any, ...], keywords: dict[str, Any], before: int) -> Any:
    ctx.share(y.keywords, y)
    inner = args[0] if y.func is not args[0] else None
    record = (_reverse_partial, y, len(args) - 1, tuple(keywords), inner, len(y.args), tuple(y.keywords), before)
    return record, y


def _reverse_partial(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """Of a partial of a partial, which C makes into one, the first arguments are those of the inner one."""
    _, y, n, names, inner, total, merged, before = record
    shadow = ctx.peek(y)
    if not shadow:
        return (ZERO,) * (before + 1 + n + len(names))
    held = total - n
    bars = [shadow.take(index) for index in range(held, total)]
    named = [shadow.take(name) for name in names]
    if inner is not None:
        into = ctx.shadow(inner)
        for slot in (*range(held), *[name for name in merged if name not in names]):
            into.add(slot, shadow.take(slot))
    return (ZERO,) * (before + 1) + (*bars, *named)


def _partial_arguments(ctx: Context, owner: Any, found: Any, value: Any) -> Any:
    """`partial.args` as a value."""
    return done((_reverse_items, owner, range(len(value))) if by_value(value) else None, value)


def _reverse_items(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, owner, slots = record
    if y_bar is not ZERO:
        shadow = ctx.shadow(owner)
        for slot, bar in zip(slots, items_of(y_bar, len(slots)), strict=True):
            shadow.add(slot, bar)
    return (ZERO,)


DESCRIPTORS[functools.partial.args] = _partial_arguments  # type: ignore[attr-defined]

# --- functions -------------------------------------------------------------------------------------
# A function's positional defaults are in its slots, under the parameters' names; `__kwdefaults__` is a dict of its own.


def _function_defaults(ctx: Context, owner: Any, found: Any, value: Any) -> Any:
    """`function.__defaults__` as a value."""
    if not by_value(value):
        return done(None, value)
    code = owner.__code__
    return done((_reverse_items, owner, code.co_varnames[code.co_argcount - len(value) : code.co_argcount]), value)


DESCRIPTORS[vars(types.FunctionType)["__defaults__"]] = _function_defaults

# --- weak references -------------------------------------------------------------------------------

# What they lead to is memory: nothing flows through the reference itself.  See `attributes.referent` for proxies.
non_differentiable(weakref.ref, weakref.proxy, weakref.getweakrefs, weakref.getweakrefcount)
