"""Tuples: values, whose cotangents are tuples of their items' cotangents.

Subclasses, namedtuples among them, carry theirs by value as well; only what a subclass keeps in an attribute of its
own is memory.
"""

from __future__ import annotations

from typing import Any

from bytegrad.rules.containers.lists import count_of
from bytegrad.rules.containers.methods import (
    INERT_KINDS,
    carries,
    give_items,
    is_plain,
    items_of,
    method,
    method_resolver,
)
from bytegrad.rules.declare import non_differentiable, polyfill, primitive
from bytegrad.rules.polyfills import constructors
from bytegrad.runtime.context import Context
from bytegrad.runtime.iteration import tuple_iterator
from bytegrad.runtime.subscripts import load_item
from bytegrad.runtime.tangent import ZERO, accum

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]

non_differentiable(tuple.index, tuple.count, tuple.__len__, tuple.__contains__, tuple.__hash__)
non_differentiable(tuple.__eq__, tuple.__ne__, tuple.__lt__, tuple.__le__, tuple.__gt__, tuple.__ge__)

# --- making them ---------------------------------------------------------------------------------


@polyfill(tuple)
def tuple_polyfill(iterable: Any, /) -> Any:
    return constructors.tuple_from(iterable)


@primitive(tuple)
def tuple_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    """Of no argument, or of a list, a tuple or what carries nothing; the polyfill does the rest."""
    if len(args) != 1 or unknown:
        return None, tuple(*args, **unknown)
    if not is_plain(args[0]) and type(args[0]) not in INERT_KINDS:
        return NotImplemented
    y = tuple(args[0])
    return (_reverse_tuple, args[0], len(y)) if carries(y) else None, y


def _reverse_tuple(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, source, n = record
    return (ZERO if y_bar is ZERO else give_items(ctx, source, range(n), items_of(y_bar, n), n),)


@polyfill(tuple.__new__)
def tuple_new_polyfill(cls: Any, iterable: Any, /) -> Any:
    return tuple.__new__(cls, constructors.list_from(iterable))


@primitive(tuple.__new__)
def tuple_new_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    """`tuple.__new__(cls, iterable)`, which is what a namedtuple is made by."""
    if len(args) != 2 or unknown:
        return None, tuple.__new__(*args, **unknown)
    if not is_plain(args[1]) and type(args[1]) not in INERT_KINDS:
        return NotImplemented
    y = tuple.__new__(*args)
    return (_reverse_tuple_new, args[1], len(y)) if carries(y) else None, y


def _reverse_tuple_new(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (ZERO, *_reverse_tuple(ctx, record, y_bar))


# --- + and * -------------------------------------------------------------------------------------


@method(tuple.__add__, 2)
def add_rule(ctx: Context, a: tuple[Any, ...], b: tuple[Any, ...]) -> Pair:
    y = tuple.__add__(a, b)
    return (_reverse_add, len(a), len(b)) if carries(y) else None, y


def _reverse_add(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, n, m = record
    if y_bar is ZERO:
        return (ZERO, ZERO)
    bars = items_of(y_bar, n + m)
    return (bars[:n], bars[n:])


@method(tuple.__mul__, 2)
@method(tuple.__rmul__, 2)
def mul_rule(ctx: Context, xs: tuple[Any, ...], times: Any) -> Pair:
    y = tuple.__mul__(xs, count_of(times))
    return (_reverse_mul, len(xs), len(y)) if carries(y) else None, y


def _reverse_mul(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, n, total = record
    if y_bar is ZERO:
        return (ZERO, ZERO)
    bars: list[Any] = [ZERO] * n
    for index, bar in enumerate(items_of(y_bar, total)):
        bars[index % n] = accum(bars[index % n], bar)
    return (tuple(bars), ZERO)


# --- items ---------------------------------------------------------------------------------------

method_resolver(tuple.__getitem__, 2)(load_item)


@method_resolver(tuple.__iter__, 1)
def iter_rule(ctx: Context, xs: tuple[Any, ...]) -> Any:
    return tuple_iterator(ctx, xs)
