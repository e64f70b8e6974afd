"""Polyfills of `bisect`: a search runs the key function and the comparisons of user classes, `insort` moves items."""

from __future__ import annotations

import bisect
import operator
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.native import MISSING, argument_error


@polyfill(bisect.bisect_right)
def bisect_right_polyfill(
    a: Any = MISSING,
    x: Any = MISSING,
    lo: Any = MISSING,
    hi: Any = MISSING,
    *extra: Any,
    key: Any = MISSING,
    **unknown: Any,
) -> Any:
    """`bisect_right(a, x, lo=0, hi=None, *, key=None)`; the key is not asked for that of `x`."""
    if x is MISSING or extra or unknown:
        argument_error(bisect.bisect_right, a, x, lo, hi, *extra, key=key, **unknown)
    return _after(a, x, lo, hi, key)


@polyfill(bisect.bisect_left)
def bisect_left_polyfill(
    a: Any = MISSING,
    x: Any = MISSING,
    lo: Any = MISSING,
    hi: Any = MISSING,
    *extra: Any,
    key: Any = MISSING,
    **unknown: Any,
) -> Any:
    """`bisect_left(a, x, lo=0, hi=None, *, key=None)`; the key is not asked for that of `x`."""
    if x is MISSING or extra or unknown:
        argument_error(bisect.bisect_left, a, x, lo, hi, *extra, key=key, **unknown)
    return _before(a, x, lo, hi, key)


@polyfill(bisect.insort_right)
def insort_right_polyfill(
    a: Any = MISSING,
    x: Any = MISSING,
    lo: Any = MISSING,
    hi: Any = MISSING,
    *extra: Any,
    key: Any = MISSING,
    **unknown: Any,
) -> None:
    """`insort_right(a, x, lo=0, hi=None, *, key=None)`."""
    if x is MISSING or extra or unknown:
        argument_error(bisect.insort_right, a, x, lo, hi, *extra, key=key, **unknown)
    place = _after(a, x if key is None or key is MISSING else key(x), lo, hi, key)
    a.insert(place, x)


@polyfill(bisect.insort_left)
def insort_left_polyfill(
    a: Any = MISSING,
    x: Any = MISSING,
    lo: Any = MISSING,
    hi: Any = MISSING,
    *extra: Any,
    key: Any = MISSING,
    **unknown: Any,
) -> None:
    """`insort_left(a, x, lo=0, hi=None, *, key=None)`."""
    if x is MISSING or extra or unknown:
        argument_error(bisect.insort_left, a, x, lo, hi, *extra, key=key, **unknown)
    place = _before(a, x if key is None or key is MISSING else key(x), lo, hi, key)
    a.insert(place, x)


def _after(a: Any, x: Any, lo: Any, hi: Any, key: Any) -> int:
    low, high = _bounds(a, lo, hi)
    while low < high:
        middle = (low + high) // 2
        item = a[middle] if key is None or key is MISSING else key(a[middle])
        if x < item:
            high = middle
        else:
            low = middle + 1
    return low


def _before(a: Any, x: Any, lo: Any, hi: Any, key: Any) -> int:
    low, high = _bounds(a, lo, hi)
    while low < high:
        middle = (low + high) // 2
        item = a[middle] if key is None or key is MISSING else key(a[middle])
        if item < x:
            low = middle + 1
        else:
            high = middle
    return low


def _bounds(a: Any, lo: Any, hi: Any) -> tuple[int, int]:
    low = 0 if lo is MISSING else operator.index(lo)
    high = -1
    if hi is not MISSING and hi is not None:
        if not hasattr(type(hi), "__index__"):
            raise TypeError(f"argument should be integer or None, not '{type(hi).__name__}'")
        high = operator.index(hi)
    if low < 0:
        raise ValueError("lo must be non-negative")
    # C writes the end of the list as -1 and does not tell a -1 of the caller from its own.
    return low, len(a) if high == -1 else high
