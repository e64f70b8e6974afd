"""Operators and ufuncs of arrays with operands that have an ``__array_ufunc__`` of their own, written in Python."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import NoRuleError, withgradient
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


class Tripling(np.ndarray):
    """Asks numpy's own methods by these names."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if "out" in keywords:
            keywords["out"] = tuple([np.asarray(part) for part in keywords["out"]])
        found = super().__array_ufunc__(ufunc, method, *[np.asarray(item) for item in inputs], **keywords)
        return found if found is NotImplemented else 3 * np.asarray(found)

    def __array_function__(self, function: Any, kinds: Any, args: Any, keywords: Any) -> Any:
        if function is np.dot:
            args = tuple([np.asarray(arg) for arg in args])
        found = super().__array_function__(function, kinds, args, keywords)
        return found if found is NotImplemented else 5 * np.asarray(found)

    def __pow__(self, power: Any, modulus: Any = None, /) -> Any:
        return super().__pow__(power, modulus)


class Refusing(Quantity):
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return NotImplemented


class Special(Refusing):
    """A subclass, which is asked before the class that it inherits from."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return Quantity(7.0 * getattr(ufunc, method)(*[item.m for item in inputs], **keywords))


def into_a_subclass(x: Any) -> Any:
    made = np.zeros(3).view(Tripling)
    np.multiply(x, x, out=made)
    return made


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
    "matrix product": lambda x: x.view(Doubling) @ x,
    "power": lambda x: x.view(Tripling) ** 2.0,
    "by the method of arrays": lambda x: x.view(Tripling) * x,
    "method of arrays without an answer": lambda x: (
        x * (np.zeros(2).__array_ufunc__(np.add, "__call__", Special(1.0), x) is NotImplemented)
    ),
    "output": into_a_subclass,
    "output by position": lambda x: np.add(x.view(Doubling), x, np.zeros(3)),
    "no answer, then one": lambda x: np.multiply(Refusing(x), Special(x)).m,
    "subclass before class": lambda x: np.add(Refusing(x), Special(x)).m,
    "sum": lambda x: x.view(Doubling).sum(),
    "function sum": lambda x: np.sum(x.view(Doubling)),
    "mean": lambda x: x.view(Doubling).mean(),
    "function mean": lambda x: np.mean(x.view(Doubling)),
    "average": lambda x: np.average(x.view(Doubling)),
    "median": lambda x: np.median(x.view(Doubling)),
    "var": lambda x: x.view(Doubling).var(),
    "std": lambda x: np.std(x.view(Doubling)),
    "max": lambda x: x.view(Doubling).max(),
    "ptp": lambda x: np.ptp(x.view(Doubling)),
    "prod": lambda x: x.view(Doubling).prod(),
    "clip": lambda x: x.view(Doubling).clip(1.5, 2.5),
    "cumsum": lambda x: x.view(Doubling).cumsum(),
    "cumprod": lambda x: np.cumprod(x.view(Doubling)),
    "trace": lambda x: np.outer(x, x).view(Doubling).trace(),
    "scaled and rounded": lambda x: x * x.view(Doubling).round(1),
    "reduce": lambda x: np.multiply.reduce(x.view(Doubling), 0, None, None, True),
    "accumulate": lambda x: np.add.accumulate(x.view(Doubling)),
    "reduceat": lambda x: np.add.reduceat(x.view(Doubling), [0, 1]),
    "outer": lambda x: np.multiply.outer(x.view(Doubling), x),
    "sum by the method of arrays": lambda x: x.view(Tripling).sum(),
    "function by the method of arrays": lambda x: np.sum(x.view(Tripling)),
    "keyword by the method of arrays": lambda x: np.sum(a=x.view(Tripling), axis=0, keepdims=True),
    "function in C by the method of arrays": lambda x: np.dot(x.view(Tripling), x),
    "norm": lambda x: np.linalg.norm(x.view(Tripling)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_operand_is_asked(name: str) -> None:
    def f(x: Any) -> float:
        y = np.asarray(FUNCTIONS[name](x))
        return float(np.sum(y * np.arange(1.0, 1.0 + y.size).reshape(y.shape)))

    value, (gradient,) = withgradient(f, X.copy())
    assert value == f(X.copy())
    np.testing.assert_allclose(gradient, numerical_gradient(f, (X,)), rtol=1e-6)


def test_a_function_in_c_with_operands_that_would_be_asked_again_is_refused() -> None:
    with pytest.raises(NoRuleError, match="concatenate"):
        withgradient(lambda x: np.sum(np.asarray(np.concatenate([x.view(Tripling), x]))), X.copy())


def test_without_an_answer_the_error_is_numpys() -> None:
    def f(x: Any) -> Any:
        return np.add(Refusing(x), x)

    with pytest.raises(TypeError) as plain:
        f(X)
    with pytest.raises(TypeError) as ours:
        withgradient(f, X)
    assert str(ours.value)[:60] == str(plain.value)[:60]
