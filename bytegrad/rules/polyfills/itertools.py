"""Polyfills of `itertools`: `count` of what is neither int nor float, and calls that come to another form of the call.

The iterators are the real ones (containers/iterators, driven, driven_sources); wrong arguments are left to C.
`product`, `permutations` and `combinations` are in `selections`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively


@polyfill(itertools.count)
def count_polyfill(start: Any = MISSING, step: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`count(start=0, step=1)`: start, start + step, (start + step) + step, ..."""
    if extra or unknown:
        argument_error(itertools.count, start, step, *extra, **unknown)
    first = 0 if start is MISSING else start
    each = 1 if step is MISSING else step
    natively(itertools.count, first, each)
    # Counting a bool by ones, C counts in a C integer.
    return _count(int(first) if isinstance(first, bool) and each == 1 else first, each)


def _count(number: Any, step: Any) -> Iterator[Any]:
    while True:
        following = number + step
        yield number
        number = following


@polyfill(itertools.repeat)
def repeat_polyfill(object: Any = MISSING, times: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`repeat(object, times)`, where `times` is not yet an int."""
    if object is MISSING or times is MISSING or extra or unknown:
        argument_error(itertools.repeat, object, times, *extra, **unknown)
    return itertools.repeat(object, int(operator.index(times)))


@polyfill(itertools.tee)
def tee_polyfill(iterable: Any = MISSING, n: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`tee(iterable, n)`, where `n` is not yet an int."""
    if iterable is MISSING or n is MISSING or extra or unknown:
        argument_error(itertools.tee, iterable, n, *extra, **unknown)
    return itertools.tee(iterable, int(operator.index(n)))


def batched_polyfill(iterable: Any = MISSING, n: Any = MISSING, *extra: Any, **options: Any) -> Any:
    """`batched(iterable=..., n=..., strict=False)`, by keywords."""
    if iterable is MISSING or n is MISSING or extra or set(options) - {"strict"}:
        argument_error(itertools.batched, iterable, n, *extra, **options)  # type: ignore[attr-defined]
    return itertools.batched(iterable, n, **options)  # type: ignore[attr-defined]


if hasattr(itertools, "batched"):
    polyfill(itertools.batched)(batched_polyfill)
