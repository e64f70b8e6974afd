"""Random programs on arrays that alias each other, against central differences, with the state compared to the bit."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytegrad
from bytegrad.runtime import arrays
from tests.runtime.array_programs import random_program, run

DIRECTIONS = 2


def start(seed: int) -> list[Any]:
    """The arrays that a program begins with: two in C order, one in Fortran's."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(3, 4)), rng.normal(size=4), np.asfortranarray(rng.normal(size=(4, 3)))]


def same_bits(a: list[Any], b: list[Any]) -> bool:
    """Whether the arrays in two environments are alike to the last bit."""
    return len(a) == len(b) and all(
        x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True)
    )


def check(program: list[Any], seed: int) -> None:
    plain, env = start(seed), start(seed)
    value = run(program, plain)
    try:
        y, back = bytegrad.pullback(run, program, env)
    except bytegrad.UnsupportedError:
        return
    assert repr(y) == repr(value)
    assert same_bits(env, plain), "after pullback"
    try:
        gradient = back(1.0)[1]
    except bytegrad.UnsupportedError:
        assert same_bits(env, plain), "after an error of back"
        return
    assert same_bits(env, plain), "after back"
    again = back(1.0)[1]
    for first, second in zip(gradient, again, strict=True):
        np.testing.assert_array_equal(first, second)
    check_directions(program, gradient, seed)


def check_directions(program: list[Any], gradient: list[Any], seed: int) -> None:
    rng = np.random.default_rng(seed + 1)
    for _ in range(DIRECTIONS):
        # In the memory order of the arrays: some functions' results depend on it.
        tangents = [np.copy(rng.normal(size=x.shape), order="C" if x.flags.c_contiguous else "F") for x in start(seed)]
        coarse, fine = difference(program, tangents, seed, 1e-4), difference(program, tangents, seed, 5e-5)
        if abs(fine - coarse) > 1e-3 * max(1.0, abs(fine)):
            return  # a step crosses a kink
        ours = sum(float(np.sum(x_bar * t)) for x_bar, t in zip(gradient, tangents, strict=False) if x_bar is not None)
        wanted = (4.0 * fine - coarse) / 3.0
        assert ours == pytest.approx(wanted, rel=1e-6, abs=1e-6 + 3.0 * abs(fine - coarse))


def difference(program: list[Any], tangents: list[Any], seed: int, step: float) -> float:
    """The derivative along `tangents` by a central difference."""
    up = run(program, [x + step * t for x, t in zip(start(seed), tangents, strict=True)])
    down = run(program, [x - step * t for x, t in zip(start(seed), tangents, strict=True)])
    return float(up - down) / (2.0 * step)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 12))
def test_random_programs(seed: int, length: int) -> None:
    with np.errstate(all="ignore"):
        program = random_program(random.Random(seed), start(seed), length)
        check(program, seed)


def test_random_programs_on_arrays_that_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of large arrays only the identity is kept: here of all, so that ids come again."""
    monkeypatch.setattr(arrays, "HELD_BYTES", -1)
    for seed in range(100):
        with np.errstate(all="ignore"):
            check(random_program(random.Random(seed), start(seed), 8), seed)


# Found by this test, each once wrong.
FOUND: list[list[Any]] = [
    [("broadcast", 0), ("masked", 3)],
    [("zeros", 0), ("zeros", 0), ("add_where", 3, 3, 0)],
    [("divide_in_place", 2, 2)],
    [("part_times", 1, (), 1)],
    [("copyto", 2, 2), ("reshape", 2, (-1,)), ("stack", 4, 4), ("multiply", 4, 5)],
    [("store_flat", 2, 2)],
    [("transpose", 2), ("place", 3, 3)],
    [("total_method", 2), ("matmul_into", 3, 3, 2)],
    [("diagonal", 2), ("matmul_into", 3, 3, 1)],
    [("elements", 2), ("fill", 2, 3), ("total_method", 4), ("copy", 3), ("swapaxes", 6)],
]


@pytest.mark.parametrize("program", FOUND, ids=lambda program: "-".join(step[0] for step in program))
def test_programs_found(program: list[Any]) -> None:
    check(program, 7)
