"""Rules of `scipy.interpolate`: what evaluates piecewise polynomials, splines and grids.

The interpolators are written in Python on top of these; so `CubicSpline`, `PchipInterpolator`, `make_interp_spline`
and `RegularGridInterpolator` are differentiated in the data, in the nodes and in the points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _ppoly, _rgi_cython

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.numpy.structure import conjugate
from bytegrad.rules.scipy.refusal import refused

# Piecewise polynomials.


def _intervals(x: Any, xp: Any) -> Any:
    """For each of `xp` the number of the interval between breakpoints that it is in, or the nearest one."""
    ascending = len(x) < 2 or x[-1] >= x[0]
    found = np.searchsorted(x, xp, side="right") if ascending else np.searchsorted(-x, -xp, side="right")
    return np.clip(found - 1, 0, len(x) - 2)


def _power_slopes(count: int, order: int, distance: Any) -> Any:
    """The derivatives of the given order of the powers ``distance ** (count - 1)``, ..., 1 and 0.

    Shapes: distance (r,) -> (count, r).
    """
    rows = []
    for power in range(count - 1, -1, -1):
        factor = 1.0
        for i in range(order):
            factor *= power - i
        rows.append(factor * np.power(distance, power - order) if power >= order else 0.0 * distance)
    return np.stack(rows)


@adjoint(_ppoly.evaluate)
def ppoly_evaluate_rule(c: Any, x: Any, xp: Any, dx: Any, extrapolate: Any, out: Any = None) -> Any:
    """Shapes: c (k, m, n), x (m + 1,), xp (r,), result (r, n)."""
    y = np.empty((np.shape(xp)[0], np.shape(c)[2]), dtype=np.result_type(c))
    _ppoly.evaluate(c, x, xp, dx, extrapolate, y)

    def ppoly_evaluate_pullback(y_bar: Any) -> Any:
        number = _intervals(np.asarray(x), np.asarray(xp))
        outside = (xp < np.minimum(x[0], x[-1])) | (xp > np.maximum(x[0], x[-1]))
        used = np.isfinite(xp) & (~outside | bool(extrapolate))
        bar = np.where(np.expand_dims(used, 1), y_bar, 0.0)
        distance = np.where(used, xp - np.take(x, number), 0.0)
        count = np.shape(c)[0]
        basis = _power_slopes(count, dx, distance)
        c_bar = scatter_add(np.shape(c), (slice(None), number), np.expand_dims(basis, 2) * np.expand_dims(bar, 0))
        slopes = np.einsum("kr,krn->rn", _power_slopes(count, dx + 1, distance), np.take(c, number, axis=1))
        xp_bar = np.sum(np.real(bar * conjugate(slopes)), axis=1)
        return c_bar, -scatter_add(np.shape(x), (number,), xp_bar), xp_bar, None, None

    return y, ppoly_evaluate_pullback


@adjoint(_ppoly.integrate)
def ppoly_integrate_rule(c: Any, x: Any, a: Any, b: Any, extrapolate: Any, out: Any = None) -> Any:
    """The integral from `a` to `b`; in the breakpoints there is no rule."""
    y = np.empty(np.shape(c)[2], dtype=np.result_type(c))
    _ppoly.integrate(c, x, a, b, extrapolate, y)

    def ppoly_integrate_pullback(y_bar: Any) -> Any:
        starts, stops = np.asarray(x)[:-1], np.asarray(x)[1:]
        last = np.arange(len(starts)) == len(starts) - 1
        first = np.arange(len(starts)) == 0
        # The part of [a, b] in each interval; the outer ones reach to infinity.
        low, high = min(a, b), max(a, b)
        left = np.clip(low, np.where(first, -np.inf, starts), np.where(last, np.inf, stops))
        right = np.clip(high, np.where(first, -np.inf, starts), np.where(last, np.inf, stops))
        powers = np.expand_dims(np.arange(np.shape(c)[0], 0, -1), 1)
        moments = ((right - starts) ** powers - (left - starts) ** powers) / powers
        c_bar = np.expand_dims(moments, 2) * y_bar * (1.0 if b >= a else -1.0)
        ends = np.empty((2, np.shape(c)[2]), dtype=np.result_type(c))
        _ppoly.evaluate(c, x, np.array([a, b], dtype=float), 0, True, ends)
        at_a, at_b = (np.sum(np.real(y_bar * conjugate(row))) for row in ends)
        return c_bar, refused("PPoly.integrate", "x"), -at_a, at_b, None

    return y, ppoly_integrate_pullback


# Regular grids.


@adjoint(_rgi_cython.find_indices)
def find_indices_rule(grid: Any, xi: Any) -> Any:
    """Which cell each point is in is constant; how far in it is, is not. Shapes: xi (d, r)."""
    indices, distances = _rgi_cython.find_indices(grid, xi)

    def find_indices_pullback(result_bar: Any) -> Any:
        bar = result_bar[1]
        if bar is None:
            return None, None
        xi_bars, grid_bars = [], []
        for axis, points in enumerate(grid):
            below, above = indices[axis], indices[axis] + 1
            width = np.take(points, np.minimum(above, len(points) - 1)) - np.take(points, below)
            single = np.equal(width, 0)  # an axis with one point only
            scaled = np.where(single, 0.0, bar[axis] / np.where(single, 1.0, width))
            xi_bars.append(scaled)
            by_below = scatter_add(np.shape(points), (below,), scaled * (distances[axis] - 1))
            above = np.minimum(above, len(points) - 1)
            grid_bars.append(by_below - scatter_add(np.shape(points), (above,), scaled * distances[axis]))
        return tuple(grid_bars), np.stack(xi_bars)

    return (indices, distances), find_indices_pullback


@adjoint(_rgi_cython.evaluate_linear_2d)
def evaluate_linear_2d_rule(values: Any, indices: Any, norm_distances: Any, grid: Any, out: Any = None) -> Any:
    """Bilinear in the distances within the cell, linear in the values."""
    y = np.empty(np.shape(indices)[1], dtype=np.result_type(values))
    _rgi_cython.evaluate_linear_2d(values, indices, norm_distances, grid, y)

    def evaluate_linear_2d_pullback(y_bar: Any) -> Any:
        rows, columns = indices
        down, right = np.minimum(rows + 1, np.shape(values)[0] - 1), np.minimum(columns + 1, np.shape(values)[1] - 1)
        u, v = norm_distances[0], norm_distances[1]
        corners = (
            (rows, columns, (1 - u) * (1 - v), v - 1, u - 1),
            (rows, right, (1 - u) * v, -v, 1 - u),
            (down, columns, u * (1 - v), 1 - v, -u),
            (down, right, u * v, v, u),
        )
        values_bar = np.zeros(np.shape(values))
        u_bar, v_bar = np.zeros(np.shape(u)), np.zeros(np.shape(v))
        for row, column, weight, by_u, by_v in corners:
            corner = np.real(y_bar * conjugate(values[row, column]))
            values_bar = values_bar + scatter_add(np.shape(values), (row, column), y_bar * weight)
            u_bar, v_bar = u_bar + by_u * corner, v_bar + by_v * corner
        return values_bar, None, np.stack([u_bar, v_bar]), None

    return y, evaluate_linear_2d_pullback
