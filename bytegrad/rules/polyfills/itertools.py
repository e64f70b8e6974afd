"""Polyfills of `itertools`: generators with the laziness of the originals.

As in `builtins`, arguments are checked by the outer function when it is called, and a StopIteration from a callback
ends the iteration.  `groupby` and `tee` are in `grouping`, `product`, `permutations` and `combinations` in
`selections`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.constructors import tuple_from
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively

# --- without end ---------------------------------------------------------------------------------


@polyfill(itertools.count)
def count_polyfill(start: Any = 0, step: Any = 1, *extra: Any, **unknown: Any) -> Any:
    """`count(start=0, step=1)`: start, start + step, (start + step) + step, ..."""
    natively(itertools.count, start, step, *extra, **unknown)
    # Counting a bool by ones, C counts in a C integer.
    return _count(int(start) if isinstance(start, bool) and step == 1 else start, step)


def _count(number: Any, step: Any) -> Iterator[Any]:
    while True:
        following = number + step
        yield number
        number = following


@polyfill(itertools.cycle)
def cycle_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`cycle(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.cycle, iterable, *extra, **unknown)
    return _cycle(iter(iterable))


def _cycle(iterator: Iterator[Any]) -> Iterator[Any]:
    saved = []
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            break
        saved.append(item)
        yield item
    while saved:
        for item in saved:
            yield item


@polyfill(itertools.repeat)
def repeat_polyfill(object: Any = MISSING, times: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`repeat(object, times)`, without end if `times` is not given."""
    if object is MISSING or extra or unknown:
        argument_error(itertools.repeat, object, times, *extra, **unknown)
    return _repeat(object, None if times is MISSING else operator.index(times))


def _repeat(item: Any, times: int | None) -> Iterator[Any]:
    while times is None or times > 0:
        yield item
        if times is not None:
            times -= 1


# --- one after the other -------------------------------------------------------------------------


@polyfill(itertools.chain)
def chain_polyfill(*iterables: Any, **unknown: Any) -> Any:
    """`chain(*iterables)`: asks each iterable for an iterator when its turn comes."""
    if unknown:
        argument_error(itertools.chain, *iterables, **unknown)
    return _chain(iter(iterables))


@polyfill(itertools.chain.from_iterable)
def from_iterable_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`chain.from_iterable(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.chain.from_iterable, iterable, *extra, **unknown)
    return _chain(iter(iterable))


def _chain(source: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            iterable = next(source)
        except StopIteration:
            return
        for item in iterable:  # noqa: UP028 - `yield from` would pass on what is sent and thrown
            yield item


@polyfill(itertools.islice)
def islice_polyfill(iterable: Any = MISSING, /, *bounds: Any, **unknown: Any) -> Any:
    """`islice(iterable, stop)` and `islice(iterable, start, stop, step=1)`."""
    if iterable is MISSING:
        argument_error(itertools.islice, *bounds, **unknown)
    natively(itertools.islice, (), *bounds, **unknown)
    if len(bounds) == 1:
        bounds = (None, bounds[0])
    start = 0 if bounds[0] is None else operator.index(bounds[0])
    stop = None if bounds[1] is None else operator.index(bounds[1])
    step = 1 if not bounds[2:] or bounds[2] is None else operator.index(bounds[2])
    return _islice(iter(iterable), start, stop, step)


def _islice(iterator: Iterator[Any], wanted: int, stop: int | None, step: int) -> Iterator[Any]:
    position = 0
    while True:
        try:
            while position < wanted:
                next(iterator)
                position += 1
            if stop is not None and position >= stop:
                return
            item = next(iterator)
        except StopIteration:
            return
        position += 1
        wanted += step
        if stop is not None and wanted > stop:
            wanted = stop
        yield item


def batched_polyfill(iterable: Any = MISSING, n: Any = MISSING, *extra: Any, **options: Any) -> Any:
    """`batched(iterable, n, *, strict=False)`: `strict` where the original knows it."""
    if iterable is MISSING or n is MISSING:
        argument_error(itertools.batched, iterable, n, *extra, **options)  # type: ignore[attr-defined]
    natively(itertools.batched, (), n, *extra, **options)  # type: ignore[attr-defined]
    return _batched(iter(iterable), operator.index(n), bool(options.get("strict", False)))


if hasattr(itertools, "batched"):
    polyfill(itertools.batched)(batched_polyfill)


def _batched(iterator: Iterator[Any], size: int, strict: bool) -> Iterator[Any]:
    while True:
        batch: list[Any] = []
        try:
            while len(batch) < size:
                batch.append(next(iterator))
        except StopIteration:
            break
        yield tuple(batch)
    if batch and strict:
        raise ValueError("batched(): incomplete batch")
    if batch:
        yield tuple(batch)


@polyfill(itertools.pairwise)
def pairwise_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`pairwise(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.pairwise, iterable, *extra, **unknown)
    return _pairwise(iter(iterable))


def _pairwise(iterator: Iterator[Any]) -> Iterator[Any]:
    first: Any = MISSING
    while True:
        try:
            if first is MISSING:
                first = next(iterator)
            second = next(iterator)
        except StopIteration:
            return
        yield first, second
        first = second


@polyfill(itertools.zip_longest)
def zip_longest_polyfill(*iterables: Any, fillvalue: Any = None, **unknown: Any) -> Any:
    """`zip_longest(*iterables, fillvalue=None)`."""
    if unknown:
        argument_error(itertools.zip_longest, *iterables, **unknown)
    return _zip_longest([iter(iterable) for iterable in iterables], fillvalue)


def _zip_longest(iterators: list[Any], fillvalue: Any) -> Iterator[Any]:
    active = len(iterators)
    while active:
        row = []
        for index in range(len(iterators)):
            item = fillvalue
            if iterators[index] is not None:
                try:
                    item = next(iterators[index])
                except StopIteration:
                    active -= 1
                    iterators[index] = None
            if not active:
                return
            row.append(item)
        yield tuple(row)


# --- by a condition ------------------------------------------------------------------------------


@polyfill(itertools.compress)
def compress_polyfill(data: Any = MISSING, selectors: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`compress(data, selectors)`."""
    if data is MISSING or selectors is MISSING or extra or unknown:
        argument_error(itertools.compress, data, selectors, *extra, **unknown)
    return _compress(iter(data), iter(selectors))


def _compress(data: Iterator[Any], selectors: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            item = next(data)
            selected = next(selectors)
        except StopIteration:
            return
        if selected:
            yield item


@polyfill(itertools.filterfalse)
def filterfalse_polyfill(function: Any = MISSING, iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`filterfalse(function, iterable)`; None and bool stand for the item's own truth."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.filterfalse, function, iterable, *extra, **unknown)
    return _filterfalse(None if function is bool else function, iter(iterable))


def _filterfalse(function: Callable[[Any], Any] | None, iterator: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            item = next(iterator)
            unwanted = item if function is None else function(item)
        except StopIteration:
            return
        if not unwanted:
            yield item


@polyfill(itertools.takewhile)
def takewhile_polyfill(predicate: Any = MISSING, iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`takewhile(predicate, iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.takewhile, predicate, iterable, *extra, **unknown)
    return _takewhile(predicate, iter(iterable))


def _takewhile(predicate: Callable[[Any], Any], iterator: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            item = next(iterator)
            wanted = predicate(item)
        except StopIteration:
            return
        if not wanted:
            return
        yield item


@polyfill(itertools.dropwhile)
def dropwhile_polyfill(predicate: Any = MISSING, iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`dropwhile(predicate, iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.dropwhile, predicate, iterable, *extra, **unknown)
    return _dropwhile(predicate, iter(iterable))


def _dropwhile(predicate: Callable[[Any], Any], iterator: Iterator[Any]) -> Iterator[Any]:
    dropping: Any = True
    while True:
        try:
            item = next(iterator)
            if dropping:
                dropping = predicate(item)
        except StopIteration:
            return
        if not dropping:
            yield item


# --- by a function -------------------------------------------------------------------------------


@polyfill(itertools.starmap)
def starmap_polyfill(function: Any = MISSING, iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`starmap(function, iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.starmap, function, iterable, *extra, **unknown)
    return _starmap(function, iter(iterable))


def _starmap(function: Callable[..., Any], iterator: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            row = next(iterator)
            result = function(*(row if type(row) is tuple else tuple_from(row)))
        except StopIteration:
            return
        yield result


@polyfill(itertools.accumulate)
def accumulate_polyfill(
    iterable: Any = MISSING, func: Any = None, *extra: Any, initial: Any = None, **unknown: Any
) -> Any:
    """`accumulate(iterable, func=None, *, initial=None)`; None stands for addition and for no initial value."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.accumulate, iterable, func, *extra, **unknown)
    return _accumulate(iter(iterable), operator.add if func is None else func, initial)


def _accumulate(iterator: Iterator[Any], function: Callable[[Any, Any], Any], initial: Any) -> Iterator[Any]:
    total = initial
    if initial is None:
        try:
            total = next(iterator)
        except StopIteration:
            return
    while True:
        yield total
        try:
            item = next(iterator)
            total = function(total, item)
        except StopIteration:
            return
