"""Calls of code in C without a rule: what they hand back that is older than the call keeps its cotangent."""

from __future__ import annotations

import contextlib
import random
import struct
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import bytegrad
from bytegrad import NoRuleError, gradient, pullback
from bytegrad.runtime import opaque_calls
from bytegrad.testing import check_gradient


def named_by_an_iterator(x: float) -> float:
    xs = [x, 2.0]
    iter((xs, x)).__reduce__()
    return xs[0] * xs[1]


def test_lists_that_c_hands_back_keep_their_cotangents() -> None:
    assert gradient(named_by_an_iterator, 3.0) == (2.0,)


def zipped(x: float, ys: list[float]) -> float:
    for _, arg in zip((0, 1), (x, ys), strict=True):  # noqa: B007 - used behind the loop
        pass
    return x * ys[0] * arg[1] ** 2


def stepped(x: float, ys: list[float]) -> float:
    items: Any = iter((x, ys))
    return next(items) * next(items)[0] ** 2


@pytest.mark.parametrize("f", [zipped, stepped])
def test_lists_in_tuples_that_are_iterated_keep_their_second_derivatives(f: Callable[..., float]) -> None:
    check_gradient(f, 1.25, [10.0, 40.0], order=2)


def test_a_gradient_of_a_gradient_by_a_list_in_a_zip() -> None:
    def of_x(x: float, ys: list[float]) -> Any:
        return pullback(zipped, x, ys)[1](1.0)[0]

    assert gradient(of_x, 1.0, [3.0, 2.0]) == (0.0, [4.0, 12.0])


def test_numbers_read_out_of_an_argument_that_is_text():
    def f(x, text):
        return x * sum([float(part) for part in text.split()])

    assert gradient(f, 3.0, "2.0 5") == (7.0, None)
    assert gradient(lambda x, text: f(x, text.decode()), 3.0, b"2.0 5") == (7.0, None)


NOT_CALLABLE: list[Callable[[Any], Any]] = [
    lambda f: f(1.0),
    lambda f: f(1.0, x=2.0),
    lambda f: f(*(1.0,)),
    lambda f: f(**{"x": 1.0}),
    lambda f: [f][0](2.0),
]


@pytest.mark.parametrize("callee", [None, 3, "text", ()], ids=repr)
@pytest.mark.parametrize("call", NOT_CALLABLE, ids=range(len(NOT_CALLABLE)))
def test_what_cannot_be_called_raises_what_a_plain_call_raises(call: Callable[[Any], Any], callee: Any) -> None:
    with pytest.raises(TypeError) as plain:
        call(callee)
    with pytest.raises(TypeError) as ours:
        pullback(call, callee)
    assert str(ours.value) == str(plain.value)


# unknown cotangents that lead nowhere -------------------------------------------------------------------------


class Weights:
    """Numbers in attributes: whether they depend on an argument cannot be seen from them."""

    def __init__(self) -> None:
        self.first, self.second = 0.25, 0.75

    def drawn(self) -> Any:
        """A number that a generator of C chose by an array of the weights: the array's cotangent is unknown."""
        weights = np.array([self.first, self.second])
        return np.random.RandomState(0).choice([2.0, 2.0], p=weights)


def stored(x: Any) -> Any:
    y = np.zeros(3)
    y[:2] = x
    y[1] = x[0] * Weights().drawn()
    y[np.array([True, False, False])] = x[1] ** 2 * Weights().drawn()
    return np.sum(y) * Weights().drawn()


def stored_where(x: Any) -> Any:
    y = x * x
    np.multiply(x, 3.0, out=y, where=np.array([True, False]))
    return np.sum(y) * Weights().drawn()


def added_in_place(x: Any) -> Any:
    y = x * x
    y += x
    np.add.at(y, [0, 0], x)
    return np.sum(y * y) * Weights().drawn()


@pytest.mark.parametrize("f", [stored, stored_where, added_in_place], ids=lambda f: f.__name__)
def test_an_unknown_cotangent_leaves_those_of_other_arrays_alone(f: Callable[..., Any]) -> None:
    check_gradient(f, np.array([1.5, 0.5]))


class Held:
    """An object that a call without a rule may use; what it holds does not depend on an argument."""

    scale = 2.0

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.factor = 3.0


def used_by_c(x: float) -> Any:
    held = Held([name for name in ("a", "b")])
    found = np.random.RandomState(0).choice([held])
    return x * found.factor + x * found.scale * len(found.names)


def test_objects_made_of_constants_may_go_through_c() -> None:
    assert gradient(used_by_c, 1.5) == (7.0,)


def kept_in_c(x: float) -> Any:
    held = Held([])
    held.factor = x * x
    return np.random.RandomState(0).choice([held]).factor


def made_by_c(x: float) -> Any:
    held = np.random.RandomState(0).choice([Held([])])
    held.factor = x * x
    return np.random.RandomState(0).choice([held, held]).factor


@pytest.mark.parametrize("f", [kept_in_c, made_by_c], ids=lambda f: f.__name__)
def test_objects_that_hold_active_numbers_may_not(f: Callable[..., Any]) -> None:
    with contextlib.suppress(NoRuleError):
        assert gradient(f, 1.5) == (3.0,)


def test_functions_of_cython_keep_nothing() -> None:
    def f(x: float) -> Any:
        make = np.random.mtrand.get_bit_generator
        make()
        return x * len(str(make()))

    assert gradient(f, 2.0) == (float(f(1.0)),)
    assert not opaque_calls._own_state(np.random.mtrand.get_bit_generator)


# numbers that are handed back --------------------------------------------------------------------------------------


def given_back(x: float) -> Any:
    return ElementTree.Element("a").get("absent", x * x) * x


def chosen(x: float) -> Any:
    return ElementTree.Element("a").findtext("b", np.float64(x) * 2.0) * x


def one_of_two(x: float) -> Any:
    y = x * x
    return random.Random(1).choices([y], [y])[0] * ElementTree.Element("a").get(key="absent", default=y)


def test_a_number_that_c_hands_back_is_the_one_that_it_got() -> None:
    check_gradient(given_back, 1.5, order=2)
    check_gradient(chosen, 1.5, order=2)
    check_gradient(one_of_two, 1.5)


def test_one_number_for_two_operands_does_not_tell_which() -> None:
    y = 2.5
    assert opaque_calls.opaque(max, (y, y), {}, y, None)[0] is opaque_calls.reverse_opaque
    assert opaque_calls.opaque(max, (y, 1.0), {}, y, None)[0] is not opaque_calls.reverse_opaque


# what C wrote into active memory -----------------------------------------------------------------------------------


def overwritten(x: Any) -> Any:
    out = x * x
    struct.pack_into("d", out, 8, 4.0)
    return x[0] * 3.0


def partly_overwritten(x: Any) -> Any:
    out = x * x
    struct.pack_into("d", out, 8, 4.0)
    return out[0] * 3.0


def test_what_c_has_overwritten_matters_only_if_it_is_used() -> None:
    x = np.array([1.5, 2.5])
    assert gradient(overwritten, x)[0].tolist() == [3.0, 0.0]
    with pytest.raises(NoRuleError, match="no derivative rule for _struct"):
        gradient(partly_overwritten, x)


def test_memory_that_c_has_overwritten_is_undone_and_done_again() -> None:
    def f(x: Any) -> Any:
        out = x * x
        product = np.sum(out * x)
        struct.pack_into("d", out, 8, 4.0)
        kept.append(out)
        return product

    kept: list[Any] = []
    x = np.array([1.5, 2.5])
    y, back = pullback(f, x)
    assert kept[0].tolist() == [2.25, 4.0]
    for _ in range(2):
        assert back(1.0)[0] == pytest.approx(3.0 * x * x)
        assert kept[0].tolist() == [2.25, 4.0]


# bits ----------------------------------------------------------------------------------------------------------------


def days_drawn(x: float) -> Any:
    """A cotangent that is unknown arrives at days that are looked at as numbers, none of which is an argument."""
    days = np.array([x * 0.0 + 2.0, 3.0]).astype("int64")
    days[0] = 4
    seen = days.view("datetime64[D]")
    return x * np.random.RandomState(0).choice([1.0, 2.0], p=np.frombuffer(seen.tobytes(), "int64") / 7.0)


def test_an_unknown_cotangent_may_arrive_at_bits() -> None:
    assert gradient(days_drawn, 1.5) == (days_drawn(1.0),)


def test_objects_of_c_that_are_made_of_one_another_step_by_step() -> None:
    """What the last of them keeps is each of the others once: it was each of the ways that lead there."""

    def program(x: float) -> float:
        made = zlib.compressobj()
        for _ in range(60):
            made.compress(str(x).encode())
            made = made.copy()
        return x * x

    assert bytegrad.gradient(program, 2.0) == (4.0,)
