"""Deques: both ends, the bound, rotation, and a queue long enough to tell O(n) from O(n^2)."""

from __future__ import annotations

import collections
from collections import deque

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted


def ends(x, y):
    d = deque([x, y])
    d.append(x * y)
    d.appendleft(d[-1] + 1)
    a, b = d.popleft(), d.pop()
    d.appendleft(a * b)
    d.append(a)
    return weighted(d) + a * b


def middle(x, y):
    d = deque([x, y, 1.0])
    d.insert(1, x * y)
    d.insert(-1, y * 2)
    d.insert(0, 4.0)
    d[0] = d[1] * d[-1]
    d[-2] += x
    d.remove(d[3])
    del d[1]
    d.reverse()
    return weighted(d) + d.index(d[0]) + d.count(y) + len(d) + (x in d)


def bounded(x, y):
    d = deque(maxlen=3)
    for i in range(5):
        d.append(x * i + y)
    total = weighted(d)
    d.appendleft(y * 7)
    d.extend([x, y])
    d.extendleft([x * 3])
    d += (y * y,)
    empty = deque([x], maxlen=0)
    empty.append(y)
    return total * weighted(d) + len(empty) + weighted(deque([x, y, x * y], 2)) + d.maxlen


def rotated(x, y):
    d = deque([x, y, x * y, x + y, 3.0])
    total = 0.0
    for steps in (1, -1, 2, 7, -13, 0, 5, 3):
        d.rotate(steps)
        d[0] *= 1.1
        total = total * 1.3 + d[1]
    d.rotate()
    deque().rotate(3)
    return total + weighted(d)


def extended(x, y):
    d = deque([x])
    d.extend([y, x * y])
    d.extendleft((y, 2.0 * x))
    d.extend(d)
    d.extend(v * 2 for v in [x])
    return weighted(d)


def operators(x, y):
    d = deque([x, y])
    e = d + deque([x * y])
    d *= 2
    f = e * 2
    bound = deque([x, y], maxlen=3)
    g = bound * 2
    bound *= 3
    h = deque([x, y], maxlen=3) + deque([y * 2, y * 3])
    return weighted(d) + 2 * weighted(f) + 3 * weighted(g) + weighted(bound) + weighted(h) + weighted(2 * d)


def copies(x, y):
    d = deque([x, y], maxlen=4)
    e = d.copy()
    f = deque(d)
    d[0] = y
    e.append(d.pop())
    f.clear()
    f.append(x)
    return weighted(d) + 2 * weighted(e) + 3 * weighted(f) + (d == e)


def looped(x, y):
    d = deque([x, y, x * y])
    total = sum(d) * max(d)
    for v in reversed(d):
        total = total * 1.1 + v
    for i, v in enumerate(d):
        total += i * v
    iterator = iter(d)
    a, *rest = d
    return total + next(iterator) * next(iterator) + a * weighted(rest) + weighted(list(d)) + weighted(sorted(d))


def breadth_first(x, y):
    queue = deque([(x, 0)])
    total = 0.0
    while queue:
        value, depth = queue.popleft()
        total += value / (depth + 1)
        if depth < 3:
            queue.append((value * y, depth + 1))
            queue.append((value + y, depth + 1))
    return total


def moving_average(x, y):
    window = deque(maxlen=3)
    smoothed = []
    for i in range(8):
        window.append(x * i + y * y)
        smoothed.append(sum(window) / len(window))
    return weighted(smoothed)


class History(collections.deque):
    """A deque with an attribute."""

    def __init__(self, items=(), decay=0.5):
        super().__init__(items, maxlen=3)
        self.decay = decay

    def decayed(self):
        total = 0.0
        for value in self:
            total = total * self.decay + value
        return total


def subclassed(x, y):
    history = History([x, y], decay=y)
    history.append(x * y)
    history.append(x * 2)
    history.reverse()
    del history[1]
    return history.decayed() * history[0] + weighted(history.copy())


@pytest.mark.parametrize(
    "fn",
    [ends, middle, bounded, rotated, extended, operators, copies, looped, breadth_first, moving_average, subclassed],
)
def test_deques(fn):
    check(fn, 1.3, 0.7)


def test_deques_as_arguments():
    def f(d):
        d.rotate(1)
        d.append(d[0] * d[1])
        return d.popleft() * d[-1]

    d = deque([2.0, 3.0, 5.0])
    # The first item is 5, the last one 5 * 2: the value is 5 * 5 * 2.
    assert gradient(f, d) == ([25.0, None, 20.0],)
    assert list(d) == [2.0, 3.0, 10.0]


def test_a_long_queue_is_reversed_in_linear_time():
    def f(x):
        queue = deque(range(3000))
        total = 0.0
        for _ in range(3000):
            queue.append(x)
        for _ in range(6000):
            value = queue.popleft()
            queue.append(value)
            total += value
        return total

    assert gradient(f, 2.0) == (3000.0,)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: deque().pop(), (1.0,)),
        (lambda x: deque().popleft(), (1.0,)),
        (lambda x: deque([x])[3], (1.0,)),
        (lambda x: deque([x]).remove(17.0), (1.0,)),
        (lambda x: deque([x], 1).insert(0, x), (1.0,)),
        (lambda x: deque([x]) + [x], (1.0,)),
        (lambda x: deque([x]).append(), (1.0,)),
        (lambda x: deque([x]).rotate("a"), (1.0,)),
        (lambda x: deque([x]) * 1.5, (1.0,)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)
