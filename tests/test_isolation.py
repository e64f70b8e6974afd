"""A program that replaces builtins runs as in a plain call: the engine has its own."""

from __future__ import annotations

import builtins
from unittest import mock

import pytest

from bytegrad import debug, gradient, pullback

NAMES = [
    "abs", "all", "any", "bool", "callable", "dict", "enumerate", "filter", "float", "frozenset", "getattr", "hasattr",
    "id", "int", "issubclass", "iter", "len", "list", "map", "max", "min", "next", "range", "repr",
    "reversed", "set", "setattr", "slice", "sorted", "str", "sum", "super", "tuple", "vars", "zip", "TypeError",
]  # fmt: skip


class Pair:
    def __init__(self, a, b):
        self.items = [a, b]

    def __iter__(self):
        yield from self.items

    def __add__(self, other):
        return Pair(*[a + b for a, b in [(self.items[0], other.items[0]), (self.items[1], other.items[1])]])


def program(x):
    pair = Pair(x, 2.0 * x) + Pair(1.0, x)
    total = 0.0
    for item in pair:
        total = total + item * item
    table = {"a": total, **{"b": x}}
    try:
        table["c"]
    except KeyError as error:
        table[error.args[0]] = table["a"] * table["b"]
    first, *rest = pair
    return f"{first!r}", table["c"] * rest[0]


def with_replaced(name, x):
    namespace = builtins.__dict__
    original = namespace[name]
    namespace[name] = 0
    try:
        return program(x)
    finally:
        namespace[name] = original


@pytest.mark.parametrize("name", NAMES)
def test_a_builtin_that_is_something_else(name):
    wanted = program(3.0)
    with debug(transform_all=True):
        result, back = pullback(with_replaced, name, 3.0)
    assert result == wanted
    assert back((None, 1.0))[1] == gradient(lambda x: program(x)[1], 3.0)[0]


def test_the_programs_own_calls_are_of_what_it_has_put_there():
    def call(x):
        return len([x]) * x

    with mock.patch.object(builtins, "len", lambda items: items[0] * 2.0):
        _, back = pullback(call, 3.0)
    assert back(1.0) == (12.0,)
