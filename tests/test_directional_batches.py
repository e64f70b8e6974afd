"""Rows of Hessians of functions of arrays, many at a time, against one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward
from tests.test_directional import (
    A,
    Function,
    X,
    meets,
    pieces,
    powers,
    quadratic,
    slices,
    soft,
    tuples,
    widened,
)


def of_a_matrix(x: Any) -> Any:
    rows = np.mean(x, axis=0)[1] ** 3 + np.sum(x.sum(axis=1) ** 2) + np.sum(x[0] * x[:, 1]) + x[1, 2] ** 2 * x[-1, 0]
    return np.sum(np.tanh(x.T @ x)) + rows + np.sum(x.reshape(9)[2:] ** 3) + np.sum(np.ravel(x) * x.flatten() ** 2)


def products(x: Any) -> Any:
    """Every pair of numbers of axes."""
    square = x * A
    pairs = (x @ square + A @ x * x) @ x + np.sum(square @ A + A @ square) + np.sum(square @ square)
    return pairs + np.dot(x, x) * np.dot(2.0, x[0]) + np.sum(x @ A) + np.sum(square @ x) + np.sum(A @ square @ x)


def elementwise(x: Any) -> Any:
    parts = np.exp(x) * A + np.sqrt(x) / (1 + np.sum(x**2)) + np.maximum(x, 0.5) ** 2 + np.abs(x - 0.7) ** 3
    return np.sum(parts) + np.sum(np.cumsum(x) ** 3) + np.sum(np.diff(x) ** 4) + np.sum(x**x) + np.sum(np.hypot(x, A))


def helps(x: Any) -> Any:
    return np.sum(x**2) * x[0]


def by_items(x: Any) -> Any:
    total = 0.0
    for v in x:
        total += v**3 + helps(x)
    a, b, c = x
    kept = [a * b]
    kept.append(b * c)
    if x[0] > 0.1 and len(x) == 3:
        total = total * kept[0] + kept[1]
    return total


MATRIX = np.arange(1.0, 10.0).reshape(3, 3) / 7
AT_ONCE = [
    (quadratic, np.array(X)),
    (pieces, np.array(X)),
    (slices, np.array(X)),
    (widened, np.array(X)),
    (soft, np.array(X)),
    (tuples, np.array(X)),
    (powers, np.array(X)),
    (meets, np.array(X)),
    (products, np.array(X)),
    (elementwise, np.array(X)),
    (by_items, np.array(X)),
    (of_a_matrix, MATRIX),
]


@pytest.mark.parametrize("most", [1, 9, 1000])
@pytest.mark.parametrize(("f", "x"), AT_ONCE)
def test_rows_of_arrays_are_computed_many_at_a_time(f: Function, x: Any, most: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(directional, "_MOST", most)
    monkeypatch.setattr(directional, "_FEWEST", 1)
    many = forward.forward_of(f, (x,), (0,), slope=True, batched=True)  # type: ignore[arg-type]
    one = forward.forward_of(f, (x,), (0,), slope=True)  # type: ignore[arg-type]
    assert many is not None
    assert one is not None
    rows = directional._along_many(many, x)
    assert rows == pytest.approx(directional._row_by_row(one, x), rel=1e-11, abs=1e-12)
    assert rows == pytest.approx(rows.T, abs=1e-10)
    assert directional._agrees(one, x, rows)
    assert not directional._agrees(one, x, rows + 1e-3 * np.eye(len(rows)))


WEIGHTS = np.linspace(-0.5, 1.0, 9).reshape(3, 3)


def layered(x: Any) -> Any:
    """Products whose numbers of axes are known when compiling: of data, and of what is made here."""
    inner = np.full((len(x), len(x)), 0.3)
    hidden = np.tanh(WEIGHTS @ np.tanh(inner @ x)) @ WEIGHTS
    return np.sum((np.ones((2, 3)) @ (hidden * x)) ** 2) + np.sum(np.outer(x, x) @ WEIGHTS * WEIGHTS) + hidden @ x


def test_data_may_get_other_numbers_of_axes(monkeypatch: Any) -> None:
    x = np.array(X)

    def of(weights: Any) -> Function:
        return lambda x: np.sum((weights @ x) ** 3)

    for weights in (WEIGHTS, WEIGHTS[0].copy(), np.ones((2, 3, 3)), WEIGHTS):
        for f in (of(weights), layered) if weights.ndim == 2 else (of(weights),):
            found = bytegrad.hessian(f, x)
            one = forward.forward_of(f, (x,), (0,), slope=True)  # type: ignore[arg-type]
            assert one is not None
            assert found == pytest.approx(directional._row_by_row(one, x), rel=1e-10, abs=1e-12)
    monkeypatch.setitem(globals(), "WEIGHTS", np.ones((3, 3)) * 2.0)
    one = forward.forward_of(layered, (x,), (0,), slope=True)  # type: ignore[arg-type]
    assert one is not None
    assert bytegrad.hessian(layered, x) == pytest.approx(directional._row_by_row(one, x))
