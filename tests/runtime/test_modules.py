"""Modules: globals that are written and read as attributes, ``__getattr__``, and modules that are made by hand."""

from __future__ import annotations

import math
import types

import pytest

from bytegrad import gradient, pullback, withgradient

made = types.ModuleType("made")


def answer(name):
    if name == "doubled":
        return made.w * 2
    raise AttributeError(name)


made.__dict__["__getattr__"] = answer


def written_and_read(x):
    made.w = x * x
    return made.w


def read_by_another(x):
    made.w = x * x
    return made.doubled


def not_there(x):
    made.w = x
    try:
        return made.missing
    except AttributeError as error:
        return made.w * x * len(error.args)


def deleted(x):
    made.extra = x * x
    y = made.extra
    del made.extra
    return y * getattr(made, "extra", 3.0)


@pytest.mark.parametrize(
    ("f", "expected"), [(written_and_read, 6.0), (read_by_another, 12.0), (not_there, 6.0), (deleted, 18.0)]
)
def test_gradient(f, expected):
    made.w = 1.0
    assert withgradient(f, 3.0) == (f(3.0), (expected,))
    assert gradient(lambda x: gradient(f, x)[0], 3.0) == (expected / 3.0,)


def test_numbers_of_modules_in_c_are_constants():
    assert gradient(lambda x: math.pi * x, 2.0) == (math.pi,)


class NoIterator:
    def __iter__(self):
        return self


class Unasked(type):
    def __subclasscheck__(cls, other):
        raise TypeError("not to be asked")

    __instancecheck__ = __subclasscheck__


class Made(metaclass=Unasked):
    def __new__(cls, x):
        made = super().__new__(cls)
        made.y = x * x
        return made

    def __init__(self, x):
        self.z = self.y * x


def test_a_class_is_not_asked_whether_it_made_its_instance():
    assert gradient(lambda x: Made(x).z, 2.0) == (12.0,)


@pytest.mark.parametrize("ask", [iter, list, enumerate, zip, sum, sorted, lambda value: [item for item in value]])
def test_an_answer_that_is_no_iterator(ask):
    with pytest.raises(TypeError) as plain:
        ask(NoIterator())
    with pytest.raises(TypeError) as caught:
        pullback(lambda: ask(NoIterator()))
    assert str(caught.value) == str(plain.value)


class Hiding(type):
    def __getattribute__(cls, name):
        return True


def test_a_metaclass_may_hide_the_namespace():
    def f(x):
        class Hidden(metaclass=Hiding):
            y = x

        return x if Hidden.y else 0.0

    assert pullback(f, 2.0)[0] == 2.0
