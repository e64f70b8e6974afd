"""The form in which functions are read: the same for the same program, whichever Python compiled it.

For reading only: emitted code replays the original instructions and needs the blocks as they were lifted.
"""

from __future__ import annotations

from bytegrad.ir.graph import predecessors, rpo
from bytegrad.ir.nodes import Block, Edge, Function, Jump, Operand, Return, Value
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.passes.respell import respell
from bytegrad.ir.passes.substitute import Replaced, substitute
from bytegrad.ir.passes.thread_jumps import thread_jumps


def normalise(function: Function) -> None:
    """One spelling, one return, no needless blocks or parameters, blocks in reverse post-order.

    >>> from bytegrad.ir.parse import parse
    >>> from bytegrad.ir.printer import dump
    >>> function = parse('''
    ...     def sign(x):
    ...     b0(%0):
    ...       %1 = gt %0, 0
    ...       %2 = truth %1
    ...       %3 = truth %2
    ...       br %3 ? b1(%0) : b2
    ...     b1(%4):
    ...       return 1.0
    ...     b2:
    ...       return -1.0
    ... ''')
    >>> normalise(function)
    >>> print(dump(function))
    def sign(x):
    b0(%0):
      %1 = gt %0, 0
      %2 = truth %1
      br %2 ? b1(1.0) : b1(-1.0)
    b1(%3):
      return %3
    """
    function.blocks = rpo(function)
    prune_params(function)
    respell(function)
    thread_jumps(function)
    join_ends(function)
    merge_returns(function)
    thread_jumps(function)
    prune_params(function)
    drop_unused_params(function)
    thread_jumps(function)  # blocks that were there for their parameters only
    function.blocks = rpo(function)


def merge_returns(function: Function) -> None:
    """Let all returns jump to one: how often the compiler copies a ``return`` is its own affair."""
    returning = [block for block in function.blocks if isinstance(block.terminator, Return)]
    if len(returning) < len(("first", "second")):
        return
    result = Value(-1)
    end = Block(len(function.blocks), [result], [], Return(result))
    for block in returning:
        assert isinstance(block.terminator, Return)
        block.terminator = Jump(Edge(end, [block.terminator.value]))
    function.blocks.append(end)


def drop_unused_params(function: Function) -> None:
    """Remove block parameters that nothing but other such parameters would read; the entry's stay."""
    sources: dict[Operand, list[Operand]] = {}
    used: list[Operand] = list(function.params)
    for block in function.blocks:
        used += [operand for instr in block.instrs for operand in instr.args]
        used += block.terminator.operands()
        for edge in block.successors():
            for param, arg in zip(edge.target.params, edge.args, strict=True):
                sources.setdefault(param, []).append(arg)
    needed: set[Operand] = set()
    while used:
        operand = used.pop()
        if operand not in needed:
            needed.add(operand)
            used += sources.get(operand, ())
    for block in function.blocks:
        for edge in block.successors():
            pairs = zip(edge.target.params, edge.args, strict=True)
            edge.args = [arg for param, arg in pairs if param in needed]
    for block in function.blocks:
        block.params = [param for param in block.params if param in needed]


def join_ends(function: Function) -> None:
    """Let a block with a handler end as the empty block ends that only it leads to.

    The handler is that of the block's last instruction, which this leaves the last one.
    """
    ways = predecessors(function)
    replaced: Replaced = {}
    joined: set[Block] = set()
    for block in function.blocks:
        while isinstance(block.terminator, Jump) and block.instrs:
            edge = block.terminator.edge
            end = edge.target
            if end.instrs or end.handler is not None or len(ways[end]) != 1 or end is block:
                break
            replaced.update(zip(end.params, edge.args, strict=True))
            block.terminator = end.terminator
            joined.add(end)
    function.blocks = [block for block in function.blocks if block not in joined]
    substitute(function, replaced)
