from __future__ import annotations

import types
from typing import Any

import pytest

from bytegrad.rules.polyfills.misc import join_from, namespace_init, namespace_polyfill
from tests.rules.polyfills.watch import Log, WatchedSource, assert_same, polyfills_of


def test_registered() -> None:
    assert namespace_polyfill in polyfills_of(types.SimpleNamespace)
    assert namespace_init in polyfills_of(types.SimpleNamespace.__init__)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((), {"a": 1, "b": [2]}),
        (({"a": 1},), {"a": 2, "b": 3}),
        (([("a", 1)],), {}),
        (({1: 1},), {}),
        ((1,), {}),
        (({}, {}), {}),
    ],
    ids=str,
)
def test_namespace(args: Any, kwargs: Any) -> None:
    assert_same(types.SimpleNamespace, namespace_polyfill, lambda function, log: function(*args, **kwargs))


def test_namespace_of_a_subclass() -> None:
    class Strict(types.SimpleNamespace):
        def __setattr__(self, name: str, value: Any) -> None:
            raise AssertionError("C does not ask for it")

    made = Strict.__new__(Strict)
    namespace_init(made, a=1)
    assert made == Strict(a=1)


@pytest.mark.parametrize("items", [[], ["a"], ["a", "b"], ["a", 1], ["a", OSError("broken")]], ids=str)
def test_join(items: Any) -> None:
    assert_same(str.join, join_from, lambda function, log: function("-", WatchedSource(log, "xs", items)))


def test_join_of_what_cannot_be_joined() -> None:
    assert_same(str.join, join_from, lambda function, log: function("-", 1))


def test_join_of_a_generator() -> None:
    def call(function: Any, log: Log) -> Any:
        return function(", ".strip(), (str(x) for x in range(3)))

    assert_same(str.join, join_from, call)
