"""Rules of `scipy.linalg`; this module holds inverses, determinants and solvers of dense systems.

``overwrite_a`` and ``check_finite`` have no influence on results; the rules never let scipy destroy an argument.
Where scipy is told what a matrix is (``assume_a="sym"``, ``lower=True``), it reads a part of it only, and the
cotangent is zero elsewhere.  Decompositions follow the conventions of `bytegrad.rules.numpy.decompositions`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import project, unbroadcast
from bytegrad.rules.numpy.linalg import det_rule, lstsq_rule, pinv_bar
from bytegrad.rules.numpy.norms import norm_rule
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate
from bytegrad.rules.scipy.matrix_parts import part_read, triangle

non_differentiable(
    sl.bandwidth,
    sl.dft,
    sl.find_best_blas_type,
    sl.get_blas_funcs,
    sl.get_lapack_funcs,
    sl.hadamard,
    sl.helmert,
    sl.hilbert,
    sl.invhilbert,
    sl.invpascal,
    sl.ishermitian,
    sl.issymmetric,
    sl.pascal,
)


@adjoint(sl.inv)
def inv_rule(
    a: Any, overwrite_a: Any = False, check_finite: Any = True, *, assume_a: Any = None, lower: Any = False
) -> Any:
    """``a_bar = -y^H @ y_bar @ y^H``, in the part of `a` that is read."""
    y = sl.inv(a, check_finite=check_finite, assume_a=assume_a, lower=lower)
    _, back = part_read(a, assume_a, lower)

    def inv_pullback(y_bar: Any) -> Any:
        transposed = adjoint_matrix(y)
        return (back(-np.matmul(transposed, np.matmul(y_bar, transposed))),)

    return y, inv_pullback


@adjoint(sl.det)
def det_of_rule(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """As `np.linalg.det`."""
    y = sl.det(a, check_finite=check_finite)
    _, det_pullback = det_rule(a)
    return y, det_pullback


@adjoint(sl.solve)
def solve_rule(
    a: Any,
    b: Any,
    lower: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    assume_a: Any = None,
    transposed: Any = False,
) -> Any:
    """``b_bar = solve(a^H, x_bar)`` and ``a_bar = -b_bar @ x^H``, in the part of `a` that is read."""
    x = sl.solve(a, b, lower=lower, check_finite=check_finite, assume_a=assume_a, transposed=transposed)
    full, back = part_read(a, assume_a, lower)

    def solve_pullback(x_bar: Any) -> Any:
        if np.size(a) == 1:  # a number, by which `b` of any shape is divided
            b_bar = x_bar / conjugate(np.reshape(a, ()))
            a_bar = np.reshape(-np.sum(b_bar * conjugate(x)), np.shape(a))
            return project(a_bar, a), project(b_bar, b)
        matrix = np.swapaxes(full, -1, -2) if transposed else full
        a_bar, b_bar = solved_bars(matrix, x, x_bar, np.ndim(b) == 1)
        a_bar = np.swapaxes(a_bar, -1, -2) if transposed else a_bar
        return unbroadcast(back(a_bar), a), unbroadcast(b_bar, b)

    return x, solve_pullback


def solved_bars(matrix: Any, x: Any, x_bar: Any, is_vector: bool) -> tuple[Any, Any]:
    """The cotangents of `matrix` and right-hand side of ``solve(matrix, b)``, not yet unbroadcast."""
    column, bar = (np.expand_dims(x, -1), np.expand_dims(x_bar, -1)) if is_vector else (x, x_bar)
    b_bar = np.linalg.solve(adjoint_matrix(matrix), bar)
    matrix_bar = -np.matmul(b_bar, adjoint_matrix(column))
    return matrix_bar, np.squeeze(b_bar, -1) if is_vector else b_bar


TRANSPOSITIONS = {"N": 0, "T": 1, "C": 2}


@adjoint(sl.solve_triangular)
def solve_triangular_rule(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    """As `solve_rule`, in one triangle, without its diagonal if that is taken to be 1."""
    if np.ndim(a) > 2 and np.ndim(b) < np.ndim(a):
        return NotImplemented
    x = sl.solve_triangular(a, b, trans, lower, unit_diagonal, check_finite=check_finite)
    kind = TRANSPOSITIONS.get(trans, trans)

    def solve_triangular_pullback(x_bar: Any) -> Any:
        vector = np.ndim(b) == 1
        column, bar = (np.expand_dims(x, -1), np.expand_dims(x_bar, -1)) if vector else (x, x_bar)
        matrix, back_kind = (conjugate(a), 0) if kind == 1 else (a, 2 - kind)
        b_bar = sl.solve_triangular(matrix, bar, trans=back_kind, lower=lower, unit_diagonal=unit_diagonal)
        a_bar = -np.matmul(b_bar, adjoint_matrix(column))  # of a, its transpose or its adjoint
        if kind:
            a_bar = np.swapaxes(a_bar, -1, -2)
        a_bar = triangle(conjugate(a_bar) if kind == 2 else a_bar, lower, strict=unit_diagonal)
        return unbroadcast(a_bar, a), unbroadcast(np.squeeze(b_bar, -1) if vector else b_bar, b)

    return x, solve_triangular_pullback


@adjoint(sl.pinv)
def pinv_rule(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: Any = False, check_finite: Any = True) -> Any:
    """At constant rank."""
    result = sl.pinv(a, atol=atol, rtol=rtol, return_rank=return_rank, check_finite=check_finite)
    return result, _pinv_pullback(result, a, return_rank, None)


@adjoint(sl.pinvh)
def pinvh_rule(
    a: Any, atol: Any = None, rtol: Any = None, lower: Any = True, return_rank: Any = False, check_finite: Any = True
) -> Any:
    """At constant rank, in the triangle that is read."""
    result = sl.pinvh(a, atol, rtol, lower, return_rank, check_finite)
    return result, _pinv_pullback(result, a, return_rank, lower)


def _pinv_pullback(result: Any, a: Any, return_rank: bool, lower: bool | None) -> Any:
    """The pullback of a pseudoinverse; `lower` says which triangle of a Hermitian matrix was read, if any."""
    y = result[0] if return_rank else result
    full, back = part_read(a, None if lower is None else "her", lower)

    def pinv_pullback(result_bar: Any) -> Any:
        y_bar = result_bar[0] if return_rank else result_bar
        return (None if y_bar is None else back(pinv_bar(full, y, y_bar)),)

    return pinv_pullback


@adjoint(sl.lstsq)
def lstsq_of_rule(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = None,
) -> Any:
    """As `np.linalg.lstsq`, with which it agrees but for the form of some results."""
    if np.ndim(a) > 2 or np.ndim(b) > 2:
        return NotImplemented
    result = sl.lstsq(a, b, cond, check_finite=check_finite, lapack_driver=lapack_driver)
    residuals, s = result[1], result[3]

    def lstsq_pullback(result_bar: Any) -> Any:
        x_bar, residuals_bar, _, s_bar = result_bar
        # scipy's own default is smaller than numpy's; its rank is what counts.
        cutoff = np.finfo(np.result_type(result[0])).eps if cond is None else cond
        _, pullback = lstsq_rule(a, b, cutoff)
        if residuals_bar is not None:
            residuals_bar = np.reshape(residuals_bar, -1) if np.size(residuals) else None
        return pullback((x_bar, residuals_bar, None, None if s is None else s_bar))

    return result, lstsq_pullback


@adjoint(sl.norm)
def norm_of_rule(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True) -> Any:
    """As `np.linalg.norm`."""
    y = sl.norm(a, ord, axis, keepdims, check_finite)
    _, norm_pullback = norm_rule(a, ord, axis, keepdims)
    return y, norm_pullback
