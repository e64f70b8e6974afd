from __future__ import annotations

import numpy as np
import pytest
from numpy.lib import stride_tricks

from bytegrad.rules.numpy import diagonal, join, shape  # noqa: F401
from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, parametrize


@parametrize(
    case(np.reshape, A(2, 3), (3, 2)),
    case(np.reshape, A(2, 3), -1),
    case(np.reshape, A(2, 3), (6,), order="F"),
    case(np.reshape, A(2, 3), (3, 2), copy=True),
    case(np.reshape, C(2, 3), (3, 2)),
    case(np.reshape, A(), (1, 1)),
    case(np.reshape, A(0, 3), (3, 0)),
    case(np.ravel, A(2, 3)),
    case(np.ravel, A(2, 3), order="F"),
    case(np.ravel, [[0.5, 2.5], [3.5, 1.5]]),
    case(np.ndarray.flatten, A(2, 3)),
    case(np.transpose, A(2, 3)),
    case(np.transpose, A(2, 3, 4), (1, 2, 0)),
    case(np.transpose, A(2, 3, 4), (1, -1, 0)),
    case(np.transpose, A(2, 3), axes=(1, 0)),
    case(np.matrix_transpose, A(2, 3, 4)),
    case(np.linalg.matrix_transpose, A(2, 3, 4)),
    case(np.moveaxis, A(2, 3, 4), 0, -1),
    case(np.moveaxis, A(2, 3, 4), [0, 1], [-1, 0]),
    case(np.swapaxes, A(2, 3, 4), 0, -1),
    case(np.rollaxis, A(2, 3, 4), 2),
    case(np.rollaxis, A(2, 3, 4), 1, start=3),
    case(np.squeeze, A(1, 3, 1)),
    case(np.squeeze, A(1, 3, 1), axis=0),
    case(np.expand_dims, A(2, 3), 1),
    case(np.expand_dims, A(2, 3), axis=(0, -1)),
    case(np.atleast_1d, A()),
    case(np.atleast_1d, 2.5),
    case(np.atleast_2d, A(3)),
    case(np.atleast_3d, A(3)),
    case(np.atleast_3d, A(2, 3)),
    case(np.atleast_2d, A(3), 1.5, A(2, 2)),
)
def test_views(row: Case) -> None:
    check(row)


@parametrize(
    case(np.reshape, A(2, 3), (6,), order="A"),
    case(np.reshape, A(3, 2).T, (6,), order="A"),
    case(np.ravel, A(2, 3).T, order="A"),
    case(np.ravel, np.swapaxes(A(2, 3, 2), 0, 1), order="K"),
    case(np.ndarray.flatten, A(2, 3).T, "K"),
)
def test_order_of_memory(row: Case) -> None:
    check(row, layouts=False)


@parametrize(
    case(np.fliplr, A(2, 3)),
    case(np.flipud, A(2, 3)),
    case(np.flip, A(2, 3)),
    case(np.flip, A(2, 3), axis=(0, 1)),
    case(np.flip, A(2, 3), 1),
    case(np.roll, A(2, 3), 2),
    case(np.roll, A(2, 3), 1, axis=1),
    case(np.roll, A(2, 3), (1, 2), axis=(0, 1)),
    case(np.roll, C(4), -1),
    case(np.rot90, A(2, 3)),
    case(np.rot90, A(2, 3), 2),
    case(np.rot90, A(2, 3, 4), k=3, axes=(1, 2)),
    case(np.broadcast_to, A(3), (2, 3)),
    case(np.broadcast_to, A(2, 1), (4, 2, 3)),
    case(np.broadcast_to, A(), (2,)),
    case(np.broadcast_to, 1.5, (2, 2), subok=True),
    case(np.broadcast_arrays, A(3), A(2, 1), 0.5),
    case(np.meshgrid, A(2), A(3)),
    case(np.meshgrid, A(2), A(3), indexing="ij"),
    case(np.meshgrid, A(2), A(3), A(2), sparse=True),
    case(np.meshgrid, A(2), 1.5, copy=False),
    case(np.meshgrid, A(3)),
    case(np.tile, A(3), 2),
    case(np.tile, A(2, 3), (2, 1)),
    case(np.tile, A(3), (2, 2)),
    case(np.tile, A(2, 1, 2), 3),
    case(np.tile, A(), 2),
    case(np.tile, A(2), 0),
    case(np.repeat, A(3), 2),
    case(np.repeat, A(2, 3), 2),
    case(np.repeat, A(2, 3), 2, axis=-1),
    case(np.repeat, A(2, 3), [0, 2, 1], axis=1),
    case(np.repeat, A(2, 3), [2], axis=0),
    case(np.repeat, A(), 3),
    case(np.repeat, A(3), 0),
    case(np.resize, A(2, 3), (4, 2)),
    case(np.resize, A(2, 3), 4),
    case(np.delete, A(4), 1),
    case(np.delete, A(3, 4), [0, 2], axis=1),
    case(np.delete, A(3, 4), slice(0, 2), axis=0),
    case(np.delete, A(4), np.array([True, False, False, True])),
    case(np.trim_zeros, np.array([0.0, 0.0, 1.5, 0.0, 2.5, 0.0])).only(),
    case(stride_tricks.sliding_window_view, A(5), 3),
    case(stride_tricks.sliding_window_view, A(4, 5), (2, 3)),
    case(stride_tricks.sliding_window_view, A(4, 5), 2, axis=1),
)
def test_copies(row: Case) -> None:
    check(row)


@parametrize(
    case(np.split, A(6), 3),
    case(np.split, A(6), [1, 4]),
    case(np.split, A(6), [4, 2]),
    case(np.split, A(2, 4), 2, axis=1),
    case(np.array_split, A(7), 3),
    case(np.array_split, A(2, 5), 2, axis=1),
    case(np.hsplit, A(2, 4), 2),
    case(np.vsplit, A(4, 2), [1]),
    case(np.dsplit, A(1, 2, 4), 2),
    case(np.unstack, A(2, 3)),
    case(np.unstack, A(2, 3), axis=1),
)
def test_parts(row: Case) -> None:
    check(row)


@parametrize(
    case(np.concatenate, [A(2), A(3)]),
    case(np.concatenate, (A(2, 2), A(2, 3)), axis=1),
    case(np.concatenate, [A(2, 2), C(2, 3)], axis=-1),
    case(np.concatenate, [A(2, 2), A(3)], axis=None),
    case(np.concatenate, [[1.5, 2.5], [0.5]]),
    case(np.concatenate, A(2, 2, 3)),
    case(np.concatenate, [A(0), A(2)]),
    case(np.concatenate, [A(2), A(2)], dtype=complex),
    case(np.concatenate, [A(2), A(2)], dtype=np.float32, casting="same_kind").loosely(1e-3),
    case(np.stack, [A(3), A(3)]),
    case(np.stack, (A(3), A(3)), axis=-1),
    case(np.stack, [1.5, 2.5]),
    case(np.stack, A(2, 3), axis=1),
    case(np.stack, [A(3), A(3)], dtype=complex, casting="safe"),
    case(np.hstack, [A(2), A(3)]),
    case(np.hstack, [A(2, 2), A(2, 3)]),
    case(np.hstack, (1.5, A(3))),
    case(np.hstack, [A(2), A(3)], dtype=complex, casting="safe"),
    case(np.vstack, [A(2), A(2)]),
    case(np.vstack, [A(2), A(3, 2)]),
    case(np.dstack, [A(2), A(2)]),
    case(np.dstack, [A(2, 3), A(2, 3, 2)]),
    case(np.column_stack, [A(3), A(3, 2)]),
    case(np.column_stack, (A(2), A(2))),
    case(np.block, [[A(2, 2), A(2, 1)], [A(1, 2), 1.5]]),
    case(np.block, [A(2), A(3)]),
    case(np.block, A(2)),
    case(np.append, A(2), A(3)),
    case(np.append, A(2, 2), A(1, 2), axis=0),
    case(np.append, A(2, 2), 1.5),
    case(np.append, [1.5, 2.5], [[0.5]]),
    case(np.insert, A(4), 1, 2.5),
    case(np.insert, A(4), [1, 3], A(2)),
    case(np.insert, A(2, 3), 1, 2.5, axis=1),
    case(np.insert, A(2, 3), slice(0, 2), A(2), axis=1),
    case(np.insert, A(2, 3), 0, A(3), axis=0),
)
def test_joins(row: Case) -> None:
    check(row)


@parametrize(
    case(np.tril, A(3, 4)),
    case(np.tril, A(2, 3, 3), k=-1),
    case(np.triu, A(3, 4), 1),
    case(np.triu, C(3, 3)),
    case(np.triu, A(3)),
    case(np.diag, A(3)),
    case(np.diag, A(3), k=1),
    case(np.diag, A(3, 4), k=-1),
    case(np.diag, A(3, 4), 1),
    case(np.diagflat, A(2, 2)),
    case(np.diagflat, A(3), -1),
    case(np.diagonal, A(3, 4)),
    case(np.diagonal, A(2, 3, 4), offset=1, axis1=0, axis2=2),
    case(np.diagonal, A(2, 3, 4), -1, -1, 1),
    case(np.linalg.diagonal, A(2, 3, 4), offset=1),
    case(np.trace, A(3, 4)),
    case(np.trace, A(2, 3, 4), offset=-1, axis1=1, axis2=2),
    case(np.trace, A(2, 3, 4), 1, 2, 0),
    case(np.trace, A(3, 3), dtype=complex),
    case(np.linalg.trace, A(2, 3, 4), offset=1),
    case(np.linalg.trace, A(2, 3, 3), dtype=complex),
)
def test_diagonals(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("keywords", [{}, {"trim": "f"}, {"trim": "b"}, {"trim": "fb", "axis": 1}, {"axis": (0, 1)}])
def test_trim_zeros(keywords: dict[str, object]) -> None:
    x = np.array([[0.0, 0.0, 0.0, 0.0], [0.0, 1.5, 0.0, 0.0], [0.0, 2.5, 3.5, 0.0]])
    y, pullback = shape.trim_zeros_rule(x, **keywords)
    np.testing.assert_array_equal(y, np.trim_zeros(x, **keywords))
    weights = np.arange(1.0, y.size + 1).reshape(y.shape)
    (x_bar,) = pullback(weights)
    assert x_bar.shape == x.shape
    assert np.sum(x_bar * x) == np.sum(weights * y)
    assert np.count_nonzero(x_bar) == y.size


def test_trim_zeros_of_zeros() -> None:
    y, pullback = shape.trim_zeros_rule(np.zeros(3))
    np.testing.assert_array_equal(pullback(np.ones_like(y))[0], np.zeros(3))
