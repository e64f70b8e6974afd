"""Cholesky, QR, eigenvalue and singular value decompositions.

What the functions read.  `cholesky`, `eigh` and `eigvalsh` read one triangle (``upper=``, ``UPLO=``) and the real
part of the diagonal; the cotangent is zero in the other triangle, so it is what differences of the function show.

Phases.  Eigenvectors and singular vectors are defined up to a factor of absolute value 1.  LAPACK makes one
component of each vector real: the first (``UPLO="L"``) or last row of `eigh`'s vectors, the largest component of
`eig`'s, the first row of V (or of U, for wide matrices) of `svd`'s.  The rules differentiate that.  The columns that
``full_matrices=True`` and ``mode="complete"`` add have no such choice: a function that depends on more of them than
the space that they span is refused with an error when its gradient is taken.

Equal eigenvalues or singular values.  The gradient of a function that does not depend on the choice of vectors in
their common space is right and finite; reciprocals of differences within rounding error are replaced by zero.  Second
derivatives have limits there that are not zero, and that these formulas do not give: they are refused.

Sources: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation", Oxford (2008); S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions",
Optimization Methods and Software 33 (2018); C. Boeddeker et al., arXiv:1701.00392 (complex).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.errors import BytegradError
from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate

# Below this a component cannot say what the phase of its vector is.
SMALLEST_COMPONENT = 1e-10


def in_triangle(a_bar: Any, triangle: str) -> Any:
    """The cotangent of what is read of a Hermitian matrix: its lower ("L") or upper ("U") triangle."""
    doubled = a_bar + adjoint_matrix(a_bar)
    n = np.shape(a_bar)[-1]
    mask = np.tril(np.ones((n, n)), -1) if triangle == "L" else np.triu(np.ones((n, n)), 1)
    return doubled * (mask + 0.5 * np.eye(n))


def from_lower_triangle(a: Any) -> Any:
    """The Hermitian matrix whose lower triangle `a` has."""
    below = np.tril(a, -1)
    return below + adjoint_matrix(below) + np.real(a) * np.eye(np.shape(a)[-1])


def reciprocal_gaps(w: Any) -> Any:
    """``1 / (w_j - w_i)``, and 0 where the two are equal up to rounding.

    Shapes: w (..., n) -> (..., n, n).
    """
    gaps = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    size = np.max(np.abs(w), axis=-1, keepdims=True, initial=0.0)
    rounding = 4 * np.finfo(w.dtype).eps * np.expand_dims(size, -1)
    equal = np.less_equal(np.abs(gaps), rounding)
    return np.where(equal, 0.0, 1.0 / np.where(equal, 1.0, gaps))


def resolved(w: Any, v: Any, nonzero: bool = False) -> Any:
    """`v`, the vectors that belong to `w`, as rules use them: their derivative is known only where no two are equal."""
    return np.copy(v)  # what is the same array has the same cotangent


@adjoint(resolved)
def resolved_rule(w: Any, v: Any, nonzero: bool = False) -> Any:
    """The cotangent of the vectors, where it does not turn those of equal values into each other."""

    def resolved_pullback(v_bar: Any) -> Any:
        turn = np.abs(np.matmul(adjoint_matrix(v), v_bar))
        among_equal = np.where(unresolved(w), turn, 0.0) > 1e-9 * np.max(turn, initial=0.0)
        if np.any(turn):
            refuse_equal(w, nonzero, among_equal)
        return None, turned_back(w, v_bar, nonzero)

    return np.copy(v), resolved_pullback


def turned_back(w: Any, v_bar: Any, nonzero: bool) -> Any:
    """`v_bar`, as the linear function that forward mode transposes: its tangents lack what equal values would add."""
    return np.copy(v_bar)


@adjoint(turned_back)
def turned_back_rule(w: Any, v_bar: Any, nonzero: bool) -> Any:
    """The tangent of the vectors."""

    def turned_back_pullback(v_dot: Any) -> Any:
        refuse_equal(w, nonzero, unresolved(w))
        return None, v_dot

    return np.copy(v_bar), turned_back_pullback


def unresolved(w: Any) -> Any:
    """Which pairs of different places have equal values: (..., n) -> (..., n, n)."""
    return np.equal(reciprocal_gaps(w), 0.0) & ~np.eye(np.shape(w)[-1], dtype=bool)


def refuse_equal(w: Any, nonzero: bool, equal: Any) -> None:
    """Raise if any values are equal, or, where they must not be, zero."""
    smallest = np.finfo(w.dtype).eps * np.max(np.abs(w), axis=-1, keepdims=True, initial=0.0)
    if np.any(equal) or (nonzero and np.any(np.abs(w) <= smallest)):
        raise BytegradError(
            "second derivatives by eigenvalues or singular values are not known where two of them are equal"
            + (", or one is zero" if nonzero else ""),
            fixes="use a function of the matrix itself (its powers, trace or determinant), or move off the point",
        )


non_differentiable(unresolved, refuse_equal)


def or_zeros(bar: Any, like: Any) -> Any:
    return np.zeros(np.shape(like)) if bar is None else bar


def diagonal_matrix(w: Any) -> Any:
    """Matrices with `w` on their diagonals: (..., n) -> (..., n, n)."""
    return np.expand_dims(w, -1) * np.eye(np.shape(w)[-1])


def diagonal_of(matrix: Any) -> Any:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def phase_bar(overlap: Any, component: Any) -> Any:
    """What the phases of vectors add to the cotangent of the components that LAPACK makes real.

    `overlap` is the inner product of each vector's cotangent with the vector; its imaginary part is how the
    function depends on the phase.  Shapes: both (..., n).
    """
    component = np.real(component)
    small = np.less_equal(np.abs(component), SMALLEST_COMPONENT)
    return np.where(small, 0.0, 1j * np.imag(overlap) / np.where(small, 1.0, component))


def cholesky_forward(a: Any, *, upper: Any = False) -> Any:
    """``lower_dot = lower @ half(lower^-1 @ a_dot @ lower^-T)``, where `half` takes half of a symmetric matrix."""
    y = np.linalg.cholesky(a, upper=upper)

    def cholesky_pushforward(a_dot: Any) -> Any:
        lower = np.swapaxes(y, -1, -2) if upper else y
        read = np.swapaxes(a_dot, -1, -2) if upper else a_dot
        symmetric = np.tril(read) + np.swapaxes(np.tril(read, -1), -1, -2)
        inner = np.linalg.solve(lower, np.swapaxes(np.linalg.solve(lower, symmetric), -1, -2))
        y_dot = lower @ (np.tril(inner) * (1.0 - 0.5 * np.eye(np.shape(a)[-1])))
        return np.swapaxes(y_dot, -1, -2) if upper else y_dot

    return y, cholesky_pushforward


@adjoint(np.linalg.cholesky, pushforward=cholesky_forward)
def cholesky_rule(a: Any, *, upper: Any = False) -> Any:
    """In the triangle that is read."""
    y = np.linalg.cholesky(a, upper=upper)

    def cholesky_pullback(y_bar: Any) -> Any:
        lower, lower_bar = (adjoint_matrix(y), adjoint_matrix(y_bar)) if upper else (y, y_bar)
        return (in_triangle(cholesky_bar(lower, np.tril(lower_bar)), "U" if upper else "L"),)

    return y, cholesky_pullback


def cholesky_bar(lower: Any, lower_bar: Any) -> Any:
    """The cotangent (not yet symmetric) of ``a = lower @ lower^H``."""
    inner = np.tril(np.matmul(adjoint_matrix(lower), lower_bar))
    inner = inner * (1.0 - 0.5 * np.eye(np.shape(lower)[-1]))
    half = by_halves(adjoint_matrix(lower), inner)
    return adjoint_matrix(by_halves(adjoint_matrix(lower), adjoint_matrix(half)))


def by_halves(upper: Any, right: Any) -> Any:
    """The solution of a system with an upper triangular matrix: that of its lower half, then that of its upper one.

    This is mostly products, and takes a third of what `np.linalg.solve` does, which knows nothing of the triangle.
    Shapes: upper (..., n, n), right (..., n, m) -> (..., n, m).
    """
    n = np.shape(upper)[-1]
    if n <= _WHOLE:
        return np.linalg.solve(upper, right)
    k = n // 2
    below = by_halves(upper[..., k:, k:], right[..., k:, :])
    above = by_halves(upper[..., :k, :k], right[..., :k, :] - np.matmul(upper[..., :k, k:], below))
    return np.concatenate([above, below], axis=-2)


_WHOLE = 80
"""So many equations are solved at once."""


@adjoint(np.linalg.qr)
def qr_rule(a: Any, mode: Any = "reduced") -> Any:
    """R has a real diagonal; the mode "raw" has no rule."""
    if mode not in ("reduced", "complete", "r"):
        return NotImplemented
    result = np.linalg.qr(a, mode)
    n = min(np.shape(a)[-2:])

    def qr_pullback(result_bar: Any) -> Any:
        if mode == "r":
            q, r = np.linalg.qr(a)
            return (qr_bar(q, r, np.zeros(np.shape(q)), np.triu(result_bar)),)
        q, r = result
        q_bar, r_bar = or_zeros(result_bar[0], q), or_zeros(result_bar[1], r)
        added = q[..., n:]
        if np.shape(added)[-1]:
            added_bar = q_bar[..., n:]
            refuse_rotation(np.matmul(adjoint_matrix(added), added_bar), "np.linalg.qr(mode='complete')")
            turned = np.matmul(np.matmul(added, adjoint_matrix(added_bar)), q[..., :n])
            q_bar = q_bar[..., :n] - turned
        return (qr_bar(q[..., :n], r[..., :n, :], q_bar, np.triu(r_bar)[..., :n, :]),)

    return result, qr_pullback


def qr_bar(q: Any, r: Any, q_bar: Any, r_bar: Any) -> Any:
    """The cotangent of ``a = q @ r`` with (..., m, k) q and (..., k, n) r, k = min(m, n)."""
    k = np.shape(q)[-1]
    rest_bar = r_bar[..., k:]
    # For a wide matrix the first k columns make q, and the others are q @ rest.
    q_bar = q_bar + np.matmul(np.matmul(q, r[..., k:]), adjoint_matrix(rest_bar))
    square, square_bar = r[..., :k], r_bar[..., :k]
    turn = np.matmul(adjoint_matrix(q), q_bar)
    difference = turn - np.matmul(square_bar, adjoint_matrix(square))
    skew = np.tril(difference - adjoint_matrix(difference), -1)
    if np.iscomplexobj(difference):  # LAPACK's r has a real diagonal
        skew = skew + 1j * diagonal_matrix(np.imag(diagonal_of(difference)))
    inner = q_bar + np.matmul(q, np.matmul(square_bar, adjoint_matrix(square)) + skew - turn)
    first_bar = adjoint_matrix(np.linalg.solve(square, adjoint_matrix(inner)))
    # The other columns of a: rest = q^H a, whose part in q is in q_bar already.
    return np.concatenate([first_bar, np.matmul(q, rest_bar)], axis=-1)


def refuse_rotation(overlap: Any, name: str) -> None:
    """Raise unless a function of added columns is unchanged by rotations among them."""
    skew = np.abs(overlap - adjoint_matrix(overlap))
    if np.any(skew > 1e-6 * np.max(np.abs(overlap), initial=1e-300)):
        raise BytegradError(
            f"the gradient depends on the choice of the columns that {name} adds to an orthonormal basis, "
            "which is not differentiable",
            fixes="use the reduced form, or only functions of the space that the added columns span",
        )


@adjoint(np.linalg.eigh)
def eigh_rule(a: Any, UPLO: Any = "L") -> Any:
    """In the triangle that is read, for a matrix with the phases that LAPACK chooses."""
    result = np.linalg.eigh(a, UPLO)
    w, v = result

    def eigh_pullback(result_bar: Any) -> Any:
        w_bar, v_bar = result_bar
        return (in_triangle(eigh_bar(w, v, w_bar, v_bar, UPLO.upper()), UPLO.upper()),)

    return result, eigh_pullback


@adjoint(np.linalg.eigvalsh)
def eigvalsh_rule(a: Any, UPLO: Any = "L") -> Any:
    """In the triangle that is read."""
    w = np.linalg.eigvalsh(a, UPLO)

    def eigvalsh_pullback(w_bar: Any) -> Any:
        _, v = np.linalg.eigh(a, UPLO)
        return (in_triangle(eigh_bar(w, v, w_bar, None, UPLO.upper()), UPLO.upper()),)

    return w, eigvalsh_pullback


def eigh_bar(w: Any, v: Any, w_bar: Any, v_bar: Any, triangle: str) -> Any:
    """The cotangent of a Hermitian matrix with eigenvalues `w` and eigenvectors `v`, not yet Hermitian."""
    v = resolved(w, v)
    back = adjoint_matrix(v)
    inner = np.zeros(np.shape(v)) if w_bar is None else diagonal_matrix(w_bar)
    if v_bar is not None:
        if np.iscomplexobj(v):
            row = 0 if triangle == "L" else np.shape(v)[-2] - 1
            v_bar = v_bar + in_row(row, phase_bar(overlap_of(v, v_bar), v[..., row, :]), v)
        inner = inner + reciprocal_gaps(w) * np.matmul(back, v_bar)
    return np.matmul(np.matmul(v, inner), back)


def overlap_of(v: Any, v_bar: Any) -> Any:
    """The inner products ``v_bar_j^H v_j`` of the columns."""
    return np.sum(conjugate(v_bar) * v, axis=-2)


def in_row(row: int, values: Any, like: Any) -> Any:
    """Zeros of the shape of `like` (..., m, n) with `values` (..., n) in the given row."""
    return np.expand_dims(values, -2) * np.expand_dims(np.arange(np.shape(like)[-2]) == row, -1)


@adjoint(np.linalg.eig)
def eig_rule(a: Any) -> Any:
    """For eigenvectors of norm 1 with a real largest component."""
    result = np.linalg.eig(a)
    w, v = result

    def eig_pullback(result_bar: Any) -> Any:
        w_bar, v_bar = result_bar
        return (eig_bar(w, v, w_bar, v_bar),)

    return result, eig_pullback


@adjoint(np.linalg.eigvals)
def eigvals_rule(a: Any) -> Any:
    """By the eigenvectors, which are computed when the pullback is called."""
    w = np.linalg.eigvals(a)

    def eigvals_pullback(w_bar: Any) -> Any:
        vectors_of, v = np.linalg.eig(a)
        # The two may list the eigenvalues in another order only if LAPACK's two paths differ by rounding.
        nearest = np.argmin(np.abs(np.expand_dims(w, -1) - np.expand_dims(vectors_of, -2)), axis=-1)
        v = np.take_along_axis(v, np.expand_dims(nearest, -2), axis=-1)
        return (eig_bar(w, v, w_bar, None),)

    return w, eigvals_pullback


def eig_bar(w: Any, v: Any, w_bar: Any, v_bar: Any) -> Any:
    """The cotangent of a matrix with eigenvalues `w` and eigenvectors `v` of norm 1."""
    v = resolved(w, v)
    back = adjoint_matrix(v)
    inner = np.zeros(np.shape(v)) if w_bar is None else diagonal_matrix(w_bar)
    if v_bar is not None:
        overlap = overlap_of(v, v_bar)
        v_bar = v_bar - v * np.expand_dims(np.real(overlap), -2)
        if np.iscomplexobj(v):
            largest = np.argmax(np.abs(v), axis=-2)
            rows = np.expand_dims(np.arange(np.shape(v)[-2]), -1)
            at_largest = np.equal(rows, np.expand_dims(largest, -2))
            component = np.sum(np.where(at_largest, v, 0.0), axis=-2)
            v_bar = v_bar + at_largest * np.expand_dims(phase_bar(overlap, component), -2)
        inner = inner + conjugate(reciprocal_gaps(w)) * np.matmul(back, v_bar)
    return np.linalg.solve(back, np.matmul(inner, back))
