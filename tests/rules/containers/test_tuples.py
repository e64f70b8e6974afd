"""Tuples, namedtuples and subclasses of tuple: values whose parts are followed by value."""

from __future__ import annotations

import collections
import typing

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted

Point = collections.namedtuple("Point", "x y", defaults=[2.0])


class Typed(typing.NamedTuple):
    """A namedtuple with a property and a method."""

    x: float
    y: float = 3.0

    @property
    def area(self):
        return self.x * self.y

    def scaled(self, by):
        return self._replace(x=self.x * by)


class Vector(tuple):
    """A tuple with arithmetic of its own and an attribute."""

    def __new__(cls, *items):
        self = super().__new__(cls, items)
        self.weight = items[0] * 2
        return self

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self, other)))

    def dot(self, other):
        return sum(a * b for a, b in zip(self, other)) * self.weight


class Bare(tuple):
    """A tuple by another name."""


def joined(x, y):
    t = (x, y) + (x * y,)
    t += (1.0,)
    u = t * 2 + 2 * t[1:2] + t * 0
    return weighted(t) + 2 * weighted(u) + t.index(x) + t.count(y) + (t < u) + (x in t) + len(t)


def sliced(x, y):
    t = (x, y, x * y, 2.0)
    return weighted(t[1:]) + weighted(t[::-1]) + weighted(t[-3:-1]) + t[-1] * t[0] + weighted(t[::2][1:])


def made(x, y):
    return (
        weighted(tuple([x, y]))
        + weighted(tuple((x, y)))
        + weighted(tuple(v * v for v in (x, y)))
        + weighted(tuple({"a": x}.values()))
        + weighted(tuple(Bare([x, y])))
        + weighted(Bare([x, y]) + (x,))
        + weighted(Bare(v for v in (x, y)))
        + weighted((*[x], *(y, x)))
        + len(tuple("abc"))
        + len(tuple())
    )


def unpacked(x, y):
    (a, (b, c)), *rest = (x, (y, x * y)), 3.0, y
    d, e = [v * 2 for v in rest]
    return a * b + c * d * e


def named(x, y):
    p = Point(x, y=y)
    q = Point(p.x * p.y)
    r = p._replace(y=q.x)
    s = Point._make([r.y, r.x])
    t = Point(*p)
    a, b = s
    return p.x * q.y + r[1] * s.x + a * b * t.y + weighted(p._asdict().values()) + weighted(p + q) + r.y


def typed(x, y):
    p = Typed(x)
    q = p.scaled(y)
    return p.area * q.area + q.scaled(x).x + sum(q) + Typed(x=y, y=x).area


def made_inside(x, y):
    pair = collections.namedtuple("pair", ["first", "second"])
    p = pair(second=x, first=y)
    return p.first * p.second**2


def own_class(x, y):
    v, w = Vector(x, y), Vector(y, x * y)
    u = v + w
    return u.dot(v) + u[0] * u.weight + weighted(u[1:]) + weighted(v * 2)


@pytest.mark.parametrize("fn", [joined, sliced, made, unpacked, named, typed, made_inside, own_class])
def test_tuples(fn):
    check(fn, 1.3, 0.7)


def test_namedtuples_as_arguments():
    check(lambda p: p.x * p.y**2 + p._replace(x=3.0).y, Point(1.3, 0.7))
    (g,) = gradient(lambda p: p.x * 3, Point(1.0, 2.0))
    assert g == Point(3.0, None)


def through_containers(x, y):
    t = ((x, [y]), {"a": (x * y, y)})
    t[0][1].append(t[1]["a"][0])
    (p, q), d = t
    return p * weighted(q) * d["a"][1]


def test_tuples_of_containers():
    check(through_containers, 1.3, 0.7)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: (x,)[3], (1.0,)),
        (lambda x: (x,) + [x], (1.0,)),
        (lambda x: tuple(5), (1.0,)),
        (lambda x: tuple([x], [x]), (1.0,)),
        (lambda x: (x,).index(5), (1.0,)),
        (lambda x: Point(x, x, x), (1.0,)),
        (lambda x: Point(x)._replace(z=1), (1.0,)),
        (lambda x: Point._make([x]), (1.0,)),
        (lambda x: Point(x).z, (1.0,)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)
