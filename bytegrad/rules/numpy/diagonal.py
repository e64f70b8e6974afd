"""Diagonals and triangles: `diag`, `diagonal`, `diagflat`, `trace`, `tril`, `triu`."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import moved


@adjoint(np.tril)
def tril_rule(m: Any, k: Any = 0) -> Any:
    """Zero above the diagonal."""
    return _triangle(np.tril, m, k)


@adjoint(np.triu)
def triu_rule(m: Any, k: Any = 0) -> Any:
    """Zero below the diagonal."""
    return _triangle(np.triu, m, k)


def _triangle(target: Any, m: Any, k: Any) -> Any:
    if np.ndim(m) < 2:  # a vector is broadcast to a matrix first
        return moved(target, m, k)

    def triangle_pullback(y_bar: Any) -> Any:
        return (target(y_bar, k),)

    return target(m, k), triangle_pullback


@adjoint(np.diag)
def diag_rule(v: Any, k: Any = 0) -> Any:
    """A vector gets the diagonal; a matrix gets the vector on its diagonal."""
    if np.ndim(v) != 1:
        return moved(np.diag, v, k)

    def diag_pullback(y_bar: Any) -> Any:
        return (np.diagonal(y_bar, k),)

    return np.diag(v, k), diag_pullback


@adjoint(np.diagflat)
def diagflat_rule(v: Any, k: Any = 0) -> Any:
    """The diagonal, in the shape of `v`."""
    shape = np.shape(v)

    def diagflat_pullback(y_bar: Any) -> Any:
        return (np.reshape(np.diagonal(y_bar, k), shape),)

    return np.diagflat(v, k), diagflat_pullback


@adjoint(np.diagonal)
def diagonal_rule(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """Zero off the diagonal."""
    return moved(np.diagonal, a, offset, axis1, axis2)


@adjoint(np.linalg.diagonal)
def linalg_diagonal_rule(x: Any, *, offset: Any = 0) -> Any:
    """Zero off the diagonal."""
    return moved(np.linalg.diagonal, x, offset=offset)


@adjoint(np.trace)
def trace_rule(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None) -> Any:
    """The cotangent on all of the diagonal, zero elsewhere."""
    y = np.trace(a, offset, axis1, axis2, dtype)

    shape = np.shape(a)

    def trace_pullback(y_bar: Any) -> Any:
        return (_on_diagonal(y_bar, shape, offset, axis1, axis2),)

    return y, trace_pullback


@adjoint(np.linalg.trace)
def linalg_trace_rule(x: Any, *, offset: Any = 0, dtype: Any = None) -> Any:
    """The cotangent on all of the diagonal, zero elsewhere."""
    y = np.linalg.trace(x, offset=offset, dtype=dtype)

    shape = np.shape(x)

    def linalg_trace_pullback(y_bar: Any) -> Any:
        return (_on_diagonal(y_bar, shape, offset, -2, -1),)

    return y, linalg_trace_pullback


def _on_diagonal(y_bar: Any, shape: Any, offset: Any, axis1: Any, axis2: Any) -> Any:
    """An array of `shape` with `y_bar` on each element of the given diagonals, zero elsewhere."""
    axis1, axis2 = axis1 % len(shape), axis2 % len(shape)
    # A mask of the diagonal, with axes only where the matrices are.
    mask = np.eye(shape[axis1], shape[axis2], offset, dtype=bool)
    others = tuple(axis for axis in range(len(shape)) if axis not in (axis1, axis2))
    mask = np.expand_dims(mask if axis1 < axis2 else mask.T, others)
    return np.where(mask, np.expand_dims(y_bar, (axis1, axis2)), 0.0)
