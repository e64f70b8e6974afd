"""The reductions that leave NaN out: `nansum`, `nanprod`, `nanmax`, `nanmin`, `nanmean`, `nanvar`, `nanstd`, ...

Each is the plain reduction with a mask, the elements that are NaN; nothing flows to those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import keep, masked, project, truncates
from bytegrad.rules.numpy.cumulative import cumulation
from bytegrad.rules.numpy.kinks import quotient, slope_or_zero
from bytegrad.rules.numpy.reductions import NO_VALUE, reduction
from bytegrad.rules.numpy.structure import narrows

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]


def without_nan(a: Any, neutral: float) -> Any:
    """`a` as an array with `neutral` in place of NaN."""
    array = np.asarray(a)
    return np.where(np.isnan(array), neutral, array)


def nan_reduction(
    ufunc: np.ufunc, neutral: float, a: Any, y: Any, axis: Any, initial: Any, where: Any
) -> Callable[[Any], tuple[Any, Any]]:
    """The pullback of a reduction of `a` that takes `neutral` for NaN, to ``(a_bar, initial_bar)``."""
    pullback = reduction(ufunc, without_nan(a, neutral), y, axis, initial, where)

    def nan_reduction_pullback(y_bar: Any) -> tuple[Any, Any]:
        a_bar, initial_bar = pullback(y_bar)
        return None if a_bar is None else project(masked(a_bar, ~np.isnan(a)), a), initial_bar

    return nan_reduction_pullback


def _declare_total(target: Callable[..., Any], ufunc: np.ufunc, neutral: float) -> None:
    @adjoint(target)
    def total_rule(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = NO_VALUE,
        where: Any = True,
    ) -> Answer:
        y = target(a, axis, dtype, None, keepdims, initial, where)
        pullback = nan_reduction(ufunc, neutral, a, y, axis, initial, where)

        def total_pullback(y_bar: Any) -> tuple[Any, ...]:
            a_bar, initial_bar = pullback(y_bar)
            return a_bar, None, None, None, None, initial_bar

        return y, total_pullback


_declare_total(np.nansum, np.add, 0)
_declare_total(np.nanprod, np.multiply, 1)


def _declare_extremum(target: Callable[..., Any], ufunc: np.ufunc) -> None:
    @adjoint(target)
    def extremum_rule(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = NO_VALUE,
        where: Any = True,
    ) -> Answer:
        y = target(a, axis, None, keepdims, initial, where)
        pullback = reduction(ufunc, a, y, axis, initial, where)

        def extremum_pullback(y_bar: Any) -> tuple[Any, ...]:
            a_bar, initial_bar = pullback(y_bar)
            return a_bar, None, None, None, initial_bar

        return y, extremum_pullback


# No element equals NaN, so none of those gets a share; nothing at all does if there is no other.
_declare_extremum(np.nanmax, np.fmax)
_declare_extremum(np.nanmin, np.fmin)


def present(a: Any, where: Any) -> Any:
    """The mask of the elements that a NaN reduction takes in."""
    return ~np.isnan(a) & where


@adjoint(np.nanmean)
def nanmean_rule(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, where: Any = True
) -> Answer:
    """Each element that is not NaN gets an equal part of the cotangent."""
    y = np.nanmean(a, axis, dtype, None, keepdims, where=where)

    def nanmean_pullback(y_bar: Any) -> tuple[Any, ...]:
        if truncates(a, y):
            return (None,)
        mask = present(a, where)
        part = quotient(keep(y_bar, np.shape(a), axis), np.sum(mask, axis=axis, keepdims=True))
        return (project(masked(part, mask), a),)

    return y, nanmean_pullback


@adjoint(np.nanvar)
def nanvar_rule(  # noqa: PLR0913, PLR0917 - they are numpy's
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = NO_VALUE,
    correction: Any = NO_VALUE,
) -> Any:
    """Twice the deviation over the degrees of freedom, of the elements that are not NaN."""
    if narrows(a, dtype):
        return NotImplemented
    y = np.nanvar(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    return y, nan_variance(a, y, axis, where, mean, ddof, correction)


@adjoint(np.nanstd)
def nanstd_rule(  # noqa: PLR0913, PLR0917 - they are numpy's
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = NO_VALUE,
    correction: Any = NO_VALUE,
) -> Any:
    """The square root of `np.nanvar`; 0 where the deviation is 0."""
    if narrows(a, dtype):
        return NotImplemented
    y = np.nanstd(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    pullback = nan_variance(a, y * y, axis, where, mean, ddof, correction)

    def nanstd_pullback(y_bar: Any) -> tuple[Any, ...]:
        return pullback(y_bar * slope_or_zero(0.5, y))

    return y, nanstd_pullback


def nan_variance(a: Any, y: Any, axis: Any, where: Any, mean: Any, ddof: Any, correction: Any) -> Pullback:
    """The pullback of ``y = np.nanvar(a, ...)``, aligned with the parameters of `nanvar_rule`."""
    freedom = ddof if correction is NO_VALUE else correction

    def nan_variance_pullback(y_bar: Any) -> tuple[Any, ...]:
        if truncates(a, y):
            return (None,)
        mask = present(a, where)
        values = np.where(mask, a, 0)
        count = np.sum(mask, axis=axis, keepdims=True)
        kept_bar = keep(y_bar, np.shape(a), axis)
        centre = quotient(np.sum(values, axis=axis, keepdims=True), count) if mean is NO_VALUE else np.asarray(mean)
        spread_bar = masked(2 * (values - centre) * (kept_bar / (count - freedom)), mask)
        mean_bar = None if mean is NO_VALUE else project(-spread_bar, mean)
        freedom_bar = project(kept_bar * keep(y, np.shape(a), axis) / (count - freedom), freedom)
        ddof_bar, correction_bar = (freedom_bar, None) if correction is NO_VALUE else (None, freedom_bar)
        return project(spread_bar, a), None, None, None, ddof_bar, None, None, mean_bar, correction_bar

    return nan_variance_pullback


def _declare_cumulation(target: Callable[..., Any], ufunc: np.ufunc, neutral: float) -> None:
    @adjoint(target)
    def cumulation_rule(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Answer:
        y = target(a, axis, dtype)
        pullback = cumulation(ufunc, without_nan(a, neutral), y, axis)

        def cumulation_pullback(y_bar: Any) -> tuple[Any, ...]:
            (a_bar,) = pullback(y_bar)
            return (None if a_bar is None else project(masked(a_bar, ~np.isnan(a)), a),)

        return y, cumulation_pullback


_declare_cumulation(np.nancumsum, np.add, 0)
_declare_cumulation(np.nancumprod, np.multiply, 1)
