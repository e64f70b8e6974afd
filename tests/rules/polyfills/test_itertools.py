from __future__ import annotations

import itertools
import operator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.polyfills.watch import (
    Log,
    Watched,
    assert_lazy_same_transformed,
    assert_same_transformed,
    recorded,
    transformed,
)

FUNCTIONS = [value for name, value in vars(itertools).items() if not name.startswith("_") and callable(value)]
FUNCTIONS.append(itertools.chain.from_iterable)
BATCHED: Any = getattr(itertools, "batched", None)
INPUTS = [[], [1], [1, 2, 3], [1, 2, 3, 4, 5], [2, ValueError("broken"), 3]]


def bad_calls() -> list[tuple[Any, tuple[Any, ...], dict[str, Any]]]:
    calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
    for original in FUNCTIONS:
        calls += [(original, (), {}), (original, ([], 1, 2, 3, 4, 5), {}), (original, ([],), {"foo": 1})]
        if original not in (itertools.count, itertools.repeat, itertools.product):
            calls += [(original, (1,), {}), (original, (1, 1), {}), (original, ([1], "a"), {})]
    for choose in (itertools.permutations, itertools.combinations, itertools.combinations_with_replacement):
        calls += [(choose, ([1, 2], -1), {}), (choose, ([1, 2], 1.5), {}), (choose, ([1, 2], 10**30), {})]
    calls += [(itertools.islice, ([1], *bounds), {}) for bounds in ((-1,), (0, 1, 0), (0, -1), (1, 2, "a"), ())]
    calls += [(itertools.islice, ([1], 1.5), {}), (itertools.islice, (1, -1), {}), (itertools.islice, (1, 1), {})]
    calls += [(itertools.count, ("a",), {}), (itertools.count, (1, "a"), {}), (itertools.count, ([],), {})]
    calls += [(itertools.repeat, (1, "a"), {}), (itertools.repeat, (1, None), {}), (itertools.repeat, (1, 1.0), {})]
    calls += [(itertools.product, ([1],), {"repeat": -1}), (itertools.product, ([1],), {"repeat": "a"})]
    calls += [(itertools.product, (1,), {}), (itertools.product, ([1],), {"repeat": 1.0})]
    calls += [(itertools.tee, ([1], -1), {}), (itertools.tee, ([1], 1.0), {}), (itertools.tee, (1, 0), {})]
    calls += [(itertools.accumulate, ([1], None, 3), {}), (itertools.starmap, (1, [(1,)]), {})]
    if BATCHED is not None:
        calls += [(BATCHED, ([1], 0), {}), (BATCHED, ([1], -1), {}), (BATCHED, ([1], 1.0), {})]
    return calls


BAD_CALLS = bad_calls()


@pytest.mark.parametrize(
    ("original", "args", "kwargs"), BAD_CALLS, ids=[f"{i}-{call[0].__name__}" for i, call in enumerate(BAD_CALLS)]
)
def test_argument_errors(original: Any, args: Any, kwargs: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        made = function(*args, **kwargs)
        return list(itertools.islice(made, 5)) if made != () else made

    assert_same_transformed(original, call)


# --- without end ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [(), (3,), (3, 2), (0.5, 0.1), (True,), (True, 2), (Fraction(1, 2), 1), (1j, 2), (10**30,), (5, -1), (1, True)],
    ids=str,
)
def test_count(args: tuple[Any, ...]) -> None:
    assert_lazy_same_transformed(itertools.count, lambda function, log: function(*args))


def test_count_adds_before_it_hands_out() -> None:
    class Step:
        def __init__(self, log: Log) -> None:
            self.log = log

        __index__ = None

        def __float__(self) -> float:
            return 1.0

        def __radd__(self, other: int) -> int:
            self.log.append(other)
            if other == 2:
                raise OverflowError
            return other + 1

    assert_lazy_same_transformed(itertools.count, lambda function, log: function(0, Step(log)))


@pytest.mark.parametrize("items", INPUTS, ids=str)
def test_cycle(items: list[Any]) -> None:
    assert_lazy_same_transformed(itertools.cycle, lambda f, log: f(Watched(log, "xs", items)))


@pytest.mark.parametrize("args", [("a",), ("a", 3), ("a", 0), ("a", -3), ("a", True)], ids=str)
def test_repeat(args: tuple[Any, ...]) -> None:
    assert_lazy_same_transformed(itertools.repeat, lambda function, log: function(*args))


def test_repeat_by_keywords() -> None:
    assert transformed(lambda: list(itertools.repeat(times=2, object=3))) == [3, 3]


# --- one after the other -------------------------------------------------------------------------


@pytest.mark.parametrize("last", [[7], 8, OSError()], ids=str)
def test_chain(last: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "a", [1, 2]), [], Watched(log, "b", [3]), last)

    assert_lazy_same_transformed(itertools.chain, call)


@pytest.mark.parametrize("last", [[7], 8, OSError()], ids=str)
def test_from_iterable(last: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "all", [Watched(log, "a", [1, 2]), [], Watched(log, "b", [3]), last]))

    assert_lazy_same_transformed(itertools.chain.from_iterable, call)


BOUND = st.none() | st.integers(0, 7)


@given(st.integers(0, 8), st.tuples(BOUND) | st.tuples(BOUND, BOUND) | st.tuples(BOUND, BOUND, st.integers(1, 4)))
def test_islice(length: int, bounds: tuple[Any, ...]) -> None:
    """The items that are left for others count too."""

    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "xs", range(length)), *bounds)

    assert_lazy_same_transformed(itertools.islice, call)


def test_islice_by_index_objects() -> None:
    class Three:
        def __index__(self) -> int:
            return 3

    assert transformed(lambda: list(itertools.islice("abcdef", Three()))) == ["a", "b", "c"]
    assert transformed(lambda: list(itertools.islice("abcdef", 0, None, Three()))) == ["a", "d"]


@pytest.mark.parametrize("items", INPUTS, ids=str)
def test_pairwise(items: list[Any]) -> None:
    assert_lazy_same_transformed(itertools.pairwise, lambda f, log: f(Watched(log, "xs", items)))


@given(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=4), st.booleans())
def test_zip_longest(columns: list[list[int]], fill: bool) -> None:
    def call(function: Any, log: Log) -> Any:
        options = {"fillvalue": "fill"} if fill else {}
        return function(*[Watched(log, str(i), column) for i, column in enumerate(columns)], **options)

    assert_lazy_same_transformed(itertools.zip_longest, call)


def test_zip_longest_of_a_broken_iterator() -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "a", [1, 2]), Watched(log, "b", [1, OSError("broken")]), [1, 2, 3])

    assert_lazy_same_transformed(itertools.zip_longest, call)


@pytest.mark.skipif(BATCHED is None, reason="this Python has no itertools.batched")
@pytest.mark.parametrize("items", INPUTS, ids=str)
@pytest.mark.parametrize("size", [1, 2, 3, 9])
@pytest.mark.parametrize("options", [{}, {"strict": True}, {"strict": 0}], ids=str)
def test_batched(items: list[Any], size: int, options: dict[str, Any]) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "xs", items), size, **options)

    assert_lazy_same_transformed(BATCHED, call)
    assert_same_transformed(BATCHED, lambda f, log: list(f(iterable=[1, 2, 3], n=2)))


# --- by a condition or a function ----------------------------------------------------------------


@given(st.lists(st.integers(0, 5), max_size=5), st.lists(st.booleans(), max_size=5))
def test_compress(data: list[int], selectors: list[bool]) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "data", data), selectors=Watched(log, "selectors", selectors))

    assert_lazy_same_transformed(itertools.compress, call)


CONDITIONS = {
    "odd": lambda x: x % 2,
    "small": lambda x: x < 3,
    "never": lambda x: 0,
    "stops": lambda x: next(iter([1] if x < 3 else [])),
    "fails": lambda x: 1 // (x - 3),
}


@pytest.mark.parametrize("name", ["takewhile", "dropwhile", "filterfalse"])
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("items", INPUTS, ids=str)
def test_by_a_condition(name: str, condition: str, items: list[Any]) -> None:
    original = getattr(itertools, name)

    def call(function: Any, log: Log) -> Any:
        return function(recorded(log, "p", CONDITIONS[condition]), Watched(log, "xs", items))

    assert_lazy_same_transformed(original, call)


@pytest.mark.parametrize("function", [None, bool], ids=str)
def test_filterfalse_by_truth(function: Any) -> None:
    assert transformed(lambda: list(itertools.filterfalse(function, [0, 1, "", 2]))) == [0, ""]


@pytest.mark.parametrize(
    "rows",
    [[(1, 2), [3, 4], iter([5, 6])], [(1,)], [(1, 2), 3], [(0, 0), (1, 2)], [OSError()]],
    ids=["good", "short", "number", "zero", "broken"],
)
@pytest.mark.parametrize(
    "function", [pow, lambda a, b: next(iter([a] * b)), lambda a, b: 1 // a], ids=["pow", "stops", "fails"]
)
def test_starmap(rows: list[Any], function: Any) -> None:
    def call(starmap: Any, log: Log) -> Any:
        fresh = [iter([5, 6]) if hasattr(row, "__next__") else row for row in rows]
        return starmap(recorded(log, "f", function), Watched(log, "rows", fresh))

    assert_lazy_same_transformed(itertools.starmap, call)


@pytest.mark.parametrize("items", INPUTS, ids=str)
@pytest.mark.parametrize(
    "options", [{}, {"func": operator.mul}, {"initial": 10}, {"func": max, "initial": 3}, {"func": None}], ids=str
)
def test_accumulate(items: list[Any], options: dict[str, Any]) -> None:
    def call(function: Any, log: Log) -> Any:
        watched = {name: recorded(log, name, x) if callable(x) else x for name, x in options.items()}
        return function(Watched(log, "xs", items), **watched)

    assert_lazy_same_transformed(itertools.accumulate, call)


def test_accumulate_stops_where_the_function_does() -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "xs", [1, 2, 3]), lambda a, b: next(iter([])) if b > 2 else a + b)

    assert_lazy_same_transformed(itertools.accumulate, call)
