"""Minima under constraints, of other functions than `minimize`, and of linear programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize")

from bytegrad import gradient, withgradient  # noqa: E402
from bytegrad.errors import BytegradError, NoRuleError  # noqa: E402
from tests.rules.scipy.test_optimize_minima import START, valley  # noqa: E402

WEIGHTS = np.array([1.0, 3.0])


def held_by_an_equation(a: float, b: float, **options: Any) -> Any:
    constraint = {"type": "eq", "fun": lambda x, total: x[0] + x[1] - total, "args": (b,)}
    return optimize.minimize(valley, START, args=(a,), constraints=[constraint], **options).x @ WEIGHTS


def held_by_a_disc(a: float, b: float, **options: Any) -> Any:
    """The second constraint, and the bound, hold nothing."""
    constraint = {"type": "ineq", "fun": lambda x: [b - x[0] ** 2 - x[1] ** 2, x[0] + 5.0]}
    found = optimize.minimize(valley, START, args=(a,), constraints=constraint, bounds=[(-4, None)] * 2, **options)
    return found.x @ WEIGHTS + found.fun


def held_by_a_curve_and_a_bound(a: float, b: float, **options: Any) -> Any:
    curve = optimize.NonlinearConstraint(lambda x: x[0] * x[1], b, 2 * b)
    lines = optimize.LinearConstraint([[1.0, 2.0], [1.0, -1.0]], -9.0, [b, 9.0])
    bounds = optimize.Bounds([-2.0, -2.0], [np.inf, 0.6 * a])
    found = optimize.minimize(valley, -START, args=(a,), constraints=[curve, lines], bounds=bounds, **options)
    return found.x @ WEIGHTS


def differences(f: Callable[..., Any], *args: float) -> list[Any]:
    steps = 1e-4 * np.eye(len(args))
    return [(f(*np.add(args, step)) - f(*np.subtract(args, step))) / 2e-4 for step in steps]


@pytest.mark.parametrize(
    ("program", "method"),
    [
        (held_by_an_equation, "SLSQP"),
        pytest.param(held_by_a_disc, "SLSQP", marks=pytest.mark.slow),
        pytest.param(held_by_a_curve_and_a_bound, "COBYQA", marks=pytest.mark.slow),
    ],
    ids=["equation", "disc", "curve"],
)
def test_minima_under_constraints(program: Callable[..., Any], method: str) -> None:
    b = 1.0 if program is held_by_an_equation else 0.3
    value, slopes = withgradient(lambda a, b: program(a, b, method=method, tol=1e-10), 0.7, b)
    assert value == program(0.7, b, method=method, tol=1e-10)
    expected = differences(lambda a, b: program(a, b, method="SLSQP", tol=1e-12), 0.7, b)
    np.testing.assert_allclose(slopes, expected, rtol=2e-3, atol=2e-3)


def test_interior_methods_keep_a_distance_from_what_holds() -> None:
    def program(bound: float, a: float) -> Any:
        bounds = [(None, bound), (None, None)]
        return optimize.minimize(valley, START, args=(a,), method="trust-constr", bounds=bounds).x @ WEIGHTS

    assert gradient(program, 0.4, 0.7) == pytest.approx((1.0 + 6.0 * 0.4, 0.0), rel=1e-3, abs=1e-6)


def test_what_is_no_solution_is_an_error() -> None:
    with pytest.raises(BytegradError, match="not a solution"):
        gradient(lambda a: optimize.minimize(valley, START, args=(a,), options={"maxiter": 2}).x[0], 0.7)


@pytest.mark.slow
@pytest.mark.parametrize(
    "solve",
    [
        lambda a: optimize.fmin_l_bfgs_b(with_slope, START, args=(a,), factr=10.0)[0],
        lambda a: optimize.fmin_slsqp(valley, START, args=(a,), iprint=0),
        lambda a: optimize.fmin_cobyla(valley, START, [lambda x, a: x[0] + 9.0], args=(a,), rhoend=1e-8),
        lambda a: optimize.direct(valley, [(-2, 2)] * 2, args=(a,)).x,
    ],
    ids=["l_bfgs_b", "slsqp", "cobyla", "direct"],
)
def test_functions_for_one_method(solve: Callable[..., Any]) -> None:
    assert gradient(lambda a: np.sum(solve(a)), 0.7)[0] == pytest.approx(2.4, rel=2e-2)


def with_slope(x: Any, a: float) -> Any:
    gap = x[1] - x[0] ** 2
    return valley(x, a), np.array([-2.0 * (a - x[0]) - 40.0 * gap * x[0], 20.0 * gap])


def test_functions_of_one_variable() -> None:
    x = optimize.golden(lambda t: (t - 0.7) ** 2 + np.exp(t))
    slope = gradient(lambda a: optimize.golden(lambda t: (t - a) ** 2 + np.exp(t)), 0.7)[0]
    assert slope == pytest.approx(2.0 / (2.0 + np.exp(x)), rel=1e-5)


def test_linear_programs() -> None:
    def program(a: float, b: float) -> Any:
        found = optimize.linprog(
            [-1.0, -a, a], A_ub=[[1.0, 2 * a, 3.0]], b_ub=[b], A_eq=[[1.0, 0.0, b]], b_eq=[0.2], bounds=[(0, 1)] * 3
        )
        return found.x @ np.array([1.0, 2.0, 3.0]) + found.fun + np.sum(found.slack) + np.sum(found.con)

    np.testing.assert_allclose(gradient(program, 0.7, 1.1), differences(program, 0.7, 1.1), rtol=1e-6, atol=1e-9)
    with pytest.raises(NoRuleError, match="marginals"):
        gradient(lambda b: optimize.linprog([-1.0], A_ub=[[1.0]], b_ub=[b]).ineqlin.marginals[0], 1.0)
    with pytest.raises(NoRuleError, match="integrality"):
        gradient(lambda b: optimize.linprog([-1.0], A_ub=[[1.0]], b_ub=[b], integrality=1).x[0], 1.5)


def test_linear_least_squares_and_isotonic_regression() -> None:
    matrix, right = np.array([[1.0, 0.2], [0.3, 0.9], [0.4, 0.4]]), np.array([0.5, 0.9, 0.1])

    def bounded(a: float, b: float) -> Any:
        found = optimize.lsq_linear(matrix * a, right, bounds=(0.0, [b, 0.4]), tol=1e-13)
        return found.x @ WEIGHTS + found.cost + found.fun[0]

    def monotone(a: float, b: float) -> Any:
        found = optimize.isotonic_regression([a, b, 0.3, 2.0], weights=[1.0, a, 2.0, 1.0], increasing=False)
        return found.x @ np.arange(4.0) + found.weights[0]

    for program, args in ((bounded, (1.0, 2.0)), (bounded, (1.0, 0.1)), (monotone, (0.9, 0.5))):
        np.testing.assert_allclose(gradient(program, *args), differences(program, *args), rtol=1e-5, atol=1e-8)
