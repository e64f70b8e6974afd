"""Powers and complex numbers, many times at one place: real results, complex ones, and what comes in between."""

from __future__ import annotations

import cmath
from typing import Any

import pytest

from bytegrad import gradient, hessian, value_and_grad

STEP = 1e-6


def powers(x: Any, n: Any = 0.5) -> Any:
    total = x
    for k in range(6):
        total = total**n + x ** (k - 1.5)
    return total


def powers_in_place(x: Any) -> Any:
    total = x
    for k in (2, 0.5, -1, 1.5, 3):
        total **= k
        total += 0.1 * x
    return total


def both_vary(x: Any) -> Any:
    total = 0.5
    for k in range(5):
        total = (x + 0.1 * k) ** (total * 0.5)
    return total


def now_complex_now_real(x: Any) -> Any:
    total = 0.0
    for k in range(6):
        power = (x - 0.3 * k) ** 0.5
        total += power.real - power.imag if isinstance(power, complex) else 2.0 * power
    return total


def iterated(x: Any) -> Any:
    z = complex(x, 0.2)
    for k in range(8):
        z = z * z * 0.6 + (0.3 - 1j * x) * z - z / (k + 2)
    return z.real + abs(z)


def mixed_with_real(x: Any) -> Any:
    z = 1j
    for k in range(6):
        z = cmath.exp(x * z * 0.3) + (x if k % 2 else 2) - 0.5 / z
    return (z * z.conjugate()).real + z.imag


PROGRAMS = (powers, powers_in_place, both_vary, now_complex_now_real, iterated, mixed_with_real)


def difference(f: Any, x: float) -> float:
    return (f(x + STEP) - f(x - STEP)) / (2.0 * STEP)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_values_and_derivatives(f: Any) -> None:
    both = value_and_grad(f)
    for x in (0.7, 1.4, 0.7, 1.1):
        value, bar = both(x)
        assert (type(value), value) == (float, f(x))
        assert type(bar) is float
        assert bar == pytest.approx(difference(f, x), rel=1e-6)
    assert hessian(f, 0.7) == pytest.approx(difference(lambda x: gradient(f, x)[0], 0.7), rel=1e-5)
    again = gradient(lambda x: gradient(f, x)[0], 0.7)[0]
    assert again == pytest.approx(difference(lambda x: gradient(f, x)[0], 0.7), rel=1e-5)


def test_what_cannot_be_raised_raises_as_in_a_plain_call() -> None:
    with pytest.raises(ZeroDivisionError):
        gradient(lambda x: (x - x) ** -0.5, 1.0)
    with pytest.raises(OverflowError):
        gradient(lambda x: (x * 1e300) ** 2.5, 1.0)
