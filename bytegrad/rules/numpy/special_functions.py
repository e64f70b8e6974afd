"""`np.sinc` and `np.i0`: their derivatives are functions that numpy does not have, and so are those of these.

Both families are closed under differentiation, so that every order is right at 0 too.
Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 9.6.19 and 9.6.29.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import project

Pullback = Callable[[Any], tuple[Any, ...]]

# Below this the Taylor series of sin(t)/t loses less than the recurrence, and 20 terms of it are exact.
SERIES_REACH = 2.5
SERIES_TERMS = 20


@adjoint(np.sinc)
def sinc_rule(x: Any) -> tuple[Any, Pullback]:
    """``sin(pi x) / (pi x)``."""
    y = np.sinc(x)

    def sinc_pullback(y_bar: Any) -> tuple[Any, ...]:
        slope = sinc_derivative(np.asarray(x) * np.pi, 1) * np.pi
        return (project(y_bar * np.conjugate(slope), x),)

    return y, sinc_pullback


def sinc_derivative(t: Any, order: int) -> Any:
    """The derivative of sin(t)/t of this order, at real or complex t.

    >>> float(sinc_derivative(np.array(0.0), 2))
    -0.3333333333333333
    """
    near = np.abs(t) < SERIES_REACH + order
    far_t = np.where(near, 1.0 + order, t)
    far = np.sin(far_t) / far_t
    for n in range(1, order + 1):
        far = (np.sin(far_t + n * np.pi / 2) - n * far) / far_t
    return np.where(near, _sinc_series(np.where(near, t, 0.0), order), far)


def _sinc_series(t: Any, order: int) -> Any:
    """The Taylor series of the derivative of sin(t)/t: terms (-1)^k t^(2k) / (2k + 1)!, differentiated."""
    total = np.zeros_like(t)
    first = (order + 1) // 2
    for k in range(first + SERIES_TERMS + order, first - 1, -1):
        coefficient = (-1) ** k * math.perm(2 * k, order) / math.factorial(2 * k + 1)
        total = total + coefficient * t ** (2 * k - order)
    return total


@adjoint(sinc_derivative)
def sinc_derivative_rule(t: Any, order: int) -> tuple[Any, Pullback]:
    """The next derivative."""

    def sinc_derivative_pullback(y_bar: Any) -> tuple[Any, ...]:
        return (project(y_bar * np.conjugate(sinc_derivative(t, order + 1)), t), None)

    return sinc_derivative(t, order), sinc_derivative_pullback


@adjoint(np.i0)
def i0_rule(x: Any) -> tuple[Any, Pullback]:
    """The modified Bessel function of order 0, whose derivative is that of order 1."""
    y = np.i0(x)

    def i0_pullback(y_bar: Any) -> tuple[Any, ...]:
        return (project(y_bar * bessel_i(np.asarray(x) * 1.0, 1), x),)

    return y, i0_pullback


def bessel_i(x: Any, order: int) -> Any:
    """The modified Bessel function of the first kind and of this order, at real x.

    The mean of ``exp(x cos(t)) cos(order t)`` over a circle: with equally spaced points the error is the Bessel
    function of the order of their number.  Shapes: x (...) -> (...).

    >>> round(float(bessel_i(np.array(1.0), 1)), 12)
    0.565159103992
    """
    largest = float(np.max(np.abs(x), initial=1.0))
    points = 2 * (order + 24 + int(10 * math.sqrt(largest)))
    angles = np.arange(points) * (2 * np.pi / points)
    # The mean of cos(order t) alone is 0; without it small x keep all their digits.
    waves = np.expm1(np.expand_dims(x, -1) * np.cos(angles)) * np.cos(order * angles)
    return np.mean(waves, axis=-1) + (1.0 if order == 0 else 0.0)


@adjoint(bessel_i)
def bessel_i_rule(x: Any, order: int) -> tuple[Any, Pullback]:
    """The mean of the neighbouring orders."""

    def bessel_i_pullback(y_bar: Any) -> tuple[Any, ...]:
        slope = (bessel_i(x, abs(order - 1)) + bessel_i(x, order + 1)) / 2
        return project(y_bar * slope, x), None

    return bessel_i(x, order), bessel_i_pullback
