"""Loops of which few states are kept: the gradient of the plain loop, few calls, and little memory."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from math import comb
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import checkpointed_loop, gradient
from bytegrad.rules.checkpointed_loops import first_part
from bytegrad.testing import check_gradient

calls: list[int] = []


def step(i: int, x: Any, w: Any) -> Any:
    calls.append(i)
    return np.sin(x * w + i * 1e-3)


def plain(n: int) -> Callable[..., Any]:
    def loss(x: Any, w: Any) -> Any:
        for i in range(n):
            x = step(i, x, w)
        return np.sum(x)

    return loss


def kept(n: int, states: int | None = None) -> Callable[..., Any]:
    return lambda x, w: np.sum(checkpointed_loop(n, step, x, w, states=states))


X = np.linspace(0.0, 1.0, 4)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 40])
@pytest.mark.parametrize("states", [None, 0, 1, 3, 100])
def test_the_gradient_is_that_of_the_plain_loop(n: int, states: int | None) -> None:
    found, wanted = gradient(kept(n, states), X, 1.1), gradient(plain(n), X, 1.1)
    assert np.allclose(found[0], wanted[0], rtol=1e-13, atol=0)
    assert found[1] == (None if n == 0 else pytest.approx(wanted[1], rel=1e-13))
    assert kept(n, states)(X, 1.1) == plain(n)(X, 1.1)


@pytest.mark.parametrize("n", [1, 2, 10, 100, 500])
def test_each_step_is_called_again_a_few_times(n: int) -> None:
    calls.clear()
    gradient(kept(n), X, 1.1)
    states = max(n - 1, 0).bit_length()
    repeats = 0
    while comb(states + 1 + repeats, repeats) < n:
        repeats += 1
    assert max(calls.count(i) for i in range(n)) <= repeats + 1
    assert len(calls) <= n * (repeats + 1)


def test_without_states_all_begins_anew() -> None:
    calls.clear()
    gradient(kept(10, 0), X, 1.1)
    assert len(calls) == 10 * 11 // 2


def test_as_many_states_as_steps_cost_one_more_call_each() -> None:
    calls.clear()
    gradient(kept(10, 10), X, 1.1)
    assert len(calls) == 2 * 10 - 1


@pytest.mark.parametrize("length", range(2, 40))
@pytest.mark.parametrize("states", range(6))
def test_both_parts_of_a_stretch_have_steps(length: int, states: int) -> None:
    assert 1 <= first_part(length, states) < length


def peak(f: Callable[..., Any], x: Any) -> int:
    gradient(f, x, 1.1)
    tracemalloc.start()
    gradient(f, x, 1.1)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_memory_grows_with_the_logarithm_of_the_number_of_steps() -> None:
    x = np.linspace(0.0, 1.0, 4000)
    short, long = peak(kept(20), x), peak(kept(320), x)
    assert long < 2.5 * short
    assert peak(plain(320), x) > 5 * long


def test_states_of_any_structure() -> None:
    def swing(i: int, state: dict[str, Any], stiffness: float) -> dict[str, Any]:
        v = state["v"] - 0.1 * stiffness * state["x"][0]
        return {"x": [state["x"][0] + 0.1 * v], "v": v}

    def loss(x: float, stiffness: float) -> float:
        return checkpointed_loop(25, swing, {"x": [x], "v": 0.0}, stiffness)["x"][0]  # type: ignore[no-any-return]

    check_gradient(loss, 1.0, 2.0)


def test_random_numbers_are_those_of_the_first_run() -> None:
    def noisy(i: int, x: float) -> float:
        return x * (1.0 + random.random())

    def loss(x: float) -> float:
        random.seed(3)
        return checkpointed_loop(20, noisy, x)  # type: ignore[no-any-return]

    assert gradient(loss, 2.0)[0] == pytest.approx(loss(2.0) / 2.0, rel=1e-13)
    after = random.random()
    loss(2.0)
    assert random.random() == after


def test_second_derivatives() -> None:
    def cubed(i: int, x: float) -> float:
        return x * x * (1.0 + 0.1 * i)

    assert bytegrad.grad(bytegrad.grad(lambda x: checkpointed_loop(3, cubed, x)))(1.1) == pytest.approx(
        8 * 7 * 1.1**6 * 1.1**2 * 1.2
    )


@pytest.mark.parametrize(("n", "states"), [(-1, None), (3, -1)])
def test_numbers_are_not_negative(n: int, states: int | None) -> None:
    def loop(x: float) -> Any:
        return checkpointed_loop(n, step, x, 1.0, states=states)

    for call in (loop, lambda x: gradient(loop, x)):
        with pytest.raises(bytegrad.ArgumentError, match=f"a loop of {n} steps"):
            call(1.0)


@pytest.mark.parametrize("n, states", [(2.5, None), (3, 1.5), ("3", None)])
def test_numbers_that_are_not_whole(n: Any, states: Any) -> None:
    def loop(x: float) -> Any:
        return checkpointed_loop(n, step, x, 1.0, states=states)

    for call in (loop, lambda x: gradient(loop, x)):
        with pytest.raises(bytegrad.ArgumentError, match="no number of steps or of states"):
            call(1.0)
