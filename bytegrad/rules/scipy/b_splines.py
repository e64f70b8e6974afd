"""B-splines by their recurrence, point by point: values and derivatives in the point and in the knots around it.

Only ``2 k`` knots matter to the splines at a point, so that everything here is linear in the number of points.
Source: C. de Boor, "A Practical Guide to Splines", Springer (2001), chapters IX and X.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable


@non_differentiable
def intervals(t: Any, k: int, x: Any) -> Any:
    """The knot interval of each point, those at the ends for points beyond them. Shapes: x (r,) -> ints (r,)."""
    return np.clip(np.searchsorted(t, x, side="right") - 1, k, len(t) - k - 2)


def basis(t: Any, k: int, x: Any, nu: int, interval: Any, x_dot: Any = 0.0, turned: int = -1) -> tuple[Any, Any]:
    """The ``k + 1`` B-splines that are not zero in each point's interval, and their tangents.

    The first of them is the one with number ``interval - k``; `nu` is the order of the derivative.  The tangents are
    those along `x_dot` for the points, and along knot `turned` of the ``2 k`` around each.
    """
    knots = [t[interval - k + 1 + i] for i in range(2 * k)]
    values, dots = [np.ones(np.shape(x))], [np.zeros(np.shape(x))]
    if nu > k:
        return [np.zeros(np.shape(x))] * (k + 1), [np.zeros(np.shape(x))] * (k + 1)
    for j in range(1, k + 1):
        raised, raised_dots = [np.zeros(np.shape(x))], [np.zeros(np.shape(x))]
        for q in range(j):
            low, high = knots[k - j + q], knots[k + q]
            low_dot, high_dot = 1.0 * (k - j + q == turned), 1.0 * (k + q == turned)
            ratio = values[q] / (high - low)
            ratio_dot = (dots[q] - ratio * (high_dot - low_dot)) / (high - low)
            if j <= k - nu:
                left, right = (high - x) * ratio, (x - low) * ratio
                left_dot = (high_dot - x_dot) * ratio + (high - x) * ratio_dot
                right_dot = (x_dot - low_dot) * ratio + (x - low) * ratio_dot
            else:
                left, right, left_dot, right_dot = -j * ratio, j * ratio, -j * ratio_dot, j * ratio_dot
            raised[q], raised_dots[q] = raised[q] + left, raised_dots[q] + left_dot
            raised.append(right)
            raised_dots.append(right_dot)
        values, dots = raised, raised_dots
    return values, dots


def basis_pullback(t: Any, k: int, x: Any, nu: int, interval: Any, bars: list[Any]) -> tuple[Any, Any]:
    """The cotangents of knots and points from those of the splines. Shapes: t (n,), x (r,), k + 1 bars (r,)."""
    _, dots = basis(t, k, x, nu, interval, x_dot=1.0)
    x_bar = sum(bar * dot for bar, dot in zip(bars, dots, strict=True))
    t_bar = np.zeros(len(t))
    for turned in range(2 * k):
        _, dots = basis(t, k, x, nu, interval, turned=turned)
        moved = sum(bar * dot for bar, dot in zip(bars, dots, strict=True))
        np.add.at(t_bar, interval - k + 1 + turned, moved)
    return t_bar, x_bar


def collocation(t: Any, k: int, x: Any, nu: int = 0) -> Any:
    """The values of all B-splines, or of their derivatives, at the points. Shapes: t (n + k + 1,), x (r,) -> (r, n)."""
    first, rows = intervals(t, k, x), np.arange(len(x))
    matrix = np.zeros((len(x), len(t) - k - 1))
    for q, values in enumerate(basis(t, k, x, nu, first)[0]):
        matrix[rows, first - k + q] = values
    return matrix


def collocation_pullback(t: Any, k: int, x: Any, matrix_bar: Any, nu: int = 0) -> tuple[Any, Any]:
    """The cotangents of knots and points."""
    first, rows = intervals(t, k, x), np.arange(len(x))
    return basis_pullback(t, k, x, nu, first, [matrix_bar[rows, first - k + q] for q in range(k + 1)])
