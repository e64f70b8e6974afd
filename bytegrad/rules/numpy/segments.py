"""Pullbacks of `ufunc.reduceat`: one reduction for each segment, and segments may overlap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.broadcast import as_number_of, project, truncates
from bytegrad.rules.numpy.folds import KERNELS, Fold, add_kernel, is_left_fold, reduced_cotangents
from bytegrad.rules.numpy.gather import scatter_add


def reduceat_pullback(ufunc: np.ufunc, array: Any, indices: Any, y: Any, axis: int) -> Callable[[Any], tuple[Any, ...]]:
    """The pullback of ``y = ufunc.reduceat(array, indices, axis)`` to ``(array_bar,)``."""

    def pullback(y_bar: Any) -> tuple[Any, ...]:
        if truncates(array, y):
            return (None,)
        a = np.asarray(array)
        rows, results, results_bar = np.moveaxis(a, axis, 0), np.moveaxis(y, axis, 0), np.moveaxis(y_bar, axis, 0)
        spans = segments(indices, len(rows))
        if KERNELS.get(ufunc) is add_kernel:
            parts_bar = np.repeat(results_bar, [stop - start for start, stop in spans], axis=0)
        else:
            rows = rows * 1.0 if rows.dtype.kind in "iub" else rows
            parts_bar = np.concatenate(
                [
                    _segment_bar(ufunc, rows[start:stop], results[i : i + 1], results_bar[i : i + 1])
                    for i, (start, stop) in enumerate(spans)
                ]
                or [rows[:0]]
            )
        members = np.concatenate([np.arange(start, stop) for start, stop in spans] or [np.arange(0)])
        rows_bar = scatter_add(rows.shape, members, as_number_of(parts_bar, a))
        return (project(np.moveaxis(rows_bar, 0, axis), array), None)

    return pullback


def segments(indices: Any, n: int) -> list[tuple[int, int]]:
    """The bounds of the segments that `reduceat` reduces, for an axis of length `n`.

    >>> segments([0, 3, 1], 5)
    [(0, 3), (3, 4), (1, 5)]
    """
    starts = [int(i) for i in np.asarray(indices)]
    ends = [*starts[1:], n][: len(starts)]
    return [(start, end if end > start else start + 1) for start, end in zip(starts, ends, strict=True)]


def folds_segments(ufunc: np.ufunc, array: Any, indices: Any, y: Any, axis: int) -> bool:
    """Whether each segment of ``y = ufunc.reduceat(array, indices, axis)`` is a left fold: see `folds.is_left_fold`."""
    rows, results = np.moveaxis(np.asarray(array), axis, 0), np.moveaxis(y, axis, 0)
    spans = segments(indices, len(rows))
    return all(is_left_fold(ufunc, rows[start:stop], results[i]) for i, (start, stop) in enumerate(spans))


def _segment_bar(ufunc: np.ufunc, a: Any, y: Any, y_bar: Any) -> Any:
    """The cotangent of one segment.  Shapes: a (n, ...); y, y_bar (1, ...) -> (n, ...)."""
    a_bar, _ = reduced_cotangents(Fold(ufunc, a, y, (0,), True, None), y_bar)
    return np.broadcast_to(a_bar, a.shape)


non_differentiable(segments, folds_segments)
