"""`np.sinc` and `np.i0`, and the families that their derivatives belong to."""

from __future__ import annotations

import numpy as np
import pytest

from bytegrad.rules.numpy.special_functions import bessel_i, sinc_derivative
from tests.rules.numpy.array_cases import A, C, Case, F, N, U, case, check, parametrize, start_numbers
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("special_functions")

SPREAD = np.array([0.0, 1e-9, 1e-4, 0.3, 1.0, 2.6, 3.4, 5.0, 17.0, -0.7, -40.0])

ROWS = [
    case(np.sinc, A(5)),
    case(np.sinc, SPREAD),
    case(np.sinc, A(2, 3)),
    case(np.sinc, 0.0),
    case(np.sinc, 0.4),
    case(np.sinc, A()),
    case(np.sinc, A(0)),
    case(np.sinc, U(4) + 0.3j * U(4)),
    case(np.sinc, 1j * U(3)),
    case(np.sinc, F(3)),
    case(np.i0, A(5)),
    case(np.i0, A(2, 3)),
    case(np.i0, np.array([0.0, 1e-9, 0.3, 7.9, 8.1, -3.0])).loosely(1e-6),
    case(np.i0, 0.4),
    case(np.i0, F(3)),
    case(np.i0, A(0)),
    case(np.i0, N(3)).as_reals().loosely(1e-6),
    *(case(sinc_derivative, SPREAD, order) for order in range(5)),
    *(case(sinc_derivative, C(4), order) for order in range(4)),
    *(case(bessel_i, 3 * A(6), order) for order in range(5)),
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


@pytest.mark.parametrize("order", range(6))
def test_sinc_derivatives_agree_where_series_and_recurrence_meet(order: int) -> None:
    border = 2.5 + order
    below, above = sinc_derivative(np.array([border - 1e-12, border + 1e-12]), order)
    assert abs(below - above) < 1e-11


def test_bessel_functions_of_large_arguments() -> None:
    x = np.array([20.0, 100.0, 600.0])
    asymptotic = np.exp(x) / np.sqrt(2 * np.pi * x)
    # Abramowitz and Stegun 9.7.1, with mu = 4.
    series = 1 - 3 / (8 * x) - 15 / (2 * (8 * x) ** 2) - 315 / (6 * (8 * x) ** 3)
    np.testing.assert_allclose(bessel_i(x, 1), asymptotic * series, rtol=1e-4)
    np.testing.assert_allclose(bessel_i(x, 0), np.i0(x), rtol=1e-13)
