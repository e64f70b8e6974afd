"""`check_gradient`: it passes what is right, and finds each kind of wrong."""

from __future__ import annotations

import functools
import math
from collections import OrderedDict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.testing import check_gradient

Pair = namedtuple("Pair", "a b")


@dataclass
class Model:
    weight: float
    bias: list[float] = field(default_factory=lambda: [0.5, 1.5])
    name: str = "model"


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x: float) -> None:
        self.x = x


def line(slope: float) -> Callable[[float], float]:
    return lambda x: slope * x * x


def mutating(model: Model) -> float:
    model.weight *= model.bias[0]
    model.bias.append(model.weight)
    return sum(model.bias) * model.weight


def keyed(x: Any, *, power: int) -> Any:
    return x**power


RIGHT = [
    (lambda x: x**3, (1.5,)),
    (lambda x, n: x**n, (1.5, 3)),
    (lambda xs: xs[0] * xs[1][0] ** 2, ([2.0, (3.0, "text")],)),
    (lambda d: d["a"] * d["b"]["c"], ({"a": 2.0, "b": {"c": 3.0}},)),
    (lambda d: d["a"] ** 2, (OrderedDict(a=2.0),)),
    (lambda q: q[0] * q[1], (deque([2.0, 3.0], 2),)),
    (lambda p: p.a**2 * p.b, (Pair(2.0, 3.0),)),
    (mutating, (Model(2.0),)),
    (lambda s: s.x**2, (Slotted(2.0),)),
    (lambda f, x: f(x), (line(2.0), 3.0)),
    (lambda f: f(2.0), (functools.partial(pow, 3.0),)),
    (lambda z: abs(z) ** 2 * z, (1 + 2j,)),
    (lambda x: x * (1 + 2j), (2.0,)),
    (lambda x: 3 * x**2, (Fraction(1, 4),)),
    (lambda x: 3 * x**2, (Decimal("0.25"),)),
    (lambda w, x: np.tanh(w @ x), (np.arange(6.0).reshape(2, 3) / 6, np.ones(3))),
    (np.linalg.inv, (np.array([[2.0, 1.0], [0.5, 3.0]]),)),
    (lambda x: np.sum(x * x), (np.array([1 + 1j, 2.0]),)),
    (lambda x: np.sum(x**2), (np.linspace(0.5, 1.0, 3, dtype=np.float32),)),
    (lambda x: np.sum(x**2), (np.linspace(0.5, 1.0, 300),)),
    (lambda x: [x, {"y": (x**2, "text", 3)}], (1.5,)),
    (lambda x: Model(x**2, [x, 1.0]), (1.5,)),
    (math.log, (1e-4,)),
    (lambda x: 5.0, (2.0,)),
    (lambda a, b: a[0] * b[0] ** 2, ([2.0],) * 2),
]


@pytest.mark.parametrize(("f", "args"), RIGHT)
def test_right_gradients_pass(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_gradient(f, *args)


SMOOTH_TWICE = [row for row in RIGHT if not isinstance(row[1][0], (Model, Slotted, functools.partial))]


@pytest.mark.parametrize(("f", "args"), SMOOTH_TWICE)
def test_right_second_derivatives_pass(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_gradient(f, *args, order=2)


def test_keyword_arguments_are_passed_on() -> None:
    check_gradient(keyed, 2.0, power=3, order=2)


def test_only_chosen_arguments_are_moved() -> None:
    check_gradient(lambda x, y: x * math.floor(y), 2.0, 3.0, argnums=0)
    check_gradient(lambda x, y: x * math.floor(y), 2.0, 3.0, argnums=[-2])
    with pytest.raises(bytegrad.ArgumentError, match="argnums is 2"):
        check_gradient(lambda x: x, 2.0, argnums=2)


# wrong ------------------------------------------------------------------------------------------------------


def wrong(pullback: Callable[[Any], Any], value: Callable[[Any], Any] = lambda x: x * x) -> Callable[[Any], Any]:
    """The square, with a rule that is wrong."""

    def square(x: Any) -> Any:
        return x * x

    bytegrad.adjoint(square)(lambda x: (value(x), lambda y_bar: (pullback(y_bar * x),)))
    return square


def message_of(f: Callable[..., Any], *args: Any, **options: Any) -> str:
    with pytest.raises(bytegrad.CheckError) as caught:
        check_gradient(f, *args, **options)
    return str(caught.value)


def test_a_wrong_gradient_is_reported_with_the_worst_entries_first() -> None:
    square = wrong(lambda bar: 3 * bar)
    text = message_of(lambda d: sum(square(x) for x in d["w"]) + d["b"], {"w": [1.0, 2.0, 3.0], "b": 1.0})
    assert "3 of 4 are wrong" in text
    lines = text.splitlines()
    assert lines[1] == "  in args[0]['w'][2]: the gradient has 9.0, differences 6.0"


def test_a_wrong_element_of_an_array_is_named() -> None:
    square = wrong(lambda bar: bar * np.array([[2.0, 2.0], [2.0, 2.1]]))
    assert "in args[0][1, 1]: the gradient has 8.4" in message_of(lambda x: np.sum(square(x)), np.full((2, 2), 4.0))


def test_a_wrong_imaginary_part_is_named() -> None:
    square = wrong(lambda bar: 2 * bar)
    text = message_of(lambda z: abs(square(z)), 1 + 2j)
    assert "args[0].imag" in text


def test_a_gradient_that_is_wrong_in_one_of_many_elements_is_found_in_a_random_direction() -> None:
    factors = np.full(1000, 2.0)
    factors[7] = 5.0
    square = wrong(lambda bar: bar * factors)
    assert "random direction" in message_of(lambda x: np.sum(square(x)), np.linspace(1.0, 2.0, 1000))


def test_a_wrong_second_derivative_is_found_at_second_order() -> None:
    def square(x: float) -> float:
        return x * x

    def square_rule(x: float) -> Any:
        kept = bytegrad.dropgrad(x)
        return x * x, lambda y_bar: (y_bar * 2 * kept,)

    bytegrad.adjoint(square)(square_rule)
    check_gradient(square, 3.0)
    assert "gradient(" in message_of(square, 3.0, order=2)


def test_another_value_is_reported() -> None:
    assert "not that of a plain call" in message_of(wrong(lambda bar: 2 * bar, lambda x: x * x + 1e-9), 3.0)


def test_a_missing_gradient_counts_as_zero() -> None:
    square = wrong(lambda bar: None)
    assert "the gradient has 0.0, differences 6.0" in message_of(square, 3.0)


def test_nan_is_not_right() -> None:
    assert "the gradient has nan" in message_of(wrong(lambda bar: bar * math.nan), 3.0)


def test_pullbacks_have_no_state() -> None:
    calls: list[float] = []
    assert "called again" in message_of(wrong(lambda bar: calls.append(bar) or bar * (1 + len(calls))), 3.0)


def test_what_is_not_smooth_cannot_be_checked() -> None:
    assert "not smooth enough" in message_of(lambda x: x // 0.3, 0.9)


def test_there_must_be_something_to_check() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="nothing to check"):
        check_gradient(lambda x: x, 3)
    assert "no floating or complex number" in message_of(lambda x: "text", 3.0)


def test_arguments_are_left_alone() -> None:
    model = Model(2.0)
    check_gradient(mutating, model)
    assert model == Model(2.0)


NUMBERS = {
    "masked": np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]),
    "objects": np.array([1.5, 2.5], dtype=object),
    "longdouble": np.linspace(0.5, 1.5, 3, dtype=np.longdouble),
    "a longdouble": np.longdouble(0.7),
    "clongdouble": np.linspace(0.5, 1.5 + 1j, 3, dtype=np.clongdouble),
    "float32": np.float32(0.7),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_kind_of_array(name: str) -> None:
    """As arguments and as results."""
    check_gradient(lambda x: x * x, NUMBERS[name], order=2)


def test_results_in_arrays_of_objects() -> None:
    def products(x: Any) -> Any:
        return np.frompyfunc(lambda a, b: a * b, 2, 1).reduce(x, axis=0, keepdims=True)

    check_gradient(products, np.linspace(0.5, 1.5, 6).reshape(2, 3), order=2)
