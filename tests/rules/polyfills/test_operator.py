from __future__ import annotations

import collections
import operator
import types
from typing import Any

import numpy as np
import pytest

from bytegrad.rules.polyfills import operator as polyfills
from tests.rules.polyfills.watch import Log, Watched, assert_same, polyfills_of

POLYFILLS: dict[Any, Any] = {
    operator.call: polyfills.call_polyfill,
    operator.concat: polyfills.concat_polyfill,
    operator.iconcat: polyfills.iconcat_polyfill,
    operator.countOf: polyfills.count_of_polyfill,
    operator.indexOf: polyfills.index_of_polyfill,
    operator.itemgetter.__call__: polyfills.itemgetter_polyfill,
    operator.attrgetter.__call__: polyfills.attrgetter_polyfill,
    operator.methodcaller: polyfills.methodcaller_polyfill,
    operator.methodcaller.__call__: polyfills.methodcaller_instance_polyfill,
}


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__qualname__)
def test_registered(original: Any) -> None:
    assert POLYFILLS[original] in polyfills_of(original)


ARGUMENTS: list[Any] = [(), (1,), (1, 2), ([1], (2,)), ([], [], []), ({}, {}), (np.ones(2), np.ones(2)), ([1], 1)]


@pytest.mark.parametrize("original", list(POLYFILLS)[:5], ids=lambda f: f.__name__)
@pytest.mark.parametrize("args", ARGUMENTS, ids=[str(i) for i in range(len(ARGUMENTS))])
def test_errors(original: Any, args: Any) -> None:
    assert_same(original, POLYFILLS[original], lambda function, log: function(*args))
    assert_same(original, POLYFILLS[original], lambda function, log: function(*args, foo=1))


def test_call() -> None:
    assert polyfills.call_polyfill(dict, [(1, 2)], obj=3) == {1: 2, "obj": 3}


@pytest.mark.parametrize("pair", [([1], [2]), ((1,), (2,)), ("a", "b"), (b"a", b"b")], ids=str)
def test_concat(pair: Any) -> None:
    assert_same(operator.concat, polyfills.concat_polyfill, lambda function, log: function(*pair))
    assert_same(operator.iconcat, polyfills.iconcat_polyfill, lambda function, log: function(*pair))


def test_concat_of_deques() -> None:
    def call(function: Any, log: Log) -> Any:
        first, second = collections.deque([1]), collections.deque([2])
        return function(first, second), first

    assert_same(operator.concat, polyfills.concat_polyfill, call)
    assert_same(operator.iconcat, polyfills.iconcat_polyfill, call)


def test_iconcat_is_in_place() -> None:
    def call(function: Any, log: Log) -> Any:
        target = [1]
        result = function(target, (x for x in [2, 3]))
        return result is target, target

    assert_same(operator.iconcat, polyfills.iconcat_polyfill, call)


class Loose:
    """Equal to whatever it is told."""

    def __init__(self, log: Log, name: str, equal: Any) -> None:
        self.log, self.name, self.equal = log, name, equal

    def __eq__(self, other: object) -> Any:
        self.log.append((self.name, "eq"))
        return self.equal

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("original", [operator.countOf, operator.indexOf], ids=lambda f: f.__name__)
@pytest.mark.parametrize("items", [[], [1, 2, 1], [2, 3], [2, OSError("broken"), 1]], ids=str)
def test_count_and_index(original: Any, items: list[Any]) -> None:
    assert_same(original, POLYFILLS[original], lambda function, log: function(Watched(log, "xs", items), 1))


@pytest.mark.parametrize("original", [operator.countOf, operator.indexOf], ids=lambda f: f.__name__)
@pytest.mark.parametrize("equal", [True, False, NotImplemented], ids=str)
def test_count_and_index_compare(original: Any, equal: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        wanted = Loose(log, "wanted", equal)
        return function([Loose(log, "item", equal), wanted], wanted)

    assert_same(original, POLYFILLS[original], call)


THING = types.SimpleNamespace(a=types.SimpleNamespace(b=3), c=4, d=[5, 6])


def called(polyfill: Any) -> Any:
    """The instance's own call, or the polyfill's."""
    return polyfill or (lambda instance, *args, **kwargs: instance(*args, **kwargs))


@pytest.mark.parametrize("names", [("c",), ("a.b",), ("c", "a.b", "a"), ("x",), ("a.x",), ("c", "x.y")], ids=str)
@pytest.mark.parametrize("args", [(THING,), (), (1, 2)], ids=len)
def test_attrgetter(names: Any, args: Any) -> None:
    getter = operator.attrgetter(*names)
    assert_same(None, polyfills.attrgetter_polyfill, lambda polyfill, log: called(polyfill)(getter, *args))
    assert_same(None, polyfills.attrgetter_polyfill, lambda polyfill, log: called(polyfill)(getter, *args, foo=1))


@pytest.mark.parametrize("items", [(0,), (1, -1), ("a",), (slice(2),), (5,)], ids=str)
@pytest.mark.parametrize("args", [([1, 2, 3],), ({"a": 1},), (), (1, 2), (1,)], ids=str)
def test_itemgetter(items: Any, args: Any) -> None:
    getter = operator.itemgetter(*items)
    assert_same(None, polyfills.itemgetter_polyfill, lambda polyfill, log: called(polyfill)(getter, *args))


@pytest.mark.parametrize(
    ("args", "kwargs"), [(("split",), {}), (("split", "b"), {}), (("split",), {"sep": "b"}), (("nope",), {})], ids=str
)
@pytest.mark.parametrize("objects", [("abc",), (), ("a", "b"), (1,)], ids=str)
def test_methodcaller(args: Any, kwargs: Any, objects: Any) -> None:
    caller = operator.methodcaller(*args, **kwargs)
    polyfill = polyfills.methodcaller_instance_polyfill
    assert_same(None, polyfill, lambda polyfill, log: called(polyfill)(caller, *objects))
    if len(objects) == 1:
        assert_same(
            operator.methodcaller,
            polyfills.methodcaller_polyfill,
            lambda function, log: function(*args, **kwargs)(*objects),
        )


@pytest.mark.parametrize("args", [(), (1,)], ids=str)
def test_methodcaller_errors(args: Any) -> None:
    assert_same(operator.methodcaller, polyfills.methodcaller_polyfill, lambda function, log: function(*args))
