"""Matrices with a structure in `scipy.linalg`: `toeplitz`, `block_diag`, ..., and solvers of banded systems.

Matrices that are made of copies of elements give these back by their numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.gather import moved, numbered, returned, scatter_add
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate
from bytegrad.rules.scipy.linalg import solved_bars


@adjoint(sl.block_diag)
def block_diag_rule(*arrs: Any) -> Any:
    """Each block gets its part."""
    y = sl.block_diag(*arrs)

    def block_diag_pullback(y_bar: Any) -> Any:
        return tuple(returned(y_bar, sl.block_diag(*numbered(*arrs)), arrs))

    return y, block_diag_pullback


@adjoint(sl.circulant)
def circulant_rule(c: Any) -> Any:
    """The sum over the copies of each element."""
    return moved(sl.circulant, c)


@adjoint(sl.convolution_matrix)
def convolution_matrix_rule(a: Any, n: Any, mode: Any = "full") -> Any:
    """The sum over the copies of each element."""
    return moved(sl.convolution_matrix, a, n, mode)


@adjoint(sl.toeplitz)
def toeplitz_rule(c: Any, r: Any = None) -> Any:
    """The sums over the copies; without `r` the first row is the conjugate of `c`."""

    def toeplitz_pullback(y_bar: Any) -> Any:
        if r is not None:
            return tuple(returned(y_bar, sl.toeplitz(*numbered(c, r)), [c, r]))
        below, above = returned(y_bar, sl.toeplitz(*numbered(c, c)), [c, c])
        return (below + conjugate(above),)

    return sl.toeplitz(c, r), toeplitz_pullback


@adjoint(sl.hankel)
def hankel_rule(c: Any, r: Any = None) -> Any:
    """The sums over the copies."""

    def hankel_pullback(y_bar: Any) -> Any:
        edges = [c] if r is None else [c, r]
        return tuple(returned(y_bar, sl.hankel(*numbered(*edges)), edges))

    return sl.hankel(c, r), hankel_pullback


@adjoint(sl.leslie)
def leslie_rule(f: Any, s: Any) -> Any:
    """The first row, and the subdiagonal."""
    y = sl.leslie(f, s)

    def leslie_pullback(y_bar: Any) -> Any:
        return tuple(returned(y_bar, sl.leslie(*numbered(f, s)), [f, s]))

    return y, leslie_pullback


@adjoint(sl.companion)
def companion_rule(a: Any) -> Any:
    """The first row is ``-a[1:] / a[0]``."""
    y = sl.companion(a)

    def companion_pullback(y_bar: Any) -> Any:
        leading, row = np.take(a, [0], axis=-1), np.take(y, 0, axis=-2)
        row_bar = y_bar[..., 0, :] / conjugate(leading)
        leading_bar = -np.sum(row_bar * conjugate(row), axis=-1, keepdims=True)
        return (np.concatenate([leading_bar, -row_bar], axis=-1),)

    return y, companion_pullback


@adjoint(sl.fiedler)
def fiedler_rule(a: Any) -> Any:
    """Absolute values of differences."""
    y = sl.fiedler(a)

    def fiedler_pullback(y_bar: Any) -> Any:
        direction = np.sign(np.subtract(np.expand_dims(a, -1), np.expand_dims(a, -2)))
        weighted = np.real(y_bar) * direction
        return (np.sum(weighted, axis=-1) - np.sum(weighted, axis=-2),)

    return y, fiedler_pullback


@adjoint(sl.fiedler_companion)
def fiedler_companion_rule(a: Any) -> Any:
    """Each element of the result that is not constant is an ``-a[i] / a[0]``."""
    y = sl.fiedler_companion(a)
    if np.ndim(a) > 1:
        return NotImplemented

    def fiedler_companion_pullback(y_bar: Any) -> Any:
        n = len(a)
        # Powers of two tell which coefficient an element comes from; 0 and 1 are constants.
        source = -sl.fiedler_companion(np.concatenate([[1.0], np.exp2(np.arange(1, n))]))
        which = np.where(source > 1, np.log2(np.where(source > 1, source, 1.0)), 0).astype(int)
        quotient_bar = scatter_add((n,), np.ravel(which), np.ravel(y_bar))[1:] / conjugate(a[0])
        quotient = np.asarray(a)[1:] / a[0]
        leading_bar = np.sum(quotient_bar * conjugate(quotient), keepdims=True)
        return (np.concatenate([leading_bar, -quotient_bar]),)

    return y, fiedler_companion_pullback


@adjoint(sl.khatri_rao)
def khatri_rao_rule(a: Any, b: Any) -> Any:
    """Kronecker products of columns."""
    if np.ndim(a) != 2 or np.ndim(b) != 2:
        return NotImplemented
    y = sl.khatri_rao(a, b)

    def khatri_rao_pullback(y_bar: Any) -> Any:
        blocks = np.reshape(y_bar, (np.shape(a)[0], np.shape(b)[0], np.shape(a)[1]))
        return np.einsum("ijk,jk->ik", blocks, conjugate(b)), np.einsum("ijk,ik->jk", blocks, conjugate(a))

    return y, khatri_rao_pullback


def dense(below: int, above: int, band: Any) -> Any:
    """The matrix whose diagonals are the rows of `band`, in LAPACK's storage."""
    n = np.shape(band)[1]
    total = np.zeros((n, n))
    for row in range(below + above + 1):
        offset = above - row
        if abs(offset) < n:  # scipy takes more diagonals than there are
            part = band[row, max(offset, 0) : n + min(offset, 0)]
            total = total + np.diag(part, offset)
    return total


def band_of(below: int, above: int, matrix: Any) -> Any:
    """The rows of diagonals of a matrix, in LAPACK's storage, with zeros where that has no elements."""
    rows, n = [], len(matrix)
    for row in range(below + above + 1):
        offset = above - row
        around = (max(offset, 0), max(-offset, 0)) if abs(offset) < n else (0, n)
        rows.append(np.pad(np.diagonal(matrix, offset), around))
    return np.stack(rows)


@adjoint(sl.solve_banded)
def solve_banded_rule(
    l_and_u: Any, ab: Any, b: Any, overwrite_ab: Any = False, overwrite_b: Any = False, check_finite: Any = True
) -> Any:
    """As `solve`, in the band."""
    if np.ndim(ab) > 2:
        return NotImplemented
    x = sl.solve_banded(l_and_u, ab, b, check_finite=check_finite)
    below, above = l_and_u

    def solve_banded_pullback(x_bar: Any) -> Any:
        # The adjoint is banded too: each diagonal goes to the other side.
        turned = band_of(above, below, adjoint_matrix(dense(below, above, ab)))
        vector = np.ndim(b) == 1
        b_bar = sl.solve_banded((above, below), turned, x_bar)
        column, bar = (np.expand_dims(x, 1), np.expand_dims(b_bar, 1)) if vector else (x, b_bar)
        return None, band_of(below, above, -np.matmul(bar, adjoint_matrix(column))), b_bar

    return x, solve_banded_pullback


@adjoint(sl.solveh_banded)
def solveh_banded_rule(
    ab: Any,
    b: Any,
    overwrite_ab: Any = False,
    overwrite_b: Any = False,
    lower: Any = False,
    check_finite: Any = True,
) -> Any:
    """As `solve` of a Hermitian matrix, in the half of the band that is read."""
    if np.ndim(ab) > 2:
        return NotImplemented
    x = sl.solveh_banded(ab, b, lower=lower, check_finite=check_finite)

    def solveh_banded_pullback(x_bar: Any) -> Any:
        b_bar = sl.solveh_banded(ab, x_bar, lower=lower)
        vector = np.ndim(b) == 1
        column, bar = (np.expand_dims(x, 1), np.expand_dims(b_bar, 1)) if vector else (x, b_bar)
        matrix_bar = -np.matmul(bar, adjoint_matrix(column))
        both = matrix_bar + adjoint_matrix(matrix_bar)
        count = np.shape(ab)[0] - 1
        main = np.expand_dims(np.arange(count + 1) == (0 if lower else count), 1)
        band = band_of(count, 0, both) if lower else band_of(0, count, both)
        return np.where(main, 0.5 * np.real(band), band), b_bar

    return x, solveh_banded_pullback


@adjoint(sl.solve_toeplitz)
def solve_toeplitz_rule(c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    """As `solve` of the Toeplitz matrix."""
    x = sl.solve_toeplitz(c_or_cr, b, check_finite)
    pair = isinstance(c_or_cr, tuple)

    def solve_toeplitz_pullback(x_bar: Any) -> Any:
        c, r = (np.ravel(c_or_cr[0]), np.ravel(c_or_cr[1])) if pair else (np.ravel(c_or_cr), None)
        # The matrix is the product of its edges' copies; its cotangent sums over them.
        matrix, (edges_back) = sl.toeplitz(c, r), _edges_back(c, r)
        matrix_bar, b_bar = solved_bars(matrix, x, x_bar, np.ndim(b) == 1)
        c_bar, r_bar = edges_back(matrix_bar)
        c_bar = np.reshape(c_bar, np.shape(c_or_cr[0] if pair else c_or_cr))
        return (c_bar, np.reshape(r_bar, np.shape(c_or_cr[1]))) if pair else c_bar, b_bar

    return x, solve_toeplitz_pullback


def _edges_back(c: Any, r: Any) -> Any:
    """What brings the cotangent of a Toeplitz matrix to its first column and row."""

    def edges_back(matrix_bar: Any) -> Any:
        row = c if r is None else r
        below, above = returned(matrix_bar, sl.toeplitz(*numbered(c, row)), [c, row])
        return (below + conjugate(above), None) if r is None else (below, above)

    return edges_back


@adjoint(sl.solve_circulant)
def solve_circulant_rule(
    c: Any, b: Any, singular: Any = "raise", tol: Any = None, caxis: Any = -1, baxis: Any = 0, outaxis: Any = 0
) -> Any:
    """As `solve` of the circulant matrix; one vector `c`, and regular."""
    if np.ndim(c) != 1 or singular != "raise" or outaxis != 0 or baxis != 0:
        return NotImplemented
    x = sl.solve_circulant(c, b, singular, tol, caxis, baxis, outaxis)

    def solve_circulant_pullback(x_bar: Any) -> Any:
        shape = np.shape(b)
        flat = (shape[0], -1)
        matrix_bar, b_bar = solved_bars(sl.circulant(c), np.reshape(x, flat), np.reshape(x_bar, flat), False)
        (c_bar,) = returned(matrix_bar, sl.circulant(*numbered(c)), [c])
        return c_bar, np.reshape(b_bar, shape)

    return x, solve_circulant_pullback


@adjoint(sl.matmul_toeplitz)
def matmul_toeplitz_rule(c_or_cr: Any, x: Any, check_finite: Any = False, workers: Any = None) -> Any:
    """As a product with the Toeplitz matrix."""
    y = sl.matmul_toeplitz(c_or_cr, x, check_finite, workers)
    pair = isinstance(c_or_cr, tuple)

    def matmul_toeplitz_pullback(y_bar: Any) -> Any:
        c, r = (np.ravel(c_or_cr[0]), np.ravel(c_or_cr[1])) if pair else (np.ravel(c_or_cr), None)
        flat = (np.shape(x)[0], -1)
        bar = np.reshape(y_bar, (len(c), -1))
        x_bar = np.matmul(adjoint_matrix(sl.toeplitz(c, r)), bar)
        c_bar, r_bar = _edges_back(c, r)(np.matmul(bar, adjoint_matrix(np.reshape(x, flat))))
        c_bar = np.reshape(c_bar, np.shape(c_or_cr[0] if pair else c_or_cr))
        edges = (c_bar, np.reshape(r_bar, np.shape(c_or_cr[1]))) if pair else c_bar
        return edges, unbroadcast(np.reshape(x_bar, np.shape(x)), x)

    return y, matmul_toeplitz_pullback
