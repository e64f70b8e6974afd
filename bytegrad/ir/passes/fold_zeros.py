"""Absent cotangents disappear: parameters that only carry them, sums and products with them."""

from __future__ import annotations

from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Operand, Value
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.passes.substitute import Replaced, substitute

ABSENT = Const(0)
"""The int 0 stands for a cotangent that is not there."""
_KEEPS_ABSENCE = {"add": 2, "accum": 2, "mul": 1, "neg": 1}
"""Operations whose result is absent if this many of their first operands are."""


def fold_zeros(function: Function) -> None:
    """Replace what is always absent, and ``absent + x`` by ``x``, to a fixpoint."""
    _remove_absent(function)
    while True:
        prune_params(function)
        replaced: Replaced = {}
        for block in function.blocks:
            kept = []
            for instr in block.instrs:
                other = _summand(instr)
                if other is None:
                    kept.append(instr)
                else:
                    replaced[instr.result] = other
            block.instrs = kept
        if not replaced:
            return
        substitute(function, replaced)


def _remove_absent(function: Function) -> None:
    """Find all values that can only be absent, assuming it of each other: the greatest such set.

    Also where parameters pass absence around in a loop that has several entries, which `prune_params` cannot see.
    """
    received = _received(function)
    absent = set(received)
    users: dict[Operand, list[Value]] = {}
    for value, operands in received.items():
        for operand in operands:
            users.setdefault(operand, []).append(value)
    pending = [v for v, operands in received.items() if not all(o in absent or is_absent(o) for o in operands)]
    while pending:
        value = pending.pop()
        if value in absent:
            absent.discard(value)
            pending.extend(user for user in users.get(value, ()) if user in absent)
    if not absent:
        return
    _drop(function, absent)
    substitute(function, dict.fromkeys(absent, ABSENT))


def _received(function: Function) -> dict[Value, list[Operand]]:
    """What each parameter, sum and product gets its absence from."""
    incoming: dict[Block, list[Edge]] = {}
    received: dict[Value, list[Operand]] = {}
    for block in function.blocks:
        for edge in block.successors():
            incoming.setdefault(edge.target, []).append(edge)
        for instr in block.instrs:
            if instr.op in _KEEPS_ABSENCE:
                received[instr.result] = list(instr.args[: _KEEPS_ABSENCE[instr.op]])
    for block in function.blocks[1:]:
        for place, param in enumerate(block.params):
            received[param] = [edge.args[place] for edge in incoming.get(block, ())]
    return received


def _drop(function: Function, absent: set[Value]) -> None:
    for block in function.blocks:
        block.instrs = [i for i in block.instrs if not (len(i.results) == 1 and i.results[0] in absent)]
        for edge in block.successors():
            params = edge.target.params
            edge.args = [a for a, p in zip(edge.args, params, strict=True) if p not in absent]
    for block in function.blocks[1:]:
        block.params = [p for p in block.params if p not in absent]


def _summand(instr: Instr) -> Operand | None:
    """What is left of a sum of which one side is absent."""
    if instr.op not in ("add", "accum"):
        return None
    first, second = instr.args
    if is_absent(first):
        return second
    return first if is_absent(second) else None


def is_absent(operand: Operand) -> bool:
    """Whether a cotangent is known not to be there."""
    return isinstance(operand, Const) and type(operand.value) is int and operand.value == 0
