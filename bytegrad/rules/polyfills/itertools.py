"""Polyfills of `itertools`: generators with the laziness of the originals.

As in `builtins`, arguments are checked by the outer function when it is called, and a StopIteration from a callback
ends the iteration, which cannot go on after its end or an error.  `groupby` and `tee` are in `grouping`; `product`,
`permutations` and `combinations` in `selections`.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.constructors import tuple_from
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively
from bytegrad.rules.polyfills.sources import iterator_of, source_of

# --- without end ---------------------------------------------------------------------------------


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


@polyfill(itertools.cycle)
def cycle_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`cycle(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.cycle, iterable, *extra, **unknown)
    return _cycle(source_of(iterable))


def _cycle(source: Iterable[Any]) -> Iterator[Any]:
    saved = []
    for item in source:
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
    return _chain(iterables)


@polyfill(itertools.chain.from_iterable)
def from_iterable_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`chain.from_iterable(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.chain.from_iterable, iterable, *extra, **unknown)
    return _chain(source_of(iterable))


def _chain(source: Iterable[Any]) -> Iterator[Any]:
    for iterable in source:
        for item in iterable:  # noqa: UP028 - `yield from` would pass on what is sent and thrown
            yield item


@polyfill(itertools.islice)
def islice_polyfill(iterable: Any = MISSING, /, *bounds: Any, **unknown: Any) -> Any:
    """`islice(iterable, stop)` and `islice(iterable, start, stop, step=1)`."""
    if iterable is MISSING:
        argument_error(itertools.islice, *bounds, **unknown)
    bounds = tuple([_whole(bound) for bound in bounds])
    natively(itertools.islice, (), *bounds, **unknown)
    if len(bounds) == 1:
        bounds = (None, bounds[0])
    start = 0 if bounds[0] is None else bounds[0]
    step = 1 if not bounds[2:] or bounds[2] is None else bounds[2]
    return _islice(iterator_of(iterable), start, bounds[1], step)


def _whole(bound: Any) -> Any:
    """A bound as a whole number; what is none is left to C, which has an error to raise for it."""
    try:
        return None if bound is None else operator.index(bound)
    except Exception:
        return bound


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
    return _batched(iterator_of(iterable), operator.index(n), bool(options.get("strict", False)))


if hasattr(itertools, "batched"):
    polyfill(itertools.batched)(batched_polyfill)


def _batched(iterator: Iterator[Any], size: int, strict: bool) -> Iterator[Any]:
    while True:
        batch: list[Any] = []
        try:
            while len(batch) < size:
                batch.append(next(iterator))
        except StopIteration:
            if not batch:
                return
        if strict and len(batch) < size:
            raise ValueError("batched(): incomplete batch")
        yield tuple(batch)


@polyfill(itertools.pairwise)
def pairwise_polyfill(iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`pairwise(iterable)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.pairwise, iterable, *extra, **unknown)
    return _pairwise(source_of(iterable))


def _pairwise(source: Iterable[Any]) -> Iterator[Any]:
    first: Any = MISSING
    for second in source:
        if first is not MISSING:
            yield first, second
        first = second


@polyfill(itertools.zip_longest)
def zip_longest_polyfill(*iterables: Any, fillvalue: Any = None, **unknown: Any) -> Any:
    """`zip_longest(*iterables, fillvalue=None)`."""
    if unknown:
        argument_error(itertools.zip_longest, *iterables, **unknown)
    return _zip_longest([iterator_of(iterable) for iterable in iterables], fillvalue)


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
    return _compress(source_of(data), iterator_of(selectors))


def _compress(source: Iterable[Any], selectors: Iterator[Any]) -> Iterator[Any]:
    for item in source:
        try:
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
    return _filterfalse(None if function is bool else function, source_of(iterable))


def _filterfalse(function: Callable[[Any], Any] | None, source: Iterable[Any]) -> Iterator[Any]:
    for item in source:
        try:
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
    return _takewhile(predicate, source_of(iterable))


def _takewhile(predicate: Callable[[Any], Any], source: Iterable[Any]) -> Iterator[Any]:
    for item in source:
        try:
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
    return _dropwhile(predicate, source_of(iterable))


def _dropwhile(predicate: Callable[[Any], Any], source: Iterable[Any]) -> Iterator[Any]:
    dropping: Any = True
    for item in source:
        try:
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
    return _starmap(function, source_of(iterable))


def _starmap(function: Callable[..., Any], source: Iterable[Any]) -> Iterator[Any]:
    for row in source:
        try:
            result = function(*(row if type(row) is tuple else tuple_from(row)))
        except StopIteration:
            return
        yield result


@polyfill(itertools.accumulate)
def accumulate_polyfill(
    iterable: Any = MISSING, func: Any = MISSING, *extra: Any, initial: Any = MISSING, **unknown: Any
) -> Any:
    """`accumulate(iterable, func=None, *, initial=None)`; None stands for addition and for no initial value."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.accumulate, iterable, func, *extra, initial=initial, **unknown)
    function = operator.add if func is MISSING or func is None else func
    total = MISSING if initial is MISSING or initial is None else initial
    return _accumulate(source_of(iterable), function, total)


def _accumulate(source: Iterable[Any], function: Callable[[Any, Any], Any], total: Any) -> Iterator[Any]:
    if total is not MISSING:
        yield total
    for item in source:
        try:
            total = item if total is MISSING else function(total, item)
        except StopIteration:
            return
        yield total
