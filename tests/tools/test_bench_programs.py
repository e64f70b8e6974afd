"""The programs of the benchmark have the gradients that differences say, so a fast answer is also a right one."""

from __future__ import annotations

import math

import pytest

import bytegrad
import bytegrad.api
from tests.differences import flat_gradient, fresh, numerical_gradient
from tools.bench.everyday import EVERYDAY
from tools.bench.peers import autograd_call
from tools.bench.programs import PROGRAMS, Program

EVERY = pytest.mark.parametrize("program", (*PROGRAMS, *EVERYDAY), ids=lambda program: program.fn.__name__)
PARAMETRISED = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.fn.__name__)


def active_gradient_by_differences(program: Program) -> list[float]:
    constants = program.args[program.active :]
    return numerical_gradient(lambda *active: program.fn(*active, *constants), program.args[: program.active], 1e-4)


@EVERY
def test_gradient(program: Program) -> None:
    gradient = bytegrad.gradient(program.fn, *fresh(program.args))
    wanted = active_gradient_by_differences(program)
    scale = max(map(abs, wanted))
    assert flat_gradient(gradient[: program.active], program.args[: program.active]) == pytest.approx(
        wanted, rel=0, abs=1e-6 * scale
    )


@PARAMETRISED
def test_compiled_pair_runs_and_runs_again(program: Program) -> None:
    augmented, pullback = bytegrad.api.compiled_pair(program.fn, *fresh(program.args))
    for _ in range(2):
        record, y = augmented(*fresh(program.args))
        assert y == program.fn(*fresh(program.args))
        pullback(record, 1.0)


@pytest.mark.filterwarnings("ignore")
@PARAMETRISED
def test_autograd_is_given_the_same_program(program: Program) -> None:
    call = autograd_call(program)
    if call is None:
        pytest.skip("autograd is not installed")
    value, gradient = call()
    assert math.isclose(value, program.fn(*program.args), rel_tol=1e-12)
    wanted = active_gradient_by_differences(program)
    flat = flat_gradient(gradient, program.args[: program.active])
    assert flat == pytest.approx(wanted, rel=0, abs=1e-6 * max(map(abs, wanted)))
