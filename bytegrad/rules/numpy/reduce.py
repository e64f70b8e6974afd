"""`sum`, `prod`, `max`, `min`, `mean`, `var`, `std`, `ptp`, `average`, and the methods of the same names.

Parameters that numpy takes by keyword only are ordinary parameters here, so that each has its cotangent; `out` is
the engine's affair and is ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, alias, non_differentiable
from bytegrad.rules.numpy.broadcast import (
    counted,
    keep,
    kept_shape,
    masked,
    project,
    spread,
    truncates,
    unbroadcast,
    unreduce,
)
from bytegrad.rules.numpy.kinks import slope_or_zero
from bytegrad.rules.numpy.reductions import NO_VALUE, reduction
from bytegrad.rules.numpy.structure import narrows

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]


@adjoint(np.sum)
def sum_rule(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Answer:
    """Each term gets the cotangent of the sum."""
    y = np.sum(a, axis, dtype, None, keepdims, initial, where)
    pullback = reduction(np.add, a, y, axis, initial, where)

    def sum_pullback(y_bar: Any) -> tuple[Any, ...]:
        a_bar, initial_bar = pullback(y_bar)
        return a_bar, None, None, None, None, initial_bar

    return y, sum_pullback


@adjoint(np.prod)
def prod_rule(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = NO_VALUE,
    where: Any = True,
) -> Answer:
    """Each factor gets the product of the others, zeros among them or not."""
    y = np.prod(a, axis, dtype, None, keepdims, initial, where)
    pullback = reduction(np.multiply, a, y, axis, initial, where)

    def prod_pullback(y_bar: Any) -> tuple[Any, ...]:
        a_bar, initial_bar = pullback(y_bar)
        return a_bar, None, None, None, None, initial_bar

    return y, prod_pullback


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


_declare_extremum(np.max, np.maximum)
_declare_extremum(np.amax, np.maximum)
_declare_extremum(np.min, np.minimum)
_declare_extremum(np.amin, np.minimum)


@adjoint(np.ptp)
def ptp_rule(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Answer:
    """The largest less the smallest element."""
    y = np.ptp(a, axis, None, keepdims)

    def ptp_pullback(y_bar: Any) -> tuple[Any, ...]:
        from_max, _ = reduction(np.maximum, a, np.max(a, axis, keepdims=keepdims), axis, None, True)(y_bar)
        from_min, _ = reduction(np.minimum, a, np.min(a, axis, keepdims=keepdims), axis, None, True)(y_bar)
        return (project(np.subtract(from_max, from_min), a),)

    return y, ptp_pullback


@adjoint(np.mean)
def mean_rule(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, where: Any = True
) -> Answer:
    """Each element gets an equal part of the cotangent."""
    y = np.mean(a, axis, dtype, None, keepdims, where=where)

    def mean_pullback(y_bar: Any) -> tuple[Any, ...]:
        if truncates(a, y):
            return (None,)
        if where is True:
            return (unreduce(np.divide(y_bar, counted(a, axis, True)), a, axis),)
        part = np.divide(keep(y_bar, np.shape(a), axis), counted(a, axis, where))
        return (project(spread(masked(part, where), np.shape(a)), a),)

    return y, mean_pullback


@adjoint(np.var)
def var_rule(  # noqa: PLR0913, PLR0917 - they are numpy's
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
    """Twice the deviation over the degrees of freedom."""
    if narrows(a, dtype):
        return NotImplemented
    y = np.var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    pullback = variance(a, y, axis, where, mean, ddof, correction)
    return y, pullback


@adjoint(np.std)
def std_rule(  # noqa: PLR0913, PLR0917 - they are numpy's
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
    """The square root of `np.var`; 0 where the deviation is 0."""
    if narrows(a, dtype):
        return NotImplemented
    y = np.std(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    pullback = variance(a, y * y, axis, where, mean, ddof, correction)

    def std_pullback(y_bar: Any) -> tuple[Any, ...]:
        return pullback(y_bar * slope_or_zero(0.5, y))

    return y, std_pullback


def variance(a: Any, y: Any, axis: Any, where: Any, mean: Any, ddof: Any, correction: Any) -> Pullback:
    """The pullback of ``y = np.var(a, ...)``, aligned with the parameters of `var_rule`.

    The mean that `np.var` itself takes needs no cotangent, for the deviations from it add up to 0; one that the
    caller gave does.
    """
    freedom = ddof if correction is NO_VALUE else correction

    def variance_pullback(y_bar: Any) -> tuple[Any, ...]:
        if truncates(a, y):
            return (None,)
        kept_bar = keep(y_bar, np.shape(a), axis)
        centre = np.mean(a, axis, keepdims=True, where=where) if mean is NO_VALUE else np.asarray(mean)
        degrees = counted(a, axis, where) - freedom
        spread_bar = masked(2 * (a - centre) * np.divide(kept_bar, degrees), where)
        mean_bar = None if mean is NO_VALUE else project(-spread_bar, mean)
        freedom_bar = project(kept_bar * np.divide(keep(y, np.shape(a), axis), degrees), freedom)
        ddof_bar, correction_bar = (freedom_bar, None) if correction is NO_VALUE else (None, freedom_bar)
        return project(spread_bar, a), None, None, None, ddof_bar, None, None, mean_bar, correction_bar

    return variance_pullback


@adjoint(np.average)
def average_rule(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, keepdims: Any = NO_VALUE
) -> Answer:
    """The weighted mean; with `returned`, also the sum of the weights."""
    y = np.average(a, axis, weights, returned, keepdims=keepdims)

    def average_pullback(y_bar: Any) -> tuple[Any, ...]:
        value_bar, total_bar = y_bar if returned else (y_bar, None)
        shape = np.shape(a)
        value_bar = None if value_bar is None else keep(value_bar, shape, axis)
        if weights is None:
            if value_bar is None:
                return (None,)
            return (unreduce(np.divide(value_bar, counted(a, axis, True)), a, axis),)
        weight = aligned(weights, shape, axis)
        total = np.sum(np.broadcast_to(weight, shape), axis=axis, keepdims=True)
        weight_bar = 0 if total_bar is None else keep(total_bar, shape, axis)
        a_bar = None
        if value_bar is not None:
            value = keep(y[0] if returned else y, shape, axis)
            part = value_bar / np.conjugate(total)
            a_bar = project(part * np.conjugate(weight), a)
            weight_bar = weight_bar + part * np.conjugate(a - value)
        weight_bar = unbroadcast(np.broadcast_to(weight_bar, shape), weight)
        return a_bar, None, project(unaligned(weight_bar, np.shape(weights), axis), weights)

    return y, average_pullback


def aligned(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """`weights`, one for each place along `axis`, in a shape that broadcasts against an array of `shape`."""
    if np.shape(weights) == shape:
        return np.asarray(weights)
    axes = axis if isinstance(axis, tuple) else (axis,)
    in_order = np.transpose(weights, np.argsort([i % len(shape) for i in axes]))
    return np.reshape(in_order, [n if kept == 1 else 1 for n, kept in zip(shape, _reduced(shape, axis), strict=True)])


def unaligned(weight_bar: Any, weights_shape: tuple[int, ...], axis: Any) -> Any:
    """The inverse of `aligned` for weights of `weights_shape`."""
    if np.shape(weight_bar) == weights_shape:
        return weight_bar
    order = np.argsort([i % np.ndim(weight_bar) for i in (axis if isinstance(axis, tuple) else (axis,))])
    return np.transpose(np.reshape(weight_bar, [weights_shape[i] for i in order]), np.argsort(order))


def _reduced(shape: tuple[int, ...], axis: Any) -> list[int]:
    """1 for each axis that is reduced, whatever its length, else 0."""
    return list(kept_shape(tuple(0 for _ in shape), axis))


non_differentiable(_reduced)
non_differentiable(np.count_nonzero, np.all, np.any, np.fix)

for _type in (np.ndarray, np.generic):
    alias(_type.sum, np.sum)
    alias(_type.prod, np.prod)
    alias(_type.max, np.max)
    alias(_type.min, np.min)
    alias(_type.mean, np.mean)
    alias(_type.var, np.var)
    alias(_type.std, np.std)
