"""Builds SSA from variables: reads ask for parameters, which are given their operands when all blocks are filled."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any

from bytegrad.ir.graph import dominators, predecessors
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Value

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
        self.defined: dict[Hashable, set[Block]] = {}
        """Where variables, which begin as `ZERO`, are written.  A parameter is but a name for what arrives."""
        self.joins: _Joins | None = None
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
        ends, incoming, joins = self.ends, self.incoming, self.joins
        passed, marks = 0, [start]
        while variable not in ends[block]:
            if len(incoming[block]) == 1:
                block = incoming[block][0][0]
            elif joins is not None and incoming[block] and block not in joins.of(variable):
                # Nothing is written on any way from there.
                block = joins.closest[block]
            else:
                break
            passed += 1
            if passed % _STRIDE == 0:
                marks.append(block)
        found = ends[block].get(variable)
        if found is None:
            found = self._parameter(block, variable) if incoming[block] else Const(ZERO)
            ends[block][variable] = found
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
        self.defined.setdefault(variable, set()).add(block)

    def complete(self) -> None:
        """Give every parameter one operand per edge into its block."""
        self.joins = _Joins(self.blocks, self.defined)
        while self.pending:
            block, variable = self.pending.popleft()
            for source, edge in self.incoming[block]:
                edge.args.append(self.read(variable, source) if source in self.joins.closest else Const(ZERO))


class _Joins:
    """Where different values of a variable meet: the blocks that need a parameter for it, and no others.

    Source: Cytron et al., Efficiently Computing Static Single Assignment Form, TOPLAS 13 (1991).
    """

    def __init__(self, blocks: list[Block], defined: dict[Hashable, set[Block]]) -> None:
        function = Function("", blocks)
        self.closest = {block: closest or block for block, closest in dominators(function).items()}
        """The immediate dominator of each block that can be reached; the entry has itself."""
        self._defined = defined
        self._found: dict[Hashable, set[Block]] = {}
        self._frontiers: dict[Block, set[Block]] = {block: set() for block in self.closest}
        for block, ways in predecessors(function).items():
            sources = [source for source, _, _ in ways if source in self.closest]
            if len(sources) > 1 and block in self.closest:
                self._add_to_frontiers(block, sources)

    def _add_to_frontiers(self, block: Block, sources: list[Block]) -> None:
        for source in sources:
            passed = source
            # Where another source has led past here, all that is above has the block as well.
            while passed is not self.closest[block] and block not in self._frontiers[passed]:
                self._frontiers[passed].add(block)
                passed = self.closest[passed]

    def of(self, variable: Hashable) -> set[Block]:
        """The blocks where values of `variable` meet."""
        found = self._found.get(variable)
        if found is None:
            found = self._found[variable] = set()
            todo = [block for block in self._defined.get(variable, ()) if block in self._frontiers]
            while todo:
                new = self._frontiers[todo.pop()] - found
                found |= new
                todo.extend(new)
        return found


def is_zero(operand: Operand) -> bool:
    """Whether a cotangent is known to be absent."""
    return isinstance(operand, Const) and type(operand.value) is int and operand.value == ZERO
