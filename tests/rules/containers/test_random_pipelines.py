"""Random pipelines of iterators, with callbacks that change what is outside, taken in random ways."""

from __future__ import annotations

import functools
import itertools
import math
import operator
import random
from typing import Any

import pytest

import bytegrad

PROGRAM = """
def program(xs, c):
    state, seen = [0.0], []

    def noisy(a):
        state[0] = state[0] + 0.1 * a
        return a * c + 0.3

    def generated(items):
        for item in items:
            yield item * 0.9 + c

    class Asked:
        def __init__(self, items):
            self.items, self.n = items, 0

        def __iter__(self):
            return self

        def __next__(self):
            if self.n >= len(self.items):
                raise StopIteration
            self.n += 1
            state[0] = state[0] + 0.05 * self.items[self.n - 1]
            return self.items[self.n - 1] * 1.1

    t = 0.0
{body}
    return math.tanh(t) + 0.1 * t + state[0] * c
"""
SOURCES = ("xs", "list(xs)", "tuple(xs)", "generated(xs)", "Asked(xs)", "reversed(xs)")
OF_ONE = ("noisy", "math.sin", "abs", "lambda a: a * a + c", "lambda a: seen.append(a) or a * 0.5")
OF_TWO = ("lambda a, b: a * b + 0.1", "operator.mul", "operator.add", "lambda a, b: math.sin(a) + b * c", "max")
TESTS = ("lambda a: a > 0.2", "lambda a: state.append(a) or a < 0.9", "lambda a: a * c < 0.5", "lambda a: True")
STAGES = (
    "map({one}, {a})",
    "map({two}, {a}, {b})",
    "filter({test}, {a})",
    "itertools.filterfalse({test}, {a})",
    "itertools.takewhile({test}, {a})",
    "itertools.dropwhile({test}, {a})",
    "itertools.accumulate({a})",
    "itertools.accumulate({a}, {two})",
    "itertools.accumulate({a}, {two}, initial=c)",
    "itertools.starmap({two}, zip({a}, {b}))",
    "itertools.islice({a}, 1, 4)",
    "itertools.islice({a}, 0, 5, 2)",
    "itertools.chain({a}, {b})",
    "itertools.compress({a}, [1, 0, 1, 1, 0, 1])",
    "itertools.islice(itertools.cycle({a}), 7)",
    "(p + q for p, q in itertools.pairwise({a}))",
    "(sum(q) for k, q in itertools.groupby({a}, lambda a: a > 0.4))",
    "(k * len(list(q)) for k, q in itertools.groupby({a}))",
    "(p * q for p, q in itertools.zip_longest({a}, {b}, fillvalue=c))",
    "(p * q for p, q in zip(*itertools.tee({a})))",
    "(i * p for i, p in enumerate({a}))",
)
ENDS = (
    "t += sum({a})",
    "t += max({a}, default=c) * 1.5",
    "t += functools.reduce({two}, {a}, c)",
    "t += math.fsum([v * v for v in {a}])",
    "for v in {a}:\n    t += math.sin(v * c)",
    "it = {a}\nt += next(it, 0.5) * 2.0\nfor v in it:\n    t += v * c\n    if v > 0.7:\n        break\nt += sum(it)",
    "items = list({a})\nfor i, v in enumerate(items):\n    t += v * i\nif items:\n    items[0] = t\nt += sum(items)",
    "first, *rest = (*{a}, c)\nt += first - sum(rest)",
    "it, jt = {a}, {b}\nfor _ in range(4):\n    t += next(it, c) * next(jt, 0.3)",
    "found = dict(enumerate({a}))\nt += found.get(1, c) * found.get(0, c)",
)
XS, C, V, V_OF_C, STEP = [0.31, -0.27, 1.13, 0.72, 0.45], 0.37, [0.3, -0.7, 1.1, 0.4, -0.2], 0.6, 1e-6


def pipeline(r: random.Random, depth: int) -> str:
    if depth <= 0:
        return r.choice(SOURCES)
    a, b = pipeline(r, depth - 1), pipeline(r, depth - 2)
    return r.choice(STAGES).format(a=a, b=b, one=r.choice(OF_ONE), two=r.choice(OF_TWO), test=r.choice(TESTS))


def made(seed: int) -> Any:
    r = random.Random(seed)
    lines: list[str] = []
    for _ in range(r.randint(1, 3)):
        a, b = pipeline(r, r.randint(1, 3)), pipeline(r, 2)
        lines += r.choice(ENDS).format(a=a, b=b, two=r.choice(OF_TWO)).splitlines()
    namespace: dict[str, Any] = {"math": math, "itertools": itertools, "functools": functools, "operator": operator}
    exec(PROGRAM.format(body="\n".join("    " + line for line in lines)), namespace)
    return namespace["program"]


@pytest.mark.parametrize("seed", range(60))
def test_value_gradient_and_tangent(seed: int) -> None:
    program = made(seed)

    def along(step: float) -> Any:
        return program([x + step * v for x, v in zip(XS, V, strict=True)], C + step * V_OF_C)

    wanted, finer = [(along(step) - along(-step)) / (2 * step) for step in (STEP, STEP / 4)]
    assert wanted == pytest.approx(finer, rel=1e-6, abs=1e-7), "a kink: choose other numbers"
    for _ in range(2):
        value, (bars, c_bar) = bytegrad.withgradient(program, XS, C)
        assert value == program(XS, C)
        slope = sum([(bar or 0.0) * v for bar, v in zip(bars or [0.0] * 5, V, strict=True)]) + (c_bar or 0.0) * V_OF_C
        assert slope == pytest.approx(wanted, rel=1e-6, abs=1e-7)
    if seed % 5 == 0:
        assert bytegrad.jvp(program, (XS, C), (V, V_OF_C)) == (value, pytest.approx(wanted, rel=1e-6, abs=1e-7))
