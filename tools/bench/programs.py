"""What is measured: scalar programs as users write them.  Nothing here knows who differentiates it.

`math` is the module's own global, looked up at each use, so that a peer which needs another one can be given it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Program:
    """`fn(*args)`, differentiated in its first `active` arguments.

    `target` is the most that value and gradient together should cost, in plain calls; `pair_target` the same for the
    compiled pair alone, without the call through the API.
    """

    name: str
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    active: int = 1
    target: float | None = None
    pair_target: float | None = None


def sin_of_cos(x):
    return math.sin(math.cos(x))


def pow_loop(x, n):
    r = 1.0
    while n > 0:
        r *= x
        n -= 1
    return r


def sine_product(x, n):
    r = 1.0
    while n > 0:
        r *= math.sin(x)
        n -= 1
    return r


def newton_square_root(a):
    x = a
    while abs(x * x - a) > 1e-10 * a:
        x = 0.5 * (x + a / x)
    return x


def horner(x, coefficients):
    p = 0.0
    for c in coefficients:
        p = p * x + c
    return p


def alternating_series(x, n):
    total, term, k = 0.0, 1.0, 0
    while k < n:
        if k % 2 == 0:
            total = total + term
        else:
            total = total - 0.5 * term * term
        term = term * x / (k + 1)
        k += 1
    return total


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def black_scholes(spot, strike, years, rate, volatility):
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / (volatility * math.sqrt(years))
    d2 = d1 - volatility * math.sqrt(years)
    return spot * normal_cdf(d1) - strike * math.exp(-rate * years) * normal_cdf(d2)


def ciede2000(l1, a1, b1, l2, a2, b2):
    """The CIEDE2000 colour difference (Sharma, Wu, Dalal 2005), in radians."""
    mean_chroma7 = (0.5 * (math.sqrt(a1 * a1 + b1 * b1) + math.sqrt(a2 * a2 + b2 * b2))) ** 7
    g = 0.5 * (1.0 - math.sqrt(mean_chroma7 / (mean_chroma7 + 25.0**7)))
    a1, a2 = (1.0 + g) * a1, (1.0 + g) * a2
    c1, c2 = math.sqrt(a1 * a1 + b1 * b1), math.sqrt(a2 * a2 + b2 * b2)
    h1, h2 = math.atan2(b1, a1), math.atan2(b2, a2)
    if h1 < 0.0:
        h1 += 2.0 * math.pi
    if h2 < 0.0:
        h2 += 2.0 * math.pi
    dh = h2 - h1
    if dh > math.pi:
        dh -= 2.0 * math.pi
    elif dh < -math.pi:
        dh += 2.0 * math.pi
    d_hue = 2.0 * math.sqrt(c1 * c2) * math.sin(0.5 * dh)
    lightness, chroma, hue = 0.5 * (l1 + l2), 0.5 * (c1 + c2), 0.5 * (h1 + h2)
    if abs(h1 - h2) > math.pi:
        hue += math.pi if hue < math.pi else -math.pi
    t = (
        1.0
        - 0.17 * math.cos(hue - math.pi / 6.0)
        + 0.24 * math.cos(2.0 * hue)
        + 0.32 * math.cos(3.0 * hue + math.pi / 30.0)
        - 0.20 * math.cos(4.0 * hue - 63.0 * math.pi / 180.0)
    )
    u = (hue * 180.0 / math.pi - 275.0) / 25.0
    rotation = (math.pi / 3.0) * math.exp(-u * u)
    chroma7 = chroma**7
    w = (lightness - 50.0) ** 2
    tl = (l2 - l1) / (1.0 + 0.015 * w / math.sqrt(20.0 + w))
    tc = (c2 - c1) / (1.0 + 0.045 * chroma)
    th = d_hue / (1.0 + 0.015 * chroma * t)
    rt = -math.sin(rotation) * 2.0 * math.sqrt(chroma7 / (chroma7 + 25.0**7))
    return math.sqrt(tl * tl + tc * tc + th * th + rt * tc * th)


def leapfrog(position, velocity, steps, dt):
    """A planet around a fixed sun; the state is two lists, updated in place."""
    q, v = list(position), list(velocity)
    for _ in range(steps):
        r2 = q[0] * q[0] + q[1] * q[1]
        pull = dt / (r2 * math.sqrt(r2))
        v[0] -= pull * q[0]
        v[1] -= pull * q[1]
        q[0] += dt * v[0]
        q[1] += dt * v[1]
    return 0.5 * (v[0] * v[0] + v[1] * v[1]) - 1.0 / math.sqrt(q[0] * q[0] + q[1] * q[1]) + q[0]


@dataclass
class Vector:
    """A vector type as users write one."""

    x: float
    y: float
    z: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z


def bodies_as_objects(positions, velocities, masses, steps, dt):
    """Four bodies, kick and drift, with a dataclass for vectors."""
    n = len(masses)
    p = [Vector(*positions[3 * i : 3 * i + 3]) for i in range(n)]
    v = [Vector(*velocities[3 * i : 3 * i + 3]) for i in range(n)]
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                apart = p[j] - p[i]
                r2 = apart.dot(apart) + 0.01
                pull = dt / (r2 * math.sqrt(r2))
                v[i] = v[i] + apart * (masses[j] * pull)
                v[j] = v[j] - apart * (masses[i] * pull)
        p = [pi + vi * dt for pi, vi in zip(p, v, strict=True)]
    return sum(pi.dot(pi) for pi in p)


def bodies_as_lists(positions, velocities, masses, steps, dt):
    """The same four bodies, as flat lists updated in place."""
    n, p, v = len(masses), list(positions), list(velocities)
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                dx, dy, dz = p[3 * j] - p[3 * i], p[3 * j + 1] - p[3 * i + 1], p[3 * j + 2] - p[3 * i + 2]
                r2 = dx * dx + dy * dy + dz * dz + 0.01
                pull = dt / (r2 * math.sqrt(r2))
                to_i, to_j = masses[j] * pull, masses[i] * pull
                v[3 * i] += dx * to_i
                v[3 * i + 1] += dy * to_i
                v[3 * i + 2] += dz * to_i
                v[3 * j] -= dx * to_j
                v[3 * j + 1] -= dy * to_j
                v[3 * j + 2] -= dz * to_j
        for k in range(3 * n):
            p[k] += v[k] * dt
    out = 0.0
    for x in p:
        out = out + x * x
    return out


def fibonacci_tree(x, n):
    if n < 2:
        return x if n == 0 else math.sin(x)
    return fibonacci_tree(0.9 * x, n - 1) + x * fibonacci_tree(math.cos(x), n - 2)


BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
UNARY = {
    "sin": lambda a: math.sin(a),
    "cos": lambda a: math.cos(a),
    "exp": lambda a: math.exp(a),
    "sqrt": lambda a: math.sqrt(a),
}


def reverse_polish(x, y, z, source):
    """An evaluator driven by a string, two tables of lambdas and a stack."""
    names, stack = {"x": x, "y": y, "z": z}, []
    for token in source.split():
        if token in names:
            stack.append(names[token])
        elif token in BINARY:
            b = stack.pop()
            stack.append(BINARY[token](stack.pop(), b))
        elif token in UNARY:
            stack.append(UNARY[token](stack.pop()))
        elif token.startswith("let:"):
            names[token[4:]] = stack.pop()
        else:
            stack.append(float(token))
    return stack.pop()


FORMULA = (
    "x y * sin let:a y z + 2.0 / let:b a b * x - exp let:c c a + b c * 3.5 + / let:d "
    "d d * a a * + b b * + sqrt let:e e x * cos d y * sin - z c * + let:f f e * 0.25 * a - b / let:g "
    "g g * f f * + 1.0 + sqrt x y z * * + a b c d e f g + + + + + + *"
)


def call_chain(x, depth):
    return x if depth == 0 else 0.5 * call_chain(math.sin(x) + 0.1 * x, depth - 1) + x


COEFFICIENTS = [math.sin(1.7 * k) for k in range(51)]
POSITIONS = [math.cos(2.3 * k) for k in range(12)]
VELOCITIES = [0.3 * math.sin(1.1 * k) for k in range(12)]
MASSES = [0.5, 0.9, 1.4, 2.0]

PROGRAMS = (
    Program("sin(cos(x))", sin_of_cos, (0.5,), target=8, pair_target=4.5),
    Program("power loop, 1000", pow_loop, (1.001, 1000), target=5),
    Program("Newton square root", newton_square_root, (612.0,), target=6),
    Program("CIEDE2000", ciede2000, (50.0, 2.6772, -79.7751, 53.0, 10.0, -60.0), active=6, target=5),
    Program("leapfrog, lists, 1000", leapfrog, ([1.0, 0.1], [-0.2, 1.1], 1000, 0.005), active=2, target=8),
    Program("sine product, 500", sine_product, (2.0, 500), target=5),
    Program("Horner, 51", horner, (0.9, COEFFICIENTS), active=2, target=6),
    Program("alternating series, 60", alternating_series, (1.7, 60), target=4.5),
    Program("Black-Scholes", black_scholes, (100.0, 110.0, 0.75, 0.03, 0.25), active=5, target=5),
    Program("4 bodies, objects", bodies_as_objects, (POSITIONS, VELOCITIES, MASSES, 20, 0.01), active=2, target=4),
    Program("4 bodies, lists", bodies_as_lists, (POSITIONS, VELOCITIES, MASSES, 20, 0.01), active=2, target=4),
    Program("Fibonacci tree, 12", fibonacci_tree, (0.7, 12), target=6),
    Program("reverse Polish, 95 tokens", reverse_polish, (0.7, 1.3, 0.4, FORMULA), active=3, target=8),
    Program("call chain, 450", call_chain, (0.7, 450)),
)
