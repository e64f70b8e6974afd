"""Calls of classes: the metaclass says what they are, whatever its `__call__` is."""

from __future__ import annotations

import pytest

import bytegrad
from bytegrad import gradient, pullback
from tests.runtime.metaclass_cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_value_gradient_and_second_derivative(name):
    fn = CASES[name]
    for transform_all in (False, True):
        with bytegrad.debug(transform_all=transform_all):
            assert pullback(fn, 1.5)[0] == fn(1.5)
    slope = (fn(1.5 + 1e-6) - fn(1.5 - 1e-6)) / 2e-6
    assert gradient(fn, 1.5)[0] == pytest.approx(slope, rel=1e-6)
    bend = (fn(1.5 + 1e-4) - 2 * fn(1.5) + fn(1.5 - 1e-4)) / 1e-8
    assert gradient(lambda x: gradient(fn, x)[0], 1.5)[0] == pytest.approx(bend, rel=1e-4)


class Refusing:
    def __new__(cls, *args):
        raise AssertionError


class Restored(Refusing):
    __new__ = object.__new__

    def __init__(self, x):
        self.x = x


def test_a_class_that_names_the_plain_new_again_minds_its_arguments():
    with pytest.raises(TypeError, match=r"object.__new__\(\) takes exactly one argument"):
        Restored(2.0)
    for _ in range(3):
        with pytest.raises(TypeError, match=r"object.__new__\(\) takes exactly one argument"):
            pullback(lambda x: Restored(x).x, 2.0)
