"""Python's own functions with a rule of the user's: that gives the result, whatever is known of the function."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.runtime import registry


class Held:
    """An object that answers whatever it is asked by a method."""

    def __init__(self, v: Any) -> None:
        self.v = v

    def __len__(self) -> int:
        return 3

    def __bool__(self) -> bool:
        return True

    def __add__(self, other: Any) -> Any:
        return Held(self.v + other.v)

    def __float__(self) -> float:
        return float(self.v)

    def __abs__(self) -> Any:
        return self.v

    def __next__(self) -> Any:
        return self.v

    def __round__(self, n: Any = None) -> Any:
        return self.v


def five(value: Any) -> Any:
    return 5.0 * getattr(value, "v", value)


def appended(v: Any) -> Any:
    items: list[Any] = []
    items.append(v)
    return items[0]


def listed(v: Any) -> Any:
    items = list((v, 9.0))
    return items[0]


CASES: dict[str, tuple[Any, Callable[[Any], Any], Callable[..., Any]]] = {
    "len": (len, lambda v: len(Held(v)), five),  # type: ignore[arg-type]
    "bool": (bool, lambda v: bool(Held(v)), five),
    "bool of a number": (bool, bool, five),
    "float": (float, float, five),
    "float of an object": (float, lambda v: float(Held(v)), five),
    "int": (int, int, five),
    "abs": (abs, abs, five),
    "abs of an object": (abs, lambda v: abs(Held(v)), five),
    "round": (round, round, five),
    "round of an object": (round, lambda v: round(Held(v)), five),
    "next": (next, lambda v: next(Held(v)), five),  # type: ignore[call-overload]
    "sum": (sum, lambda v: sum([v, v]), lambda values: five(values[0])),
    "max": (max, lambda v: max(v, 1.0), lambda a, b: five(a)),
    "pow": (pow, lambda v: pow(v, 1.0), lambda a, b: five(a)),
    "sorted": (sorted, lambda v: sorted([v, 9.0])[0], lambda values: [five(values[0])]),
    "list": (list, listed, lambda values: [five(values[0])]),
    "tuple": (tuple, lambda v: tuple([v])[-1], lambda values: [five(values[0])]),
    "isinstance": (isinstance, lambda v: isinstance(v, int), lambda value, kind: five(value)),
    "getattr": (getattr, lambda v: getattr(Held(v), "v"), lambda owner, name: 5.0 * owner.v),  # noqa: B009
    "floor": (math.floor, math.floor, five),
    "sin": (math.sin, math.sin, five),
    "isnan": (math.isnan, math.isnan, five),
    "hypot": (math.hypot, lambda v: math.hypot(v, 0.0), lambda a, b: five(a)),
    "operator.add": (operator.add, lambda v: operator.add(v, v), lambda a, b: five(a)),
    "operator.add of objects": (operator.add, lambda v: operator.add(Held(v), Held(v)), lambda a, b: five(a)),
    "operator.getitem": (operator.getitem, lambda v: operator.getitem([v, v], 1), lambda items, n: five(items[0])),
    "numpy.sum": (np.sum, lambda v: np.sum([v, 9.0]), lambda values: five(values[0])),
    "numpy.add": (np.add, lambda v: np.add(v, 9.0), lambda a, b: five(a)),
    "list.append": (list.append, appended, lambda items, value: items.insert(0, five(value))),
    "dict.get": (dict.get, lambda v: {"a": v}.get("a"), lambda items, key: five(items[key])),
}


def check(f: Callable[[Any], Any]) -> None:
    def program(x: Any) -> Any:
        return f(x) * 1.0 + x

    for _ in range(3):
        value, gradient = bytegrad.withgradient(program, 2.0)
        assert (value, gradient) == (12.0, (6.0,))
    assert bytegrad.jvp(program, (2.0,), (1.0,)) == (12.0, 6.0)


@pytest.mark.parametrize("name", CASES)
def test_overridden(name: str) -> None:
    target, f, instead = CASES[name]
    with bytegrad.override(target, instead):
        check(f)


@pytest.mark.parametrize("name", ["len", "bool", "int", "round", "isinstance", "isnan", "floor", "operator.add"])
def test_with_a_reverse_rule(name: str) -> None:
    target, f, _ = CASES[name]

    def rule(value: Any, *others: Any) -> Any:
        bar = {"v": 5.0} if isinstance(value, Held) else 5.0
        return 10.0, lambda y_bar: (bar, *[None] * len(others))

    before = [*registry.lookup(target)]
    bytegrad.adjoint(target)(rule)
    try:
        for _ in range(3):
            assert bytegrad.gradient(lambda x: f(x) * 1.0 + x, 2.0) == (6.0,)
    finally:
        registry.unregister(target, registry.lookup(target)[0])
    assert [*registry.lookup(target)] == before
