"""Calls by name, with defaults and with packed arguments, properties and subscripts of classes, many times at one place."""

from __future__ import annotations

import gc
import math
import weakref
from dataclasses import dataclass
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from bytegrad import gradient, hessian, jvp, pullback, value_and_grad

STEP, TURNS = 1e-5, 12


def few(a, b=1.5, *, c=0.5):
    return math.tanh(a * b + c)


def packs(a, *rest, c=0.5, **named):
    return math.tanh(a * c + sum(rest) - named.get("d", 0.0) * a)


def only(*, a, b=2.0):
    return math.sin(a * b)


def before(a, b=2.0, /, c=3.0, **b_too):
    return math.sin(a * b * c + b_too.get("b", 0.0) * a)


def raises(a, b=1.0, *, c=2.0):
    if a * c > b:
        raise ValueError(a * b)
    return a * b * c


@dataclass
class Pair:
    x: float
    y: float = 0.25

    def __post_init__(self):
        self.made = self.x * self.y

    def scaled(self, by, *, plus=0.125):
        return self.x * by + self.y * plus

    @property
    def product(self):
        return self.x * self.y + self.made

    def __getitem__(self, key):
        return {"x": self.x, 0: self.y}.get(key, NotImplemented)

    def __call__(self, a, b=0.5):
        return self.x * a + b * self.y


def turns(step):
    """A loop of calls at one place, each with what the last one gave."""

    def loop(x):
        t = x
        for i in range(TURNS):
            t = step(x, t, i)
        return t

    loop.__name__ = step.__name__
    return loop


def by_default(x, t, i):
    return few(t) + x


def by_name(x, t, i):
    return few(c=t, a=x)


def swapped(x, t, i):
    return few(b=t, a=x * 0.3, c=x)


def by_changing_shape(x, t, i):
    return few(t, x) if i % 3 else few(t, c=x)


def packed(x, t, i):
    return packs(t, x, x * t, d=t)


def packed_or_not(x, t, i):
    return packs(t) if i % 2 else packs(t, x, c=t, e=x)


def starred(x, t, i):
    given = (t, x)[: 1 + i % 2]
    return few(*given, **({"c": x} if i % 3 else {}))


def named_only(x, t, i):
    return only(b=t, a=x) + only(a=t)


def same_name_twice(x, t, i):
    return math.tanh(before(t, x, b=t) + before(x, c=t))


def of_object(x, t, i):
    p = Pair(x=t) if i % 2 else Pair(y=t, x=x)
    return math.tanh(p.scaled(plus=t, by=x) + p.scaled(t) + p.made)


def by_property(x, t, i):
    return math.tanh(Pair(x, t).product)


def by_key(x, t, i):
    p = Pair(x, t)
    return math.tanh(p["x"] * p[0] + (p[1] is NotImplemented))


def called_object(x, t, i):
    return math.tanh(Pair(x, t)(t) + Pair(t)(b=t, a=x))


def left_by_an_exception(x, t, i):
    try:
        return raises(t, b=x) if i % 2 else raises(x, c=t)
    except ValueError as error:
        return 0.5 * error.args[0] + 0.1 * x


def types_change(x, t, i):
    return few((2, t, True)[i % 3], b=(x, 3)[i % 2]) + t * 0.1


class Box(NamedTuple):
    items: list
    scale: float = 0.5

    def total(self, *, plus=0.25):
        return sum(self.items) * self.scale + plus


class Writes:
    """Its property, its subscript and its methods change it."""

    def __init__(self, v, k=0.5):
        self.v, self.k = v, k

    @property
    def next(self):
        self.v = self.v * 0.9 + self.k
        return self.v * self.k

    def __getitem__(self, key):
        self.k = self.k * 0.5 + key * self.v
        return self.k

    @staticmethod
    def fill(into, by=0.5, *, other=None):
        into[0] += by * into[-1]
        if other is not None:
            other.append(into[0] * by)
        return into


def changed_by_reading(x, t, i):
    one = Writes(t, k=x)
    return math.tanh(0.2 * (one.next + one[x] * one.next - one.v * one[i % 2]))


def changed_through_names(x, t, i):
    items = [t, x]
    Writes(x).fill(by=t, into=items)
    same = Writes(x).fill(items, other=items)
    same[1] *= t
    return math.tanh(sum(items) + items[-1] * same[0])


def fields(x, t, i):
    box = Box([t, x]) if i % 2 else Box(scale=x, items=[t])
    box.items.append(box.scale * x)
    box.items[0] += box.total()
    return math.tanh(box.total(plus=t) + box.items[-1] * box[1])


ITEMS = [0.5]


def kept_by_a_default(x, t, i, held=ITEMS):
    held[0] = held[0] * 0.5 + t
    total = packs(held[0], *held, c=x)
    if i == TURNS - 1:
        held[0] = 0.5
    return total


STEPS = (
    changed_by_reading, changed_through_names, fields, kept_by_a_default,
    by_default, by_name, swapped, by_changing_shape, packed, packed_or_not, starred, named_only, same_name_twice,
    of_object, by_property, by_key, called_object, left_by_an_exception, types_change,
)  # fmt: skip


def difference(f: Any, x: float) -> float:
    return (f(x + STEP) - f(x - STEP)) / (2.0 * STEP)


@pytest.mark.parametrize("step", STEPS, ids=lambda f: f.__name__)
def test_values_and_gradients_are_those_of_plain_calls(step):
    f = turns(step)
    both = value_and_grad(f)
    for x in (0.7, 0.4, 0.9, 0.7):
        value, bar = both(x)
        assert value == f(x)
        assert bar == pytest.approx(difference(f, x), rel=1e-6, abs=1e-7)
        y, y_dot = jvp(f, (x,), (0.5,))
        assert (y, y_dot) == (value, pytest.approx(0.5 * bar, rel=1e-12, abs=1e-12))


@pytest.mark.parametrize("step", STEPS, ids=lambda f: f.__name__)
def test_second_derivatives_are_differences_of_gradients(step):
    f = turns(step)
    expected = difference(lambda x: gradient(f, x)[0], 0.6)
    assert hessian(f, 0.6) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert gradient(lambda x: gradient(f, x)[0], 0.6)[0] == pytest.approx(expected, rel=1e-5, abs=1e-6)


def made_with_defaults(x):
    def inner(a, b=x * x, *, c=x):
        return a * b * c

    total = 0.0
    for _ in range(TURNS):
        total += inner(3.0) + inner(2.0, c=1.5)
    return total


def defaults_are_set(x):
    total = few(0.3) + few(a=0.2)
    before_, named = few.__defaults__, few.__kwdefaults__
    few.__defaults__ = (x * x,)
    total += few(0.3) + few(0.2, c=x)
    few.__kwdefaults__ = {"c": x * 3.0}
    total += few(0.3) + few(a=0.2)
    few.__defaults__, few.__kwdefaults__ = before_, named
    return total + few(0.3) * x


def defaults_are_written(x):
    held = few.__kwdefaults__
    kept, total = held["c"], 0.0
    for value in (x, 2, x * x):
        held["c"] = value
        total += few(0.3) + few(x, b=0.2)
    held["c"] = kept
    return total


def counted(a, *, by=1.0):
    return math.sin(a * by)


def times(a, *, by=1.0):
    return a * by + by


times.__kwdefaults__ = HELD = counted.__kwdefaults__


def defaults_that_were_held_are_written(x):
    total = counted(x)
    HELD["by"] = x * x
    total += counted(0.3) + counted(x)
    HELD["by"] = 1.0
    return total


OF_DEFAULTS = (made_with_defaults, defaults_are_set, defaults_are_written, defaults_that_were_held_are_written)


@pytest.mark.parametrize("f", OF_DEFAULTS)
def test_defaults_that_the_function_sets_have_derivatives(f):
    for x in (0.6, 0.4):
        value, bar = value_and_grad(f)(x)
        assert value == f(x)
        assert bar == pytest.approx(difference(f, x), rel=1e-6)
    assert hessian(f, 0.6) == pytest.approx(difference(lambda x: gradient(f, x)[0], 0.6), rel=1e-5)


def by_text(x):
    namespace = {**vars(math), "__name__": __name__, "__spec__": None, "x": x}
    exec("def inner(a, b=x * x, *, c=x): return sin(a * b) * c", namespace)
    return namespace["inner"](3.0) + namespace["inner"](c=1.5, a=x)


def with_defaults(b, c):
    """`few` with other defaults."""
    made = FunctionType(few.__code__, few.__globals__, "few", (b,))
    made.__kwdefaults__ = {"c": c}
    return made


def through_an_argument(g, x):
    return g(x) * g(a=x) + g(x * 0.5, c=x)


def pairs(a, w=(0.5, 0.25)):
    return math.tanh(a * w[0] + w[1])


def test_defaults_of_an_argument_have_a_gradient():
    for _ in range(3):
        of_g, of_x = gradient(through_an_argument, few, 0.7)
        assert of_x == pytest.approx(difference(lambda x: through_an_argument(few, x), 0.7), rel=1e-6)
        wanted = difference(lambda b: through_an_argument(with_defaults(b, 0.5), 0.7), 1.5)
        assert of_g.b == pytest.approx(wanted, rel=1e-6)
        wanted = difference(lambda c: through_an_argument(with_defaults(1.5, c), 0.7), 0.5)
        assert of_g.__kwdefaults__["c"] == pytest.approx(wanted, rel=1e-6)


def test_a_tuple_as_the_default_of_an_argument_has_a_gradient():
    of_g, of_x = gradient(lambda g, x: g(x) + g(a=x), pairs, 0.7)
    slope = 2.0 * (1.0 - math.tanh(0.6) ** 2)
    assert (of_g.w, of_x) == (pytest.approx((0.7 * slope, slope)), pytest.approx(0.5 * slope))


def test_second_derivatives_by_the_defaults_of_an_argument():
    def by_default(x):
        return gradient(through_an_argument, few, x)[0].b

    def by_x(b):
        return gradient(through_an_argument, with_defaults(b, 0.5), 0.7)[1]

    mixed = difference(by_default, 0.7)
    assert gradient(by_default, 0.7)[0] == pytest.approx(mixed, rel=1e-6)
    assert gradient(by_x, 1.5)[0] == pytest.approx(mixed, rel=1e-6)


def test_text_that_defines_functions():
    value, bar = value_and_grad(by_text)(0.7)
    assert (value, bar) == (by_text(0.7), pytest.approx(difference(by_text, 0.7), rel=1e-6))
    assert hessian(by_text, 0.7) == pytest.approx(difference(lambda x: gradient(by_text, x)[0], 0.7), rel=1e-5)


def test_defaults_that_were_held_may_change_their_type():
    def f(x):
        total = counted(x)
        for by in (2, np.array([x, 1.0]), x):
            HELD["by"] = by
            total += np.sum(scaled_by(x)) + np.sum(scaled_by(a=x * 0.5))
        HELD["by"] = 1.0
        return total

    def scaled_by(a):
        return np.sin(times(a))

    for x in (0.7, 0.4):
        value, bar = value_and_grad(f)(x)
        assert (value, bar) == (f(x), pytest.approx(difference(f, x), rel=1e-6))


WRONG = (
    lambda x: few(),
    lambda x: few(x, 1.0, 2.0),
    lambda x: few(x, a=x),
    lambda x: few(x, d=x),
    lambda x: only(x, 1.0),
    lambda x: only(b=x),
    lambda x: before(a=x),
    lambda x: Pair(z=x),
    lambda x: Pair(x).scaled(plus=x),
)


@pytest.mark.parametrize("f", WRONG, ids=range(len(WRONG)))
def test_calls_that_are_errors_say_what_plain_calls_say(f):
    with pytest.raises(TypeError) as plain:
        f(0.5)
    with pytest.raises(TypeError) as differentiated:
        gradient(f, 0.5)
    assert str(differentiated.value) == str(plain.value)


def test_functions_that_hold_their_own_pullback_are_freed():
    def turn():
        held = SimpleNamespace()

        def inner(a, b=2.0, *, c=1.0):
            return a * b * c if held else a

        _, held.back = pullback(lambda x: inner(x) + inner(a=x), 1.5)
        assert held.back(1.0) == (4.0,)
        return weakref.ref(inner)

    left = [turn() for _ in range(3)]
    gc.collect()
    assert [ref() for ref in left] == [None] * 3
