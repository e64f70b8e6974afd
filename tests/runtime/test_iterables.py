"""What cannot be iterated over is refused by every construct that iterates, in Python's own words."""

from __future__ import annotations

import collections
import itertools

import pytest

from bytegrad import debug, pullback
from bytegrad.testing import check_gradient


class OnlyNext:
    def __init__(self):
        self.n = 0

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.n


class GivesOnlyNext:
    def __iter__(self):
        return OnlyNext()


class Refuses:
    __iter__ = None

    def __getitem__(self, index):
        return [1, 2][index]


class Items:
    def __getitem__(self, index):
        return [1, 2][index]


def loop(source):
    found = []
    for item in source:
        found.append(item)
    return found


def unpack(source):
    first, second = source
    return first, second


def unpack_rest(source):
    first, *rest = [*source]
    return first, rest


def passed(*args):
    return args


def spread(source):
    return passed(*source)


def spread_behind(source):
    return passed(0, *source)


def genexp(source):
    return list(item for item in source)


CONSTRUCTS = [
    loop,
    unpack,
    unpack_rest,
    lambda source: [item + 1 for item in source],
    lambda source: {item: 1 for item in source},
    genexp,
    list,
    lambda source: {*source},
    spread,
    spread_behind,
    sum,
    collections.deque,
    lambda source: list(itertools.chain(source)),
    lambda source: list(itertools.product(source)),
]


def outcome(construct, kind):
    try:
        return construct(kind())
    except (TypeError, ValueError) as error:
        return str(error)


@pytest.mark.parametrize("kind", [OnlyNext, GivesOnlyNext, Refuses, Items])
def test_as_in_a_plain_call(kind):
    for construct in CONSTRUCTS:
        with debug(transform_all=True):
            found = pullback(outcome, construct, kind)[0]
        assert found == outcome(construct, kind)


class Point:
    """Numbers behind subscripts, as in classes of before there was ``__iter__``."""

    def __init__(self, *numbers):
        self.numbers, self.asked = numbers, []

    def __getitem__(self, index):
        self.asked.append(index)
        return self.numbers[index] * (index + 1)


def held(x):
    items = iter(Point(x, x * x))
    return next(items) * 3.0 + next(items) * next(items, 5.0)


def looped(x):
    items = iter(Point(x, x * x, 2.0))
    first = next(items)
    return sum(item * first for item in items)


def unpacked_later(x):
    point = Point(x, x * x)
    a, b = iter(point)
    assert point.asked == [0, 1, 2]
    return a * b


def lazy(x):
    point = Point(x, x * x)
    items = iter(point)
    assert not point.asked
    return point.numbers[0] * next(items)


@pytest.mark.parametrize("program", [held, looped, unpacked_later, lazy])
def test_iterators_of_objects_with_subscripts_only(program):
    check_gradient(program, 1.5, order=2)
