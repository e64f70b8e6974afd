from __future__ import annotations

from typing import Any

import numpy as np
import pytest

sl = pytest.importorskip("scipy.linalg")

from scipy.linalg import _matfuncs, lapack  # noqa: E402

from bytegrad.errors import BytegradError  # noqa: E402
from bytegrad.rules.scipy.linalg_functions import funm_loops_polyfill  # noqa: E402
from bytegrad.runtime.tangent import Poison  # noqa: E402
from tests.rules.numpy.array_cases import A, C, Case, P, start_numbers  # noqa: E402
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize  # noqa: E402
from tests.rules.numpy.test_decompositions import hermitian, rectangular  # noqa: E402

start_numbers("scipy_linalg")


def well(make: Any, *shape: int) -> Any:
    """Matrices far from singular."""
    return make(*shape) + 4 * np.eye(*shape[-2:])


# LAPACK's signs of its Schur vectors do not change near this one.
WITH_A_COMPLEX_PAIR = np.array(
    [[-0.54, -0.32, 0.41, 1.04], [-0.13, 1.37, -0.67, 0.35], [0.9, 0.09, -0.74, -0.92], [-0.46, 0.22, -1.01, -0.21]]
)


def separated(make: Any, n: int) -> Any:
    """A matrix with well separated real eigenvalues, not symmetric."""
    return np.diag(1 + 1.5 * np.arange(n)) + 0.3 * make(n, n)


@parametrize(
    case(sl.inv, well(A, 3, 3)),
    case(sl.inv, well(C, 2, 2, 2)),
    case(sl.inv, well(A, 3, 3), assume_a="pos", lower=True),
    case(sl.inv, well(A, 3, 3), assume_a="sym"),
    case(sl.inv, well(C, 3, 3), assume_a="her"),
    case(sl.inv, well(A, 3, 3), assume_a="upper triangular"),
    case(sl.inv, np.triu(well(A, 3, 3)), False, True),
    case(sl.det, well(A, 3, 3)),
    case(sl.det, C(2, 3, 3), check_finite=False),
    case(sl.solve, well(A, 3, 3), A(3)),
    case(sl.solve, well(A, 3, 3), A(3, 2), assume_a="gen"),
    case(sl.solve, well(C, 2, 3, 3), C(3, 2)),
    case(sl.solve, well(A, 3, 3), A(3), transposed=True),
    case(sl.solve, well(A, 3, 3), A(3, 2), assume_a="pos"),
    case(sl.solve, well(C, 3, 3), C(3), assume_a="her", lower=True),
    case(sl.solve, well(C, 3, 3), C(3), assume_a="sym"),
    case(sl.solve, well(A, 3, 3), A(3), assume_a="lower triangular"),
    case(sl.solve, well(A, 3, 3), A(3), assume_a="diagonal"),
    case(sl.solve, well(A, 4, 4), A(4), assume_a="tridiagonal"),
    case(sl.solve, A(1, 1), A(1, 2)),
    case(sl.solve_triangular, well(A, 3, 3), A(3)),
    case(sl.solve_triangular, well(A, 3, 3), A(3, 2), lower=True),
    case(sl.solve_triangular, well(C, 3, 3), C(3), trans=1),
    case(sl.solve_triangular, well(C, 3, 3), C(3, 2), trans="C", lower=True),
    case(sl.solve_triangular, well(A, 3, 3), A(3), "T", True, True),
    case(sl.pinv, A(4, 2)),
    case(sl.pinv, C(2, 3), return_rank=True),
    case(sl.pinvh, hermitian(A, 3)),
    case(sl.pinvh, hermitian(C, 3), lower=False),
    case(sl.lstsq, A(5, 2), A(5)).loosely(1e-6),
    case(sl.lstsq, A(5, 2), A(5, 3), lapack_driver="gelsd").loosely(1e-6),
    case(sl.lstsq, A(2, 4), A(2), lapack_driver="gelsy").loosely(1e-6),
    case(sl.norm, A(2, 3)),
    case(sl.norm, A(2, 3), 1, axis=1, keepdims=True),
    case(sl.norm, C(2, 3), "nuc"),
)
def test_solvers(row: Case) -> None:
    check(row, layouts=False)


@parametrize(
    case(sl.cholesky, hermitian(A, 3)),
    case(sl.cholesky, hermitian(C, 3), lower=True),
    case(sl.cho_factor, hermitian(A, 3)),
    case(sl.cho_factor, hermitian(C, 3), True),
    case(sl.lu, well(A, 3, 3)[[2, 0, 1]]),
    case(sl.lu, A(4, 2)),
    case(sl.lu, C(2, 4)),
    case(sl.lu, A(2, 3, 3) + 3 * np.eye(3)[[1, 2, 0]]),
    case(sl.lu, A(3, 2), permute_l=True),
    case(sl.lu, A(3, 3), p_indices=True),
    case(sl.lu_factor, well(A, 3, 3)[[2, 0, 1]]),
    case(sl.lu_factor, C(3, 2)),
    case(sl.qr, A(3, 3)),
    case(sl.qr, A(4, 2), mode="economic"),
    case(sl.qr, C(2, 4)),
    case(sl.qr, A(4, 3), mode="economic", pivoting=True),
    case(sl.qr, A(4, 3), mode="r"),
    case(sl.qr, A(3, 2)),
    case(sl.rq, A(3, 3)),
    case(sl.rq, C(2, 4), mode="economic"),
    case(sl.qr_multiply, A(4, 2), A(3, 4)),
    case(sl.qr_multiply, A(4, 2), A(2, 3), mode="left"),
    case(sl.qr_multiply, C(4, 2), C(4), "right", conjugate=True),
    case(sl.qr_multiply, A(4, 3), A(2, 4), pivoting=True),
    case(sl.svd, rectangular(A, 3, 2)),
    case(sl.svd, rectangular(C, 3, 3)),
    case(sl.svd, rectangular(A, 2, 3), full_matrices=False, lapack_driver="gesvd"),
    case(sl.svd, rectangular(A, 3, 3), compute_uv=False),
    case(sl.svdvals, rectangular(C, 2, 3)),
    case(sl.polar, A(3, 3)),
    case(sl.polar, C(4, 2)),
    case(sl.polar, A(2, 4)),
    case(sl.polar, A(3, 3), side="left"),
    case(sl.polar, C(2, 3), "left"),
)
def test_factorizations(row: Case) -> None:
    check(row, layouts=False)


@parametrize(
    case(sl.cho_solve, (hermitian(A, 3), False), A(3)),
    case(sl.cho_solve, (hermitian(C, 3), True), C(3, 2)),
    case(sl.lu_solve, (well(A, 3, 3), np.array([1, 2, 2])), A(3)),
    case(sl.lu_solve, (well(C, 3, 3), np.array([1, 2, 2])), C(3, 2), trans=1),
    case(sl.lu_solve, (well(C, 3, 3), np.array([2, 2, 2])), C(3), 2),
    case(lapack.dpotrf, hermitian(A, 3)),
    case(lapack.zpotrf, hermitian(C, 3), lower=1),
    case(lapack.dpotrf, hermitian(A, 3), 1, 0),
    case(lapack.dpotrs, well(A, 3, 3), A(3)),
    case(lapack.zpotrs, well(C, 3, 3), C(3, 2), lower=1),
    case(lapack.dgetrf, well(A, 3, 3)[[2, 0, 1]]),
    case(lapack.zgetrs, well(C, 3, 3), np.array([1, 2, 2]), C(3)),
    case(lapack.dgetrs, well(A, 3, 3), np.array([1, 2, 2]), A(3, 2), trans=1),
    case(lapack.dtrtrs, well(A, 3, 3), A(3, 2), lower=1, trans=1, unitdiag=1),
    case(lapack.ztrtrs, well(C, 3, 3), C(3)),
    case(lapack.dgesv, well(A, 3, 3), A(3, 2)),
    case(lapack.dposv, hermitian(A, 3), A(3, 2), lower=1),
    case(lapack.dgetri, well(A, 3, 3), np.array([1, 2, 2])),
)
def test_solutions_by_factors(row: Case) -> None:
    check(row, second_order=False, layouts=False)


@parametrize(
    case(sl.eigh, hermitian(A, 3), driver="evd"),
    case(sl.eigh, hermitian(C, 3), lower=False, driver="evd"),
    case(sl.eigh, hermitian(A, 4), subset_by_index=[1, 2], driver="evx"),
    case(sl.eigh, hermitian(A, 3), eigvals_only=True),
    case(sl.eigh, hermitian(A, 3), hermitian(A, 3)),
    case(sl.eigh, hermitian(C, 3), hermitian(C, 3), lower=False),
    case(sl.eigh, hermitian(C, 3), hermitian(C, 3)),
    case(sl.eigh, hermitian(A, 3), hermitian(A, 3), eigvals_only=True, subset_by_index=[0, 1]),
    case(sl.eigvalsh, hermitian(C, 3), lower=False),
    case(sl.eigvalsh, hermitian(A, 3), hermitian(A, 3)),
    case(sl.eig, separated(A, 3)),
    case(sl.eig, separated(A, 3), left=True),
    case(sl.eig, separated(C, 3), None, True, False),
    case(sl.eig, separated(A, 3), right=False),
    case(sl.eig, separated(A, 3), hermitian(A, 3), right=False),
    case(sl.eigvals, separated(C, 3)),
    case(sl.eigvals, separated(A, 3), hermitian(A, 3)),
    case(sl.eigh_tridiagonal, np.array([1.0, 3.0, 4.5, 7.0]), A(3)),
    case(sl.eigh_tridiagonal, np.array([1.0, 3.0, 4.5, 7.0]), A(3), select="i", select_range=(1, 2)),
    case(sl.eigh_tridiagonal, np.array([1.0, 3.0, 4.5, 7.0]), A(3), eigvals_only=True),
    case(sl.eigvalsh_tridiagonal, np.array([1.0, 3.0, 4.5, 7.0]), A(3)),
    case(sl.eig_banded, np.array([[0.0, 0.7, 0.4, -0.3], [1.0, 3.0, 4.5, 7.0]])),
    case(sl.eig_banded, np.array([[1.0, 3.0, 4.5, 7.0], [0.7, 0.4, -0.3, 0.0]]), True, True),
    case(sl.eigvals_banded, np.array([[0.0, 0.7, 0.4, -0.3], [1.0, 3.0, 4.5, 7.0]])),
)
def test_eigenvalues(row: Case) -> None:
    check(row.loosely(1e-6), second_order=False, layouts=False)


@parametrize(
    case(sl.eigh, hermitian(A, 3), hermitian(A, 3)),
    case(sl.eig, separated(A, 3)),
    case(sl.eigvalsh, hermitian(C, 3)),
)
def test_eigenvalues_to_second_order(row: Case) -> None:
    check(row.loosely(1e-6), layouts=False)


@parametrize(
    case(sl.expm, A(3, 3)),
    case(sl.expm, C(2, 2, 2)),
    case(sl.expm, A(1, 1)),
    case(sl.cosm, A(3, 3)),
    case(sl.sinm, C(3, 3)),
    case(sl.tanm, A(3, 3) / 4),
    case(sl.coshm, A(3, 3)),
    case(sl.sinhm, A(3, 3)),
    case(sl.tanhm, A(3, 3)),
    case(sl.logm, well(A, 3, 3)),
    case(sl.logm, hermitian(C, 3)),
    case(sl.sqrtm, well(A, 3, 3)),
    case(sl.sqrtm, hermitian(C, 3)),
    case(sl.fractional_matrix_power, hermitian(A, 3), 0.7),
    case(sl.expm_frechet, A(3, 3), A(3, 3)),
    case(sl.expm_frechet, A(3, 3), A(3, 3), compute_expm=False),
)
def test_functions(row: Case) -> None:
    check(row.loosely(1e-6), second_order=row.fn in (sl.expm, sl.sqrtm), layouts=False)


@parametrize(
    case(sl.schur, separated(A, 4)),
    case(sl.schur, WITH_A_COMPLEX_PAIR),
    case(sl.hessenberg, A(4, 4)),
    case(sl.hessenberg, A(4, 4), calc_q=True),
    case(sl.hessenberg, C(4, 4), True),
    case(sl.hessenberg, A(2, 2), True),
)
def test_schur_and_hessenberg(row: Case) -> None:
    # LAPACK's signs of Schur vectors may jump between the steps of second differences.
    check(row.loosely(1e-6), second_order=row.args[0] is not WITH_A_COMPLEX_PAIR, layouts=False)


def test_complex_schur_by_functions_without_phases() -> None:
    a, weights = separated(C, 3), C(3, 3)

    def value(x: Any) -> float:
        t, z = sl.schur(x, "complex")
        return float(np.real(np.sum(weights * (z @ np.diag(np.diag(t) ** 2) @ z.conj().T))))

    (t, z), pullback = np_rule(sl.schur)(a, "complex")
    squares = np.diag(np.diag(t) ** 2)
    z_bar = weights.conj() @ z @ squares.conj().T + weights.T @ z @ squares
    t_bar = np.diag(np.diag(z.conj().T @ weights.conj() @ z) * 2 * np.diag(t).conj())
    (a_bar,) = pullback((t_bar, z_bar))
    for _ in range(3):
        tangent = C(3, 3)
        numerical = (value(a + 1e-5 * tangent) - value(a - 1e-5 * tangent)) / 2e-5
        assert abs(np.vdot(a_bar, tangent).real - numerical) < 1e-6 * (1 + abs(numerical))
    with pytest.raises(BytegradError, match="phases"):
        pullback((C(3, 3), C(3, 3)))


def test_polar_of_equal_singular_values() -> None:
    check(case(sl.polar, np.linalg.qr(A(3, 3))[0]), layouts=False)


def test_funm_loops() -> None:
    t = np.triu(C(4, 4))
    f = np.diag(np.exp(np.diag(t)))
    ours, least = funm_loops_polyfill(f.copy(), t, 4, abs(t[0, 0]))
    theirs, expected = _matfuncs._funm_loops(f.copy(), t, 4, abs(t[0, 0]))
    np.testing.assert_allclose(ours, theirs)
    assert least == pytest.approx(expected)


@parametrize(
    case(sl.solve_sylvester, well(A, 3, 3), well(A, 2, 2), A(3, 2)),
    case(sl.solve_sylvester, well(C, 3, 3), well(C, 2, 2), C(3, 2)),
    case(sl.solve_continuous_lyapunov, well(A, 3, 3), A(3, 3)),
    case(sl.solve_continuous_lyapunov, well(C, 3, 3), C(3, 3)),
    case(sl.solve_discrete_lyapunov, A(3, 3) / 4, A(3, 3)),
    case(sl.solve_discrete_lyapunov, C(3, 3) / 4, C(3, 3), method="bilinear"),
)
def test_linear_equations(row: Case) -> None:
    check(row, layouts=False)


@parametrize(
    case(sl.solve_continuous_are, A(3, 3), A(3, 2), hermitian(A, 3), hermitian(A, 2)).only(0, 1),
    case(sl.solve_discrete_are, A(3, 3), A(3, 2), hermitian(A, 3), hermitian(A, 2)).only(0, 1),
    case(sl.solve_continuous_are, C(3, 3), C(3, 2), hermitian(C, 3), hermitian(C, 2)).only(0, 1),
)
def test_riccati_equations(row: Case) -> None:
    check(row.loosely(1e-6), layouts=False)


@pytest.mark.parametrize("solver", [sl.solve_continuous_are, sl.solve_discrete_are])
def test_riccati_equations_in_the_weights(solver: Any) -> None:
    a, b, q, r = A(3, 3), A(3, 2), hermitian(A, 3), hermitian(A, 2)
    _, pullback = np_rule(solver)(a, b, q, r)
    x_bar = A(3, 3)
    *_, q_bar, r_bar = pullback(x_bar)
    for i, bar in ((2, q_bar), (3, r_bar)):
        tangent = hermitian(A, len(bar))
        step = [0.0] * 4
        step[i] = 1e-5 * tangent
        up = solver(*(m + s for m, s in zip((a, b, q, r), step, strict=True)))
        down = solver(*(m - s for m, s in zip((a, b, q, r), step, strict=True)))
        assert np.sum(bar * tangent) == pytest.approx(np.sum(x_bar * (up - down)) / 2e-5, rel=1e-6)


@parametrize(
    case(sl.block_diag, A(2, 2), A(1, 3), 1.5),
    case(sl.block_diag, A(2), C(2, 2)),
    case(sl.circulant, A(3)),
    case(sl.convolution_matrix, A(3), 4),
    case(sl.convolution_matrix, A(3), 4, mode="same"),
    case(sl.toeplitz, A(3)),
    case(sl.toeplitz, C(3)),
    case(sl.toeplitz, A(3), A(2)),
    case(sl.hankel, A(3)),
    case(sl.hankel, A(3), r=A(4)),
    case(sl.leslie, A(3), A(2)),
    case(sl.companion, P(4)),
    case(sl.companion, C(3)),
    case(sl.fiedler, A(4)),
    case(sl.fiedler_companion, P(5)),
    case(sl.fiedler_companion, P(4)),
    case(sl.khatri_rao, C(2, 3), A(4, 3)),
)
def test_structured(row: Case) -> None:
    check(row, layouts=False)


def banded(rows: int, n: int, main: int) -> Any:
    band = A(rows, n)
    band[main] += 6
    return band


@parametrize(
    case(sl.solve_banded, (1, 2), banded(4, 5, 2), A(5)),
    case(sl.solve_banded, (1, 1), banded(3, 4, 1), A(4, 2)),
    case(sl.solve_banded, (1, 0), banded(2, 4, 0) + 0j, C(4)),
    case(sl.solveh_banded, banded(2, 4, 1), A(4)),
    case(sl.solveh_banded, banded(3, 5, 0), A(5, 2), lower=True),
    case(sl.solve_banded, (2, 3), banded(6, 2, 3), A(2)),
    case(sl.solve_circulant, well(A, 4, 4)[0], A(4)),
    case(sl.solve_circulant, well(A, 4, 4)[0], A(4, 2)),
    case(sl.solve_toeplitz, well(A, 4, 4)[0], A(4)),
    case(sl.solve_toeplitz, (well(A, 4, 4)[0], A(4)), A(4, 2)),
    case(sl.matmul_toeplitz, A(3), A(3)),
    case(sl.matmul_toeplitz, (A(3), A(2)), A(2, 2)),
)
def test_banded_and_toeplitz(row: Case) -> None:
    check(row, second_order=row.fn is not sl.matmul_toeplitz and not isinstance(row.args[0], tuple), layouts=False)


def test_refusals() -> None:
    assert np_rule(sl.qr)(A(3, 3), mode="raw") is NotImplemented
    assert np_rule(sl.eig)(A(3, 3), A(3, 3)) is NotImplemented
    assert np_rule(sl.eigh)(hermitian(A, 3), hermitian(A, 3), type=2) is NotImplemented
    (a_bar,) = np_rule(sl.signm)(well(A, 2, 2))[1](np.ones((2, 2)))
    assert isinstance(a_bar, Poison)
