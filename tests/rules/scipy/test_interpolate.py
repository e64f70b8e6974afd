from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad

ip = pytest.importorskip("scipy.interpolate")

from tests.rules.scipy.through_engine import check_gradient  # noqa: E402

X = np.array([0.0, 0.8, 1.9, 3.1, 4.0, 5.2])
Y = np.array([0.3, 1.1, -0.4, 0.9, 1.7, 0.2])
AT = np.array([0.4, 2.2, 3.3, 4.9, 5.7])


def total(values: Any) -> Any:
    return np.sum(values * np.arange(1.0, np.size(values) + 1).reshape(np.shape(values)))


INTERPOLATIONS = [
    lambda y, at: total(ip.CubicSpline(X, y)(at)),
    lambda y, at: total(ip.CubicSpline(X, y, bc_type="natural")(at, 1)),
    lambda y, at: total(ip.CubicSpline(X, y, bc_type="clamped")(at[:4])),
    lambda y, at: total(ip.PchipInterpolator(X, y)(at)),
    lambda y, at: total(ip.Akima1DInterpolator(X, y)(at[:4])),
    lambda y, at: total(ip.make_interp_spline(X, y)(at)),
    lambda y, at: total(ip.make_interp_spline(X, y, k=2)(at[:4], 1)),
    lambda y, at: total(ip.BSpline(np.arange(10.0), y, 3)(at[1:4] + 1)),
    lambda y, at: total(ip.interp1d(X, y)(at[:4])),
    lambda y, at: total(ip.interp1d(X, y, kind="cubic")(at[:4])),
    lambda y, at: ip.CubicSpline(X, y).integrate(at[0], at[3]),
    lambda y, at: total(ip.splev(at[:4], (np.arange(10.0), y, 3))),
]


@pytest.mark.parametrize("f", INTERPOLATIONS, ids=map(str, range(len(INTERPOLATIONS))))
def test_in_one_dimension(f: Callable[..., Any]) -> None:
    check_gradient(f, Y, AT, exact=False)


def test_in_the_breakpoints() -> None:
    check_gradient(lambda x: total(ip.CubicSpline(x, Y)(AT)), X, exact=False)
    check_gradient(lambda x: total(ip.PchipInterpolator(x, Y)(AT)), X, exact=False)
    check_gradient(lambda x: total(ip.make_interp_spline(x, Y)(AT[:4])), X, exact=False)
    check_gradient(lambda x: total(ip.make_interp_spline(x, Y, k=2)(AT[:4], 1)), X, exact=False)
    check_gradient(lambda x: total(ip.make_interp_spline(x, Y, bc_type="natural")(AT[:4])), X, exact=False)


GRID = (np.array([0.0, 1.0, 2.5, 3.0]), np.array([0.0, 0.7, 2.0]))
VALUES = np.sin(np.arange(12.0)).reshape(4, 3)
POINTS = np.array([[0.4, 0.3], [2.7, 1.1], [1.2, 1.9]])


@pytest.mark.parametrize("method", ["linear", "slinear", "pchip"])
def test_grids(method: str) -> None:
    def f(values: Any, points: Any) -> Any:
        grid = (np.arange(4.0) * 1.1, np.arange(4.0)) if method == "pchip" else GRID
        return total(ip.RegularGridInterpolator(grid, values, method=method)(points))

    values = np.cos(np.arange(16.0)).reshape(4, 4) if method == "pchip" else VALUES
    check_gradient(f, values, POINTS, exact=False)


def test_outside_of_a_grid() -> None:
    def f(values: Any, points: Any) -> Any:
        interpolator = ip.RegularGridInterpolator(GRID, values, bounds_error=False, fill_value=None)
        return total(interpolator(points))

    check_gradient(f, VALUES, POINTS + 2.0)


def test_grid_of_three_dimensions() -> None:
    grid = (*GRID, np.array([0.0, 1.0]))
    values, points = np.sin(np.arange(24.0)).reshape(4, 3, 2), np.array([[0.4, 0.3, 0.6], [2.7, 1.1, 0.2]])
    check_gradient(lambda v, p: total(ip.RegularGridInterpolator(grid, v)(p)), values, points)


@pytest.mark.parametrize("nu", [None, (1, 0), (0, 2), (0, 4)])
def test_splines_of_two_dimensions(nu: Any) -> None:
    knots = (np.arange(8.0), np.arange(9.0) * 0.7)

    def f(coefficients: Any, points: Any) -> Any:
        return total(ip.NdBSpline(knots, coefficients, (2, 3))(points, nu=nu))

    points = np.array([[2.4, 2.3], [3.7, 3.1], [4.6, 2.5]])
    check_gradient(f, np.cos(np.arange(50.0)).reshape(5, 5, 2), points)
    check_gradient(f, np.cos(np.arange(25.0)).reshape(5, 5), points)


def test_work_of_a_spline_through_many_points_is_linear_in_their_number() -> None:
    """A dense matrix of the splines at 20,000 points would not fit."""
    x = np.linspace(0.0, 10.0, 20_000)

    def f(scale: float, shift: float) -> float:
        return float(ip.make_interp_spline(x * scale, np.sin(x * scale + shift))(7.0))

    gradient = bytegrad.gradient(f, 1.1, 0.3)
    np.testing.assert_allclose(gradient, (0.0, np.cos(7.3)), atol=1e-6)
