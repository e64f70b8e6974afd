"""Builds SSA from variables: reads ask for parameters, which are given their operands when all blocks are filled."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any

from bytegrad.ir.nodes import Block, Branch, Const, Edge, Instr, Jump, Operand, Value

ZERO = 0
"""The absent cotangent: the number that any cotangent can be added to."""

_STRIDE = 16
"""Of the blocks that a read passes, one in so many remembers what was found: a bound on time, and on memory."""


class Builder:
    """Blocks of a pullback under construction, with variables that are turned into SSA values."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.ends: dict[Block, dict[Hashable, Operand]] = {}
        self.incoming: dict[Block, list[tuple[Block, Edge]]] = {}
        self.pending: deque[tuple[Block, Hashable]] = deque()
        self.homes: dict[Hashable, str] = {}
        self.written: dict[Hashable, set[Block]] = {}
        """Where variables, which begin as `ZERO`, are given something else."""
        self._count = 0
        self.block = self.new_block()

    def new_block(self) -> Block:
        block = Block(len(self.blocks))
        self.blocks.append(block)
        self.ends[block] = {}
        self.incoming[block] = []
        return block

    def value(self, kind: type | None = None, home: str | None = None) -> Value:
        self._count += 1
        return Value(self._count - 1, kind, home)

    def emit(
        self, op: str, *args: Operand, static: Any = None, home: str | None = None, line: int | None = None
    ) -> Value:
        return self.emits(op, 1, *args, static=static, home=home, line=line)[0]

    def emits(
        self, op: str, n: int, *args: Operand, static: Any = None, home: str | None = None, line: int | None = None
    ) -> tuple[Value, ...]:
        results = tuple(self.value(home=home) for _ in range(n))
        self.block.instrs.append(Instr(op, args, results, static, line))
        return results

    # edges -------------------------------------------------------------------------------------------------

    def edge(self, source: Block, target: Block) -> Edge:
        edge = Edge(target)
        self.incoming[target].append((source, edge))
        return edge

    def jump(self, source: Block, target: Block) -> None:
        source.terminator = Jump(self.edge(source, target))

    def branch(self, source: Block, condition: Operand, then: Block, otherwise: Block) -> None:
        source.terminator = Branch(condition, self.edge(source, then), self.edge(source, otherwise))

    # variables ---------------------------------------------------------------------------------------------

    def home(self, variable: Hashable) -> str:
        """The fast local of a variable."""
        return self.homes.setdefault(variable, f"d{len(self.homes)}")

    def read(self, variable: Hashable, block: Block | None = None) -> Operand:
        """The variable's value at the end of `block`: all edges into filled blocks must be known by now."""
        start = block = block or self.block
        ends, incoming = self.ends, self.incoming
        passed, marks = 0, [start]
        while variable not in ends[block] and len(incoming[block]) == 1:
            block = incoming[block][0][0]
            passed += 1
            if passed % _STRIDE == 0:
                marks.append(block)
        found = ends[block].get(variable)
        if found is None:
            found = self._parameter(block, variable) if self.incoming[block] else Const(ZERO)
            self.ends[block][variable] = found
        for mark in marks:
            # So that the next read along this way finds it sooner.
            ends[mark].setdefault(variable, found)
        return found

    def _parameter(self, block: Block, variable: Hashable) -> Value:
        value = self.value(home=self.home(variable))
        block.params.append(value)
        self.pending.append((block, variable))
        return value

    def write(self, variable: Hashable, operand: Operand, block: Block | None = None) -> None:
        """Give the variable this value, at the end of `block`."""
        block = block or self.block
        self.ends[block][variable] = operand
        if not is_zero(operand):
            self.written.setdefault(variable, set()).add(block)

    def complete(self) -> None:
        """Give every parameter one operand per edge into its block."""
        reach = {variable: self._after(blocks) for variable, blocks in self.written.items()}
        while self.pending:
            block, variable = self.pending.popleft()
            reached = reach.get(variable)
            for source, edge in self.incoming[block]:
                # Where nothing has been written yet no parameters are asked for: most variables live in few blocks.
                is_absent = reached is not None and source not in reached
                edge.args.append(Const(ZERO) if is_absent else self.read(variable, source))

    def _after(self, blocks: set[Block]) -> set[Block]:
        """These blocks, and those that can be reached from them."""
        found, todo = set(blocks), list(blocks)
        while todo:
            for edge in todo.pop().successors():
                if edge.target not in found:
                    found.add(edge.target)
                    todo.append(edge.target)
        return found


def is_zero(operand: Operand) -> bool:
    """Whether a cotangent is known to be absent."""
    return isinstance(operand, Const) and type(operand.value) is int and operand.value == ZERO
