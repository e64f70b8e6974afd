from __future__ import annotations

import numpy as np

from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, first_order_only, np_rule, parametrize


@parametrize(
    case(np.matmul, A(2, 3), A(3, 4)),
    case(np.matmul, C(2, 3), C(3, 2)),
    case(np.matmul, A(2, 3), C(3, 2)),
    case(np.matmul, A(3), A(3)),
    case(np.matmul, C(3), C(3)),
    case(np.matmul, A(3), A(3, 2)),
    case(np.matmul, A(2, 3), A(3)),
    case(np.matmul, A(4, 2, 3), A(3, 2)),
    case(np.matmul, A(3), A(4, 3, 2)),
    case(np.matmul, A(4, 2, 3), A(3)),
    case(np.matmul, A(2, 1, 2, 3), A(4, 3, 2)),
    case(np.matmul, A(0, 3), A(3, 2)),
    case(np.matmul, A(2, 0), A(0, 2)),
    case(np.matmul, [[1.5, 2.5]], [[0.5], [3.5]]),
    case(np.matmul, [1.5, 2.5], [0.5, 3.5]),
    case(np.matmul, A(3, 2), A(4, 3), axes=[(1, 0), (1, 0), (0, 1)]),
    case(np.matmul, A(3, 5, 2), A(4, 5, 3), axes=[(2, 0), (2, 0), (0, 2)]),
    case(np.matmul, A(2, 2), A(2, 2), dtype=complex),
    case(np.linalg.matmul, A(4, 2, 3), A(3, 2)),
    case(np.dot, A(3), A(3)),
    case(np.dot, A(2, 3), A(3)),
    case(np.dot, A(2, 3), C(3, 2)),
    case(np.dot, 1.5, A(2, 3)),
    case(np.dot, A(2, 3), A()),
    case(np.dot, 1.5, 2.5),
    case(np.dot, A(2, 3, 2), A(4, 2, 3)),
    case(np.dot, A(2), A(3, 2, 4)),
    case(np.dot, A(3, 2), A(2, 2, 4)),
    case(np.dot, A(2, 3, 2), A(2)),
    case(np.vdot, A(3), A(3)),
    case(np.vdot, C(2, 3), C(2, 3)),
    case(np.vdot, A(2, 2), C(2, 2)),
    case(np.inner, A(3), A(3)),
    case(np.inner, A(2, 3), A(4, 2, 3)),
    case(np.inner, C(2, 3), A(3)),
    case(np.inner, 1.5, A(3)),
    case(np.outer, A(3), A(2)),
    case(np.outer, C(2, 2), C(3)),
    case(np.outer, 1.5, A(2)),
    case(np.linalg.outer, A(3), C(2)),
)
def test_products(row: Case) -> None:
    check(row)


@parametrize(
    case(np.dot, [1.5, 2.5], A(2, 2)),
    case(np.dot, 1.5, [1.5, 2.5]),
    case(np.matmul, [1.5, 2.5], [0.5, 3.5]),
    case(np.inner, [1.5, 2.5], [0.5, 3.5]),
    case(np.outer, [1.5, 2.5], [0.5, 3.5]),
    case(np.cross, [1.5, 2.5, 0.5], [0.5, 3.5, -1.5]),
    case(np.kron, [1.5, 2.5], [0.5, 3.5]),
    case(np.tensordot, [1.5, 2.5], [0.5, 3.5], 1),
    case(np.einsum, "i,i", [1.5, 2.5], [0.5, 3.5]),
)
def test_lists(row: Case) -> None:
    first_order_only(row)


@parametrize(
    case(np.vecdot, A(2, 3), A(2, 3)),
    case(np.vecdot, C(2, 3), C(3)),
    case(np.vecdot, A(3), A(3)),
    case(np.vecdot, C(3, 2), C(3, 2), axis=0),
    case(np.vecdot, A(2, 3), A(2, 3), keepdims=True),
    case(np.vecdot, A(3, 2), A(2, 3), axes=[0, 1, ()]),
    case(np.vecdot, A(3, 4, 2), A(3, 4, 2), axis=1, keepdims=True),
    case(np.linalg.vecdot, C(3, 2), C(3, 2), axis=0),
    case(np.matvec, A(2, 3), A(3)),
    case(np.matvec, C(4, 2, 3), C(3)),
    case(np.matvec, A(2, 3), A(4, 3)),
    case(np.matvec, A(3, 2), A(3), axes=[(1, 0), 0, 0]),
    case(np.vecmat, A(3), A(3, 2)),
    case(np.vecmat, C(4, 3), C(3, 2)),
    case(np.vecmat, A(3), A(4, 3, 2), axes=[0, (1, 2), -1]),
)
def test_generalised_ufuncs(row: Case) -> None:
    check(row)


@parametrize(
    case(np.tensordot, A(2, 3, 4), A(3, 4, 2)),
    case(np.tensordot, A(2, 3), A(4, 2), axes=0),
    case(np.tensordot, A(2, 3), A(3, 2), 1),
    case(np.tensordot, A(2, 3, 4), A(4, 2, 3), axes=([1, 2], [2, 0])),
    case(np.tensordot, A(2, 3, 4), A(4, 2, 3), axes=([0, -1, 1], [1, 0, -1])),
    case(np.tensordot, C(2, 3), C(3, 2), axes=(1, 0)),
    case(np.tensordot, A(2, 3), A(2, 3), axes=2),
    case(np.linalg.tensordot, A(2, 3, 4), A(4, 2), axes=1),
    case(np.kron, A(2, 2), A(3, 2)),
    case(np.kron, A(2), A(3, 2)),
    case(np.kron, C(2, 2), A(2)),
    case(np.kron, 1.5, A(2)),
    case(np.cross, A(3), A(3)),
    case(np.cross, C(2, 3), C(3)),
    case(np.cross, A(3, 2), A(2, 3), axisa=0),
    case(np.cross, A(3, 2), A(3, 2), axis=0),
    case(np.cross, A(2, 3, 4), A(2, 4, 3), axisa=1, axisb=2, axisc=0),
    case(np.linalg.cross, A(2, 3), A(2, 3)),
    case(np.linalg.cross, A(3, 2), A(3, 2), axis=0),
    case(np.linalg.multi_dot, [A(2, 3), A(3, 4), A(4, 2)]),
    case(np.linalg.multi_dot, (A(2), A(2, 3), A(3))),
    case(np.linalg.multi_dot, [A(2), A(2, 3), A(3, 2), A(2, 2)]),
    case(np.linalg.multi_dot, [C(2, 3), C(3)]),
)
def test_tensors(row: Case) -> None:
    check(row)


@parametrize(
    case(np.einsum, "ij,jk->ik", A(2, 3), A(3, 4)),
    case(np.einsum, "ij,jk", A(2, 3), A(3, 4)),
    case(np.einsum, "ji,jk", C(2, 3), C(2, 4)),
    case(np.einsum, "ii", A(3, 3)),
    case(np.einsum, "ii->i", A(3, 3)),
    case(np.einsum, "iij->j", A(2, 2, 3)),
    case(np.einsum, "iji->ij", A(2, 3, 2)),
    case(np.einsum, "ij->", A(2, 3)),
    case(np.einsum, "ij->i", A(2, 3)),
    case(np.einsum, "ba", A(2, 3)),
    case(np.einsum, "i,i", A(3), A(3)),
    case(np.einsum, "i,j->ij", A(3), A(2)),
    case(np.einsum, "i,j", A(3), A(2)),
    case(np.einsum, "i,j->", A(3), A(2)),
    case(np.einsum, "i,ij,j->", A(2), A(2, 3), A(3)),
    case(np.einsum, "i,ij,j", A(2), A(2, 3), A(3), optimize=True),
    case(np.einsum, "ij,jk,kl->il", A(2, 3), A(3, 2), A(2, 2), optimize="greedy"),
    case(np.einsum, "ij,jk,kl->il", A(2, 3), A(3, 2), A(2, 2), optimize=["einsum_path", (0, 1), (0, 1)]),
    case(np.einsum, "...i,...i->...", A(4, 2, 3), A(2, 3)),
    case(np.einsum, "...ij,...jk", A(4, 2, 3), A(3, 2)),
    case(np.einsum, "i...->...", A(2, 3)),
    case(np.einsum, "...", A(2, 3)),
    case(np.einsum, "ij...,jk...->ik...", A(2, 3, 2), A(3, 2, 2)),
    case(np.einsum, "ij , jk -> ik", A(2, 3), A(3, 2)),
    case(np.einsum, "i,i->i", A(1), A(3)),
    case(np.einsum, ",ij->ij", 1.5, A(2, 2)),
    case(np.einsum, A(2, 3), [0, 1], A(3, 4), [1, 2], [0, 2]),
    case(np.einsum, A(2, 3), [0, 1], A(3, 4), [1, 2]),
    case(np.einsum, A(2, 2, 3), [0, 0, 1]),
    case(np.einsum, A(2, 3), [Ellipsis, 1], A(3), [1], [Ellipsis]),
    case(np.einsum, "ii,ij,j->i", A(2, 2), A(2, 3), A(3)),
    case(np.einsum, "ij,ij->ij", A(0, 3), A(0, 3)),
    case(np.einsum, "ij,jk->ik", A(2, 3), A(3, 4), dtype=complex, order="F", casting="safe"),
)
def test_einsum(row: Case) -> None:
    check(row)


def test_einsum_of_one_array_twice() -> None:
    x = A(2, 2)
    _, pullback = np_rule(np.einsum)("ij,jk->ik", x, x)
    _, left, right = pullback(np.ones((2, 2)))
    np.testing.assert_allclose(left, np.ones((2, 2)) @ x.T)
    np.testing.assert_allclose(right, x.T @ np.ones((2, 2)))
