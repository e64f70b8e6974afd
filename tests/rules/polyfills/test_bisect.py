from __future__ import annotations

import bisect
import collections
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills import bisect as polyfills
from tests.rules.polyfills.watch import Log, assert_same, polyfills_of, recorded

POLYFILLS: dict[Any, Any] = {
    bisect.bisect_left: polyfills.bisect_left_polyfill,
    bisect.bisect_right: polyfills.bisect_right_polyfill,
    bisect.insort_left: polyfills.insort_left_polyfill,
    bisect.insort_right: polyfills.insort_right_polyfill,
}


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__name__)
def test_registered(original: Any) -> None:
    assert POLYFILLS[original] in polyfills_of(original)


class Item:
    def __init__(self, log: Log, rank: int) -> None:
        self.log, self.rank = log, rank

    def __lt__(self, other: Item) -> bool:
        self.log.append((self, other))
        return self.rank < other.rank

    def __repr__(self) -> str:
        return str(self.rank)


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__name__)
@given(
    st.lists(st.integers(0, 5), max_size=9),
    st.integers(-1, 6),
    st.integers(-1, 9),
    st.none() | st.integers(-1, 12),
    st.booleans(),
)
def test_searches(original: Any, ranks: list[int], rank: int, lo: int, hi: int | None, by_key: bool) -> None:
    def call(function: Any, log: Log) -> Any:
        if by_key:
            items: list[Any] = sorted(ranks, reverse=True)
            key = recorded(log, "key", lambda x: -x)
            return function(items, -rank if "bisect" in original.__name__ else rank, lo, hi, key=key), items
        items = [Item(log, rank) for rank in sorted(ranks)]
        return function(items, Item(log, rank), lo, hi), items

    assert_same(original, POLYFILLS[original], call)


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    "args", [(), ([],), (5, 1), ([1], "a"), ([1], 1, 0.5), ([1], 1, 0, "a"), ([1], 1, 0, 1, 2)], ids=str
)
def test_errors(original: Any, args: Any) -> None:
    assert_same(original, POLYFILLS[original], lambda function, log: function(*args))
    assert_same(original, POLYFILLS[original], lambda function, log: function(*args, foo=1))


def test_insort_into_another_sequence() -> None:
    def call(function: Any, log: Log) -> Any:
        queue = collections.deque([1, 3])
        return function(queue, x=2, lo=1), queue

    assert_same(bisect.insort, polyfills.insort_right_polyfill, call)
