"""The rules of `cmath`, against the plain call and differences in the real and imaginary parts."""

from __future__ import annotations

import cmath
import itertools
import math
from typing import Any

import pytest

import bytegrad.rules.cmath
from bytegrad.rules.cmath import inverse_of_one_plus_square
from bytegrad.runtime import registry
from tests.rules.scalar_cases import (
    Case,
    apply,
    case,
    cases,
    check,
    check_never_raises,
    partials_of,
    slopes,
    unknown_callables,
)

POINTS = (0.7 - 1.2j, -2.3 + 0.4j, 0.1 + 0.2j, -0.3 - 3.0j, 0.5)
# On the branch cuts of the inverse functions; signed zeros tell the sides apart.
REAL_CUT = (complex(2.5, 0.0), complex(2.5, -0.0), complex(-2.5, 0.0), complex(-2.5, -0.0))
IMAGINARY_CUT = (complex(0.0, 2.5), complex(-0.0, 2.5), complex(0.0, -2.5), complex(-0.0, -2.5))

ENTIRE = (cmath.exp, cmath.sin, cmath.cos, cmath.tan, cmath.sinh, cmath.cosh, cmath.tanh)
INVERSE = (cmath.asin, cmath.acos, cmath.atan, cmath.asinh, cmath.acosh, cmath.atanh)
LOGARITHMIC = (cmath.log, cmath.log10, cmath.sqrt)
ROWS = [row for function in (*ENTIRE, *INVERSE, *LOGARITHMIC) for row in cases(function, *POINTS, step=0.01)]
ROWS += [
    *cases(cmath.phase, *POINTS, 1e200j, 1e-200 + 1e-200j),
    *cases(cmath.polar, *POINTS),
    *cases(cmath.polar, -2.0 - 1e-3j, step=1e-4),
    *cases(cmath.rect, (2.0, 0.7), (-1.3, -2.5), (0.0, 1.0)),
    *cases(cmath.log, (0.7 - 1.2j, 2.0), (-2.3 + 0.4j, 0.5 + 1j), (3.0, 1j)),
    *cases(cmath.atan, 1e160 + 1e160j, 3.0, 1e-200j),
    *cases(cmath.atanh, 1e160 + 1e160j, 1e-200j),
    *cases(cmath.acosh, 3.0),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("function", [*ENTIRE, *INVERSE, *LOGARITHMIC])
def test_second_order(function: Any) -> None:
    rule = partials_of(function, 1)

    def slope(z: complex) -> complex:
        return complex(slopes(rule, (z,), function(z))[0])

    for z in POINTS[:-1]:
        h = 1e-3
        expected = (function(z + h) - 2 * function(z) + function(z - h)) / (h * h)
        along_real = (slope(z + h) - slope(z - h)) / (2 * h)
        along_imaginary = (slope(z + 1j * h) - slope(z - 1j * h)) / (2j * h)
        assert cmath.isclose(along_real, expected, rel_tol=1e-4, abs_tol=1e-4)
        assert cmath.isclose(along_imaginary, expected, rel_tol=1e-4, abs_tol=1e-4)


@pytest.mark.parametrize("z", [*REAL_CUT, *IMAGINARY_CUT], ids=repr)
@pytest.mark.parametrize("function", INVERSE)
def test_both_sides_of_a_branch_cut(function: Any, z: complex) -> None:
    found = slopes(partials_of(function, 1), (z,), function(z))[0]
    # A step along the cut stays on its side; adding it would lose the sign of a zero.
    on_real_axis = z.imag == 0
    h = 1e-6
    ahead, behind = (complex(z.real + s, z.imag) if on_real_axis else complex(z.real, z.imag + s) for s in (h, -h))
    expected = (function(ahead) - function(behind)) / (2 * h * (1 if on_real_axis else 1j))
    assert cmath.isclose(found, expected, rel_tol=1e-7)


def test_pullbacks_conjugate() -> None:
    _, pullback = apply(case(cmath.exp, 1j))
    assert cmath.isclose(pullback(1.0)[0], cmath.exp(-1j))
    _, pullback = apply(case(cmath.polar, 3 + 4j))
    assert cmath.isclose(pullback((1.0, None))[0], 0.6 + 0.8j)
    assert cmath.isclose(pullback((None, 1.0))[0], (-0.8 + 0.6j) / 5)


@pytest.mark.parametrize(
    ("function", "z"),
    [
        (cmath.sqrt, 0j),
        (cmath.asin, 1 + 0j),
        (cmath.asin, -1 + 0j),
        (cmath.acos, 1 + 0j),
        (cmath.acosh, 1 + 0j),
        (cmath.asinh, 1j),
        (cmath.phase, 0j),
    ],
)
def test_zero_where_infinite(function: Any, z: complex) -> None:
    assert slopes(partials_of(function, 1), (z,), function(z)) == [0]


def test_polar_at_zero() -> None:
    assert apply(case(cmath.polar, 0j))[1]((1.0, 1.0)) == (0j,)


PARTS = (0.0, -0.0, 1.0, -1.0, 1e-200, 1e200, 5e-324, 300.0)


@pytest.mark.parametrize("function", [*ENTIRE, *INVERSE, *LOGARITHMIC, cmath.phase])
def test_partials_never_raise(function: Any) -> None:
    for real, imag in itertools.product(PARTS, repeat=2):
        check_never_raises(function, complex(real, imag))


def test_inverse_of_one_plus_square_is_finite() -> None:
    for z in (0j, 0.5j, 2.0, 1e200, 1e200j, 1e200 + 1e200j, -1e160 + 1e160j):
        found = inverse_of_one_plus_square(z)
        assert cmath.isfinite(found)
        if abs(z) < math.sqrt(1e300):
            assert cmath.isclose(found, 1 / (1 + z * z))


FUNCTIONS = [getattr(cmath, name) for name in dir(cmath) if callable(getattr(cmath, name)) and not name.startswith("_")]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_function_has_a_rule(function: Any) -> None:
    assert registry.lookup(function)


def test_derivatives_are_differentiable() -> None:
    assert not unknown_callables(bytegrad.rules.cmath)
