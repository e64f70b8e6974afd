"""Polyfills of `itertools.product`, `permutations`, `combinations` and `combinations_with_replacement`.

Which items are taken carries no derivative: C runs through the choices of indices, and only the picking of the items
is left to differentiate.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Sequence
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.constructors import tuple_from
from bytegrad.rules.polyfills.native import MISSING, PAIR, argument_error, natively


@polyfill(itertools.product)
def product_polyfill(*iterables: Any, repeat: Any = MISSING, **unknown: Any) -> Any:
    """`product(*iterables, repeat=1)`."""
    if unknown:
        argument_error(itertools.product, *iterables, repeat=repeat, **unknown)
    times = 1 if repeat is MISSING else operator.index(repeat)
    natively(itertools.product, repeat=times)
    items: list[Any] = []
    choices: list[range] = []
    for iterable in iterables if times else ():
        first = len(items)
        items.extend(tuple_from(iterable))
        choices.append(range(first, len(items)))
    return _picked(items, len(choices) * times, natively(itertools.product, *choices, repeat=times))


@polyfill(itertools.permutations)
def permutations_polyfill(iterable: Any = MISSING, r: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`permutations(iterable, r=None)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.permutations, iterable, r, *extra, **unknown)
    pool = tuple_from(iterable)
    size = len(pool) if r is MISSING or r is None else r
    return _picked(pool, size, natively(itertools.permutations, range(len(pool)), size))


@polyfill(itertools.combinations)
def combinations_polyfill(iterable: Any = MISSING, r: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`combinations(iterable, r)`."""
    if iterable is MISSING or r is MISSING or extra or unknown:
        argument_error(itertools.combinations, iterable, r, *extra, **unknown)
    size = operator.index(r)
    pool = tuple_from(iterable)
    return _picked(pool, size, natively(itertools.combinations, range(len(pool)), size))


@polyfill(itertools.combinations_with_replacement)
def combinations_with_replacement_polyfill(
    iterable: Any = MISSING, r: Any = MISSING, *extra: Any, **unknown: Any
) -> Any:
    """`combinations_with_replacement(iterable, r)`."""
    if iterable is MISSING or r is MISSING or extra or unknown:
        argument_error(itertools.combinations_with_replacement, iterable, r, *extra, **unknown)
    size = operator.index(r)
    pool = tuple_from(iterable)
    return _picked(pool, size, natively(itertools.combinations_with_replacement, range(len(pool)), size))


def _picked(items: Sequence[Any], size: int, choices: Iterator[Any]) -> Iterator[Any]:
    """The tuples of the items that `choices`, tuples of `size` indices, stand for."""
    return _pairs(items, choices) if size == PAIR else _tuples(items, choices)


def _pairs(items: Sequence[Any], choices: Iterator[tuple[int, int]]) -> Iterator[Any]:
    for first, second in choices:
        yield items[first], items[second]


def _tuples(items: Sequence[Any], choices: Iterator[tuple[int, ...]]) -> Iterator[Any]:
    for indices in choices:
        yield tuple([items[index] for index in indices])
