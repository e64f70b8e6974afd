"""Questions to objects of the user's: what their methods do on the way is differentiated, and done as often."""

from __future__ import annotations

import time

import pytest

import bytegrad
from bytegrad import gradient, pullback
from bytegrad.errors import NoRuleError, UnsupportedError
from tests.runtime.question_cases import CASES, LOUD, program

POINT = 1.3


@pytest.mark.parametrize(("method", "asked"), CASES)
def test_value_gradient_and_effects(method, asked):
    both = program(method, asked)
    wanted, times = both(POINT)
    slope = (both(POINT + 1e-6)[0] - both(POINT - 1e-6)[0]) / 2e-6
    seen = []

    def f(x):
        y, calls = both(x)
        seen.append(calls)
        return y

    value, back = pullback(f, POINT)
    assert (value, seen) == (wanted, [times])
    assert back(1.0)[0] == pytest.approx(slope, rel=1e-6)
    assert back(2.0)[0] == pytest.approx(2.0 * slope, rel=1e-6)


@pytest.mark.parametrize(
    ("method", "asked"),
    [CASES[0], ("item", "if x * 2 in b: pass"), ("eq", "if b != c: pass")],
)
def test_second_order(method, asked):
    both = program(method, asked)

    def f(x):
        return both(x)[0]

    bend = (f(POINT + 1e-4) - 2 * f(POINT) + f(POINT - 1e-4)) / 1e-8
    assert gradient(lambda x: gradient(f, x)[0], POINT)[0] == pytest.approx(bend, rel=1e-4)


@pytest.mark.parametrize(("method", "asked"), LOUD)
def test_refused_if_it_matters(method, asked):
    both = program(method, asked)
    value, back = pullback(lambda x: both(x)[0], POINT)
    assert value == both(POINT)[0]
    with pytest.raises(NoRuleError, match="no derivative rule for"):
        back(1.0)


def test_what_does_not_matter_is_not_refused():
    class Key:
        asked = 0

        def __hash__(self):
            Key.asked = Key.asked + 1
            return 7

    def f(x):
        key = Key()
        table = {1: x, "two": x * x}
        table[key] = x * 3.0
        return table.get(key) * table["two"] if key in table and Key.asked < 9 else 0.0

    _, back = pullback(f, 2.0)
    assert Key.asked == 3
    assert back(1.0) == (36.0,)


class Meter:
    def __init__(self):
        self.sum = 0.0

    def __gt__(self, other):
        self.sum += other
        return True


def test_a_number_that_is_compared_is_not_an_operand():
    def f(x):
        meter = Meter()
        if meter > x * 2.0:
            pass
        return meter.sum

    with pytest.raises(UnsupportedError, match="only answers a question"):
        gradient(f, 1.0)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        (lambda self: 1, "__bool__ should return bool, returned int"),
        (lambda self: [].append(self) or "", "__bool__ should return bool, returned str"),
    ],
)
def test_wrong_answers_are_errors(method, error):
    kind = type("Odd", (), {"__bool__": method})

    def f(x):
        return x if kind() else x * 2.0

    with pytest.raises(TypeError, match=error):
        gradient(f, 1.0)


def test_none_is_compared_with_an_object():
    never = type("Never", (), {"__eq__": lambda self, other: False})()
    nothing = [None]

    def f(x):
        return x if nothing[0] == never or never == nothing[0] or nothing[0] in (never,) else x * 2.0

    assert gradient(f, 3.0) == (2.0,)


def test_a_class_that_is_changed_is_asked_anew():
    class Switch:
        v = 0.0

    def louder(self):
        Switch.v = Switch.v * 2.0
        return True

    def f(x):
        Switch.v = x * x
        switch = Switch()
        for turn in range(3):
            if switch and turn == 1:
                Switch.__bool__ = louder
        del Switch.__bool__
        return Switch.v

    assert f(3.0) == 18.0
    assert pullback(f, 3.0)[0] == 18.0
    assert gradient(f, 3.0)[0] == 12.0


def test_code_under_debug_and_what_only_looks():
    class Level:
        def __init__(self, v):
            self.v = v

        def __lt__(self, other):
            return self.v < other.v

        def __bool__(self):
            return self.v > 0.0

    def f(x):
        levels = [Level(x * n) for n in range(3)]
        return sum(level.v for level in sorted(levels) if level) if levels[0] < levels[1] else 0.0

    with bytegrad.debug(transform_all=True):
        assert gradient(f, 2.0) == (3.0,)
    assert gradient(f, 2.0) == (3.0,)


def test_a_cache_that_was_filled_before_is_not_asked_again():
    def made():
        calls = []

        @__import__("functools").lru_cache
        def slow():
            calls.append(time.process_time())
            return 2.0

        return slow, calls

    slow, calls = made()
    slow()
    assert gradient(lambda x: x * slow(), 3.0) == (2.0,)
    assert len(calls) == 1
