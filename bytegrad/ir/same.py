"""Whether two functions are the same but for the numbers of their values and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bytegrad.ir.constants import same_constant
from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Operand, Value


def same(first: Function, second: Function) -> bool:
    """Whether both have the same names, blocks in the same order, instructions and constants.

    Types, homes, lines and origins, which are notes on a function and no part of its meaning, may differ.
    """
    if (first.name, first.names, len(first.blocks)) != (second.name, second.names, len(second.blocks)):
        return False
    return _Matching(first, second).same_blocks()


class _Matching:
    """Pairs of values and of blocks that stand for each other."""

    def __init__(self, first: Function, second: Function) -> None:
        self._blocks = dict(zip(first.blocks, second.blocks, strict=True))
        self._there: dict[Value, Value] = {}
        self._back: dict[Value, Value] = {}

    def same_blocks(self) -> bool:
        return all(self._same_block(first, second) for first, second in self._blocks.items())

    def _same_block(self, first: Block, second: Block) -> bool:
        if len(first.instrs) != len(second.instrs) or type(first.terminator) is not type(second.terminator):
            return False
        edges, others = list(first.successors()), list(second.successors())
        return (
            self._same_operands(first.params, second.params)
            and all(self._same_instr(a, b) for a, b in zip(first.instrs, second.instrs, strict=True))
            and self._same_operands(first.terminator.operands(), second.terminator.operands())
            and len(edges) == len(others)
            and all(self._same_edge(a, b) for a, b in zip(edges, others, strict=True))
        )

    def _same_instr(self, first: Instr, second: Instr) -> bool:
        return (
            first.op == second.op
            and same_constant(first.static, second.static, nans=True)
            and self._same_operands(first.args, second.args)
            and self._same_operands(first.results, second.results)
        )

    def _same_edge(self, first: Edge, second: Edge) -> bool:
        return self._blocks.get(first.target) is second.target and self._same_operands(first.args, second.args)

    def _same_operands(self, first: Sequence[Operand], second: Sequence[Operand]) -> bool:
        return len(first) == len(second) and all(map(self._same_operand, first, second))

    def _same_operand(self, first: Any, second: Any) -> bool:
        if isinstance(first, Const) and isinstance(second, Const):
            return same_constant(first.value, second.value, nans=True)
        if not (isinstance(first, Value) and isinstance(second, Value)):
            return False
        there = self._there.setdefault(first, second)
        return there is second and self._back.setdefault(second, first) is first
