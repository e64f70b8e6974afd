"""Operators and ufuncs of arrays with operands that have an ``__array_ufunc__`` of their own, written in Python."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import withgradient
from tests.differences import numerical_gradient

X = np.array([1.0, 2.0, 3.0])


class Quantity:
    def __init__(self, m: Any) -> None:
        self.m = m

    def __mul__(self, other: Any) -> Any:
        return Quantity(getattr(other, "m", other) * self.m)

    __rmul__ = __mul__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return Quantity(3.0 * getattr(ufunc, method)(*[getattr(item, "m", item) for item in inputs], **keywords))


class Unit:
    __array_priority__ = 17

    def __mul__(self, other: Any) -> Any:
        return Quantity(1.0) * other

    __rmul__ = __mul__


class Matrix:
    __array_priority__ = 10.1

    def __init__(self, m: Any) -> None:
        self.m = m

    def __rmatmul__(self, other: Any) -> Any:
        return 5.0 * other @ self.m


class Deferred(Matrix):
    __array_ufunc__ = None


class Doubling(np.ndarray):
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return 2 * getattr(ufunc, method)(*[np.asarray(item) for item in inputs], **keywords)


class Writing(Quantity):
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None) -> Any:
        return getattr(ufunc, method)(*[getattr(item, "m", item) for item in inputs], out=out)


def in_place(x: Any) -> Any:
    y = x * 1.0
    y *= Writing(x)
    return y


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "array first": lambda x: (x * Quantity(2.0)).m,
    "array second": lambda x: (Quantity(2.0) * x).m,
    "both": lambda x: (x * Quantity(x)).m,
    "unit": lambda x: (x * Unit()).m,
    "scalar": lambda x: (np.float64(x[1]) * Quantity(x)).m,
    "ufunc": lambda x: np.sin(Quantity(x)).m,
    "two operands": lambda x: np.add(Quantity(x), x).m,
    "method": lambda x: x.__mul__(Quantity(x)).m,
    "unbound method": lambda x: np.ndarray.__mul__(x, Quantity(x)).m,
    "operator": lambda x: operator.mul(x, Quantity(x)).m,
    "in place": in_place,
    "priority": lambda x: x @ Matrix(np.outer(x, x)),
    "deferred": lambda x: x @ Deferred(np.outer(x, x)),
    "subclass": lambda x: x.view(Doubling) * 3.0 + x,
    "subclass second": lambda x: 3.0 * x.view(Doubling) + x * x.view(Doubling),
    "number first": lambda x: (2 * Quantity(x)).m,
    "method of a number": lambda x: x * ((2.0).__mul__(Quantity(x)) is NotImplemented),
    "unary": lambda x: -x.view(Doubling),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_operand_is_asked(name: str) -> None:
    def f(x: Any) -> float:
        return float(np.sum(np.asarray(FUNCTIONS[name](x)) * np.arange(1.0, 4.0)))

    value, (gradient,) = withgradient(f, X.copy())
    assert value == f(X.copy())
    np.testing.assert_allclose(gradient, numerical_gradient(f, (X,)), rtol=1e-6)
