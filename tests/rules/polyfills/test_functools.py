from __future__ import annotations

import functools
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.rules.polyfills.functools import cmp_to_key_polyfill, lru_call, reduce_polyfill
from tests.rules.polyfills.watch import Log, Watched, assert_same, outcome, polyfills_of, recorded


def test_registered() -> None:
    assert reduce_polyfill in polyfills_of(functools.reduce)
    assert cmp_to_key_polyfill in polyfills_of(functools.cmp_to_key)


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3], [1, OSError("broken")], [1, 0, 2]], ids=str)
@pytest.mark.parametrize("initial", [(), (None,), (5,)], ids=str)
@pytest.mark.parametrize("function", [operator.sub, operator.floordiv, lambda a, b: [a, b]])
def test_reduce(items: list[Any], initial: Any, function: Any) -> None:
    def call(reduce: Any, log: Log) -> Any:
        return reduce(recorded(log, "f", function), Watched(log, "xs", items), *initial)

    assert_same(functools.reduce, reduce_polyfill, call)


@pytest.mark.parametrize("args", [(), (max,), (max, 1), (max, []), (max, [1], 2, 3), (1, [1, 2])], ids=str)
def test_reduce_errors(args: Any) -> None:
    assert_same(functools.reduce, reduce_polyfill, lambda function, log: function(*args))
    assert_same(functools.reduce, reduce_polyfill, lambda function, log: function(*args, foo=3))


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=2))
def test_cmp_to_key(pair: list[int]) -> None:
    def call(cmp_to_key: Any, log: Log) -> Any:
        key = cmp_to_key(recorded(log, "compare", lambda a, b: abs(a) - abs(b)))
        a, b = map(key, pair)
        operations = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]
        return [operation(a, b) for operation in operations], a.obj

    assert_same(functools.cmp_to_key, cmp_to_key_polyfill, call)


@pytest.mark.parametrize("args", [(), (1, 2)], ids=str)
def test_cmp_to_key_errors(args: Any) -> None:
    assert_same(functools.cmp_to_key, cmp_to_key_polyfill, lambda function, log: function(*args))
    assert_same(functools.cmp_to_key, cmp_to_key_polyfill, lambda function, log: function(max)(1) < 2)
    assert_same(functools.cmp_to_key, cmp_to_key_polyfill, lambda function, log: function(mycmp=max)(obj=1).obj)


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1.0,), {}),
    ((1, 2), {}),
    ((), {"a": 1}),
    ((1,), {"b": 2}),
    ((1,), {"b": 2, "c": 3}),
    ((1,), {"c": 3, "b": 2}),
    (("x",), {}),
    (([],), {}),
]


@pytest.mark.parametrize("maxsize", [None, 0, 1, 2, 3, 100], ids=str)
@pytest.mark.parametrize("typed", [False, True])
@given(st.lists(st.sampled_from(CALLS), max_size=30))
def test_lru_cache(maxsize: Any, typed: bool, calls: list[Any]) -> None:
    """The function runs for the same calls, and they return the same."""
    native_log: Log = []
    log: Log = []

    def wrapped(log: Log) -> Any:
        @functools.lru_cache(maxsize, typed)
        def f(*args: Any, **kwargs: Any) -> Any:
            log.append((args, kwargs))
            return len(log)

        return f

    native, other, cache = wrapped(native_log), wrapped(log), {}
    for args, kwargs in calls:
        wanted = outcome(lambda args=args, kwargs=kwargs: native(*args, **kwargs))
        assert outcome(lambda args=args, kwargs=kwargs: lru_call(cache, other, args, kwargs)) == wanted
    assert repr(log) == repr(native_log)
    assert other.cache_info().currsize == 0


def test_lru_cache_of_a_recursion() -> None:
    cache: dict[Any, Any] = {}
    log: list[int] = []

    @functools.lru_cache(maxsize=4)
    def fibonacci(n: int) -> int:
        log.append(n)
        if n < 2:
            return n
        return int(lru_call(cache, fibonacci, (n - 1,), {}) + lru_call(cache, fibonacci, (n - 2,), {}))

    assert lru_call(cache, fibonacci, (20,), {}) == 6765
    assert sorted(log) == list(range(21))
    assert len(cache) == 4


def test_lru_cache_filled_before_is_not_asked() -> None:
    calls: list[int] = []
    square = functools.cache(lambda x: calls.append(x) or x * x)
    assert square(3) == 9
    cache: dict[Any, Any] = {}
    assert [lru_call(cache, square, (3,), {}) for _ in range(2)] == [9, 9]
    assert calls == [3, 3]
