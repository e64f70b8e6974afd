from __future__ import annotations

import heapq
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills import heapq as polyfills
from tests.rules.polyfills.watch import Log, assert_same, outcome, polyfills_of

POLYFILLS: dict[Any, Any] = {
    heapq.heappush: polyfills.heappush_polyfill,
    heapq.heappop: polyfills.heappop_polyfill,
    heapq.heapreplace: polyfills.heapreplace_polyfill,
    heapq.heappushpop: polyfills.heappushpop_polyfill,
    heapq.heapify: polyfills.heapify_polyfill,
}
MAX_HEAPS = ["heappush_max", "heappop_max", "heapreplace_max", "heappushpop_max", "heapify_max"]
for _name in MAX_HEAPS:
    _original = getattr(heapq, _name, getattr(heapq, f"_{_name}", None))
    if _original is not None:
        POLYFILLS[_original] = getattr(polyfills, f"{_name}_polyfill")


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__name__)
def test_registered(original: Any) -> None:
    assert POLYFILLS[original] in polyfills_of(original)


class Item:
    """Compares by `rank`, tells of every comparison, and fails at the one of number `fails`."""

    def __init__(self, log: Log, rank: int, fails: int = -1) -> None:
        self.log, self.rank, self.fails = log, rank, fails

    def __lt__(self, other: Item) -> bool:
        if len(self.log) == self.fails:
            raise OSError("cannot compare")
        self.log.append((self, other))
        return self.rank < other.rank

    def __repr__(self) -> str:
        return str(self.rank)


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__name__)
@given(ranks=st.lists(st.integers(0, 9), max_size=20), rank=st.integers(0, 9), fails=st.integers(-1, 9))
def test_steps(original: Any, ranks: list[int], rank: int, fails: int) -> None:
    """On any list, a heap or not: the same comparisons, the same list behind, also after an error."""

    def call(function: Any, log: Log) -> Any:
        items = [Item(log, rank, fails) for rank in ranks]
        extra = [Item(log, rank, fails)] if "push" in original.__name__ or "replace" in original.__name__ else []
        return outcome(lambda: function(items, *extra)), items

    assert_same(original, POLYFILLS[original], call)


@given(st.lists(st.floats(allow_nan=True)))
def test_a_heap_is_emptied_in_order(xs: list[float]) -> None:
    wanted, got = list(xs), list(xs)
    heapq.heapify(wanted)
    polyfills.heapify_polyfill(got)
    while wanted:
        assert repr(got) == repr(wanted)
        assert repr(polyfills.heappop_polyfill(got)) == repr(heapq.heappop(wanted))
    assert got == []


@pytest.mark.parametrize("original", list(POLYFILLS)[:5], ids=lambda f: f.__name__)
@pytest.mark.parametrize("args", [(), ([],), ((),), ([], 1, 2), ((), 1), ([1, "a", 2],), ([1, 2], "a")], ids=str)
def test_errors(original: Any, args: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        fresh = [list(arg) if isinstance(arg, list) else arg for arg in args]
        return outcome(lambda: function(*fresh)), fresh

    assert_same(original, POLYFILLS[original], call)
    assert_same(original, POLYFILLS[original], lambda function, log: function([1], foo=1))


@pytest.mark.parametrize("original", list(POLYFILLS)[:5], ids=lambda f: f.__name__)
def test_list_changed_by_a_comparison(original: Any) -> None:
    class Emptying:
        def __init__(self, items: list[Any]) -> None:
            self.items = items

        def __lt__(self, other: Any) -> bool:
            self.items.clear()
            return True

    def call(function: Any, log: Log) -> Any:
        items: list[Any] = []
        items += [Emptying(items) for _ in range(5)]
        extra = [Emptying(items)] if "push" in original.__name__ or "replace" in original.__name__ else []
        return outcome(lambda: function(items, *extra)), items

    assert_same(original, POLYFILLS[original], call)
