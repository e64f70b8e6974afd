from __future__ import annotations

import builtins
import collections
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills.builtins import next_default
from tests.rules.polyfills.watch import (
    Log,
    Watched,
    assert_lazy_same_transformed,
    assert_same,
    assert_same_transformed,
    recorded,
    transformed,
)

ITEMS = st.lists(st.integers(-3, 3), max_size=5)
INPUTS = [[], [1], [1, 2, 3], [1, 2, 3, 4, 5], [2, ValueError("broken"), 3], [ValueError("first")]]


BAD_CALLS: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
    (map, (), {}),
    (map, (len,), {}),
    (map, (len, []), {"default": 1}),
    (map, (len, 1), {}),
    (map, (len, [], 1), {}),
    (filter, (), {}),
    (filter, (None,), {}),
    (filter, (None, 1), {}),
    (filter, (None, [], 1), {}),
    (filter, (None, []), {"x": 1}),
    (zip, (1,), {}),
    (zip, ([], 1), {}),
    (zip, ([],), {"x": 1}),
    (zip, ([], 1), {"strict": True}),
    (enumerate, (), {}),
    (enumerate, (1,), {}),
    (enumerate, ([], 1.5), {}),
    (enumerate, ([], "a"), {}),
    (enumerate, ([], 1, 2), {}),
    (enumerate, ([],), {"x": 1}),
    (reversed, (), {}),
    (reversed, (1,), {}),
    (reversed, ({1},), {}),
    (reversed, ([], 1), {}),
    (reversed, (iter([]),), {}),
]


@pytest.mark.parametrize(("original", "args", "kwargs"), BAD_CALLS, ids=str)
def test_argument_errors(original: Any, args: Any, kwargs: Any) -> None:
    assert_same_transformed(original, lambda function, log: function(*args, **kwargs))


@pytest.mark.parametrize("items", INPUTS, ids=str)
def test_map_of_one(items: list[Any]) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(recorded(log, "f", lambda x: x * 2), Watched(log, "xs", items))

    assert_lazy_same_transformed(map, call)


@pytest.mark.parametrize("items", INPUTS, ids=str)
@pytest.mark.parametrize("others", INPUTS, ids=str)
@pytest.mark.parametrize("more", [0, 1])
def test_map_of_several(items: list[Any], others: list[Any], more: int) -> None:
    def call(function: Any, log: Log) -> Any:
        third = [Watched(log, "zs", [7, 8, 9])] * more
        return function(recorded(log, "f", max), Watched(log, "xs", items), Watched(log, "ys", others), *third)

    assert_lazy_same_transformed(map, call)


@pytest.mark.parametrize("error", [StopIteration(), KeyError("three")], ids=repr)
@pytest.mark.parametrize("function", [map, filter])
def test_errors_of_the_callback(function: Any, error: Exception) -> None:
    def fussy(x: int) -> int:
        if x == 3:
            raise error
        return x

    def call(function: Any, log: Log) -> Any:
        return function(recorded(log, "f", fussy), Watched(log, "xs", [1, 2, 3, 4]))

    assert_lazy_same_transformed(function, call)


@pytest.mark.parametrize("predicate", [None, bool, lambda x: x > 1], ids=["None", "bool", "lambda"])
@pytest.mark.parametrize("items", [*INPUTS, [0, 1, 0, 2]], ids=str)
def test_filter(items: list[Any], predicate: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        condition = recorded(log, "p", predicate) if callable(predicate) and predicate is not bool else predicate
        return function(condition, Watched(log, "xs", items))

    assert_lazy_same_transformed(filter, call)


@given(st.lists(ITEMS, max_size=4), st.booleans())
def test_zip(columns: list[list[int]], strict: bool) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(*[Watched(log, str(i), column) for i, column in enumerate(columns)], strict=strict)

    assert_lazy_same_transformed(zip, call)


@pytest.mark.parametrize("strict", [False, True, 0, "yes"])
@pytest.mark.parametrize("lengths", [(), (2,), (2, 2), (3, 2), (2, 3), (2, 2, 2), (2, 2, 3), (2, 2, 1), (2, 3, 2)])
def test_zip_of_lengths(lengths: tuple[int, ...], strict: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(*[Watched(log, str(i), range(n)) for i, n in enumerate(lengths)], strict=strict)

    assert_lazy_same_transformed(zip, call)


@pytest.mark.parametrize("broken", [0, 1, 2])
@pytest.mark.parametrize("strict", [False, True])
def test_zip_of_a_broken_iterator(broken: int, strict: bool) -> None:
    def call(function: Any, log: Log) -> Any:
        columns: list[list[Any]] = [[1, 2], [1, 2], [1, 2]]
        columns[broken].append(OSError("broken"))
        return function(*[Watched(log, str(i), column) for i, column in enumerate(columns)], strict=strict)

    assert_lazy_same_transformed(zip, call)


@pytest.mark.parametrize("items", INPUTS, ids=str)
@pytest.mark.parametrize("start", [(), (3,), (True,), (10**30,), (-1,)], ids=str)
def test_enumerate(items: list[Any], start: tuple[Any, ...]) -> None:
    assert_lazy_same_transformed(enumerate, lambda f, log: f(Watched(log, "xs", items), *start))


def test_enumerate_by_keyword() -> None:
    assert transformed(lambda: list(enumerate(iterable="ab", start=2))) == [(2, "a"), (3, "b")]
    assert transformed(lambda: type(next(iter(enumerate("a", True)))[0])) is int


class Countdown:
    """A sequence without `__reversed__`."""

    def __init__(self, log: Log, length: int) -> None:
        self.log = log
        self.length = length

    def __len__(self) -> int:
        self.log.append("len")
        return self.length

    def __getitem__(self, index: int) -> int:
        self.log.append(index)
        if index == 1:
            raise IndexError(index)
        return index * index


class Mirrored(list):  # type: ignore[type-arg]
    def __reversed__(self) -> Any:
        return iter(["mirrored"])


class NotMirrored(list):  # type: ignore[type-arg]
    __reversed__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "sequence",
    [
        [],
        [1, 2, 3],
        (1, 2, 3),
        "abc",
        range(1, 9, 3),
        {"a": 1, "b": 2},
        {"a": 1, "b": 2}.keys(),
        {"a": 1, "b": 2}.values(),
        {"a": 1, "b": 2}.items(),
        collections.OrderedDict(a=1, b=2),
        collections.OrderedDict(a=1, b=2).values(),
        collections.deque([1, 2, 3]),
        collections.UserList([1, 2]),
        Mirrored([5]),
        NotMirrored([6]),
        b"ab",
    ],
    ids=repr,
)
def test_reversed(sequence: Any) -> None:
    assert_lazy_same_transformed(reversed, lambda function, log: function(sequence))


@pytest.mark.parametrize("length", [0, 1, 2, 4])
def test_reversed_by_index(length: int) -> None:
    assert_lazy_same_transformed(reversed, lambda function, log: function(Countdown(log, length)))


@pytest.mark.parametrize("kind", [list, collections.deque, dict.fromkeys], ids=["list", "deque", "dict"])
@pytest.mark.parametrize("change", ["pop", "clear", "grow"])
def test_reversed_while_the_sequence_changes(kind: Any, change: str) -> None:
    def call(function: Any, log: Log) -> Any:
        sequence = kind([1, 2, 3])
        for item in function(sequence):
            log.append(item)
            if change == "grow":
                sequence.update({9: 9}) if isinstance(sequence, dict) else sequence.append(9)
            elif change == "pop":
                sequence.popitem() if isinstance(sequence, dict) else sequence.pop()
            else:
                sequence.clear()

    assert_same_transformed(reversed, call)


@pytest.mark.parametrize("sentinel", [3, 3.0, "never"])
@pytest.mark.parametrize("error", [StopIteration(), ValueError("empty")], ids=repr)
def test_iter_of_a_callable(sentinel: Any, error: Exception) -> None:
    def call(function: Any, log: Log) -> Any:
        numbers = [1, 2, 3, 4]

        def pop() -> int:
            if not numbers:
                raise error
            return numbers.pop(0)

        return function(recorded(log, "pop", pop), sentinel)

    assert_lazy_same_transformed(iter, call)


def test_iter_of_what_is_not_callable() -> None:
    assert_same_transformed(iter, lambda function, log: function(1, 2))


def test_a_sentinel_is_equal_to_itself() -> None:
    nan = float("nan")
    assert transformed(lambda: list(iter(lambda: nan, nan))) == []


@pytest.mark.parametrize("items", INPUTS, ids=str)
def test_next_with_default(items: list[Any]) -> None:
    assert_same(builtins.next, next_default, lambda f, log: f(iter(Watched(log, "xs", items)), "default"))


def test_next_of_what_is_no_iterator() -> None:
    assert_same(builtins.next, next_default, lambda function, log: function([1], 2))
