from __future__ import annotations

import collections
import datetime
import functools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills.sorting import compared_natively, list_sort, sorted_polyfill
from tests.rules.containers.check import check
from tests.rules.polyfills.watch import Log, Watched, assert_same, polyfills_of, recorded


def test_registered() -> None:
    assert sorted_polyfill in polyfills_of(sorted)
    assert list_sort in polyfills_of(list.sort)


@functools.total_ordering
class Version:
    """Compares in Python, by `number` alone."""

    def __init__(self, number: int, name: str = "") -> None:
        self.number, self.name = number, name

    def __lt__(self, other: Version) -> bool:
        return self.number < other.number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"{self.number}{self.name}"


Point = collections.namedtuple("Point", "x y")


@given(st.lists(st.floats(allow_nan=True)), st.booleans())
def test_floats(xs: list[float], reverse: bool) -> None:
    """NaNs included: the very objects in the very order of the original."""
    wanted = sorted(xs, reverse=reverse)
    assert [id(x) for x in sorted_polyfill(xs, reverse=reverse)] == [id(x) for x in wanted]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers()), max_size=100), st.booleans())
def test_stable_by_key(pairs: list[tuple[int, int]], reverse: bool) -> None:
    for key in (lambda pair: pair[0], lambda pair: (pair[0], "a"), lambda pair: Version(pair[0])):
        wanted = sorted(pairs, key=key, reverse=reverse)
        assert sorted_polyfill(pairs, key=key, reverse=reverse) == wanted
        copied = [*pairs]
        assert list_sort(copied, key=key, reverse=reverse) is None  # type: ignore[func-returns-value]
        assert copied == wanted


@given(st.lists(st.integers(0, 5), max_size=80), st.booleans())
def test_stable_by_comparisons_in_python(numbers: list[int], reverse: bool) -> None:
    items = [Version(number, str(place)) for place, number in enumerate(numbers)]
    assert repr(sorted_polyfill(items, reverse=reverse)) == repr(sorted(items, reverse=reverse))
    pairs = [(item, 0) for item in items]
    assert repr(sorted_polyfill(pairs, reverse=reverse)) == repr(sorted(pairs, reverse=reverse))


@pytest.mark.parametrize(
    ("keys", "native"),
    [
        ([1, 2.0, True], True),
        (["a", b"b", None], True),
        ([(1, "a"), [2.0], Point(1, 2)], True),
        ([Fraction(1, 2), Decimal(1), np.float64(2.0)], True),
        ([datetime.date(2020, 1, 1)], True),
        ([object()], True),
        ([(1, (2, (3, [4])))], True),
        ([Version(1)], False),
        ([1, (2, Version(1))], False),
        ([(1, [Version(1)])], False),
        ([functools.cmp_to_key(lambda a, b: 0)(1)], False),
        ([({"a": 1}, 1)], False),
    ],
    ids=str,
)
def test_which_keys_c_compares(keys: list[Any], native: bool) -> None:
    assert compared_natively(keys) is native


BAD_CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1,), {}),
    (([1], 2), {}),
    (([1],), {"foo": 2}),
    (([1], 2), {"foo": 2}),
    (([1],), {"reverse": "yes"}),
    (([2, 1],), {"reverse": 1}),
    (([2, 1],), {"reverse": None}),
    (([1, "a"],), {}),
    (([1j, 2j],), {}),
    (([2, 1],), {"key": 1}),
    (([],), {"key": 1}),
    (([Version(2), 1],), {}),
    (([1, Version(2)],), {}),
    (([(1, object()), (1, object())],), {}),
    (([Version(1), Version(0)],), {"reverse": True}),
]


@pytest.mark.parametrize(("args", "kwargs"), BAD_CALLS, ids=str)
def test_errors(args: Any, kwargs: Any) -> None:
    assert_same(sorted, sorted_polyfill, lambda function, log: function(*args, **kwargs))


@pytest.mark.parametrize("args", [(1,), (None, True)], ids=str)
def test_errors_of_list_sort(args: Any) -> None:
    assert_same(list.sort, list_sort, lambda function, log: function([2, 1], *args))
    assert_same(list.sort, list_sort, lambda function, log: function([2, 1], foo=1))


def test_order_of_events() -> None:
    def call(function: Any, log: Log) -> Any:
        return function(Watched(log, "xs", [3, 1, 2]), key=recorded(log, "key", lambda x: -x))

    assert_same(sorted, sorted_polyfill, call)


@pytest.mark.parametrize("fails", [False, True])
def test_list_is_empty_while_it_is_sorted(fails: bool) -> None:
    def call(function: Any, log: Log) -> Any:
        items = [3, 1, 2]

        def key(x: int) -> int:
            log.append([*items])
            if fails and x == 1:
                raise OSError(x)
            return x

        try:
            return function(items, key=key), items
        finally:
            log.append([*items])

    assert_same(list.sort, list_sort, call)


def test_list_changed_while_it_is_sorted() -> None:
    def call(function: Any, log: Log) -> Any:
        items = [3, 1, 2]
        try:
            function(items, key=items.append)
        except ValueError as error:
            return str(error), items
        raise AssertionError

    assert_same(list.sort, list_sort, lambda f, log: call(lambda items, key: f(items, key=lambda x: key(x) or x), log))


# --- a list that is touched while it is sorted -----------------------------------------------------


def _emptied(items: list[float], key: float) -> None:
    items.append(key)
    items.pop()


def _cleared(items: list[float], key: float) -> None:
    items.append(key)
    del items[:]


def _only_cleared(items: list[float], key: float) -> None:
    del items[:]


def _filled(items: list[float], key: float) -> None:
    items.append(key)
    items[0] = items[0] * key


@pytest.mark.parametrize("touch", [_emptied, _cleared, _only_cleared, _filled], ids=lambda f: f.__name__)
@pytest.mark.parametrize("place", ["key", "comparison", "error"])
def test_a_list_that_is_touched_while_it_is_sorted(touch: Any, place: str) -> None:
    class Key:
        def __init__(self, items: list[float], key: float) -> None:
            self.items, self.key = items, key

        def __lt__(self, other: Key) -> bool:
            if place != "key":
                touch(self.items, self.key)
            if place == "error":
                raise KeyError
            return self.key < other.key

    def program(x: float) -> float:
        items, seen = [3 * x, x, x * x], []

        def key(item: float) -> Any:
            seen.append(item * x)
            if place == "key":
                touch(items, item * x)
                return -item
            return Key(items, -item)

        try:
            items.sort(key=key)
        except ValueError as error:
            assert str(error) == "list modified during sort"
            seen.append(100.0)
        except KeyError:
            seen.append(10.0)
        return (items[0] + 10 * items[1] + 100 * items[2] * items[0]) * seen[0] * seen[-1]

    check(program, 1.4)


class Guarded(list[float]):
    """A list whose own methods are not those that C uses."""

    def clear(self) -> None:
        raise AssertionError

    append = pop = __getitem__ = __setitem__ = clear  # type: ignore[assignment]


def test_sorting_asks_no_method_of_a_subclass() -> None:
    def program(x: float) -> float:
        items = Guarded([3 * x, x, x * x])
        list.sort(items, key=lambda item: -item)
        return sum([(place + 1) * item * item for place, item in enumerate(items)])

    check(program, 1.4)


def test_a_sort_within_a_sort_of_the_same_list() -> None:
    def program(x: float) -> float:
        items = [3 * x, x, x * x]

        def key(item: float) -> float:
            items.sort(key=lambda other: other)
            return -item

        items.sort(key=key)
        return items[0] + 10 * items[1] + 100 * items[2] * items[0]

    check(program, 1.4)
