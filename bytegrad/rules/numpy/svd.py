"""Singular value decompositions; conventions as in `decompositions`."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.decompositions import (
    diagonal_matrix,
    diagonal_of,
    eigh_bar,
    in_row,
    in_triangle,
    or_zeros,
    overlap_of,
    phase_bar,
    reciprocal_gaps,
    refuse_rotation,
    resolved,
)
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate


@adjoint(np.linalg.svd)
def svd_rule(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    """Singular values, and vectors with the phases that LAPACK chooses."""
    result = np.linalg.svd(a, full_matrices, compute_uv, hermitian)
    if not compute_uv:
        return result, values_pullback(a, hermitian)
    if hermitian:
        return result, _hermitian_pullback(a)
    u, s, vh = result

    def svd_pullback(result_bar: Any) -> Any:
        u_bar, s_bar, vh_bar = result_bar
        if u_bar is None and vh_bar is None:
            k = np.shape(s)[-1]
            return (_of_values(u[..., :k], s, vh[..., :k, :], s_bar),)
        u_bar, vh_bar = or_zeros(u_bar, u), or_zeros(vh_bar, vh)
        return (svd_bar(u, s, adjoint_matrix(vh), u_bar, or_zeros(s_bar, s), adjoint_matrix(vh_bar)),)

    return result, svd_pullback


@adjoint(np.linalg.svdvals)
def svdvals_rule(x: Any) -> Any:
    """By the singular vectors, which are computed when the pullback is called."""
    return np.linalg.svdvals(x), values_pullback(x, False)


def values_pullback(a: Any, hermitian: Any) -> Any:
    """The pullback of the singular values alone."""

    def values_pullback(s_bar: Any) -> Any:
        u, s, vh = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        a_bar = _of_values(u, s, vh, s_bar)
        return (in_triangle(a_bar, "L") if hermitian else a_bar,)

    return values_pullback


def _of_values(u: Any, s: Any, vh: Any, s_bar: Any) -> Any:
    right = adjoint_matrix(resolved(s, adjoint_matrix(vh), True))
    return np.matmul(resolved(s, u, True) * np.expand_dims(s_bar, -2), right)


def _hermitian_pullback(a: Any) -> Any:
    """The pullback of ``svd(hermitian=True)``, which is an `eigh`: s = abs(w), u = v, vh = (sign(w) v)^H."""

    def hermitian_pullback(result_bar: Any) -> Any:
        u_bar, s_bar, vh_bar = result_bar
        w, v = np.linalg.eigh(a)
        sign = np.sign(w)
        order = np.flip(np.argsort(np.abs(w), axis=-1), axis=-1)
        back = np.expand_dims(np.argsort(order, axis=-1), -2)
        w_bar = sign * np.take_along_axis(or_zeros(s_bar, w), np.squeeze(back, -2), axis=-1)
        v_bar = np.take_along_axis(or_zeros(u_bar, v), back, axis=-1)
        vh_part = np.take_along_axis(adjoint_matrix(or_zeros(vh_bar, v)), back, axis=-1)
        v_bar = v_bar + vh_part * np.expand_dims(sign, -2)
        return (in_triangle(eigh_bar(w, v, w_bar, v_bar, "L"), "L"),)

    return hermitian_pullback


def svd_bar(u: Any, s: Any, v: Any, u_bar: Any, s_bar: Any, v_bar: Any) -> Any:
    """The cotangent of ``a = u @ diag(s) @ v^H``.

    Shapes: u, u_bar (..., m, k or m), s, s_bar (..., k), v, v_bar (..., n, k or n), result (..., m, n).
    """
    k = np.shape(s)[-1]
    u, u_bar = _without_added(u, u_bar, k)
    v, v_bar = _without_added(v, v_bar, k)
    u, v = resolved(s, u, True), resolved(s, v, True)
    if np.iscomplexobj(u):
        u_bar, v_bar = _with_phases(u, v, u_bar, v_bar)
    u_turn, v_turn = np.matmul(adjoint_matrix(u), u_bar), np.matmul(adjoint_matrix(v), v_bar)
    # 1 / (s_j^2 - s_i^2) as a product, which is safe where one factor is
    sums = np.expand_dims(s, -2) + np.expand_dims(s, -1)
    gaps = reciprocal_gaps(s) / np.where(np.equal(sums, 0), 1.0, sums)
    u_inner, v_inner = gaps * u_turn, gaps * v_turn
    row, column = np.expand_dims(s, -1), np.expand_dims(s, -2)
    inner = (u_inner + adjoint_matrix(u_inner)) * column + row * (v_inner + adjoint_matrix(v_inner))
    inner = inner + diagonal_matrix(s_bar)
    zero = np.less_equal(s, np.finfo(s.dtype).eps * np.max(s, axis=-1, keepdims=True, initial=0.0))
    inverse = np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, s))
    if np.iscomplexobj(u):
        inner = inner + 1j * diagonal_matrix(np.imag(diagonal_of(u_turn)) * inverse)
    column_inverse = np.expand_dims(inverse, -2)
    u_outside = (u_bar - np.matmul(u, u_turn)) * column_inverse
    v_outside = (v_bar - np.matmul(v, v_turn)) * column_inverse
    back = adjoint_matrix(v)
    return np.matmul(np.matmul(u, inner) + u_outside, back) + np.matmul(u, adjoint_matrix(v_outside))


def _without_added(u: Any, u_bar: Any, k: int) -> tuple[Any, Any]:
    """The first `k` columns, with the cotangent of the columns that ``full_matrices=True`` adds moved to them."""
    added, added_bar = u[..., k:], u_bar[..., k:]
    first = u[..., :k]
    if not np.shape(added)[-1]:
        return u, u_bar
    refuse_rotation(np.matmul(adjoint_matrix(added), added_bar), "np.linalg.svd(full_matrices=True)")
    turned = np.matmul(added, np.matmul(adjoint_matrix(added_bar), first))
    return first, u_bar[..., :k] - turned


def _with_phases(u: Any, v: Any, u_bar: Any, v_bar: Any) -> tuple[Any, Any]:
    """The cotangents with what the common phases of the vectors in `u` and `v` add to them."""
    overlap = overlap_of(u, u_bar) + overlap_of(v, v_bar)
    if np.shape(u)[-2] >= np.shape(v)[-2]:
        return u_bar, v_bar + in_row(0, phase_bar(overlap, conjugate(v[..., 0, :])), v)
    return u_bar + in_row(0, phase_bar(overlap, u[..., 0, :]), u), v_bar
