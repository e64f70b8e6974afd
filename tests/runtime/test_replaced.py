"""What compiled code relies on is replaced: before a call, between calls, and while it runs."""

from __future__ import annotations

import builtins
import math
import sys

import pytest

from bytegrad import UnsupportedError, grad, gradient, pullback

wave = math.sin
factor = 2.0


def of_wave(x):
    return wave(x) * factor


def switch(x):
    global wave  # noqa: PLW0603
    y = wave(x)
    wave = math.cos
    return y * wave(x) * factor


@pytest.fixture(autouse=True)
def restored():
    global wave, factor
    yield
    wave, factor = math.sin, 2.0


def test_replaced_between_calls():
    global wave, factor  # noqa: PLW0603
    slope = grad(of_wave)
    assert slope(0.5) == 2.0 * math.cos(0.5)
    assert slope(0.5) == 2.0 * math.cos(0.5)
    wave = math.cos
    assert slope(0.5) == -2.0 * math.sin(0.5)
    factor = 3.0
    assert slope(0.5) == -3.0 * math.sin(0.5)


def test_the_primal_goes_on_and_the_pullback_is_refused():
    y, back = pullback(switch, 0.5)
    assert y == math.sin(0.5) * math.cos(0.5) * 2.0
    for _ in range(2):
        with pytest.raises(UnsupportedError, match="replaced while it was running") as caught:
            back(1.0)
    assert caught.value.where[2] == switch.__code__.co_firstlineno + 4


def test_refused_by_prepared_functions_too():
    global wave  # noqa: PLW0603
    slope = grad(switch)
    for _ in range(3):
        wave = math.sin
        with pytest.raises(UnsupportedError, match="replaced while it was running"):
            slope(0.5)


def test_refused_inside_of_another_differentiation():
    with pytest.raises(UnsupportedError, match="replaced while it was running"):
        gradient(lambda x: gradient(switch, x)[0], 0.5)


def of_size(x):
    return x * abs(x)


def test_a_builtin_replaced_between_calls(monkeypatch):
    slope = grad(of_size)
    assert (slope(1.0), slope(1.0), gradient(of_size, 1.0)) == (2.0, 2.0, (2.0,))
    monkeypatch.setattr(builtins, "abs", lambda number: 10 * number)
    assert of_size(1.0) == 10.0
    assert (slope(1.0), slope(1.0), gradient(of_size, 1.0)) == (20.0, 20.0, (20.0,))
    monkeypatch.undo()
    monkeypatch.setitem(globals(), "abs", lambda number: 5 * number)
    assert (slope(1.0), gradient(of_size, 1.0)) == (10.0, (10.0,))


def test_a_builtin_replaced_while_a_generator_waits(monkeypatch):
    def sizes(x):
        while True:
            yield x * abs(-3.0)

    def f(x):
        generator = sizes(x)
        first = next(generator)
        monkeypatch.setattr(builtins, "abs", lambda number: 7.0)
        second = next(generator)
        monkeypatch.undo()
        return first + second

    y, back = pullback(f, 1.0)
    assert y == 10.0
    with pytest.raises(UnsupportedError, match="replaced while it was running"):
        back(1.0)


total = 0.0


NAMESPACES = {
    "globals": globals,
    "function": lambda: store.__globals__,
    "frame": lambda: sys._getframe().f_globals,
    "module": lambda: vars(sys.modules[__name__]),
}


@pytest.mark.parametrize("name", NAMESPACES)
def test_a_global_is_stored_by_way_of_its_namespace(name):
    def f(x):
        NAMESPACES[name]()["total"] = x * x
        return total * x

    assert gradient(f, 2.0) == (12.0,)


def store(x):
    global total  # noqa: PLW0603
    total = x * x
    return total * x


def test_a_global_is_stored_where_it_belongs_at_second_order_too():
    global total  # noqa: PLW0603
    slope = grad(store)
    for f, expected in ((grad(store), 12.0), (grad(slope), 12.0)):
        total = 0.0
        assert f(2.0) == pytest.approx(expected)
        assert total == 4.0
