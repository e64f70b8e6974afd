"""FITPACK's curves and surfaces: in the data, the points, the knots and the ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import NoRuleError, gradient
from bytegrad.testing import check_gradient

ip = pytest.importorskip("scipy.interpolate")

X = np.array([0.0, 0.8, 1.9, 3.1, 4.0, 5.2])
Y = np.array([0.3, 1.1, -0.4, 0.9, 1.7, 0.2])
W = np.array([1.0, 0.7, 1.3, 0.9, 1.1, 0.8])

CURVES = [
    lambda x, y, s: ip.splev([s, s + 2.3], ip.splrep(x, y)),
    lambda x, y, s: ip.splev([x[0] - 0.4, s, x[-1] + s], ip.splrep(x, y, k=2)),
    lambda x, y, s: ip.splev([x[0] - 0.4, s, x[-1] + s], ip.splrep(x, y, k=2), ext=1),
    lambda x, y, s: ip.splev([x[0] - 0.4, s, x[-1] + s], ip.splrep(x, y), ext=3),
    lambda x, y, s: ip.splev(s, ip.splrep(x, y, k=5), der=2),
    lambda x, y, s: (ip.splint(s, 2.3, ip.splrep(x, y)), ip.splint(-3.0, s, ip.splrep(x, y, k=1))),
    lambda x, y, s: ip.splev([1.3, 2.2], ip.splrep(x, y, t=[2.0 + s], k=2)),
    lambda x, y, s: ip.splev([1.3, 2.2], ip.splrep(x, y, w=W * s, t=[2.2], k=2)),
    lambda x, y, s: ip.splev([1.3, s], ip.splrep(x, y, s=1e6, k=2)),
    lambda x, y, s: ip.splev([1.3, s], ip.splrep(x, y, xb=x[0] - s, xe=6.0)),
    lambda x, y, s: ip.UnivariateSpline(x, y, s=0)([s, 1.2]),
    lambda x, y, s: ip.UnivariateSpline(x, y, w=W * s, s=1e6, k=2)([s, 1.2]),
    lambda x, y, s: ip.InterpolatedUnivariateSpline(x, y, k=2, bbox=[x[0] - s, None])(s, 1),
    lambda x, y, s: ip.LSQUnivariateSpline(x, y, [2.0 + s], w=W * s, k=2)([0.5, 1.2]),
    lambda x, y, s: ip.UnivariateSpline(x, y, s=0).derivatives(s),
    lambda x, y, s: ip.UnivariateSpline(x, y, s=0).integral(s, 4.1),
    lambda x, y, s: ip.UnivariateSpline(x, y, s=0).derivative()(s) * ip.UnivariateSpline(x, y, s=0).get_knots()[1],
    lambda x, y, s: ip.UnivariateSpline(x, y, s=0).antiderivative()(s) + ip.PPoly.from_spline(ip.splrep(x, y))(s),
]


@pytest.mark.parametrize("f", CURVES, ids=range(len(CURVES)))
def test_curves(f: Callable[..., Any]) -> None:
    check_gradient(f, X, Y, 0.9)


@pytest.mark.parametrize("f", [CURVES[0], CURVES[13]], ids=range(2))
def test_curves_second_derivatives(f: Callable[..., Any]) -> None:
    check_gradient(f, X, Y, 0.9, order=2)


Z = np.sin(np.outer(X, X[:5] + 1.0)) + 0.1 * np.outer(X, X[:5])

SURFACES = [
    lambda x, y, z, s: ip.RectBivariateSpline(x, y, z)([s, s + 1.0], [1.1, s + 2.0]),
    lambda x, y, z, s: ip.RectBivariateSpline(x, y, z, kx=2, ky=1).ev([s, s + 1.0], [1.1, s + 2.0]),
    lambda x, y, z, s: ip.RectBivariateSpline(x, y, z)(s, 1.1, dx=1, dy=1),
    lambda x, y, z, s: ip.RectBivariateSpline(x, y, z).ev([s], [2.3], dx=1),
    lambda x, y, z, s: ip.RectBivariateSpline(x, y, z)([s - 3.0, s], [s, s + 9.0]),
    lambda x, y, z, s: ip.RectBivariateSpline(x, y, z, bbox=[-s, 6.0, None, None])(s, s),
]


@pytest.mark.parametrize("f", SURFACES, ids=range(len(SURFACES)))
def test_surfaces(f: Callable[..., Any]) -> None:
    check_gradient(f, X, X[:5], Z, 0.9)


def test_surfaces_second_derivatives() -> None:
    check_gradient(SURFACES[1], X, X[:5], Z, 0.9, order=2)


def test_a_fitted_surface_in_its_points() -> None:
    tck = ip.bisplrep(*np.meshgrid(X, X, indexing="ij"), np.sin(np.outer(X, X)), s=0)
    check_gradient(lambda x, y: ip.bisplev(x, y, tck, dx=1), np.array([0.4, 1.1]), np.array([0.3, 2.0]))


AT = np.linspace(0.0, 6.0, 25) + 0.1 * np.sin(np.arange(25.0))
NOISY = np.sin(AT) + 0.1 * np.cos(np.arange(25.0) ** 2)

SMOOTHED = [
    lambda x, y, w: ip.UnivariateSpline(x, y, w=w, s=0.15)([0.9, 4.4]),
    lambda x, y, w: ip.splev([0.9, 4.4], ip.splrep(x, y, w=w, s=0.15, xb=-w[0])),
    lambda x, y, w: ip.UnivariateSpline(x, y, s=0.15 * w[0]).integral(0.3, 5.5),
]


@pytest.mark.parametrize("f", SMOOTHED, ids=range(len(SMOOTHED)))
def test_smoothing(f: Callable[..., Any]) -> None:
    """FITPACK's residuals are what was asked for to a thousandth only, which differences see."""
    weights = 1.0 + 0.2 * np.sin(np.arange(25.0))
    found = gradient(lambda *args: np.sum(f(*args)), AT, NOISY, weights)
    for number, step in ((1, 3e-3 * np.cos(np.arange(25.0))), (2, 0.05 * np.cos(np.arange(25.0))), (0, 1e-3 * AT)):
        moved = [[AT, NOISY, weights] for _ in range(2)]
        moved[0][number], moved[1][number] = moved[0][number] + step, moved[1][number] - step
        slope = (np.sum(f(*moved[0])) - np.sum(f(*moved[1]))) / 2
        assert np.sum(found[number] * step) == pytest.approx(slope, rel=0.03, abs=2e-5)


TURN = np.linspace(0.0, 4.0, 9)
CURVE = (np.cos(TURN) * (1.0 + 0.1 * TURN), np.sin(TURN) + 0.02 * np.cos(np.arange(9.0) ** 2))

IN_THE_PLANE = [
    lambda x, y: ip.splev([0.2, 0.8], ip.splprep([x, y], s=0)[0]),
    lambda x, y: ip.splprep([x, y], s=0)[1],
    lambda x, y: ip.splev([0.2, 0.8], ip.splprep([x, y], u=TURN + 0.1 * y, s=0, k=2)[0]),
    lambda x, y: ip.splev([0.2, 0.8], ip.splprep([x, y], task=-1, t=[0, 0, 0, 0, 0.5, 1, 1, 1, 1])[0]),
]


@pytest.mark.parametrize("f", IN_THE_PLANE, ids=range(len(IN_THE_PLANE)))
def test_curves_in_the_plane(f: Callable[..., Any]) -> None:
    found = gradient(lambda x, y: np.sum(np.sin(f(x, y))), *CURVE)
    for number in range(2):
        step = 1e-5 * np.cos(np.arange(9.0))
        ahead, behind = [*CURVE], [*CURVE]
        ahead[number], behind[number] = CURVE[number] + step, CURVE[number] - step
        slope = (np.sum(np.sin(f(*ahead))) - np.sum(np.sin(f(*behind)))) / 2
        assert np.sum(found[number] * step) == pytest.approx(slope, rel=1e-5, abs=1e-10)


def test_closed_curves_are_refused() -> None:
    closed = [np.append(x, x[0]) for x in CURVE]
    with pytest.raises(NoRuleError, match="per"):
        gradient(lambda x: np.sum(ip.splev(0.3, ip.splprep([x, closed[1]], per=1, s=0)[0])), closed[0])


def test_residuals_of_a_spline_through_all_points_are_refused() -> None:
    with pytest.raises(NoRuleError):
        gradient(lambda y: float(ip.UnivariateSpline(X, y, s=0).get_residual()), Y)
