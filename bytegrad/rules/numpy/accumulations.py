"""Pullbacks of `ufunc.accumulate`: sums of later cotangents, or a linear recurrence running backwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.numpy.broadcast import kind_of, project, truncates
from bytegrad.rules.numpy.folds import accumulated_cotangent, divides_back


def accumulate_pullback(ufunc: np.ufunc, array: Any, y: Any, axis: int) -> Callable[[Any], tuple[Any, ...]]:
    """The pullback of ``y = ufunc.accumulate(array, axis)`` to ``(array_bar,)``."""

    def pullback(y_bar: Any) -> tuple[Any, ...]:
        if truncates(array, y):
            return (None,)
        if ufunc is np.add:
            return (project(later_sums(y_bar, axis), array),)
        a = np.asarray(array)
        if a.dtype.kind == "c" and kind_of(y) == "f":
            a = np.real(a)
        if ufunc is np.multiply and divides_back(a, y):
            return (project(later_sums(y_bar * np.conjugate(y), axis) / np.conjugate(a), array),)
        a = a.astype(float if kind_of(y) in "iub" else np.result_type(y))
        rows, states, states_bar = np.moveaxis(a, axis, 0), np.moveaxis(y, axis, 0), np.moveaxis(y_bar, axis, 0)
        rows_bar = accumulated_cotangent(ufunc, rows, states, states_bar)
        return (project(np.moveaxis(rows_bar, 0, axis), array),)

    return pullback


def later_sums(y_bar: Any, axis: int) -> Any:
    """The sum of each element of `y_bar` and those after it along `axis`: the transpose of `cumsum`.

    >>> later_sums(np.array([1.0, 2.0, 4.0]), 0)
    array([7., 6., 4.])
    """
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)
