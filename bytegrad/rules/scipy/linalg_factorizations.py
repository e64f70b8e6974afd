"""Triangular and orthogonal factors of `scipy.linalg`: Cholesky, LU, QR, SVD and polar decomposition.

A factor's cotangent is used where the factor has elements of its own; the triangles of `cho_factor` and `lu_factor`
that belong to something else are passed on as such.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.decompositions import cholesky_bar, in_triangle, qr_bar, refuse_rotation
from bytegrad.rules.numpy.structure import adjoint_matrix
from bytegrad.rules.numpy.svd import svd_bar, values_pullback
from bytegrad.rules.scipy.linalg import solved_bars
from bytegrad.rules.scipy.matrix_parts import triangle


def or_zeros(bar: Any, like: Any) -> Any:
    """The cotangent `bar`, or zeros if there is none."""
    return np.zeros(np.shape(like)) if bar is None else bar


@adjoint(sl.cholesky)
def cholesky_rule(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """In the triangle that is read."""
    y = sl.cholesky(a, lower, check_finite=check_finite)

    def cholesky_pullback(y_bar: Any) -> Any:
        return (_cholesky_bar(y, y_bar, lower),)

    return y, cholesky_pullback


def _cholesky_bar(y: Any, y_bar: Any, lower: Any) -> Any:
    """The cotangent of the matrix whose factor is the lower or upper triangle of `y`."""
    factor, bar = triangle(y, lower), triangle(y_bar, lower)
    if not lower:
        factor, bar = adjoint_matrix(factor), adjoint_matrix(bar)
    return in_triangle(cholesky_bar(factor, bar), "L" if lower else "U")


@adjoint(sl.cho_factor)
def cho_factor_rule(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """As `cholesky`; the other triangle of the result is that of `a`."""
    result = sl.cho_factor(a, lower, check_finite=check_finite)

    def cho_factor_pullback(result_bar: Any) -> Any:
        c_bar = result_bar[0]
        if c_bar is None:
            return (None,)
        return (_cholesky_bar(result[0], c_bar, lower) + triangle(c_bar, not lower, strict=True),)

    return result, cho_factor_pullback


@adjoint(sl.cho_solve)
def cho_solve_rule(c_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    """The solution of ``c c^H x = b`` or ``c^H c x = b``."""
    c, lower = c_and_lower
    if np.ndim(c) > 2:
        return NotImplemented
    x = sl.cho_solve(c_and_lower, b, check_finite=check_finite)

    def cho_solve_pullback(x_bar: Any) -> Any:
        factor = triangle(c, lower)
        matrix = np.matmul(factor, adjoint_matrix(factor)) if lower else np.matmul(adjoint_matrix(factor), factor)
        matrix_bar, b_bar = solved_bars(matrix, x, x_bar, np.ndim(b) == 1)
        both = matrix_bar + adjoint_matrix(matrix_bar)
        c_bar = triangle(np.matmul(both, factor) if lower else np.matmul(factor, both), lower)
        return (c_bar, None), b_bar

    return x, cho_solve_pullback


@adjoint(sl.lu)
def lu_rule(
    a: Any,
    permute_l: Any = False,
    overwrite_a: Any = False,
    check_finite: Any = True,
    p_indices: Any = False,
) -> Any:
    """At a constant permutation."""
    result = sl.lu(a, permute_l, check_finite=check_finite, p_indices=p_indices)
    *_, lower, upper = result

    def lu_pullback(result_bar: Any) -> Any:
        *_, lower_bar, upper_bar = result_bar
        lower_bar, upper_bar = or_zeros(lower_bar, lower), or_zeros(upper_bar, upper)
        if permute_l:  # find the permutation again
            order, plain_lower, _ = sl.lu(a, p_indices=True)
            inverse = np.expand_dims(np.argsort(order, axis=-1), -1)
            lower_bar = np.take_along_axis(lower_bar, inverse, axis=-2)
        else:
            order, plain_lower = (result[0] if p_indices else np.argmax(result[0], axis=-1)), lower
        a_bar = _lu_bar(plain_lower, upper, lower_bar, upper_bar)
        return (np.take_along_axis(a_bar, np.expand_dims(order, -1), axis=-2),)

    return result, lu_pullback


def _lu_bar(lower: Any, upper: Any, lower_bar: Any, upper_bar: Any) -> Any:
    """The cotangent of ``lower @ upper`` with (..., m, k) unit lower and (..., k, n) upper factors, k = min(m, n)."""
    lower_bar, upper_bar = np.tril(lower_bar, -1), np.triu(upper_bar)
    if np.shape(lower) == np.shape(upper):
        return _square_lu_bar(lower, upper, lower_bar, upper_bar)
    corner, below, beyond = _lu_bars(lower, upper, lower_bar, upper_bar)
    tall = np.concatenate([corner, below], axis=-2)
    return tall if not np.shape(beyond)[-1] else np.concatenate([tall, beyond], axis=-1)


def _square_lu_bar(lower: Any, upper: Any, lower_bar: Any, upper_bar: Any) -> Any:
    """That of a square matrix; the last pivot, which is 0 if the matrix is singular, is what is left of its element."""
    last_bar = upper_bar[..., -1:, -1:]
    row, column = lower[..., -1:, :-1], upper[..., :-1, -1:]
    zeros = np.zeros(np.shape(lower_bar[..., :-1, :-1]))
    lower_bar = lower_bar[..., :-1] - np.concatenate([zeros, last_bar * adjoint_matrix(column)], axis=-2)
    upper_bar = upper_bar[..., :-1, :] - np.concatenate([zeros, adjoint_matrix(row) * last_bar], axis=-1)
    corner, below, beyond = _lu_bars(lower[..., :-1], upper[..., :-1, :], lower_bar, upper_bar)
    sides = [np.concatenate([corner, below], axis=-2), np.concatenate([beyond, last_bar], axis=-2)]
    return np.concatenate(sides, axis=-1)


def _lu_bars(lower: Any, upper: Any, lower_bar: Any, upper_bar: Any) -> tuple[Any, Any, Any]:
    """The cotangents of the corner that both factors make, of the rows below and of the columns beyond."""
    k = np.shape(lower)[-1]
    top, left = lower[..., :k, :], upper[..., :k]
    rest_lower_bar, rest_upper_bar = lower_bar[..., k:, :], upper_bar[..., k:]
    # Rows below: rest = a_rest @ left^-1.  Columns beyond: rest = top^-1 @ a_rest.
    from_lower = np.matmul(adjoint_matrix(top), lower_bar[..., :k, :])
    from_upper = np.matmul(upper_bar[..., :k], adjoint_matrix(left))
    from_lower = from_lower - np.matmul(rest_upper_bar, adjoint_matrix(upper[..., k:]))
    from_upper = from_upper - np.matmul(adjoint_matrix(lower[..., k:, :]), rest_lower_bar)
    inner = np.tril(from_lower, -1) + np.triu(from_upper)
    corner = _right_solve(np.linalg.solve(adjoint_matrix(top), inner), left)
    return corner, _right_solve(rest_lower_bar, left), np.linalg.solve(adjoint_matrix(top), rest_upper_bar)


def _right_solve(matrix: Any, factor: Any) -> Any:
    """``matrix @ factor^-H``."""
    return adjoint_matrix(np.linalg.solve(factor, adjoint_matrix(matrix)))


@adjoint(sl.lu_factor)
def lu_factor_rule(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """Both factors in one array."""
    if np.ndim(a) > 2:
        return NotImplemented
    result = sl.lu_factor(a, check_finite=check_finite)

    def lu_factor_pullback(result_bar: Any) -> Any:
        bar = result_bar[0]
        if bar is None:
            return (None,)
        lower, upper = _unpacked(result[0])
        k = np.shape(lower)[-1]
        a_bar = _lu_bar(lower, upper, bar[:, :k], bar[:k])
        return (a_bar[np.argsort(_row_order(result[1], len(bar)))],)

    return result, lu_factor_pullback


def _unpacked(packed: Any) -> tuple[Any, Any]:
    """The unit lower and the upper factor that `lu_factor` returns as one array."""
    m, n = np.shape(packed)
    k = min(m, n)
    return np.tril(packed[:, :k], -1) + np.eye(m, k), np.triu(packed[:k])


def _row_order(pivots: Any, count: int) -> Any:
    """The order of rows after LAPACK's interchanges: row i of the result is row ``order[i]`` of the matrix."""
    order = np.arange(count)
    for i, pivot in enumerate(pivots):
        order[i], order[pivot] = order[pivot], order[i]
    return order


@adjoint(sl.lu_solve)
def lu_solve_rule(lu_and_piv: Any, b: Any, trans: Any = 0, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    """The solution with ``p l u``, its transpose or its adjoint."""
    packed, pivots = lu_and_piv
    if np.ndim(packed) > 2:
        return NotImplemented
    x = sl.lu_solve(lu_and_piv, b, trans, check_finite=check_finite)

    def lu_solve_pullback(x_bar: Any) -> Any:
        lower, upper = _unpacked(packed)
        back = np.argsort(_row_order(pivots, len(packed)))
        matrix = np.matmul(lower, upper)[back]
        turned = (matrix, np.swapaxes(matrix, 0, 1), adjoint_matrix(matrix))[trans]
        turned_bar, b_bar = solved_bars(turned, x, x_bar, np.ndim(b) == 1)
        matrix_bar = (turned_bar, np.swapaxes(turned_bar, 0, 1), adjoint_matrix(turned_bar))[trans]
        product_bar = matrix_bar[np.argsort(back)]
        lower_bar = np.matmul(product_bar, adjoint_matrix(upper))
        upper_bar = np.matmul(adjoint_matrix(lower), product_bar)
        return (np.tril(lower_bar, -1) + np.triu(upper_bar), None), b_bar

    return x, lu_solve_pullback


@adjoint(sl.qr)
def qr_rule(
    a: Any,
    overwrite_a: Any = False,
    lwork: Any = None,
    mode: Any = "full",
    pivoting: Any = False,
    check_finite: Any = True,
) -> Any:
    """As `np.linalg.qr`, of the columns in the order of the pivots."""
    if mode == "raw" or np.ndim(a) > 2:
        return NotImplemented
    result = sl.qr(a, False, lwork, mode, pivoting, check_finite)

    def qr_pullback(result_bar: Any) -> Any:
        order = result[-1] if pivoting else np.arange(np.shape(a)[1])
        ordered = np.take(a, order, axis=1)
        if mode == "r":
            q, r = np.linalg.qr(ordered)
            bars = (None, result_bar[0])
        else:
            (q, r), bars = result[:2], result_bar[:2]
        ordered_bar = _full_qr_bar(q, r, or_zeros(bars[0], q), bars[1], "scipy.linalg.qr(mode='full')")
        return (np.take(ordered_bar, np.argsort(order), axis=1),)

    return result, qr_pullback


def _full_qr_bar(q: Any, r: Any, q_bar: Any, r_bar: Any, name: str) -> Any:
    """The cotangent of ``q @ r``, where `q` may have columns beyond those of the matrix, and `r` zero rows."""
    k = min(np.shape(q)[0], np.shape(r)[1])
    r_bar = np.zeros(np.shape(r)) if r_bar is None else np.triu(r_bar)
    added, added_bar = q[:, k:], q_bar[:, k:]
    q_bar = q_bar[:, :k]
    if np.shape(added)[1]:
        refuse_rotation(np.matmul(adjoint_matrix(added), added_bar), name)
        q_bar = q_bar - np.matmul(np.matmul(added, adjoint_matrix(added_bar)), q[:, :k])
    return qr_bar(q[:, :k], r[:k], q_bar, r_bar[:k])


@adjoint(sl.rq)
def rq_rule(a: Any, overwrite_a: Any = False, lwork: Any = None, mode: Any = "full", check_finite: Any = True) -> Any:
    """As the QR decomposition of the adjoint with reversed columns, of matrices with no more rows than columns."""
    rows, columns = np.shape(a)[-2:]
    if np.ndim(a) > 2 or mode == "r" or rows > columns or (mode == "full" and rows != columns):
        return NotImplemented
    result = sl.rq(a, False, lwork, mode, check_finite)

    def rq_pullback(result_bar: Any) -> Any:
        r_bar, q_bar = (or_zeros(bar, like) for bar, like in zip(result_bar, result, strict=True))
        turned_bar = qr_bar(
            _turned(result[1], 1), _turned(result[0], (0, 1)), _turned(q_bar, 1), _turned(r_bar, (0, 1))
        )
        return (adjoint_matrix(np.flip(turned_bar, axis=1)),)

    return result, rq_pullback


def _turned(matrix: Any, axes: Any) -> Any:
    """The adjoint of a matrix, with reversed axes."""
    return np.flip(adjoint_matrix(matrix), axis=axes)


@adjoint(sl.qr_multiply)
def qr_multiply_rule(
    a: Any,
    c: Any,
    mode: Any = "right",
    pivoting: Any = False,
    conjugate: Any = False,
    overwrite_a: Any = False,
    overwrite_c: Any = False,
) -> Any:
    """The product of the thin Q with `c`, and R."""
    result = sl.qr_multiply(a, c, mode, pivoting, conjugate)

    def qr_multiply_pullback(result_bar: Any) -> Any:
        matrix = np.atleast_2d(a)
        order = result[2] if pivoting else np.arange(np.shape(matrix)[1])
        ordered = np.take(matrix, order, axis=1)
        q, r = np.linalg.qr(ordered)
        left = mode == "left"
        factor = np.reshape(c, (-1, 1) if left else (1, -1)) if np.ndim(c) < 2 else c
        shape = (np.shape(q)[0], np.shape(factor)[1]) if left else (np.shape(factor)[0], np.shape(q)[1])
        product_bar = np.reshape(or_zeros(result_bar[0], result[0]), shape)
        used = np.conjugate(q) if conjugate else q
        if left:
            used_bar = np.matmul(product_bar, adjoint_matrix(factor))
            c_bar = np.matmul(adjoint_matrix(used), product_bar)
        else:
            used_bar = np.matmul(adjoint_matrix(factor), product_bar)
            c_bar = np.matmul(product_bar, adjoint_matrix(used))
        q_bar = np.conjugate(used_bar) if conjugate else used_bar
        ordered_bar = qr_bar(q, r, q_bar, np.triu(or_zeros(result_bar[1], r))[: np.shape(r)[0]])
        return np.reshape(np.take(ordered_bar, np.argsort(order), axis=1), np.shape(a)), np.reshape(c_bar, np.shape(c))

    return result, qr_multiply_pullback


@adjoint(sl.svd)
def svd_rule(
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    overwrite_a: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = "gesdd",
) -> Any:
    """As `np.linalg.svd`."""
    result = sl.svd(a, full_matrices, compute_uv, False, check_finite, lapack_driver)
    if not compute_uv:
        return result, values_pullback(a, False)
    u, s, vh = result

    def svd_pullback(result_bar: Any) -> Any:
        u_bar, s_bar, vh_bar = (or_zeros(bar, like) for bar, like in zip(result_bar, result, strict=True))
        return (svd_bar(u, s, adjoint_matrix(vh), u_bar, s_bar, adjoint_matrix(vh_bar)),)

    return result, svd_pullback


@adjoint(sl.svdvals)
def svdvals_rule(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """By the singular vectors."""
    return sl.svdvals(a, check_finite=check_finite), values_pullback(a, False)


@adjoint(sl.polar)
def polar_rule(a: Any, side: Any = "right") -> Any:
    """Right for equal singular values too, unlike a composition of singular vectors."""
    if np.ndim(a) > 2:
        return NotImplemented
    result = sl.polar(a, side)

    def polar_pullback(result_bar: Any) -> Any:
        u, p = result
        u_bar, p_bar = (or_zeros(bar, like) for bar, like in zip(result_bar, result, strict=True))
        if side == "right":
            return (_polar_bar(a, u, p, u_bar, p_bar),)
        turned_bar = _polar_bar(adjoint_matrix(a), adjoint_matrix(u), p, adjoint_matrix(u_bar), p_bar)
        return (adjoint_matrix(turned_bar),)

    return result, polar_pullback


def _polar_bar(a: Any, u: Any, p: Any, u_bar: Any, p_bar: Any) -> Any:
    """The cotangent of ``a = u @ p``, where sums of singular values divide: never by zero at full rank."""
    stretch = p_bar + adjoint_matrix(p_bar)
    if np.shape(a)[0] < np.shape(a)[1]:
        return _wide_polar_bar(a, u_bar, stretch)
    turn = np.matmul(adjoint_matrix(u), u_bar)
    inner = sl.solve_sylvester(p, p, turn - adjoint_matrix(turn) + np.matmul(p, stretch))
    outside = _right_solve(u_bar - np.matmul(u, turn), p)
    return np.matmul(u, inner) + outside


def _wide_polar_bar(a: Any, u_bar: Any, stretch: Any) -> Any:
    """As `_polar_bar` for a singular p, in the basis of the singular vectors."""
    w, s, vh = np.linalg.svd(a, full_matrices=False)
    v, wh = adjoint_matrix(vh), adjoint_matrix(w)
    row, column = np.expand_dims(s, -1), np.expand_dims(s, -2)
    turn = np.matmul(np.matmul(wh, u_bar), v)
    inner = (turn - adjoint_matrix(turn) + row * np.matmul(np.matmul(vh, stretch), v)) / (row + column)
    beyond = np.matmul(stretch, v) * column + np.matmul(adjoint_matrix(u_bar), w)
    beyond = (beyond - np.matmul(v, np.matmul(vh, beyond))) / column
    return np.matmul(np.matmul(w, inner), vh) + np.matmul(w, adjoint_matrix(beyond))
