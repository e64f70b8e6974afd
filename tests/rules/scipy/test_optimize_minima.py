from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize")

from bytegrad import grad, gradient, withgradient  # noqa: E402
from bytegrad.errors import BytegradError, NoRuleError  # noqa: E402

START = np.array([0.5, 0.5])
T = np.array([0.0, 0.4, 1.1, 1.7, 2.6])
Y = 1.3 * np.exp(-0.4 * T) + 0.1 * np.sin(7 * T)


def valley(x: Any, a: float) -> Any:
    """Its minimum is at ``(a, a**2)``, with the value a."""
    return (a - x[0]) ** 2 + 10.0 * (x[1] - x[0] ** 2) ** 2 + a


def decay(p: Any, y: Any) -> Any:
    return p[0] * np.exp(-p[1] * T) - y


def exact_fit(y: Any, loss: str = "linear") -> Any:
    """The derivative of the fitted parameters by that of their equations, with differences of a solution's residual."""
    p = optimize.least_squares(decay, [1.0, 0.5], args=(y,), loss=loss, xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    rho = {"linear": np.ones_like, "soft_l1": lambda z: (1 + z) ** -0.5}[loss]

    def equations(p: Any, y: Any) -> Any:
        slopes = np.stack([np.exp(-p[1] * T), -p[0] * T * np.exp(-p[1] * T)])
        return slopes @ (rho(decay(p, y) ** 2) * decay(p, y))

    def differences(f: Callable[..., Any], x: Any) -> Any:
        steps = 1e-5 * np.eye(len(x))
        return np.stack([(f(x + step) - f(x - step)) / 2e-5 for step in steps], axis=1)

    by_p = differences(lambda p: equations(p, y), p)
    return -np.linalg.solve(by_p, differences(lambda y: equations(p, y), y))


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "Nelder-Mead", "Powell", "TNC", "SLSQP", "COBYLA"])
def test_minima(method: str) -> None:
    def program(a: float) -> Any:
        found = optimize.minimize(valley, START, args=(a,), method=method, tol=1e-10)
        return found.x[0] + 3.0 * found.x[1] + 5.0 * found.fun

    value, (slope,) = withgradient(program, 0.7)
    assert value == program(0.7)
    assert slope == pytest.approx(1.0 + 6.0 * 0.7 + 5.0, rel=1e-3)


def test_minima_of_closures_and_with_slopes_given() -> None:
    def with_slope(a: float) -> Any:
        def both(x: Any) -> Any:
            gap = x[1] - x[0] ** 2
            return valley(x, a), np.array([-2.0 * (a - x[0]) - 40.0 * gap * x[0], 20.0 * gap])

        return np.sum(optimize.minimize(both, START, jac=True).x)

    def closure(a: float) -> Any:
        b = [a, a * a]
        return np.sum(optimize.minimize(lambda x: (x[0] - b[0]) ** 2 + (x[1] - b[1]) ** 4 + x[1] ** 2, START).x ** 2)

    assert gradient(with_slope, 0.7)[0] == pytest.approx(2.4, rel=1e-4)
    step = 1e-3
    assert gradient(closure, 0.7)[0] == pytest.approx(
        (closure(0.7 + step) - closure(0.7 - step)) / (2 * step), rel=1e-3
    )


def test_minima_at_bounds_move_with_them() -> None:
    def program(bound: float, a: float) -> Any:
        x = optimize.minimize(valley, START, args=(a,), bounds=[(None, bound), (None, None)]).x
        return x[0] + 3.0 * x[1]

    assert gradient(program, 0.4, 0.7) == pytest.approx((1.0 + 6.0 * 0.4, 0.0), rel=1e-4, abs=1e-6)
    assert gradient(program, 0.9, 0.7) == pytest.approx((0.0, 1.0 + 6.0 * 0.7), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", ["fmin", "fmin_bfgs", "fmin_cg"])
def test_older_functions(name: str) -> None:
    solve = getattr(optimize, name)
    slope = gradient(lambda a: np.sum(solve(valley, START, args=(a,), disp=False)), 0.7)[0]
    assert slope == pytest.approx(2.4, rel=1e-3)


@pytest.mark.parametrize("method", ["brent", "golden", "bounded"])
def test_minima_of_one_variable(method: str) -> None:
    bounds = (-3.0, 3.0) if method == "bounded" else None

    def program(a: float) -> Any:
        found = optimize.minimize_scalar(lambda t: (t - a) ** 2 + np.exp(t), method=method, bounds=bounds)
        return found.x + 3.0 * found.fun

    x = optimize.minimize_scalar(lambda t: (t - 0.7) ** 2 + np.exp(t)).x
    expected = 2.0 / (2.0 + np.exp(x)) + 3.0 * -2.0 * (x - 0.7)
    assert gradient(program, 0.7)[0] == pytest.approx(expected, rel=1e-5)


def test_minimum_of_one_variable_at_a_bound() -> None:
    def program(low: float) -> Any:
        return 2.0 * optimize.minimize_scalar(lambda t: t * t, bounds=(low, 3.0), method="bounded").x

    assert gradient(program, 1.0) == (2.0,)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_fits(method: str) -> None:
    def program(y: Any) -> Any:
        found = optimize.least_squares(decay, [1.0, 0.5], args=(y,), method=method, xtol=1e-13, ftol=1e-13)
        return found.x[0] + 3.0 * found.x[1]

    np.testing.assert_allclose(gradient(program, Y)[0], np.array([1.0, 3.0]) @ exact_fit(Y), rtol=1e-5)


def test_fits_with_a_loss_with_bounds_and_by_other_functions() -> None:
    def robust(y: Any) -> Any:
        found = optimize.least_squares(decay, [1.0, 0.5], args=(y,), loss="soft_l1", xtol=1e-13, ftol=1e-13)
        return found.x[0] + 3.0 * found.x[1]

    def model(t: Any, a: float, b: float) -> Any:
        return a * np.exp(-b * t)

    def curve(y: Any, **options: Any) -> Any:
        return optimize.curve_fit(model, T, y, p0=[1.0, 0.5], **options)[0] @ np.array([1.0, 3.0])

    expected = np.array([1.0, 3.0]) @ exact_fit(Y)
    np.testing.assert_allclose(gradient(robust, Y)[0], np.array([1.0, 3.0]) @ exact_fit(Y, "soft_l1"), rtol=1e-4)
    np.testing.assert_allclose(gradient(curve, Y)[0], expected, rtol=1e-4)
    np.testing.assert_allclose(gradient(lambda y: curve(y, bounds=(0, 5)), Y)[0], expected, rtol=1e-4)
    solved = gradient(lambda y: optimize.leastsq(decay, [1.0, 0.5], args=(y,))[0] @ np.array([1.0, 3.0]), Y)[0]
    np.testing.assert_allclose(solved, expected, rtol=1e-4)


@pytest.mark.parametrize("method", ["lm", "broyden1", "krylov", "df-sane", "hybr"])
def test_systems(method: str) -> None:
    def equations(x: Any, a: float) -> Any:
        return np.array([x[0] ** 2 + a * x[1] - 2, x[0] - a * x[1]])

    def program(a: float) -> Any:
        return optimize.root(equations, [1.0, 1.0], args=(a,), method=method, tol=1e-10).x @ np.array([1.0, 3.0])

    # x solves x**2 + x = 2, and y is x / a
    assert gradient(program, 0.7)[0] == pytest.approx(-3.0 / 0.7**2, rel=1e-4)


def test_what_has_no_rule_is_an_error_if_it_is_used() -> None:
    def covariance(y: Any) -> Any:
        return optimize.curve_fit(lambda t, a, b: a * np.exp(-b * t), T, y, p0=[1.0, 0.5])[1][0, 0]

    with pytest.raises(NoRuleError):
        gradient(covariance, Y)
    with pytest.raises(BytegradError, match="not isolated"):
        gradient(lambda a: np.sum(optimize.minimize(lambda x: (x[0] - a) ** 2 + 0.0 * x[1], START).x), 0.7)


@pytest.mark.slow
def test_second_derivatives_of_minima() -> None:
    def minimum(a: float) -> Any:
        return optimize.minimize_scalar(lambda x: (x - a**3) ** 2, tol=1e-12).x

    assert grad(grad(minimum))(0.8) == pytest.approx(6 * 0.8, rel=1e-6)
