from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy import put
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.numpy.index import getitem_rule
from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize


def getitem(a: Any, index: Any) -> Any:
    return a[index]


adjoint(getitem)(getitem_rule)
CHOICE = np.array([[0, 1, 2], [2, 0, 1]])
MASK = np.array([[True, False, True], [False, False, True]])


@parametrize(
    case(getitem, A(4), 1),
    case(getitem, A(4), -1),
    case(getitem, A(4), np.int64(2)),
    case(getitem, A(2, 3), 1),
    case(getitem, A(2, 3), (1, 2)),
    case(getitem, A(2, 3), (slice(None), 1)),
    case(getitem, A(5), slice(4, 0, -2)),
    case(getitem, A(2, 3, 4), (Ellipsis, 0)),
    case(getitem, A(2, 3), (None, 0, None)),
    case(getitem, A(2, 3), ()),
    case(getitem, A(2, 3), Ellipsis),
    case(getitem, A(), ()),
    case(getitem, A(4), [0, 2, 0]),
    case(getitem, A(4), np.array([[0, 1], [1, 1]])),
    case(getitem, A(4), np.array([], dtype=int)),
    case(getitem, A(4), np.array([-1, 3])),
    case(getitem, A(3, 2), [2, 0]),
    case(getitem, A(3, 2), [0, 0, 2]),
    case(getitem, A(3, 4), (np.array([0, 1, 0]), np.array([2, 3, 2]))),
    case(getitem, A(3, 4), np.ix_([0, 2], [1, 1, 3])),
    case(getitem, A(3, 4, 2), (0, slice(None), [0, 1, 1])),
    case(getitem, A(3, 4, 2), ([0, 1], slice(None), [0, 1])),
    case(getitem, A(2, 3), MASK),
    case(getitem, A(2, 3), (0, MASK[0])),
    case(getitem, A(2, 3), (slice(None), MASK[0])),
    case(getitem, A(2, 3), ([0, 0], MASK[0])),
    case(getitem, A(3), (np.array([True, False, False]), None)),
    case(getitem, A(3), True),
    case(getitem, C(3, 2), [1, 1, 0]),
    case(getitem, A(0, 2), slice(None)),
    case(scatter_add, (3,), 1, A()),
    case(scatter_add, (3,), [0, 2, 0], A(3)),
    case(scatter_add, (2, 3), (slice(None), [0, 2, 0]), C(2, 3)),
)
def test_getitem(row: Case) -> None:
    check(row, layouts=row.fn is getitem)


@parametrize(
    case(np.take, A(4), [0, 2, 0]),
    case(np.take, A(4), 1),
    case(np.take, A(3, 4), [[0, 1], [-1, 5]]),
    case(np.take, A(3, 4), [0, 2, 0], axis=0),
    case(np.take, A(3, 4), [0, 2, 0], axis=-1),
    case(np.take, A(3, 4), [0, 7, -9], axis=1, mode="wrap"),
    case(np.take, A(3, 4), [0, 7, -9], axis=1, mode="clip"),
    case(np.take, A(3, 4), 5, None, None, "clip"),
    case(np.take, A(4), []),
    case(np.take, A(3), np.array(2), axis=0),
    case(np.take_along_axis, A(2, 3), CHOICE, 1),
    case(np.take_along_axis, A(2, 3), CHOICE[:, :1], axis=-1),
    case(np.take_along_axis, A(2, 3), CHOICE[:1] % 2, axis=0),
    case(np.take_along_axis, A(2, 3), np.array([0, 5, 5]), axis=None),
    case(np.compress, [True, False, True], A(3)),
    case(np.compress, [False, True], A(3, 2), axis=1),
    case(np.compress, [False, True, False, True], A(3, 2)),
    case(np.extract, MASK, A(2, 3)),
    case(np.where, MASK, A(2, 3), A(2, 3)),
    case(np.where, MASK, A(3), A(2, 1)),
    case(np.where, MASK, A(2, 3), 0.5),
    case(np.where, True, 1.5, 2.5),
    case(np.where, MASK, C(2, 3), A(3)),
    case(np.choose, CHOICE, [A(2, 3), A(3), 0.5]),
    case(np.choose, CHOICE, A(3, 3)),
    case(np.choose, CHOICE + 2, (A(2, 3), A(3), A(2, 1)), mode="wrap"),
    case(np.choose, CHOICE - 1, [A(2, 3), A(3)], mode="clip"),
    case(np.select, [MASK, ~MASK[:1]], [A(2, 3), A(3)], default=1.5),
    case(np.select, [MASK], [A(2, 3)]),
    case(np.select, [MASK, MASK], [A(2, 3), 2.5], A(2, 1)),
)
def test_take(row: Case) -> None:
    check(row)


def test_where_keeps_nan_of_the_other_branch_out() -> None:
    _, pullback = np_rule(np.where)(np.array([True, False]), np.zeros(2), np.ones(2))
    _, x_bar, y_bar = pullback(np.array([1.0, np.nan]))
    np.testing.assert_array_equal(x_bar, [1.0, 0.0])
    np.testing.assert_array_equal(y_bar, [0.0, np.nan])


def in_place(write: Any) -> Any:
    def written(a: Any, *args: Any, **keywords: Any) -> Any:
        copy = np.array(a)
        write(copy, *args, **keywords)
        return copy

    written.__name__ = getattr(write, "__name__", "written")
    return written


def setitem(a: Any, index: Any, value: Any) -> None:
    a[index] = value


WRITES = {rule: in_place(write) for write, rule in put.FUNCTIONAL.items() if write is not np.ndarray.put}
WRITES[put.setitem_rule] = in_place(setitem)
for _rule, _written in WRITES.items():
    adjoint(_written)(_rule)


@parametrize(
    case(WRITES[put.setitem_rule], A(4), 1, 2.5),
    case(WRITES[put.setitem_rule], A(4), [1, 1, 2], A(3)),
    case(WRITES[put.setitem_rule], A(2, 3), MASK, A(3)),
    case(WRITES[put.setitem_rule], A(2, 3), (slice(None), slice(0, 2)), A(2)),
    case(WRITES[put.put_rule], A(2, 3), [0, 4, 0], A(3)),
    case(WRITES[put.put_rule], A(2, 3), [0, 4, 5], A(2)),
    case(WRITES[put.put_rule], A(2, 3), [0, 8], A(2), mode="wrap"),
    case(WRITES[put.put_rule], A(2, 3), [0, 8], A(2), mode="clip"),
    case(WRITES[put.put_rule], A(2, 3), 1, 2.5),
    case(WRITES[put.place_rule], A(2, 3), MASK, A(2)),
    case(WRITES[put.putmask_rule], A(2, 3), MASK, A(2)),
    case(WRITES[put.putmask_rule], A(2, 3), MASK, A(2, 3)),
    case(WRITES[put.copyto_rule], A(2, 3), A(3)),
    case(WRITES[put.copyto_rule], A(2, 3), A(2, 3), where=MASK),
    case(WRITES[put.copyto_rule], C(2, 3), A(2, 3), casting="safe"),
    case(WRITES[put.put_along_axis_rule], A(2, 3), CHOICE[:, :2], A(2, 2), 1),
    case(WRITES[put.put_along_axis_rule], A(2, 3), CHOICE[:, :1], 0.5, axis=1),
    case(WRITES[put.fill_diagonal_rule], A(3, 3), 2.5),
    case(WRITES[put.fill_diagonal_rule], A(5, 2), A(2), wrap=True),
)
def test_writes(row: Case) -> None:
    check(row, second_order=False, layouts=False)


@pytest.mark.parametrize("count", [10**3, 10**5])
def test_scatter_add_of_many(count: int) -> None:
    index = np.arange(count) % 7
    np.testing.assert_array_equal(scatter_add((7,), index, np.ones(count)), np.bincount(index))
