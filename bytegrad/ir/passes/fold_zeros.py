"""Additions of the absent cotangent disappear, and with them the parameters that only carried it."""

from __future__ import annotations

from bytegrad.ir.nodes import Const, Function, Operand
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.passes.substitute import Replaced, substitute


def fold_zeros(function: Function) -> None:
    """Replace ``0 + x`` by ``x``, where 0 is the int that stands for an absent cotangent, to a fixpoint."""
    while True:
        prune_params(function)
        replaced: Replaced = {}
        for block in function.blocks:
            kept = []
            for instr in block.instrs:
                other = _summand(instr.op, instr.args)
                if other is None:
                    kept.append(instr)
                else:
                    replaced[instr.result] = other
            block.instrs = kept
        if not replaced:
            return
        substitute(function, replaced)


def _summand(op: str, args: tuple[Operand, ...]) -> Operand | None:
    """What is left of a sum of which one side is absent."""
    if op not in ("add", "accum"):
        return None
    first, second = args
    if _absent(first):
        return second
    return first if _absent(second) else None


def _absent(operand: Operand) -> bool:
    return isinstance(operand, Const) and type(operand.value) is int and operand.value == 0
