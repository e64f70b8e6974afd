from __future__ import annotations

from typing import Any

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize")

from bytegrad import gradient, hessian, hessian_reverse, hvp  # noqa: E402
from bytegrad.errors import BytegradError  # noqa: E402
from tests.rules.numpy.linalg_cases import case, check  # noqa: E402
from tests.rules.scipy.through_engine import check_gradient  # noqa: E402


@pytest.mark.parametrize("name", ["brentq", "brenth", "bisect", "ridder"])
def test_roots(name: str) -> None:
    solver = getattr(optimize, name)
    check_gradient(lambda a: solver(lambda t: np.cos(t) - a * t, 0.0, 2.0, xtol=1e-14), 0.7)
    check_gradient(lambda a: solver(lambda t, k: np.cos(t) - k * t, 0.0, 2.0, args=(a,), xtol=1e-14), 0.7)
    check_gradient(lambda a: solver(lambda t: a * t**3 - 1, 0.0, 2.0, xtol=1e-14, full_output=True)[0], 0.7)


def equations(x: Any, a: float, b: float) -> list[Any]:
    return [x[0] ** 2 + a * x[1] - 2, x[0] - b * x[1]]


def test_systems() -> None:
    start = np.array([1.0, 1.0])
    check_gradient(lambda a, b: np.sum(optimize.fsolve(equations, start, args=(a, b), xtol=1e-13)), 0.7, 0.3)
    check_gradient(lambda a: optimize.fsolve(lambda x: x * x - a, 1.0, xtol=1e-13)[0], 0.7)
    check_gradient(
        lambda a, b: optimize.root(
            lambda x: np.array(equations(x, a, b)), start, jac=lambda x: np.array([[2 * x[0], a], [1, -b]]), tol=1e-13
        ).x[1],
        0.7,
        0.3,
    )


def test_closed_over_arrays() -> None:
    weights = np.array([0.5, 1.5])
    check_gradient(lambda w: optimize.brentq(lambda t: np.sum(w * t**3) - 1, 0.0, 2.0, xtol=1e-14), weights)


def test_errors_are_scipys() -> None:
    with pytest.raises(ValueError, match="different signs"):
        gradient(lambda a: optimize.brentq(lambda t: t * t + a, 0.0, 1.0), 1.0)


def test_nnls() -> None:
    a = np.array([[1.0, 0.2, 0.3], [0.1, 1.2, 0.4], [0.5, 0.1, 0.9], [0.3, 0.8, 0.2], [0.7, 0.4, 1.1]])
    for weights in ([1.0, 0.5, 2.0], [1.0, -0.5, 2.0]):  # of the second the column in the middle is not used
        b = a @ np.array(weights) + np.array([0.02, -0.01, 0.03, 0.01, -0.02])
        check(case(optimize.nnls, a, b).loosely(1e-6), second_order=False, layouts=False)


def cubic(x: Any, a: Any) -> Any:
    return x**3 + a * x - 2.0


class Cubic:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def root(self, a: Any) -> Any:
        return optimize.brentq(self.value, 0.0, 3.0, args=(a,), xtol=1e-14) * self.calls[1]

    def value(self, x: Any, a: Any) -> Any:
        self.calls.append(x * a)
        return cubic(x, a)


def pair(x: Any, a: Any) -> Any:
    return [x[0] ** 2 + a[0] * x[1] - 3.0, x[1] ** 3 + x[0] * a[1] - 1.0]


START = [2.0, -1.0]
ROOTS: dict[str, tuple[Any, Any]] = {
    "closure": (lambda a: optimize.brentq(lambda x: cubic(x, a), 0.0, 3.0, xtol=1e-14), 1.5),
    "args": (lambda a: optimize.brenth(cubic, 0.0, 3.0, args=(a,), xtol=1e-14), 1.5),
    "full output": (lambda a: optimize.ridder(cubic, 0.0, 3.0, args=(a,), xtol=1e-14, full_output=True)[0], 1.5),
    "method that keeps what it computes": (lambda a: Cubic().root(a), 1.5),
    "system": (lambda a: np.sum(optimize.fsolve(pair, START, args=(a,), xtol=1e-13)), np.array([1.2, 0.7])),
}


@pytest.mark.parametrize("name", ROOTS)
def test_second_derivatives_of_roots(name: str) -> None:
    f, a = ROOTS[name]
    steps = 1e-5 * np.eye(np.size(a)) if np.ndim(a) else [1e-5]
    expected = [(gradient(f, a + step)[0] - gradient(f, a - step)[0]) / 2e-5 for step in steps]
    for second in (hessian(f, a), hessian_reverse(f, a)):
        np.testing.assert_allclose(np.ravel(second), np.ravel(expected), rtol=1e-6, atol=1e-8)
    v = np.ones_like(a) if np.ndim(a) else 1.0
    np.testing.assert_allclose(hvp(f, a, v), np.sum(np.asarray(expected), axis=0), rtol=1e-6, atol=1e-8)


@pytest.mark.filterwarnings("ignore:The iteration is not making good progress")
def test_what_is_no_root_is_refused() -> None:
    """From there, no solver finds one."""
    a = np.array([1.2, 0.7])
    with pytest.raises(BytegradError, match="not a solution"):
        gradient(lambda a: optimize.fsolve(pair, [1.0, 1.0], args=(a,))[0], a)
    with pytest.raises(BytegradError, match="not a solution"):
        gradient(lambda a: optimize.root(lambda x: np.array(pair(x, a)), [1.0, 1.0]).x[0], a)
    with pytest.raises(BytegradError, match="not isolated"):
        gradient(lambda a: optimize.brentq(lambda x: a * (x - 1.0) ** 3, 0.0, 2.0), 1.0)
    with pytest.raises(BytegradError, match="not isolated"):
        gradient(lambda a: optimize.fsolve(lambda x: [a * x[0] - 1, a * x[0] - 1], [1.0, 1.0])[0], 1.0)
