"""Which values are still needed at the start of each block."""

from __future__ import annotations

from typing import Any

from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Block, Function, Value


def live_in(function: Function) -> dict[Block, set[Value]]:
    """For each block, the values from before it that it or a later one uses.

    A block's own parameters are not among them: they are the block's, and what is passed for them is used by the
    block that the edge comes from.  Blocks that cannot be reached have a set as well.
    """
    order = list(reversed(rpo(function)))
    if len(order) < len(function.blocks):
        reached = set(order)
        order.extend([block for block in function.blocks if block not in reached])
    defined = {block: _defined(block) for block in order}
    needed = {block: _used(block) - defined[block] for block in order}
    following = {block: [edge.target for edge in block.successors()] for block in order}
    live: dict[Block, set[Value]] = {}
    again = True
    while again:
        again = False
        for block in order:
            found = needed[block].copy()
            for target in following[block]:
                if target in live:
                    found |= live[target]
                else:
                    # The end of a loop, whose start is only known at the end of this round.
                    again = True
            found -= defined[block]
            if block in live and len(found) != len(live[block]):
                again = True
            live[block] = found
    return live


def _used(block: Block) -> set[Value]:
    """The values that `block` uses, edges included."""
    # Any: the sets are made of operands at the speed of `set.update`, and only then freed of constants.
    used: set[Any] = set(block.terminator.operands())
    for instr in block.instrs:
        used.update(instr.args)
    for edge in block.successors():
        used.update(edge.args)
    return {operand for operand in used if isinstance(operand, Value)}


def _defined(block: Block) -> set[Value]:
    """The values that `block` defines, its parameters included."""
    defined = set(block.params)
    for instr in block.instrs:
        defined.update(instr.results)
    return defined
