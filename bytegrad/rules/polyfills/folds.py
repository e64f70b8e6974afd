"""Polyfills of the built-in functions that make one value of many: any, all, min, max, sum."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bytegrad.rules.declare import adjoint, non_differentiable, polyfill
from bytegrad.rules.polyfills.native import MISSING, PAIR, argument_error

# --- any and all ---------------------------------------------------------------------------------


@polyfill(any)
def any_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`any(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(any, iterable, *extra, **unknown)
    for item in iterable:  # noqa: SIM110 - `any` is what is being defined
        if item:
            return True
    return False


@polyfill(all)
def all_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`all(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(all, iterable, *extra, **unknown)
    for item in iterable:  # noqa: SIM110 - `all` is what is being defined
        if not item:
            return False
    return True


# --- min and max ---------------------------------------------------------------------------------
# The result is one of the items itself; of equal ones the first, as in C.  The new item stands on the left of `<`.


@polyfill(max)
def max_polyfill(*args: Any, key: Any = None, default: Any = MISSING, **unknown: Any) -> Any:
    """`max(iterable, *, key=None)`, `max(iterable, *, default, key=None)`, `max(a, b, *others, key=None)`."""
    if not args or unknown or (len(args) > 1 and default is not MISSING):
        argument_error(max, *args, key=MISSING if key is None else key, default=default, **unknown)
    if len(args) == PAIR and key is None:
        first, second = args
        return second if second > first else first
    items = args[0] if len(args) == 1 else args
    best = _largest(items) if key is None else _largest_by(items, key)
    if best is not MISSING:
        return best
    if default is MISSING:
        argument_error(max, ())
    return default


def _largest(items: Iterable[Any]) -> Any:
    best: Any = MISSING
    for item in items:
        if best is MISSING or item > best:
            best = item
    return best


def _largest_by(items: Iterable[Any], key: Callable[[Any], Any]) -> Any:
    best: Any = MISSING
    best_rank: Any = MISSING
    for item in items:
        rank = key(item)
        if best_rank is MISSING or rank > best_rank:
            best, best_rank = item, rank
    return best


@polyfill(min)
def min_polyfill(*args: Any, key: Any = None, default: Any = MISSING, **unknown: Any) -> Any:
    """`min(iterable, *, key=None)`, `min(iterable, *, default, key=None)`, `min(a, b, *others, key=None)`."""
    if not args or unknown or (len(args) > 1 and default is not MISSING):
        argument_error(min, *args, key=MISSING if key is None else key, default=default, **unknown)
    if len(args) == PAIR and key is None:
        first, second = args
        return second if second < first else first
    items = args[0] if len(args) == 1 else args
    best = _smallest(items) if key is None else _smallest_by(items, key)
    if best is not MISSING:
        return best
    if default is MISSING:
        argument_error(min, ())
    return default


def _smallest(items: Iterable[Any]) -> Any:
    best: Any = MISSING
    for item in items:
        if best is MISSING or item < best:
            best = item
    return best


def _smallest_by(items: Iterable[Any], key: Callable[[Any], Any]) -> Any:
    best: Any = MISSING
    best_rank: Any = MISSING
    for item in items:
        rank = key(item)
        if best_rank is MISSING or rank < best_rank:
            best, best_rank = item, rank
    return best


# --- sum -----------------------------------------------------------------------------------------

_NUMBERS = frozenset({int, float, bool, complex})
_REFUSED_STARTS = (
    (str, "sum() can't sum strings [use ''.join(seq) instead]"),
    (bytes, "sum() can't sum bytes [use b''.join(seq) instead]"),
    (bytearray, "sum() can't sum bytearray [use b''.join(seq) instead]"),
)


def sum_sequence(items: Sequence[Any], start: Any) -> Any:
    """`sum(items, start)` of built-in numbers in a list or tuple, a primitive.

    Numbers are summed by C, because from 3.12 on its sum of floats is a compensated one, which `+` cannot give.
    """
    return builtins.sum(items, start)


@adjoint(sum_sequence)
def sum_sequence_rule(items: Sequence[Any], start: Any) -> Any:
    """Every item gets the cotangent of the sum, a real one its real part; a bool gets none."""

    def sum_sequence_pullback(y_bar: Any) -> Any:
        items_bar = [_of_kind(item, y_bar) for item in items]
        return items_bar if isinstance(items, list) else tuple(items_bar), _of_kind(start, y_bar)

    return builtins.sum(items, start), sum_sequence_pullback


def _of_kind(item: Any, y_bar: Any) -> Any:
    if isinstance(item, bool):
        return None
    return y_bar.real if isinstance(y_bar, complex) and not isinstance(item, complex) else y_bar


def is_numbers(items: Any) -> bool:
    """Whether `items` is a list or tuple of nothing but built-in numbers."""
    return type(items) in (list, tuple) and set(map(type, items)) <= _NUMBERS


non_differentiable(is_numbers)


@polyfill(sum)
def sum_polyfill(iterable: Any = MISSING, /, start: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`sum(iterable, /, start=0)`."""
    if extra:
        argument_error(sum, iterable, start, *extra, **unknown)
    if iterable is MISSING or unknown:
        argument_error(sum, iterable, start=start, **unknown)
    return _sum(iterable, 0 if start is MISSING else start)


def _sum(iterable: Iterable[Any], start: Any) -> Any:
    if is_numbers(iterable) and type(start) in _NUMBERS:
        return sum_sequence(iterable, start)  # type: ignore[arg-type]
    numbers: list[Any] = []
    total: Any = MISSING
    # Exactly the built-in numbers: subclasses may bring an addition of their own.
    if type(start) not in _NUMBERS:
        _refuse_text(iterable, start)
        total = start
    for item in iterable:
        if total is not MISSING:
            total = total + item
        elif type(item) is float or type(item) in _NUMBERS:
            numbers.append(item)
        else:
            total = sum(numbers, start) + item
    return sum(numbers, start) if total is MISSING else total


def _refuse_text(iterable: Iterable[Any], start: Any) -> None:
    for kind, message in _REFUSED_STARTS:
        if isinstance(start, kind):
            iter(iterable)
            raise TypeError(message)
