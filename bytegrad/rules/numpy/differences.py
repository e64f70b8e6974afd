"""Differences of neighbours and sums of them: `diff`, `ediff1d`, `trapezoid`, `unwrap`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import project
from bytegrad.rules.numpy.reductions import NO_VALUE

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]


def transposed_diff(y_bar: Any, axis: int) -> Any:
    """The transpose of ``np.diff(a, axis=axis)``: minus the differences of the cotangent between zeros.

    >>> transposed_diff(np.array([1.0, 10.0]), 0)
    array([-1., -9., 10.])
    """
    return -np.diff(y_bar, axis=axis, prepend=0, append=0)


@adjoint(np.diff)
def diff_rule(a: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE) -> Answer:
    """The cotangents of the differences, differenced as often; the ends go to `prepend` and `append`."""
    y = np.diff(a, n, axis, prepend, append)

    def diff_pullback(y_bar: Any) -> tuple[Any, ...]:
        if n == 0:
            return (project(y_bar, a),)
        start = 0 if prepend is NO_VALUE else _extent(prepend, axis)
        stop = start + np.shape(a)[axis]
        length = stop + (0 if append is NO_VALUE else _extent(append, axis))
        for _ in range(min(n, length)):
            y_bar = transposed_diff(y_bar, axis)
        rows = np.moveaxis(y_bar, axis, 0)[:length]
        prepend_bar, a_bar, append_bar = (np.moveaxis(part, 0, axis) for part in np.split(rows, [start, stop]))
        return (
            project(a_bar, a),
            None,
            None,
            None if prepend is NO_VALUE else project(prepend_bar, prepend),
            None if append is NO_VALUE else project(append_bar, append),
        )

    return y, diff_pullback


def _extent(end: Any, axis: int) -> int:
    """How many rows `prepend` or `append` adds along `axis`."""
    return int(np.shape(end)[axis]) if np.ndim(end) else 1


@adjoint(np.ediff1d)
def ediff1d_rule(ary: Any, to_end: Any = None, to_begin: Any = None) -> Answer:
    """The differences of the raveled array, between `to_begin` and `to_end`."""
    y = np.ediff1d(ary, to_end, to_begin)

    def ediff1d_pullback(y_bar: Any) -> tuple[Any, ...]:
        start = 0 if to_begin is None else np.size(to_begin)
        stop = len(y_bar) - (0 if to_end is None else np.size(to_end))
        begin_bar, differences_bar, end_bar = np.split(y_bar, [start, stop])
        flat_bar = transposed_diff(differences_bar, 0) if np.size(ary) else np.zeros(0)
        return (
            project(np.reshape(flat_bar, np.shape(ary)), ary),
            None if to_end is None else project(np.reshape(end_bar, np.shape(to_end)), to_end),
            None if to_begin is None else project(np.reshape(begin_bar, np.shape(to_begin)), to_begin),
        )

    return y, ediff1d_pullback


@adjoint(np.trapezoid)
def trapezoid_rule(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Answer:
    """Each value gets half the widths next to it, each abscissa the mean height before less that behind."""
    area = np.trapezoid(y, x, dx, axis)

    def trapezoid_pullback(area_bar: Any) -> tuple[Any, ...]:
        heights = np.moveaxis(np.asarray(y), axis, -1)
        means = (heights[..., 1:] + heights[..., :-1]) / 2
        width = np.asarray(dx) if x is None else np.moveaxis(_widths(x, axis, np.ndim(y)), axis, -1)
        bar = np.expand_dims(area_bar, -1)
        half = np.broadcast_to(bar * np.conjugate(width) / 2, np.broadcast_shapes(means.shape, width.shape))
        zero = np.zeros_like(half[..., :1])
        heights_bar = np.concatenate([half, zero], axis=-1) + np.concatenate([zero, half], axis=-1)
        y_bar = project(np.moveaxis(heights_bar, -1, axis), y)
        width_bar = bar * np.conjugate(means)
        if x is None:
            return y_bar, None, project(width_bar, dx)
        return y_bar, project(_widths_transposed(width_bar, x, axis), x)

    return area, trapezoid_pullback


def _widths(x: Any, axis: int, ndim: int) -> Any:
    """The differences of the abscissae, in a shape that broadcasts along `axis` of `ndim` axes."""
    if np.ndim(x) != 1:
        return np.diff(x, axis=axis)
    return np.reshape(np.diff(x), [-1 if i == axis % ndim else 1 for i in range(ndim)])


def _widths_transposed(width_bar: Any, x: Any, axis: int) -> Any:
    """The cotangent of `x` from that of its widths, which has `axis` last."""
    if np.ndim(x) == 1:
        return transposed_diff(np.sum(width_bar, axis=tuple(range(np.ndim(width_bar) - 1))), 0)
    return np.moveaxis(transposed_diff(width_bar, -1), -1, axis)


@adjoint(np.unwrap)
def unwrap_rule(p: Any, discont: Any = None, axis: int = -1, period: Any = 2 * np.pi) -> Answer:
    """Adds whole periods, and how many is constant between jumps."""
    y = np.unwrap(p, discont, axis, period=period)

    def unwrap_pullback(y_bar: Any) -> tuple[Any, ...]:
        turns = np.round((y - p) / period)
        return project(y_bar, p), None, None, project(y_bar * turns, period)

    return y, unwrap_pullback
