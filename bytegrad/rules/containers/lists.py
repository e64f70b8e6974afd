"""Lists: their slots are numbered, and move when the items move.

A rule does what the method does, and notes where items went; it is reversed after everything that came later, when
the shadow has the layout of the list just after the call.  The list itself may hold anything by then.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from bytegrad.rules.containers.methods import INERT_KINDS, give_items, is_plain, method, method_resolver, take_items
from bytegrad.rules.declare import non_differentiable, polyfill, primitive
from bytegrad.rules.polyfills import constructors
from bytegrad.rules.polyfills.native import MISSING
from bytegrad.runtime.attribute_slots import reverse_store
from bytegrad.runtime.context import Context
from bytegrad.runtime.subscripts import load_item, reverse_copied
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]

non_differentiable(list.index, list.count, list.__len__, list.__contains__, list.__sizeof__)
non_differentiable(list.__eq__, list.__ne__, list.__lt__, list.__le__, list.__gt__, list.__ge__)
# What is left in the slots of an emptied list is absent already.
non_differentiable(list.clear)

# --- one item ------------------------------------------------------------------------------------


@method(list.append, 2)
def append_rule(ctx: Context, xs: list[Any], value: Any) -> Pair:
    list.append(xs, value)
    return (reverse_store, xs, len(xs) - 1, 2), None


@method(list.insert, 3)
def insert_rule(ctx: Context, xs: list[Any], index: Any, value: Any) -> Pair:
    n = len(xs)
    list.insert(xs, index, value)
    index = operator.index(index)
    return (_reverse_insert, xs, max(index + n, 0) if index < 0 else min(index, n)), None


def _reverse_insert(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, index = record
    shadow = ctx.peek(xs)
    return (ZERO, ZERO, shadow.closed(index)[0] if shadow else ZERO)


@method(list.pop, 1, 2)
def pop_rule(ctx: Context, xs: list[Any], *index: Any) -> Pair:
    n = len(xs)
    value = list.pop(xs, *index)
    at = operator.index(index[0]) if index else n - 1
    return (reverse_pop, xs, at + n if at < 0 else at, n, 1 + len(index)), value


def reverse_pop(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """An item came out of a sequence of `n`: its slot opens again, with the item's cotangent."""
    _, xs, index, n, operands = record
    shadow = ctx.peek(xs) if y_bar is ZERO else ctx.shadow(xs)
    if shadow is not None:
        if index < n - 1:
            shadow.opened(index)
        shadow.add(index, y_bar)
    return (ZERO,) * operands


@method(list.remove, 2)
def remove_rule(ctx: Context, xs: list[Any], value: Any) -> Pair:
    n = len(xs)
    try:
        index = list.index(xs, value)
    except ValueError:
        list.remove(xs, value)
        return None, None
    list.__delitem__(xs, index)
    return (reverse_pop, xs, index, n, 2), None


# --- the whole -----------------------------------------------------------------------------------


@method(list.reverse, 1)
def reverse_rule(ctx: Context, xs: list[Any]) -> Pair:
    list.reverse(xs)
    return (reverse_rearranged, xs, range(len(xs) - 1, -1, -1), 1), None


def reverse_rearranged(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """The item that is at `k` came from ``origins[k]``."""
    _, xs, origins, operands = record
    shadow = ctx.peek(xs)
    if shadow:
        shadow.rearranged(origins)
    return (ZERO,) * operands


_SORTED_BY_C = frozenset({float, int, bool, str})


@primitive(list.sort)
def sort_rule(ctx: Context, xs: Any, /, *args: Any, key: Any = None, reverse: Any = False, **unknown: Any) -> Any:
    """Of plain numbers or texts; the polyfill does the rest."""
    if args or unknown or key is not None or type(reverse) is not bool or not isinstance(xs, list):
        return NotImplemented
    if not set(map(type, xs)) <= _SORTED_BY_C:
        return NotImplemented
    before = list(xs)
    list.sort(xs, reverse=reverse)
    origins = sorted(range(len(before)), key=before.__getitem__, reverse=reverse)
    return (reverse_rearranged, xs, origins, 1), None


@method(list.copy, 1)
def copy_rule(ctx: Context, xs: list[Any]) -> Pair:
    y = list.copy(xs)
    return (reverse_copied, xs, range(len(y)), y, 1), y


# --- taking in other sequences -------------------------------------------------------------------

polyfill(list.extend)(constructors.list_extend)


@method(list.extend, 2)
def extend_rule(ctx: Context, xs: list[Any], source: Any) -> Any:
    if not is_plain(source) and type(source) not in INERT_KINDS:
        return NotImplemented
    start, n = len(xs), len(source)
    list.extend(xs, source)
    return (_reverse_extend, xs, start, source, n) if type(source) not in INERT_KINDS else None, None


def _reverse_extend(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, start, source, n = record
    bars = take_items(ctx, xs, range(start, start + n))
    return (ZERO, give_items(ctx, source, range(n), bars, n))


@polyfill(list.__iadd__)
def iadd_any(self: Any, iterable: Any, /) -> Any:
    list.extend(self, iterable)
    return self


@method(list.__iadd__, 2)
def iadd_rule(ctx: Context, xs: list[Any], source: Any) -> Any:
    pair = extend_rule(ctx, xs, source)
    return pair if pair is NotImplemented else (pair[0], xs)


@polyfill(list)
def list_polyfill(iterable: Any, /) -> Any:
    return constructors.list_from(iterable)


@primitive(list)
def list_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    """Of no argument, or of a list, a tuple or what carries nothing; the polyfill does the rest."""
    if len(args) != 1 or unknown:
        return None, list(*args, **unknown)
    source = args[0]
    if not is_plain(source):
        return (None, list(source)) if type(source) in INERT_KINDS else NotImplemented
    y = list(source)
    return (_reverse_list, y, source, len(y)), y


def _reverse_list(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, source, n = record
    return (give_items(ctx, source, range(n), take_items(ctx, y, range(n)), n),)


@polyfill(list.__init__)
def list_init(self: Any, iterable: Any = MISSING, /) -> None:
    list.clear(self)
    if iterable is not MISSING:
        list.extend(self, iterable)


# --- + and * -------------------------------------------------------------------------------------


@method(list.__add__, 2)
def add_rule(ctx: Context, a: list[Any], b: list[Any]) -> Pair:
    y = list.__add__(a, b)
    return (reverse_concatenated, y, a, len(a), b, len(b)), y


def reverse_concatenated(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """A fresh sequence holds the items of `a` and then those of `b`."""
    _, y, a, n, b, m = record
    bars = take_items(ctx, y, range(n + m))
    return (give_items(ctx, a, range(n), bars[:n], n), give_items(ctx, b, range(m), bars[n:], m))


@method(list.__mul__, 2)
@method(list.__rmul__, 2)
def mul_rule(ctx: Context, xs: list[Any], times: Any) -> Pair:
    y = list.__mul__(xs, count_of(times))
    return (reverse_repeated, y, xs, len(xs), len(y)), y


def count_of(times: Any) -> Any:
    """How often a sequence is repeated, in the words of `*` if that cannot be."""
    if not hasattr(type(times), "__index__"):
        raise TypeError(f"can't multiply sequence by non-int of type '{type(times).__name__}'")
    return times


def reverse_repeated(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """A fresh sequence holds the `n` items of `xs` again and again."""
    _, y, xs, n, total = record
    bars = take_items(ctx, y, range(total))
    give_items(ctx, xs, [index % n for index in range(total)], bars, n)
    return (ZERO, ZERO)


@method(list.__imul__, 2)
def imul_rule(ctx: Context, xs: list[Any], times: Any) -> Pair:
    n = len(xs)
    list.__imul__(xs, count_of(times))
    return (reverse_repeated_in_place, xs, n, len(xs)), xs


def reverse_repeated_in_place(ctx: Context, record: Any, y_bar: Any) -> Bars:
    """The `n` items of `xs` were repeated behind it."""
    _, xs, n, total = record
    again = range(n, total)
    give_items(ctx, xs, [index % n for index in again], take_items(ctx, xs, again), n)
    return (ZERO, ZERO)


# --- subscripts ----------------------------------------------------------------------------------

method_resolver(list.__getitem__, 2)(load_item)


@polyfill(list.__setitem__)
def set_slice_any(self: Any, key: Any, iterable: Any, /) -> None:
    list.__setitem__(self, key, constructors.list_from(iterable))


@method(list.__setitem__, 3)
def setitem_rule(ctx: Context, xs: list[Any], key: Any, value: Any) -> Any:
    if type(key) is not slice:
        list.__setitem__(xs, key, value)
        index = operator.index(key)
        return (reverse_store, xs, index if index >= 0 else index + len(xs), 3), None
    if type(value) in INERT_KINDS:
        value = (*value,)
    if not is_plain(value):
        return (None, list.__setitem__(xs, key, value)) if not _is_iterable(value) else NotImplemented
    n, m = len(xs), len(value)
    start, stop, step = key.indices(n)
    list.__setitem__(xs, key, value)
    if step == 1:
        return (_reverse_replaced, xs, start, max(stop - start, 0), value, m), None
    return (_reverse_extended_slice, xs, range(start, stop, step), value, m), None


def _is_iterable(value: Any) -> bool:
    return hasattr(type(value), "__iter__") or hasattr(type(value), "__getitem__")


def _reverse_replaced(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, start, removed, source, n = record
    shadow = ctx.peek(xs)
    if not shadow:
        return (ZERO, ZERO, ZERO)
    return (ZERO, ZERO, give_items(ctx, source, range(n), shadow.replaced(start, removed, n), n))


def _reverse_extended_slice(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, indices, source, n = record
    return (ZERO, ZERO, give_items(ctx, source, range(n), take_items(ctx, xs, indices), n))


@method(list.__delitem__, 2)
def delitem_rule(ctx: Context, xs: list[Any], key: Any) -> Pair:
    n = len(xs)
    list.__delitem__(xs, key)
    if type(key) is not slice:
        index = operator.index(key)
        return (reverse_pop, xs, index + n if index < 0 else index, n, 2), None
    return (reverse_rearranged, xs, kept_indices(n, key), 2), None


def kept_indices(n: int, removed: slice) -> Sequence[int]:
    """The indices of a sequence of `n` that are left by ``del sequence[removed]``."""
    gone = range(n)[removed]
    return [index for index in range(n) if index not in gone]


# --- iteration -----------------------------------------------------------------------------------


# The iterator itself tells its list and place.
non_differentiable(list.__iter__)
