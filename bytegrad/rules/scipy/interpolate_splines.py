"""B-splines of `scipy.interpolate`, and the banded systems by which they are fitted.

Moving a knot changes a spline by a spline in which this knot is doubled: its coefficients are the differences of the
original ones divided by the widths of their knots.
Source: L. L. Schumaker, "Spline Functions: Basic Theory", Cambridge (2007), section 4.8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.interpolate import _dierckx
from scipy.linalg import lapack

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.structure import adjoint_matrix
from bytegrad.rules.scipy.linalg_structured import band_of, dense
from bytegrad.rules.scipy.refusal import refused

non_differentiable(_dierckx.find_interval)


def _knot_bar(t: Any, c: Any, k: int, xp: Any, nu: int, bar: Any) -> Any:
    """The cotangent of the knots from that of the values of the splines with coefficients `c` at `xp`.

    Shapes: t (n + k + 1,), c (n, m), xp (r,), bar (r, m) -> (n + k + 1,).
    """
    n, m = np.shape(c)
    edge = np.zeros((1, m))
    rises = np.concatenate([c, edge]) - np.concatenate([edge, c])
    widths = np.expand_dims(t[k : n + k + 1] - t[: n + 1], 1)
    single = np.equal(widths, 0)
    slopes = np.where(single, 0.0, -rises / np.where(single, 1.0, widths))
    number = np.expand_dims(np.arange(n + 1), 1)
    bars = []
    for j in range(n + k + 1):
        moved = np.where((number >= j - k) & (number <= j), slopes, 0.0)
        doubled = np.concatenate([t[: j + 1], t[j:]])
        if j >= n:  # of one more knot at the end there is nothing inside
            doubled, moved = doubled[:-1], moved[:-1]
        bars.append(np.sum(bar * _dierckx.evaluate_spline(doubled, np.ascontiguousarray(moved), k, xp, nu, True)))
    return np.stack(bars)


@adjoint(_dierckx.evaluate_spline)
def evaluate_spline_rule(
    t: Any, c: Any, k: Any, xp: Any, nu: Any, extrapolate: Any, *, active: Any = (True,) * 6
) -> Any:
    """Linear in the coefficients. Shapes: t (n + k + 1,), c (n, m), xp (r,), result (r, m)."""
    y = _dierckx.evaluate_spline(t, c, k, xp, nu, extrapolate)
    outside = np.isnan(y)

    def evaluate_spline_pullback(y_bar: Any) -> Any:
        bar = np.where(outside, 0.0, y_bar)
        t_bar = c_bar = xp_bar = None
        if active[0]:
            t_bar = _knot_bar(t, c, k, xp, nu, bar)
        if active[1]:
            basis = _dierckx.evaluate_spline(t, np.eye(np.shape(c)[0]), k, xp, nu, True)
            c_bar = np.matmul(np.transpose(basis), bar)
        if active[3] and nu < k:
            slopes = _dierckx.evaluate_spline(t, np.ascontiguousarray(c), k, xp, nu + 1, True)
            xp_bar = np.sum(bar * slopes, axis=1)
        return t_bar, c_bar, None, xp_bar, None, None

    return y, evaluate_spline_pullback


@adjoint(_dierckx.evaluate_all_bspl)
def evaluate_all_bspl_rule(t: Any, k: Any, xval: Any, m: Any, nu: Any = 0, *, active: Any = (True,) * 5) -> Any:
    """The values at one point of the B-splines that are not zero in the interval from knot `m` on."""
    y = _dierckx.evaluate_all_bspl(t, k, xval, m, nu)

    def evaluate_all_bspl_pullback(y_bar: Any) -> Any:
        count = len(t) - k - 1
        number = np.arange(count) - (m - k)
        bar = np.where((number >= 0) & (number <= k), np.take(y_bar, np.clip(number, 0, k)), 0.0)
        at, unit = np.array([xval], dtype=float), np.eye(count)
        t_bar = _knot_bar(t, unit, k, at, nu, np.expand_dims(bar, 0)) if active[0] else None
        slopes = _dierckx.evaluate_spline(t, unit, k, at, nu + 1, True)[0] if nu < k else np.zeros(count)
        return t_bar, None, np.sum(bar * slopes), None, None

    return y, evaluate_all_bspl_pullback


@adjoint(_dierckx._coloc)
def coloc_rule(x: Any, t: Any, k: Any, out: Any, *options: Any) -> Any:
    """The values of all B-splines at the nodes, in the rows of a banded matrix that are left for them.

    Shapes: x (r,), t (n + k + 1,), result (n, 3 k + 1), the transposed storage of bands.
    """
    offset = options[0] if options else 0
    n = len(t) - k - 1
    y = np.zeros((n, 3 * k + 1))
    _dierckx._coloc(x, t, k, y, *options)

    def coloc_pullback(y_bar: Any) -> Any:
        # The element in row `offset + i`, column j is y[j, 2 k + offset + i - j].
        columns = np.expand_dims(np.arange(n), 0)
        places = 2 * k + offset + np.expand_dims(np.arange(len(x)), 1) - columns
        within = (places >= 0) & (places <= 3 * k)
        bar = np.where(within, y_bar[columns, np.clip(places, 0, 3 * k)], 0.0)
        slopes = _dierckx.evaluate_spline(t, np.eye(n), k, x, 1, True)
        return np.sum(bar * slopes, axis=1), _knot_bar(t, np.eye(n), k, x, 0, bar), None

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


def _gbsv_of(routine: Any) -> None:
    """Declare the rule of LAPACK's solver of banded systems for one type of numbers."""

    def gbsv_rule(kl: Any, ku: Any, ab: Any, b: Any, overwrite_ab: Any = 0, overwrite_b: Any = 0) -> Any:
        result = routine(kl, ku, np.array(ab, order="F"), np.array(b, order="F"))

        def gbsv_pullback(result_bar: Any) -> Any:
            x_bar, x = result_bar[2], result[2]
            if x_bar is None:
                return None, None, None, None
            # The first kl rows of the storage are room for the factors.
            turned = band_of(ku, kl, adjoint_matrix(dense(kl, ku, ab[kl:])))
            padded = np.concatenate([np.zeros((ku, np.shape(ab)[1])), turned], axis=0)
            b_bar = routine(ku, kl, np.asfortranarray(padded), np.asfortranarray(x_bar))[2]
            column, bar = (np.expand_dims(x, 1), np.expand_dims(b_bar, 1)) if x.ndim == 1 else (x, b_bar)
            band_bar = band_of(kl, ku, -np.matmul(bar, adjoint_matrix(column)))
            ab_bar = np.concatenate([np.zeros((kl, np.shape(ab)[1])), band_bar], axis=0)
            return None, None, ab_bar, np.reshape(b_bar, np.shape(b))

        return result, gbsv_pullback

    adjoint(routine)(gbsv_rule)


for _letter in "sdcz":
    _gbsv_of(getattr(lapack, f"{_letter}gbsv"))
