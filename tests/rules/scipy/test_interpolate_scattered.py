"""Interpolation between scattered points: in the values, in the points, and in the places where it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

ip = pytest.importorskip("scipy.interpolate")
spatial = pytest.importorskip("scipy.spatial")

from tests.rules.scipy.test_interpolate import total  # noqa: E402
from tests.rules.scipy.through_engine import check_gradient  # noqa: E402

COLUMNS = np.array([0.0, 0.5, 1.0])
POINTS = np.stack([np.repeat(COLUMNS, 3) + np.tile(COLUMNS, 3) * 0.2, np.tile(COLUMNS, 3)], axis=1)
POINTS = POINTS + 0.03 * np.random.default_rng(1).uniform(-1, 1, (9, 2))
VALUES = np.cos(np.arange(9.0))
AT = np.array([[0.31, 0.23], [0.9, 0.43], [0.62, 0.71], [3.0, 3.0]])
TRIANGLES = spatial.Delaunay(1.0 * POINTS)
MADE_BEFORE = ip.CloughTocher2DInterpolator(1.0 * POINTS, 1.0 * VALUES, fill_value=0.3)

SCATTERED = [
    lambda v, p, x: ip.LinearNDInterpolator(p, v, fill_value=v[0])(x),
    lambda v, p, x: ip.LinearNDInterpolator(p, np.stack([v, v * v], 1), fill_value=0.0, rescale=True)(x[:, 0], x[:, 1]),
    lambda v, p, x: ip.LinearNDInterpolator(TRIANGLES, v, fill_value=0.5)(x),
    lambda v, p, x: ip.griddata((p[:, 0], p[:, 1]), v, (x[:3, 0], x[:3, 1])),
    lambda v, p, x: ip.griddata(p * [1.0, 3.0], v, x * [1.0, 3.0], method="cubic", rescale=True, fill_value=1.0),
    lambda v, p, x: ip.CloughTocher2DInterpolator(p, np.stack([v, v * v], 1), fill_value=0.0, tol=1e-13)(x),
    lambda v, p, x: MADE_BEFORE(x) * p[0, 0],
    lambda v, p, x: ip.griddata(p[:, 0], v, x[:3, 0]),
]


@pytest.mark.parametrize("f", SCATTERED, ids=range(len(SCATTERED)))
def test_triangles(f: Callable[..., Any]) -> None:
    check_gradient(lambda v, p, x: total(f(v, p, x)), VALUES, POINTS, AT, tolerance=1e-4)


@pytest.mark.parametrize("kernel", ["linear", "thin_plate_spline", "cubic", "quintic"])
def test_radial_functions(kernel: str) -> None:
    def f(v: Any, p: Any, x: Any) -> Any:
        return total(ip.RBFInterpolator(p, v, kernel=kernel)(x))

    check_gradient(f, VALUES, POINTS, AT, tolerance=1e-5)


@pytest.mark.parametrize("kernel", ["multiquadric", "inverse_multiquadric", "inverse_quadratic", "gaussian"])
def test_radial_functions_of_a_width(kernel: str) -> None:
    def f(v: Any, p: Any, x: Any, epsilon: float) -> Any:
        return total(ip.RBFInterpolator(p, v, kernel=kernel, epsilon=epsilon, smoothing=0.1 * epsilon, degree=1)(x))

    check_gradient(f, VALUES, POINTS, AT, 1.3, tolerance=1e-5)


def test_radial_functions_of_neighbours() -> None:
    def f(v: Any, p: Any, x: Any) -> Any:
        return total(ip.RBFInterpolator(p, np.stack([v, v * v], 1), neighbors=6)(x))

    check_gradient(f, VALUES, POINTS, AT[:2], tolerance=1e-5)


def test_distances_as_matrices() -> None:
    def f(p: Any) -> Any:
        matrix = spatial.distance.squareform(spatial.distance.pdist(p))
        return total(np.exp(-matrix)) + total(spatial.distance.squareform(matrix * 2.0))

    def older(x: Any, y: Any, v: Any) -> Any:
        return float(ip.Rbf(x, y, v, function="gaussian")(0.4, 0.5))

    check_gradient(f, POINTS[:4])
    check_gradient(older, *POINTS.T, VALUES, tolerance=1e-5)
