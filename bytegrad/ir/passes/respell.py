"""One spelling for what Pythons spell differently, so that dumps agree wherever the compiler changed nothing.

For reading only: emitted code replays the original instructions, whichever way they are spelled.
"""

from __future__ import annotations

from bytegrad.ir.graph import predecessors, rpo
from bytegrad.ir.nodes import Block, Const, Function, Instr, Jump, Operand, Value
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.passes.substitute import Replaced, substitute
from bytegrad.ir.passes.thread_jumps import thread_jumps

BOOLS = frozenset("is_ is_not not_ truth contains not_contains exc_match is_mapping is_sequence".split())
"""Operations whose results are bools, of which nobody need ask the truth."""


def normalise(function: Function) -> None:
    """Bring `function` to the form in which it is read: one spelling, no needless blocks, reverse post-order."""
    function.blocks = rpo(function)
    prune_params(function)
    respell(function)
    thread_jumps(function)
    _join_ends(function)
    prune_params(function)
    function.blocks = rpo(function)


def respell(function: Function) -> None:
    """Put one spelling in the place of those that differ between Pythons.

    From 3.13 on the truth of a condition is asked for apart from the jump or the ``not``, a function's defaults
    and cells are set after it is made, and ``!r`` is an instruction of its own.
    """
    definitions = {value: instr for block in function.blocks for instr in block.instrs for value in instr.results}
    uses = _count_uses(function)
    replaced: Replaced = {}
    gone: set[Instr] = set()
    for block in function.blocks:
        for instr in block.instrs:
            made_by = definitions.get(instr.args[0]) if instr.args and isinstance(instr.args[0], Value) else None
            if made_by is None:
                continue
            if instr.op == "truth" and made_by.op in BOOLS:
                replaced[instr.result] = instr.args[0]
                gone.add(instr)
            elif instr.op == "set_function_attribute" and made_by.op == "make_function":
                _give_attribute(made_by, instr)
                gone.add(instr)
            elif (instr.op, made_by.op) in _FOLDED and uses[made_by.result] == 1:
                instr.args = (made_by.args[0], *instr.args[1:])
                instr.static = made_by.static if instr.op == "format" else instr.static
                gone.add(made_by)
    for block in function.blocks:
        block.instrs = [instr for instr in block.instrs if instr not in gone]
    substitute(function, replaced)


_FOLDED = frozenset({("not_", "truth"), ("format", "convert")})
"""An operation, and one on its first operand that is part of it in older Pythons."""


def _give_attribute(made: Instr, setter: Instr) -> None:
    """Make the attribute that `setter` sets an operand of `make_function`, in the order of their flags."""
    code, flags = made.static
    before = bin(flags & (setter.static - 1)).count("1")
    made.args = (*made.args[:before], setter.args[1], *made.args[before:])
    made.static = (code, flags | setter.static)


def _count_uses(function: Function) -> dict[Operand, int]:
    uses: dict[Operand, int] = {}
    for block in function.blocks:
        used = [operand for instr in block.instrs for operand in instr.args]
        used += block.terminator.operands()
        used += [operand for edge in block.successors() for operand in edge.args]
        for operand in used:
            if not isinstance(operand, Const):
                uses[operand] = uses.get(operand, 0) + 1
    return uses


def _join_ends(function: Function) -> None:
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
