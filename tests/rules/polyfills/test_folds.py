from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills.folds import (
    all_polyfill,
    any_polyfill,
    max_polyfill,
    min_polyfill,
    sum_polyfill,
    sum_sequence,
    sum_sequence_rule,
)
from tests.rules.polyfills.watch import Log, Watched, assert_same, polyfills_of, recorded

POLYFILLS = {any: any_polyfill, all: all_polyfill, max: max_polyfill, min: min_polyfill, sum: sum_polyfill}
FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__name__)
def test_registered(original: Any) -> None:
    assert POLYFILLS[original] in polyfills_of(original)


BAD_CALLS: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
    (any, (), {}),
    (any, (1,), {}),
    (any, ([], 1), {}),
    (any, ([],), {"x": 1}),
    (all, (), {}),
    (all, (1,), {}),
    *[(extreme, args, {}) for extreme in (min, max) for args in ((), (1,), ([],), ((1, "a"),), (1, "a"), (1j, 2j))],
    *[(extreme, (1, 2), {"default": 3}) for extreme in (min, max)],
    *[(extreme, (1, 2), {"foo": 3}) for extreme in (min, max)],
    *[(extreme, ([],), {"key": 3}) for extreme in (min, max)],
    *[(extreme, ([1],), {"key": 3}) for extreme in (min, max)],
    *[(extreme, (), {"default": 3}) for extreme in (min, max)],
    *[(extreme, ("ab", "cd"), {"key": None, "default": None}) for extreme in (min, max)],
    (sum, (), {}),
    (sum, (1,), {}),
    (sum, (1, ""), {}),
    (sum, ([1], 2, 3), {}),
    (sum, ([1],), {"foo": 3}),
    (sum, (), {"start": 3}),
    (sum, (["a"], ""), {}),
    (sum, ([b"a"], b""), {}),
    (sum, ([], bytearray()), {}),
    (sum, (["a"],), {}),
    (sum, ([1, [2]],), {}),
    (sum, ([10**400, 1.0],), {}),
    (sum, ([1.0, 10**400],), {}),
]


@pytest.mark.parametrize(("original", "args", "kwargs"), BAD_CALLS, ids=str)
def test_argument_errors(original: Any, args: Any, kwargs: Any) -> None:
    assert_same(original, POLYFILLS[original], lambda function, log: function(*args, **kwargs))


@pytest.mark.parametrize("original", [any, all], ids=lambda f: f.__name__)
@pytest.mark.parametrize("items", [[], [0], [1], [0, 0], [1, 1], [0, 1, 0], [1, 0, 1], [0, OSError(), 1]], ids=str)
def test_any_and_all(original: Any, items: list[Any]) -> None:
    assert_same(original, POLYFILLS[original], lambda function, log: function(Watched(log, "xs", items)))


class Ranked:
    """A number that tells of comparisons; equal ones can be told apart."""

    def __init__(self, log: Log, rank: int, name: str = "") -> None:
        self.log, self.rank, self.name = log, rank, name

    def __lt__(self, other: Ranked) -> bool:
        self.log.append(("lt", self, other))
        return self.rank < other.rank

    def __gt__(self, other: Ranked) -> bool:
        self.log.append(("gt", self, other))
        return self.rank > other.rank

    def __repr__(self) -> str:
        return f"{self.rank}{self.name}"


@pytest.mark.parametrize("original", [min, max], ids=lambda f: f.__name__)
@pytest.mark.parametrize("form", ["iterable", "arguments", "iterable by key", "arguments by key"])
@given(st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_extremes(original: Any, form: str, ranks: list[int]) -> None:
    def call(function: Any, log: Log) -> Any:
        items = [Ranked(log, rank, "abcdef"[i]) for i, rank in enumerate(ranks)]
        key = recorded(log, "key", lambda item: -item.rank) if "key" in form else None
        return function(*items, key=key) if "arguments" in form else function(Watched(log, "xs", items), key=key)

    assert_same(original, POLYFILLS[original], call)


@pytest.mark.parametrize("original", [min, max], ids=lambda f: f.__name__)
def test_extremes_with_default(original: Any) -> None:
    polyfill = POLYFILLS[original]
    assert polyfill([], default=3) == 3
    assert polyfill([], default=None, key=len) is None
    assert polyfill([1, 2], default=3) == original([1, 2])


@pytest.mark.parametrize("original", [min, max], ids=lambda f: f.__name__)
@given(st.lists(FLOATS, min_size=1, max_size=6))
def test_extremes_of_floats(original: Any, xs: list[float]) -> None:
    """The very object, where NaNs and zeros of both signs are about."""
    assert POLYFILLS[original](xs) is original(xs)
    assert POLYFILLS[original](*xs, 0.0) is original(*xs, 0.0)


NUMBERS = st.one_of(
    FLOATS, st.integers(-(10**20), 10**20), st.booleans(), st.complex_numbers(), st.fractions(), st.decimals()
)


@given(st.lists(NUMBERS, max_size=8), st.none() | NUMBERS)
def test_sum_of_mixed_numbers(items: list[Any], start: Any) -> None:
    extra = () if start is None else (start,)
    for kind in (list, tuple, iter):
        assert_same(sum, sum_polyfill, lambda function, log, kind=kind: function(kind(items), *extra))


@given(st.lists(st.floats(-1e10, 1e10) | st.integers(-5, 5), max_size=30))
def test_sum_of_floats_to_the_last_bit(items: list[Any]) -> None:
    assert sum_polyfill(items).hex() == sum(items).hex() if any(type(x) is float for x in items) else True
    assert sum_polyfill(x for x in items) == sum(items)


@pytest.mark.parametrize(
    "items",
    [
        [np.float64(0.1)] * 10,
        [np.arange(3.0), np.arange(3.0)],
        [0.1, np.float32(0.2), 0.3],
        [True, True],
        [Fraction(1, 3), 1, 0.5],
        [1, Decimal(2)],
        [0.1, 0.2, Fraction(1, 3), 0.7],
    ],
    ids=repr,
)
def test_sum_of_other_things(items: list[Any]) -> None:
    assert_same(sum, sum_polyfill, lambda function, log: function(items))
    assert_same(sum, sum_polyfill, lambda function, log: function(iter(items), start=1.5))


def test_sum_of_lists_leaves_the_start_alone() -> None:
    start: list[int] = []
    assert sum_polyfill([[1], [2]], start) == [1, 2]
    assert start == []


class Loud:
    def __init__(self, log: Log, value: float) -> None:
        self.log, self.value = log, value

    def __radd__(self, other: Any) -> Any:
        self.log.append(("radd", other))
        return other + self.value

    def __add__(self, other: Any) -> Any:
        self.log.append(("add", other))
        return self.value + other


@pytest.mark.parametrize("place", [0, 1, 2])
def test_sum_adds_as_it_goes(place: int) -> None:
    def call(function: Any, log: Log) -> Any:
        items: list[Any] = [0.1, 0.2, 0.3]
        items[place] = Loud(log, 0.7)
        return function(Watched(log, "xs", items))

    assert_same(sum, sum_polyfill, call)


@pytest.mark.parametrize(
    ("items", "start", "y_bar", "wanted"),
    [
        ([1.0, 2, True], 0, 2.0, ([2.0, 2.0, None], 2.0)),
        ((1.0, 2.0), 1.0, 0.5, ((0.5, 0.5), 0.5)),
        ([1.0, 2j], 0, 3 + 4j, ([3.0, 3 + 4j], 3.0)),
        ([], 1j, 3 + 4j, ([], 3 + 4j)),
    ],
)
def test_rule_of_sum(items: Any, start: Any, y_bar: Any, wanted: Any) -> None:
    y, pullback = sum_sequence_rule(items, start)
    assert y == sum_sequence(items, start) == sum(items, start)
    assert pullback(y_bar) == wanted
    assert pullback(y_bar) == wanted


def test_compensated_sum() -> None:
    items = [0.1] * 10
    assert sum_polyfill(items) == sum(items)
    assert math.isclose(sum_polyfill(items), 1.0)
