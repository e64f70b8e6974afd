"""One spelling for what Pythons spell differently, so that dumps agree wherever the compiler changed nothing.
"""

from __future__ import annotations

from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Jump, Operand, Value
from bytegrad.ir.ops import NEVER_RAISES, UNBOUND
from bytegrad.ir.passes.substitute import Replaced, substitute

BOOLS = frozenset("is_ is_not not_ truth contains not_contains exc_match is_mapping is_sequence".split())
"""Operations whose results are bools, of which nobody need ask the truth."""


def respell(function: Function) -> None:
    """Put one spelling in the place of those that differ between Pythons.

    From 3.13 on the truth of a condition is asked for apart from the jump or the ``not``, a function's defaults
    and cells are set after it is made, and ``!r`` is an instruction of its own.  Before 3.12 every read of a local
    checks that it is bound.  Two operations of one instruction get a block each where an exception is handled.
    """
    gone = _needless_checks(function)
    replaced: Replaced = {}
    definitions = {value: instr for block in function.blocks for instr in block.instrs for value in instr.results}
    uses = _count_uses(function)
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
    function.blocks = [part for block in function.blocks for part in _split(block)]


_FOLDED = frozenset({("not_", "truth"), ("format", "convert")})
"""An operation, and one on its first operand that is part of it in older Pythons."""


def _needless_checks(function: Function) -> set[Instr]:
    """The ``check`` instructions of values that are bound whichever way one comes."""
    maybe_unbound: set[Operand] = set()
    size = -1
    while len(maybe_unbound) != size:
        size = len(maybe_unbound)
        for block in function.blocks:
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    if arg in maybe_unbound or _is_unbound(arg):
                        maybe_unbound.add(param)
    checks = [instr for block in function.blocks for instr in block.instrs if instr.op == "check"]
    return {instr for instr in checks if instr.args[0] not in maybe_unbound and not _is_unbound(instr.args[0])}


def _is_unbound(operand: Operand) -> bool:
    return isinstance(operand, Const) and operand.value is UNBOUND


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
            uses[operand] = uses.get(operand, 0) + 1
    return uses


# Blocks ---------------------------------------------------------------------------------------------------------


def _split(block: Block) -> list[Block]:
    """`block`, cut after each instruction that may raise into its handler."""
    parts = [block]
    raising = [i for i, instr in enumerate(block.instrs) if instr.op not in NEVER_RAISES]
    if block.handler is None or len(raising) < len(("first", "second")):
        return parts
    instrs, terminator = block.instrs, block.terminator
    starts = [0, *(i + 1 for i in raising[:-1])]
    for start, end in zip(starts, [*starts[1:], len(instrs)], strict=True):
        if start:
            following = Block(block.number, [], [], terminator, Edge(block.handler.target, list(block.handler.args)))
            parts[-1].terminator = Jump(Edge(following))
            parts.append(following)
        parts[-1].instrs = instrs[start:end]
    parts[-1].terminator = terminator
    return parts
