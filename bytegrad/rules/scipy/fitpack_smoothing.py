"""Smoothing splines of FITPACK: `UnivariateSpline`, `splrep` and `splprep` with a bound on the residuals.

FITPACK chooses knots among the points until the spline that fits best is close enough, and then the smoothest spline on
these knots whose squared residuals sum up to `s`: the sum of the squared jumps of the derivative of order k is least.
Which points are knots is constant; the coefficients, and the weight of the jumps, are the solution of equations.
Source: P. Dierckx, "Curve and Surface Fitting with Splines", Oxford (1993), chapter 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _dfitpack, _fitpack

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
    if status not in (_DONE, _NO_ROOM):
        what = ("UnivariateSpline", "s")
        return knots, unknown(c, what, x, y, w), unknown(residuals, what, x, y, w)
    t = _knots(knots[:n], k, x, first, last)
    smooth, left = fitted(t, k, x, np.expand_dims(y, 1), w, s, residuals, np.expand_dims(c[: n - k - 1], 1))
    return _filled(knots, t), _filled(c, smooth[:, 0]), attached(residuals, left)


def _knots(knots: Any, k: int, x: Any, first: Any, last: Any) -> Any:
    """`knots`, of which the inner ones are points, or means of neighbours."""
    inner = knots[k + 1 : len(knots) - k - 1]
    place, is_point = _places(inner, x)
    following = np.minimum(place + 1, len(x) - 1)
    is_mean = ~is_point & (inner == (x[place] + x[following]) / 2)
    smooth = np.where(is_point, x[place], np.where(is_mean, (x[place] + x[following]) / 2, inner))
    return np.concatenate([np.ones(k + 1) * first, smooth, np.ones(k + 1) * last])


def fitted(t: Any, k: int, x: Any, y: Any, w: Any, s: Any, residuals: Any, c: Any) -> tuple[Any, Any]:
    """The coefficients `c` of a fit, and what is left of the values. Shapes: x, w (m,), y (m, d), c (n, d)."""
    size = 0.0 if s is None else s - float(natively(float, s))
    smooth = np.reshape(_coefficients(t, k, x, y, w, residuals + size, c), np.shape(c))
    left = np.expand_dims(w, 1) * (y - collocation(t, k, x) @ smooth)
    return smooth, np.sum(left * left)


def _filled(values: Any, smooth: Any) -> Any:
    """`values`, of which the first are `smooth`."""
    return attached(values, np.concatenate([smooth, np.zeros(len(values) - len(smooth))]))


@non_differentiable
def _places(knots: Any, x: Any) -> tuple[Any, Any]:
    """The last points that are not behind the knots, and whether they are there."""
    place = np.clip(np.searchsorted(x, knots, side="right") - 1, 0, len(x) - 1)
    return place, x[place] == knots


def _coefficients(t: Any, k: int, x: Any, y: Any, w: Any, size: Any, c: Any) -> Any:
    """`c`, in one row, as the solution of its equations."""
    scale, weight = _weight(t, k, x, y, w, c)
    flat, shape, weights = np.ravel(c), np.shape(c), np.expand_dims(w, 1)

    def left_over(inner: Any) -> Any:
        return weights * (collocation(t, k, x) @ np.reshape(inner, shape) - y)

    def slope(inner: Any) -> Any:
        return np.ravel(collocation(t, k, x).T @ (weights * left_over(inner)))

    if weight == 0:
        return stationary(flat, slope(flat), slope)

    def conditions(both: Any) -> Any:
        inner, factor = both[: len(flat)], both[len(flat)]
        bends = scale * jumps(t, k)
        bent = np.ravel(bends.T @ (bends @ np.reshape(inner, shape)))
        return np.concatenate([slope(inner) + factor * bent, [np.sum(left_over(inner) ** 2) - size]])

    both = np.concatenate([flat, [weight]])
    return stationary(both, conditions(both), conditions)[: len(flat)]


@non_differentiable
def _weight(t: Any, k: int, x: Any, y: Any, w: Any, c: Any) -> tuple[float, float]:
    """What the jumps are to be multiplied by, and the weight that they had in the fit; 0 if it is simply the best."""
    matrix, squares = collocation(t, k, x), np.expand_dims(w * w, 1)
    pull = matrix.T @ (squares * (y - matrix @ c))
    most = np.max(np.abs(matrix.T @ (squares * np.abs(y))))
    if np.max(np.abs(pull)) <= _NOTHING * most or len(t) == 2 * k + 2:
        return 1.0, 0.0
    bends = jumps(t, k)
    scale = 1.0 / np.max(np.abs(bends))
    bent = scale**2 * bends.T @ (bends @ c)
    return float(scale), float(np.sum(bent * pull) / np.sum(bent * bent))


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


# splprep ----------------------------------------------------------------------------------------------------


@polyfill(_fitpack._parcur)
def parcur_polyfill(  # noqa: PLR0913, PLR0917 - they are scipy's
    x: Any, w: Any, u: Any, ub: Any, ue: Any, k: Any, task: Any, ipar: Any, s: Any, t: Any, *rest: Any
) -> tuple[Any, ...]:
    """A curve in several dimensions, along its length, or along the parameter that is given."""
    knots, c, said = _parcur(x, w, u, ub, ue, k, task, ipar, s, t, *rest)
    points = np.reshape(x, (len(w), -1))
    if rest[-1] or said["ier"] > _NO_ROOM:
        what = ("splprep", "per" if rest[-1] else "s")
        said["u"] = unknown(said["u"], what, x, u)
        return unknown(knots, what, x, u, t), unknown(c, what, x, w, u), said
    first, last = ub, ue
    if not ipar:
        steps = np.diff(points, axis=0)
        sums = np.concatenate([np.zeros(1), np.cumsum(np.sqrt(np.sum(steps * steps, axis=1)))])
        u, first, last = attached(said["u"], sums / sums[-1]), 0.0, 1.0
    inner = np.asarray(t)[k + 1 : len(t) - k - 1] if task == -1 else None
    ends = np.ones(k + 1)
    smooth = _knots(knots, k, u, first, last) if task != -1 else np.concatenate([ends * first, inner, ends * last])
    shape = (points.shape[1], len(knots) - k - 1)
    bound = s if task != -1 else None
    found, left = fitted(smooth, k, u, points, w, bound, said["fp"], np.transpose(np.reshape(c, shape)))
    said["u"], said["fp"] = u, attached(said["fp"], left)
    return attached(knots, smooth), attached(c, np.ravel(np.transpose(found))), said


@non_differentiable
def _parcur(*args: Any) -> Any:
    """The arguments may be overwritten."""
    return _fitpack._parcur(*[np.array(arg) if isinstance(arg, np.ndarray) else arg for arg in args])
