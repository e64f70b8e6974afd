"""Functions that are left, or whose blocks are entered, by more ways than there are ints that are one object each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from bytegrad import gradient

N = 300
CHOSEN = (3, 256, 257, N - 1)


def made(source: str, **names: Any) -> Callable[..., Any]:
    """The function `f` of a source text."""
    exec(source, names)
    f: Callable[..., Any] = names["f"]
    return f


RETURNS = made(
    "def f(x, n):\n"
    + "".join(f"    if n == {k}:\n        return x * {k}.0\n" for k in range(N))
    + "    return x * 1000.0\n"
)
BRANCHES = made(
    "def f(x, n):\n    y = 0.0\n    for _ in range(2):\n        if n < 0:\n            y = x\n"
    + "".join(f"        elif n == {k}:\n            y = y + x * {k}.0\n" for k in range(N))
    + "    return y * x\n"
)


def failing(*_: Any) -> None:
    """Leave the function that calls this."""
    raise ValueError


CALLS = made(
    "def f(*args):\n    held = (args[0],)\n    for i in range(1, len(args)):\n        held = held + (args[i],)\n"
    + "".join(f"    if names.get('{k}'):\n        names['{k}'] = names['{k}'] / 2\n" for k in range(40))
    + "    return failing(*held)\n",
    names={},
    failing=failing,
)


@pytest.mark.parametrize("n", CHOSEN)
def test_many_returns(n: int) -> None:
    assert gradient(RETURNS, 1.5, n)[0] == n


@pytest.mark.slow
@pytest.mark.parametrize("n", CHOSEN)
def test_many_branches(n: int) -> None:
    assert gradient(BRANCHES, 1.5, n)[0] == pytest.approx(2 * n * 2 * 1.5)


def test_many_calls_that_may_raise() -> None:
    def caught(x: float) -> float:
        with contextlib.suppress(ValueError):
            CALLS("a", x)
        return x * 3.0

    assert gradient(caught, 1.5) == (3.0,)
