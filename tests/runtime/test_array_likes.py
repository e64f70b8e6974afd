"""Objects that C code takes for numbers or arrays: by their own methods if these are in Python, else an error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient, withgradient
from bytegrad.errors import NoRuleError
from tests.differences import numerical_gradient


class ArrayLike:
    def __init__(self, x: float) -> None:
        self.x, self.calls = x, 0

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        self.calls += 1
        return np.array([self.x, 2 * self.x])


class FloatLike:
    def __init__(self, x: float) -> None:
        self.parts = {"held": [x, (x, np.array([3 * x]))]}

    def __float__(self) -> float:
        return float(self.parts["held"][1][1][0] * self.parts["held"][0])


class OfSlots:
    __slots__ = ("inner",)

    def __init__(self, x: float) -> None:
        self.inner = FloatLike(x)

    def __float__(self) -> float:
        return 2.0 * float(self.inner)


class Sequence:
    def __init__(self, x: float) -> None:
        self.x = x

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> float:
        if index > 1:
            raise IndexError
        return self.x * (index + 1)


class Interface:
    def __init__(self, x: float) -> None:
        self.held = np.array([x, 2 * x])

    @property
    def __array_interface__(self) -> Any:
        return self.held.__array_interface__


def stored(value: Any) -> Any:
    array = np.zeros(2)
    array[:] = value
    return array


def added(value: Any) -> Any:
    array = np.ones(2)
    array += value
    return array


ONE = np.array([1.0, 3.0])
RIGHT: dict[str, Callable[[Any], Any]] = {
    "asarray": np.asarray,
    "array": np.array,
    "ufunc": np.sin,
    "two": lambda o: np.multiply(o, o),
    "operator": lambda o: ONE * o,
    "sum": np.sum,
    "reduce": np.add.reduce,
    "outer": lambda o: np.multiply.outer(o, ONE),
    "convolve": lambda o: np.convolve(o, ONE),
    "dot": lambda o: np.dot(ONE, o),
    "method": ONE.dot,
    "einsum": lambda o: np.einsum("i,i->", o, ONE),
    "where": lambda o: np.where(ONE > 2, o, 1.0),
    "solve": lambda o: np.linalg.solve(np.diag(ONE), o),
}
RIGHT_OR_LOUD: dict[str, Callable[[Any], Any]] = {
    **RIGHT,
    "list": lambda o: np.array([o, o], dtype=float),
    "concatenate": lambda o: np.concatenate([o, o]),
    "stack": lambda o: np.stack([o, o]),
    "full": lambda o: np.full(2, o, dtype=float),
    "array of floats": lambda o: np.array(o, dtype=float),
    "stored": stored,
    "added": added,
    "where=": lambda o: np.add(o, 1.0, out=None, where=np.array([True, True])),
    "sine": math.sin,
    "hypot": lambda o: math.hypot(o, 2.0),
}
KINDS = [ArrayLike, FloatLike, OfSlots, Sequence, Interface]


def total(values: Any) -> float:
    values = np.asarray(values)
    return float(np.sum(values * np.arange(1.0, values.size + 1).reshape(values.shape)))


def is_possible(kind: Any, name: str) -> bool:
    try:
        total(RIGHT_OR_LOUD[name](kind(0.7)))
    except (TypeError, ValueError, np.exceptions.AxisError):
        return False
    return True


POSSIBLE = [(kind, name) for kind in KINDS for name in RIGHT_OR_LOUD if is_possible(kind, name)]


@pytest.mark.parametrize("name", RIGHT)
def test_objects_that_make_arrays(name: str) -> None:
    def program(x: float) -> Any:
        return total(RIGHT[name](ArrayLike(x)))

    value, (slope,) = withgradient(program, 0.7)
    assert value == program(0.7)
    assert slope == pytest.approx(numerical_gradient(program, (0.7,))[0], rel=1e-8)


def test_the_method_is_called_once() -> None:
    def calls(x: float) -> Any:
        made = ArrayLike(x)
        return x, np.convolve(made, ONE), made.calls

    assert withgradient(calls, 0.7).val[2] == calls(0.7)[2]


@pytest.mark.parametrize("kind", [FloatLike, OfSlots])
@pytest.mark.parametrize("function", [math.sin, math.exp, math.sqrt])
def test_objects_that_make_floats(kind: Any, function: Any) -> None:
    def program(x: float) -> Any:
        return function(kind(x)) * x

    assert gradient(program, 0.7)[0] == pytest.approx(numerical_gradient(program, (0.7,))[0], rel=1e-8)


@pytest.mark.parametrize(("kind", "name"), POSSIBLE)
def test_never_a_silent_zero(kind: Any, name: str) -> None:
    def program(x: float) -> Any:
        return total(RIGHT_OR_LOUD[name](kind(x)))

    try:
        (slope,) = gradient(program, 0.7)
    except NoRuleError:
        return
    assert slope == pytest.approx(numerical_gradient(program, (0.7,))[0], rel=1e-6)


# A call without a rule may use what an object hides, constant or not.
@pytest.mark.parametrize(("kind", "name"), [row for row in POSSIBLE if row[1] != "where="])
def test_constants_are_no_error(kind: Any, name: str) -> None:
    def program(x: float) -> Any:
        return total(RIGHT_OR_LOUD[name](kind(0.3))) * x

    assert gradient(program, 0.7)[0] == pytest.approx(program(0.7) / 0.7)


def test_polynomials() -> None:
    def program(x: float) -> Any:
        p = np.poly1d([x, 1.0, x * x])
        return (p * p + p.deriv())(0.4)

    assert gradient(program, 0.7)[0] == pytest.approx(numerical_gradient(program, (0.7,))[0], rel=1e-8)
