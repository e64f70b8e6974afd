"""Jumps to jumps, blocks that nothing leads to, and blocks that one jump leads to."""

from __future__ import annotations

from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Block, Edge, Function, Jump, Operand
from bytegrad.ir.passes.substitute import Replaced, substitute


def thread_jumps(function: Function) -> None:
    """Lead jumps past empty blocks, drop unreachable blocks, join blocks that always follow each other.

    The blocks that stay keep their order.  The handler of a block without instructions, where nothing can be
    raised, is dropped as well.
    """
    for block in function.blocks:
        if block.handler is not None and not block.instrs:
            block.handler = None
    order = rpo(function)
    if _bypass_empty(function, order):
        order = rpo(function)
    replaced: Replaced = {}
    kept = set(order) - _join_chains(order, replaced)
    function.blocks = [block for block in function.blocks if block in kept]
    substitute(function, replaced)


# Empty blocks ---------------------------------------------------------------------------------------------------


def _bypass_empty(function: Function, order: list[Block]) -> bool:
    """Lead jumps to an empty block on to where it jumps; whether there were any.

    A handler stays where exceptions land, even if it is empty: its target may be reached by other ways as well.
    """
    empty = _empty_blocks(function)
    if not empty:
        return False
    # Successors first: most edges are then at most one empty block away from where they end.
    for block in reversed(order):
        for edge in block.terminator.edges():
            # As often as there are empty blocks: a loop of nothing but empty blocks would have no end.
            for _ in empty:
                through = empty.get(edge.target)
                if through is None:
                    break
                _lead_on(edge, through)
    return True


def _lead_on(edge: Edge, through: Edge) -> None:
    """Lead `edge`, which goes to a block that only jumps on by the edge `through`, to where that goes."""
    passed: dict[Operand, Operand] = dict(zip(edge.target.params, edge.args, strict=True))
    edge.args = [passed.get(operand, operand) for operand in through.args]
    edge.target = through.target


def _empty_blocks(function: Function) -> dict[Block, Edge]:
    """The blocks that only jump, with their edge, unless others use their parameters."""
    empty: dict[Block, Edge] = {}
    owner: dict[Operand, Block] = {}
    for block in function.blocks[1:]:
        if not block.instrs and isinstance(block.terminator, Jump) and block.terminator.edge.target is not block:
            empty[block] = block.terminator.edge
            owner.update(dict.fromkeys(block.params, block))
    if owner:
        for block in function.blocks:
            for used in _operands(block):
                holder = owner.get(used)
                if holder is not None and holder is not block:
                    empty.pop(holder, None)
    return empty


def _operands(block: Block) -> list[Operand]:
    """All operands that `block` uses."""
    used = [operand for instr in block.instrs for operand in instr.args]
    used.extend(block.terminator.operands())
    for edge in block.successors():
        used.extend(edge.args)
    return used


# Chains ---------------------------------------------------------------------------------------------------------


def _join_chains(order: list[Block], replaced: Replaced) -> set[Block]:
    """Put blocks that one jump leads to at the end of where it comes from; the blocks that are then gone.

    What takes the place of their parameters is noted in `replaced`.
    """
    edges_to = dict.fromkeys(order, 0)
    for block in order:
        for edge in block.terminator.edges():
            edges_to[edge.target] += 1
        if block.handler is not None:
            # Never 1: a handler has to stay a block.
            edges_to[block.handler.target] += 2
    joined: set[Block] = set()
    for block in order:
        if block in joined:
            continue
        while isinstance(block.terminator, Jump) and block.handler is None:
            edge = block.terminator.edge
            follower = edge.target
            if edges_to[follower] != 1 or follower is block:
                break
            joined.add(follower)
            replaced.update(zip(follower.params, edge.args, strict=True))
            block.instrs.extend(follower.instrs)
            block.terminator, block.handler = follower.terminator, follower.handler
    return joined
