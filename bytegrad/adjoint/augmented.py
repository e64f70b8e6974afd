"""The augmented primal as IR, for reading: what emission inserts between the user's instructions.

Emission itself replays the original bytecode (docs/internals/replay.md); this says the same in the terms of the IR:

- ``%5 = record``: what the generic instruction before it left for its reversal;
- ``%6 = index %3, %4``: the index of an item access, counted from the list's beginning; ``%6 = index %3``: that of the
  item which the iterator of a loop over a list has just given, or which comes to a list's end or leaves it;
- ``save %3 [1]``: the value is kept with the frame, as entry 1 of the record, which is the pullback's
  ``unpack_record``;
- ``push %3, %5``: the block's entry on the tape, which is the ``pop`` of the pullback's block;
- a block's last parameter, where it does not come from the user: the number of the edge by which it was entered;
- ``guard %1, @math.sin``, ``guard_type %2 [@builtins.float]``: what the emitted code relies on;
- ``%9 = with_record %8``: the pair that is returned; where a generator yields, or an exception leaves a function
  whose caller may handle it, ``leave_record``;
- ``%2 = unwound``: at the beginning of a handler, the record that the function left from which the exception came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bytegrad.adjoint.known import Analysis, container_at_end
from bytegrad.adjoint.reverse import exits_of, is_unwinding
from bytegrad.adjoint.storage import Storage
from bytegrad.ir.graph import predecessors
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Return, Terminator, Value

SUSPENDING_FLAGS = 0x2A0
"""Flags of code that is suspended: generators, coroutines, asynchronous generators."""


@dataclass(slots=True)
class Augmented:
    """The augmented primal, and for each of the user's instructions how it is reversed (`Analysis.modes`)."""

    function: Function
    modes: dict[Instr, str]


def augmented_ir(found: Analysis, storage: Storage, guards: Mapping[Value, Any]) -> Augmented:
    """The augmented primal of the analysed function, a copy: `storage` must be that of its reversal.

    `guards` are the values whose identity emitted code relies on.
    """
    return _Copier(found, storage, guards).run()


class _Copier:
    """Copies blocks and instructions, which share their values with the originals."""

    def __init__(self, found: Analysis, storage: Storage, guards: Mapping[Value, Any]) -> None:
        self.found, self.storage, self.guards = found, storage, guards
        self.ways = predecessors(found.function)
        self.slots = {value: index for index, value in enumerate(storage.frame)}
        self.kept = {*storage.frame, *(value for entry in storage.entries.values() for value in entry)}
        self.exits = exits_of(found.order)
        self.copies = {block: Block(block.number, list(block.params)) for block in found.order}
        self.modes: dict[Instr, str] = {}
        self.into: list[Instr] = []
        """The list that instructions are added to."""
        code = found.function.code
        self.suspends = code is not None and bool(code.co_flags & SUSPENDING_FLAGS)

    def run(self) -> Augmented:
        function = self.found.function
        blocks = [part for block in self.found.order for part in self._block(block)]
        copy = Function(f"{function.name}.augmented", blocks, function.names, function.code)
        return Augmented(copy, self.modes)

    # one block ---------------------------------------------------------------------------------------------

    def _block(self, block: Block) -> list[Block]:
        copy = self.copies[block]
        parts = [copy]
        self.into = copy.instrs
        self._enter(block, copy)
        for instr in block.instrs:
            self._before(block, instr)
            self._user(instr)
            if block.handler is not None and instr is block.instrs[-1] and copy.terminator is not None:
                copy.handler = self._edge(block.handler)
                parts.append(self._cut(copy))
            self._after(instr)
        pushes = self._leave(block, parts[-1])
        return _without_empty_end(parts) + pushes

    def _cut(self, copy: Block) -> Block:
        """Go on in a block of its own, where no exception is handled: what is inserted does not raise."""
        following = Block(copy.number)
        copy.terminator = Jump(Edge(following))
        self.into = following.instrs
        return following

    def _enter(self, block: Block, copy: Block) -> None:
        number = self.storage.edges.get(block)
        if number is not None:
            copy.params.append(number)
        for param in copy.params:
            self._save(param)
        if block in self.storage.separate and number is not None:
            self._insert("push", number)
        unwound = self.storage.unwound.get(block)
        if unwound is not None:
            self.into.append(Instr("unwound", (), (unwound,)))
            self._save(unwound)

    def _before(self, block: Block, instr: Instr) -> None:
        if instr.op == "yield" or (is_unwinding(block) and instr is block.instrs[-1]):
            self._number_exit(block)
            self._insert("leave_record")
        if self.found.modes.get(instr) != "turn":
            self._index(instr)

    def _index(self, instr: Instr) -> None:
        index = self.found.keys.get(instr)
        if index is not None and index in self.kept:
            at_end = self.found.modes[instr] in ("push", "pop")
            args = (container_at_end(instr),) if at_end else instr.args[:2]
            self.into.append(Instr("index", args, (index,), None, instr.line))
            self._save(index)

    def _user(self, instr: Instr) -> None:
        copy = Instr(instr.op, instr.args, instr.results, instr.static, instr.line, instr.origin)
        self.into.append(copy)
        self.modes[copy] = self.found.modes.get(instr, "native")

    def _after(self, instr: Instr) -> None:
        if self.found.modes.get(instr) == "turn":
            self._index(instr)
        record = self.storage.records.get(instr)
        if record is not None:
            self.into.append(Instr("record", (), (record,), None, instr.line))
            self._save(record)
        for value in instr.results:
            if value in self.guards:
                self._insert("guard", value, Const(self.guards[value]))
            elif self.found.modes.get(instr) == "global" and value.type is not None:
                self._insert("guard_type", value, static=value.type)
            self._save(value)

    def _save(self, value: Value) -> None:
        if value in self.slots:
            self._insert("save", value, static=self.slots[value])

    def _insert(self, op: str, *args: Operand, static: Any = None) -> None:
        self.into.append(Instr(op, args, (), static))

    # ends --------------------------------------------------------------------------------------------------

    def _leave(self, block: Block, copy: Block) -> list[Block]:
        """End the block; the blocks that it needs on ways on which its entry is pushed."""
        terminator = block.terminator
        if isinstance(terminator, Return):
            self._number_exit(block)
            copy.terminator = self._return(terminator)
            return []
        if not self.storage.carriers.get(block):
            if terminator.edges() and self.storage.entries.get(block):
                self._insert("push", *self.storage.entries[block])
            copy.terminator = self._terminator(terminator)
            return []
        copy.terminator = self._terminator(terminator)
        return [self._push_on(block, way) for way in self._pushing(block, copy)]

    def _pushing(self, block: Block, copy: Block) -> list[Edge]:
        """The edges of `copy` on which the block's own entry is pushed."""
        edges = zip(block.terminator.edges(), copy.terminator.edges(), strict=True)
        return [way for edge, way in edges if self.storage.records_before(block, edge.target)]

    def _push_on(self, block: Block, way: Edge) -> Block:
        between = Block(block.number)
        between.instrs.append(Instr("push", tuple(self.storage.entries[block])))
        between.terminator = Jump(Edge(way.target, way.args))
        way.target, way.args = between, []
        return between

    def _number_exit(self, block: Block) -> None:
        if self.storage.exit is not None:
            self._insert("save", Const(self.exits.index(block)), static=self.slots[self.storage.exit])

    def _return(self, terminator: Return) -> Return:
        if self.suspends:
            self._insert("leave_record")
            return Return(terminator.value)
        pair = Value(-1)
        self.into.append(Instr("with_record", (terminator.value,), (pair,)))
        return Return(pair)

    def _terminator(self, terminator: Terminator) -> Terminator:
        if isinstance(terminator, Jump):
            return Jump(self._edge(terminator.edge))
        if isinstance(terminator, Branch):
            return Branch(terminator.condition, self._edge(terminator.then), self._edge(terminator.otherwise))
        return terminator

    def _edge(self, edge: Edge) -> Edge:
        """A copy of `edge`, which passes its number where the target asks for it."""
        args = list(edge.args)
        if edge.target in self.storage.edges:
            ways = self.ways[edge.target]
            args.append(Const(next(i for i, (_, way, _) in enumerate(ways) if way is edge)))
        return Edge(self.copies[edge.target], args)


def _without_empty_end(parts: list[Block]) -> list[Block]:
    """The parts of a block; the last one, if nothing was inserted there, as the end of the one before."""
    *before, last = parts
    if before and not last.instrs:
        before[-1].terminator = last.terminator
        return before
    return parts
