"""Every construct by every path of the active value, with and without mutation: value, gradient, second order."""

from __future__ import annotations

import pytest

import bytegrad
from tests.differences import numerical_gradient
from tests.matrix import Program, programs

POINT = 0.9


@pytest.mark.parametrize("program", programs(), ids=str)
def test_value_and_gradient(program: Program) -> None:
    function = program.function
    wanted = function(POINT)
    (slope,) = numerical_gradient(function, (POINT,))
    value, back = bytegrad.pullback(function, POINT)
    assert value == wanted
    (gradient,) = back(1.0)
    assert gradient == pytest.approx(slope, rel=1e-6)
    assert back(2.0)[0] == pytest.approx(2.0 * slope, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("program", programs(("inside",)), ids=str)
def test_second_order(program: Program) -> None:
    function = program.function

    def slope(x: float) -> float:
        (gradient,) = bytegrad.gradient(function, x)
        return gradient

    (wanted,) = numerical_gradient(slope, (POINT,))
    # A slope that is the same everywhere does not depend on the point, which is said by None.
    assert (bytegrad.gradient(slope, POINT)[0] or 0.0) == pytest.approx(wanted, rel=1e-5, abs=1e-6)
