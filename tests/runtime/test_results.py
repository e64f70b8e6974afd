"""Where the cotangents of a rule's results come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from tests.differences import numerical_gradient


def parts(x: Any, order: Any) -> Any:
    """Several results that are views of one array, which overlap; and that array itself."""
    whole = np.outer(x, x)
    made = (whole[0], whole[:, 1], whole, whole[0])
    return tuple([made[k] for k in order])


@bytegrad.adjoint(parts)
def parts_rule(x: Any, order: Any) -> Any:
    def parts_pullback(bars: Any) -> Any:
        total = np.zeros((len(x), len(x)))
        places = ((0,), (slice(None), 1), (...,), (0,))
        for k, bar in zip(order, bars, strict=True):
            if bar is not None:
                total[places[k]] += bar
        return total @ x + total.T @ x, None

    return parts(x, order), parts_pullback


WEIGHTS = (np.array([1.0, 2.0]), np.array([3.0, 5.0]), np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([7.0, 0.5]))


@pytest.mark.parametrize("order", [(0, 1), (1, 0, 2), (2, 1), (2, 0, 1, 3), (3, 0)])
def test_results_that_share_memory(order: tuple[int, ...]) -> None:
    def program(x: Any) -> Any:
        total = 0.0
        for k, part in zip(order, parts(x, order), strict=True):
            total = total + float(np.sum(part * WEIGHTS[k]))
        return total

    x = np.array([0.7, 1.3])
    np.testing.assert_allclose(bytegrad.gradient(program, x)[0], numerical_gradient(program, (x,)), rtol=1e-8)
