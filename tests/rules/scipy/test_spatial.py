from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

distance = pytest.importorskip("scipy.spatial.distance")

from scipy import sparse  # noqa: E402
from scipy.cluster import vq  # noqa: E402
from scipy.sparse import linalg as sparse_linalg  # noqa: E402
from scipy.spatial.transform import Rotation, RotationSpline, Slerp  # noqa: E402

from tests.rules.numpy.array_cases import A, Case, P, start_numbers  # noqa: E402
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize  # noqa: E402
from tests.rules.scipy.test_interpolate import total  # noqa: E402
from tests.rules.scipy.test_linalg import hermitian, well  # noqa: E402
from tests.rules.scipy.through_engine import check_gradient  # noqa: E402

start_numbers("distances")

PLAIN = ["euclidean", "sqeuclidean", "cityblock", "chebyshev", "canberra", "braycurtis", "cosine", "correlation"]
W = np.array([0.5, 1.5, 1.0])


@parametrize(
    *[case(distance.cdist, A(3, 3), A(2, 3), metric) for metric in PLAIN],
    *[case(distance.pdist, A(3, 3), metric) for metric in PLAIN],
    *[case(distance.cdist, A(3, 3), A(2, 3), metric, w=W).only(0, 1) for metric in PLAIN],
    case(distance.cdist, P(3, 3), P(2, 3), "jensenshannon"),
    case(distance.cdist, A(3, 3), A(2, 3), "minkowski", p=3.5).only(0, 1),
    case(distance.pdist, A(3, 3), "minkowski", p=1.5, w=W).only(0),
    case(distance.pdist, A(3, 3), "seuclidean", V=W).only(0),
    case(distance.cdist, A(3, 3), A(2, 3), "mahalanobis", VI=hermitian(A, 3)).only(0, 1),
    case(distance.cdist, A(3, 2), A(2, 2), distance.cityblock),
    case(distance.pdist, A(4, 2), metric="euclid"),
)
def test_distances(row: Case) -> None:
    check(row, second_order=False)


def test_equal_points() -> None:
    _, pullback = np_rule(distance.pdist)(np.ones((3, 2)))
    np.testing.assert_array_equal(pullback(np.ones(3))[0], np.zeros((3, 2)))
    assert np_rule(distance.cdist)(A(2, 2), A(2, 2), "jaccard") is NotImplemented
    assert np_rule(distance.pdist)(A(3, 2), "seuclidean") is NotImplemented


def test_vector_quantisation() -> None:
    # Far from where another code is as near.
    code = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]]) + 0.3 * A(3, 2)
    check(case(vq.vq, code[[0, 1, 2, 0, 1]] + 0.3 * A(5, 2), code), second_order=False)


@parametrize(
    *[case(getattr(sparse_linalg, name), hermitian(A, 3), A(3), rtol=1e-13).only(0, 1) for name in ("cg", "minres")],
    *[
        case(getattr(sparse_linalg, name), well(A, 3, 3), A(3), rtol=1e-13).only(0, 1)
        for name in ("gmres", "bicgstab", "bicg")
    ],
)
def test_iterative_solvers(row: Case) -> None:
    if row.fn in (sparse_linalg.cg, sparse_linalg.minres):  # for symmetric matrices only: hold the solution to that
        row = row.only(1)
    check(row.loosely(1e-6), second_order=False, layouts=False)


@pytest.mark.parametrize("solve", [sparse_linalg.spsolve, lambda a, b: sparse_linalg.gmres(a, b, rtol=1e-13)[0]])
@pytest.mark.parametrize("form", [sparse.csc_array, sparse.csr_array])
def test_sparse_systems(solve: Callable[..., Any], form: Callable[..., Any]) -> None:
    matrix = form(np.array([[4.0, 0.0, 1.0], [-1.0, 3.0, 0.0], [0.0, 0.5, 2.0]]))

    def f(b: Any, data: Any) -> Any:
        return total(solve(form((data, matrix.indices, matrix.indptr)), b))

    check_gradient(f, W, matrix.data, exact=False)
    check_gradient(lambda b: total(solve(matrix, b)), W, exact=False)


VECTOR = np.array([0.3, -0.5, 0.9])


def test_rotations() -> None:
    check_gradient(lambda v: total(Rotation.from_rotvec(v).as_matrix()), VECTOR)
    check_gradient(lambda v: total(Rotation.from_euler("xyz", v).as_quat()), VECTOR)
    check_gradient(lambda v: total(Rotation.from_quat(v).as_rotvec()), np.array([0.3, -0.5, 0.9, 0.4]))
    check_gradient(lambda v: total(Rotation.from_matrix(Rotation.from_mrp(v).as_matrix()).as_euler("zyx")), VECTOR)
    check_gradient(lambda v, w: total((Rotation.from_rotvec(v) * Rotation.from_rotvec(w)).apply(W)), VECTOR, P(3))
    check_gradient(lambda v: (Rotation.from_rotvec(v).inv() ** 0.5).magnitude(), VECTOR)


def test_between_rotations() -> None:
    times = np.array([0.0, 1.0, 3.0])
    ends = np.array([[0.1, 0.2, 0.3], [0.5, -0.4, 0.2], [0.3, 0.9, -0.6]])

    def f(vectors: Any, at: float) -> Any:
        return total(Slerp(times, Rotation.from_rotvec(vectors))([at]).as_matrix())

    check_gradient(f, ends, 1.7)
    check_gradient(lambda v: total(RotationSpline(times, Rotation.from_rotvec(v))([1.7]).as_matrix()), ends)
