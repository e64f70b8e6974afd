"""Forward code of decompositions, and of functions that are short programs of others: against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward

X = np.array([0.3, 0.7, 1.1, 0.5])
V = np.array([1.0, -0.5, 0.2, 0.4])
S = np.array([[2.0, 0.3, 0.1, 0.4], [0.5, 1.0, 0.2, 0.6], [0.7, 0.2, 3.0, 0.1], [0.3, 0.9, 0.2, 4.0]])
TALL, B = S[:, :3], np.array([1.0, 2.0, 0.5, -1.0])
WEIGHTS = np.linspace(-1.0, 1.0, 16).reshape(4, 4)

Function = Callable[[Any], Any]


def eigenvectors(x: Any) -> Any:
    w, v = np.linalg.eigh(S @ S.T + np.diag(x))
    return np.sum(w**3) + np.sum(v**2 * WEIGHTS)


def eigenvalues(x: Any) -> Any:
    return np.sum(np.linalg.eigvalsh(S * x) ** 3)


def singular_vectors(x: Any) -> Any:
    u, s, vh = np.linalg.svd(TALL.T * x, full_matrices=False)
    return np.sum(s**3) + np.sum(u**2 * WEIGHTS[:3, :3]) + np.sum(vh**2 * WEIGHTS[:3])


def singular_values(x: Any) -> Any:
    return np.sum(np.linalg.svd(S * x, compute_uv=False) ** 3) + np.sum(np.linalg.svd(S * x)[1])


def orthogonal(x: Any) -> Any:
    q, r = np.linalg.qr(TALL * x[:, None])
    return np.sum(q**2 * WEIGHTS[:, :3]) + np.sum(r**2 * WEIGHTS[:3, :3])


def inverses(x: Any) -> Any:
    wide, tall = np.linalg.pinv(TALL.T * x), np.linalg.pinv(TALL * x[:, None])
    return np.sum(wide**2 * WEIGHTS[:, :3]) + np.sum(tall**2 * WEIGHTS[:3])


def least_squares(x: Any) -> Any:
    solution = np.linalg.lstsq(TALL * x[:, None], B * x, rcond=None)
    return np.sum(solution[0] ** 2) + np.sum(solution[1])


def powers(x: Any) -> Any:
    return np.sum(np.linalg.matrix_power(S * x, 3) * WEIGHTS) + np.linalg.multi_dot([S, np.diag(x), S, x])[1]


def running(x: Any) -> Any:
    return np.sum(np.cumprod(x) * B) + np.sum(x.cumprod() ** 2) + np.sum(np.cumprod(S * x, axis=1) * WEIGHTS)


def arranged(x: Any) -> Any:
    a, b = np.split(x, 2)
    across, down = np.meshgrid(a, b)
    return np.sum(across * down**2) + np.sum(np.tile(x, 2)[1:5] * x) * a[0]


def fitted(x: Any) -> Any:
    known = np.linspace(0.0, 1.04, 5)
    values = np.interp(x, known, np.sin(3 * known)) * x
    return (
        np.sum(np.polyval([1.0, 2.0, x[0]], x)) + np.sum(values) + np.sum(np.interp([0.2, 0.6, 2.0], known[:4], x**2))
    )


def statistics(x: Any) -> Any:
    spread = np.cov((S * x) ** 2)
    return (
        np.sum(spread * WEIGHTS) + np.percentile(x**2, 30) * x[0] + np.quantile(x * S, 1.0) ** 2 + np.percentile(x, 0)
    )


def filtered(x: Any) -> Any:
    smooth = np.convolve(x, [1.0, 2.0, 1.0], "same") ** 3 + np.gradient(x**2) * np.gradient(x, 0.5)
    return np.sum(smooth) + np.sum(np.convolve(x, x) ** 2)


PROGRAMS = (
    eigenvectors,
    eigenvalues,
    singular_vectors,
    singular_values,
    orthogonal,
    inverses,
    least_squares,
    powers,
    running,
    arranged,
    fitted,
    statistics,
    filtered,
)


@pytest.mark.parametrize("f", PROGRAMS)
def test_products_and_hessians_are_differences_of_gradients(f: Function) -> None:
    found, step = directional.product(f, X, V), 1e-6
    assert found is not None
    ahead, behind = (bytegrad.gradient(f, X + sign * step * V)[0] for sign in (1, -1))
    assert found == pytest.approx((ahead - behind) / (2 * step), rel=1e-5, abs=1e-5)
    one = forward.forward_of(f, (X,), (0,), slope=True)
    assert one is not None
    rows = bytegrad.hessian(f, X) if f in (filtered, least_squares) else directional._as_arrays(one, f, X)
    assert rows == pytest.approx(directional._row_by_row(one, X), rel=1e-9, abs=1e-9)
    assert rows == pytest.approx(rows.T, rel=1e-9, abs=1e-9)
    y, y_dot = bytegrad.jvp(f, (X,), (V,))
    assert y == pytest.approx(f(X), rel=1e-13)
    assert y_dot == pytest.approx(bytegrad.gradient(f, X)[0] @ V)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.linalg.eigvalsh(np.eye(4) * x[0]) ** 2),
        lambda x: np.sum(np.linalg.svd(np.ones((4, 4)) * x, compute_uv=False)),
        lambda x: np.sum(np.linalg.qr(np.ones((4, 4)) * x[:, None])[1]),
        lambda x: np.sum(np.linalg.pinv(np.ones((4, 4)) * x)),
        lambda x: np.sum(np.cumprod(x - x[1])),
        lambda x: np.sum(np.linalg.matrix_power(np.diag(x), -1)),
    ],
    ids=["eigvalsh", "svd", "qr", "pinv", "cumprod", "matrix_power"],
)
def test_where_the_formulas_do_not_hold_the_general_way_is_taken(f: Function) -> None:
    assert directional.product(f, X, V) is None
