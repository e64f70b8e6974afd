"""Rules of FITPACK for curves: `splrep`, `splev`, `splint` and `UnivariateSpline` are Python code on top of these.

Splines are differentiated in coefficients, knots and points.  Fitted coefficients are those of a linear least-squares
problem, whose matrix has the values of the B-splines; a curve through all points is the case without residuals.  What
is smoothed until its residuals have a given size is in `fitpack_smoothing`.
Source: P. Dierckx, "Curve and Surface Fitting with Splines", Oxford (1993), chapters 1 to 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _dfitpack

from bytegrad.rules.declare import adjoint, non_differentiable, polyfill
from bytegrad.rules.scipy.attached import natively
from bytegrad.rules.scipy.b_splines import collocation, collocation_pullback
from bytegrad.rules.scipy.fitpack_smoothing import smoothed_fit
from bytegrad.rules.scipy.refusal import refused

non_differentiable(_dfitpack.fpchec)
_ZEROS, _CONSTANT = 1, 3
"""Ways to go on beyond the ends."""


def _padded(bar: Any, like: Any) -> Any:
    """`bar` with zeros behind it. Shapes: (n,), like (m,) -> (m,)."""
    return np.concatenate([bar, np.zeros(len(like) - len(bar))])


def _evaluated_pullback(t: Any, c: Any, k: int, x: Any, nu: int, e: int, y_bar: Any) -> tuple[Any, Any, Any]:
    """The cotangents of knots, coefficients and points from those of a spline's values."""
    flat, count = np.ravel(x), len(t) - k - 1
    outside = (flat < t[k]) | (flat > t[count])
    bar = np.where(outside & (e == _ZEROS), 0.0, np.ravel(y_bar))
    at = np.where(outside & (e == _CONSTANT), np.where(flat < t[k], t[k], t[count]), flat)
    c_bar = bar @ collocation(t, k, at, nu)
    t_bar, x_bar = collocation_pullback(t, k, at, np.expand_dims(bar, 1) * c[:count], nu)
    if e == _CONSTANT:
        ends = np.arange(len(t))
        below, above = [np.sum(np.where(side, x_bar, 0.0)) for side in (flat < t[k], flat > t[count])]
        t_bar = t_bar + np.where(ends == k, below, 0.0) + np.where(ends == count, above, 0.0)
        x_bar = np.where(outside, 0.0, x_bar)
    return t_bar, _padded(c_bar, c), np.reshape(x_bar, np.shape(x))


@adjoint(_dfitpack.splev)
def splev_rule(t: Any, c: Any, k: Any, x: Any, e: Any = 0) -> Any:
    """The values of a spline, and a status."""
    result = _dfitpack.splev(t, c, k, x, e)

    def splev_pullback(result_bar: Any) -> Any:
        if result_bar[0] is None:
            return None, None, None, None, None
        t_bar, c_bar, x_bar = _evaluated_pullback(t, c, k, x, 0, e, result_bar[0])
        return t_bar, c_bar, None, x_bar, None

    return result, splev_pullback


@adjoint(_dfitpack.splder)
def splder_rule(t: Any, c: Any, k: Any, x: Any, nu: Any = 1, e: Any = 0) -> Any:
    """The derivatives of a spline, and a status."""
    result = _dfitpack.splder(t, c, k, x, nu, e)

    def splder_pullback(result_bar: Any) -> Any:
        if result_bar[0] is None:
            return None, None, None, None, None, None
        t_bar, c_bar, x_bar = _evaluated_pullback(t, c, k, x, nu, e, result_bar[0])
        return t_bar, c_bar, None, x_bar, None, None

    return result, splder_pullback


@adjoint(_dfitpack.spalde)
def spalde_rule(t: Any, c: Any, k1: Any, x: Any) -> Any:
    """All derivatives of a spline at one point, and a status."""
    result = _dfitpack.spalde(t, c, k1, x)

    def spalde_pullback(result_bar: Any) -> Any:
        if result_bar[0] is None:
            return None, None, None, None
        point = np.reshape(np.asarray(x, dtype=float), (1,))
        parts = [_evaluated_pullback(t, c, k1 - 1, point, nu, 0, result_bar[0][nu : nu + 1]) for nu in range(k1)]
        t_bar, c_bar, x_bar = [sum(bars) for bars in zip(*parts, strict=True)]
        return t_bar, c_bar, None, np.sum(x_bar)

    return result, spalde_pullback


@adjoint(_dfitpack.splint)
def splint_rule(t: Any, c: Any, k: Any, a: Any, b: Any) -> Any:
    """The integral of a spline, which is zero beyond its ends, by its antiderivative; and the B-splines' integrals."""
    result = _dfitpack.splint(t, c, k, a, b)

    def splint_pullback(result_bar: Any) -> Any:
        if result_bar[1] is not None:
            return refused("splint", "c"), None, None, None, None
        count = len(t) - k - 1
        widths = t[k + 1 :] - t[:count]
        knots = np.concatenate([t[:1], t, t[-1:]])
        sums = np.concatenate([np.zeros(1), np.cumsum(c[:count] * widths) / (k + 1)])
        ends, bars = np.array([a, b], dtype=float), np.array([-1.0, 1.0]) * result_bar[0]
        knots_bar, sums_bar, x_bar = _evaluated_pullback(knots, sums, k + 1, ends, 0, _CONSTANT, bars)
        products_bar = np.cumsum(sums_bar[:0:-1])[::-1] / (k + 1)
        widths_bar = products_bar * c[:count]
        t_bar = knots_bar[1:-1] + _padded(knots_bar[:1], t) + _padded(knots_bar[-1:], t)[::-1]
        t_bar = t_bar + np.concatenate([np.zeros(k + 1), widths_bar]) - _padded(widths_bar, t)
        return t_bar, _padded(products_bar * widths, c), None, x_bar[0], x_bar[1]

    return result, splint_pullback


# fits -------------------------------------------------------------------------------------------------------


def fitted_pullback(t: Any, k: int, x: Any, y: Any, w: Any, c: Any, c_bar: Any) -> tuple[Any, Any, Any, Any]:
    """The cotangents of points, values, weights and knots from those of the coefficients of a least-squares spline."""
    matrix = collocation(t, k, x)
    squares = np.expand_dims(w * w, 1)
    moved = np.linalg.solve(matrix.T @ (squares * matrix), c_bar)
    rise, residuals = matrix @ moved, y - matrix @ c
    matrix_bar = squares * (np.outer(residuals, moved) - np.outer(rise, c))
    t_bar, x_bar = collocation_pullback(t, k, x, matrix_bar)
    return x_bar, w * w * rise, 2.0 * w * residuals * rise, t_bar


def interior(k: int, x: Any) -> Any:
    """The knots that FITPACK puts between the ends of a spline through all points."""
    half = k // 2 + 1
    if k % 2:
        return x[half : len(x) - half]
    return (x[half - 1 : len(x) - half] + x[half : len(x) - half + 1]) / 2


def knots_pullback(k: int, x: Any, t_bar: Any) -> tuple[Any, Any, Any]:
    """The cotangents of the points and of both ends from those of the knots of a spline through all points."""
    half, inner = k // 2 + 1, t_bar[k + 1 : len(t_bar) - k - 1]
    if k % 2:
        x_bar = np.concatenate([np.zeros(half), inner, np.zeros(half)])
    else:
        left = np.concatenate([np.zeros(half - 1), inner, np.zeros(half)])
        x_bar = (left + np.concatenate([np.zeros(half), inner, np.zeros(half - 1)])) / 2
    return x_bar, np.sum(t_bar[: k + 1]), np.sum(t_bar[len(t_bar) - k - 1 :])


@adjoint(_dfitpack.fpcurf0)
def fpcurf0_rule(x: Any, y: Any, k: Any, w: Any = None, xb: Any = None, xe: Any = None, s: Any = None) -> Any:
    """A spline through all points, the polynomial that fits best, or one in between, and what it was made of."""
    given = {name: value for name, value in (("w", w), ("xb", xb), ("xe", xe), ("s", s)) if value is not None}
    result = _dfitpack.fpcurf0(x, y, k, **given)
    if result[-1] not in (_THROUGH, _POLYNOMIAL):
        return NotImplemented
    through = result[-1] == _THROUGH and np.array_equal(result[8][k + 1 : result[7] - k - 1], interior(k, x))

    def fpcurf0_pullback(bars: Any) -> Any:
        n, weights = result[7], np.ones(len(x)) if w is None else w
        if bars[10] is not None or (result[-1] not in (_THROUGH, _POLYNOMIAL) and bars[9] is not None):
            return None, refused("UnivariateSpline", "y"), None, None, None, None, None
        t_bar = np.zeros(n) if bars[8] is None else bars[8][:n]
        x_bar, y_bar, w_bar = [0.0 if bar is None else bar for bar in bars[:3]]
        if bars[9] is not None:
            knots, c = result[8][:n], result[9][: n - k - 1]
            found = fitted_pullback(knots, k, x, y, weights, c, bars[9][: n - k - 1])
            x_bar, y_bar, w_bar = x_bar + found[0], y_bar + found[1], w_bar + found[2]
            t_bar = t_bar + found[3]
        if through or n == 2 * (k + 1):
            moved, first, last = knots_pullback(k, x, t_bar) if through else (0.0, *_ends(k, t_bar))
        else:
            return refused("UnivariateSpline", "x"), y_bar, None, w_bar, None, None, None
        place = np.arange(len(x))
        x_bar = x_bar + moved + np.where(place == 0, first if xb is None else 0.0, 0.0)
        x_bar = x_bar + np.where(place == len(x) - 1, last if xe is None else 0.0, 0.0)
        return x_bar, y_bar, None, None if w is None else w_bar, first, last, None

    return result, fpcurf0_pullback


_THROUGH, _POLYNOMIAL = -1, -2
"""Statuses of FITPACK: the spline goes through all points; it has no knots between the ends."""


def _ends(k: int, t_bar: Any) -> tuple[Any, Any]:
    return np.sum(t_bar[: k + 1]), np.sum(t_bar[len(t_bar) - k - 1 :])


@adjoint(_dfitpack.fpcurfm1)
def fpcurfm1_rule(x: Any, y: Any, k: Any, t: Any, w: Any = None, xb: Any = None, xe: Any = None) -> Any:
    """The spline with given knots that fits best, and what it was made of."""
    given = {name: value for name, value in (("w", w), ("xb", xb), ("xe", xe)) if value is not None}
    result = _dfitpack.fpcurfm1(x, y, k, np.array(t), **given)

    def fpcurfm1_pullback(bars: Any) -> Any:
        if bars[10] is not None:
            return None, refused("LSQUnivariateSpline", "y"), None, None, None, None, None
        n, weights = result[7], np.ones(len(x)) if w is None else w
        t_bar = np.zeros(n) if bars[8] is None else bars[8][:n]
        x_bar, y_bar, w_bar = [0.0 if bar is None else bar for bar in bars[:3]]
        if bars[9] is not None:
            c = result[9][: n - k - 1]
            found = fitted_pullback(result[8][:n], k, x, y, weights, c, bars[9][: n - k - 1])
            x_bar, y_bar, w_bar = x_bar + found[0], y_bar + found[1], w_bar + found[2]
            t_bar = t_bar + found[3]
        first, last = _ends(k, t_bar)
        place, inner = np.arange(len(x)), np.arange(len(t))
        x_bar = x_bar + np.where(place == 0, first if xb is None else 0.0, 0.0)
        x_bar = x_bar + np.where(place == len(x) - 1, last if xe is None else 0.0, 0.0)
        knots_bar = np.where((inner > k) & (inner < len(t) - k - 1), _padded(t_bar, t), 0.0)
        return x_bar, y_bar, None, knots_bar, None if w is None else w_bar, first, last

    return result, fpcurfm1_pullback


def _fit(  # noqa: PLR0913, PLR0917 - they are scipy's
    task: Any, x: Any, y: Any, w: Any, t: Any, wrk: Any, iwrk: Any, xb: Any, xe: Any, k: Any, s: Any
) -> Any:
    """As `curfit`, which writes knots into `t`: they are returned, and before them what `curfit` returns."""
    knots = np.array(t)
    found = _dfitpack.curfit(task, x, y, w, knots, wrk, iwrk, xb, xe, k, s)
    return (*found, knots)


@adjoint(_fit)
def fit_rule(  # noqa: PLR0913, PLR0917 - they are scipy's
    task: Any,
    x: Any,
    y: Any,
    w: Any,
    t: Any,
    wrk: Any,
    iwrk: Any,
    xb: Any,
    xe: Any,
    k: Any,
    s: Any,
) -> Any:
    """A spline through all points, or with given knots."""
    result = _fit(task, x, y, w, t, wrk, iwrk, xb, xe, k, s)
    n, fitted, _, status, knots = result
    chosen, through = task == -1, status == _THROUGH and np.array_equal(knots[k + 1 : n - k - 1], interior(k, x))

    def fit_pullback(bars: Any) -> Any:
        nothing = (None,) * 11
        if bars[2] is not None or not (chosen or status in (_THROUGH, _POLYNOMIAL)):
            return (None, None, refused("splrep", "y"), *nothing[3:])
        t_bar = np.zeros(n) if bars[4] is None else bars[4][:n]
        x_bar: Any = 0.0
        y_bar: Any = 0.0
        w_bar: Any = 0.0
        if bars[1] is not None:
            c_bar, c = bars[1][: n - k - 1], fitted[: n - k - 1]
            x_bar, y_bar, w_bar, moved = fitted_pullback(knots[:n], k, x, y, w, c, c_bar)
            t_bar = t_bar + moved
        first, last = _ends(k, t_bar)
        if through and not chosen:
            x_bar = x_bar + knots_pullback(k, x, t_bar)[0]
        elif not chosen and n != 2 * (k + 1):
            x_bar = refused("splrep", "x")
        place = np.arange(len(t))
        given = np.where((place > k) & (place < n - k - 1), _padded(t_bar, t), 0.0) if chosen else None
        zeros = np.zeros(len(x))
        bars_of_data = [bar if isinstance(bar, np.ndarray) else zeros for bar in (y_bar, w_bar)]
        if isinstance(x_bar, float):
            x_bar = zeros
        return None, x_bar, *bars_of_data, given, None, None, first, last, None, None

    return result, fit_pullback


@polyfill(_dfitpack.curfit)
def curfit(  # noqa: PLR0913, PLR0917 - they are scipy's
    iopt: Any,
    x: Any,
    y: Any,
    w: Any,
    t: Any,
    wrk: Any,
    iwrk: Any,
    xb: Any = None,
    xe: Any = None,
    k: Any = 3,
    s: Any = 0.0,
) -> Any:
    """FITPACK's fit, which writes the knots into `t`."""
    first, last = x[0] if xb is None else xb, x[-1] if xe is None else xe
    n, c, residuals, status, knots = natively(_fit, iopt, x, y, w, t, wrk, iwrk, first, last, k, s)
    if iopt >= 0 and status not in (_THROUGH, _POLYNOMIAL):
        knots, c, residuals = smoothed_fit((n, knots, c, residuals, status), k, x, y, w, s, first, last)
    else:
        n, c, residuals, status, knots = _fit(iopt, x, y, w, t, wrk, iwrk, first, last, k, s)
    t[...] = knots
    return n, c, residuals, status
