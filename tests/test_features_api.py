"""One line for each thing that users look for in the interface of such tools: an expression, and what it is."""

from __future__ import annotations

import cmath
import functools
import io
import math
import operator
import types
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad as bg


@dataclass
class Point:
    x: float
    y: float


class Model:
    def __init__(self, w: Any, b: Any) -> None:
        self.w, self.b = w, b

    def __call__(self, x: Any) -> Any:
        return self.w @ x + self.b


def keyed(x: Any, mode: str = "sum") -> Any:
    return x * x if mode == "sq" else x


def times(a: float) -> Callable[[float], float]:
    return lambda x: a * x


X = np.array([1.0, 2.0, 3.0])
W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
B = np.array([1.0, -1.0])
DX = np.array([1.0, 0.0, 2.0])


def implicit() -> Any:
    grads = bg.gradient(lambda: np.sum(W @ X + B), bg.Params([W, B]))
    return grads[W].tolist(), grads[B].tolist(), len(list(grads.keys()))


def accumulated() -> Any:
    params = [{"w": 2.0}, {"w": 3.0}]
    return bg.gradient(lambda ps: sum(p["w"] ** 2 for p in ps), params)


def filled(n: int, x: float) -> Any:
    out = np.empty(n)
    for i in range(n):
        out[i] = x * x * i
    return np.sum(out)


def printed() -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        bg.gradient(lambda a, b: bg.showgrad(a, "a") * b, 2.0, 3.0)
    return out.getvalue()


# A. Public functions
PUBLIC: dict[str, tuple[Callable[[], Any], Any]] = {
    "1 gradient": (lambda: bg.gradient(lambda a, b: a * b, 2, 3), (3.0, 2.0)),
    "1 no influence": (lambda: bg.gradient(lambda a, b: a, 2.0, 3.0), (1.0, None)),
    "2 keywords": (lambda: bg.gradient(keyed, 3.0, mode="sq"), (6.0,)),
    "3 arrays": (lambda: bg.gradient(lambda w: np.sum(w @ X), W)[0].tolist(), [[1.0, 2.0, 3.0]] * 2),
    "4 objects": (lambda: bg.gradient(lambda p: p.x**2, Point(3.0, 1.0))[0].x, 6.0),
    "4 structure": (
        lambda: bg.gradient(lambda t: t[0]["a"] * t[1][1], ({"a": 2.0}, [0.0, 3.0])),
        (({"a": 3.0}, [None, 2.0]),),
    ),
    "5 closures": (lambda: bg.gradient(lambda f: f(5.0), times(3.0))[0].a, 5.0),
    "7 projection": (lambda: bg.gradient(lambda x: abs(x * (3 + 4j)), 2.0), (5.0,)),
    "8 withgradient": (lambda: bg.withgradient(operator.truediv, 1.0, 2.0), (0.5, (0.5, -0.25))),
    "8 names": (lambda: bg.withgradient(math.sin, 0.0).grad, (1.0,)),
    "9 auxiliary": (lambda: bg.withgradient(lambda x: (x * x, "note", x), 3.0), ((9.0, "note", 3.0), (6.0,))),
    "10 pullback": (lambda: bg.pullback(math.sin, 0.0)[1](2.0), (2.0,)),
    "11 seeds": (lambda: bg.pullback(lambda x: (x, x, {"s": 3 * x}), 1.0)[1]((1.0, None, {"s": 2.0})), (7.0,)),
    "12 jacobian": (lambda: bg.jacobian(np.cumsum, X)[0].tolist(), [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
    "13 withjacobian": (lambda: bg.withjacobian(lambda x: [x, x * x], 3.0)[0], [3.0, 9.0]),
    "15 hessian": (lambda: bg.hessian(lambda x: x[0] * x[1], np.ones(2)).tolist(), [[0, 1], [1, 0]]),
    "16 hessian_reverse": (lambda: bg.hessian_reverse(lambda x: np.sum(x**3), X).diagonal().tolist(), [6, 12, 18]),
    "17 diaghessian": (lambda: bg.diaghessian(lambda x, y: x**2 * y, 3.0, 2.0), (4.0, 0.0)),
    "18 pushforward": (lambda: bg.pushforward(math.sin, 0.0)(2.0), 2.0),
    "19 mixed": (lambda: bg.gradient(lambda x: bg.pushforward(lambda t: t * x * x, x)(1.0), 2.0), (4.0,)),
    "20 grad": (lambda: bg.grad(bg.grad(math.sin))(0.5), -math.sin(0.5)),
    "21 argnums": (lambda: bg.value_and_grad(lambda a, b: a * b, argnums=(0, 1))(2.0, 3.0), (6.0, (3.0, 2.0))),
    "22 implicit": (implicit, ([[1.0, 2.0, 3.0]] * 2, [1.0, 1.0], 2)),
    "23 Params": (lambda: (W in bg.Params([W, B]), len(bg.Params([W, B, W]))), (True, 2)),
    "26 penalties": (accumulated, ([{"w": 4.0}, {"w": 6.0}],)),
    "27 checkpointed": (lambda: bg.gradient(lambda x: bg.checkpointed(lambda y: y**3, x), 2.0), (12.0,)),
    "28 hook": (lambda: bg.gradient(lambda a, b: bg.hook(lambda g: min(g, 1.0), a) * b, 2.0, 3.0), (1.0, 2.0)),
    "29 showgrad": (printed, "gradient of a: 3.0\n"),
    "30 ignore": (lambda: bg.gradient(lambda x: bg.ignore(lambda: x * x) * x, 3.0), (9.0,)),
    "31 dropgrad": (lambda: bg.gradient(lambda x: bg.dropgrad(x) * x, 3.0), (3.0,)),
    "33 isderiving": (
        lambda: (bg.isderiving(), bg.gradient(lambda x: 2 * x if bg.isderiving() else x, 1.0)),
        (False, (2.0,)),
    ),
    "34 no Buffer": (lambda: bg.gradient(lambda x: filled(4, x), 3.0), (36.0,)),
    "36 accumulation": (lambda: bg.gradient(lambda x: x + x * x, 2.0), (5.0,)),
    "37 plain values": (lambda: type(bg.gradient(lambda x: x * x, 2.0)[0]), float),
}

# C. Control flow


def loop(x: float, n: int) -> float:
    r = 1.0
    for _ in range(n):
        r *= x
    return 2 * r


def swapped(a: float, b: float) -> float:
    for _ in range(3):
        a, b = b, a * b
    return a


def exits(x: float) -> float:
    while True:
        if x > 50:
            return x
        x = x * x
        if x > 10:
            return 3 * x


def newton(a: float) -> float:
    x = a
    while abs(x * x - a) > 1e-14 * a:
        x = 0.5 * (x + a / x)
    return x


def undefined(x: float) -> float:
    y = x
    del y
    try:
        return y  # type: ignore[has-type, no-any-return]  # noqa: F821
    except UnboundLocalError:
        return 7 * x


def rebound(x: Any) -> Any:
    x = [x]
    x = x[0]
    x = np.array([x, 2 * x])
    return x[0] * x[1]


def matched(p: Any) -> Any:
    match p:
        case Point(x, y=v) if x > 100:
            return v
        case Point(x, y=v):
            return x * v
        case [first, *_]:
            return first**2
        case {"k": value}:
            return 5 * value


def long_loop(x: float) -> float:
    for _ in range(20_000):
        x = x * 1.0001 - 0.0001 * x
    return x


FLOW: dict[str, tuple[Callable[[], Any], Any]] = {
    "56 and or": (lambda: bg.gradient(lambda x, y: (x and y) * 2 + (x or y), 2.0, 5.0), (1.0, 2.0)),
    "57 loops": (lambda: bg.gradient(loop, 5.0, 3)[0], 150.0),
    "58 swaps": (lambda: bg.gradient(swapped, 2.0, 3.0), (3.0**2, 2 * 2.0 * 3.0)),
    "59 exits": (lambda: (bg.gradient(exits, 4.0), bg.gradient(exits, 3.0)), ((24.0,), (324.0,))),
    "60 trip counts": (lambda: round(bg.gradient(newton, 2.0)[0], 12), round(0.5 / math.sqrt(2.0), 12)),
    "61 undefined": (lambda: bg.gradient(undefined, 2.0), (7.0,)),
    "63 long loops": (lambda: round(bg.gradient(long_loop, 1.1)[0], 6), 1.0),
    "65 rebound": (lambda: bg.gradient(rebound, 3.0), (12.0,)),
    "66 walrus": (lambda: bg.gradient(lambda x: y * 2 if 1 < (y := x * x) < 30 else x, 3.0), (12.0,)),
    "67 match class": (lambda: bg.gradient(matched, Point(2.0, 3.0)), (bg.Tangent(x=3.0, y=2.0),)),
    "67 match sequence": (lambda: bg.gradient(matched, [3.0, 1.0]), ([6.0, None],)),
    "67 match mapping": (lambda: bg.gradient(matched, {"k": 3.0}), ({"k": 5.0},)),
}

# H. Nested and higher order


def descended(w: float) -> float:
    for _ in range(3):
        w = w - 0.1 * bg.gradient(lambda v: v**4, w)[0]
    return w


def _slope_of_descent(w: float) -> float:
    slope = 1.0
    for _ in range(3):
        slope, w = slope * (1 - 1.2 * w**2), w - 0.4 * w**3
    return round(slope, 12)


DESCENT = _slope_of_descent(0.5)


def mutating(x: Any) -> Any:
    ys = [0.0, 0.0]
    for i in range(2):
        ys[i] = x[i] ** 3 * x[1 - i]
    ys.append(ys[0] * ys[1])
    return sum(ys)


NESTED: dict[str, tuple[Callable[[], Any], Any]] = {
    "135 perturbations": (lambda: bg.grad(lambda x: x * bg.grad(lambda y: x + y)(1.0))(1.0), 1.0),
    "136 arrays": (
        lambda: bg.gradient(lambda x: np.sum(bg.gradient(lambda y: np.sum(y**3), x)[0] ** 2), X)[0].tolist(),
        [36.0, 288.0, 972.0],
    ),
    "137 mutation": (
        lambda: bg.hessian_reverse(mutating, [1.0, 2.0])[0][1] == bg.hessian_reverse(mutating, [1.0, 2.0])[1][0],
        True,
    ),
    "139 reverse over forward": (
        lambda: bg.gradient(lambda y: bg.pushforward(lambda x: x * np.sum(y), 0.1)(1.0), X)[0].tolist(),
        [1.0, 1.0, 1.0],
    ),
    "140 third": (lambda: bg.grad(bg.grad(bg.grad(lambda x: x**4)))(2.0), 48.0),
    "141 inner loops": (lambda: round(bg.gradient(descended, 0.5)[0], 12), DESCENT),
    "142 jacobian": (
        lambda: bg.gradient(lambda x: np.sum(bg.jacobian(lambda y: y**2, x)[0] ** 2), X)[0].tolist(),
        [8.0, 16.0, 24.0],
    ),
}

# I. Numbers
NUMBERS: dict[str, tuple[Callable[[], Any], Any]] = {
    "143 int": (lambda: bg.gradient(lambda x: 3 * x**2, 5), (30.0,)),
    "144 Fraction": (lambda: bg.gradient(lambda x: 3 * x**2 + 2 * x + 1, Fraction(1, 4)), (Fraction(7, 2),)),
    "144 Decimal": (lambda: bg.gradient(lambda x: 3 * x * x, Decimal("0.25")), (Decimal("1.50"),)),
    "145 masks": (lambda: bg.gradient(lambda x: np.sum(x * (x > 1.5)), X)[0].tolist(), [0.0, 1.0, 1.0]),
    "146 complex": (lambda: bg.gradient(lambda c: abs(c) ** 2, 1 + 2j), (2 + 4j,)),
    "147 parts": (lambda: bg.gradient(lambda z: z.real * z.imag, 3 + 4j), (4 + 3j,)),
    "147 polar": (lambda: bg.gradient(lambda z: cmath.polar(z)[0], 3 + 4j), (0.6 + 0.8j,)),
    "148 Wirtinger": (
        lambda: [back(seed)[0] for _, back in [bg.pullback(lambda z: z * z, 1 + 2j)] for seed in (1.0 + 0j, 1j)],
        [2 - 4j, 4 + 2j],
    ),
    "149 float32": (lambda: bg.gradient(lambda x: np.sum(x * x), X.astype(np.float32))[0].dtype, np.float32),
    "151 powers": (lambda: bg.gradient(lambda x, p: x**p, 2.0, 3.0), (12.0, 8.0 * math.log(2.0))),
    "152 norms": (lambda: bg.gradient(lambda x: np.sqrt(x**2), 0.0), (0.0,)),
    "153 remainder": (lambda: bg.gradient(lambda x, y: x % y, 7.3, 2.0), (1.0, -3.0)),
    "154 conversions": (lambda: bg.gradient(lambda n: float(n) * 2, 3), (2.0,)),
    "155 0-d": (lambda: bg.gradient(lambda x: np.sum(3 * x), np.array(2.0))[0].shape, ()),
}

ROWS = {**PUBLIC, **FLOW, **NESTED, **NUMBERS}


SLOW = ("137 mutation", "140 third")
"""Rows whose compilation takes seconds."""


@pytest.mark.parametrize("row", [pytest.param(row, marks=pytest.mark.slow) if row in SLOW else row for row in ROWS])
def test_row(row: str) -> None:
    expression, wanted = ROWS[row]
    assert expression() == wanted


def test_models_are_differentiated_in_their_attributes() -> None:
    (found,) = bg.gradient(lambda model: np.sum(model(X)), Model(W, B))
    assert found.w.tolist() == [[1.0, 2.0, 3.0]] * 2
    assert found.b.tolist() == [1.0, 1.0]


def test_tangents_in_several_directions_agree_with_gradients() -> None:
    f = functools.partial(operator.mul, 3.0)
    assert bg.pushforward(f, 2.0)(1.0) == bg.gradient(f, 2.0)[0]
    assert bg.hvp(lambda x: np.sum(x**3), X, DX).tolist() == [6.0, 0.0, 36.0]


def test_attributes_without_influence_are_none() -> None:
    (slope,) = bg.gradient(lambda o: o.x**2, types.SimpleNamespace(x=3.0, y=1.0, name="n"))
    assert (slope.x, slope.y, slope["y"], (2 * slope).y, (slope + slope).name) == (6.0, None, None, None, None)
    assert slope == bg.Tangent(x=6.0)
    assert (repr(slope), [*slope], "y" in slope) == ("Tangent(x=6.0)", ["x"], False)
    with pytest.raises(AttributeError, match="no 'z'"):
        slope.z  # noqa: B018
    with pytest.raises(KeyError):
        slope["z"]
