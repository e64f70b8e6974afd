"""What compiled code takes as fixed is looked at when it is used again."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest

import bytegrad
from bytegrad.runtime.compile import compiled

SCALES = [2, 3, [4.0], 5.0, True, 6]
scale: Any = 1.0


def scaled(x: float) -> float:
    return x * (scale[0] if isinstance(scale, list) else scale)


@pytest.mark.parametrize("way", ["gradient", "grad"])
def test_a_global_of_another_type_at_the_next_call(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ways: dict[str, Callable[[float], Any]] = {
        "gradient": lambda x: bytegrad.gradient(scaled, x)[0],
        "grad": bytegrad.grad(scaled),
    }
    for value in SCALES:
        monkeypatch.setitem(globals(), "scale", value)
        for _ in range(2):
            assert ways[way](1.5) == (value[0] if isinstance(value, list) else value)


def test_a_pullback_is_emitted_when_it_is_first_called() -> None:
    def cube(x: float) -> float:
        return x**3

    y, back = bytegrad.pullback(cube, 2.0)
    (made,) = compiled(cube.__code__)
    assert (y, made.pullback.__code__.co_argcount, made.pullback.__code__.co_kwonlyargcount) == (8.0, 3, 1)
    assert [back(1.0), back(2.0)] == [(12.0,), (24.0,)]
    assert made.pullback.__code__.co_qualname.endswith("cube.pullback")
    assert bytegrad.grad(bytegrad.grad(bytegrad.grad(cube)))(2.0) == 6.0


def deep(n: int) -> int:
    return deep(n - 1) if n else fresh(n)


def fresh(n: int) -> int:
    return n + 1


def test_compiling_near_the_recursion_limit_is_not_counted_against_it() -> None:
    limit = sys.getrecursionlimit()

    def reached(n: int) -> bool:
        fresh.__code__ = fresh.__code__.replace()
        try:
            return bytegrad.pullback(deep, n)[0] == 1
        except RecursionError:
            return False

    depth = len(inspect.stack())
    sys.setrecursionlimit(depth + 120)
    try:
        assert max([n for n in range(40, 110, 5) if reached(n)]) > 70
    finally:
        sys.setrecursionlimit(limit)
