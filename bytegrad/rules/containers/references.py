"""Objects of C that hold others: `functools.partial`, functions with their defaults, cells, weak references."""

from __future__ import annotations

import functools
import types
import weakref
from typing import Any

from bytegrad.rules.containers.methods import items_of, take_items
from bytegrad.rules.declare import non_differentiable, primitive, resolver
from bytegrad.runtime.attribute_slots import by_value, reverse_slot, reverse_store
from bytegrad.runtime.attributes import DESCRIPTOR_STORES, DESCRIPTORS
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import done
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]

# --- functools.partial -----------------------------------------------------------------------------
# A partial's slots are the indices of its arguments and the names of its keywords, which its calls add to.


@primitive(functools.partial)
def partial_rule(ctx: Context, /, *args: Any, **keywords: Any) -> Any:
    make: Any = functools.partial
    if args and type(args[0]) is make and not vars(args[0]):
        # C does so if the inner one has never been asked for its `__dict__`; here it may have been.
        inner = args[0]
        y = make(inner.func, *inner.args, *args[1:], **{**inner.keywords, **keywords})
    else:
        y = make(*args, **keywords)
    return _made(ctx, y, args, keywords, 0)


@primitive(functools.partial.__new__)
def partial_new_rule(ctx: Context, /, *args: Any, **keywords: Any) -> Any:
    if len(args) < 2 or not callable(args[1]):
        return NotImplemented
    return _made(ctx, functools.partial.__new__(args[0], *args[1:], **keywords), args[1:], keywords, 1)


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


DESCRIPTORS[functools.partial.args] = _partial_arguments

# --- functions -------------------------------------------------------------------------------------
# A function's positional defaults are in its slots, under the parameters' names; `__kwdefaults__` is a dict of its own.


def _function_defaults(ctx: Context, owner: Any, found: Any, value: Any) -> Any:
    """`function.__defaults__` as a value."""
    return done((_reverse_items, owner, _defaulted(owner, value)) if by_value(value) else None, value)


def _defaulted(function: Any, defaults: Any) -> tuple[str, ...]:
    """The names of the parameters that have `defaults`."""
    code = function.__code__
    return code.co_varnames[code.co_argcount - len(defaults or ()) : code.co_argcount]


def _store_defaults(owner: Any, value: Any) -> Any:
    """`function.__defaults__ = value`."""
    return (_reverse_store_defaults, owner, _defaulted(owner, value))


def _reverse_store_defaults(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (ZERO, take_items(ctx, record[1], record[2]))


DESCRIPTORS[vars(types.FunctionType)["__defaults__"]] = _function_defaults
DESCRIPTOR_STORES[vars(types.FunctionType)["__defaults__"]] = _store_defaults


@primitive(types.FunctionType)
def function_rule(ctx: Context, /, *args: Any, **options: Any) -> Pair:
    """`FunctionType(code, globals, name, argdefs, closure)`."""
    y = types.FunctionType(*args, **options)
    given = [*[""] * len(args), *options]
    place = given.index("argdefs") if "argdefs" in options else _ARGDEFS if len(args) > _ARGDEFS else -1
    return (_reverse_made_function, y, len(given), place) if place >= 0 and y.__defaults__ else None, y


@resolver(types.CodeType.replace)
def replace_rule(ctx: Context, /, *args: Any, **changes: Any) -> Any:
    """``code.replace(...)``: a number that becomes part of code is a constant there."""
    new = [constant for constant in changes.get("co_consts", ()) if args and not _is_in(constant, args[0])]
    if any([by_value(constant) and type(constant) is not str for constant in new]):
        ctx.refuse("cannot differentiate through a number that is put into a code object", "pass it as an argument")
    return NotImplemented


def _is_in(constant: Any, code: Any) -> bool:
    return any([constant is held for held in code.co_consts])


_ARGDEFS = 3
"""Where the defaults are among the arguments."""


def _reverse_made_function(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, n, place = record
    bars = [ZERO] * n
    bars[place] = take_items(ctx, y, _defaulted(y, y.__defaults__))
    return tuple(bars)


# --- cells -----------------------------------------------------------------------------------------


def _cell_contents(ctx: Context, owner: Any, found: Any, value: Any) -> Any:
    """`cell.cell_contents` as a value: the one slot that the variable has."""
    return done((reverse_slot, owner, 0, 1) if by_value(value) else None, value)


def _store_cell(owner: Any, value: Any) -> Any:
    """`cell.cell_contents = value`."""
    return (reverse_store, owner, 0, 2)


_CONTENTS = vars(types.CellType)["cell_contents"]
DESCRIPTORS[_CONTENTS], DESCRIPTOR_STORES[_CONTENTS] = _cell_contents, _store_cell


@primitive(types.CellType)
def cell_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Pair:
    """`CellType(value)`."""
    y = types.CellType(*args, **unknown)
    return (_reverse_made_cell, y) if args else None, y


def _reverse_made_cell(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return take_items(ctx, record[1], (0,))


# --- weak references -------------------------------------------------------------------------------

# What they lead to is memory: nothing flows through the reference itself.  See `attributes.referent` for proxies.
non_differentiable(weakref.ref, weakref.proxy, weakref.getweakrefs, weakref.getweakrefcount)
