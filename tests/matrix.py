"""Programs in every construct of the language, by every path that an active value can take, with and without mutation.

A *path* says how a value is put somewhere, read and overwritten; a *construct* is a piece of code around reads and
writes.  Each combination is a function of one number.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

PRELUDE = """
import asyncio, contextlib, functools

class Box:
    def __init__(self, v):
        self.v = v

class Carrier(Exception):
    pass

@contextlib.contextmanager
def lent(v):
    try:
        yield v * 2.0
    except KeyError:
        pass

def held(v):
    while True:
        new = yield v
        if new is not None:
            v = new
"""


@dataclass(frozen=True)
class Path:
    """`setup` puts `x` somewhere; `read` is an expression; `write` a statement with the new value for ``{}``."""

    setup: str
    read: str
    write: str
    scope: str = "pass"
    """What a nested scope has to declare before it writes."""


PATHS = {
    "local": Path("v = x * 1.0", "v", "v = {}", "nonlocal v"),
    "closure": Path("v = x\ndef get():\n    return v\ndef put(new):\n    nonlocal v\n    v = new", "get()", "put({})"),
    "global": Path("global G\nG = x", "G", "G = {}", "global G"),
    "attribute": Path("o = Box(x)", "o.v", "o.v = {}"),
    "container": Path('d = {"k": [1.0, x]}', 'd["k"][1]', 'd["k"][1] = {}'),
    "exception": Path(
        "try:\n    raise Carrier(x, 1.0)\nexcept Carrier as caught:\n    e = caught", "e.args[0]", "e.args = ({}, 2.0)"
    ),
    "yielded": Path("it = held(x)\nnext(it)", "next(it)", "it.send({})"),
    "default": Path("def h(a=x):\n    return a", "h()", "h.__defaults__ = ({},)"),
    "tuple": Path("t = (1.0, (x,))", "t[1][0]", "t = (1.0, ({},))", "nonlocal t"),
    "class": Path("class C:\n    v = x", "C.v", "C.v = {}"),
}

# R reads; W(...) writes; S declares what a nested scope writes; `r` gathers the result.
CONSTRUCT_TEXTS = """
straight:
    r += R * R
    W(R * x)
loop:
    for i in range(4):
        if i == 3:
            break
        r += R * i
        W(R * 1.5)
    else:
        r = 0.0
while:
    n = 0
    while R < 20.0 and n < 5:
        n += 1
        if n == 2:
            continue
        W(R * R)
        r += R
try:
    try:
        W(R * 2.0)
        r += R
        raise KeyError(R)
    except KeyError as error:
        r += error.args[0] * R
    finally:
        W(R * x)
    r += R
finally:
    def go():
        S
        try:
            return R * R
        finally:
            W(R * 3.0)
    r += go() * R
except*:
    try:
        raise ExceptionGroup('g', [ValueError(R * R), TypeError(R)])
    except* ValueError as group:
        r += group.exceptions[0].args[0]
        W(R * 2.0)
    except* TypeError as group:
        r += group.exceptions[0].args[0] * R
with:
    with lent(R) as two:
        r += two * R
        W(two)
        raise KeyError
    r += R
generator:
    def go():
        S
        for i in range(3):
            got = yield R * i
            W(R * got)
    g = go()
    r += next(g)
    r += g.send(x)
    r += g.send(R)
yield from:
    def inner():
        S
        got = yield R
        W(got * x)
        return R * got
    def outer():
        back = yield from inner()
        yield back
    g = outer()
    r += next(g)
    r += g.send(R * 2.0)
comprehension:
    r += sum([R * i for i in range(3)]) + sum(R * k for k in {1: R, 2: R}.values())
    W(R * x)
match:
    match {'kind': 'a', 'v': [R, R * R]}:
        case {'kind': 'a', 'v': [first, second]} if first > 0:
            r += first * second
            W(second)
        case _:
            r = 0.0
function:
    def go(a, /, b, *rest, c=1.0, **names):
        S
        W(R * a)
        return a * b + sum(rest) * c * names['d']
    r += go(R, x, *[R, 2.0], **{'c': R, 'd': x}) * R
recursion:
    def go(n):
        S
        if n == 0:
            return R
        W(R * 1.1)
        return go(n - 1) * R
    r += go(3)
decorator:
    def twice(f):
        @functools.wraps(f)
        def wrapped(a):
            return f(f(a))
        return wrapped
    @twice
    def go(a):
        S
        W(R * 1.5)
        return a * R
    r += go(x)
class:
    class K:
        S
        a = R * 2.0
        W(a * x)
        def m(self):
            return self.a * R
    r += K().m() + K.a
cache:
    @functools.cache
    def go(a):
        return a * R
    r += go(x) + go(x)
    W(R * 2.0)
    r += go(x)
eval:
    r += eval('u * w', {'u': R, 'w': x})
    names = {'u': R}
    exec('k = u * u', names)
    W(names['k'])
    r += R
coroutine:
    async def part(a):
        S
        await asyncio.sleep(0)
        W(R * a)
        return R * a
    async def main():
        return await part(x) + sum(await asyncio.gather(part(x), part(2.0)))
    r += asyncio.run(main())
condition:
    r += (first := R) * first if R > 0.5 and not R > 100.0 else 0.0
    W(R or 1.0)
    r += R
delete:
    u = R
    w = u * u
    del u
    u = w * x
    W(u)
    r += R * u
"""


def _blocks(text: str) -> dict[str, str]:
    """Named blocks of code: a name at the margin, the code below it."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.strip().splitlines():
        if line.startswith(" "):
            found[name].append(line)
        else:
            name = line.rstrip(":")
            found[name] = []
    return {name: textwrap.dedent("\n".join(lines)) for name, lines in found.items()}


CONSTRUCTS = _blocks(CONSTRUCT_TEXTS)
MUTATIONS = ("none", "inside", "around")


@dataclass(frozen=True)
class Program:
    """One function of the matrix."""

    name: str
    source: str

    def __str__(self) -> str:
        return self.name

    @property
    def function(self) -> Any:
        """The function, made anew."""
        names: dict[str, Any] = {"__name__": __name__}
        exec(compile(PRELUDE + self.source, f"<{self.name}>", "exec"), names)
        return names["program"]


def programs(mutations: tuple[str, ...] = MUTATIONS) -> list[Program]:
    """All combinations."""
    made = []
    for construct, code in CONSTRUCTS.items():
        for name, path in PATHS.items():
            for mutation in mutations:
                made.append(Program(f"{construct}-{name}-{mutation}", _source(code, path, mutation)))
    return made


def _source(code: str, path: Path, mutation: str) -> str:
    lines = [path.setup, "r = 0.0"]
    around = path.write.format(f"{path.read} * x")
    if mutation == "around":
        lines += [around, f"kept = {path.read}"]
    lines.append("\n".join(_line(line, path, mutation == "inside") for line in code.splitlines()))
    if mutation == "around":
        lines += [around, f"r += {path.read} * kept"]
    lines.append("return r")
    return "def program(x):\n" + textwrap.indent("\n".join(lines), "    ")


def _line(line: str, path: Path, writes: bool) -> str:
    indent, text = line[: len(line) - len(line.lstrip())], line.lstrip()
    if text == "S":
        return indent + (path.scope if writes else "pass")
    if text.startswith("W("):
        return indent + (path.write.format(_read(text[2:-1], path)) if writes else "pass")
    return indent + _read(text, path)


def _read(text: str, path: Path) -> str:
    words = []
    word = ""
    for char in text + " ":
        if char.isidentifier() or char.isdigit():
            word += char
            continue
        words.append(path.read if word == "R" else word)
        words.append(char)
        word = ""
    return "".join(words)[:-1]
