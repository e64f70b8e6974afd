from __future__ import annotations

from typing import Any

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize")

from bytegrad import gradient  # noqa: E402
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
