"""Random programs over nested lists, each called with rows of other types from call to call: every guess is wrong once."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import bytegrad

STEP = 1e-6
GRIDS = (
    "[[x * (i + 1), 0.5, i * 1.0] for i in range(n + 2)]",
    "[[0.5] * 3 for _ in range(n + 2)]",
    "[list(rows[i % len(rows)]) for i in range(n + 2)]",
)
LOOPS = (
    "for {v} in range(n):",
    "for {v} in range(1, n + 1):",
    "for row in rows:\n    t += math.tanh(row[1] * {e})",
    "for a, b, c in rows:\n    t += math.tanh(a * b - c * {e})",
    "for row in rows:\n    for q in row:\n        t += 0.3 * math.sin(q * {e})",
    "for p, q in zip(grid[0], shift):\n    t += math.tanh(p * {e} - q)\n    if p > 0.9:\n        break",
    "for p, q in zip(shift, rows[-1], strict=False):\n    grid[0][1] = math.tanh(p * q + t)",
    "for p, q, s in zip(shift, grid[0], grid[1]):\n    try:\n        t += math.log(p * q) * s\n    except ValueError:\n        t += s",
    "for {v}, u in enumerate(grid[1][:n]):\n    t += math.tanh(u * {e} * {v})",
    "for {v}, u in enumerate(rows[:n]):\n    t += math.tanh(u[2] * {e} + {v})",
)
STATEMENTS = (
    "grid[{i}][{k}] = math.tanh({e})",
    "grid[{i}][{k}] += 0.1 * math.tanh({e})",
    "line = grid[{i}]\nline[{k}] = math.tanh(line[0] + {e})\nt += line[2]",
    "grid[{i}] = [math.tanh({e}), t, 1]",
    "a, b, c = rows[({i}) % len(rows)]\nt += math.tanh(a * c + {e} * b)",
    "t = max(t, {e}) * 0.9 + min(t, 1) * 0.1",
    "t += 0.1 * sum(grid[{i}])",
    "t += math.tanh({e})",
)
TERMS = (
    "x",
    "t",
    "1.5",
    "2",
    "extra",
    "shift[{i}]",
    "grid[{i}][{k}]",
    "rows[({i}) % len(rows)][{k}]",
    "len(rows)",
    "read({i})",
)


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def index(self, variables: list[str]) -> str:
        return self.r.choice([*variables, *variables, "0", "1", "m - 1", "n - 1"])

    def expression(self, variables: list[str], depth: int = 2) -> str:
        if depth and self.r.random() < 0.6:
            a, b = (self.expression(variables, depth - 1) for _ in range(2))
            return f"({a} {self.r.choice('+-*')} {b})"
        return self.r.choice(TERMS).format(i=self.index(variables), k=self.r.randrange(3))

    def block(self, depth: int, variables: list[str]) -> list[str]:
        lines: list[str] = []
        for _ in range(self.r.randint(1, 2)):
            e, i, k = self.expression(variables), self.index(variables), self.r.randrange(3)
            if depth and self.r.random() < 0.6:
                v = "ijk"[3 - depth]
                loop = self.r.choice(LOOPS)
                lines += loop.format(v=v, e=e).splitlines()
                inside = [*variables, v] if "{v}" in loop else variables
                lines += ["    " + line for line in self.block(depth - 1, inside)]
            else:
                lines += self.r.choice(STATEMENTS).format(e=e, i=i, k=k).splitlines()
        return [*lines, "t = math.tanh(t) * 1.5"]

    def program(self) -> Any:
        lines = [
            "m = 2 if n > 1 else 1",
            "shift = [x * k for k in range(n + m)] + [x, 3, 0.5]",
            f"grid = {self.r.choice(GRIDS)}",
            "read = lambda k: shift[k] * m",
            "t = 0.0",
            *self.block(3, []),
            "return t + x * 0.1 + sum([math.tanh(q) for line in grid for q in line])",
        ]
        namespace: dict[str, Any] = {"math": math}
        exec("def program(x, rows, n, extra):\n" + "\n".join("    " + line for line in lines), namespace)
        return namespace["program"]

    def rows(self) -> list[Any]:
        made = []
        for _ in range(self.r.randint(2, 4)):
            row = [
                self.r.uniform(-1.0, 1.0) if self.r.random() < 0.8 else self.r.choice([-2, -1, 1, 2]) for _ in range(3)
            ]
            made.append(self.r.choice([list, list, tuple, lambda items: np.array(items, float)])(row))
        return made


def moved(row: Any, place: int, step: float) -> Any:
    items = [item + step * (n == place) for n, item in enumerate(row)]
    return np.array(items) if isinstance(row, np.ndarray) else type(row)(items)


@pytest.mark.parametrize("seed", range(30))
def test_value_and_gradient(seed: int) -> None:
    writer = Writer(seed)
    program = writer.program()
    for _ in range(4):
        rows, rest = writer.rows(), (writer.r.choice([2, 3, 1]), writer.r.choice([0.7, 2]))
        x = writer.r.uniform(0.2, 0.9)
        value, (x_bar, rows_bar, *_) = bytegrad.withgradient(program, x, rows, *rest)
        assert value == program(x, rows, *rest)
        ends = [program(x + step, rows, *rest) for step in (STEP, -STEP)]
        assert (x_bar or 0.0) == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-5, abs=1e-6)
        for i, row in enumerate(rows):
            for k in range(3):
                around = [[*rows[:i], moved(row, k, step), *rows[i + 1 :]] for step in (STEP, -STEP)]
                ends = [program(x, others, *rest) for others in around]
                bar = None if rows_bar is None or rows_bar[i] is None else rows_bar[i][k]
                assert (bar or 0.0) == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-5, abs=1e-6)
