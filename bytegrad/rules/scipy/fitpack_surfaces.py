"""Rules of FITPACK for surfaces: `bisplev` and `RectBivariateSpline` are written in Python on top of these.

Surfaces are products of B-splines in each coordinate, and are differentiated in coefficients, knots and points; fits
through all points of a grid are those of each coordinate in turn.
Source: P. Dierckx, "Curve and Surface Fitting with Splines", Oxford (1993), chapters 2 and 10.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _dfitpack

from bytegrad.rules.declare import adjoint
from bytegrad.rules.scipy.b_splines import collocation, collocation_pullback
from bytegrad.rules.scipy.fitpack_curves import interior, knots_pullback
from bytegrad.rules.scipy.refusal import refused

_GRID, _POINTS = "xi,ij,yj->xy", "xi,ij,xj->x"


def _at(t: Any, k: int, x: Any) -> Any:
    """The points, those beyond the ends brought to these. Shapes: x (...) -> (r,)."""
    return np.clip(np.ravel(x), t[k], t[len(t) - k - 1])


def _point_bar(t: Any, k: int, x: Any, at_bar: Any, t_bar: Any) -> tuple[Any, Any]:
    """The cotangents of points and knots from those of `_at`."""
    flat, last = np.ravel(x), len(t) - k - 1
    below, above, place = flat < t[k], flat > t[last], np.arange(len(t))
    t_bar = t_bar + np.where(place == k, np.sum(np.where(below, at_bar, 0.0)), 0.0)
    t_bar = t_bar + np.where(place == last, np.sum(np.where(above, at_bar, 0.0)), 0.0)
    return np.reshape(np.where(below | above, 0.0, at_bar), np.shape(x)), t_bar


def _surface_pullback(tx: Any, ty: Any, c: Any, k: Any, nu: Any, points: Any, z_bar: Any, form: str) -> Any:
    """The cotangents of knots, coefficients and points from those of values on a grid, or at points."""
    (kx, ky), (x, y) = k, points
    at_x, at_y = _at(tx, kx, x), _at(ty, ky, y)
    bx, by = collocation(tx, kx, at_x, nu[0]), collocation(ty, ky, at_y, nu[1])
    shape = (bx.shape[1], by.shape[1])
    c2 = np.reshape(c[: shape[0] * shape[1]], shape)
    bar = np.reshape(z_bar, (len(at_x), len(at_y)) if form == _GRID else (len(at_x),))
    if form == _GRID:
        c_bar, bx_bar, by_bar = bx.T @ bar @ by, bar @ by @ c2.T, bar.T @ bx @ c2
    else:
        column = np.expand_dims(bar, 1)
        c_bar, bx_bar, by_bar = (column * bx).T @ by, column * (by @ c2.T), column * (bx @ c2)
    tx_bar, at_x_bar = collocation_pullback(tx, kx, at_x, bx_bar, nu[0])
    ty_bar, at_y_bar = collocation_pullback(ty, ky, at_y, by_bar, nu[1])
    x_bar, tx_bar = _point_bar(tx, kx, x, at_x_bar, tx_bar)
    y_bar, ty_bar = _point_bar(ty, ky, y, at_y_bar, ty_bar)
    flat = np.concatenate([np.ravel(c_bar), np.zeros(len(c) - shape[0] * shape[1])])
    return tx_bar, ty_bar, flat, x_bar, y_bar


def _values_of(target: Any, form: str) -> None:
    """Declare the rule of a function that gives a surface's values, and a status."""

    def values_rule(tx: Any, ty: Any, c: Any, kx: Any, ky: Any, x: Any, y: Any) -> Any:
        def values_pullback(bars: Any) -> Any:
            if bars[0] is None:
                return (None,) * 7
            found = _surface_pullback(tx, ty, c, (kx, ky), (0, 0), (x, y), bars[0], form)
            return *found[:3], None, None, *found[3:]

        return target(tx, ty, c, kx, ky, x, y), values_pullback

    adjoint(target)(values_rule)


def _slopes_of(target: Any, form: str) -> None:
    """Declare the rule of a function that gives a surface's derivatives, and a status."""

    def slopes_rule(  # noqa: PLR0913, PLR0917 - they are scipy's
        tx: Any,
        ty: Any,
        c: Any,
        kx: Any,
        ky: Any,
        nux: Any,
        nuy: Any,
        x: Any,
        y: Any,
    ) -> Any:
        def slopes_pullback(bars: Any) -> Any:
            if bars[0] is None:
                return (None,) * 9
            found = _surface_pullback(tx, ty, c, (kx, ky), (nux, nuy), (x, y), bars[0], form)
            return *found[:3], None, None, None, None, *found[3:]

        return target(tx, ty, c, kx, ky, nux, nuy, x, y), slopes_pullback

    adjoint(target)(slopes_rule)


_values_of(_dfitpack.bispev, _GRID)
_values_of(_dfitpack.bispeu, _POINTS)
_slopes_of(_dfitpack.parder, _GRID)
_slopes_of(_dfitpack.pardeu, _POINTS)


@adjoint(_dfitpack.regrid_smth)
def regrid_smth_rule(  # noqa: PLR0913, PLR0917 - they are scipy's
    x: Any,
    y: Any,
    z: Any,
    xb: Any = None,
    xe: Any = None,
    yb: Any = None,
    ye: Any = None,
    kx: Any = 3,
    ky: Any = 3,
    s: Any = 0.0,
    maxit: Any = 20,
) -> Any:
    """The surface through all points of a grid."""
    result = _dfitpack.regrid_smth(x, y, z, xb, xe, yb, ye, kx, ky, s, maxit)
    nx, tx, ny, ty, c, _, _ = result
    ends = (tx[kx] == x[0], tx[nx - kx - 1] == x[-1], ty[ky] == y[0], ty[ny - ky - 1] == y[-1])
    through = (
        s == 0
        and (nx, ny) == (len(x) + kx + 1, len(y) + ky + 1)
        and np.array_equal(tx[kx + 1 : nx - kx - 1], interior(kx, x))
        and np.array_equal(ty[ky + 1 : ny - ky - 1], interior(ky, y))
    )

    def regrid_smth_pullback(bars: Any) -> Any:
        if not through or bars[5] is not None:
            return (None, None, refused("RectBivariateSpline", "z"), *(None,) * 8)
        tx_bar = np.zeros(nx) if bars[1] is None else bars[1][:nx]
        ty_bar = np.zeros(ny) if bars[3] is None else bars[3][:ny]
        x_bar, y_bar, z_bar = np.zeros(len(x)), np.zeros(len(y)), np.zeros((len(x), len(y)))
        if bars[4] is not None:
            bx, by = collocation(tx[:nx], kx, x), collocation(ty[:ny], ky, y)
            c2 = np.reshape(c[: len(x) * len(y)], (len(x), len(y)))
            c_bar = np.reshape(bars[4][: len(x) * len(y)], (len(x), len(y)))
            z_bar = np.linalg.solve(by.T, np.linalg.solve(bx.T, c_bar).T).T
            moved_tx, x_bar = collocation_pullback(tx[:nx], kx, x, -z_bar @ by @ c2.T)
            moved_ty, y_bar = collocation_pullback(ty[:ny], ky, y, -z_bar.T @ bx @ c2)
            tx_bar, ty_bar = tx_bar + moved_tx, ty_bar + moved_ty
        x_inner, *x_ends = knots_pullback(kx, x, tx_bar)
        y_inner, *y_ends = knots_pullback(ky, y, ty_bar)
        x_total, y_total = x_bar + x_inner, y_bar + y_inner
        given = (xb, xe, yb, ye)
        outer = [bar if value is not None else None for value, bar in zip(given, (*x_ends, *y_ends), strict=True)]
        x_total = x_total + _at_ends(len(x), x_ends, (xb is None and ends[0], xe is None and ends[1]))
        y_total = y_total + _at_ends(len(y), y_ends, (yb is None and ends[2], ye is None and ends[3]))
        return x_total, y_total, np.reshape(z_bar, np.shape(z)), *outer, None, None, None, None

    return result, regrid_smth_pullback


def _at_ends(n: int, bars: Any, which: Any) -> Any:
    """Zeros, and at the ends the cotangents of what is there by default. Shapes: -> (n,)."""
    place = np.arange(n)
    return np.where((place == 0) & which[0], bars[0], 0.0) + np.where((place == n - 1) & which[1], bars[1], 0.0)
