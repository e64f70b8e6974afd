"""Linear interpolation: in the points, the knots, the heights and what lies beyond the ends."""

from __future__ import annotations

import numpy as np

from bytegrad.rules.numpy import interpolation
from bytegrad.rules.numpy.transformed import TRANSFORMED
from bytegrad.runtime import registry
from tests.rules.numpy.array_cases import A, C, Case, F, P, case, check, parametrize, run, start_numbers
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("interpolation")

KNOTS = np.cumsum(0.2 + P(6))
POINTS = np.array([0.1, 1.1, 2.3, 3.7, 4.9, 9.0])

ROWS = [
    case(np.interp, POINTS, KNOTS, A(6)),
    case(np.interp, POINTS.reshape(2, 3), KNOTS, A(6)),
    case(np.interp, 2.3, KNOTS, A(6)),
    case(np.interp, 0.01, KNOTS, A(6)),
    case(np.interp, 99.0, KNOTS, A(6)),
    case(np.interp, np.float64(2.3), KNOTS, A(6)),
    case(np.interp, A(), KNOTS, A(6)),
    case(np.interp, POINTS, KNOTS, A(6), -1.5, 2.5),
    case(np.interp, POINTS, KNOTS, A(6), left=-1.5),
    case(np.interp, POINTS, KNOTS, A(6), right=2.5),
    case(np.interp, POINTS, KNOTS, C(6)),
    case(np.interp, POINTS, KNOTS, C(6), left=1 + 1j, right=0.5 - 1j),
    case(np.interp, POINTS, KNOTS.astype(np.float32), F(6)),
    case(np.interp, POINTS, KNOTS.tolist(), [0.1, 0.4, 0.2, 0.9, 0.7, 0.5]),
    case(np.interp, POINTS, np.arange(6), A(6)).as_reals(),
    case(np.interp, np.array([0.2, 0.7]), np.array([0.5]), np.array([1.5])).fixed(1),
    case(np.interp, np.array([np.inf, -np.inf, 2.3]), KNOTS, A(6)).fixed(0),
    case(np.interp, np.zeros(0), KNOTS, A(6)),
    case(interpolation.COMPILED, POINTS, KNOTS, A(6), -1.5, None),
    case(interpolation.COMPILED_COMPLEX, POINTS, KNOTS, C(6), None, 2.5j),
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(row for row in ROWS if row.fn is np.interp))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


def test_slope_at_a_knot_is_the_one_behind_it_and_at_the_last_one_that_before_it() -> None:
    _, pull = run(np.interp, (np.array([0.0, 1.0, 3.0]), np.array([0.0, 1.0, 3.0]), np.array([0.0, 5.0, 9.0])), {})
    np.testing.assert_array_equal(pull(np.ones(3))[0], [5.0, 2.0, 2.0])


def test_a_period_is_left_to_numpys_own_code() -> None:
    (rule,) = registry.lookup(np.interp)
    assert isinstance(rule, registry.Adjoint)
    assert rule.rule(POINTS, KNOTS, A(6), period=2.0) is NotImplemented
    assert np.interp in TRANSFORMED
