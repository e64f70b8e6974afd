"""`array.array`: a list of numbers of one type, which are read as fresh numbers.

What goes through bytes (`tobytes`, `frombytes`, files) is refused, and so is a write into memory that is an array's of
numpy too.
"""

from __future__ import annotations

import operator
from array import array
from typing import Any

from bytegrad.rules.containers.lists import (
    count_of,
    kept_indices,
    reverse_concatenated,
    reverse_pop,
    reverse_rearranged,
    reverse_repeated,
    reverse_repeated_in_place,
)
from bytegrad.rules.containers.methods import give_items, is_plain, method, take_items
from bytegrad.rules.declare import non_differentiable, polyfill, primitive
from bytegrad.rules.polyfills import constructors
from bytegrad.runtime.arrays import two_faces
from bytegrad.runtime.attribute_slots import reverse_slot, reverse_store
from bytegrad.runtime.context import Context
from bytegrad.runtime.subscripts import reverse_copied
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]
Array = Any

non_differentiable(array.index, array.count, array.__len__, array.__contains__, array.buffer_info)
non_differentiable(array.__eq__, array.__ne__, array.__lt__, array.__le__, array.__gt__, array.__ge__)

# --- making them -----------------------------------------------------------------------------------


@polyfill(array)
def array_polyfill(typecode: Any, source: Any, /) -> Any:
    return array(typecode, constructors.list_from(source))


@primitive(array)
def array_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    if (
        len(args) == 2
        and not unknown
        and not (is_plain(args[1]) or isinstance(args[1], (str, bytes, bytearray, array)))
    ):
        return NotImplemented
    y = array(*args, **unknown)
    return (_reverse_array, y, args[1], len(y)) if len(args) == 2 and not isinstance(args[1], (bytes, str)) else None, y


def _reverse_array(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, source, n = record
    return (ZERO, give_items(ctx, source, range(n), take_items(ctx, y, range(n)), n))


@method(array.tolist, 1)
def tolist_rule(ctx: Context, xs: Array) -> Pair:
    y = array.tolist(xs)
    return (reverse_copied, xs, range(len(y)), y, 1), y


@method(array.__copy__, 1)
def copy_rule(ctx: Context, xs: Array) -> Pair:
    y = array.__copy__(xs)
    return (reverse_copied, xs, range(len(y)), y, 1), y


@method(array.__deepcopy__, 2)
def deepcopy_rule(ctx: Context, xs: Array, memo: Any) -> Pair:
    y = array.__deepcopy__(xs, memo)
    return (reverse_copied, xs, range(len(y)), y, 2), y


# --- items -----------------------------------------------------------------------------------------


@method(array.append, 2)
def append_rule(ctx: Context, xs: Array, value: Any) -> Pair:
    array.append(xs, value)
    return (reverse_store, xs, len(xs) - 1, 2), None


@method(array.insert, 3)
def insert_rule(ctx: Context, xs: Array, index: Any, value: Any) -> Pair:
    n = len(xs)
    array.insert(xs, index, value)
    index = operator.index(index)
    return (_reverse_insert, xs, max(index + n, 0) if index < 0 else min(index, n)), None


def _reverse_insert(ctx: Context, record: Any, y_bar: Any) -> Bars:
    shadow = ctx.peek(record[1])
    return (ZERO, ZERO, shadow.closed(record[2])[0] if shadow else ZERO)


@method(array.pop, 1, 2)
def pop_rule(ctx: Context, xs: Array, *index: Any) -> Pair:
    n = len(xs)
    value = array.pop(xs, *index)
    at = operator.index(index[0]) if index else n - 1
    return (reverse_pop, xs, at + n if at < 0 else at, n, 1 + len(index)), value


@method(array.remove, 2)
def remove_rule(ctx: Context, xs: Array, value: Any) -> Pair:
    n = len(xs)
    index = xs.index(value) if value in xs else n
    array.remove(xs, value)
    return (reverse_pop, xs, index, n, 2), None


@method(array.reverse, 1)
def reverse_rule(ctx: Context, xs: Array) -> Pair:
    _refuse_shared(ctx, xs)
    array.reverse(xs)
    return (reverse_rearranged, xs, range(len(xs) - 1, -1, -1), 1), None


@method(array.__getitem__, 2)
def getitem_rule(ctx: Context, xs: Array, key: Any) -> Pair:
    value = array.__getitem__(xs, key)
    if type(key) is slice:
        return (reverse_copied, xs, range(len(xs))[key], value, 2), value
    return (reverse_slot, xs, _index(xs, key), 2), value


@method(array.__setitem__, 3)
def setitem_rule(ctx: Context, xs: Array, key: Any, value: Any) -> Pair:
    n = len(xs)
    _refuse_shared(ctx, xs)
    array.__setitem__(xs, key, value)
    if type(key) is not slice:
        return (reverse_store, xs, _index(xs, key), 3), None
    start, stop, step = key.indices(n)
    if step == 1:
        return (_reverse_slice, xs, start, max(stop - start, 0), value, len(xs) - n + max(stop - start, 0)), None
    return (_reverse_extended_slice, xs, range(start, stop, step), value), None


def _refuse_shared(ctx: Context, xs: Array) -> None:
    if "arrays" in ctx.uses and ctx.arrays.lent_by(xs) is not None:
        raise two_faces()


def _index(xs: Array, key: Any) -> int:
    index = operator.index(key)
    return index + len(xs) if index < 0 else index


def _reverse_slice(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, start, removed, source, n = record
    shadow = ctx.peek(xs)
    if shadow:
        give_items(ctx, source, range(n), shadow.replaced(start, removed, n), n)
    return (ZERO, ZERO, ZERO)


def _reverse_extended_slice(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, indices, source = record
    give_items(ctx, source, range(len(indices)), take_items(ctx, xs, indices), len(indices))
    return (ZERO, ZERO, ZERO)


@method(array.__delitem__, 2)
def delitem_rule(ctx: Context, xs: Array, key: Any) -> Pair:
    n = len(xs)
    array.__delitem__(xs, key)
    if type(key) is slice:
        return (reverse_rearranged, xs, kept_indices(n, key), 2), None
    index = operator.index(key)
    return (reverse_pop, xs, index + n if index < 0 else index, n, 2), None


# --- other sequences -------------------------------------------------------------------------------


@polyfill(array.extend)
def extend_polyfill(self: Any, iterable: Any, /) -> None:
    for item in iterable:
        array.append(self, item)


@method(array.extend, 2)
def extend_rule(ctx: Context, xs: Array, source: Any) -> Any:
    if not is_plain(source) and not isinstance(source, array):
        return NotImplemented
    start, n = len(xs), len(source)
    array.extend(xs, source)
    return (_reverse_extend, xs, start, source, n), None


@method(array.fromlist, 2)
def fromlist_rule(ctx: Context, xs: Array, source: Any) -> Pair:
    start = len(xs)
    array.fromlist(xs, source)
    return (_reverse_extend, xs, start, source, len(source)), None


@method(array.__iadd__, 2)
def iadd_rule(ctx: Context, xs: Array, source: Any) -> Pair:
    start, n = len(xs), len(source) if isinstance(source, array) else 0
    array.__iadd__(xs, source)
    return (_reverse_extend, xs, start, source, n), xs


def _reverse_extend(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, xs, start, source, n = record
    return (ZERO, give_items(ctx, source, range(n), take_items(ctx, xs, range(start, start + n)), n))


@method(array.__add__, 2)
def add_rule(ctx: Context, a: Array, b: Array) -> Pair:
    y = array.__add__(a, b)
    return (reverse_concatenated, y, a, len(a), b, len(b)), y


@method(array.__mul__, 2)
@method(array.__rmul__, 2)
def mul_rule(ctx: Context, xs: Array, times: Any) -> Pair:
    y = array.__mul__(xs, count_of(times))
    return (reverse_repeated, y, xs, len(xs), len(y)), y


@method(array.__imul__, 2)
def imul_rule(ctx: Context, xs: Array, times: Any) -> Pair:
    n = len(xs)
    array.__imul__(xs, count_of(times))
    return (reverse_repeated_in_place, xs, n, len(xs)), xs
