"""Eigenvalue problems of `scipy.linalg`: general, Hermitian, generalised, banded and tridiagonal.

A subset of eigenvalues has a rule through all of them: the derivative of a vector needs every other vector.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.decompositions import cholesky_bar, eig_bar, eigh_bar, in_triangle
from bytegrad.rules.numpy.structure import adjoint_matrix
from bytegrad.rules.scipy.linalg_factorizations import or_zeros
from bytegrad.rules.scipy.matrix_parts import part_read


@adjoint(sl.eigh)
def eigh_rule(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    type: Any = 1,
    **options: Any,
) -> Any:
    """``a v = w b v`` with Hermitian `a` and positive `b`; the other types of generalised problems have no rule."""
    if type != 1 or np.ndim(a) > 2:
        return NotImplemented
    result = sl.eigh(a, b, lower=lower, eigvals_only=eigvals_only, **_harmless(options))

    def eigh_pullback(result_bar: Any) -> Any:
        w_bar, v_bar = (result_bar, None) if eigvals_only else result_bar
        values, vectors = (result, None) if eigvals_only else result
        return _hermitian_bars(a, b, lower, values, vectors, w_bar, v_bar)

    return result, eigh_pullback


@adjoint(sl.eigvalsh)
def eigvalsh_rule(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    type: Any = 1,
    **options: Any,
) -> Any:
    """As `eigh`."""
    if type != 1 or np.ndim(a) > 2:
        return NotImplemented
    w = sl.eigvalsh(a, b, lower=lower, **_harmless(options))

    def eigvalsh_pullback(w_bar: Any) -> Any:
        return _hermitian_bars(a, b, lower, w, None, w_bar, None)

    return w, eigvalsh_pullback


def _harmless(options: dict[str, Any]) -> dict[str, Any]:
    """The options without leave to destroy the arguments."""
    return {name: value for name, value in options.items() if not name.startswith("overwrite")}


def _hermitian_bars(a: Any, b: Any, lower: Any, values: Any, vectors: Any, w_bar: Any, v_bar: Any) -> Any:
    """The cotangents of `a` and `b`, through all eigenvalues and vectors of the standard problem."""
    triangle = "L" if lower else "U"
    full_a, _ = part_read(a, "her", lower)
    if b is None:
        factor, standard = None, full_a
    else:
        full_b, _ = part_read(b, "her", lower)
        factor = np.linalg.cholesky(full_b)
        standard = _from_both_sides(factor, full_a)
    w, v = np.linalg.eigh(standard, triangle)  # type: ignore[call-overload]
    v, w_bar, v_bar = _selected(w, v, factor, values, vectors, w_bar, v_bar)
    if factor is None:
        return in_triangle(eigh_bar(w, v, w_bar, v_bar, triangle), triangle), None
    # The vectors are factor^-H v, and the standard matrix factor^-1 a factor^-H.
    factor_bar = np.zeros(np.shape(factor))
    if v_bar is not None:
        back = np.linalg.solve(factor, v_bar)
        generalised = np.linalg.solve(adjoint_matrix(factor), v)
        factor_bar = factor_bar - adjoint_matrix(np.matmul(back, adjoint_matrix(generalised)))
        v_bar = back
    standard_bar = eigh_bar(w, v, w_bar, v_bar, triangle)
    a_bar = _from_both_sides(adjoint_matrix(factor), standard_bar)
    factor_bar = factor_bar - np.matmul(np.matmul(a_bar + adjoint_matrix(a_bar), factor), standard)
    b_bar = cholesky_bar(factor, np.tril(factor_bar))
    return in_triangle(a_bar, triangle), in_triangle(b_bar, triangle)


def _from_both_sides(factor: Any, a: Any) -> Any:
    """``factor^-1 @ a @ factor^-H``."""
    half = np.linalg.solve(factor, a)
    return adjoint_matrix(np.linalg.solve(factor, adjoint_matrix(half)))


def _selected(w: Any, v: Any, factor: Any, values: Any, vectors: Any, w_bar: Any, v_bar: Any) -> Any:
    """All vectors with the signs and phases of the selected ones, and the cotangents spread over all of them."""
    count = np.shape(values)[-1]
    first = 0 if count == len(w) else int(np.argmin(np.abs(w - values[0]))) if count else 0
    before, after = first, len(w) - first - count
    if w_bar is not None:
        w_bar = np.pad(w_bar, (before, after))
    if vectors is not None:
        chosen = vectors if factor is None else np.matmul(adjoint_matrix(factor), vectors)
        v = np.concatenate([v[:, :before], chosen, v[:, before + count :]], axis=1)
        v_bar = None if v_bar is None else np.pad(v_bar, ((0, 0), (before, after)))
    return v, w_bar, v_bar


@adjoint(sl.eig)
def eig_rule(
    a: Any,
    b: Any = None,
    left: Any = False,
    right: Any = True,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    homogeneous_eigvals: Any = False,
) -> Any:
    """Standard problems, with right and left vectors; of generalised ones the eigenvalues only."""
    if np.ndim(a) > 2 or homogeneous_eigvals or (b is not None and (left or right)):
        return NotImplemented
    result = sl.eig(a, b, left, right, check_finite=check_finite)
    parts = result if isinstance(result, tuple) else (result,)

    def eig_pullback(result_bar: Any) -> Any:
        bars = result_bar if isinstance(result, tuple) else (result_bar,)
        if b is not None:
            return _generalised_bars(a, b, parts[0], bars[0])
        vectors = parts[-1] if right else np.linalg.eig(a)[1]
        v_bar = bars[-1] if right else None
        a_bar = eig_bar(parts[0], _in_order(a, parts[0], vectors, right), bars[0], v_bar)
        if left and bars[1] is not None:  # type: ignore[misc]
            turned_bar = eig_bar(np.conjugate(parts[0]), parts[1], None, bars[1])  # type: ignore[misc]
            a_bar = a_bar + adjoint_matrix(turned_bar)
        return (a_bar,)

    return result, eig_pullback


@adjoint(sl.eigvals)
def eigvals_rule(
    a: Any, b: Any = None, overwrite_a: Any = False, check_finite: Any = True, homogeneous_eigvals: Any = False
) -> Any:
    """As `eig` without vectors."""
    if np.ndim(a) > 2 or homogeneous_eigvals:
        return NotImplemented
    w = sl.eigvals(a, b, check_finite=check_finite)

    def eigvals_pullback(w_bar: Any) -> Any:
        if b is not None:
            return _generalised_bars(a, b, w, w_bar)
        return (eig_bar(w, _in_order(a, w, np.linalg.eig(a)[1], False), w_bar, None),)

    return w, eigvals_pullback


def _in_order(a: Any, w: Any, v: Any, ordered: Any) -> Any:
    """The vectors in the order of the eigenvalues `w`."""
    if ordered:
        return v
    values = np.linalg.eigvals(a)
    nearest = np.argmin(np.abs(np.expand_dims(w, -1) - np.expand_dims(values, -2)), axis=-1)
    return np.take(v, nearest, axis=-1)


def _generalised_bars(a: Any, b: Any, w: Any, w_bar: Any) -> Any:
    """The cotangents of the eigenvalues of ``b^-1 a``."""
    matrix = np.linalg.solve(b, a)
    v = _in_order(matrix, w, np.linalg.eig(matrix)[1], False)
    matrix_bar = eig_bar(w, v, w_bar, None)
    a_bar = np.linalg.solve(adjoint_matrix(b), matrix_bar)
    return a_bar, -np.matmul(a_bar, adjoint_matrix(matrix))


@adjoint(sl.eigh_tridiagonal)
def eigh_tridiagonal_rule(
    d: Any,
    e: Any,
    eigvals_only: Any = False,
    select: Any = "a",
    select_range: Any = None,
    check_finite: Any = True,
    tol: Any = 0.0,
    lapack_driver: Any = "auto",
) -> Any:
    """As `eigh` of the matrix with the diagonals `d` and `e`."""
    result = sl.eigh_tridiagonal(d, e, eigvals_only, select, select_range, check_finite, tol, lapack_driver)

    def eigh_tridiagonal_pullback(result_bar: Any) -> Any:
        w_bar, v_bar = (result_bar, None) if eigvals_only else result_bar
        values, vectors = (result, None) if eigvals_only else result
        return _tridiagonal_bars(d, e, values, vectors, w_bar, v_bar)

    return result, eigh_tridiagonal_pullback


@adjoint(sl.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal_rule(
    d: Any,
    e: Any,
    select: Any = "a",
    select_range: Any = None,
    check_finite: Any = True,
    tol: Any = 0.0,
    lapack_driver: Any = "auto",
) -> Any:
    """As `eigvalsh` of the matrix with the diagonals `d` and `e`."""
    w = sl.eigvalsh_tridiagonal(d, e, select, select_range, check_finite, tol, lapack_driver)

    def eigvalsh_tridiagonal_pullback(w_bar: Any) -> Any:
        return _tridiagonal_bars(d, e, w, None, w_bar, None)

    return w, eigvalsh_tridiagonal_pullback


def _tridiagonal_bars(d: Any, e: Any, values: Any, vectors: Any, w_bar: Any, v_bar: Any) -> Any:
    w, v = sl.eigh_tridiagonal(d, e)
    v, w_bar, v_bar = _selected(w, v, None, values, vectors, w_bar, v_bar)
    matrix_bar = eigh_bar(w, v, w_bar, v_bar, "L")
    return np.diagonal(matrix_bar), np.diagonal(matrix_bar, 1) + np.diagonal(matrix_bar, -1)


@adjoint(sl.eig_banded)
def eig_banded_rule(
    a_band: Any,
    lower: Any = False,
    eigvals_only: Any = False,
    overwrite_a_band: Any = False,
    select: Any = "a",
    select_range: Any = None,
    max_ev: Any = 0,
    check_finite: Any = True,
) -> Any:
    """As `eigh` of the matrix with these diagonals; vectors of complex matrices have no rule."""
    if not eigvals_only and np.iscomplexobj(a_band):
        return NotImplemented
    result = sl.eig_banded(a_band, lower, eigvals_only, False, select, select_range, max_ev, check_finite)

    def eig_banded_pullback(result_bar: Any) -> Any:
        w_bar, v_bar = (result_bar, None) if eigvals_only else result_bar
        values, vectors = (result, None) if eigvals_only else result
        return (_banded_bar(a_band, lower, values, vectors, w_bar, v_bar),)

    return result, eig_banded_pullback


@adjoint(sl.eigvals_banded)
def eigvals_banded_rule(
    a_band: Any,
    lower: Any = False,
    overwrite_a_band: Any = False,
    select: Any = "a",
    select_range: Any = None,
    check_finite: Any = True,
) -> Any:
    """As `eigvalsh` of the matrix with these diagonals."""
    w = sl.eigvals_banded(a_band, lower, False, select, select_range, check_finite)

    def eigvals_banded_pullback(w_bar: Any) -> Any:
        return (_banded_bar(a_band, lower, w, None, w_bar, None),)

    return w, eigvals_banded_pullback


def _banded_bar(a_band: Any, lower: Any, values: Any, vectors: Any, w_bar: Any, v_bar: Any) -> Any:
    w, v = sl.eig_banded(a_band, lower)
    v, w_bar, v_bar = _selected(w, v, None, values, vectors, w_bar, v_bar)
    triangle = "L" if lower else "U"
    matrix_bar = in_triangle(eigh_bar(w, v, or_zeros(w_bar, w), v_bar, triangle), triangle)
    return diagonals_of(matrix_bar, np.shape(a_band)[0] - 1, lower)


def diagonals_of(matrix: Any, count: int, lower: Any) -> Any:
    """The main diagonal of a matrix and `count` others below or above it, in LAPACK's storage of bands."""
    n = np.shape(matrix)[0]
    rows = []
    for k in range(count + 1):
        diagonal = np.diagonal(matrix, -k if lower else k)
        gap = n - diagonal.shape[0]
        rows.append(np.pad(diagonal, (0, gap) if lower else (gap, 0)))
    return np.stack(rows if lower else rows[::-1])
