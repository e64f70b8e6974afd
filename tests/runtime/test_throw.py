"""Exceptions thrown into generators, and generators closed: through one, two and three levels of ``yield from``."""

from __future__ import annotations

import sys

import pytest

from bytegrad import gradient, withgradient
from tests.differences import numerical_gradient


def inner_yields(x, seen):
    try:
        yield x
    except ValueError:
        seen.append(x * 7)
        yield x * x * 100


def inner_returns(x, seen):
    try:
        yield x
    except ValueError:
        seen.append(x * x)
    return x * 50


def inner_raises(x, seen):
    try:
        yield x
    finally:
        seen.append(x * 7)


def inner_receives(x, seen):
    try:
        received = yield x
    except ValueError:
        received = yield x * 3
        seen.append(received * x)
    while True:
        received = yield received * x


class Iterator:
    """With `send` and `throw` of its own, which `yield from` has to find."""

    def __init__(self, x, seen):
        self.x, self.seen, self.n = x, seen, 0

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        self.n += 1
        if self.n == 4:
            raise StopIteration(self.x * self.x)
        return self.x * self.n * (1.0 if value is None else value)

    def throw(self, error):
        self.seen.append(self.x * 3)
        return self.x * self.x

    def close(self):
        self.seen.append(self.x * 5)


def outer(make):
    def delegating(x, seen):
        try:
            result = yield from make(x, seen)
            yield (result or 0.0) * 2 * x
        except ValueError:
            yield x * 1000

    return delegating


LEVELS = {"plain": lambda make: make, "delegated": outer, "twice": lambda make: outer(outer(make))}
INNER = [inner_yields, inner_returns, inner_raises, inner_receives, Iterator]


def throw(make, x):
    seen = []
    generator = make(x, seen)
    first = next(generator)
    try:
        second = generator.throw(ValueError())
    except (ValueError, StopIteration):
        second = 0.0
    try:
        third = generator.send(x * 2)
    except (ValueError, StopIteration):
        third = 0.0
    return first * second + sum(seen) * first + third


def close(make, x):
    seen = []
    generator = make(x, seen)
    first = next(generator)
    generator.close()
    return first + sum(seen) * first


@pytest.mark.parametrize("drive", [throw, close])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("inner", INNER)
def test_gradient(drive, level, inner):
    if inner is Iterator and level == "plain":
        pytest.skip("delegation is what makes it a generator")

    def f(x):
        return drive(LEVELS[level](inner), x)

    value, (bar,) = withgradient(f, 2.0)
    assert value == f(2.0)
    assert bar == pytest.approx(numerical_gradient(f, [2.0])[0], rel=1e-6)
    if level != "delegated":
        return
    (second,) = gradient(lambda x: gradient(f, x)[0], 2.0)
    assert (second or 0.0) == pytest.approx(
        numerical_gradient(lambda x: gradient(f, x)[0], [2.0])[0], rel=1e-6, abs=1e-6
    )


def test_a_coroutine_is_refused_as_in_a_plain_call():
    async def coroutine():
        pass

    def delegate(c):
        yield from c

    def f(x):
        c = coroutine()
        try:
            for _ in delegate(c):
                pass
        except TypeError as error:
            return x if "cannot 'yield from' a coroutine object" in str(error) else 0.0
        finally:
            c.close()
        return 0.0

    assert f(1.0) == 1.0


def test_that_close_cannot_be_asked_for_is_only_reported(monkeypatch):
    class Broken:
        def __iter__(self):
            return self

        def __next__(self):
            return 1.0

        def __getattr__(self, name):
            raise ZeroDivisionError

    def delegate():
        yield from Broken()

    def f(x):
        generator = delegate()
        x = x * next(generator)
        generator.close()
        return x

    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: reported.append(args.exc_type))
    assert f(3.0) == 3.0
    assert withgradient(f, 3.0) == (3.0, (1.0,))
    assert reported == [ZeroDivisionError, ZeroDivisionError]


class Broken(Exception):
    """Making one fails."""

    def __init__(self):
        raise KeyError(3.0)


class Another(Exception):
    """Making one gives something else."""

    def __new__(cls, *args):
        return cls


def products(x):
    y = x
    while True:
        try:
            yield y
        except KeyError as error:
            y = y * error.args[0] * x
        except TypeError as error:
            assert "should have returned an instance of BaseException, not type" in str(error)
            y = y * x


def thrown_before_it_was_made(x):
    items = products(x)
    next(items)
    return items.throw(Broken) * items.throw(Another) * items.throw(Broken)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_exception_that_cannot_be_made_is_an_exception_in_the_generator():
    value, (slope,) = withgradient(thrown_before_it_was_made, 1.3)
    assert value == thrown_before_it_was_made(1.3)
    assert slope == pytest.approx(numerical_gradient(thrown_before_it_was_made, (1.3,))[0], rel=1e-6)


def test_an_exception_that_cannot_be_made_leaves_a_generator_that_has_not_begun():
    for kind, wanted in ((Broken, KeyError), (Another, TypeError)):
        with pytest.raises(wanted):
            gradient(lambda x, kind=kind: products(x).throw(kind), 1.3)
