"""Derivatives of derivatives: every combination of modes, through every kind of memory, without confusion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import grad, gradient, jvp, pullback
from tests.differences import numerical_gradient

Function = Callable[[Any], Any]


def reverse(f: Function) -> Function:
    return lambda x: gradient(f, x)[0]


def forward(f: Function) -> Function:
    return lambda x: jvp(f, (x,), (1.0,))[1]


MODES = {"R": reverse, "F": forward}


def derivatives(x: float) -> list[float]:
    """Of ``sin(x) * x**3``, from the first to the third."""
    s, c = math.sin(x), math.cos(x)
    return [
        c * x**3 + 3 * x**2 * s,
        -s * x**3 + 6 * x**2 * c + 6 * x * s,
        -c * x**3 - 9 * x**2 * s + 18 * x * c + 6 * s,
    ]


LONG_TO_COMPILE = {"FRR", "FFR", "RFR", "FRF", "FFF", "RRF", "RFF"}
COMBINATIONS = ["".join(modes) for n in (1, 2, 3) for modes in itertools.product(MODES, repeat=n)]


@pytest.mark.parametrize(
    "modes", [pytest.param(m, marks=[pytest.mark.slow] if m in LONG_TO_COMPILE else []) for m in COMBINATIONS]
)
def test_every_combination_of_modes(modes: str) -> None:
    """The innermost mode comes first."""

    def f(x: Any) -> Any:
        return math.sin(x) * x**3

    for mode in modes:
        f = MODES[mode](f)
    assert f(0.7) == pytest.approx(derivatives(0.7)[len(modes) - 1], rel=1e-12)


# no confusion of perturbations ------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", MODES.values(), ids=MODES)
@pytest.mark.parametrize("outer", MODES.values(), ids=MODES)
def test_variables_of_two_levels_are_not_confused(outer: Any, inner: Any) -> None:
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(2.0) == pytest.approx(1.0)
    assert outer(lambda x: x * inner(lambda y: x * y)(3.0))(2.0) == pytest.approx(4.0)
    assert outer(lambda x: inner(lambda y: x * y * y)(x))(3.0) == pytest.approx(12.0)


def test_the_same_function_at_two_levels() -> None:
    def shifted(offset: Any) -> Function:
        return lambda x: x * x + offset * x

    assert gradient(lambda a: gradient(shifted(a), 3.0)[0] * a, 2.0)[0] == pytest.approx(10.0)


def test_seeds_of_outer_variables() -> None:
    def f(x: Any) -> Any:
        _, back = pullback(lambda y: [y * y, y**3], x)
        return back([x, 2.0])[0]

    assert gradient(f, 1.5)[0] == pytest.approx(4 * 1.5 + 12 * 1.5)


# through every kind of memory -------------------------------------------------------------------------------


class Spring:
    """An object that is changed by its own methods."""

    def __init__(self, stiffness: Any) -> None:
        self.stiffness = stiffness
        self.energy = 0.0

    def stretch(self, x: Any) -> None:
        self.energy = self.energy + 0.5 * self.stiffness * x * x
        self.stiffness *= 1.0 + x


def through_objects(x: Any) -> Any:
    spring = Spring(x * x)
    spring.stretch(x)
    spring.stretch(2 * x)
    return spring.energy


def through_lists(x: Any) -> Any:
    xs = [x, x * x]
    for _ in range(2):
        xs.append(xs[-1] * xs[0])
        xs[0] = xs[0] + xs[1]
    xs.sort(reverse=True)
    return xs[0] * xs.pop()


def through_dicts(x: Any) -> Any:
    d = {"a": x}
    d["b"] = d["a"] ** 2
    d["a"] = math.sin(d["b"])
    return sum(value * d["b"] for value in d.values())


def through_arrays(x: Any) -> Any:
    a = np.zeros(4)
    a[1:3] = x
    a[2:] += a[1:3] * x
    a *= a
    return np.sum(a * np.arange(4.0))


def through_exceptions(x: Any) -> Any:
    y = x
    try:
        y = y * x
        if y > 0:
            raise ValueError(y * x)
        y = 0.0
    except ValueError as error:
        y = y + error.args[0]
    finally:
        y = y * x
    return y


def through_generators(x: Any) -> Any:
    def powers(limit: Any) -> Any:
        p = x
        for _ in range(limit):
            yield p
            p = p * x

    return sum(p * p for p in powers(3))


def through_closures(x: Any) -> Any:
    total = 0.0

    def add(y: Any) -> None:
        nonlocal total
        total = total + y * y * x

    for y in (x, 2 * x):
        add(y)
    return total * x


def through_a_with_statement(x: Any) -> Any:
    class Scaled:
        def __enter__(self) -> Any:
            return x * x

        def __exit__(self, *_: Any) -> bool:
            return True

    y = x
    with Scaled() as scale:
        y = scale * scale
        raise KeyError(y)
    return y * x


MEMORY = [
    through_objects,
    through_lists,
    through_dicts,
    through_arrays,
    through_exceptions,
    through_generators,
    through_closures,
    through_a_with_statement,
]


TAKES_SECONDS = {through_lists, through_dicts, through_arrays}


@pytest.mark.parametrize("f", [pytest.param(f, marks=[pytest.mark.slow] if f in TAKES_SECONDS else []) for f in MEMORY])
@pytest.mark.parametrize("modes", ["RR", "RF"])
def test_second_order(f: Function, modes: str) -> None:
    for at in (0.8, 1.3):
        outer, inner = MODES[modes[1]], MODES[modes[0]]
        (wanted,) = numerical_gradient(lambda x: float(gradient(f, x)[0]), (at,))
        assert outer(inner(f))(at) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("f", MEMORY)
def test_third_order(f: Function) -> None:
    (wanted,) = numerical_gradient(lambda x: float(grad(grad(f))(x)), (0.8,))
    assert grad(grad(grad(f)))(0.8) == pytest.approx(wanted, rel=1e-6)


def test_memory_is_left_as_a_plain_call_leaves_it() -> None:
    xs = [1.0, 2.0]

    def f(xs: Any) -> Any:
        xs[0] *= xs[1]
        return xs[0] * xs[1]

    def slope(x: Any) -> Any:
        xs[:] = [x, 2.0]
        return gradient(f, xs)[0][1]

    assert gradient(slope, 3.0)[0] == pytest.approx(4.0)
    assert xs == [6.0, 2.0]


def test_errors_of_inner_calls_are_those_of_the_outer_function() -> None:
    def f(x: Any) -> Any:
        try:
            return gradient(lambda y: [y], x)[0]
        except bytegrad.ScalarError:
            return x * x

    assert gradient(f, 3.0) == (6.0,)


def test_an_outer_variable_in_code_that_is_first_reversed_at_the_second_level() -> None:
    """Pullbacks are emitted when they are first called: that is no part of what is differentiated."""

    def outer(a: Any) -> Any:
        return gradient(lambda x: gradient(lambda y: y**3 * a, x)[0], 2.0)[0]

    assert gradient(outer, 5.0) == (12.0,)


def test_views_of_dicts() -> None:
    def total(x: float) -> Any:
        made = {"a": x * x, "b": x}
        return sum([value for key, value in made.items()]) * x + sum(v**3 for v in made.values()) * len(made.keys())

    assert grad(grad(total))(2.0) == pytest.approx(6 * 2 + 2 + 2 * (30 * 2**4 + 6 * 2))
    assert bytegrad.hvp(lambda p: sum(v**3 for v in p.values()), {"a": 2.0}, {"a": 1.0}) == {"a": 12.0}
