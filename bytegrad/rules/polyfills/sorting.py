"""Polyfills of `sorted` and `list.sort`: find the order, then move the items.

The order carries no derivative, so C finds it wherever comparing the keys runs no Python code; the result is then
that of the original to the last detail, NaNs included.  Keys with a `__lt__` of their own are merged in Python: the
same order, by `<` alone and stable, with another sequence of comparisons.
"""

from __future__ import annotations

import collections
import functools
import types
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.polyfills.constructors import list_from
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively


@polyfill(sorted)
def sorted_polyfill(
    iterable: Any = MISSING, /, *extra: Any, key: Any = MISSING, reverse: Any = MISSING, **unknown: Any
) -> Any:
    """`sorted(iterable, /, *, key=None, reverse=False)`."""
    if iterable is MISSING or extra:
        argument_error(sorted, iterable, *extra, key=key, reverse=reverse, **unknown)
    items = list_from(iterable)
    if unknown:
        argument_error(sorted, (), key=key, reverse=reverse, **unknown)
    return _in_order(items, key, reverse)


@polyfill(list.sort)
def list_sort(self: list[Any], *args: Any, key: Any = MISSING, reverse: Any = MISSING, **unknown: Any) -> None:
    """`list.sort(*, key=None, reverse=False)`: the list is empty while callbacks run, and must be so afterwards."""
    if args or unknown:
        argument_error([].sort, *args, key=key, reverse=reverse, **unknown)
    items = self[:]
    self.clear()
    ordered = items
    try:
        ordered = _in_order(items, key, reverse)
    finally:
        touched = len(self) > 0
        self[:] = ordered
    if touched:
        raise ValueError("list modified during sort")


def _in_order(items: list[Any], key: Any, reverse: Any) -> list[Any]:
    descending = reverse is not MISSING and natively(_is_descending, reverse)
    keys = items if key is MISSING or key is None else [key(item) for item in items]
    order = native_order(keys, descending)
    if order is None:
        order = _merged_order(keys, descending)
    return [items[index] for index in order]


def _is_descending(reverse: Any) -> bool:
    """What `sort` takes `reverse` for: some Pythons want an int, others any object's truth."""
    if isinstance(reverse, bool):
        return reverse
    probe = [0, 1]
    probe.sort(key=lambda item: item, reverse=reverse)
    return probe == [1, 0]


# --- keys that C compares ------------------------------------------------------------------------

_SEQUENCES = (list, tuple, collections.deque)
# Comparing these in C calls back to Python, or compares parts that may.
_COMPARED_BY_PARTS = (
    dict,
    set,
    frozenset,
    slice,
    types.SimpleNamespace,
    types.MappingProxyType,
    types.MethodType,
    type(functools.cmp_to_key(lambda a, b: 0)(None)),
)


def native_order(keys: Sequence[Any], descending: bool) -> list[int] | None:
    """The indices of `keys` in sorted order, by C; None if comparing them would run Python code."""
    if not compared_natively(keys):
        return None
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)


def compared_natively(values: Iterable[Any]) -> bool:
    """Whether `<` and `==` of any two of `values` stay in C, or in a Fraction's own code."""
    if not all(map(_is_compared_natively, set(map(type, values)))):
        return False
    parts = [part for value in values if issubclass(type(value), _SEQUENCES) for part in value]
    return not parts or compared_natively(parts)


def _is_compared_natively(kind: type) -> bool:
    if kind is Fraction:
        return True
    methods = (getattr(kind, name) for name in ("__lt__", "__gt__", "__eq__"))
    in_c = all(isinstance(method, types.WrapperDescriptorType) for method in methods)
    return in_c and not issubclass(kind, _COMPARED_BY_PARTS)


non_differentiable(native_order, compared_natively)


# --- keys that compare themselves ----------------------------------------------------------------


def _merged_order(keys: Sequence[Any], descending: bool) -> list[int]:
    """The indices of `keys` in sorted order, stable both ways, by `<` of the keys."""
    order = list(range(len(keys)))
    if descending:
        order.reverse()
    order = _merge_sort(keys, order)
    if descending:
        order.reverse()
    return order


def _merge_sort(keys: Sequence[Any], order: list[int]) -> list[int]:
    if len(order) <= 1:
        return order
    middle = len(order) // 2
    left = _merge_sort(keys, order[:middle])
    right = _merge_sort(keys, order[middle:])
    merged = []
    at_left = at_right = 0
    while at_left < len(left) and at_right < len(right):
        if keys[right[at_right]] < keys[left[at_left]]:
            merged.append(right[at_right])
            at_right += 1
        else:
            merged.append(left[at_left])
            at_left += 1
    return merged + left[at_left:] + right[at_right:]
