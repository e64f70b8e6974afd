"""Functions that are compiled along with their callers: replaced, changed, failing, recursive, with rules that come late."""

import math
import sys
import traceback

import pytest

import bytegrad
from bytegrad import gradient
from bytegrad.runtime import registry

SCALE = 2.0


def inner(x):
    return x * SCALE


def helper(x, y):
    return math.sin(x) * inner(y)


def other(x, y):
    return x * x * y


def program(x):
    return helper(x, 3.0) + x * helper(2.0, x) - inner(x)


def derivative(x, h=1e-6):
    return (program(x + h) - program(x - h)) / (2 * h)


def check(x=1.3):
    for _ in range(3):
        value, (slope,) = bytegrad.withgradient(program, x)
        assert value == program(x)
        assert slope == gradient(program, x)[0] == bytegrad.grad(program)(x) == pytest.approx(derivative(x), rel=1e-7)


def test_what_changes_between_calls(monkeypatch):
    here = sys.modules[__name__]
    prepared = bytegrad.grad(program)
    changes = [
        ("helper", other),
        ("inner", lambda x: x * x),
        ("SCALE", 5.0),
        ("math", type("Fake", (), {"sin": staticmethod(math.cos)})),
        ("helper", lambda *args: args[0] * other(*args)),
        ("SCALE", 3),
    ]
    for name, value in changes:
        check()
        with monkeypatch.context() as patch:
            patch.setattr(here, name, value)
            check()
            assert prepared(0.7) == pytest.approx(derivative(0.7), rel=1e-7)
        check()
    with monkeypatch.context() as patch:
        patch.setattr(helper, "__code__", other.__code__)
        check()
        patch.setattr(inner, "__code__", (lambda x: x * x * x).__code__)
        check()
    check()


def test_rule_that_comes_late():
    check()
    x = 1.3
    bytegrad.adjoint(inner)(lambda x: (x * SCALE, lambda y_bar: (100.0 * y_bar,)))
    try:
        assert gradient(program, x)[0] == pytest.approx(
            math.cos(x) * 6.0 + math.sin(2.0) * 2.0 * x + x * math.sin(2.0) * 100.0 - 100.0
        )
    finally:
        registry.unregister(inner, registry.lookup(inner)[0])
    check()


def replacing(x, replace):
    first = inner(x)
    replace()
    return first + inner(x) * 10.0


def test_what_changes_while_it_runs(monkeypatch):
    here = sys.modules[__name__]
    changes = [
        lambda: setattr(here, "inner", lambda x: x * 7.0),
        lambda: setattr(original, "__code__", (lambda x: x * 7.0).__code__),
    ]
    original, code = inner, inner.__code__
    for change in changes:
        for _ in range(2):
            assert gradient(replacing, 2.0, bytegrad.non_differentiable(lambda: None))[0] == 22.0
            for wrap in (bytegrad.non_differentiable, lambda f: f):
                with monkeypatch.context() as patch:
                    patch.setattr(here, "inner", original)
                    value, (slope, _) = bytegrad.withgradient(replacing, 2.0, wrap(lambda change=change: change()))
                    original.__code__ = code
                assert (value, slope) == (144.0, 72.0)


def failing(x):
    if x > 2.0:
        raise ValueError(x)
    return math.sqrt(x) * x


def calls_failing(x):
    return failing(x * 2.0)


def catches(x):
    try:
        return failing(x * 2.0)
    except ValueError:
        return x * x * x


def test_errors_of_callees():
    assert gradient(calls_failing, 0.5) == (3.0,)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"3\.0") as caught:
            gradient(calls_failing, 1.5)
        names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert names[-2:] == ["calls_failing", "failing"]
        with pytest.raises(ValueError, match="math domain error"):
            gradient(calls_failing, -1.5)
    assert gradient(catches, 0.5) == (3.0,)
    assert gradient(catches, 2.0) == (12.0,)


def even(n, x):
    return x * 1.0 if n == 0 else odd(n - 1, x * 1.5)


def odd(n, x):
    return x * 0.5 if n == 0 else even(n - 1, x * x)


def test_functions_that_call_each_other():
    for n in range(4):
        x, h = 1.1, 1e-6
        wanted = (even(n, x + h) - even(n, x - h)) / (2 * h)
        assert gradient(lambda x, n=n: even(n, x), x)[0] == pytest.approx(wanted, rel=1e-7)
        assert gradient(even, n, x)[1] == pytest.approx(wanted, rel=1e-7)


def in_a_loop(x, n):
    total = 0
    for i in range(n):
        total = total + helper(x * i, total)
        if total > 5.0:
            total = inner(total) / helper(x, x)
    return total


def test_loops_and_second_derivatives():
    def slope(f, x, h=1e-5):
        return (f(x + h) - f(x - h)) / (2 * h)

    for f in (lambda x: in_a_loop(x, 6), program, lambda x: in_a_loop(x, 3) * program(x)):
        first = bytegrad.grad(f)
        assert first(1.2) == pytest.approx(slope(f, 1.2), rel=1e-7, abs=1e-9)
        assert (bytegrad.grad(first)(1.2) or 0.0) == pytest.approx(slope(first, 1.2), rel=1e-6, abs=1e-7)


def test_what_is_transformed_is_told():
    told = str(bytegrad.explain(program, 1.3))
    assert "helper" in told
    assert "inner" in told
