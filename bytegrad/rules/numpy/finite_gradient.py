"""`np.gradient`, in the values and in the spacings.

With d the distances of neighbours and q the slopes between them, the result is ``(d2 q1 + d1 q2) / (d1 + d2)``
inside and q at the ends, or, with ``edge_order=2``, ``((2 d1 + d2) q1 - d1 q2) / (d1 + d2)``.  numpy forgets all
distances but one where they are equal; the value is the same, the derivative in the distances is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import normal_axes, project
from bytegrad.rules.numpy.differences import transposed_diff
from bytegrad.rules.numpy.structure import any_complex

Pullback = Callable[[Any], tuple[Any, ...]]


@adjoint(np.gradient)
def gradient_rule(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """One cotangent for `f` and one for each spacing, a number or the coordinates along an axis, if they are real."""
    if any_complex(varargs):
        return NotImplemented
    y = np.gradient(f, *varargs, axis=axis, edge_order=edge_order)

    def gradient_pullback(y_bar: Any) -> tuple[Any, ...]:
        axes = listed_axes(axis, np.ndim(f))
        y_bars = y_bar if isinstance(y, tuple | list) else [y_bar]
        shared = len(varargs) == 1 and np.ndim(varargs[0]) == 0
        spacings = varargs * len(axes) if shared else varargs or (1.0,) * len(axes)
        f_bar: Any = 0
        spacing_bars: list[Any] = []
        for place, spacing, slope_bar in zip(axes, spacings, y_bars, strict=True):
            if slope_bar is None:
                spacing_bars.append(None)
                continue
            part, spacing_bar = _along(f, spacing, place, edge_order, slope_bar)
            f_bar = f_bar + part
            spacing_bars.append(spacing_bar)
        f_bar = project(np.broadcast_to(f_bar, np.shape(f)), f)
        if shared:
            shared_bar = sum(bar for bar in spacing_bars if bar is not None)
            return f_bar, project(shared_bar, varargs[0])
        return (f_bar, *(None if bar is None else project(bar, x) for bar, x in zip(spacing_bars, varargs)))  # noqa: B905

    return y, gradient_pullback


def listed_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes of the results, in the order of the results."""
    if axis is None:
        return normal_axes(None, ndim)
    return tuple(int(i) % ndim for i in (axis if isinstance(axis, tuple | list) else (axis,)))


def _along(f: Any, spacing: Any, axis: int, edge_order: int, slope_bar: Any) -> tuple[Any, Any]:
    """The cotangents of `f` and of `spacing` from that of the gradient along `axis`."""
    rows, g = np.moveaxis(np.asarray(f), axis, 0), np.moveaxis(slope_bar, axis, 0)
    rises = np.diff(rows, axis=0)
    column = (-1,) + (1,) * (rows.ndim - 1)
    steps = np.diff(np.asarray(spacing)) if np.ndim(spacing) else np.broadcast_to(spacing, len(rises))
    d = np.reshape(steps, column) * 1.0
    q = rises / d
    q_bar, d_bar = _inside(d, q, g)
    for edge in (_edge(d, q, g, edge_order), _mirrored(_edge(d[::-1], q[::-1], g[::-1], edge_order))):
        q_bar, d_bar = q_bar + edge[0], d_bar + edge[1]
    rises_bar = q_bar / d
    d_bar = np.real(d_bar - np.conjugate(q) * rises_bar)
    steps_bar = np.sum(d_bar, axis=tuple(range(1, d_bar.ndim)))
    f_bar = np.moveaxis(transposed_diff(rises_bar, 0), 0, axis)
    return f_bar, transposed_diff(steps_bar, 0) if np.ndim(spacing) else np.sum(steps_bar)


def _inside(d: Any, q: Any, g: Any) -> tuple[Any, Any]:
    """The cotangents of q and d, by all points but the two ends.  Shapes: d (n-1, 1, ...); q, results (n-1, ...)."""
    before, behind, inner = d[:-1], d[1:], g[1:-1]
    total = before + behind
    slope = (behind * q[:-1] + before * q[1:]) / total
    q_bar = _pushed(behind / total * inner, 0, 1) + _pushed(before / total * inner, 1, 0)
    by_before = np.conjugate((q[1:] - slope) / total) * inner
    by_behind = np.conjugate((q[:-1] - slope) / total) * inner
    return q_bar, _pushed(by_before, 0, 1) + _pushed(by_behind, 1, 0)


def _edge(d: Any, q: Any, g: Any, edge_order: int) -> tuple[Any, Any]:
    """The cotangents of q and d, by the first point."""
    first, n = g[:1], len(q)
    if edge_order == 1:
        return _pushed(first, 0, n - 1), _pushed(0 * first, 0, n - 1)
    near, far = d[:1], d[1:2]
    total = near + far
    slope = ((2 * near + far) * q[:1] - near * q[1:2]) / total
    q_bar = _pushed((2 * near + far) / total * first, 0, n - 1) - _pushed(near / total * first, 1, n - 2)
    by_near = np.conjugate((2 * q[:1] - q[1:2] - slope) / total) * first
    by_far = np.conjugate((q[:1] - slope) / total) * first
    return q_bar, _pushed(by_near, 0, n - 1) + _pushed(by_far, 1, n - 2)


def _mirrored(edge: tuple[Any, Any]) -> tuple[Any, Any]:
    return edge[0][::-1], edge[1][::-1]


def _pushed(rows: Any, before: int, behind: int) -> Any:
    """`rows` with that many rows of zeros before and behind."""
    zeros = np.zeros((before + behind, *np.shape(rows)[1:]))
    return np.concatenate([zeros[:before], rows, zeros[before:]])


non_differentiable(listed_axes)
