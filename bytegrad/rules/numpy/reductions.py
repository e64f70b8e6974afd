"""The pullback of a reduction, whatever function or method asked for it: masks, `initial=`, dtypes, axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.broadcast import (
    as_number_of,
    keep,
    kind_of,
    masked,
    normal_axes,
    project,
    spread,
    truncates,
    unreduce,
)
from bytegrad.rules.numpy.folds import KERNELS, NEUTRAL, Fold, is_left_fold, reduced_cotangents

NO_VALUE = np._NoValue
Pair = Callable[[Any], tuple[Any, Any]]


def reduction(ufunc: np.ufunc, array: Any, y: Any, axis: Any, initial: Any, where: Any) -> Pair:
    """The pullback of ``y = ufunc.reduce(array, axis, ...)`` to ``(array_bar, initial_bar)``.

    `initial` is None or `NO_VALUE` if there is none.
    """
    if initial is NO_VALUE:
        initial = None

    def reduction_pullback(y_bar: Any) -> tuple[Any, Any]:
        if truncates(array, y):
            return None, None
        if ufunc is np.add and where is True and initial is None:
            return unreduce(y_bar, array, axis), None
        a = _operand(array, y)
        kept_y = keep(y, a.shape, axis)
        fold = Fold(ufunc, _neutralised(ufunc, a, where), kept_y, normal_axes(axis, a.ndim), where, initial)
        a_bar, initial_bar = reduced_cotangents(fold, keep(y_bar, a.shape, axis))
        a_bar = spread(masked(as_number_of(a_bar, np.asarray(array)), where), a.shape)
        return project(a_bar, array), None if initial is None else project(initial_bar, initial)

    return reduction_pullback


def declines(ufunc: np.ufunc, where: Any) -> bool:
    """Whether masked elements of a reduction cannot be left out because the ufunc has no neutral operand."""
    return where is not True and where is not NO_VALUE and ufunc not in KERNELS and ufunc not in NEUTRAL


def folds(ufunc: np.ufunc, array: Any, y: Any, axis: Any, initial: Any, where: Any) -> bool:
    """Whether ``y = ufunc.reduce(array, axis, ...)`` is a left fold: see `is_left_fold`."""
    if ufunc in KERNELS:
        return True
    a = _neutralised(ufunc, np.asarray(array), where)
    axes = normal_axes(axis, a.ndim)
    rows = np.moveaxis(a, axes, range(len(axes))).reshape(-1, *np.delete(a.shape, axes))
    if initial is not NO_VALUE and initial is not None:
        rows = np.concatenate([np.broadcast_to(initial, (1, *rows.shape[1:])), rows])
    return is_left_fold(ufunc, rows, np.reshape(y, rows.shape[1:]))


def _operand(array: Any, y: Any) -> Any:
    """The elements as the reduction saw them: floating, and complex if and only if the result is."""
    a = np.asarray(array)
    if a.dtype.kind in "iub":
        a = a * 1.0
    if a.dtype.kind == "c" and kind_of(y) == "f":
        a = np.real(a)
    return a.astype(np.result_type(y)) if np.iscomplexobj(y) and not np.iscomplexobj(a) else a


def _neutralised(ufunc: np.ufunc, a: Any, where: Any) -> Any:
    return np.where(where, a, NEUTRAL[ufunc]) if where is not True and ufunc in NEUTRAL else a


non_differentiable(declines, folds)
