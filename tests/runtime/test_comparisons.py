"""Comparisons: what a class answers has a derivative where more than its truth is asked for."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import bytegrad
from bytegrad import gradient, pullback
from tests.rules.containers.check import check
from tests.runtime.comparison_cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_value_gradient_and_second_derivative(name):
    fn, x = CASES[name], 0.7
    for transform_all in (False, True):
        with bytegrad.debug(transform_all=transform_all):
            assert pullback(fn, x)[0] == fn(x)
    slope = (fn(x + 1e-6) - fn(x - 1e-6)) / 2e-6
    assert gradient(fn, x)[0] == pytest.approx(slope, rel=1e-6)
    assert bytegrad.jvp(fn, (x,), (1.0,))[1] == pytest.approx(slope, rel=1e-6)
    bend = (fn(x + 1e-4) - 2 * fn(x) + fn(x - 1e-4)) / 1e-8
    assert gradient(lambda x: gradient(fn, x)[0], x)[0] == pytest.approx(bend, rel=1e-4, abs=1e-5)


def test_of_arrays_they_are_masks():
    x = np.array([1.0, -2.0, 3.0])
    value, back = pullback(lambda x: (x > 0.0, np.sum(x * (x > 0.0)), [1.0, 2.0] == [1.0, 2.0]), x)
    assert value[0].tolist() == [True, False, True]
    assert value[2] is True
    assert back((None, 1.0, None))[0].tolist() == [1.0, 0.0, 1.0]


class Meddling:
    """A number whose comparisons run `meddle`, and are noted."""

    def __init__(self, number, seen, meddle=lambda: None):
        self.number, self.seen, self.meddle = number, seen, meddle

    def __eq__(self, other):
        self.seen.append(self.number * other.number)
        self.meddle()
        return self.number == other.number

    def __lt__(self, other):
        self.seen.append(self.number * self.number)
        return self.number < other.number

    def __le__(self, other):
        self.seen.append(self.number + other.number)
        return self.number <= other.number

    __hash__ = None


MEDDLING = {
    "nothing": lambda a, b, new: None,
    "other cleared": lambda a, b, new: b.clear(),
    "both cleared": lambda a, b, new: (a.clear(), b.clear()),
    "first cleared": lambda a, b, new: a.clear(),
    "item replaced": lambda a, b, new: b.__setitem__(1, new),
    "longer": lambda a, b, new: a.append(new),
}


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
@pytest.mark.parametrize("meddling", MEDDLING)
def test_lists_that_their_items_comparisons_change(meddling, name):
    def program(x):
        seen = []
        new = Meddling(-x, seen)
        first = [Meddling(x, seen), Meddling(2 * x, seen, lambda: MEDDLING[meddling](first, second, new))]
        second = [Meddling(x, seen), Meddling(3 * x, seen)]
        answer = getattr(operator, name)(first, second)
        return sum([(place + 2) * each * x for place, each in enumerate(seen)]) * (3 if answer else 1) + len(second) * x

    check(program, 1.3)
