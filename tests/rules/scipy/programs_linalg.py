"""Calls of every function of `scipy.linalg` that is to be differentiable, by its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

A = np.array([[2.3, -0.4, 0.7], [0.3, 1.9, -0.8], [-0.6, 0.5, 2.8]])
B = np.array([[0.5, 1.2], [-0.7, 0.4], [1.1, -0.3]])
T = np.array([[0.9, -0.3, 0.2, 1.3], [0.4, 1.6, -1.1, 0.3], [-0.2, 0.6, 0.8, -0.7]])
V = np.array([0.7, -1.2, 0.5])
W = np.array([1.4, 0.3])
E = 0.4 * np.array([[0.2, -0.5, 0.3], [0.7, 0.1, -0.4], [-0.3, 0.6, 0.2]])


def spd(a: Any) -> Any:
    """A positive definite matrix."""
    return a @ a.T + 0.5 * np.eye(3)


def herm(a: Any, b: Any) -> Any:
    """A Hermitian positive definite matrix."""
    m = a + 1j * b
    return m @ m.conj().T + 0.5 * np.eye(3)


def stationary(b: Any) -> Any:
    """The stationary distribution of a Markov process, by the factors of its singular generator."""
    rates = np.exp(b @ b.T) * (1 - np.eye(3))
    factors, _ = sl.lu_factor((rates - np.diag(rates.sum(axis=1))).T)
    return sl.solve_triangular(factors[:-1, :-1], -factors[:-1, -1])


def sizes(m: Any) -> Any:
    """What does not depend on the phases of columns."""
    return np.abs(m) ** 2


PROGRAMS: dict[str, list[Any]] = {
    "block_diag": [(lambda a, b, v: sl.block_diag(a, b, v, 2.0), A, B, V)],
    "cho_factor": [
        (lambda a: np.triu(sl.cho_factor(spd(a))[0]), A),
        (lambda a: np.tril(sl.cho_factor(spd(a), lower=True, overwrite_a=True, check_finite=False)[0]), A),
    ],
    "cho_solve": [
        (lambda a, b: sl.cho_solve(sl.cho_factor(spd(a)), b), A, B),
        (lambda a, v: sl.cho_solve((sl.cholesky(spd(a), lower=True), True), v, overwrite_b=True), A, V),
    ],
    "cholesky": [
        (lambda a: sl.cholesky(spd(a)), A),
        (lambda a: sl.cholesky(spd(a), lower=True, overwrite_a=True, check_finite=False), A),
        (lambda a, b: sl.cholesky(herm(a, b)), A, E),
        (lambda a: sl.cholesky(np.stack([spd(a), spd(2 * a)])), A),
    ],
    "circulant": [(sl.circulant, V)],
    "companion": [(sl.companion, V)],
    "convolution_matrix": [
        (lambda v: sl.convolution_matrix(v, 4), V),
        (lambda v: sl.convolution_matrix(v, 4, mode="same"), V),
        (lambda v: sl.convolution_matrix(v, 4, "valid"), V),
    ],
    "det": [
        (sl.det, A),
        (lambda a: sl.det(a, overwrite_a=True, check_finite=False), A),
        (lambda a, b: sl.det(a + 1j * b), A, E),
        (lambda a: sl.det(np.stack([a, 2 * a])), A),
    ],
    "eigh": [
        (lambda a: sl.eigh(spd(a), eigvals_only=True), A),
        (lambda a: (lambda w, v: (w, sizes(v)))(*sl.eigh(spd(a))), A),
        (lambda a: (lambda w, v: (w, sizes(v)))(*sl.eigh(spd(a), lower=False, driver="evd")), A),
        (lambda a, b: (lambda w, v: (w, sizes(v)))(*sl.eigh(spd(a), spd(b))), A, E),
        (lambda a, b: (lambda w, v: (w, sizes(v)))(*sl.eigh(herm(a, b))), A, E),
        (lambda a: sl.eigh(spd(a), eigvals_only=True, subset_by_index=[0, 1]), A),
        (lambda a: sl.eigvalsh(spd(a)), A),
    ],
    "eigh_tridiagonal": [
        (lambda d, e: sl.eigh_tridiagonal(d, e, eigvals_only=True), V, W),
        (lambda d, e: (lambda w, v: (w, sizes(v)))(*sl.eigh_tridiagonal(d, e)), V, W),
    ],
    "expm": [
        (sl.expm, E),
        (sl.expm, A),
        (lambda a: sl.expm(np.stack([a, 2 * a])), E),
        (lambda a, b: sl.expm(a + 1j * b), E, A),
        (lambda a: sl.expm(a[:2, :2]), E),
        (lambda x: sl.expm(np.array([[x]])), 0.7),
        (lambda a: sl.expm(8 * a), A),
    ],
    "expm_frechet": [
        (lambda a, e: sl.expm_frechet(a, e), E, A),
        (lambda a, e: sl.expm_frechet(a, e, compute_expm=False), E, A),
        (lambda a, e: sl.expm_frechet(a, e, method="blockEnlarge"), E, A),
    ],
    "fiedler": [(sl.fiedler, V)],
    "fiedler_companion": [(sl.fiedler_companion, np.array([0.7, -1.2, 0.5, 1.4]))],
    "funm": [(lambda a: np.real(sl.funm(a, np.exp)), A), (lambda a: sl.funm(a, lambda x: x * x, disp=True), A)],
    "hankel": [(sl.hankel, V), (sl.hankel, V, np.array([0.5, 0.1, -0.4]))],
    "hessenberg": [
        (sl.hessenberg, A),
        (lambda a: sl.hessenberg(a, calc_q=True), A),
        (
            lambda a: sl.hessenberg(
                np.kron(a, np.eye(2) * 1.2) + 0.1 * np.arange(36.0).reshape(6, 6) ** 0.5, calc_q=True
            ),
            A,
        ),
    ],
    "inv": [
        (sl.inv, A),
        (lambda a: sl.inv(a, overwrite_a=True, check_finite=False), A),
        (lambda a: sl.inv(spd(a), assume_a="pos"), A),
        (lambda a: sl.inv(np.stack([a, 2 * a])), A),
        (lambda a, b: sl.inv(a + 1j * b), A, E),
    ],
    "leslie": [(lambda f, s: sl.leslie(f, s), V, W)],
    "lu": [
        (sl.lu, A),
        (lambda a: sl.lu(a, permute_l=True), A),
        (lambda t: sl.lu(t), T),
        (lambda t: sl.lu(t.T, p_indices=True)[1:], T),
        (lambda a: sl.lu(np.stack([a, 2 * a])), A),
    ],
    "lu_factor": [
        (stationary, B),
        (lambda a: sl.lu_factor(a)[0], A),
        (lambda a: sl.lu_factor(a, overwrite_a=True, check_finite=False)[0], A),
    ],
    "lu_solve": [
        (lambda a, b: sl.lu_solve(sl.lu_factor(a), b), A, B),
        (lambda a, v: sl.lu_solve(sl.lu_factor(a), v, trans=1, overwrite_b=True), A, V),
    ],
    "polar": [(sl.polar, A), (lambda a: sl.polar(a, side="left"), A), (sl.polar, T), (lambda t: sl.polar(t.T), T)],
    "qr": [
        (sl.qr, A),
        (lambda a: sl.qr(a, mode="r"), A),
        (lambda t: sl.qr(t.T, mode="economic"), T),
        (lambda t: sl.qr(t, pivoting=True)[:2], T),
        (lambda a, b: sl.qr(a + 1j * b), A, E),
        (lambda a: sl.qr(a, overwrite_a=True, check_finite=False, lwork=60), A),
    ],
    "qr_multiply": [
        (lambda a, b: sl.qr_multiply(a, b, "left"), A, B),
        (lambda a, t: sl.qr_multiply(a, t.T, "right"), A, T),
        (lambda a, v: sl.qr_multiply(a, v), A, V),
    ],
    "rsf2csf": [(lambda a: sizes(sl.rsf2csf(*sl.schur(a))[0]), A)],
    "schur": [(sl.schur, A), (lambda a: sizes(sl.schur(a, output="complex")[0]), A)],
    "solve": [
        (lambda a, b: sl.solve(a, b), A, B),
        (lambda a, v: sl.solve(a, v, transposed=True), A, V),
        (lambda a, b: sl.solve(spd(a), b, assume_a="pos", lower=True), A, B),
        (lambda a, b: sl.solve(a + a.T, b, assume_a="sym"), A, B),
        (lambda a, b: sl.solve(np.triu(a), b, assume_a="upper triangular"), A, B),
        (lambda a, b: sl.solve(a, b, overwrite_a=True, overwrite_b=True, check_finite=False), A, B),
        (lambda a, c, b: sl.solve(a + 1j * c, b), A, E, B),
        (lambda a, b: sl.solve(np.stack([a, 2 * a]), b), A, B),
        (lambda x, v: sl.solve(np.array([[x]]), v[:1]), 0.7, V),
    ],
    "solve_banded": [
        (
            lambda ab, v: sl.solve_banded((1, 1), ab, v),
            np.array([[0.0, 0.4, -0.3], [2.1, 1.8, 2.5], [0.3, 0.7, 0.0]]),
            V,
        ),
        (
            lambda ab, b: sl.solve_banded((0, 1), ab, b, overwrite_ab=True),
            np.array([[0.0, 0.4, -0.3], [2.1, 1.8, 2.5]]),
            B,
        ),
    ],
    "solve_sylvester": [(lambda a, b, q: sl.solve_sylvester(a, b[:2] + np.eye(2), q), A, B, B)],
    "solve_triangular": [
        (lambda a, b: sl.solve_triangular(a, b), A, B),
        (lambda a, v: sl.solve_triangular(a, v, trans="T", lower=True, unit_diagonal=True), A, V),
        (lambda a, b: sl.solve_triangular(a, b, lower=True, overwrite_b=True, check_finite=False), A, B),
    ],
    "sqrtm": [(sl.sqrtm, A), (lambda a: sl.sqrtm(spd(a)), A)],
    "svd": [
        (lambda a: sl.svd(a, compute_uv=False), A),
        (lambda a: (lambda u, s, v: (sizes(u), s, sizes(v)))(*sl.svd(a)), A),
        (lambda t: (lambda u, s, v: (u @ np.diag(s) @ v, s))(*sl.svd(t, full_matrices=False)), T),
        (lambda t: sl.svd(t, lapack_driver="gesvd", compute_uv=False, overwrite_a=True), T),
        (lambda t: sl.svdvals(t), T),
    ],
    "toeplitz": [(sl.toeplitz, V), (sl.toeplitz, V, np.array([0.5, 0.1, -0.4]))],
    # relatives
    "norm": [
        (sl.norm, A),
        (lambda a: sl.norm(a, 1), A),
        (lambda a: sl.norm(a, ord="fro", axis=(0, 1)), A),
        (lambda v: sl.norm(v, 3), V),
    ],
    "pinv": [(sl.pinv, T), (lambda t: sl.pinv(t.T), T), (lambda a: sl.pinvh(spd(a)), A)],
    "lstsq": [
        (lambda t, b: sl.lstsq(t.T, np.vstack([b, b[:1]]))[0], T, B),
        (lambda t, v: sl.lstsq(t, v, lapack_driver="gelsy")[0], T, V),
    ],
    "logm": [(sl.logm, A), (lambda a: sl.logm(spd(a)), A)],
    "trigonometric": [(sl.sinm, E), (sl.cosm, E), (sl.tanm, E), (sl.sinhm, E), (sl.coshm, E), (sl.tanhm, E)],
    "eig": [
        (lambda a: sl.eig(a)[0], np.diag([1.0, 2.5, 4.0]) + E),
        (lambda a: sl.eigvals(a), np.diag([1.0, 2.5, 4.0]) + E),
        (lambda a: sizes(sl.eig(a)[1]), np.diag([1.0, 2.5, 4.0]) + E),
    ],
    "equations": [
        (lambda a, b: sl.solve_continuous_are(a, b, np.eye(3), np.eye(2)), A, B),
        (lambda a, b, r: sl.solve_discrete_are(a / 3, b, spd(a), r * np.eye(2)), A, B, 0.7),
        (lambda a, q: sl.solve_continuous_lyapunov(a, q), A, E),
        (lambda a, q: sl.solve_discrete_lyapunov(a / 5, q), A, E),
    ],
    "structured": [
        (lambda c, b: sl.solve_toeplitz(c, b), np.array([2.0, 0.3, -0.4]), V),
        (lambda c, b: sl.solve_circulant(c, b), np.array([2.0, 0.3, -0.4]), V),
        (lambda ab, v: sl.solveh_banded(ab, v), np.array([[0.0, 0.4, -0.3], [2.1, 1.8, 2.5]]), V),
        (lambda c, x: sl.matmul_toeplitz(c, x), V, V + 1),
        (lambda a, b: sl.kron(a, b) if hasattr(sl, "kron") else np.kron(a, b), A, B),
        (lambda a, b: sl.khatri_rao(a, np.hstack([b, b[:, :1]])), A, B),
        (lambda a: sl.fractional_matrix_power(a, 0.5), A),
        (lambda a: sl.rq(a), A),
        (lambda a: sl.null_space(a[:2]) ** 2, A),
        (lambda a: sl.orth(a) ** 2, A),
        (lambda a, b: sl.subspace_angles(a[:, :1], b), A, B),
        (lambda a, b: sl.orthogonal_procrustes(a, b)[0], A, A + E),
    ],
}
