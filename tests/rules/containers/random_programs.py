"""Random functions that push numbers through lists, dicts and deques: hypothesis strategies of source text.

A program is made statement by statement; the sizes of its containers are known while it is made, so that every index
is valid and no statement raises.  Two names may stand for one container.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

LONGEST = 9
MOST_STATEMENTS = 12
KEYS = "abcde"


class Program:
    """The text of a function of `x` and a container, and what is known of its variables so far."""

    def __init__(self, draw: Callable[..., Any], containers: dict[str, Any]) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.containers = containers
        """Stand-ins of the program's containers: of the same sizes, with the same keys, holding nothing."""

    def choose(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def name(self) -> str:
        return str(self.choose(*self.containers))

    def item(self) -> str | None:
        """A subscript that is there; None if all containers are empty."""
        filled = [name for name, stand_in in self.containers.items() if stand_in]
        if not filled:
            return None
        name = self.choose(*filled)
        stand_in = self.containers[name]
        if isinstance(stand_in, dict):
            return f"{name}[{self.choose(*stand_in)!r}]"
        return f"{name}[{self.number(-len(stand_in), len(stand_in) - 1)}]"

    def value(self) -> str:
        """An expression of a number, never far from 0."""
        item = self.item() or "x"
        other = self.item() or "r"
        forms = ("r * x", "math.sin(r + x)", f"{item} * 0.7 + x", f"math.cos({item} * r)", f"{item} * {other} * 0.5")
        return str(self.choose("r", "x", item, *forms))

    def add(self, statement: str) -> None:
        """Put a statement into the text, and do it to the stand-ins."""
        self.lines.append(statement)

    def source(self) -> str:
        body = "\n".join(f"    {line}" for line in self.lines)
        return f"def program(x, xs, ys):\n    r = x\n    zs = xs\n{body}\n    return result(r, xs, ys, zs)\n"


def result(r: float, *containers: Any) -> float:
    """A number in which everything counts that a container holds, and where it is."""
    total = r
    weight = 1.0
    for container in containers:
        for item in container.values() if isinstance(container, dict) else container:
            total += weight * math.sin(item) + 0.3 * item
            weight = weight * 1.1 + 0.3
    return total


def compiled(source: str) -> Callable[..., float]:
    """The function of a program's text."""
    namespace: dict[str, Any] = {"math": math, "deque": collections.deque, "result": result}
    exec(compile(source, "<random program>", "exec"), namespace)
    function: Callable[..., float] = namespace["program"]
    return function


# --- statements on sequences -----------------------------------------------------------------------


def _any_index(program: Program, stand_in: Any) -> int:
    return program.number(-len(stand_in), len(stand_in) - 1)


def _slice(program: Program, stand_in: Any) -> slice:
    bounds = st.one_of(st.none(), st.integers(-len(stand_in) - 1, len(stand_in) + 1))
    return slice(program.draw(bounds), program.draw(bounds), program.choose(None, None, 2, -1, 3))


def _text(key: slice) -> str:
    return ":".join("" if part is None else str(part) for part in (key.start, key.stop, key.step))


def _store(program: Program, name: str, s: Any) -> None:
    if s:
        program.add(f"{name}[{_any_index(program, s)}] {program.choose('=', '+=', '*=')} {program.value()}")


def _append(program: Program, name: str, s: Any) -> None:
    program.add(f"{name}.append({program.value()})")
    s.append(None)


def _insert(program: Program, name: str, s: Any) -> None:
    index = program.number(-len(s) - 1, len(s) + 1)
    program.add(f"{name}.insert({index}, {program.value()})")
    s.insert(index, None)


def _pop(program: Program, name: str, s: Any) -> None:
    if s:
        program.add(f"r = {name}.pop() * 0.5 + r")
        s.pop()


def _delete(program: Program, name: str, s: Any) -> None:
    if s:
        index = _any_index(program, s)
        program.add(f"del {name}[{index}]")
        del s[index]


def _remove(program: Program, name: str, s: Any) -> None:
    if s:
        program.add(f"{name}.remove({name}[{_any_index(program, s)}])")
        s.pop()


def _reverse(program: Program, name: str, s: Any) -> None:
    program.add(f"{name}.reverse()")


def _extend(program: Program, name: str, s: Any) -> None:
    values = [program.value() for _ in range(program.number(0, 2))]
    form = program.choose("{0}.extend([{1}])", "{0} += [{1}]", "{0}.extend(v * 2 for v in [{1}])", "{0}.extend(({1}))")
    program.add(form.format(name, "".join(f"{value}, " for value in values)))
    s.extend([None] * len(values))


def _loop(program: Program, name: str, s: Any) -> None:
    form = program.choose(
        "for v in {0}: r = r * 0.6 + v", "r = r * 0.5 + sum({0})", "r = sum(v * x for v in {0}) * 0.3"
    )
    program.add(form.format(name))


def _clear(program: Program, name: str, s: Any) -> None:
    program.add(f"{name}.clear()")
    s.clear()


# --- of lists alone --------------------------------------------------------------------------------


def _pop_at(program: Program, name: str, s: Any) -> None:
    if s:
        index = _any_index(program, s)
        program.add(f"r = r * 0.4 + {name}.pop({index})")
        s.pop(index)


def _slice_read(program: Program, name: str, s: Any) -> None:
    other, key = program.choose("ys", "zs"), _slice(program, s)
    program.add(f"{other} = {name}[{_text(key)}]")
    program.containers[other] = s[key]


def _slice_deleted(program: Program, name: str, s: Any) -> None:
    key = _slice(program, s)
    program.add(f"del {name}[{_text(key)}]")
    del s[key]


def _slice_stored(program: Program, name: str, s: Any) -> None:
    key = _slice(program, s)
    n = program.number(0, 2) if key.step is None else len(s[key])
    values = "".join(f"{program.value()}, " for _ in range(n))
    program.add(f"{name}[{_text(key)}] = {program.choose('[{}]', '({})').format(values)}")
    s[key] = [None] * n


def _made(program: Program, name: str, s: Any) -> None:
    other = program.choose("ys", "zs")
    forms = {
        "{0} = {1}.copy()": 1, "{0} = list({1})": 1, "{0} = [v * x for v in {1}]": 1, "{0} = {1} + [r]": None,
        "{0} = {1}": 0, "_, *{0} = [r, *{1}]": 1, "{0} = list(map(math.sin, {1}))": 1, "{0} = [*reversed({1})]": 1,
    }  # fmt: skip
    form = program.choose(*forms)
    program.add(form.format(other, name))
    program.containers[other] = s if forms[form] == 0 else [*s, None] if forms[form] is None else list(s)


def _repeat(program: Program, name: str, s: Any) -> None:
    times = program.number(0, 2)
    program.add(f"{name} *= {times}")
    s *= times


def _swap(program: Program, name: str, s: Any) -> None:
    if s:
        i, j = _any_index(program, s), _any_index(program, s)
        program.add(f"{name}[{i}], {name}[{j}] = {name}[{j}] * 1.1, {name}[{i}]")


# --- of deques alone -------------------------------------------------------------------------------


def _append_left(program: Program, name: str, s: Any) -> None:
    program.add(f"{name}.appendleft({program.value()})")
    s.appendleft(None)


def _extend_left(program: Program, name: str, s: Any) -> None:
    program.add(f"{name}.extendleft([{program.value()}, {program.value()}])")
    s.extendleft([None, None])


def _pop_left(program: Program, name: str, s: Any) -> None:
    if s:
        program.add(f"r = {name}.popleft() * 0.6 + r")
        s.popleft()


def _rotate(program: Program, name: str, s: Any) -> None:
    program.add(f"{name}.rotate({program.number(-12, 12)})")


def _bounded(program: Program, name: str, s: Any) -> None:
    other, bound = program.choose("ys", "zs"), program.choose(None, 0, 2, 4)
    program.add(f"{other} = deque({name}, {bound})")
    program.containers[other] = collections.deque(s, bound)


def _insert_unbounded(program: Program, name: str, s: Any) -> None:
    if s.maxlen is None:
        _insert(program, name, s)


# --- of dicts --------------------------------------------------------------------------------------


def _key_stored(program: Program, name: str, d: Any) -> None:
    key = program.choose(*KEYS)
    program.add(f"{name}[{key!r}] = {program.value()}")
    d[key] = None


def _key_changed(program: Program, name: str, d: Any) -> None:
    if d:
        program.add(f"{name}[{program.choose(*d)!r}] {program.choose('+=', '*=')} {program.value()}")


def _key_popped(program: Program, name: str, d: Any) -> None:
    key = program.choose(*KEYS)
    program.add(f"r = r * 0.5 + {name}.pop({key!r}, {program.value()})")
    d.pop(key, None)


def _key_deleted(program: Program, name: str, d: Any) -> None:
    if d:
        key = program.choose(*d)
        program.add(f"del {name}[{key!r}]")
        del d[key]


def _key_defaulted(program: Program, name: str, d: Any) -> None:
    key = program.choose(*KEYS)
    program.add(f"r = r * 0.5 + {name}.{program.choose('setdefault', 'get')}({key!r}, {program.value()})")
    if "setdefault" in program.lines[-1]:
        d.setdefault(key)


def _item_popped(program: Program, name: str, d: Any) -> None:
    if d:
        program.add(f"k, v = {name}.popitem(); r = r * 0.3 + v * len(k)")
        d.popitem()


def _updated(program: Program, name: str, d: Any) -> None:
    keys = [program.choose(*KEYS), program.choose(*KEYS)]
    first, second = program.value(), program.value()
    form = program.choose(
        "{0}.update({{'{1}': {3}, '{2}': {4}}})", "{0}.update([('{1}', {3}), ('{2}', {4})])",
        "{0} |= {{'{1}': {3}, '{2}': {4}}}", "{0}.update(dict(zip('{1}{2}', ({3}, {4}))))",
    )  # fmt: skip
    program.add(form.format(name, *keys, first, second))
    d.update(dict.fromkeys(keys))


def _dict_made(program: Program, name: str, d: Any) -> None:
    other, another = program.choose("ys", "zs"), program.name()
    form = program.choose(
        "{0} = {1}.copy()", "{0} = dict({1})", "{0} = {{k: v * x for k, v in {1}.items()}}", "{0} = {1} | {2}",
        "{0} = {{**{1}, **{2}}}", "{0} = dict({1}.items())", "{0} = {1}",
    )  # fmt: skip
    program.add(form.format(other, name, another))
    merged = dict(d) | (program.containers[another] if "{2}" in form else {})
    program.containers[other] = d if form == "{0} = {1}" else merged


def _dict_loop(program: Program, name: str, d: Any) -> None:
    form = program.choose(
        "for v in {0}.values(): r = r * 0.6 + v", "for k, v in {0}.items(): r = r * 0.6 + v * len(k)",
        "r = r * 0.5 + sum({0}.values())", "for k in {0}: {0}[k] = {0}[k] * x", "for k in sorted({0}): r = r + {0}[k]",
    )  # fmt: skip
    program.add(form.format(name))


OF_SEQUENCES = (_store, _append, _pop, _delete, _remove, _reverse, _extend, _loop, _clear)
OF_LISTS = (*OF_SEQUENCES, _insert, _pop_at, _slice_read, _slice_deleted, _slice_stored, _made, _repeat, _swap)
OF_DEQUES = (*OF_SEQUENCES, _append_left, _extend_left, _pop_left, _rotate, _bounded, _insert_unbounded)
OF_DICTS = (
    *(_key_stored, _key_changed, _key_popped, _key_deleted, _key_defaulted, _item_popped, _updated, _dict_made),
    *(_dict_loop, _clear),
)


@st.composite
def programs(draw: Callable[..., Any], statements: tuple[Any, ...], xs: Any, ys: Any) -> str:
    """The text of a program made of `statements`, for containers like `xs` and `ys`."""
    program = Program(draw, {"xs": xs.copy(), "ys": ys.copy()})
    program.containers["zs"] = program.containers["xs"]
    for _ in range(program.number(1, MOST_STATEMENTS)):
        name = program.name()
        stand_in = program.containers[name]
        statement = program.choose(*statements)
        statement(program, name, stand_in)
        if any(len(container) > LONGEST for container in program.containers.values()):
            program.add(f"{name}.clear()")
            program.containers[name].clear()
    return program.source()
