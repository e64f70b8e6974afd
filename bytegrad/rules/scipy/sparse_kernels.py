"""The compiled kernels of sparse matrices, as Python computations of the same thing: they write into their operands.

A kernel whose operands are all constant is called as it stands.  Those that only move elements are run on the numbers
of the elements, which says where each of them went; sums are made in the kernels' order.  Results that are zero are
left out of a matrix by the kernels: which these are is constant.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import _sparsetools

from bytegrad.rules.declare import non_differentiable, resolver
from bytegrad.runtime.dispatch import resolve

Array = Any


def _kernel(name: str) -> Callable[[Any], Any]:
    """Let the kernel `name` be differentiated as the decorated function, if an operand is active."""

    def declare(function: Any) -> Any:
        @resolver(getattr(_sparsetools, name))
        def resolve_kernel(ctx: Any, *args: Any) -> Any:
            if not any([isinstance(arg, np.ndarray) and ctx.arrays.part(arg) is not None for arg in args]):
                return NotImplemented
            return resolve(ctx, function, args, {})

        return function

    return declare


@non_differentiable
def rows_of(indptr: Array) -> Array:
    """The row of each element. Shapes: indptr (rows + 1,) -> (elements,)."""
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


# Products: `out` gets what falls to it added, as scipy's do. Shapes: A (M, N), x (N,), out (M,), or flat.


@_kernel("csr_matvec")
def csr_matvec(M: int, N: int, Ap: Array, Aj: Array, Ax: Array, x: Array, out: Array) -> None:
    np.add.at(out, rows_of(Ap), Ax * x[Aj])


@_kernel("csc_matvec")
def csc_matvec(M: int, N: int, Ap: Array, Ai: Array, Ax: Array, x: Array, out: Array) -> None:
    np.add.at(out, Ai, Ax * x[rows_of(Ap)])


@_kernel("coo_matvec")
def coo_matvec(nnz: int, row: Array, col: Array, Ax: Array, x: Array, out: Array) -> None:
    np.add.at(out, row, Ax * x[col])


@_kernel("csr_matvecs")
def csr_matvecs(M: int, N: int, n: int, Ap: Array, Aj: Array, Ax: Array, x: Array, out: Array) -> None:
    np.add.at(out.reshape(M, n), rows_of(Ap), Ax[:, np.newaxis] * x.reshape(N, n)[Aj])


@_kernel("csc_matvecs")
def csc_matvecs(M: int, N: int, n: int, Ap: Array, Ai: Array, Ax: Array, x: Array, out: Array) -> None:
    np.add.at(out.reshape(M, n), Ai, Ax[:, np.newaxis] * x.reshape(N, n)[rows_of(Ap)])


@_kernel("coo_matmat_dense")
def coo_matmat_dense(nnz: int, n: int, row: Array, col: Array, Ax: Array, x: Array, out: Array) -> None:
    np.add.at(out.reshape(-1, n), row, Ax[:, np.newaxis] * x.reshape(-1, n)[col])


@_kernel("dia_matvec")
def dia_matvec(M: int, N: int, n: int, L: int, offsets: Array, data: Array, x: Array, out: Array) -> None:
    for i in range(n):
        k = int(offsets[i])
        start, stop = max(0, k), min(M + k, N, L)
        if stop > start:
            out[start - k : stop - k] += data[i, start:stop] * x[start:stop]


@_kernel("csr_matmat")
def csr_matmat(M: int, N: int, *matrices: Array) -> None:
    Ap, Aj, Ax, Bp, Bj, Bx, Cp, Cj, Cx = matrices
    indptr, indices = _structure(_sparsetools.csr_matmat, (M, N, Ap, Aj, Ax, Bp, Bj, Bx), (Cp, Cj, Cx))
    Cp[...], Cj[...] = indptr, indices
    left, right, at = _factors(N, (Ap, Aj), (Bp, Bj), (indptr, indices))
    Cx[...] = 0
    np.add.at(Cx, at, Ax[left] * Bx[right])


@non_differentiable
def _structure(kernel: Any, operands: Any, outs: Any) -> tuple[Array, Array]:
    """The rows and columns that a kernel gives its result."""
    copies = [np.array(out) for out in outs]
    kernel(*map(np.asarray, operands), *copies)
    return copies[0], copies[1]


@non_differentiable
def _factors(N: int, a: Any, b: Any, c: Any) -> tuple[Array, Array, Array]:
    """The pairs of elements that a product is made of, and where each goes, in the order of the kernel.

    Results that are zero have no place in it.
    """
    (Ap, Aj), (Bp, Bj), (Cp, Cj) = a, b, c
    counts = np.diff(Bp)[Aj]
    left = np.repeat(np.arange(len(Aj)), counts)
    within = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    right = Bp[Aj][left] + within
    keys = rows_of(Ap)[left] * N + Bj[right]
    made = rows_of(Cp) * N + Cj[: Cp[-1]]
    order = np.argsort(made)
    at = order[np.minimum(np.searchsorted(made, keys, sorter=order), max(len(made) - 1, 0))] if len(made) else keys * 0
    kept = np.flatnonzero(made[at] == keys) if len(made) else keys[:0]
    return left[kept], right[kept], at[kept]


# Elements by their places; equal places are summed.


@_kernel("csr_todense")
def csr_todense(M: int, N: int, Ap: Array, Aj: Array, Ax: Array, out: Array) -> None:
    np.add.at(out, (rows_of(Ap), Aj), Ax)


@_kernel("coo_todense")
def coo_todense(M: int, N: int, nnz: int, row: Array, col: Array, Ax: Array, out: Array, fortran: int) -> None:
    np.add.at(out, col * M + row if fortran else row * N + col, Ax)


@_kernel("csr_diagonal")
def csr_diagonal(k: int, M: int, N: int, Ap: Array, Aj: Array, Ax: Array, out: Array) -> None:
    rows = rows_of(Ap)
    on = np.flatnonzero(Aj - rows == k)
    out[...] = 0
    np.add.at(out, rows[on] - max(0, -k), Ax[on])


@_kernel("csr_sample_values")
def csr_sample_values(M: int, N: int, Ap: Array, Aj: Array, Ax: Array, n: int, *samples: Array) -> None:
    Bi, Bj, out = samples
    sample, element = _found((Ap, Aj), (np.asarray(Bi) % M) * N + np.asarray(Bj) % N, N)
    out[...] = 0
    np.add.at(out, sample, Ax[element])


@non_differentiable
def _found(a: Any, keys: Array, N: int) -> tuple[Array, Array]:
    """The elements of a matrix at places ``row * N + column``: the place's number and the element's, for each."""
    held = rows_of(a[0]) * N + a[1][: a[0][-1]]
    order = np.argsort(held, kind="stable")
    low, high = [np.searchsorted(held, keys, side=side, sorter=order) for side in ("left", "right")]
    counts = high - low
    place = np.repeat(np.arange(len(keys)), counts)
    within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    return place, order[np.repeat(low, counts) + within]


def _binary(name: str, operation: Any) -> None:
    kernel = getattr(_sparsetools, name)

    @_kernel(name)
    def binary(M: int, N: int, *matrices: Array) -> None:
        Ap, Aj, Ax, Bp, Bj, Bx, Cp, Cj, Cx = matrices
        indptr, indices = _structure(kernel, (M, N, Ap, Aj, Ax, Bp, Bj, Bx), (Cp, Cj, Cx))
        Cp[...], Cj[...] = indptr, indices
        keys = _keys(indptr, indices, N)
        a, b = np.zeros(len(keys), Ax.dtype), np.zeros(len(keys), Bx.dtype)
        place, element = _found((Ap, Aj), keys, N)
        np.add.at(a, place, Ax[element])
        place, element = _found((Bp, Bj), keys, N)
        np.add.at(b, place, Bx[element])
        Cx[: len(keys)] = operation(a, b)


@non_differentiable
def _keys(indptr: Array, indices: Array, N: int) -> Array:
    return rows_of(indptr) * N + indices[: indptr[-1]]


for _name, _operation in {
    "plus": operator.add,
    "minus": operator.sub,
    "elmul": operator.mul,
    "eldiv": operator.truediv,
    "maximum": np.maximum,
    "minimum": np.minimum,
}.items():
    _binary(f"csr_{_name}_csr", _operation)


@_kernel("csr_sum_duplicates")
def csr_sum_duplicates(M: int, N: int, Ap: Array, Aj: Array, Ax: Array) -> None:
    target = _targets(Ap, Aj)
    indptr, indices = _structure(_sparsetools.csr_sum_duplicates, (M, N), (Ap, Aj, Ax))
    sums = np.zeros(int(indptr[-1]), Ax.dtype)
    np.add.at(sums, target, Ax[: len(target)])
    Ap[...], Aj[...] = indptr, indices
    Ax[: len(sums)] = sums


@non_differentiable
def _targets(indptr: Array, indices: Array) -> Array:
    """The number of the sum that each element goes into; elements at equal places follow each other."""
    rows, columns = rows_of(indptr), indices[: indptr[-1]]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    return np.cumsum(first) - 1


@_kernel("csr_scale_rows")
def csr_scale_rows(M: int, N: int, Ap: Array, Aj: Array, Ax: Array, x: Array) -> None:
    Ax[: len(Aj)] *= x[rows_of(Ap)]


@_kernel("csr_scale_columns")
def csr_scale_columns(M: int, N: int, Ap: Array, Aj: Array, Ax: Array, x: Array) -> None:
    Ax[: len(Aj)] *= x[Aj]


# Kernels that only move elements: the parameters that the elements are in, that get indices, and that get elements.

MOVING: dict[str, tuple[int, tuple[int, ...], int]] = {
    "coo_tocsr": (5, (6, 7), 8),
    "csr_tocsc": (4, (5, 6), 7),
    "csr_sort_indices": (3, (2,), 3),
    "csr_eliminate_zeros": (4, (2, 3), 4),
    "csr_row_index": (4, (5,), 6),
    "csr_row_slice": (5, (6,), 7),
    "csr_column_index2": (4, (5,), 6),
    "csr_hstack": (5, (6, 7), 8),
    "bsr_tocsr": (6, (7, 8), 9),
    "dia_tocsr": (5, (8, 9), 7),
}
WITHOUT_ZEROS = frozenset(("csr_eliminate_zeros", "dia_tocsr"))
"""Those of them that leave out elements that are zero."""


def _moving(name: str, elements: int, indices: tuple[int, ...], out: int) -> None:
    @_kernel(name)
    def moved(*args: Any) -> Any:
        value, places, *changed = _run_on_numbers(name, args, elements, indices, out)
        taken = np.ravel(args[elements])[places]
        for i in range(len(indices)):
            args[indices[i]][...] = changed[i]
        args[out][...] = taken
        return value


@non_differentiable
def _run_on_numbers(name: str, args: Any, elements: int, indices: tuple[int, ...], out: int) -> list[Any]:
    """What the kernel returns, where it takes each element from, and what it writes into `indices`."""
    given = [np.array(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    held = np.asarray(args[elements])
    numbers = np.arange(held.size).reshape(held.shape) + 1.0
    given[elements] = numbers * (held != 0) if name in WITHOUT_ZEROS else numbers
    if out != elements:
        given[out] = np.ones(np.shape(args[out]))
    value = getattr(_sparsetools, name)(*given)
    places = np.maximum(given[out].astype(int) - 1, 0)
    return [value, places, *[given[i] for i in indices]]


for _name, _parameters in MOVING.items():
    _moving(_name, *_parameters)


@_kernel("get_csr_submatrix")
def get_csr_submatrix(M: int, N: int, Ap: Array, Aj: Array, Ax: Array, *bounds: int) -> tuple[Array, Array, Array]:
    indptr, indices, places = _submatrix_of_numbers(M, N, Ap, Aj, len(Ax), *bounds)
    return indptr, indices, Ax[places]


@non_differentiable
def _submatrix_of_numbers(M: int, N: int, Ap: Array, Aj: Array, n: int, *bounds: int) -> tuple[Array, Array, Array]:
    indptr, indices, numbers = _sparsetools.get_csr_submatrix(M, N, Ap, Aj, np.arange(n) * 1.0, *bounds)
    return indptr, indices, numbers.astype(int)
