"""`np.nditer` by its methods and indices, and `np.broadcast`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad.testing import check_gradient

X = np.sin(np.arange(1.0, 13.0)).reshape(3, 4)


def by_places(x: Any) -> Any:
    it, total = np.nditer(x, flags=["multi_index"]), 0.0
    while not it.finished:
        total = total + it[0] * it.multi_index[1] * x[it.multi_index]
        it.iternext()
    return total


def loop_with_places(x: Any) -> Any:
    it, total = np.nditer(x.T, flags=["multi_index"], order="F"), 0.0
    for a in it:
        total = total + a * it.multi_index[1] * x[it.multi_index[::-1]]
    return total


def written(x: Any) -> Any:
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        it[0] = it[0] ** 2 + it.multi_index[0]
        it.iternext()
    return x


def values(x: Any) -> Any:
    it, total = np.nditer([x, x * 2.0], flags=["c_index"]), 0.0
    while not it.finished:
        a, b = it.value
        c, d = it[0:2]
        total = total + a * b * c + d * it.index
        it.iternext()
    return total


def made_by_the_iterator(x: Any) -> Any:
    with np.nditer([x, x[0], None], flags=["multi_index"]) as it:
        for a, b, c in it:
            c[...] = a * b + it.multi_index[0]
        return it.operands[2] * x


def broadcast(x: Any) -> Any:
    b, total = np.broadcast(x, 2.0, x[:, :1]), 0.0
    next(b)
    for i, j, k in b:
        total = total + i * j * k**2
    return total


def broadcast_into(x: Any) -> Any:
    b = np.broadcast(x, x[0])
    y = np.empty(b.shape)
    y.flat = [u * v for u, v in b]
    return y * b.nd


def closed(x: Any) -> Any:
    y = np.zeros(x.shape)
    with np.nditer([x, y], op_flags=[["readonly"], ["readwrite"]]) as it:
        for a, b in it:
            b[...] = a * a * x[0, 0]
    return y


PROGRAMS = [closed, by_places, loop_with_places, written, values, made_by_the_iterator, broadcast, broadcast_into]


@pytest.mark.parametrize("f", PROGRAMS)
def test_iterators(f: Callable[[Any], Any]) -> None:
    check_gradient(f, X)


def test_iterators_second_derivatives() -> None:
    check_gradient(broadcast, X[:2, :2], order=2)
    check_gradient(closed, X[:2, :2], order=2)
