"""Schur and Hessenberg forms of `scipy.linalg`.

For ``a = z t z^H`` let ``dz = z w`` with antihermitian w.  The elements of ``z^H da z = w t - t w + dt`` below the
blocks of t determine w column by column; the pullback runs through the same columns backwards.  A complex form is
unique up to phases, and a function that depends on them is refused.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.linalg as sl

from bytegrad.errors import BytegradError
from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.numpy.structure import adjoint_matrix
from bytegrad.rules.scipy.linalg_factorizations import or_zeros


@adjoint(sl.schur)
def schur_rule(
    a: Any,
    output: Any = "real",
    lwork: Any = None,
    overwrite_a: Any = False,
    sort: Any = None,
    check_finite: Any = True,
) -> Any:
    """In any order of the blocks; eigenvalues that coincide have no derivative."""
    if np.ndim(a) > 2:
        return NotImplemented
    result = sl.schur(a, output, lwork, False, sort, check_finite)
    t, z = result[:2]

    def schur_pullback(result_bar: Any) -> Any:
        t_bar, z_bar = or_zeros(result_bar[0], t), or_zeros(result_bar[1], z)
        return (_schur_bar(t, z, t_bar, z_bar),)

    return result, schur_pullback


def block_starts(t: Any) -> list[int]:
    """Where the blocks of a quasi-triangular matrix begin, and its size at the end."""
    n = len(t)
    joined = np.not_equal(np.diagonal(t, -1), 0)
    return [i for i in range(n) if i == 0 or not joined[i - 1]] + [n]


def _schur_bar(t: Any, z: Any, t_bar: Any, z_bar: Any) -> Any:
    starts = block_starts(t)
    number = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    below = np.expand_dims(number, 1) > np.expand_dims(number, 0)
    back = adjoint_matrix(t)
    inner_bar = np.where(below, 0.0, t_bar)
    turn_bar = np.matmul(adjoint_matrix(z), z_bar) - np.matmul(inner_bar, back) + np.matmul(back, inner_bar)
    if np.iscomplexobj(t):
        _refuse_phases(np.diagonal(turn_bar))
    within_bar = _within_blocks(t, starts, turn_bar)
    turn_bar = turn_bar - np.matmul(within_bar, back) + np.matmul(back, within_bar)
    lower_bar = np.where(below, turn_bar - adjoint_matrix(turn_bar), 0.0)
    inner_bar = inner_bar + within_bar + _below_blocks(t, starts, lower_bar)
    return np.matmul(np.matmul(z, inner_bar), adjoint_matrix(z))


def _refuse_phases(turn_bar: Any) -> None:
    if np.any(np.abs(np.imag(turn_bar)) > 1e-6 * np.max(np.abs(turn_bar), initial=1e-300)):
        raise BytegradError(
            "the gradient depends on the phases of the vectors of a complex Schur form, which are not determined",
            fixes="use only functions that do not change when a vector is multiplied by a phase",
        )


def _within_blocks(t: Any, starts: list[int], turn_bar: Any) -> Any:
    """What the rotations within 2 x 2 blocks, which keep their diagonals equal, add to the matrix's cotangent."""
    n = len(t)
    total = np.zeros((n, n))
    for start, stop in pairwise(starts):
        if stop - start == 2:
            spread = t[start, start + 1] + t[start + 1, start]
            angle_bar = turn_bar[start + 1, start] - turn_bar[start, start + 1]
            share = 0.0 if spread == 0 else angle_bar / (2 * spread)
            places = (np.array([start, start + 1]), np.array([start, start + 1]))
            total = total + scatter_add((n, n), places, np.stack([-share, share]))
    return total


def _below_blocks(t: Any, starts: list[int], lower_bar: Any) -> Any:
    """The cotangent of the elements below the blocks, block column by block column from the last one on."""
    n = len(t)
    back = adjoint_matrix(t)
    columns: list[Any] = []
    for start, stop in reversed(list(pairwise(starts))):
        rest = back[stop:, stop:]
        if stop == n:
            columns.insert(0, np.zeros((n, stop - start)))
            continue
        # x solves x t_block^H - t_rest^H x = bar
        solved = sl.solve_sylvester(-rest, back[start:stop, start:stop], lower_bar[stop:, start:stop])
        columns.insert(0, np.concatenate([np.zeros((stop, stop - start)), solved], axis=0))
        change = np.matmul(solved, adjoint_matrix(t[:start, start:stop]))
        padded = np.concatenate([np.zeros((stop, start)), change], axis=0)
        lower_bar = lower_bar - np.concatenate([padded, np.zeros((n, n - start))], axis=1)
    return np.concatenate(columns, axis=1)


@adjoint(sl.hessenberg)
def hessenberg_rule(a: Any, calc_q: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """For the transformation whose first vector is fixed and whose subdiagonal is real."""
    if np.ndim(a) > 2:
        return NotImplemented
    result = sl.hessenberg(a, calc_q, False, check_finite)

    def hessenberg_pullback(result_bar: Any) -> Any:
        h, q = result if calc_q else sl.hessenberg(a, True)
        h_bar, q_bar = result_bar if calc_q else (result_bar, None)
        inner_bar = np.triu(or_zeros(h_bar, h), -1)
        back = adjoint_matrix(h)
        turn_bar = -np.matmul(inner_bar, back) + np.matmul(back, inner_bar)
        if q_bar is not None:
            turn_bar = turn_bar + np.matmul(adjoint_matrix(q), q_bar)
        inner_bar = inner_bar + _below_subdiagonal(h, turn_bar)
        return (np.matmul(np.matmul(q, inner_bar), adjoint_matrix(q)),)

    return result, hessenberg_pullback


def _below_subdiagonal(h: Any, turn_bar: Any) -> Any:
    """The cotangent of ``q^H da q`` by the rotations, which column j determines in column j + 1."""
    n = len(h)
    back = adjoint_matrix(h)
    lower_bar = np.tril(turn_bar - adjoint_matrix(turn_bar), -1)
    if np.iscomplexobj(turn_bar):
        lower_bar = lower_bar + 1j * np.imag(np.diag(np.diagonal(turn_bar)))
    columns: list[Any] = [np.zeros((n, 1))]
    for j in range(n - 2, -1, -1):
        slope = h[j + 1, j]
        bar = np.concatenate([np.zeros(j + 1), lower_bar[j + 1 :, j + 1]])
        # The element on the diagonal turns the phase of the subdiagonal, which stays real.
        at_diagonal = np.arange(n) == j + 1
        bar = np.where(at_diagonal, 1j * np.imag(bar), bar) if np.iscomplexobj(h) else np.where(at_diagonal, 0.0, bar)
        solved = bar / (1.0 if slope == 0 else np.conjugate(slope)) * (slope != 0)
        columns.insert(0, np.expand_dims(solved, 1))
        # solved belongs to (inner + h w - w h)[:, j]; w has antihermitian upper elements too
        by_left = np.outer(np.matmul(back, solved), np.arange(n) == j)
        by_right = np.outer(solved, np.conjugate(h[:, j]) * (np.arange(n) <= j))
        change = by_left - by_right
        folded = np.tril(change - adjoint_matrix(change), -1)
        if np.iscomplexobj(change):
            folded = folded + 1j * np.imag(np.diag(np.diagonal(change)))
        lower_bar = lower_bar + folded
    return np.concatenate(columns, axis=1)
