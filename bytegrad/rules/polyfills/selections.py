"""Polyfills of `itertools.product`, `permutations`, `combinations` and `combinations_with_replacement`.

They take all items when they are called: with tuples of these the originals are called again, which have rules for that
(containers/iterators).
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.constructors import tuple_from
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively


@polyfill(itertools.product)
def product_polyfill(*iterables: Any, repeat: Any = MISSING, **unknown: Any) -> Any:
    """`product(*iterables, repeat=1)`."""
    if unknown:
        argument_error(itertools.product, *iterables, repeat=repeat, **unknown)
    times = 1 if repeat is MISSING else operator.index(repeat)
    natively(itertools.product, repeat=times)
    return itertools.product(*[tuple_from(iterable) for iterable in iterables if times], repeat=times)


@polyfill(itertools.permutations)
def permutations_polyfill(iterable: Any = MISSING, r: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`permutations(iterable, r=None)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.permutations, iterable, r, *extra, **unknown)
    if r is MISSING or r is None:
        return itertools.permutations(tuple_from(iterable))
    if not isinstance(r, int):
        argument_error(itertools.permutations, iterable, r)
    return itertools.permutations(tuple_from(iterable), int(r))


@polyfill(itertools.combinations)
def combinations_polyfill(iterable: Any = MISSING, r: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`combinations(iterable, r)`."""
    if iterable is MISSING or r is MISSING or extra or unknown:
        argument_error(itertools.combinations, iterable, r, *extra, **unknown)
    size = operator.index(r)
    return itertools.combinations(tuple_from(iterable), size)


@polyfill(itertools.combinations_with_replacement)
def combinations_with_replacement_polyfill(
    iterable: Any = MISSING, r: Any = MISSING, *extra: Any, **unknown: Any
) -> Any:
    """`combinations_with_replacement(iterable, r)`."""
    if iterable is MISSING or r is MISSING or extra or unknown:
        argument_error(itertools.combinations_with_replacement, iterable, r, *extra, **unknown)
    size = operator.index(r)
    return itertools.combinations_with_replacement(tuple_from(iterable), size)
