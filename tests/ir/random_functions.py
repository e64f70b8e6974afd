"""Random functions for the tests of the IR, and what running them does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Raise, Return, Value

OPERATIONS = {
    "add": lambda a, b: ((a + b) % 5,),
    "eq": lambda a, b: (int(a == b),),
    "floordiv": lambda a, b: (a // b,),
    "unpack": lambda a, b: divmod(a, b + 1),
    "note": lambda a, b: (),
}
"""Operations of two small integers; `floordiv` raises."""


def random_function(seed: int, size: int) -> Function:
    """A function of `size` blocks at most of which the entry leads somewhere, written as naively as can be.

    Every block has a parameter for each variable, so most parameters are redundant; some blocks cannot be reached,
    some are empty, some loops never end.
    """
    rng = random.Random(seed)
    variables = [f"v{i}" for i in range(rng.randint(1, 4))]
    blocks = [Block(i, [Value(100 * i + k) for k, _ in enumerate(variables)]) for i in range(size)]
    for block in blocks:
        _fill(rng, block, blocks[1:], variables)
    return Function("random", blocks, tuple(variables))


def _fill(rng: random.Random, block: Block, targets: list[Block], variables: list[str]) -> None:
    state: dict[str, Operand] = dict(zip(variables, block.params, strict=True))

    def edge() -> Edge:
        return Edge(rng.choice(targets), [state[name] for name in variables])

    def operand() -> Operand:
        return Const(rng.choice([0, 1, 1, 2])) if rng.random() < 0.2 else rng.choice(list(state.values()))

    for i in range(rng.choice([0, 0, 1, 2, 4])):
        block.handler = edge() if targets and rng.random() < 0.5 else None
        op = rng.choice(list(OPERATIONS))
        results = tuple(Value(100 * block.number + 10 + 2 * i + k) for k in range(len(OPERATIONS[op](1, 1))))
        block.instrs.append(Instr(op, (operand(), operand()), results))
        for result in results:
            state[rng.choice(variables)] = result
    kind = rng.choice(["jump", "jump", "branch", "branch", "return", "raise"])
    if kind == "jump" and targets:
        block.terminator = Jump(edge())
    elif kind == "branch" and targets:
        block.terminator = Branch(operand(), edge(), edge())
    elif kind == "raise" and block.instrs:
        block.terminator = Raise()
    else:
        block.terminator = Return(operand())


functions = st.builds(random_function, st.integers(0, 2**32), st.integers(1, 9))
"""Random functions, as naive as `random_function` writes them."""


def run(function: Function, args: Sequence[int], steps: int = 60) -> list[Any]:
    """What running `function` does: each instruction with its arguments' values, then how it ended, if it did.

    A `Raise` after an instruction that did not raise ends the run just so.
    """
    values: dict[Operand, Any] = {}
    block = function.blocks[0]
    events: list[Any] = []
    passed: list[Any] = list(args)
    for _ in range(10 * steps):
        values.update(zip(block.params, passed, strict=True))
        edge = _run_instrs(block, values, events)
        if len(events) >= steps:
            return events[:steps]
        if edge is None:
            return [*events, "raised"]
        if isinstance(edge, Const | Value):
            return [*events, _value(values, edge)]
        passed = [_value(values, operand) for operand in edge.args]
        block = edge.target
    return events


def _value(values: dict[Operand, Any], operand: Operand) -> Any:
    return operand.value if isinstance(operand, Const) else values[operand]


def _run_instrs(block: Block, values: dict[Operand, Any], events: list[Any]) -> Edge | Operand | None:
    """Where to go on, what to return, or None for an exception that nothing handles."""
    for i, instr in enumerate(block.instrs):
        args = [_value(values, operand) for operand in instr.args]
        events.append((instr.op, *args))
        try:
            results = OPERATIONS[instr.op](*args)
        except ZeroDivisionError:
            return block.handler if i == len(block.instrs) - 1 else None
        values.update(zip(instr.results, results, strict=True))
    terminator = block.terminator
    if isinstance(terminator, Branch):
        return terminator.then if _value(values, terminator.condition) else terminator.otherwise
    if isinstance(terminator, Return):
        return terminator.value
    return terminator.edge if isinstance(terminator, Jump) else None


def same_run(first: list[Any], second: list[Any]) -> bool:
    """Whether two runs did the same as far as both went: empty blocks, which count as steps, may be gone."""
    common = min(len(first), len(second))
    return first[:common] == second[:common] and (common > 0 or first == second)
