"""Calls that are errors: the exception is that of the plain call, by type and message."""

from __future__ import annotations

import cmath
import itertools
import math
from collections import deque

import pytest

from bytegrad import gradient, pullback


def too_many_defaults(a, b):
    return a * b


too_many_defaults.__defaults__ = (7.0, 2.0, 3.0)


class NotANumber:
    def __float__(self):
        raise ZeroDivisionError


class Emptying:
    __hash__ = None

    def __init__(self, queue):
        self.queue = queue

    def __eq__(self, other):
        self.queue.clear()
        return False


def remove_from_what_is_emptied(x):
    queue = deque([x])
    queue.append(Emptying(queue))
    queue.append(x)
    queue.remove(x + 1.0)


def keyword_of(x, f, **keywords):
    return f(x, **keywords)


CALLS = {
    "min": lambda x: min(x, comparison=True),
    "min with too many": lambda x: min(x, default=1, key=2, foo=3),
    "max with too many": lambda x: max(x, default=1, key=2, foo=3),
    "dist by name": lambda x: math.dist(p=(x, x), q=(x, x)),
    "fsum by name": lambda x: math.fsum(seq=(x, x)),
    "frexp by name": lambda x: math.frexp(x=x),
    "modf by name": lambda x: math.modf(x=x),
    "nextafter by name": lambda x: math.nextafter(x=x, y=x),
    "polar by name": lambda x: cmath.polar(z=x),
    "first operand is no number": lambda x: math.atan2("x", NotANumber()),
    "second operand is no number": lambda x: math.atan2(x, NotANumber()),
    "both are no numbers": lambda x: math.copysign(NotANumber(), "x"),
    "remove": remove_from_what_is_emptied,
    "hasattr": lambda x: hasattr(x, "real", x=x),
    "getattr": lambda x: getattr(x, "real", x=x),
    "next": lambda x: next(iter([x]), x=2),
    "abs": lambda x: abs(x, x),
    "abs by name": lambda x: abs(x=x),
    "range": lambda x: range(),
    "sorted": lambda x: sorted([x], x),
    "append": lambda x: [].append(x, x),
    "get": lambda x: {}.get(default=x),
    "sum": lambda x: sum(),
    "None": lambda x: {}.get("f")(),
    "None of two": lambda x: {}.get("f")(x, x),
    "None as a method": lambda x: Bare().nothing(x, x),
    "own": lambda x: keyword_of(x, abs, unknown=1),
    "unpack a number": lambda x: [a for a, b in [x]],
    "unpack too few": lambda x: [a for a, b in [(x,)]],
    "unpack too many": lambda x: [a for a, b in [(x, x, x)]],
    "unpack endless": lambda x: [a for a, b in [itertools.repeat(x)]],
    "unpack a star": lambda x: [a for a, *b, c in [[x]]],
    "unpack a star of a number": lambda x: [a for a, *b in [x]],
}


@pytest.mark.parametrize("name", CALLS)
def test_as_in_a_plain_call(name):
    with pytest.raises(Exception) as plain:
        CALLS[name](2.0)
    with pytest.raises(plain.type) as caught:
        pullback(CALLS[name], 2.0)
    assert type(caught.value) is plain.type
    assert str(caught.value) == str(plain.value)


def test_more_defaults_than_parameters():
    assert too_many_defaults() == 6.0
    assert gradient(lambda x: too_many_defaults(x) * too_many_defaults(), 5.0) == (18.0,)


class Bare:
    nothing = None

    def no_arguments():
        return super()

    def deleted(self):
        del self
        return super()


def outside(self):
    return super()


SUPERS = {
    "no arguments": Bare.no_arguments,
    "deleted": lambda: Bare().deleted(),
    "no cell": lambda: outside(Bare()),
    "no instance": lambda: Bare.deleted(3),
}


@pytest.mark.parametrize("name", SUPERS)
def test_super_as_in_a_plain_call(name):
    with pytest.raises(Exception) as plain:
        SUPERS[name]()
    with pytest.raises(plain.type) as caught:
        pullback(SUPERS[name])
    assert (type(caught.value), str(caught.value)) == (plain.type, str(plain.value))


class Sequence:
    """The old protocol, ended by a StopIteration."""

    def __init__(self, x):
        self.x = x

    def __getitem__(self, index):
        if index == 3:
            raise StopIteration
        return self.x * index


def take_all(x):
    total = 0.0
    for item in Sequence(x):
        total += item * x
    return total


class Once:
    """Its ``__next__`` is gone after the first time."""

    def __init__(self, x):
        self.x = x

    def __iter__(self):
        return self


def take_once(x):
    def following(self):
        del Once.__next__
        return self.x * x

    Once.__next__ = following
    total = 0.0
    try:
        for item in Once(x):
            total += item
    except TypeError as error:
        assert str(error) == "'Once' object is not an iterator"
    return total


def test_iteration_asks_as_a_plain_loop_does():
    assert gradient(take_all, 2.0) == (12.0,)
    assert gradient(take_once, 3.0) == (6.0,)
