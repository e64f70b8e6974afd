"""What the augmented primal saves, and where the pullback finds it again.

A value that is defined once per call is saved with the frame, in the tuple that the augmented primal returns; a
value of a block that runs many times is saved each time at that block's end, in one entry of the tape.  Where the
only way into the next block is from there, the next block's entry has these values too, and there is one entry less.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bytegrad.ir.graph import Predecessor
from bytegrad.ir.nodes import Block, Instr, Value

Carriers = dict[Block, frozenset[Block]]


@dataclass(slots=True)
class Storage:
    """The layout of the record: `frame` values in order, and for each cyclic block its `entries` in order.

    `edges` are the values that number the way by which a block was entered; `records` are what a generic
    instruction leaves for its reversal.
    """

    cyclic: set[Block]
    defined: dict[Value, Block]
    frame: dict[Value, Value] = field(default_factory=dict)
    entries: dict[Block, dict[Value, None]] = field(default_factory=dict)
    edges: dict[Block, Value] = field(default_factory=dict)
    separate: set[Block] = field(default_factory=set)
    """Cyclic blocks that push the number of their edge at once, since they may be left by an exception."""
    records: dict[Instr, Value] = field(default_factory=dict)
    users: dict[Value, set[Block]] = field(default_factory=dict)
    """The blocks whose reversal needs each saved value."""
    carriers: Carriers = field(default_factory=dict)
    """For a cyclic block, those of its successors whose entries have its values as well as their own."""
    unwound: dict[Block, Value] = field(default_factory=dict)
    """For each handler, the record of the call that an exception left half-done."""
    exit: Value | None = None
    _count: int = 0

    def fresh(self) -> Value:
        self._count += 1
        return Value(-self._count)

    def edge_of(self, block: Block) -> Value:
        """The value that numbers the way into `block`."""
        if block not in self.edges:
            self.edges[block] = value = self.fresh()
            self.defined[value] = block
        return self.edges[block]

    def unwound_of(self, handler: Block) -> Value:
        if handler not in self.unwound:
            self.unwound[handler] = value = self.fresh()
            self.defined[value] = handler
        return self.unwound[handler]

    def record_of(self, instr: Instr, block: Block) -> Value:
        if instr not in self.records:
            self.records[instr] = value = self.fresh()
            self.defined[value] = block
        return self.records[instr]

    def records_before(self, block: Block, target: Block) -> bool:
        """Whether `block` has an entry of its own on the tape when it is left for `target`."""
        return bool(self.entries.get(block)) and target not in self.carriers.get(block, ())

    def in_frame(self, operand: Value, user: Block) -> bool:
        """Whether `operand`, needed when `user` is reversed, is saved with the frame."""
        return user not in self.cyclic or self.defined[operand] not in self.cyclic


def definitions(order: list[Block]) -> dict[Value, Block]:
    """The block that defines each value."""
    defined = {param: block for block in order for param in block.params}
    defined.update((value, block) for block in order for instr in block.instrs for value in instr.results)
    return defined


def carriers(order: list[Block], ways: dict[Block, list[Predecessor]], cyclic: set[Block]) -> Carriers:
    """The successors that are only reached from one block of a cycle, and are run to their end if they are entered."""

    def whole(block: Block) -> bool:
        return block in cyclic and block.handler is None and not is_suspension(block)

    found: Carriers = {}
    for block in order:
        if whole(block):
            targets = {edge.target for edge in block.terminator.edges()}
            found[block] = frozenset(t for t in targets if t.instrs and whole(t) and len(ways[t]) == 1)
    return found


def is_suspension(block: Block) -> bool:
    """Whether the function may stay suspended at the end of `block`."""
    return bool(block.instrs) and block.instrs[-1].op == "yield"
