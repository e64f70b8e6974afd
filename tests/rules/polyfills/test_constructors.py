from __future__ import annotations

import collections
from typing import Any

import pytest

from bytegrad.rules.polyfills.constructors import (
    dict_from,
    frozenset_from,
    list_extend,
    list_from,
    set_from,
    tuple_from,
    update_mapping,
)
from tests.rules.polyfills.watch import Log, Watched, assert_same

CONSTRUCTORS = [
    (list, list_from),
    (tuple, tuple_from),
    (set, set_from),
    (frozenset, frozenset_from),
    (dict, dict_from),
]
IDS = ["list", "tuple", "set", "frozenset", "dict"]


class BadLength:
    def __len__(self) -> int:
        raise OSError("no length")

    def __iter__(self) -> Any:
        return iter("ab")


class BadHint(Watched):
    def __length_hint__(self) -> int:
        return -1


@pytest.mark.parametrize(("original", "substitute"), CONSTRUCTORS[:4], ids=IDS[:4])
@pytest.mark.parametrize("items", [[], [3, 1, 2, 3], [1, OSError("broken")], [[]], list(range(100))], ids=str)
def test_from_an_iterator(original: Any, substitute: Any, items: list[Any]) -> None:
    assert_same(original, substitute, lambda function, log: function(Watched(log, "xs", items)))


@pytest.mark.parametrize(("original", "substitute"), CONSTRUCTORS, ids=IDS)
@pytest.mark.parametrize("source", [1, "abc", BadLength(), {"a": 1}, range(3)], ids=str)
def test_from_other_things(original: Any, substitute: Any, source: Any) -> None:
    assert_same(original, substitute, lambda function, log: function(source))


@pytest.mark.parametrize(("original", "substitute"), CONSTRUCTORS[:2], ids=IDS[:2])
def test_hints_are_checked(original: Any, substitute: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        return function(BadHint([], "xs", [1]))

    assert_same(original, substitute, call)


class Keyed:
    """A mapping that is no dict."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def keys(self) -> Any:
        return Watched(self.log, "keys", "ab")

    def __getitem__(self, key: str) -> str:
        self.log.append(("getitem", key))
        return key * 2


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("a", 1), ["b", 2], "cd"],
        [("a", 1), ("a", 2)],
        [("a", 1), 5],
        [("a", 1), ()],
        [("a", 1), ("b",)],
        [("a", 1), ("b", 2, 3)],
        [("a", 1), iter("bc")],
        [("a", 1), iter("bcd")],
        [([], 1)],
        [("a", 1), OSError("broken")],
    ],
    ids=str,
)
def test_dict_from_pairs(pairs: list[Any]) -> None:
    def call(function: Any, log: Log) -> Any:
        # Iterators among the pairs are used up by the first of the two runs.
        fresh = [iter([*"bcd"][: 2 + (i > 1)]) if hasattr(pair, "__next__") else pair for i, pair in enumerate(pairs)]
        return function(Watched(log, "pairs", fresh))

    assert_same(dict, dict_from, call)


def test_dict_from_an_iterator_pair() -> None:
    class Broken:
        def __iter__(self) -> Any:
            raise TypeError("cannot be iterated over")

    assert_same(dict, dict_from, lambda function, log: function([iter("ab"), iter("cde")]))
    assert_same(dict, dict_from, lambda function, log: function([Broken()]))


def test_dict_from_a_mapping() -> None:
    assert_same(dict, dict_from, lambda function, log: function(Keyed(log), c=3, a=4))
    assert_same(dict, dict_from, lambda function, log: function(collections.ChainMap({"a": 1}, {"b": 2})))
    assert_same(dict, dict_from, lambda function, log: function())
    assert_same(dict, dict_from, lambda function, log: function({}, {}))


def test_update_mapping() -> None:
    def call(update: Any, log: Log) -> Any:
        target = {"a": 0, "z": 1}
        update(target, Keyed(log))
        return target

    assert_same(dict.update, update_mapping, call)


@pytest.mark.parametrize("items", [[], [1, 2], [1, OSError("broken")]], ids=str)
def test_extend(items: list[Any]) -> None:
    def call(extend: Any, log: Log) -> Any:
        target = [0]
        try:
            return extend(target, Watched(log, "xs", items))
        finally:
            log.append(target)

    assert_same(list.extend, list_extend, call)


def test_extend_is_seen_while_it_runs() -> None:
    target = [1, 2]
    list_extend(target, (len(target) for _ in range(3)))
    assert target == [1, 2, 2, 3, 4]
