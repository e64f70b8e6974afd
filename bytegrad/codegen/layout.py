"""Where the values that must be saved are found while the primal runs.

A value that sits in one of the user's locals, or is a cell, whenever it is wanted needs no place of its own; the
others are copied to a fast local of ours (their stash) when they are defined.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bytegrad.adjoint.known import Analysis
from bytegrad.adjoint.reverse import exits_of
from bytegrad.adjoint.storage import Storage
from bytegrad.ir.graph import dominators
from bytegrad.ir.nodes import Block, Const, Operand, Value
from bytegrad.ir.ops import UNBOUND
from bytegrad.lift.builder import FrameState
from bytegrad.lift.function import Lifted


@dataclass(slots=True)
class Layout:
    """`stash` names our own local of a value; the rest is read from the user's frame.

    `initial` are the locals that must hold None from the start, since not every way to the exit assigns them.
    """

    stash: dict[Value, str] = field(default_factory=dict)
    late: dict[Block, list[Value]] = field(default_factory=dict)
    """Values that may be unbound where they are defined: copied at the beginning of the blocks that use them."""
    initial: list[str] = field(default_factory=list)


def find(operand: Operand, state: FrameState) -> str | None:
    """The user's variable that holds `operand` in `state`, if one does."""
    for name, held in state.locals.items():
        if held is operand:
            return name
    return None


def plan_layout(lifted: Lifted, found: Analysis, storage: Storage, ours: set[Value]) -> Layout:
    """Choose a place for every saved value; `ours` are made by us and always have one."""
    layout = Layout()
    exits = exits_of(found.order)
    dominated = dominators(found.function)
    doubtful = _may_be_unbound(found)
    for value in (*storage.frame, *(v for entries in storage.entries.values() for v in entries)):
        if value in doubtful and value not in layout.stash:
            layout.stash[value] = name = f"${len(layout.stash)}"
            layout.initial.append(name)
            for user in storage.users[value]:
                layout.late.setdefault(user, []).append(value)
    for value in storage.frame:
        if value in doubtful:
            continue
        if value in ours or any(find(value, lifted.states[b]) is None for b in exits):
            name = layout.stash.setdefault(value, f"${len(layout.stash)}")
            definer = storage.defined[value]
            if definer.handler is not None or not all(_dominates(definer, b, dominated) for b in exits):
                layout.initial.append(name)
    for block, entries in storage.entries.items():
        for value in entries:
            if value not in layout.stash and (value in ours or find(value, lifted.states[block]) is None):
                layout.stash[value] = f"${len(layout.stash)}"
    return layout


def _may_be_unbound(found: Analysis) -> set[Operand]:
    """Block parameters for variables that have no value on some way."""
    doubtful: set[Operand] = set()
    size = -1
    while len(doubtful) != size:
        size = len(doubtful)
        for block in found.order:
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    if arg in doubtful or (isinstance(arg, Const) and arg.value is UNBOUND):
                        doubtful.add(param)
    return doubtful


def _dominates(definer: Block, block: Block, idom: dict[Block, Block | None]) -> bool:
    walk: Block | None = block
    while walk is not None and walk is not definer:
        above = idom.get(walk)
        walk = above if above is not walk else None
    return walk is definer


__all__ = ["Const", "Layout", "find", "plan_layout"]
