from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.polyfills.watch import (
    Log,
    Watched,
    WatchedSource,
    assert_same_transformed,
    outcome,
    recorded,
    transformed,
)


@given(st.lists(st.integers(0, 2), max_size=8), st.lists(st.integers(0, 3), max_size=20), st.booleans())
def test_groupby(items: list[int], moves: list[int], by_key: bool) -> None:
    """Whatever is asked in whatever order: the next group, or the next item of one of the last groups.

    But not what has ended: then C asks its source again, a generator does not.
    """

    def call(function: Any, log: Log) -> Any:
        key = recorded(log, "key", lambda x: x // 2) if by_key else None
        groups = function(Watched(log, "xs", items), key)
        made: list[Any] = []
        for move in moves:
            if move == 0 or not made:
                log.append(("group", outcome(lambda: made.append(next(groups)) or made[-1][0])))
                if log[-1][1][0] == "raised":
                    break
            else:
                inner = made[-min(move, len(made))]
                log.append(("item", outcome(lambda inner=inner: next(inner[1]))))
                if log[-1][1][0] == "raised":
                    made.remove(inner)

    assert_same_transformed(itertools.groupby, call)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_groupby_of_a_failing_key(place: int) -> None:
    def call(function: Any, log: Log) -> Any:
        items = [1, 1, 2, 2]

        def key(x: int) -> int:
            if len(log) == place:
                log.append("failed")
                raise OSError("key")
            log.append(x)
            return x

        return [(k, list(g)) for k, g in function(items, key)]

    assert_same_transformed(itertools.groupby, call)


def test_a_nan_is_a_group_with_itself() -> None:
    nan = float("nan")
    assert transformed(lambda: [len(list(g)) for _, g in itertools.groupby([nan, nan, float("nan")])]) == [2, 1]


@given(st.lists(st.integers(), max_size=5), st.integers(0, 3), st.lists(st.integers(0, 2), max_size=25))
def test_tee(items: list[int], count: int, moves: list[int]) -> None:
    def call(function: Any, log: Log) -> Any:
        copies = function(WatchedSource(log, "xs", items), count)
        log.append(len(copies))
        running = list(copies)
        for move in moves:
            if not running:
                break
            copy = running[move % len(running)]
            log.append(outcome(lambda copy=copy: next(copy)))
            if log[-1][0] == "raised":
                running.remove(copy)

    assert_same_transformed(itertools.tee, call)


def test_tee_of_a_broken_iterator() -> None:
    def call(function: Any, log: Log) -> Any:
        first, second = function(WatchedSource(log, "xs", [1, OSError("broken"), 3]))
        return next(first), outcome(lambda: next(first)), next(second)

    assert_same_transformed(itertools.tee, call)


class Copied:
    def __init__(self, log: Log, position: int = 0) -> None:
        self.log, self.position = log, position

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> int:
        self.position += 1
        return self.position

    def __copy__(self) -> Any:
        self.log.append("copy")
        return Copied(self.log, self.position)


def test_tee_copies_what_can_be_copied() -> None:
    def call(function: Any, log: Log) -> Any:
        copies = function(Copied(log), 3)
        return [next(copy) for copy in copies for _ in range(2)]

    assert_same_transformed(itertools.tee, call)


def test_tee_of_tee() -> None:
    def call(function: Any, log: Log) -> Any:
        first, second = function(iter("abc"))
        third, fourth = function(second)
        return next(third), next(first), next(first), list(fourth), list(first), list(third)

    assert_same_transformed(itertools.tee, call)
