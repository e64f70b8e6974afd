"""LAPACK's own routines, as `scipy.linalg.get_lapack_funcs` hands them out.

The routines of the four types have the same rules.  What they return as status is constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import lapack

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate
from bytegrad.rules.scipy import linalg_factorizations as factorizations
from bytegrad.rules.scipy.linalg import solve_triangular_rule, solved_bars
from bytegrad.rules.scipy.matrix_parts import part_read, triangle

Maker = Callable[[Any], Callable[..., Any]]


def _for_all_types(name: str) -> Callable[[Maker], Maker]:
    """Declare the rule that `make(routine)` gives, for the routine of each of the four types."""

    def declare(make: Maker) -> Maker:
        for letter in "sdcz":
            routine = getattr(lapack, letter + name)
            adjoint(routine)(make(routine))
        return make

    return declare


@_for_all_types("potrf")
def potrf_rule_of(routine: Any) -> Any:
    """Cholesky factors, in the triangle that is read; the other one is cleared or left as it is."""

    def potrf_rule(a: Any, lower: Any = 0, clean: Any = 1, overwrite_a: Any = 0) -> Any:
        result = routine(a, lower, clean)

        def potrf_pullback(result_bar: Any) -> Any:
            c_bar = result_bar[0]
            if c_bar is None:
                return (None,)
            other = 0.0 if clean else triangle(c_bar, not lower, strict=True)
            return (factorizations._cholesky_bar(result[0], c_bar, lower) + other,)

        return result, potrf_pullback

    return potrf_rule


@_for_all_types("potrs")
def potrs_rule_of(routine: Any) -> Any:
    """Solutions by Cholesky factors."""

    def potrs_rule(c: Any, b: Any, lower: Any = 0, overwrite_b: Any = 0) -> Any:
        result = routine(c, b, lower)

        def potrs_pullback(result_bar: Any) -> Any:
            if result_bar[0] is None:
                return None, None
            _, pullback = factorizations.cho_solve_rule((c, lower), np.reshape(b, np.shape(result[0])))
            (c_bar, _), b_bar = pullback(result_bar[0])
            return c_bar, np.reshape(b_bar, np.shape(b))

        return result, potrs_pullback

    return potrs_rule


@_for_all_types("getrf")
def getrf_rule_of(routine: Any) -> Any:
    """LU factors in one array."""

    def getrf_rule(a: Any, overwrite_a: Any = 0) -> Any:
        result = routine(a)

        def getrf_pullback(result_bar: Any) -> Any:
            _, pullback = factorizations.lu_factor_rule(a)
            return pullback(result_bar[:2])

        return result, getrf_pullback

    return getrf_rule


@_for_all_types("getrs")
def getrs_rule_of(routine: Any) -> Any:
    """Solutions by LU factors."""

    def getrs_rule(lu: Any, piv: Any, b: Any, trans: Any = 0, overwrite_b: Any = 0) -> Any:
        result = routine(lu, piv, b, trans)

        def getrs_pullback(result_bar: Any) -> Any:
            if result_bar[0] is None:
                return None, None, None
            _, pullback = factorizations.lu_solve_rule((lu, piv), b, trans)
            (lu_bar, _), b_bar = pullback(result_bar[0])
            return lu_bar, None, np.reshape(b_bar, np.shape(b))

        return result, getrs_pullback

    return getrs_rule


@_for_all_types("trtrs")
def trtrs_rule_of(routine: Any) -> Any:
    """Solutions of triangular systems."""

    def trtrs_rule(
        a: Any, b: Any, lower: Any = 0, trans: Any = 0, unitdiag: Any = 0, lda: Any = None, overwrite_b: Any = 0
    ) -> Any:
        result = routine(a, b, lower, trans, unitdiag)

        def trtrs_pullback(result_bar: Any) -> Any:
            if result_bar[0] is None:
                return None, None
            _, pullback = solve_triangular_rule(a, np.reshape(b, np.shape(result[0])), trans, lower, unitdiag)
            a_bar, b_bar = pullback(result_bar[0])
            return a_bar, np.reshape(b_bar, np.shape(b))

        return result, trtrs_pullback

    return trtrs_rule


@_for_all_types("gesv")
def gesv_rule_of(routine: Any) -> Any:
    """Factors, pivots and solution of a general system."""

    def gesv_rule(a: Any, b: Any, overwrite_a: Any = 0, overwrite_b: Any = 0) -> Any:
        result = routine(a, b)

        def gesv_pullback(result_bar: Any) -> Any:
            a_bar, b_bar = np.zeros(np.shape(a)), np.zeros(np.shape(b))
            if result_bar[0] is not None:
                _, pullback = factorizations.lu_factor_rule(a)
                a_bar = a_bar + pullback((result_bar[0], None))[0]
            if result_bar[2] is not None:
                x = result[2]
                matrix_bar, solved = solved_bars(a, x, result_bar[2], np.ndim(x) == 1)
                a_bar, b_bar = a_bar + matrix_bar, b_bar + np.reshape(solved, np.shape(b))
            return a_bar, b_bar

        return result, gesv_pullback

    return gesv_rule


@_for_all_types("posv")
def posv_rule_of(routine: Any) -> Any:
    """Cholesky factor and solution of a positive definite system."""

    def posv_rule(a: Any, b: Any, lower: Any = 0, overwrite_a: Any = 0, overwrite_b: Any = 0) -> Any:
        result = routine(a, b, lower)

        def posv_pullback(result_bar: Any) -> Any:
            full, back = part_read(a, "her", lower)
            a_bar, b_bar = np.zeros(np.shape(a)), np.zeros(np.shape(b))
            if result_bar[0] is not None:
                other = triangle(result_bar[0], not lower, strict=True)
                a_bar = a_bar + factorizations._cholesky_bar(result[0], result_bar[0], lower) + other
            if result_bar[1] is not None:
                x = result[1]
                matrix_bar, solved = solved_bars(full, x, result_bar[1], np.ndim(x) == 1)
                a_bar, b_bar = a_bar + back(matrix_bar), b_bar + np.reshape(solved, np.shape(b))
            return a_bar, b_bar

        return result, posv_pullback

    return posv_rule


@_for_all_types("getri")
def getri_rule_of(routine: Any) -> Any:
    """The inverse by LU factors."""

    def getri_rule(lu: Any, piv: Any, lwork: Any = None, overwrite_lu: Any = 0) -> Any:
        result = routine(lu, piv) if lwork is None else routine(lu, piv, lwork)

        def getri_pullback(result_bar: Any) -> Any:
            if result_bar[0] is None:
                return None, None
            inverse = adjoint_matrix(result[0])
            matrix_bar = -np.matmul(inverse, np.matmul(result_bar[0], inverse))
            lower, upper = factorizations._unpacked(lu)
            product_bar = matrix_bar[factorizations._row_order(piv, len(lu))]
            lower_bar = np.matmul(product_bar, adjoint_matrix(upper))
            upper_bar = np.matmul(conjugate(np.transpose(lower)), product_bar)
            return np.tril(lower_bar, -1) + np.triu(upper_bar), None

        return result, getri_pullback

    return getri_rule
