"""Sets and frozensets: elements that are numbers are followed by their identity."""

from __future__ import annotations

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check


def spread(elements):
    """A value in which every element counts, whatever the order."""
    total = 0.0
    for element in elements:
        total += element**3 + 2 * element
    return total


def one_by_one(x, y):
    s = {x, y}
    s.add(x * y)
    s.add(x)
    s.discard(y)
    s.discard(17.0)
    s.remove(x * y)
    s.add(y * 3)
    last = {x * 5}.pop()
    return spread(s) * last + (x in s) * y


def made(x, y):
    return (
        spread(set([x, y]))
        + spread(frozenset((x, y, x)))
        + spread({v * 2 for v in (x, y)})
        + spread(set(v for v in (x, y)))
        + spread(frozenset(v for v in (x, y)))
        + spread(set({x: 1}))
        + spread(set({"a": y}.values()))
        + len(set("abc"))
        + len(set())
        + len(frozenset())
    )


def algebra(x, y):
    a, b = {x, y}, {y, x * y}
    c = frozenset((x, 9.0))
    return (
        spread(a | b)
        + 2 * spread(a & b)
        + 3 * spread(a - b)
        + 5 * spread(a ^ b)
        + spread(c | a)
        + spread(c & a)
        + spread(a.union(b, [x + 1], (y + 1,), (v for v in [x + 2])))
        + spread(a.intersection([x, 5.0]))
        + spread(a.difference([x], {y: 1}))
        + spread(a.symmetric_difference([x * 3, y]))
        + spread(a.copy())
        + spread(c.union([y * 7]))
        + (a <= b)
        + a.isdisjoint(b)
    )


def in_place(x, y):
    a = {x, y}
    a |= {x * y}
    a &= {x, x * y, 3.0}
    a -= {x}
    a ^= {y * 2, 3.0}
    a.update([x * 3], {y * 5: 0}, (v for v in [x + y]))
    a.difference_update([3.0])
    a.intersection_update([*a, 11.0])
    a.symmetric_difference_update({y * 7})
    b = a
    b.add(x * 100)
    return spread(a)


def looped(x, y):
    s = {x, y, x * y}
    smallest, *_ = sorted(s)
    iterator = iter(s)
    one = next(iterator)
    return sum(s) * max(s) + min(s) + smallest * smallest + sum(iterator) + one + sum(list(s)) + len(s)


def of_tuples(x, y):
    s = {(x, 1), (y, 2)}
    s |= {(x * y, 3)}
    return sum(value * weight for value, weight in s) + len(frozenset([(x, y)])) * x


def with_keys(x, y):
    d = {x: 1.0, y: 2.0}
    return (
        spread(d.keys() | {x * 2}) + spread(d.keys() & [x]) + spread({y, 5.0} - d.keys()) + spread({x, 8.0} & d.keys())
    )


class Bag(set):
    """A set with an attribute and a method overridden."""

    def __init__(self, items=(), scale=1.0):
        super().__init__(items)
        self.scale = scale

    def add(self, element):
        super().add(element * self.scale)


class Bare(frozenset):
    """A frozenset by another name."""


def subclassed(x, y):
    bag = Bag([x, y], scale=y)
    bag.add(x * 3)
    return spread(bag) * bag.scale + spread(bag | {7.0}) + spread(Bare([x, y])) + spread(Bag(v for v in (x, y)))


@pytest.mark.parametrize("fn", [one_by_one, made, algebra, in_place, looped, of_tuples, with_keys, subclassed])
def test_sets(fn):
    check(fn, 1.3, 0.7)


def test_of_equal_elements_the_first_is_meant():
    def first_of_two(x, y):
        s = {x}
        s.add(y)
        s |= {y}
        return sum(s) + sum({x, y}) + sum({v for v in (x, y)}) + sum({x} | {y})

    assert gradient(first_of_two, 2.0, float("2")) == (4.0, None)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: {x}.remove(17.0), (1.0,)),
        (lambda x: set().pop(), (1.0,)),
        (lambda x: {x} | [x], (1.0,)),
        (lambda x: {x}.union(5), (1.0,)),
        (lambda x: {x}.add([]), (1.0,)),
        (lambda x: {x}.add(), (1.0,)),
        (lambda x: set([x], [x]), (1.0,)),
        (lambda x: set([[x]]), (1.0,)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)
