from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills.selections import (
    combinations_polyfill,
    combinations_with_replacement_polyfill,
    permutations_polyfill,
    product_polyfill,
)
from tests.rules.polyfills.watch import Log, Watched, assert_lazy_same

CHOICES = [
    (itertools.permutations, permutations_polyfill),
    (itertools.combinations, combinations_polyfill),
    (itertools.combinations_with_replacement, combinations_with_replacement_polyfill),
]


@pytest.mark.parametrize(("original", "polyfill"), CHOICES, ids=lambda f: f.__name__)
@given(st.integers(0, 4), st.integers(0, 5))
def test_choices(original: Any, polyfill: Any, length: int, r: int) -> None:
    assert_lazy_same(original, polyfill, lambda f, log: f(Watched(log, "xs", "abcd"[:length]), r))
    assert list(polyfill(iterable="abcd"[:length], r=r)) == list(original("abcd"[:length], r))


@pytest.mark.parametrize("args", [("abc",), ("abc", None), ("",)], ids=str)
def test_permutations_of_all(args: Any) -> None:
    assert_lazy_same(itertools.permutations, permutations_polyfill, lambda function, log: function(*args))


@given(st.lists(st.integers(0, 3), max_size=4), st.integers(0, 2))
def test_product(lengths: list[int], repeat: int) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(*[Watched(log, str(i), range(n)) for i, n in enumerate(lengths)], repeat=repeat)

    assert_lazy_same(itertools.product, product_polyfill, call)


def test_product_of_a_broken_iterator() -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "a", [1]), Watched(log, "b", [1, OSError("broken")]), Watched(log, "c", [1]))

    assert_lazy_same(itertools.product, product_polyfill, call)


def test_product_of_one_iterator_with_itself() -> None:
    items = iter([1, 2])
    assert list(product_polyfill(items, items)) == []
    assert list(product_polyfill([1, 2], repeat=2)) == [(1, 1), (1, 2), (2, 1), (2, 2)]
