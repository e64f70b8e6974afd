"""Smoothing splines of FITPACK: `UnivariateSpline` and `splrep` with a bound on the residuals.

FITPACK chooses knots among the points until the spline that fits best is close enough, and then the smoothest spline on
these knots whose squared residuals sum up to `s`: the sum of the squared jumps of the derivative of order k is least.
Which points are knots is constant; the coefficients, and the weight of the jumps, are the solution of equations.
Source: P. Dierckx, "Curve and Surface Fitting with Splines", Oxford (1993), chapter 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _dfitpack

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.scipy.attached import attached, natively, unknown
from bytegrad.rules.scipy.b_splines import collocation
from bytegrad.rules.scipy.stationary import stationary

_DONE, _NO_ROOM = 0, 1
"""Statuses: the residuals are what was asked for; there was no room for more knots, and the spline fits best."""
_NOTHING = 1e-9
"""A slope of the residuals, relative to that of the values, that is none."""


def jumps(t: Any, k: int) -> Any:
    """The jumps of the derivative of order k of all B-splines at the inner knots, up to a common factor.

    Shapes: t (n + k + 1,) -> (n - k - 1, n).
    """
    count = len(t) - k - 1
    knot = np.arange(k + 1, count)
    matrix, rows = np.zeros((len(knot), count)), np.arange(len(knot))
    for offset in range(k + 2):
        first = knot - k - 1 + offset
        below = 1.0
        for i in range(k + 2):
            if i != k + 1 - offset:
                below = below * (t[knot] - t[first + i])
        matrix[rows, first] = (t[first + k + 1] - t[first]) / below
    return matrix


def smoothed_fit(found: Any, k: int, x: Any, y: Any, w: Any, s: Any, first: Any, last: Any) -> tuple[Any, Any, Any]:
    """Knots, coefficients and residuals of a fit, as it was `found`: their number, these three, and a status."""
    n, knots, c, residuals, status = found
    place, is_point = _places(knots[k + 1 : n - k - 1], x)
    inner = np.where(is_point, x[place], knots[k + 1 : n - k - 1])
    t = np.concatenate([np.ones(k + 1) * first, inner, np.ones(k + 1) * last])
    if status not in (_DONE, _NO_ROOM):
        what = ("UnivariateSpline", "s")
        return knots, unknown(c, what, x, y, w), unknown(residuals, what, x, y, w)
    size = 0.0 if s is None else s - float(natively(float, s))
    smooth = _coefficients(t, k, x, y, w, residuals + size, c[: n - k - 1])
    left = w * (y - collocation(t, k, x) @ smooth)
    return _filled(knots, t), _filled(c, smooth), attached(residuals, np.sum(left * left))


def _filled(values: Any, smooth: Any) -> Any:
    """`values`, of which the first are `smooth`."""
    return attached(values, np.concatenate([smooth, np.zeros(len(values) - len(smooth))]))


@non_differentiable
def _places(knots: Any, x: Any) -> tuple[Any, Any]:
    """Where in `x` the knots are, and whether they are there."""
    place = np.minimum(np.searchsorted(x, knots), len(x) - 1)
    return place, x[place] == knots


def _coefficients(t: Any, k: int, x: Any, y: Any, w: Any, size: Any, c: Any) -> Any:
    """`c` as the solution of its equations."""
    count = len(c)
    scale, weight = _weight(t, k, x, y, w, c)

    def slope(inner: Any) -> Any:
        matrix = collocation(t, k, x)
        return matrix.T @ (w * w * (matrix @ inner - y))

    if weight == 0:
        return stationary(c, slope(c), slope)

    def conditions(both: Any) -> Any:
        inner, factor = both[:count], both[count]
        bends = scale * jumps(t, k)
        left = w * (collocation(t, k, x) @ inner - y)
        return np.concatenate([slope(inner) + factor * (bends.T @ (bends @ inner)), [np.sum(left * left) - size]])

    both = np.concatenate([c, [weight]])
    return stationary(both, conditions(both), conditions)[:count]


@non_differentiable
def _weight(t: Any, k: int, x: Any, y: Any, w: Any, c: Any) -> tuple[float, float]:
    """What the jumps are to be multiplied by, and the weight that they had in the fit; 0 if it is simply the best."""
    matrix = collocation(t, k, x)
    pull = matrix.T @ (w * w * (y - matrix @ c))
    if np.max(np.abs(pull)) <= _NOTHING * np.max(np.abs(matrix.T @ (w * w * np.abs(y)))) or len(t) == 2 * k + 2:
        return 1.0, 0.0
    bends = jumps(t, k)
    scale = 1.0 / np.max(np.abs(bends))
    bent = scale**2 * bends.T @ (bends @ c)
    return float(scale), float((bent @ pull) / (bent @ bent))


# UnivariateSpline -------------------------------------------------------------------------------------------


@polyfill(_dfitpack.fpcurf0)
def fpcurf0_polyfill(
    x: Any, y: Any, k: Any, w: Any = None, xb: Any = None, xe: Any = None, s: Any = None
) -> tuple[Any, ...]:
    """The fits for which there is no shorter rule."""
    given = {name: value for name, value in (("w", w), ("xb", xb), ("xe", xe), ("s", s)) if value is not None}
    return _as_smoothed(natively(_dfitpack.fpcurf0, x, y, k, **given), x, y, w, xb, xe, s)


@polyfill(_dfitpack.fpcurf1)
def fpcurf1_polyfill(x: Any, y: Any, w: Any, xb: Any, xe: Any, k: Any, s: Any, *state: Any) -> tuple[Any, ...]:
    """A fit that goes on, with more room for knots: it does not depend on where it was."""
    return _as_smoothed(_gone_on(x, y, w, xb, xe, k, s, *state), x, y, w, xb, xe, s)


@non_differentiable
def _gone_on(*args: Any) -> Any:
    """The arguments are overwritten."""
    return _dfitpack.fpcurf1(*[np.array(arg) if isinstance(arg, np.ndarray) else arg for arg in args])


def _as_smoothed(result: Any, x: Any, y: Any, w: Any, xb: Any, xe: Any, s: Any) -> tuple[Any, ...]:
    """All that FITPACK says of a fit: the data, the order, the bound, knots, coefficients, residuals, its own state."""
    k, n = result[5], result[7]
    first, last = x[0] if xb is None else xb, x[-1] if xe is None else xe
    weights = np.ones(len(x)) if w is None else w
    found = (n, result[8], result[9], result[10], result[-1])
    knots, c, residuals = smoothed_fit(found, k, x, y, weights, s, first, last)
    data = [attached(value, smooth) for value, smooth in zip(result, (x, y, weights, first, last), strict=False)]
    bound = result[6] if s is None else attached(result[6], s)
    return (*data, k, bound, n, knots, c, residuals, *result[11:])
