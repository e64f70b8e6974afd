from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, first_order_only, np_rule, parametrize


def well(*shape: int) -> Any:
    """Real matrices far from singular."""
    return A(*shape) + 4 * np.eye(*shape[-2:])


def complex_well(*shape: int) -> Any:
    return C(*shape) + 4 * np.eye(*shape[-2:])


def low_rank(m: int, n: int) -> Any:
    return A(m, 1) @ A(1, n)


@parametrize(
    case(np.linalg.inv, well(3, 3)),
    case(np.linalg.inv, complex_well(2, 2, 2)),
    case(np.linalg.inv, np.zeros((0, 0))),
    case(np.linalg.solve, well(3, 3), A(3)),
    case(np.linalg.solve, well(3, 3), A(3, 2)),
    case(np.linalg.solve, well(2, 3, 3), A(3)),
    case(np.linalg.solve, well(2, 3, 3), A(3, 2)),
    case(np.linalg.solve, complex_well(3, 3), C(2, 3, 1)),
    case(np.linalg.solve, well(2, 2), C(2)),
    case(np.linalg.det, A(3, 3)),
    case(np.linalg.det, C(2, 3, 3)),
    case(np.linalg.det, A(1, 1)),
    case(np.linalg.det, np.zeros((0, 0))),
    case(np.linalg.slogdet, A(3, 3)),
    case(np.linalg.slogdet, A(2, 2, 2)),
    case(np.linalg.slogdet, complex_well(3, 3)),
    case(np.linalg.pinv, A(4, 2)),
    case(np.linalg.pinv, A(2, 4)),
    case(np.linalg.pinv, C(2, 3, 2), rcond=1e-10).only(0),
    case(np.linalg.pinv, A(3, 3), rtol=1e-10).only(0),
    case(np.linalg.pinv, well(3, 3), hermitian=True),
    case(np.linalg.pinv, complex_well(3, 3), 1e-10, True).only(0),
    case(np.linalg.lstsq, A(5, 2), A(5)).loosely(1e-6),
    case(np.linalg.lstsq, A(5, 2), A(5, 3), rcond=1e-10).only(0, 1).loosely(1e-6),
    case(np.linalg.lstsq, A(2, 4), A(2)).loosely(1e-6),
    case(np.linalg.lstsq, C(4, 2), C(4, 1), rcond=None).loosely(1e-6),
    case(np.linalg.tensorinv, A(4, 2, 2), ind=1),
    case(np.linalg.tensorinv, A(2, 3, 6) + np.eye(6).reshape(2, 3, 6) * 4),
    case(np.linalg.tensorsolve, A(2, 2, 4) + np.eye(4).reshape(2, 2, 4) * 4, A(2, 2)),
    case(np.linalg.tensorsolve, A(2, 4, 2) + np.eye(4).reshape(2, 2, 4).swapaxes(1, 2) * 4, A(4), axes=(0, 2)),
    case(np.linalg.matrix_power, A(2, 2), 0),
    case(np.linalg.matrix_power, A(2, 2), 1),
    case(np.linalg.matrix_power, A(2, 2), 3),
    case(np.linalg.matrix_power, A(2, 3, 3), 6),
    case(np.linalg.matrix_power, complex_well(2, 2), -3),
)
def test_solvers(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_det_of_a_singular_matrix(rank: int) -> None:
    matrix = np.diag([2.0, 3.0, 4.0])
    matrix[rank:] = 0.0
    matrix[2] += matrix[0]
    check(case(np.linalg.det, matrix), layouts=False)


@parametrize(
    *[
        case(np.linalg.norm, x, order).only(0)
        for x in (A(4), C(4))
        for order in (None, 2, 1, np.inf, -np.inf, 3, 2.5, -1, 0.5, 0)
    ],
    *[
        case(np.linalg.norm, x, order).only(0)
        for x in (A(3, 2), C(2, 3))
        for order in (None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)
    ],
    case(np.linalg.norm, A(2, 3, 2)),
    case(np.linalg.norm, A(2, 3), axis=1),
    case(np.linalg.norm, A(2, 3), axis=0, keepdims=True),
    case(np.linalg.norm, A(2, 3), ord=3, axis=0, keepdims=True),
    case(np.linalg.norm, A(2, 3), np.inf, 1).only(0),
    case(np.linalg.norm, A(2, 3, 2), axis=(0, 2)),
    case(np.linalg.norm, A(2, 3, 2), "fro", (2, 0), True),
    case(np.linalg.norm, A(2, 3, 2), "nuc", axis=(2, 1)),
    case(np.linalg.norm, A(2, 3, 2), 2, axis=(0, 1), keepdims=True),
    case(np.linalg.norm, A(2, 3, 2), 1, axis=(2, 0)),
    case(np.linalg.norm, A(2, 3, 2), -np.inf, axis=(1, 2)).only(0),
    case(np.linalg.norm, A(2, 3), keepdims=True),
    case(np.linalg.norm, 1.5),
    case(np.linalg.norm, A(0)),
    case(np.linalg.vector_norm, A(2, 3)),
    case(np.linalg.vector_norm, A(2, 3), axis=1, keepdims=True),
    case(np.linalg.vector_norm, C(2, 3, 2), axis=(0, 2), ord=3),
    case(np.linalg.vector_norm, A(2, 3), ord=np.inf).only(0),
    case(np.linalg.vector_norm, A(2, 3), keepdims=True, ord=1),
    case(np.linalg.matrix_norm, A(2, 3)),
    case(np.linalg.matrix_norm, A(2, 2, 3), ord="nuc", keepdims=True),
    case(np.linalg.matrix_norm, C(3, 2), ord=-2),
    case(np.linalg.cond, well(3, 3)),
    case(np.linalg.cond, A(4, 2)),
    case(np.linalg.cond, well(2, 3, 3), -2),
    case(np.linalg.cond, well(3, 3), 2),
    case(np.linalg.cond, well(2, 2, 2), "fro"),
    case(np.linalg.cond, complex_well(3, 3), p=1),
    case(np.linalg.cond, well(3, 3), np.inf).only(0),
    case(np.linalg.cond, well(3, 3), "nuc"),
    case(np.linalg.cond, well(3, 3), -1),
)
def test_norms(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf, -np.inf, 0.5])
def test_norm_of_zero_has_gradient_zero(order: object) -> None:
    _, pullback = np_rule(np.linalg.norm)(np.zeros(3), order)
    np.testing.assert_array_equal(pullback(1.0)[0], np.zeros(3))


@pytest.mark.parametrize("order", ["nuc", "fro", 2, -2, 1, np.inf])
def test_matrix_norm_of_zero_has_gradient_zero(order: object) -> None:
    _, pullback = np_rule(np.linalg.norm)(np.zeros((2, 3)), order)
    np.testing.assert_array_equal(pullback(1.0)[0], np.zeros((2, 3)))


def test_ties_share_the_cotangent_of_the_largest_norm() -> None:
    _, pullback = np_rule(np.linalg.norm)(np.array([2.0, -2.0, 1.0]), np.inf)
    np.testing.assert_array_equal(pullback(1.0)[0], [0.5, -0.5, 0.0])


def test_norm_of_a_list() -> None:
    first_order_only(case(np.linalg.norm, [1.5, 2.5]))


def test_lstsq_of_low_rank() -> None:
    first_order_only(case(np.linalg.lstsq, low_rank(4, 3), A(4), 1e-10).only(1))


def test_one_array_twice() -> None:
    x = well(2, 2)
    _, pullback = np_rule(np.linalg.solve)(x, x)
    a_bar, b_bar = pullback(np.ones((2, 2)))
    np.testing.assert_allclose(a_bar + b_bar, np.zeros((2, 2)), atol=1e-12)
