"""B-splines of `scipy.interpolate`, and the banded systems by which they are fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _dierckx
from scipy.linalg import lapack

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.scipy.b_splines import basis, basis_pullback, intervals
from bytegrad.rules.scipy.refusal import refused

non_differentiable(_dierckx.find_interval)


@adjoint(_dierckx.evaluate_spline)
def evaluate_spline_rule(
    t: Any, c: Any, k: Any, xp: Any, nu: Any, extrapolate: Any, *, active: Any = (True,) * 6
) -> Any:
    """Linear in the coefficients. Shapes: t (n + k + 1,), c (n, m), xp (r,), result (r, m)."""
    y = _dierckx.evaluate_spline(t, c, k, xp, nu, extrapolate)
    outside = np.isnan(y)

    def evaluate_spline_pullback(y_bar: Any) -> Any:
        bar = np.where(outside, 0.0, y_bar)
        x = np.where(np.isnan(xp), t[k], xp)
        first = intervals(t, k, x)
        t_bar = c_bar = xp_bar = None
        if active[1]:
            c_bar = np.zeros(np.shape(c))
            for q, value in enumerate(basis(t, k, x, nu, first)[0]):
                np.add.at(c_bar, first - k + q, np.expand_dims(value, 1) * bar)
        if active[0] or active[3]:
            bars = [np.sum(bar * c[first - k + q], axis=1) for q in range(k + 1)]
            t_bar, xp_bar = basis_pullback(t, k, x, nu, first, bars)
        return t_bar, c_bar, None, xp_bar, None, None

    return y, evaluate_spline_pullback


@adjoint(_dierckx.evaluate_all_bspl)
def evaluate_all_bspl_rule(t: Any, k: Any, xval: Any, m: Any, nu: Any = 0) -> Any:
    """The values at one point of the B-splines that are not zero in the interval from knot `m` on."""
    y = _dierckx.evaluate_all_bspl(t, k, xval, m, nu)

    def evaluate_all_bspl_pullback(y_bar: Any) -> Any:
        bars = [y_bar[q : q + 1] for q in range(k + 1)]
        t_bar, x_bar = basis_pullback(t, k, np.array([xval], dtype=float), nu, np.array([m]), bars)
        return t_bar, None, np.sum(x_bar), None, None

    return y, evaluate_all_bspl_pullback


@adjoint(_dierckx._coloc)
def coloc_rule(x: Any, t: Any, k: Any, out: Any, *options: Any) -> Any:
    """The values of all B-splines at the nodes, in the rows of a banded matrix that are left for them.

    Shapes: x (r,), t (n + k + 1,), result (n, 3 k + 1), the transposed storage of bands.
    """
    offset = options[0] if options else 0
    y = np.zeros((len(t) - k - 1, 3 * k + 1))
    _dierckx._coloc(x, t, k, y, *options)

    def coloc_pullback(y_bar: Any) -> Any:
        # The element in row `offset + i`, column j is y[j, 2 k + offset + i - j].
        first, bars = intervals(t, k, x), []
        for q in range(k + 1):
            column = first - k + q
            place = 2 * k + offset + np.arange(len(x)) - column
            within = (place >= 0) & (place <= 3 * k)
            bars.append(np.where(within, y_bar[column, np.clip(place, 0, 3 * k)], 0.0))
        t_bar, x_bar = basis_pullback(t, k, x, 0, first, bars)
        return x_bar, t_bar, None

    return y, coloc_pullback


def _tensor_bases(t: Any, len_t: Any, k: Any, xvals: Any, nu: Any) -> list[Any]:
    """For each axis the values of all B-splines at the points. Shapes: xvals (r, d) -> d arrays (r, n)."""
    bases = []
    for axis in range(len(k)):
        order, slope, knots = int(k[axis]), int(nu[axis]), t[axis, : len_t[axis]]
        unit = np.eye(len(knots) - order - 1)
        if slope > order:
            bases.append(np.zeros((len(xvals), len(unit))))
        else:
            bases.append(
                _dierckx.evaluate_spline(knots, unit, order, np.ascontiguousarray(xvals[:, axis]), slope, True)
            )
    return bases


@adjoint(_dierckx.evaluate_ndbspline)
def evaluate_ndbspline_rule(
    xvals: Any, t: Any, len_t: Any, k: Any, nu: Any, extrapolate: Any, c1r: Any, num_c_tr: Any, *rest: Any
) -> Any:
    """Products of B-splines in each coordinate; the knots are constant.

    Shapes: xvals (r, d), t (d, longest), c1r the raveled coefficients (n_1, ..., n_d, m), result (r, m).
    """
    y = _dierckx.evaluate_ndbspline(xvals, t, len_t, k, nu, extrapolate, c1r, num_c_tr, *rest)
    outside = np.isnan(y)
    letters = "abcdefghijklmno"[: len(k)]

    def evaluate_ndbspline_pullback(y_bar: Any) -> Any:
        bar = np.where(outside, 0.0, y_bar)
        bases = _tensor_bases(t, len_t, k, xvals, nu)
        each = ",".join("p" + letter for letter in letters)
        c_bar = np.einsum(f"{each},pz->{letters}z", *bases, bar)
        coefficients = np.reshape(c1r, np.shape(c_bar))
        columns = []
        for axis in range(len(k)):
            along = np.arange(len(k)) == axis
            steeper = _tensor_bases(t, len_t, k, xvals, nu + along)
            slopes = np.einsum(f"{each},{letters}z->pz", *steeper, coefficients)
            columns.append(np.sum(bar * slopes, axis=1))
        knots_bar = refused("NdBSpline", "t")
        return np.stack(columns, axis=1), knots_bar, None, None, None, None, np.ravel(c_bar), None

    return y, evaluate_ndbspline_pullback


# LAPACK's banded solver


def _moved(a: Any, d: int) -> Any:
    """The elements `a[i - d]` in place of `a[i]`, zeros beyond the ends."""
    n = len(a)
    nothing = np.zeros((min(abs(d), n), *np.shape(a)[1:]), dtype=a.dtype)
    return np.concatenate([nothing, a[: n - len(nothing)]] if d > 0 else [a[len(nothing) :], nothing])


def _gbsv_of(routine: Any) -> None:
    """Declare the rule of LAPACK's solver of banded systems for one type of numbers."""

    def gbsv_rule(kl: Any, ku: Any, ab: Any, b: Any, overwrite_ab: Any = 0, overwrite_b: Any = 0) -> Any:
        result = routine(kl, ku, np.array(ab, order="F"), np.array(b, order="F"))

        def gbsv_pullback(result_bar: Any) -> Any:
            x_bar, x = result_bar[2], result[2]
            if x_bar is None:
                return None, None, None, None
            # The first kl rows of the storage are room for the factors.
            turned = [np.conj(_moved(ab[2 * kl + ku - row], kl - row)) for row in range(kl + ku + 1)]
            padded = np.concatenate([np.zeros((ku, np.shape(ab)[1])), np.stack(turned)], axis=0)
            b_bar = routine(ku, kl, np.asfortranarray(padded), np.asfortranarray(x_bar))[2]
            columns, bars = np.reshape(x, (len(x), -1)), np.reshape(b_bar, (len(x), -1))
            products = [np.sum(_moved(bars, ku - row) * np.conj(columns), axis=1) for row in range(kl + ku + 1)]
            ab_bar = np.concatenate([np.zeros((kl, np.shape(ab)[1])), -np.stack(products)], axis=0)
            return None, None, ab_bar, np.reshape(b_bar, np.shape(b))

        return result, gbsv_pullback

    adjoint(routine)(gbsv_rule)


for _letter in "sdcz":
    _gbsv_of(getattr(lapack, f"{_letter}gbsv"))
