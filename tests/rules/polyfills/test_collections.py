from __future__ import annotations

import collections
from typing import Any

import pytest

from bytegrad.rules.polyfills import collections as polyfills
from bytegrad.runtime import registry
from tests.rules.polyfills.watch import Log, Watched, assert_same, outcome, polyfills_of

OrderedDict = collections.OrderedDict
POLYFILLS: dict[Any, Any] = {
    collections._count_elements: polyfills.count_elements_polyfill,  # type: ignore[attr-defined]
    collections.deque: polyfills.deque_polyfill,
    collections.deque.__init__: polyfills.deque_init,
    collections.deque.extend: polyfills.deque_extend,
    collections.deque.extendleft: polyfills.deque_extendleft,
    collections.deque.__iadd__: polyfills.deque_iadd,
    collections.deque.copy: polyfills.deque_copy,
    collections.deque.__copy__: polyfills.deque_copy,
    collections.defaultdict: polyfills.defaultdict_polyfill,
    collections.defaultdict.__init__: polyfills.defaultdict_init,
    collections.defaultdict.__missing__: polyfills.defaultdict_missing,
    collections.defaultdict.copy: polyfills.defaultdict_copy,
    collections.defaultdict.__copy__: polyfills.defaultdict_copy,
    OrderedDict: polyfills.ordered_dict_polyfill,
    OrderedDict.__init__: polyfills.ordered_dict_init,
    OrderedDict.update: polyfills.ordered_dict_update,
    OrderedDict.pop: polyfills.ordered_dict_pop,
    OrderedDict.setdefault: polyfills.ordered_dict_setdefault,
    OrderedDict.copy: polyfills.ordered_dict_copy,
}


@pytest.mark.parametrize("original", POLYFILLS, ids=lambda f: f.__qualname__)
def test_registered(original: Any) -> None:
    assert POLYFILLS[original] in polyfills_of(original)


def test_order_has_no_derivative() -> None:
    assert registry.NON_DIFFERENTIABLE in registry.lookup(OrderedDict.move_to_end)


def on(make: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """A call of the method on a fresh object: its outcome, and the object afterwards."""

    def call(function: Any, log: Log) -> Any:
        target = make()
        result = outcome(lambda: function(target, *args, **kwargs))
        return method, result, result[1] is target, target

    return call


@pytest.mark.parametrize("kind", [dict, collections.Counter, lambda: collections.defaultdict(int)])
@pytest.mark.parametrize("items", [[], "abab", [1, OSError("broken")], [[]]], ids=str)
def test_count_elements(kind: Any, items: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        mapping = kind()
        return outcome(lambda: function(mapping, Watched(log, "xs", items))), mapping

    count: Any = collections._count_elements  # type: ignore[attr-defined]
    assert_same(count, polyfills.count_elements_polyfill, call)


# --- deque ---------------------------------------------------------------------------------------

DEQUES: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    (([1, 2, 3],), {}),
    (([1, 2, 3], 2), {}),
    (([1, 2, 3],), {"maxlen": 0}),
    ((), {"iterable": "ab", "maxlen": None}),
    ((), {"maxlen": 2}),
    ((1,), {}),
    (([], -1), {}),
    ((1, -1), {}),
    (([], "a"), {}),
    (([], 1, 2), {}),
    (([],), {"foo": 1}),
]


@pytest.mark.parametrize(("args", "kwargs"), DEQUES, ids=str)
def test_deque(args: Any, kwargs: Any) -> None:
    assert_same(collections.deque, polyfills.deque_polyfill, lambda function, log: function(*args, **kwargs))


class Queue(collections.deque):  # type: ignore[type-arg]
    def append(self, item: Any) -> None:
        raise AssertionError("C does not ask for it")


@pytest.mark.parametrize("name", ["extend", "extendleft", "__iadd__", "__init__"])
@pytest.mark.parametrize("items", [[], [1, 2, 3], [1, OSError("broken")]], ids=str)
@pytest.mark.parametrize("maxlen", [None, 0, 2])
@pytest.mark.parametrize("kind", [collections.deque, Queue])
def test_deque_takes_items(name: str, items: Any, maxlen: Any, kind: Any) -> None:
    original = getattr(collections.deque, name)

    def call(function: Any, log: Log) -> Any:
        return on(lambda: kind("ab", maxlen), name, Watched(log, "xs", items))(function, log)

    assert_same(original, POLYFILLS[original], call)


@pytest.mark.parametrize("name", ["extend", "extendleft", "__iadd__"])
def test_deque_takes_itself(name: str) -> None:
    original = getattr(collections.deque, name)

    def call(function: Any, log: Log) -> Any:
        queue = collections.deque([1, 2])
        function(queue, queue)
        return queue

    assert_same(original, POLYFILLS[original], call)
    assert_same(original, POLYFILLS[original], on(collections.deque, name, 1))


@pytest.mark.parametrize("queue", [collections.deque([1, 2]), collections.deque([1, 2], 2), Queue("ab", 3), Queue()])
def test_deque_copy(queue: Any) -> None:
    assert_same(collections.deque.copy, polyfills.deque_copy, lambda function, log: (type(c := function(queue)), c))


# --- defaultdict ---------------------------------------------------------------------------------

MAPPINGS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    (({"a": 1},), {}),
    (([("a", 1), ("b", 2)],), {"a": 3}),
    ((collections.ChainMap({"a": 1}),), {}),
    ((), {"a": 1, "b": 2}),
    ((1,), {}),
    (([1],), {}),
    (([(1,)],), {}),
    (([()],), {}),
    (([(1, 2, 3)],), {}),
    (({}, {}), {}),
]


@pytest.mark.parametrize(("args", "kwargs"), MAPPINGS, ids=str)
@pytest.mark.parametrize("factory", [int, None, 3], ids=str)
def test_defaultdict(factory: Any, args: Any, kwargs: Any) -> None:
    polyfill = polyfills.defaultdict_polyfill
    assert_same(collections.defaultdict, polyfill, lambda function, log: function(factory, *args, **kwargs))
    assert_same(collections.defaultdict, polyfill, lambda function, log: function(**kwargs))


@pytest.mark.parametrize("factory", [int, None, lambda: next(iter([]))], ids=["int", "None", "fails"])
def test_missing(factory: Any) -> None:
    original = collections.defaultdict.__missing__
    call = on(lambda: collections.defaultdict(factory, b=2), "__missing__", "a")
    assert_same(original, polyfills.defaultdict_missing, lambda function, log: call(function, log)[1:3])


def test_defaultdict_copy() -> None:
    original = collections.defaultdict(int, a=1)
    copied = polyfills.defaultdict_copy(original)
    assert (type(copied), copied, copied.default_factory) == (collections.defaultdict, {"a": 1}, int)
    assert copied is not original


# --- OrderedDict ---------------------------------------------------------------------------------


class Loud(OrderedDict):  # type: ignore[type-arg]
    events: Log = []  # noqa: RUF012 - shared on purpose

    def __setitem__(self, key: Any, value: Any) -> None:
        self.events.append((key, value))
        super().__setitem__(key, value)


@pytest.mark.parametrize(("args", "kwargs"), MAPPINGS, ids=str)
def test_ordered_dict(args: Any, kwargs: Any) -> None:
    assert_same(OrderedDict, polyfills.ordered_dict_polyfill, lambda function, log: function(*args, **kwargs))
    assert_same(OrderedDict.update, polyfills.ordered_dict_update, on(lambda: Loud(z=1), "update", *args, **kwargs))


class WithItems:
    def items(self) -> Any:
        return [("a", 1)]


def test_update_from_items() -> None:
    assert_same(OrderedDict.update, polyfills.ordered_dict_update, on(OrderedDict, "update", WithItems()))


@pytest.mark.parametrize("kind", [OrderedDict, Loud])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("pop", ()),
        ("pop", ("a",)),
        ("pop", ("x",)),
        ("pop", ("x", 3)),
        ("pop", ("a", 3, 4)),
        ("setdefault", ()),
        ("setdefault", ("a",)),
        ("setdefault", ("x",)),
        ("setdefault", ("x", 5)),
        ("setdefault", ("x", 5, 6)),
        ("copy", ()),
    ],
    ids=str,
)
def test_ordered_dict_methods(kind: Any, name: str, args: Any) -> None:
    original = getattr(OrderedDict, name)
    assert_same(original, POLYFILLS[original], on(lambda: kind([("a", 1), ("b", 2)]), name, *args))
    assert_same(original, POLYFILLS[original], on(kind, name, *args))


def test_by_keywords() -> None:
    mapping = OrderedDict([("a", 1), ("b", 2)])
    assert polyfills.ordered_dict_pop(mapping, key="x", default=3) == 3
    assert polyfills.ordered_dict_setdefault(mapping, key="x", default=4) == 4
    assert list(mapping.items()) == [("a", 1), ("b", 2), ("x", 4)]
