"""Bounds of slices that are read out again, as numbers: by `np.mgrid` and its like, and by classes of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.testing import check_gradient

WEIGHTS = np.array([0.3, -0.7, 1.1, 0.4, -0.2])


class Range:
    """Reads the bounds of its subscripts."""

    def __getitem__(self, key: Any) -> Any:
        first = key[0] if isinstance(key, tuple) else key
        return first.start * first.stop + (0.0 if first.step is None else first.step**2)

    def __setitem__(self, key: slice, value: Any) -> None:
        self.stored = key.start * value + key.stop


def bounds_of_a_class(a: Any, b: Any) -> Any:
    made = Range()
    made[a:b] = b
    return made[a:b] + made[a:2.0:b] * made[b:a, 1] + made.stored


def kept_slice(a: Any, b: Any) -> Any:
    made = Range()
    total = 0.0
    for i in range(3):
        total = total + made[a * i : b]
    return total * total


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: np.sum(np.mgrid[a:b:5j] * WEIGHTS),
        lambda a, b: np.sum(np.ogrid[a:b:5j] ** 2 * WEIGHTS),
        lambda a, b: np.sum(np.mgrid[a:b:5j, 0 : a * b : 5j] * WEIGHTS),
        lambda a, b: np.sum(np.r_[a:b:5j] * WEIGHTS),
        lambda a, b: np.sum(np.r_[a : a + 2.5, a * b, [b, 1.0]] ** 2),
        lambda a, b: np.sum(np.c_[a:b:5j] * WEIGHTS),
        bounds_of_a_class,
        kept_slice,
    ],
    ids=["mgrid", "ogrid", "mgrid of two", "r_", "r_ of several", "c_", "class", "kept"],
)
def test_gradient(f: Callable[..., Any]) -> None:
    check_gradient(f, 0.6, 1.9)
    check_gradient(f, np.float64(0.6), 1.9)


def test_whole_bounds() -> None:
    def f(x: Any, n: int) -> Any:
        return np.sum(x[n : n + 2] * x[1:n][0])

    np.testing.assert_array_equal(bytegrad.gradient(lambda x: f(x, 2), np.arange(5.0))[0], [0.0, 5.0, 1.0, 1.0, 0.0])
