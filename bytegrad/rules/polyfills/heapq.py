"""Polyfills of the C functions of `heapq`, the max-heap ones included; merge, nlargest and nsmallest are Python code.

Step by step what C does: the same comparisons, by `<`, in the same order, and an exchange of two items at each step,
so that an error in a comparison leaves the same list behind.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.native import MISSING, argument_error


@polyfill(heapq.heappush)
def heappush_polyfill(heap: Any = MISSING, item: Any = MISSING, /, *extra: Any, **unknown: Any) -> None:
    """`heappush(heap, item)`."""
    if not isinstance(heap, list) or item is MISSING or extra or unknown:
        argument_error(heapq.heappush, heap, item, *extra, **unknown)
    _push(heap, item, False)


@polyfill(heapq.heappop)
def heappop_polyfill(heap: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`heappop(heap)`."""
    if not isinstance(heap, list) or not len(heap) or extra or unknown:
        argument_error(heapq.heappop, heap, *extra, **unknown)
    return _pop(heap, False)


@polyfill(heapq.heapreplace)
def heapreplace_polyfill(heap: Any = MISSING, item: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`heapreplace(heap, item)`."""
    if not isinstance(heap, list) or not len(heap) or item is MISSING or extra or unknown:
        argument_error(heapq.heapreplace, heap, item, *extra, **unknown)
    return _replace(heap, item, False)


@polyfill(heapq.heappushpop)
def heappushpop_polyfill(heap: Any = MISSING, item: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`heappushpop(heap, item)`."""
    if not isinstance(heap, list) or item is MISSING or extra or unknown:
        argument_error(heapq.heappushpop, heap, item, *extra, **unknown)
    return _push_and_pop(heap, item, False)


@polyfill(heapq.heapify)
def heapify_polyfill(heap: Any = MISSING, /, *extra: Any, **unknown: Any) -> None:
    """`heapify(heap)`."""
    if not isinstance(heap, list) or extra or unknown:
        argument_error(heapq.heapify, heap, *extra, **unknown)
    _heapify(heap, False)


# --- max-heaps: private until 3.13, public names later -------------------------------------------


def heappush_max_polyfill(heap: list[Any], item: Any, /) -> None:
    """`heappush_max(heap, item)`."""
    _push(heap, item, True)


def heappop_max_polyfill(heap: list[Any], /) -> Any:
    """`heappop_max(heap)`."""
    if not heap:
        raise IndexError("index out of range")
    return _pop(heap, True)


def heapreplace_max_polyfill(heap: list[Any], item: Any, /) -> Any:
    """`heapreplace_max(heap, item)`."""
    if not heap:
        raise IndexError("index out of range")
    return _replace(heap, item, True)


def heappushpop_max_polyfill(heap: list[Any], item: Any, /) -> Any:
    """`heappushpop_max(heap, item)`."""
    return _push_and_pop(heap, item, True)


def heapify_max_polyfill(heap: list[Any], /) -> None:
    """`heapify_max(heap)`."""
    _heapify(heap, True)


_MAX_HEAPS: dict[str, Callable[..., Any]] = {
    "heappush_max": heappush_max_polyfill,
    "heappop_max": heappop_max_polyfill,
    "heapreplace_max": heapreplace_max_polyfill,
    "heappushpop_max": heappushpop_max_polyfill,
    "heapify_max": heapify_max_polyfill,
}
for _name, _function in _MAX_HEAPS.items():
    for _spelling in (_name, f"_{_name}"):
        if hasattr(heapq, _spelling):
            polyfill(getattr(heapq, _spelling))(_function)


# --- the steps; `largest` says which item is on top ----------------------------------------------


def _push(heap: list[Any], item: Any, largest: bool) -> None:
    list.append(heap, item)
    _sift_down(heap, 0, len(heap) - 1, largest)


def _pop(heap: list[Any], largest: bool) -> Any:
    last = list.pop(heap)
    if not heap:
        return last
    top = heap[0]
    heap[0] = last
    _sift_up(heap, 0, largest)
    return top


def _replace(heap: list[Any], item: Any, largest: bool) -> Any:
    top = heap[0]
    heap[0] = item
    _sift_up(heap, 0, largest)
    return top


def _push_and_pop(heap: list[Any], item: Any, largest: bool) -> Any:
    if not heap:
        return item
    top = heap[0]
    if not (item < top if largest else top < item):
        return item
    if not heap:
        # The comparison has emptied it.
        raise IndexError("index out of range")
    return _replace(heap, item, largest)


def _heapify(heap: list[Any], largest: bool) -> None:
    position = len(heap) // 2 - 1
    while position >= 0:
        _sift_up(heap, position, largest)
        position -= 1


def _sift_up(heap: list[Any], position: int, largest: bool) -> None:
    """Move the item at `position` down to a leaf, past the better child each time, then up to where it belongs."""
    start = position
    length = len(heap)
    while position < length // 2:
        child = 2 * position + 1
        if child + 1 < length:
            left, right = heap[child], heap[child + 1]
            if not (right < left if largest else left < right):
                child += 1
            _check_length(heap, length)
        heap[position], heap[child] = heap[child], heap[position]
        position = child
    _sift_down(heap, start, position, largest)


def _sift_down(heap: list[Any], start: int, position: int, largest: bool) -> None:
    """Exchange the item at `position` with its parents, up to `start`, while it is better than they are."""
    length = len(heap)
    while position > start:
        parent = (position - 1) // 2
        item, above = heap[position], heap[parent]
        better = above < item if largest else item < above
        _check_length(heap, length)
        if not better:
            break
        heap[position], heap[parent] = heap[parent], heap[position]
        position = parent


def _check_length(heap: list[Any], length: int) -> None:
    if len(heap) != length:
        raise RuntimeError("list changed size during iteration")
