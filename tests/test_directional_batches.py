"""Rows of Hessians of functions of arrays, many at a time, against one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward
from tests.test_directional import (
    OF_ANYTHING,
    OF_ARRAYS,
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
from tests.test_directional_writes import PROGRAMS


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


ROW = np.array([2.0, 0.3, 0.1])


def joined(x: Any) -> Any:
    """Arrays made of several, some of which are data or numbers."""
    pair = np.concatenate([x, ROW]) ** 2 + np.hstack([x * x, 1.0, ROW[:2]])
    rows = np.stack([x, ROW, np.sin(x)]) @ x + np.vstack([x, ROW * x]).T[:, 0] + np.column_stack([x, ROW])[:, 1]
    grid = np.array([[x[0], 1.0], [x[1] * x[2], x[0] ** 2]])
    ends = np.append(x, 2.0)[1:] * np.append(0.5, x)[:3] + np.array([x[0], ROW[1], 2.0])
    return (
        np.sum(pair**2)
        + np.sum(rows * ends)
        + np.sum(grid @ grid)
        + np.sum(np.concatenate([grid, grid * 2.0], axis=1) ** 3)
    )


def arranged(x: Any) -> Any:
    square = np.outer(x, ROW * x)
    parts = (
        np.roll(square, 1, 0) + np.flip(square, 1) + np.triu(square) * np.tril(square, -1) + np.swapaxes(square, 0, 1)
    )
    lines = np.diag(square) + np.diagonal(square) * np.repeat(x[:1], 3) + np.diag(x) @ ROW + np.take(square, 1, 0)
    more = (
        np.pad(x, 1)[:3] + np.squeeze(np.expand_dims(x, 0)) + np.broadcast_to(x[0] * x[1], 3) + np.cross(x, ROW * x * x)
    )
    numbers = np.trace(square) + np.inner(x, x) * np.vdot(ROW, x) + np.einsum("i,ij,j", x, square, ROW)
    return np.sum(parts**2) + np.sum(lines * more) ** 2 + numbers + np.sum(np.einsum("i,j->ij", x, ROW) ** 3)


def reduced(x: Any) -> Any:
    square = np.outer(x, x + ROW)
    parts = np.std(square, axis=0) + np.var(square, axis=1) * np.max(square, axis=1) + np.prod(square, axis=-1)
    norms = np.linalg.norm(square, axis=1) + np.linalg.norm(x) * np.min(square, axis=0, keepdims=True)[0]
    return np.sum(parts * norms) + np.std(x) * np.max(x) ** 2 + np.linalg.norm(square) * np.mean(square, axis=1)[1]


def solved(x: Any) -> Any:
    a = np.outer(x, x) + np.eye(3) * 2.0
    lower = np.linalg.cholesky(a)
    found = np.linalg.solve(a, x) + np.linalg.solve(a, ROW) * np.linalg.solve(np.eye(3) + 0.1, x * x)
    sign, logarithm = np.linalg.slogdet(a)
    both = np.linalg.solve(a, np.outer(ROW, x)) @ np.linalg.inv(a)
    return np.sum(found * lower[2]) + sign * logarithm * np.linalg.det(a) + np.sum(both**2)


def filled(x: Any) -> Any:
    """Writes, of values and of data; what is read before is not changed by them."""
    y, z = np.zeros(3), np.zeros((2, 3))
    y[0], y[1:] = x[0] ** 2, x[1:] * x[:2]
    before = y[0]
    copied = y.flatten()
    y[0] = 3.0
    y += np.sin(x)
    y *= x
    z[0], z[1, :2], z[:, 2] = y, ROW[:2], x[0] * x[1]
    z[:, 0] += x[2] * before
    w = x.copy()
    w[::2] = ROW[::2]
    w[[0, 1]] *= y[:2]
    for i in range(1, 3):
        y[i] = y[i] * x[i - 1] + y[i - 1]
    first, _, _ = [v * 1.0 for v in y]
    y[0] = 0.0
    return np.sum(z**2) + np.sum(w * y * copied) + before * x[1] + first**2


def in_pairs(x: Any) -> Any:
    total = 0.0
    for i, (a, b) in enumerate(zip(x[:2], x[-2:], strict=True)):
        total += 100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 * i
    return total


def by_name(x: Any) -> Any:
    """Dicts, and data in containers of variables."""
    pair = (x, ROW)
    a, b = pair
    params = {"w": np.outer(a, b), "b": pair[1] * 2.0, "half": 0.5, "name": "layer", "parts": [x * x, ROW]}
    both = np.concatenate((a * b, pair[1]))
    layer = {"bias": params["b"], "weights": params["w"] if len(params["name"]) == 5 else x}
    return np.sum(np.tanh(layer["weights"] @ x + layer["bias"]) * params["half"] * params["parts"][0]) + both @ both


def with_keywords(x: Any) -> Any:
    return np.sum(scaled(x) * scaled(x * x, by=x[0]) ** 2) + keyed(x, power=3) * keyed(x)


def scaled(v: Any, *, by: Any = 2.0, offset: float = 0.5) -> Any:
    return v * by + offset


def keyed(v: Any, *, power: int = 2) -> Any:
    return np.sum(v**power)


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
    *[(f, np.array(X)) for f in (joined, arranged, reduced, solved, filled, in_pairs, by_name, with_keywords)],
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
    trial = [1.0, -2.0, *[0.5] * (len(rows) - 2)]
    wanted = directional._along(one, x, np.reshape(trial, x.shape))
    assert directional._agrees(rows, trial, wanted)
    assert not directional._agrees(rows + 1e-3 * np.eye(len(rows)), trial, wanted)


@pytest.mark.parametrize("f", [*OF_ANYTHING, *OF_ARRAYS, *PROGRAMS])
def test_where_rows_are_computed_at_once_they_are_those_computed_one_by_one(f: Function) -> None:
    x = np.array(X)
    found = bytegrad.hessian(f, x)  # this finds out what is changed in place
    many = forward.forward_of(f, (x,), (0,), slope=True, batched=True)  # type: ignore[arg-type]
    one = forward.forward_of(f, (x,), (0,), slope=True)  # type: ignore[arg-type]
    if many is not None and one is not None:
        wanted = directional._row_by_row(one, x)
        assert found == pytest.approx(wanted, rel=1e-10, abs=1e-12)
        assert directional._along_many(many, x) == pytest.approx(wanted, rel=1e-10, abs=1e-12)


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
