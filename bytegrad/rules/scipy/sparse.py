"""Rules of `scipy.sparse.linalg`: solvers, differentiated as the solutions that they find.

The matrix may be dense, or sparse in a format that has its elements in one array, `data`, with a place for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse.linalg as sparse_linalg
from scipy import sparse

from bytegrad.rules.declare import adjoint, non_differentiable, resolver
from bytegrad.rules.numpy.structure import conjugate
from bytegrad.rules.scipy.linalg import solved_bars
from bytegrad.runtime.dispatch import resolve

ITERATIVE = ("bicg", "bicgstab", "cg", "cgs", "gcrotmk", "gmres", "lgmres", "minres", "qmr", "tfqmr")


def _dense_rule(name: str) -> None:
    """Declare the rule of an iterative solver; how exactly it has solved is constant."""

    def solver_rule(A: Any, b: Any, x0: Any = None, **options: Any) -> Any:
        if not isinstance(A, np.ndarray) or options.get("callback") is not None:
            return NotImplemented
        result = getattr(sparse_linalg, name)(A, b, x0, **options)

        def solver_pullback(result_bar: Any) -> Any:
            if result_bar[0] is None:
                return None, None
            a_bar, b_bar = solved_bars(A, np.ravel(result[0]), np.ravel(result_bar[0]), True)
            return a_bar, np.reshape(b_bar, np.shape(b))

        return result, solver_pullback

    adjoint(getattr(sparse_linalg, name))(solver_rule)


# Sparse systems: the elements of the matrix are an operand of their own, and what else it has is constant.


def _sparse_rule(name: str) -> None:
    """Let a sparse system be solved by `solution`, which has a rule."""
    solver = getattr(sparse_linalg, name)

    def solver_of_elements(A: Any, b: Any, *args: Any, **options: Any) -> Any:
        if name == "spsolve" and A.format != "coo":
            A.sum_duplicates()  # as scipy does; from here on the elements keep their order
        return solution(name, _held(A), A.data, b, args, options)

    @resolver(solver)
    def resolve_sparse_system(ctx: Any, *args: Any, **options: Any) -> Any:
        matrix: Any = args[0] if args else None
        right: Any = args[1] if len(args) > 1 else options.get("b")
        if (
            not sparse.issparse(matrix)
            or sparse.issparse(right)
            or matrix.format not in ("csr", "csc", "coo")
            or options.get("callback")
        ):
            return NotImplemented
        return resolve(ctx, solver_of_elements, args, options)


@non_differentiable
def _held(matrix: Any) -> Any:
    """A sparse matrix as a constant."""
    return matrix.copy()


def solution(name: str, matrix: Any, data: Any, b: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What the solver `name` gives for a matrix whose elements are `data`."""
    return getattr(sparse_linalg, name)(matrix, b, *args, **options)


@adjoint(solution)
def solution_rule(name: str, matrix: Any, data: Any, b: Any, args: Any, options: Any) -> Any:
    """As `solve`; each element of the matrix gets what falls to its row and column."""
    if not isinstance(b, np.ndarray):
        return NotImplemented
    result = solution(name, matrix, data, b, args, options)

    def solution_pullback(result_bar: Any) -> Any:
        x, x_bar = (result, result_bar) if name == "spsolve" else (result[0], result_bar[0])
        if x_bar is None:
            return None, None, None, None
        turned, (row, column) = _turned(matrix)
        b_bar = solution("spsolve", turned, conjugate(data), np.reshape(x_bar, np.shape(b)), (), {})
        b_bar, x = np.reshape(b_bar, np.shape(b)), np.reshape(x, np.shape(b))
        elements = -b_bar[row] * conjugate(x)[column]
        data_bar = np.sum(elements, axis=1) if np.ndim(elements) == 2 else elements
        return None, None, data_bar, b_bar

    return result, solution_pullback


@non_differentiable
def _turned(matrix: Any) -> Any:
    """The adjoint of a matrix, with its elements in the same order; and their rows and columns in `matrix`."""
    places = matrix.tocoo()
    return matrix.conj().T, (places.row, places.col)


for _name in ITERATIVE:
    _dense_rule(_name)
for _name in (*ITERATIVE, "spsolve"):
    _sparse_rule(_name)
