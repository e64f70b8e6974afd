"""Arrays of objects that hold arrays and objects of users: these move by reference; what numpy computes is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient
from bytegrad.errors import UnsupportedError
from bytegrad.testing import check_gradient

X = np.sin(np.arange(1.0, 13.0)).reshape(3, 4)


class Dual:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __add__(self, other: Any) -> Dual:
        return Dual(self.value + other.value)

    def __mul__(self, other: Any) -> Dual:
        return Dual(self.value * (other.value if isinstance(other, Dual) else other))


def arrays(x: Any) -> Any:
    o = np.empty(3, dtype=object)
    o[0], o[1], o[2] = x[0], x[1, :2], np.zeros(2)
    o[2][:] = x[2, :2]
    return o


def duals(x: Any) -> Any:
    return np.array([Dual(x[0, 0]), Dual(x[1])], dtype=object)


MOVED = [
    lambda x: arrays(x)[0] * arrays(x)[1][0] * arrays(x)[2][1],
    lambda x: np.concatenate([arrays(x)[::-1], arrays(x)])[2] * arrays(x).copy()[1][1],
    lambda x: sum(np.sum(a**2) for a in arrays(x)) + np.sum(arrays(x).reshape(3, 1).T[0, 1] ** 3),
    lambda x: duals(x)[0].value * duals(x)[1].value,
    lambda x: np.vstack(list(arrays(x))[1:]) * x[0, 0],
    lambda x: np.array([x[0], x[1, 1], [x[2, 2]]], dtype=object)[1] * x[0],
]


@pytest.mark.parametrize("f", MOVED, ids=range(len(MOVED)))
def test_what_is_moved_has_gradients(f: Callable[[Any], Any]) -> None:
    check_gradient(f, X)


def changed_in_place(x: Any) -> Any:
    o = arrays(x)
    o += 1.0
    return o[0]


COMPUTED = [
    lambda x: (arrays(x) * arrays(x))[1],
    lambda x: np.add(arrays(x), 1.0)[2],
    lambda x: (2.0 * arrays(x))[0],
    lambda x: np.sum(arrays(x)[1:]),
    lambda x: np.dot(arrays(x)[1:], arrays(x)[1:]),
    lambda x: np.stack(arrays(x)[1:]),
    lambda x: (duals(x) * duals(x))[0].value,
    lambda x: (duals(x) * 2.0)[1].value,
    lambda x: duals(x).sum().value,
    changed_in_place,
]


@pytest.mark.parametrize("f", COMPUTED, ids=range(len(COMPUTED)))
def test_what_numpy_computes_with_them_is_refused(f: Callable[[Any], Any]) -> None:
    with pytest.raises(UnsupportedError, match="array of objects"):
        gradient(lambda x: np.sum(f(x)), X)


def test_only_if_it_matters() -> None:
    (found,) = gradient(lambda x: np.sum(x**2) + (arrays(x) * 2.0).size, X)
    np.testing.assert_allclose(found, 2.0 * X)
