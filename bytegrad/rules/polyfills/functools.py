"""Polyfills of the C functions of `functools`: reduce, cmp_to_key, and calls of an `lru_cache`.

`cached_property`, `singledispatch`, `partialmethod`, `total_ordering` and `wraps` are Python code already; a call of
a `partial` is the engine's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively
from bytegrad.rules.polyfills.sources import source_of


@polyfill(functools.reduce)
def reduce_polyfill(
    function: Any = MISSING, iterable: Any = MISSING, initial: Any = MISSING, /, *extra: Any, **unknown: Any
) -> Any:
    """`reduce(function, iterable[, initial])`."""
    if iterable is MISSING or extra or unknown:
        argument_error(functools.reduce, function, iterable, initial, *extra, **unknown)
    try:
        source = source_of(iterable)
    except TypeError:
        source = None
    if source is None:
        raise TypeError("reduce() arg 2 must support iteration")
    total = initial
    for item in source:
        total = item if total is MISSING else function(total, item)
    if total is MISSING:
        raise TypeError("reduce() of empty iterable with no initial value")
    return total


# --- cmp_to_key ----------------------------------------------------------------------------------


@polyfill(functools.cmp_to_key)
def cmp_to_key_polyfill(mycmp: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`cmp_to_key(mycmp)`."""
    if mycmp is MISSING or extra or unknown:
        argument_error(functools.cmp_to_key, mycmp, *extra, **unknown)

    def key_function(obj: Any) -> ComparedBy:
        return ComparedBy(mycmp, obj)

    return key_function


class ComparedBy:
    """What the key function of `cmp_to_key` returns: `a < b` where ``compare(a.obj, b.obj) < 0``."""

    __slots__ = ("compare", "obj")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, compare: Callable[[Any, Any], Any], obj: Any) -> None:
        self.compare = compare
        self.obj = obj

    def __lt__(self, other: Any) -> Any:
        return self._compared(other) < 0

    def __gt__(self, other: Any) -> Any:
        return self._compared(other) > 0

    def __eq__(self, other: object) -> Any:
        return self._compared(other) == 0

    def __ne__(self, other: object) -> Any:
        return self._compared(other) != 0

    def __le__(self, other: Any) -> Any:
        return self._compared(other) <= 0

    def __ge__(self, other: Any) -> Any:
        return self._compared(other) >= 0

    def _compared(self, other: Any) -> Any:
        if not isinstance(other, ComparedBy):
            raise TypeError("other argument must be K instance")
        return self.compare(self.obj, other.obj)


# --- lru_cache -----------------------------------------------------------------------------------


def lru_call(cache: dict[Any, Any], wrapper: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`wrapper(*args, **kwargs)` of an `lru_cache`, answered from `cache` and not from the wrapper's own.

    The wrapper's own cache may hold results of calls from before, which no derivative leads back to.  `cache` starts
    empty with the differentiation, and a hit in it is the value that the call which filled it returned.
    """
    parameters = natively(wrapper.cache_parameters)
    maxsize = parameters["maxsize"]
    if maxsize == 0:
        return wrapper.__wrapped__(*args, **kwargs)
    key = natively(functools._make_key, args, kwargs, parameters["typed"])
    if key in cache:
        return _hit(cache, key, maxsize)
    result = wrapper.__wrapped__(*args, **kwargs)
    if maxsize is not None:
        if key in cache:
            # A recursive call of the same arguments has filled it meanwhile; C keeps that entry.
            return result
        if len(cache) >= maxsize:
            oldest = natively(_first_key, cache)
            del cache[oldest]
    cache[key] = result
    return result


def _hit(cache: dict[Any, Any], key: Any, maxsize: int | None) -> Any:
    result = cache[key]
    if maxsize is not None:
        # The order of a dict is that of its insertions: the entry used last goes to the end.
        del cache[key]
        cache[key] = result
    return result


def _first_key(cache: dict[Any, Any]) -> Any:
    return next(iter(cache))
