"""Random programs on numbers, as source text, and their derivatives by dual numbers: an independent truth.

A dual number follows the branches that the plain number takes, so the truth is exact at any point, kinks included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

# Dual numbers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """A number and its derivative along one direction."""

    value: Any
    dot: float

    def __add__(self, other: Any) -> Dual:
        return Dual(self.value + value(other), self.dot + dot(other))

    def __sub__(self, other: Any) -> Dual:
        return Dual(self.value - value(other), self.dot - dot(other))

    def __rsub__(self, other: Any) -> Dual:
        return Dual(value(other) - self.value, dot(other) - self.dot)

    def __mul__(self, other: Any) -> Dual:
        return Dual(self.value * value(other), self.dot * value(other) + self.value * dot(other))

    def __truediv__(self, other: Any) -> Dual:
        y = self.value / value(other)
        return Dual(y, (self.dot - y * dot(other)) / value(other))

    def __rtruediv__(self, other: Any) -> Dual:
        return Dual(other, 0.0) / self

    def __pow__(self, n: int) -> Dual:
        return Dual(self.value**n, n * self.value ** (n - 1) * self.dot)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.dot)

    def __abs__(self) -> Dual:
        return -self if self.value < 0 else self

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > value(other))

    __radd__ = __add__
    __rmul__ = __mul__


def value(x: Any) -> Any:
    return x.value if isinstance(x, Dual) else x


def dot(x: Any) -> float:
    return x.dot if isinstance(x, Dual) else 0.0


def dual_math(name: str, derivative: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of `math` that also takes dual numbers."""
    plain = getattr(math, name)

    def function(x: Any) -> Any:
        return Dual(plain(x.value), derivative(x.value) * x.dot) if isinstance(x, Dual) else plain(x)

    return function


def dual_hypot(x: Any, y: Any) -> Any:
    """`math.hypot`, also of dual numbers."""
    r = math.hypot(value(x), value(y))
    return Dual(r, (value(x) * dot(x) + value(y) * dot(y)) / r)


DUAL: dict[str, Any] = {
    "sin": dual_math("sin", math.cos),
    "tanh": dual_math("tanh", lambda x: 1 - math.tanh(x) ** 2),
    "exp": dual_math("exp", math.exp),
}
DUAL["m"] = SimpleNamespace(**DUAL, hypot=dual_hypot)
PLAIN: dict[str, Any] = {**{name: getattr(math, name) for name in ("sin", "tanh", "exp")}, "m": math}
"""Names and a module that the programs find in their globals, not imported by themselves: as in a notebook's cells."""

# Programs ---------------------------------------------------------------------------------------------------------

NAMES = ("x", "y", "z", "u", "v")
PARAMETERS = ("x", "y", "z")


class Writer:
    """Writes the body of one function by asking `draw` for every choice; the simplest choice is the first one."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.counters = 0

    def choose(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    # expressions -------------------------------------------------------------------------------------------

    def name(self) -> str:
        return str(self.choose(*NAMES))

    def expression(self, depth: int = 2) -> str:
        if depth == 0:
            return str(self.choose(self.name(), "0.5", "2", "-1.25", "1"))
        a, b = self.expression(depth - 1), self.expression(depth - 1)
        return str(
            self.choose(
                a,
                f"({a} + {b})",
                f"({a} - {b})",
                f"{a} * {b}",
                f"sin({a})",
                f"-{self.name()}",
                f"({a}) / (2 + {self.name()} ** 2)",
                f"tanh({a})",
                f"m.hypot({a}, 1 + {b} ** 2)",
                f"m.sin({a})",
                f"exp(-({self.name()} ** 2))",
                f"abs({a})",
                f"({a} if {self.condition()} else {b})",
                f"helper({a}, {self.name()})",
                f"xs[{self.choose(0, 1, -1)}]",
                f"(w := {a}) * w",
                f"helper(q={a}, p={self.name()})",
                f"helper(*({a}, {self.name()}))",
                f"box.a * {self.name()}",
                f"box.scaled({a})",
                f"d['k'] * {self.name()}",
                f"inner({a})",
                f"sum(gen(xs[:3], {self.name()}))",
                f"sum([t * {self.name()} for t in xs[:3]])",
                f"max({a}, {b})",
            )
        )

    def condition(self) -> str:
        operator = self.choose("<", ">")
        simple = f"{self.name()} {operator} {self.choose('0.3', '1', self.name())}"
        return str(self.choose(simple, f"not {simple}", f"{simple} and {self.name()} < 1.5", f"-2 < {self.name()} < 2"))

    # statements --------------------------------------------------------------------------------------------

    def block(self, depth: int, room: int, loop: bool = False) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            self.statement(depth, room, loop)

    def statement(self, depth: int, room: int, loop: bool) -> None:
        simple = [self.assign, self.in_place, self.swap, self.item, self.append, self.leave_early]
        simple += [self.attribute, self.key, self.outer]
        nested = [self.branch, self.count, self.walk, self.repeat, self.attempt, self.maybe_bound, self.swallow]
        jumps = [self.jump] if loop else []
        self.choose(*simple, *(nested if room else []), *jumps)(depth, room)

    def assign(self, depth: int, room: int) -> None:
        self.line(depth, f"{self.name()} = {self.expression()}")

    def in_place(self, depth: int, room: int) -> None:
        self.line(depth, f"{self.name()} {self.choose('+=', '-=', '*=')} {self.expression(1)}")

    def swap(self, depth: int, room: int) -> None:
        self.line(depth, f"{self.name()}, {self.name()} = {self.expression(1)}, {self.name()}")

    def item(self, depth: int, room: int) -> None:
        self.line(depth, f"xs[{self.choose(0, 1, -1)}] {self.choose('=', '+=', '*=')} {self.expression(1)}")

    def append(self, depth: int, room: int) -> None:
        self.line(depth, f"xs.append({self.expression(1)})")

    def leave_early(self, depth: int, room: int) -> None:
        self.line(depth, f"if {self.condition()}: return {self.expression(1)}")

    def jump(self, depth: int, room: int) -> None:
        self.line(depth, f"if {self.condition()}: {self.choose('break', 'continue')}")

    def branch(self, depth: int, room: int) -> None:
        self.line(depth, f"if {self.condition()}:")
        self.block(depth + 1, room - 1)
        if self.choose(True, False):
            self.line(depth, f"elif {self.condition()}:")
            self.block(depth + 1, room - 1)
        if self.choose(True, False):
            self.line(depth, "else:")
            self.block(depth + 1, room - 1)

    def count(self, depth: int, room: int) -> None:
        self.line(depth, f"for i in range({self.choose(2, 3, 0)}):")
        self.block(depth + 1, room - 1, loop=True)
        if self.choose(False, True):
            self.line(depth, "else:")
            self.block(depth + 1, room - 1)

    def attribute(self, depth: int, room: int) -> None:
        self.line(depth, f"box.a {self.choose('=', '+=', '*=')} {self.expression(1)}")

    def key(self, depth: int, room: int) -> None:
        self.line(depth, f"d['k'] {self.choose('=', '+=', '*=')} {self.expression(1)}")

    def outer(self, depth: int, room: int) -> None:
        self.line(depth, f"change({self.expression(1)})")

    def swallow(self, depth: int, room: int) -> None:
        self.line(depth, "with suppressed() as s:")
        self.block(depth + 1, room - 1)
        self.line(depth + 1, f"if {self.condition()}: raise ValueError({self.name()})")
        self.line(depth + 1, f"{self.name()} = s * {self.name()}")

    def walk(self, depth: int, room: int) -> None:
        source = self.choose("xs[:3]", f"gen(xs[:3], {self.name()})", "list(xs[:2])", "(x, y)")
        self.line(depth, f"for {self.name()} in {source}:")
        self.block(depth + 1, room - 1, loop=True)

    def repeat(self, depth: int, room: int) -> None:
        self.counters += 1
        counter = f"n{self.counters}"
        self.line(depth, f"{counter} = {self.choose(2, 3)}")
        self.line(depth, f"while {counter} > 0:")
        self.line(depth + 1, f"{counter} -= 1")
        self.block(depth + 1, room - 1, loop=True)

    def attempt(self, depth: int, room: int) -> None:
        self.line(depth, "try:")
        self.block(depth + 1, room - 1)
        self.line(depth + 1, f"if {self.condition()}: raise ValueError({self.name()})")
        self.block(depth + 1, room - 1)
        self.line(depth, "except ValueError as error:")
        self.line(depth + 1, f"{self.name()} = error.args[0] * {self.expression(0)}")
        if self.choose(False, True):
            self.line(depth, "finally:")
            self.block(depth + 1, room - 1)

    def maybe_bound(self, depth: int, room: int) -> None:
        self.line(depth, f"if {self.condition()}: t = {self.expression(1)}")
        self.line(depth, "try:")
        self.line(depth + 1, f"{self.name()} = t * {self.name()}")
        if self.choose(False, True):
            self.line(depth + 1, "del t")
        self.line(depth, "except UnboundLocalError:")
        self.line(depth + 1, f"{self.name()} = {self.expression(1)}")


HELPER = """
def helper(p, q):
    if p > q:
        p = p * 0.5 - q
    return p * q + sin(p)


def gen(values, factor):
    for value in values:
        yield value * factor
        factor = factor * 0.5


class Box:
    def __init__(self, a):
        self.a = a

    def scaled(self, by):
        return self.a * by


class suppressed:
    def __enter__(self):
        return 0.75

    def __exit__(self, kind, error, traceback):
        return kind is ValueError
"""
PROLOGUE = """
    u, v = x * y, 1
    xs = [x, y, 2.0]
    box, d, c = Box(y), {'k': z}, 0.5
    def inner(p):
        return p * c + y
    def change(p):
        nonlocal c
        c = c * 0.5 + p
""".strip("\n")


@st.composite
def programs(draw: Draw) -> str:
    """The source of a function ``f(x, y, z)`` and of what it uses."""
    writer = Writer(draw)
    writer.lines += PROLOGUE.splitlines()
    writer.block(1, 2)
    writer.line(1, f"return {writer.expression()} + xs[0] + u * v + box.a * d['k'] + c")
    return HELPER + f"\n\ndef f({', '.join(PARAMETERS)}):\n" + "\n".join(writer.lines) + "\n"


def define(source: str, functions: dict[str, Any]) -> Callable[..., Any]:
    """The function `f` of `source`, with `functions` for those of `math`."""
    namespace: dict[str, Any] = {**functions, "__name__": "random_program"}
    exec(compile(source, "random_program.py", "exec"), namespace)
    function: Callable[..., Any] = namespace["f"]
    return function


def gradient_by_duals(source: str, args: tuple[float, ...]) -> tuple[float, ...]:
    """The gradient of the program at `args`, one direction after the other."""
    f = define(source, DUAL)
    return tuple(
        dot(f(*[Dual(arg, 1.0) if k == place else arg for k, arg in enumerate(args)])) for place in range(len(args))
    )
