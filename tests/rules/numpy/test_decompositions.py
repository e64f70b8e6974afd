from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad import gradient, hessian
from bytegrad.errors import BytegradError
from bytegrad.rules.numpy.decompositions import by_halves, resolved_rule, turned_back_rule
from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize


def basis(make: Any, *shape: int) -> Any:
    """Orthonormal columns."""
    return np.linalg.qr(make(*shape))[0]


def hermitian(make: Any, n: int, *stack: int, shift: float = 0.0) -> Any:
    """Hermitian matrices with well separated eigenvalues 1, 2.5, 4, ... minus `shift`."""
    vectors = basis(make, *stack, n, n)
    return (vectors * (1 + 1.5 * np.arange(n) - shift)) @ np.conj(np.swapaxes(vectors, -1, -2))


def rectangular(make: Any, m: int, n: int, *stack: int) -> Any:
    """Matrices with well separated singular values 1, 2.5, 4, ..."""
    k = min(m, n)
    right = np.swapaxes(basis(make, *stack, n, k), -1, -2)
    return (basis(make, *stack, m, k) * (1 + 1.5 * np.arange(k))) @ right


def symmetric(n: int) -> Any:
    a = A(n, n)
    return a + a.T


@parametrize(
    case(np.linalg.cholesky, hermitian(A, 3)),
    case(np.linalg.cholesky, hermitian(A, 3, 2), upper=True),
    case(np.linalg.cholesky, hermitian(C, 3)),
    case(np.linalg.cholesky, hermitian(C, 3), upper=True),
    case(np.linalg.qr, A(4, 2)),
    case(np.linalg.qr, A(3, 3)),
    case(np.linalg.qr, A(2, 4)),
    case(np.linalg.qr, C(4, 3)),
    case(np.linalg.qr, C(2, 4)),
    case(np.linalg.qr, A(2, 4, 2), mode="r"),
    case(np.linalg.qr, C(2, 3), "r"),
    case(np.linalg.qr, A(2, 3), mode="complete"),
    case(np.linalg.qr, A(3, 2), mode="complete"),
    case(np.linalg.eigh, hermitian(A, 3, shift=2.0)),
    case(np.linalg.eigh, hermitian(A, 3, 2), UPLO="U"),
    case(np.linalg.eigh, hermitian(C, 3)),
    case(np.linalg.eigh, hermitian(C, 3), "u"),
    case(np.linalg.eigvalsh, hermitian(A, 3)),
    case(np.linalg.eigvalsh, hermitian(C, 3, 2), UPLO="U"),
    case(np.linalg.eigvals, A(4, 4)),
    case(np.linalg.eigvals, C(2, 3, 3)),
    case(np.linalg.eig, np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 0.7], [0.2, 0.4, 3.0]])),
    case(np.linalg.eig, np.array([[1.0, -2.0, 0.5], [3.0, 1.5, 0.7], [0.2, 0.4, 3.0]])),
    case(np.linalg.eig, C(3, 3)),
    case(np.linalg.eig, C(2, 2, 2)),
    case(np.linalg.svd, rectangular(A, 3, 2), full_matrices=False),
    case(np.linalg.svd, rectangular(A, 2, 3), full_matrices=False),
    case(np.linalg.svd, rectangular(A, 3, 3)),
    case(np.linalg.svd, rectangular(A, 3, 2)),
    case(np.linalg.svd, rectangular(A, 2, 3), True),
    case(np.linalg.svd, rectangular(C, 3, 2), full_matrices=False),
    case(np.linalg.svd, rectangular(C, 2, 3), full_matrices=False),
    case(np.linalg.svd, rectangular(C, 2, 2, 2)),
    case(np.linalg.svd, rectangular(C, 4, 3, 2), False),
    case(np.linalg.svd, rectangular(A, 3, 2, 2), compute_uv=False),
    case(np.linalg.svd, hermitian(A, 3, shift=2.0), hermitian=True),
    case(np.linalg.svd, hermitian(C, 3, shift=2.0), hermitian=True),
    case(np.linalg.svd, hermitian(C, 3, shift=2.0), compute_uv=False, hermitian=True),
    case(np.linalg.svdvals, rectangular(A, 3, 4)),
    case(np.linalg.svdvals, rectangular(C, 3, 2, 2)),
)
def test_decompositions(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("make", [A, C])
@pytest.mark.parametrize("name", ["svd", "qr"])
def test_added_columns_by_the_space_that_they_span(name: str, make: Any) -> None:
    a, weights = make(4, 1), symmetric(4)

    def columns(x: Any) -> tuple[Any, Any]:
        rule = np_rule(getattr(np.linalg, name))
        result, pullback = rule(x) if name == "svd" else rule(x, "complete")
        return result[0][:, 1:], pullback

    def value(x: Any) -> float:
        added, _ = columns(x)
        return float(np.sum(weights * (added @ np.conj(added.T))).real)

    added, pullback = columns(a)
    u_bar = np.concatenate([np.zeros((4, 1)), (weights + weights.T) @ added], axis=1)
    (a_bar,) = pullback((u_bar, None, None) if name == "svd" else (u_bar, None))
    for tangent in (A(4, 1), make(4, 1)):
        numerical = (value(a + 1e-6 * tangent) - value(a - 1e-6 * tangent)) / 2e-6
        assert abs(np.vdot(a_bar, tangent).real - numerical) < 1e-6


def test_other_functions_of_added_columns_are_refused() -> None:
    _, pullback = np_rule(np.linalg.qr)(A(4, 2), "complete")
    with pytest.raises(BytegradError, match="choice of the columns"):
        pullback((A(4, 4), None))


def test_equal_eigenvalues_of_functions_of_their_space() -> None:
    a = np.diag([2.0, 2.0, 5.0])
    (_, v), pullback = np_rule(np.linalg.eigh)(a)
    weights = symmetric(3)
    # f = <weights, p p^T> for the projection p on the space of the two equal ones
    v_bar = np.concatenate([2 * weights @ v[:, :2], np.zeros((3, 1))], axis=1)
    (a_bar,) = pullback((np.array([1.0, 1.0, 0.0]), v_bar))
    assert np.all(np.isfinite(a_bar))

    def value(x: Any) -> float:
        x = np.tril(x) + np.tril(x, -1).T
        w, v = np.linalg.eigh(x)
        return float(np.sum(weights * (v[:, :2] @ v[:, :2].T)) + w[0] + w[1])

    for _ in range(3):
        tangent = A(3, 3)
        numerical = (value(a + 1e-5 * tangent) - value(a - 1e-5 * tangent)) / 2e-5
        assert abs(np.sum(a_bar * tangent) - numerical) < 1e-6


def test_equal_singular_values_are_finite() -> None:
    (u, s, vh), pullback = np_rule(np.linalg.svd)(np.eye(3))
    (a_bar,) = pullback((np.zeros((3, 3)), np.ones(3), np.zeros((3, 3))))
    np.testing.assert_allclose(a_bar, np.eye(3))
    (a_bar,) = pullback((u, s, vh))
    assert np.all(np.isfinite(a_bar))


def test_only_the_triangle_that_is_read_has_a_cotangent() -> None:
    a = hermitian(A, 3)
    for upper, part in ((False, np.tril), (True, np.triu)):
        (a_bar,) = np_rule(np.linalg.cholesky)(a, upper=upper)[1](A(3, 3))
        np.testing.assert_array_equal(a_bar, part(a_bar))
    for triangle, part in (("L", np.tril), ("U", np.triu)):
        (a_bar,) = np_rule(np.linalg.eigvalsh)(a, triangle)[1](A(3))
        np.testing.assert_array_equal(a_bar, part(a_bar))


def of_eigenvalues(x: Any) -> Any:
    return np.sum(np.linalg.eigvalsh(np.array([[1 + x[0], x[1]], [x[1], 1 + x[2]]])) ** 2)


def test_second_derivatives_at_equal_eigenvalues_are_refused() -> None:
    assert gradient(of_eigenvalues, np.zeros(3))[0] == pytest.approx([2.0, 0.0, 2.0])
    with pytest.raises(BytegradError, match="where two of them are equal"):
        hessian(of_eigenvalues, np.zeros(3))
    apart = np.array([0.0, 0.3, 1.0])
    assert hessian(of_eigenvalues, apart) == pytest.approx(np.diag([2.0, 4.0, 2.0]))


def test_vectors_of_equal_values_are_not_turned_into_each_other() -> None:
    w, v = np.array([1.0, 1.0, 2.0]), np.eye(3)
    _, pullback = resolved_rule(w, v)
    among_others = np.zeros((3, 3))
    among_others[0, 2] = 1.0
    assert pullback(among_others)[1].tolist() == among_others.tolist()
    with pytest.raises(BytegradError, match="equal"):
        pullback(np.ones((3, 3)))
    with pytest.raises(BytegradError, match="equal"):
        turned_back_rule(w, among_others, False)[1](among_others)
    with pytest.raises(BytegradError, match="or one is zero"):
        resolved_rule(np.array([0.0, 1.0, 2.0]), v, True)[1](among_others)


def test_systems_with_large_triangles() -> None:
    upper = np.triu(np.random.default_rng(1).normal(size=(2, 203, 203))) + 20 * np.eye(203)
    right = np.random.default_rng(2).normal(size=(2, 203, 3)) + 0.5j
    assert by_halves(upper, right) == pytest.approx(np.linalg.solve(upper, right), rel=1e-12)
