"""`numpy.linalg.norm`, `vector_norm` and `matrix_norm`, of every order.

The cotangent of a norm at zero is zero.  Where several elements (or rows, or columns) share the largest or the
smallest size, each gets an equal part, as in `np.max`; the number of nonzero elements (``ord=0``) is constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import kept_shape, normal_axes


@adjoint(np.linalg.norm)
def norm_rule(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """Vector and matrix norms, told apart as numpy does."""
    y = np.linalg.norm(x, ord, axis, keepdims)
    ndim = np.ndim(x)
    flat = axis is None and (ord is None or (ord in ("f", "fro") and ndim == 2) or (ord == 2 and ndim == 1))
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (int(axis),)
    kind = 2 if flat or (len(axes) == 2 and ord in (None, "f", "fro")) else ord
    matrix = len(axes) == 2 and not flat and kind is not None and ord not in (None, "f", "fro")

    def norm_pullback(y_bar: Any) -> Any:
        wide = kept_shape(np.shape(x), axes)
        bar, size = np.reshape(y_bar, wide), np.reshape(y, wide)
        if matrix:
            return (_matrix_bar(x, kind, axes, size, bar),)
        return (_vector_bar(x, 2 if kind is None else kind, axes, size, bar),)

    return y, norm_pullback


@adjoint(np.linalg.vector_norm)
def vector_norm_rule(x: Any, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    """As `norm_rule` over any number of axes."""
    y = np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)

    def vector_norm_pullback(y_bar: Any) -> Any:
        axes = normal_axes(axis, np.ndim(x))
        wide = kept_shape(np.shape(x), axes)
        return (_vector_bar(x, ord, axes, np.reshape(y, wide), np.reshape(y_bar, wide)),)

    return y, vector_norm_pullback


@adjoint(np.linalg.matrix_norm)
def matrix_norm_rule(x: Any, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    """As `norm_rule` over the last two axes."""
    y, norm_pullback = norm_rule(x, ord, (-2, -1), keepdims)
    return y, norm_pullback


def _vector_bar(x: Any, kind: Any, axes: tuple[int, ...], size: Any, bar: Any) -> Any:
    """The cotangent of `x` of its vector norm of order `kind` over `axes`.

    Shapes: size (the norm) and bar have 1 in place of the axes of `x` that are reduced.
    """
    if kind == 2:
        return bar * (x / _or_one(size))
    if kind == 0:
        return np.zeros(np.shape(x))
    absolute = np.abs(x)
    direction = x / _or_one(absolute)
    if kind in (np.inf, -np.inf):
        chosen = np.equal(absolute, size)
        return bar * direction * (chosen / np.maximum(np.sum(chosen, axis=axes, keepdims=True), 1))
    if kind == 1:
        return bar * direction
    # (|x| / norm) ** (p - 1), and nothing where either is 0
    ratio = np.where(np.equal(absolute, 0), 1.0, absolute) / _or_one(size)
    weight = np.where(np.equal(absolute, 0) | np.equal(size, 0), 0.0, ratio ** (kind - 1))
    return bar * direction * weight


def _or_one(size: Any) -> Any:
    """`size`, and 1 where it is 0, to divide by."""
    return np.where(np.equal(size, 0), 1.0, size)


def _matrix_bar(x: Any, kind: Any, axes: tuple[int, ...], size: Any, bar: Any) -> Any:
    """The cotangent of `x` of its matrix norm of order `kind` over `axes` (row axis, column axis)."""
    if kind in (2, -2, "nuc"):
        last = (-2, -1)
        x_bar = _singular_bar(np.moveaxis(x, axes, last), kind, np.moveaxis(bar, axes, last))
        return np.moveaxis(x_bar, last, axes)
    row_axis, column_axis = axes
    summed, other = (row_axis, column_axis) if kind in (1, -1) else (column_axis, row_axis)
    absolute = np.abs(x)
    sums = np.sum(absolute, axis=summed, keepdims=True)
    chosen = np.equal(sums, size)
    share = chosen / np.maximum(np.sum(chosen, axis=other, keepdims=True), 1)
    return bar * share * (x / _or_one(absolute))


def _singular_bar(x: Any, kind: Any, bar: Any) -> Any:
    """The cotangent of a norm that is a function of the singular values: their sum, largest or smallest.

    Shapes: x (..., m, n), bar (..., 1, 1).
    """
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    if kind == "nuc":
        weight = np.not_equal(s, 0) * 1.0
    else:
        extreme = s[..., :1] if kind > 0 else s[..., -1:]
        chosen = np.equal(s, extreme) & np.not_equal(s, 0)
        weight = chosen / np.maximum(np.sum(chosen, axis=-1, keepdims=True), 1)
    return bar * np.matmul(u * np.expand_dims(weight, -2), vh)
