"""What is done to objects by calls of which no value comes: where an iterator ends, where an exception leaves a call."""

from __future__ import annotations

import pytest

import bytegrad
from bytegrad import gradient, pullback
from tests.runtime.side_effect_cases import CASES, Box


@pytest.mark.parametrize("name", CASES)
def test_value_gradient_and_second_derivative(name):
    def program(x):
        box = Box(x)
        try:
            CASES[name](box)
        except (ValueError, TypeError) as error:
            box.caught = type(error)
        return box.v * x

    x = 0.9
    for transform_all in (False, True):
        with bytegrad.debug(transform_all=transform_all):
            assert pullback(program, x)[0] == program(x)
    slope = (program(x + 1e-6) - program(x - 1e-6)) / 2e-6
    assert gradient(program, x)[0] == pytest.approx(slope, rel=1e-6)
    bend = (program(x + 1e-4) - 2 * program(x) + program(x - 1e-4)) / 1e-8
    assert gradient(lambda x: gradient(program, x)[0], x)[0] == pytest.approx(bend, rel=1e-4)
