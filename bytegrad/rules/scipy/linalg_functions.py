"""Functions of matrices in `scipy.linalg`: `expm`, `logm`, `sqrtm`, `sinm`, ... and `expm_frechet`.

The adjoint of the derivative of a matrix function f at A, applied to a cotangent G, is the derivative at A^H applied
to G, and that is a corner of f itself at a block matrix: ``f([[A^H, G], [0, A^H]]) = [[., L], [0, .]]``.
Source: N. J. Higham, "Functions of Matrices", SIAM (2008), (3.16); L. Dieci, A. Papini, (3.24).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as sl
from scipy.linalg import _matfuncs

from bytegrad.rules.declare import adjoint, polyfill
from bytegrad.rules.numpy.structure import adjoint_matrix
from bytegrad.rules.scipy.refusal import refused

NO_DISP = _matfuncs._NoValue


def in_blocks(a: Any, corner: Any, below: Any = None) -> Any:
    """The block matrices ``[[a, corner], [0, below]]``; `below` is `a` if it is not given."""
    below = a if below is None else below
    top = np.concatenate([a, corner], axis=-1)
    bottom = np.concatenate([np.zeros(np.shape(corner)), below], axis=-1)
    return np.concatenate([top, bottom], axis=-2)


def slope_adjoint(function: Callable[[Any], Any], a: Any, y_bar: Any) -> Any:
    """The cotangent of `a` of ``function(a)``."""
    n = np.shape(a)[-1]
    turned = adjoint_matrix(a)
    corner = np.broadcast_to(y_bar, np.shape(a))
    return function(in_blocks(turned, corner))[..., :n, n:]


def _of_matrix(name: str) -> None:
    """Declare the rule of the function `name` of a matrix alone."""

    def matrix_function_rule(A: Any) -> Any:
        function = getattr(sl, name)
        y = function(A)

        def matrix_function_pullback(y_bar: Any) -> Any:
            matrix = np.reshape(A, (1, 1)) if np.ndim(A) < 2 else A
            a_bar = slope_adjoint(function, matrix, np.reshape(y_bar, np.shape(matrix)))
            return (np.reshape(a_bar, np.shape(A)),)

        return y, matrix_function_pullback

    adjoint(getattr(sl, name))(matrix_function_rule)


for _name in ("expm", "cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm"):
    _of_matrix(_name)


@adjoint(sl.logm)
def logm_rule(A: Any, disp: Any = NO_DISP) -> Any:
    """The principal logarithm; the error estimate of ``disp=False`` is constant."""
    result = sl.logm(A) if disp is NO_DISP else sl.logm(A, disp)
    with_estimate = isinstance(result, tuple)

    def logm_pullback(result_bar: Any) -> Any:
        y_bar = result_bar[0] if with_estimate else result_bar
        return (None if y_bar is None else slope_adjoint(sl.logm, A, y_bar),)

    return result, logm_pullback


@adjoint(sl.sqrtm)
def sqrtm_rule(A: Any, disp: Any = NO_DISP, blocksize: Any = NO_DISP) -> Any:
    """The solution of ``y^H a_bar + a_bar y^H = y_bar``."""
    result = sl.sqrtm(A, disp, blocksize)
    y = result[0] if isinstance(result, tuple) else result

    def sqrtm_pullback(result_bar: Any) -> Any:
        y_bar = result_bar[0] if isinstance(result, tuple) else result_bar
        if y_bar is None:
            return (None,)
        root = adjoint_matrix(y)
        return (sl.solve_sylvester(root, root, y_bar),)

    return result, sqrtm_pullback


@adjoint(sl.fractional_matrix_power)
def fractional_matrix_power_rule(A: Any, t: Any) -> Any:
    """In the matrix and in the exponent: ``exp(t log(A))``."""
    y = sl.fractional_matrix_power(A, t)

    def power_of(matrix: Any) -> Any:
        return sl.fractional_matrix_power(matrix, t)

    def fractional_power_pullback(y_bar: Any) -> Any:
        t_bar = np.sum(np.real(np.conjugate(y_bar) * np.matmul(y, sl.logm(A))))
        return slope_adjoint(power_of, A, y_bar), t_bar

    return y, fractional_power_pullback


@adjoint(sl.signm)
def signm_rule(A: Any, disp: Any = NO_DISP) -> Any:
    """No rule but for its value: the sign function has an expression that converges only away from the axis."""
    result = sl.signm(A) if disp is NO_DISP else sl.signm(A, disp)

    def signm_pullback(result_bar: Any) -> Any:
        return (refused("signm", "A"),)

    return result, signm_pullback


@adjoint(sl.expm_frechet)
def expm_frechet_rule(A: Any, E: Any, method: Any = None, compute_expm: Any = True, check_finite: Any = True) -> Any:
    """The corner of the exponential of a block matrix."""
    result = sl.expm_frechet(A, E, method, compute_expm, check_finite)

    def expm_frechet_pullback(result_bar: Any) -> Any:
        y_bar, slope_bar = result_bar if compute_expm else (None, result_bar)
        n = np.shape(A)[0]
        y_bar = np.zeros(np.shape(A)) if y_bar is None else y_bar
        slope_bar = np.zeros(np.shape(A)) if slope_bar is None else slope_bar
        block_bar = in_blocks(y_bar, slope_bar, np.zeros(np.shape(A)))
        bar = slope_adjoint(sl.expm, in_blocks(A, E), block_bar)
        return bar[:n, :n] + bar[n:, n:], bar[:n, n:]

    return result, expm_frechet_pullback


@polyfill(_matfuncs._funm_loops)
def funm_loops_polyfill(F: Any, T: Any, n: Any, minden: Any) -> Any:
    """The recurrence of Parlett, diagonal by diagonal; for `funm`, which is otherwise Python.

    Source: G. H. Golub, C. F. Van Loan, "Matrix Computations", algorithm 11.1.1.
    """
    for distance in range(1, n):
        for i in range(n - distance):
            j = i + distance
            total = T[i, j] * (F[j, j] - F[i, i])
            total = total + (T[i, i + 1 : j] @ F[i + 1 : j, j] - F[i, i + 1 : j] @ T[i + 1 : j, j])
            gap = T[j, j] - T[i, i]
            if gap != 0.0:
                total = total / gap
            F[i, j] = total
            minden = min(minden, abs(gap))
    return F, minden
