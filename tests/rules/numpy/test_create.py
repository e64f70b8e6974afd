from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy.create import fromfunction_polyfill, fromiter_polyfill
from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize


@parametrize(
    case(np.array, A(2, 3)),
    case(np.array, 1.5),
    case(np.array, [1.5, 2.5, 0.5]),
    case(np.array, (1.5, A())),
    case(np.array, [[1.5, 2.5], (0.5, 3.5)]),
    case(np.array, [A(2), [1.5, 0.5]]),
    case(np.array, [A(2, 2), A(2, 2)], dtype=complex),
    case(np.array, [1.5, 2 + 1j]),
    case(np.array, A(3), ndmin=3),
    case(np.array, [1.5, 2.5], ndmin=2),
    case(np.array, A(2, 3), order="F", copy=True, subok=True),
    case(np.array, []),
    case(np.asarray, [1.5, A()]),
    case(np.asarray, A(2), dtype=complex),
    case(np.asarray, C(2), order="F"),
    case(np.asanyarray, [[1.5], [2.5]]),
    case(np.asarray_chkfinite, A(3)),
    case(np.ascontiguousarray, A(3, 2).T),
    case(np.ascontiguousarray, 1.5),
    case(np.asfortranarray, A(3, 2)),
    case(np.require, A(3), float, "C"),
    case(np.require, A(3), requirements=["W", "O"]),
    case(np.copy, A(2, 3), order="F"),
    case(np.copy, [1.5, 2.5]),
    case(np.astype, A(3), complex),
    case(np.astype, A(3), float, copy=False),
    case(np.astype, A(3) * 3, np.int64),
    case(np.array, [1.2, 2.7], dtype=int),
)
def test_conversions(row: Case) -> None:
    check(row, second_order=False)


@parametrize(
    case(np.full, (2, 3), 1.5),
    case(np.full, (2, 3), A(3)),
    case(
        np.full,
        2,
        A(
            2,
        ),
        dtype=complex,
        order="F",
    ),
    case(np.full_like, np.zeros((2, 3)), 1.5).only(1),
    case(np.full_like, np.zeros(3), A(3)).only(1),
    case(np.full_like, np.zeros(3), 1.5, dtype=complex, shape=(2, 2)).only(1),
    case(np.linspace, 0.5, 2.5, 4),
    case(np.linspace, 0.5, 2.5, 4, endpoint=False),
    case(np.linspace, 0.5, 2.5, num=3, retstep=True),
    case(np.linspace, 0.5, 2.5, 1),
    case(np.linspace, 0.5, 2.5, 0),
    case(np.linspace, A(2, 1), A(3), 4),
    case(np.linspace, A(2), A(2), 4, axis=1),
    case(np.linspace, A(2), A(2), 4, axis=-1, retstep=True, endpoint=False),
    case(np.linspace, 0.5 + 1j, 2.5, 3),
    case(np.linspace, 0.5, 2.5, 4, dtype=np.float64),
    case(np.logspace, 0.5, 1.5, 4),
    case(np.logspace, 0.5, 1.5, num=3, endpoint=False, base=2.5),
    case(np.logspace, A(2), A(2), 3, axis=1),
    case(np.logspace, 0.5, 1.5, 3, base=np.array([2.0, 3.0]), axis=-1),
    case(np.geomspace, 0.5, 2.5, 4),
    case(np.geomspace, -0.5, -2.5, 4, endpoint=False),
    case(np.geomspace, 0.5 + 1j, -2.5 + 0.5j, 4),
    case(np.geomspace, np.array([0.5, 1.5]), 2.5, 3, axis=1),
    case(np.vander, A(3)),
    case(np.vander, A(3), 5, increasing=True),
    case(np.vander, C(3), N=2),
)
def test_ranges(row: Case) -> None:
    check(row)


def test_arange() -> None:
    rule = np_rule(np.arange)
    y, pullback = rule(0.5, 2.0, 0.25)
    np.testing.assert_array_equal(y, np.arange(0.5, 2.0, 0.25))
    start_bar, stop_bar, step_bar = pullback(np.ones_like(y))
    assert (start_bar, stop_bar, step_bar) == (6.0, None, 15.0)
    assert rule(4.5)[1](np.ones(5))[:2] == (None, None)
    assert rule(2, 5)[1](np.ones(3))[0] == 3.0


def test_casts_to_integers_are_constant() -> None:
    assert np_rule(np.linspace)(0.5, 7.5, 3, dtype=int)[1](np.ones(3)) == pytest.approx((0.0, 0.0))
    assert np_rule(np.full)(2, 1.5, dtype=int)[1](np.ones(2)) == (None, None)
    assert np_rule(np.array)([1, 2])[1](np.array([3.0, 4.0])) == ([3.0, 4.0],)


def test_objects_and_text_are_declined() -> None:
    assert np_rule(np.array)([1, "a"]) is NotImplemented
    assert np_rule(np.array)([object()]) is NotImplemented


@pytest.mark.parametrize("count", [-1, 2, 3])
def test_fromiter(count: int) -> None:
    def numbers() -> Iterator[Any]:
        yield from (1.5, 2.5, 3.5)

    np.testing.assert_array_equal(fromiter_polyfill(numbers(), float, count), np.fromiter(numbers(), float, count))
    with pytest.raises(ValueError, match=r"iterator too short: Expected 5 but iterator had only 3 items\."):
        fromiter_polyfill(numbers(), float, 5)


def test_fromfunction() -> None:
    np.testing.assert_array_equal(
        fromfunction_polyfill(lambda i, j, k: i + k * j, (2, 3), k=2.5),
        np.fromfunction(lambda i, j, k: i + k * j, (2, 3), k=2.5),
    )
