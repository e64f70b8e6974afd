"""Polyfills of the built-in iterators: map, filter, zip, enumerate, reversed, iter(callable, sentinel), next(default).

Each is an outer function, which checks its arguments and asks for their iterators when it is called, and a generator,
which does the work when it is asked.  Several inputs are asked for their items in turn, as in C.  A StopIteration from
a callback ends the iteration, as it does in C; its value is lost.

What a generator cannot do: go on after its end or after an error.  `next` of a C iterator whose callback has raised
asks for the next item; a generator has ended.  Nor do they pickle, or have the type of the original.
"""

from __future__ import annotations

import collections
import operator
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.native import MISSING, PAIR, argument_error
from bytegrad.rules.polyfills.sources import iterator_of, source_of

# --- map and filter ------------------------------------------------------------------------------


@polyfill(map)
def map_polyfill(function: Any = MISSING, /, *iterables: Any, **unknown: Any) -> Any:
    """`map(function, *iterables)`."""
    if not iterables or unknown:
        argument_error(map, function, *iterables, **unknown)
    if len(iterables) == 1:
        return _map_one(function, source_of(iterables[0]))
    if len(iterables) == PAIR:
        return _map_two(function, source_of(iterables[0]), iterator_of(iterables[1]))
    return _map_many(function, [iterator_of(iterable) for iterable in iterables])


def _map_one(function: Callable[..., Any], source: Iterable[Any]) -> Iterator[Any]:
    for item in source:
        try:
            result = function(item)
        except StopIteration:
            return
        yield result


def _map_two(function: Callable[..., Any], source: Iterable[Any], others: Iterator[Any]) -> Iterator[Any]:
    for first in source:
        try:
            result = function(first, next(others))
        except StopIteration:
            return
        yield result


def _map_many(function: Callable[..., Any], iterators: list[Iterator[Any]]) -> Iterator[Any]:
    while True:
        try:
            result = function(*[next(iterator) for iterator in iterators])
        except StopIteration:
            return
        yield result


@polyfill(filter)
def filter_polyfill(function: Any = MISSING, iterable: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`filter(function, iterable)`; None and bool stand for the item's own truth."""
    if iterable is MISSING or extra or unknown:
        argument_error(filter, function, iterable, *extra, **unknown)
    if function is None or function is bool:
        return _filter_true(source_of(iterable))
    return _filter_by(function, source_of(iterable))


def _filter_true(source: Iterable[Any]) -> Iterator[Any]:
    for item in source:
        if item:
            yield item


def _filter_by(function: Callable[[Any], Any], source: Iterable[Any]) -> Iterator[Any]:
    for item in source:
        try:
            wanted = function(item)
        except StopIteration:
            return
        if wanted:
            yield item


# --- zip and enumerate ---------------------------------------------------------------------------


@polyfill(zip)
def zip_polyfill(*iterables: Any, strict: Any = MISSING, **unknown: Any) -> Any:
    """`zip(*iterables, strict=False)`."""
    if unknown:
        argument_error(zip, *iterables, strict=strict, **unknown)
    if strict is not MISSING and strict:
        return _zip_strict([iterator_of(iterable) for iterable in iterables])
    if len(iterables) == PAIR:
        return _zip_two(source_of(iterables[0]), iterator_of(iterables[1]))
    return _zip_shortest([iterator_of(iterable) for iterable in iterables])


def _zip_two(source: Iterable[Any], others: Iterator[Any]) -> Iterator[Any]:
    for first in source:
        try:
            second = next(others)
        except StopIteration:
            return
        yield first, second


def _zip_shortest(iterators: list[Iterator[Any]]) -> Iterator[Any]:
    while iterators:
        try:
            row = [next(iterator) for iterator in iterators]
        except StopIteration:
            return
        yield tuple(row)


def _zip_strict(iterators: list[Iterator[Any]]) -> Iterator[Any]:
    while iterators:
        row: list[Any] = []
        try:
            for iterator in iterators:
                row.append(next(iterator))
        except StopIteration:
            break
        yield tuple(row)
    else:
        return
    if row:
        raise ValueError(_zip_difference(len(row), "shorter"))
    for position in range(1, len(iterators)):
        try:
            next(iterators[position])
        except StopIteration:
            continue
        raise ValueError(_zip_difference(position, "longer"))


def _zip_difference(position: int, comparative: str) -> str:
    """The message of `zip(strict=True)` about the argument at `position`, counted from 0."""
    others = "argument 1" if position == 1 else f"arguments 1-{position}"
    return f"zip() argument {position + 1} is {comparative} than {others}"


@polyfill(enumerate)
def enumerate_polyfill(iterable: Any = MISSING, start: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`enumerate(iterable, start=0)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(enumerate, iterable, start, *extra, **unknown)
    index = 0 if start is MISSING else operator.index(start)
    return _enumerate(source_of(iterable), index)


def _enumerate(source: Iterable[Any], index: int) -> Iterator[Any]:
    for item in source:
        yield index, item
        index += 1


# --- reversed ------------------------------------------------------------------------------------

_VIEWS: tuple[type, ...] = (dict, type({}.keys()), type({}.values()), type({}.items()))


@polyfill(reversed)
def reversed_polyfill(sequence: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`reversed(sequence)`: by `__reversed__`, else by `len` and indices."""
    if sequence is MISSING or extra or unknown:
        argument_error(reversed, sequence, *extra, **unknown)
    method: Any = getattr(type(sequence), "__reversed__", MISSING)
    if method is None or (method is MISSING and not _has_items(sequence)):
        argument_error(reversed, sequence)
    if method is MISSING or method is list.__reversed__:
        return _reversed_items(sequence, len(sequence))
    if method is collections.deque.__reversed__:
        return _reversed_deque(sequence, len(sequence))
    if issubclass(type(sequence), _VIEWS) and isinstance(method, types.MethodDescriptorType):
        return _reversed_view(sequence, len(sequence))
    return method(sequence)


def _has_items(value: Any) -> bool:
    """Whether C takes `value` for a sequence."""
    return hasattr(type(value), "__getitem__") and not isinstance(value, dict)


def _reversed_items(sequence: Sequence[Any], length: int) -> Iterator[Any]:
    index = length - 1
    while index >= 0:
        try:
            item = sequence[index]
        except (IndexError, StopIteration):
            return
        yield item
        index -= 1


def _reversed_deque(queue: collections.deque[Any], length: int) -> Iterator[Any]:
    index = length - 1
    while index >= 0:
        if len(queue) != length:
            raise RuntimeError("deque mutated during iteration")
        yield queue[index]
        index -= 1


def _reversed_view(view: Any, length: int) -> Iterator[Any]:
    """The items of a dict or a view of one, from the last.

    They are taken together when the first is asked for; a value replaced later is not seen.
    """
    index = length
    items: list[Any] = []
    while True:
        if len(view) != length:
            raise RuntimeError("dictionary changed size during iteration")
        if index == length:
            items = [item for item in view]
        index -= 1
        if index < 0:
            return
        yield items[index]


# --- iter(callable, sentinel) and next(iterator, default) ----------------------------------------
# `iter` and `next` of one argument are operations of the IR, so these have no rule of their own: the call
# of two arguments is led to them.


def iter_call(function: Any, sentinel: Any) -> Any:
    """`iter(function, sentinel)`."""
    if not callable(function):
        argument_error(iter, function, sentinel)
    return _iter_call(function, sentinel)


def _iter_call(function: Callable[[], Any], sentinel: Any) -> Iterator[Any]:
    while True:
        try:
            result = function()
        except StopIteration:
            return
        if sentinel is result or sentinel == result:
            return
        yield result


def next_default(iterator: Any, default: Any) -> Any:
    """`next(iterator, default)`."""
    try:
        return next(iterator)
    except StopIteration:
        return default
