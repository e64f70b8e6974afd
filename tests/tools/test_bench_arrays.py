"""The benchmark's programs of arrays have the gradients that differences in one direction say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from tools.bench.arrays import ARRAYS, diffusion, reads, writes
from tools.bench.operations import OPERATIONS, repeated
from tools.bench.programs import Program

FEW = (
    Program("reads", reads, (np.linspace(0.1, 1.0, 20),)),
    Program("writes", writes, (np.linspace(0.1, 1.0, 20),)),
    Program("diffusion", diffusion, (np.linspace(0.1, 1.0, 36).reshape(6, 6), 7)),
)


@pytest.mark.parametrize("program", [*ARRAYS, *FEW], ids=lambda program: program.name)
def test_gradient(program: Program) -> None:
    rng = np.random.default_rng(1)
    active, constants = program.args[: program.active], program.args[program.active :]
    direction = [rng.uniform(-1.0, 1.0, np.shape(x)) for x in active]

    def along(step: float) -> Any:
        return program.fn(*[x + step * d for x, d in zip(active, direction, strict=True)], *constants)

    gradient = bytegrad.gradient(lambda *xs: program.fn(*xs, *constants), *active)
    slope = sum(np.sum(g * d) for g, d in zip(gradient, direction, strict=True))
    step = 1e-7  # few kinks are that near
    assert slope == pytest.approx((along(step) - along(-step)) / (2 * step), rel=1e-4, abs=1e-6 * abs(along(0.0)))


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_can_be_repeated(name: str) -> None:
    f, args = repeated(name), (np.array([0.7]), np.array([1.01]), np.eye(1))
    value, (slope,) = bytegrad.withgradient(lambda y: f(y, *args[1:]), args[0])
    step = 1e-6
    assert slope[0] == pytest.approx(
        (f(args[0] + step, *args[1:]) - f(args[0] - step, *args[1:])) / (2 * step), rel=1e-4
    )
    assert value == f(*args)
