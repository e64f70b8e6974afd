"""`array.array`: a list of numbers, with every method that moves them."""

from __future__ import annotations

import copy
from array import array

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted


def methods(x, y):
    a = array("d", [x, y])
    a.append(x * y)
    a.insert(0, y * 2)
    a.insert(-1, 3.0)
    a.extend([x, 4.0])
    a.extend(array("d", [y]))
    a.extend(v * 2 for v in (x, y))
    a.fromlist([x * x])
    total = a.pop() * a.pop(0)
    a.remove(3.0)
    a.reverse()
    return total + weighted(a) + a.index(y) + a.count(x) + len(a) + (x in a)


def subscripts(x, y):
    a = array("d", (x, y, x * y, 2.0))
    a[0] = a[1] * a[-1]
    a[-1] += x
    a[1:2] = array("d", [y, x])
    a[::2] = a[::-2][:3] if len(a) % 2 else array("d", [x, y, x])[: len(a[::2])]
    del a[2]
    del a[::3]
    return weighted(a) + weighted(a[1:]) + sum(a) * max(a)


def operators(x, y):
    a = array("d", [x, y])
    b = a + array("d", [x * y])
    a *= 2
    c = 2 * b * 2
    b += a
    d = copy.copy(b)
    d[0] = y
    e = copy.deepcopy(d)
    e.append(d.pop())
    return weighted(a) + 2 * weighted(b) + 3 * weighted(c) + weighted(d) + weighted(e.tolist()) + (a == b)


def made(x, y):
    return (
        weighted(array("d", (v * v for v in (x, y))))
        + weighted(array("d", array("d", [x])))
        + weighted(array("d", {"a": y}.values()))
        + len(array("d"))
        + array("i", b"\0\0\0\0")[0]
    )


def looped(x, y):
    a = array("d", [x, y, x * y])
    total = 0.0
    for i, v in enumerate(a):
        total += i * v
    first, *rest = a
    iterator = iter(a)
    return total + first * weighted(rest) + next(iterator) * next(iterator) + weighted(sorted(a)) + next(reversed(a))


@pytest.mark.parametrize("fn", [methods, subscripts, operators, made, looped])
def test_arrays(fn):
    check(fn, 1.3, 0.7)


def test_arrays_as_arguments():
    def f(a):
        a.append(a[0] * a[1])
        return a.pop(0) * a[-1]

    assert gradient(f, array("d", [2.0, 3.0])) == ([12.0, 4.0],)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: array("d", [x]).append("a"), (1.0,)),
        (lambda x: array("d", [x]).pop(3), (1.0,)),
        (lambda x: array("d", [x]).remove(3.0), (1.0,)),
        (lambda x: array("d", [x]) + [x], (1.0,)),
        (lambda x: array("d", 5), (1.0,)),
        (lambda x: array("q", [x]), (1.0,)),
        (lambda x: array(), (1.0,)),
        (lambda x: array("d", [x])[9], (1.0,)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)
