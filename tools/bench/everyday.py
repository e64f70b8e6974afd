"""Small programs as people write them: what loops, containers and builtins cost.  They have no targets."""

from __future__ import annotations

import math
from typing import NamedTuple

from tools.bench.programs import Program


def by_zip(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys, strict=False):
        total += x * y
    return total


def by_enumerate(xs):
    total = 0.0
    for i, x in enumerate(xs):
        total += i * x * x
    return total


def sum_of_a_comprehension(xs):
    return sum([math.sin(x) for x in xs])


def sum_of_a_generator(xs):
    return sum(x * x for x in xs)


def extremes(xs):
    total = 0.0
    for x in xs:
        total += max(x, 0.41) * min(x, 1.23)
    return total


def matrix_product(a, b, n):
    total = 0.0
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i][k] * b[k][j]
            total += s * s
    return total


def relaxation(x, n):
    u = [[0.0] * n for _ in range(n)]
    for i in range(n):
        u[i][0] = x
    for _ in range(3):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                u[i][j] = 0.25 * (u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1])
    return sum([sum(row) for row in u])


def elimination(a, b, n):
    m = [[*row, b[i]] for i, row in enumerate(a)]
    for k in range(n):
        for i in range(k + 1, n):
            f = m[i][k] / m[k][k]
            for j in range(k, n + 1):
                m[i][j] -= f * m[k][j]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        s = m[i][n]
        for j in range(i + 1, n):
            s -= m[i][j] * x[j]
        x[i] = s / m[i][i]
    return sum(x)


def state_in_a_tuple(x, n):
    state = (x, 0.0)
    for _ in range(n):
        a, b = state
        state = (a + 0.1 * b, b - 0.1 * math.sin(a))
    return state[0]


class Oscillator:
    def __init__(self, v):
        self.v, self.p = v, 0.0

    def step(self, dt):
        self.p += dt * self.v
        self.v -= dt * self.p


def state_in_an_object(x, n):
    it = Oscillator(x)
    for _ in range(n):
        it.step(0.1)
    return it.p


def binomial_tree(spot, strike, n):
    u = math.exp(0.2 * math.sqrt(1.0 / n))
    p = (math.exp(0.05 / n) - 1.0 / u) / (u - 1.0 / u)
    values = [max(spot * u ** (2 * j - n) - strike, 0.0) for j in range(n + 1)]
    for i in range(n, 0, -1):
        for j in range(i):
            values[j] = math.exp(-0.05 / n) * (p * values[j + 1] + (1.0 - p) * values[j])
    return values[0]


def iterated_square(x, n):
    z = complex(x, 0.1)
    for _ in range(n):
        z = z * z * 0.6 + 0.3 * z
    return z.real


def damped(x, rate=0.9, *, shift=0.1):
    return rate * x + shift


def calls_by_name(x, n):
    for _ in range(n):
        x = damped(x, shift=0.2 * x) + damped(x)
        x = damped(*(x, 0.5)) + damped(rate=0.3, x=x)
    return x


class Point(NamedTuple):
    x: float
    y: float


def state_in_a_namedtuple(x, n):
    at = Point(x, 0.0)
    for _ in range(n):
        at = Point(at.x + 0.1 * at.y, y=at.y - 0.1 * at.x)
    return at.x


class Circle:
    def __init__(self, r):
        self.r = r

    @property
    def area(self):
        return 3.1 * self.r**2

    def __getitem__(self, key):
        return self.r + key


def properties_and_subscripts(x, n):
    circle, total = Circle(x), 0.0
    for k in range(n):
        total += circle.area * circle[k] ** 0.5
    return total


XS = [0.1 + 0.03 * k for k in range(60)]
YS = [0.5 - 0.01 * k for k in range(60)]
ROWS = [[math.sin(5.0 * i + j) + 4.0 * (i == j) for j in range(12)] for i in range(12)]
COLUMNS = [[math.cos(3.0 * i + j) for j in range(12)] for i in range(12)]

EVERYDAY = (
    Program("zip of two lists, 60", by_zip, (XS, YS), active=2),
    Program("enumerate, 60", by_enumerate, (XS,)),
    Program("max and min, 60", extremes, (XS,)),
    Program("sum of a list comprehension, 60", sum_of_a_comprehension, (XS,)),
    Program("sum of a generator, 60", sum_of_a_generator, (XS,)),
    Program("product of lists of lists, 12", matrix_product, (ROWS, COLUMNS, 12), active=2),
    Program("relaxation on lists of lists", relaxation, (0.5, 12)),
    Program("elimination on lists of lists", elimination, (ROWS, [1.0] * 12, 12), active=2),
    Program("state in a tuple, 100 steps", state_in_a_tuple, (0.5, 100)),
    Program("state in an object, 100 steps", state_in_an_object, (0.5, 100)),
    Program("state in a namedtuple, 100 steps", state_in_a_namedtuple, (0.5, 100)),
    Program("calls by name, 25 turns", calls_by_name, (0.5, 25)),
    Program("properties and subscripts, 50", properties_and_subscripts, (0.7, 50)),
    Program("binomial tree, 20 steps", binomial_tree, (100.0, 95.0, 20), active=2),
    Program("complex numbers, 20 steps", iterated_square, (0.9, 20)),
)
