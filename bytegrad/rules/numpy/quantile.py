"""`median`, `quantile`, `percentile` and their NaN forms: weighted order statistics, by every method of numpy's.

A quantile lies at some position between 0 and n - 1 in the sorted sample; the cotangent goes to the elements that
sorting puts around it.  Where those are equal to others, the ones that a stable sort puts there get it.
Source: Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import normal_axes, project, weigh
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.numpy.reduce import aligned

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]

# alpha and beta of the methods whose result varies with q: the position is n*q + alpha + q*(1 - alpha - beta) - 1.
CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def columns(a: Any, axis: Any) -> Any:
    """`a` with the reduced axes joined in front and the others joined behind.  Shapes: -> (n, m)."""
    a = np.asarray(a)
    axes = normal_axes(axis, a.ndim)
    n = math.prod([a.shape[i] for i in axes])
    return np.reshape(np.moveaxis(a, axes, range(len(axes))), (n, a.size // n if n else 0))


def uncolumns(rows: Any, a: Any, axis: Any) -> Any:
    """The inverse of `columns` for cotangents of `a`."""
    shape = np.shape(a)
    axes = normal_axes(axis, len(shape))
    others = [n for i, n in enumerate(shape) if i not in axes]
    unjoined = np.reshape(rows, [*(shape[i] for i in axes), *others])
    return project(np.moveaxis(unjoined, range(len(axes)), axes), a)


def positions(counts: Any, q: Any, method: Any) -> Any:
    """Where the quantiles `q` of samples of the sizes `counts` lie.  Shapes: counts (m,), q (k,) -> (k, m).

    That is the quantile of the numbers 0, 1, 2, ..., whatever the method.
    """
    places = np.zeros((len(q), len(counts)))
    for n in np.unique(counts):
        if n > 0:
            of_size = np.quantile(np.arange(float(n)), q, method=method)
            places[:, counts == n] = of_size[:, None]
    return places


def slopes_in_q(counts: Any, q: Any, method: str) -> Any:
    """How fast `positions` move with `q`: 0 for the methods that jump and beyond the ends."""
    if method not in CONTINUOUS:
        return np.zeros((len(q), len(counts)))
    alpha, beta = CONTINUOUS[method]
    fraction = q[:, None]
    place = counts * fraction + alpha + fraction * (1 - alpha - beta) - 1
    return np.where((place >= 0) & (place < counts - 1), counts + 1 - alpha - beta, 0.0)


def held(q: Any) -> Any:
    """`q` as a constant."""
    return np.array(q)


def order_statistics(a: Any, q: Any, axis: Any, method: str, skips_nan: bool, y_bar: Any) -> tuple[Any, Any]:
    """The cotangents of `a` and of the quantiles `q`, an array.

    Samples with NaN are skipped, or with `skips_nan` the NaN in them.  Shapes: y_bar is q.shape followed by the shape
    that is left of `a`, with axes of length 1 or without them.
    """
    rows = columns(a, axis)
    rows_bar = np.reshape(y_bar, (np.size(q), rows.shape[1]))
    if rows.size == 0:
        return None, None
    counts = np.sum(~np.isnan(rows), axis=0)
    rows_bar = np.where(counts > 0 if skips_nan else counts == len(rows), rows_bar, 0)
    flat_q = np.ravel(q)
    slopes = slopes_in_q(counts, flat_q, method)
    place = positions(counts, flat_q, method)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    order = np.argsort(rows, axis=0, kind="stable")
    column = np.arange(rows.shape[1])
    lower, upper = order[low, column], order[high, column]
    # The second term is 0; it is what makes the cotangent of `a` vary with q.
    fraction = place - low + slopes * (flat_q - held(flat_q))[:, None]
    total = scatter_add(rows.shape, (lower, column), rows_bar * (1 - fraction))
    total = total + scatter_add(rows.shape, (upper, column), rows_bar * fraction)
    q_bar = weigh(rows_bar, (rows[upper, column] - rows[lower, column]) * slopes)
    return uncolumns(total, a, axis), np.reshape(np.sum(q_bar, axis=1), np.shape(q))


def chosen_elements(a: Any, weights: Any, axis: Any, y: Any, y_bar: Any) -> Any:
    """The cotangent of `a` for weighted quantiles, each of which is an element; equal elements share evenly."""
    rows = columns(a, axis)
    heavy = columns(np.broadcast_to(aligned(weights, np.shape(a), axis), np.shape(a)), axis) > 0
    if rows.size == 0:
        return None
    values = np.reshape(y, (-1, 1, rows.shape[1]))
    chosen = np.equal(rows, values) & heavy
    count = np.maximum(np.sum(chosen, axis=1, keepdims=True), 1)
    return uncolumns(np.sum(np.reshape(y_bar, values.shape) * (chosen / count), axis=0), a, axis)


def _declare_quantile(target: Callable[..., Any], per_unit: float, skips_nan: bool) -> None:
    @adjoint(target)
    def quantile_rule(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        weights: Any = None,
    ) -> Any:
        if overwrite_input:
            return NotImplemented
        y = target(a, q, axis, None, False, method, keepdims, weights=weights)

        def quantile_pullback(y_bar: Any) -> tuple[Any, ...]:
            if weights is not None:
                return chosen_elements(a, weights, axis, y, y_bar), None
            fractions = np.asarray(q) / per_unit
            a_bar, q_bar = order_statistics(a, fractions, axis, method, skips_nan, y_bar)
            return a_bar, None if q_bar is None else project(q_bar / per_unit, q)

        return y, quantile_pullback


_declare_quantile(np.quantile, 1, skips_nan=False)
_declare_quantile(np.nanquantile, 1, skips_nan=True)
_declare_quantile(np.percentile, 100, skips_nan=False)
_declare_quantile(np.nanpercentile, 100, skips_nan=True)


def _declare_median(target: Callable[..., Any], skips_nan: bool) -> None:
    @adjoint(target)
    def median_rule(
        a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
    ) -> Any:
        if overwrite_input:
            return NotImplemented
        y = target(a, axis, None, False, keepdims)

        def median_pullback(y_bar: Any) -> tuple[Any, ...]:
            a_bar, _ = order_statistics(a, np.asarray(0.5), axis, "linear", skips_nan, y_bar)
            return (a_bar,)

        return y, median_pullback


_declare_median(np.median, skips_nan=False)
_declare_median(np.nanmedian, skips_nan=True)

non_differentiable(positions, slopes_in_q, held)
