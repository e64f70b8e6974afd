"""`numpy.linalg` without its decompositions: `inv`, `solve`, `lstsq`, `det`, `norm`, `cond`, `matrix_power`, ...

All take stacks of matrices and complex ones.  The derivative of the determinant is the adjugate, so it exists for
singular matrices too.  `pinv` and `lstsq` are differentiated at constant rank.  Of Hermitian arguments
(``hermitian=True``) numpy reads the lower triangle, and the cotangent is in the lower triangle.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.decompositions import from_lower_triangle, in_triangle
from bytegrad.rules.numpy.norms import norm_rule
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate

non_differentiable(np.linalg.matrix_rank)


def inv_forward(a: Any) -> Any:
    """``y_dot = -y @ a_dot @ y``."""
    y = np.linalg.inv(a)
    return y, lambda a_dot: -(y @ a_dot @ y)


@adjoint(np.linalg.inv, pushforward=inv_forward)
def inv_rule(a: Any) -> Any:
    """``a_bar = -y^H @ y_bar @ y^H``."""
    y = np.linalg.inv(a)

    def inv_pullback(y_bar: Any) -> Any:
        transposed = adjoint_matrix(y)
        return (-np.matmul(transposed, np.matmul(y_bar, transposed)),)

    return y, inv_pullback


def solve_forward(a: Any, b: Any) -> Any:
    """``a @ x_dot = b_dot - a_dot @ x``."""
    x = np.linalg.solve(a, b)
    return x, lambda a_dot, b_dot: np.linalg.solve(a, b_dot - a_dot @ x)


@adjoint(np.linalg.solve, pushforward=solve_forward)
def solve_rule(a: Any, b: Any) -> Any:
    """``b_bar = solve(a^H, x_bar)`` and ``a_bar = -b_bar @ x^H``."""
    x = np.linalg.solve(a, b)

    def solve_pullback(x_bar: Any) -> Any:
        if np.ndim(b) == 1:
            x_column, x_bar = np.expand_dims(x, -1), np.expand_dims(x_bar, -1)
        else:
            x_column = x
        b_bar = np.linalg.solve(adjoint_matrix(a), x_bar)
        a_bar = -np.matmul(b_bar, adjoint_matrix(x_column))
        b_bar = np.squeeze(b_bar, -1) if np.ndim(b) == 1 else b_bar
        return unbroadcast(a_bar, a), unbroadcast(b_bar, b)

    return x, solve_pullback


@adjoint(np.linalg.det)
def det_rule(a: Any) -> Any:
    """The cotangent times the cofactors, which exist for singular matrices too."""
    y = np.linalg.det(a)

    def det_pullback(y_bar: Any) -> Any:
        if np.any(np.equal(y, 0)):
            adjugate_transposed = _cofactors(a)
        else:
            adjugate_transposed = np.expand_dims(y, (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)
        return (np.expand_dims(y_bar, (-2, -1)) * conjugate(adjugate_transposed),)

    return y, det_pullback


def _cofactors(a: Any) -> Any:
    """The cofactors of square matrices, also of singular ones: determinants of minors, row by row.

    Shapes: a (..., n, n) -> (..., n, n).
    """
    n = np.shape(a)[-1]
    others = np.array([[k for k in range(n) if k != j] for j in range(n)], dtype=int).reshape(n, max(n - 1, 0))
    signs = (-1.0) ** np.arange(n)
    rows = []
    for i in range(n):
        without_row = np.take(a, others[i], axis=-2)  # (..., n - 1, n)
        minors = np.moveaxis(np.take(without_row, others, axis=-1), -2, -3)  # (..., n, n - 1, n - 1)
        rows.append(np.linalg.det(minors) * (signs[i] * signs))
    return np.stack(rows, axis=-2)


@adjoint(np.linalg.slogdet)
def slogdet_rule(a: Any) -> Any:
    """The logarithm's slope is the inverse; the sign turns with complex matrices."""
    result = np.linalg.slogdet(a)

    def slogdet_pullback(result_bar: Any) -> Any:
        sign_bar, logabsdet_bar = result_bar
        weight = 0.0 if logabsdet_bar is None else logabsdet_bar
        if sign_bar is not None and np.iscomplexobj(a):  # a real sign is constant
            weight = weight + 1j * np.imag(conjugate(result[0]) * sign_bar)
        return (np.expand_dims(weight, (-2, -1)) * adjoint_matrix(np.linalg.inv(a)),)

    return result, slogdet_pullback


@adjoint(np.linalg.pinv)
def pinv_rule(a: Any, rcond: Any = None, hermitian: Any = False, **options: Any) -> Any:
    """At constant rank."""
    y = np.linalg.pinv(a, rcond, hermitian, **options)

    def pinv_pullback(y_bar: Any) -> Any:
        if hermitian:
            return (in_triangle(pinv_bar(from_lower_triangle(a), y, y_bar), "L"),)
        return (pinv_bar(a, y, y_bar),)

    return y, pinv_pullback


def pinv_bar(a: Any, y: Any, y_bar: Any) -> Any:
    """The cotangent of `a`, of constant rank, where `y` is its pseudoinverse.

    Source: G. H. Golub, V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, eq. (4.12).
    """
    back, bar_back = adjoint_matrix(y), adjoint_matrix(y_bar)
    # Applied to bar_back rather than formed: the projections may be large.
    left = bar_back - np.matmul(a, np.matmul(y, bar_back))  # (I - a y) y_bar^H
    right = bar_back - np.matmul(np.matmul(bar_back, y), a)  # y_bar^H (I - y a)
    return (
        np.matmul(np.matmul(left, y), back)
        + np.matmul(back, np.matmul(y, right))
        - np.matmul(np.matmul(back, y_bar), back)
    )


@adjoint(np.linalg.lstsq)
def lstsq_rule(a: Any, b: Any, rcond: Any = None) -> Any:
    """Of the solution at constant rank, of the residuals and of the singular values."""
    result = np.linalg.lstsq(a, b, rcond)
    x, residuals, _, s = result

    def lstsq_pullback(result_bar: Any) -> Any:
        x_bar, residuals_bar, _, s_bar = result_bar
        a_bar, b_bar = np.zeros(np.shape(a)), np.zeros(np.shape(b))
        columns, x_columns = _as_columns(b), _as_columns(x)
        if x_bar is not None:
            cutoff = np.finfo(s.dtype).eps * max(np.shape(a)) if rcond is None else rcond
            inverse = np.linalg.pinv(a, cutoff)
            x_bar = _as_columns(x_bar)
            a_bar = a_bar + pinv_bar(a, inverse, np.matmul(x_bar, adjoint_matrix(columns)))
            b_bar = b_bar + np.reshape(np.matmul(adjoint_matrix(inverse), x_bar), np.shape(b))
        if residuals_bar is not None and residuals.size:
            error_bar = 2 * (columns - np.matmul(a, x_columns)) * residuals_bar
            a_bar = a_bar - np.matmul(error_bar, adjoint_matrix(x_columns))
            b_bar = b_bar + np.reshape(error_bar, np.shape(b))
        if s_bar is not None:
            u, _, vh = np.linalg.svd(a, full_matrices=False)
            a_bar = a_bar + np.matmul(u * s_bar, vh)
        return a_bar, b_bar

    return result, lstsq_pullback


def _as_columns(b: Any) -> Any:
    return np.expand_dims(b, -1) if np.ndim(b) == 1 else b


@adjoint(np.linalg.cond)
def cond_rule(x: Any, p: Any = None) -> Any:
    """A quotient of singular values, or the product of two norms."""
    y = np.linalg.cond(x, p)
    if p is None or p in (2, -2):
        return y, _spectral_cond_pullback(x, p)

    def cond_pullback(y_bar: Any) -> Any:
        inverse = np.linalg.inv(x)
        size, norm_pullback = norm_rule(x, p, (-2, -1))
        inverse_size, inverse_norm_pullback = norm_rule(inverse, p, (-2, -1))
        (x_bar,) = norm_pullback(y_bar * inverse_size)
        (inverse_bar,) = inverse_norm_pullback(y_bar * size)
        transposed = adjoint_matrix(inverse)
        return (x_bar - np.matmul(transposed, np.matmul(inverse_bar, transposed)),)

    return y, cond_pullback


def _spectral_cond_pullback(x: Any, p: Any) -> Any:
    """The pullback of the quotient of the largest and the smallest singular value, or its inverse for p = -2."""

    def spectral_cond_pullback(y_bar: Any) -> Any:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        top, bottom = (-1, 0) if p == -2 else (0, -1)
        zeros = np.zeros(np.shape(s)[-1])
        unit_top, unit_bottom = np.copy(zeros), np.copy(zeros)
        unit_top[top], unit_bottom[bottom] = 1.0, 1.0
        quotient = s[..., top] / s[..., bottom]
        s_bar = np.expand_dims(y_bar / s[..., bottom], -1) * (unit_top - np.expand_dims(quotient, -1) * unit_bottom)
        return (np.matmul(u * np.expand_dims(s_bar, -2), vh),)

    return spectral_cond_pullback


@adjoint(np.linalg.matrix_power)
def matrix_power_rule(a: Any, n: Any) -> Any:
    """By repeated squaring, as the power itself."""
    y = np.linalg.matrix_power(a, n)

    def matrix_power_pullback(y_bar: Any) -> Any:
        exponent = operator.index(n)
        if exponent == 0:
            return (None,)
        if exponent > 0:
            return (_power_bar(a, exponent, y_bar),)
        inverse = np.linalg.inv(a)
        transposed = adjoint_matrix(inverse)
        return (-np.matmul(transposed, np.matmul(_power_bar(inverse, -exponent, y_bar), transposed)),)

    return y, matrix_power_pullback


def _power_bar(a: Any, n: int, y_bar: Any) -> Any:
    """The cotangent of `a` of its n-th power, n > 0, as of the products in repeated squaring."""
    if n == 1:
        return y_bar
    half = np.linalg.matrix_power(a, n // 2)
    if n % 2:
        last_bar = np.matmul(adjoint_matrix(np.matmul(half, half)), y_bar)
        y_bar = np.matmul(y_bar, adjoint_matrix(a))
    else:
        last_bar = 0.0
    half_bar = np.matmul(y_bar, adjoint_matrix(half)) + np.matmul(adjoint_matrix(half), y_bar)
    return _power_bar(a, n // 2, half_bar) + last_bar


@adjoint(np.linalg.tensorinv)
def tensorinv_rule(a: Any, ind: Any = 2) -> Any:
    """As `inv_rule` of the matrix that the tensor is."""
    y = np.linalg.tensorinv(a, ind)
    shape, y_shape = np.shape(a), np.shape(y)
    size = int(np.prod(shape[ind:]))

    def tensorinv_pullback(y_bar: Any) -> Any:
        transposed = adjoint_matrix(np.reshape(y, (size, size)))
        a_bar = -np.matmul(transposed, np.matmul(np.reshape(y_bar, (size, size)), transposed))
        return (np.reshape(a_bar, shape),)

    assert int(np.prod(y_shape)) == size * size
    return y, tensorinv_pullback


@adjoint(np.linalg.tensorsolve)
def tensorsolve_rule(a: Any, b: Any, axes: Any = None) -> Any:
    """As `solve_rule` of the matrix that the tensor is."""
    x = np.linalg.tensorsolve(a, b, axes)
    ndim, size = np.ndim(a), int(np.size(b))
    moved = [] if axes is None else [axis % ndim for axis in axes]
    order = [axis for axis in range(ndim) if axis not in moved] + moved

    def tensorsolve_pullback(x_bar: Any) -> Any:
        ordered = np.transpose(a, order)
        matrix = np.reshape(ordered, (size, size))
        b_bar = np.linalg.solve(adjoint_matrix(matrix), np.reshape(x_bar, size))
        matrix_bar = -np.outer(b_bar, conjugate(np.ravel(x)))
        a_bar = np.transpose(np.reshape(matrix_bar, np.shape(ordered)), np.argsort(order).tolist())
        return a_bar, np.reshape(b_bar, np.shape(b))

    return x, tensorsolve_pullback
