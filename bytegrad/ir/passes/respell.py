"""One spelling for what Pythons spell differently, so that dumps agree wherever the compiler changed nothing."""

from __future__ import annotations

from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Jump, Operand
from bytegrad.ir.ops import NEVER_RAISES, UNBOUND
from bytegrad.ir.passes.substitute import substitute

BOOLS = frozenset(
    ["is_", "is_not", "not_", "truth", "contains", "not_contains", "exc_match", "is_mapping", "is_sequence"]
)
"""Operations whose results are bools, of which nobody need ask the truth."""


def respell(function: Function) -> None:
    """Put one spelling in the place of those that differ between Pythons.

    From 3.13 on the truth of a condition is asked for apart from the jump or the ``not``, a function's defaults
    and cells are set after it is made, and ``!r`` is an instruction of its own.  Before 3.12 every read of a local
    checks that it is bound.  Two operations of one instruction get a block each where an exception is handled.
    """
    gone = _needless_checks(function)
    truths = _truths_of_bools(function)
    _drop(function, gone | truths)
    substitute(function, {instr.result: instr.args[0] for instr in truths})
    _drop(function, _fold(function))
    function.blocks = [part for block in function.blocks for part in _split(block)]


_FOLDED = frozenset({("not_", "truth"), ("format", "convert")})
"""An operation, and one on its first operand that is part of it in older Pythons."""


def _fold(function: Function) -> set[Instr]:
    """Make one instruction of two; those that are then not needed."""
    definitions = _definitions(function)
    uses = _count_uses(function)
    gone: set[Instr] = set()
    for instr in [instr for block in function.blocks for instr in block.instrs if instr.args]:
        made_by = definitions.get(instr.args[0])
        if made_by is None:
            continue
        if (instr.op, made_by.op) == ("set_function_attribute", "make_function"):
            _give_attribute(made_by, instr)
            gone.add(instr)
        elif (instr.op, made_by.op) in _FOLDED and uses[made_by.result] == 1:
            instr.args = (made_by.args[0], *instr.args[1:])
            instr.static = made_by.static if instr.op == "format" else instr.static
            gone.add(made_by)
    return gone


def _truths_of_bools(function: Function) -> set[Instr]:
    """Each ``truth`` whose operand is a bool already."""
    definitions = _definitions(function)
    truths = [instr for block in function.blocks for instr in block.instrs if instr.op == "truth"]
    return {i for i in truths if i.args[0] in definitions and definitions[i.args[0]].op in BOOLS}


def _definitions(function: Function) -> dict[Operand, Instr]:
    return {value: instr for block in function.blocks for instr in block.instrs for value in instr.results}


def _drop(function: Function, gone: set[Instr]) -> None:
    for block in function.blocks:
        block.instrs = [instr for instr in block.instrs if instr not in gone]


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
    """`block`, cut after each part of its last decoded instruction that may raise into the handler."""
    parts = [block]
    if block.handler is None or not block.instrs or block.instrs[-1].origin < 0:
        return parts
    origin = block.instrs[-1].origin
    raising = [i for i, instr in enumerate(block.instrs) if instr.origin == origin and instr.op not in NEVER_RAISES]
    if len(raising) <= 1:
        return parts
    instrs, terminator = block.instrs, block.terminator
    starts = [0, *(i + 1 for i in raising[:-1])]
    for start, end in zip(starts, [*starts[1:], len(instrs)], strict=True):
        if start:
            following = Block(block.number, handler=Edge(block.handler.target, list(block.handler.args)))
            parts[-1].terminator = Jump(Edge(following))
            parts.append(following)
        parts[-1].instrs = instrs[start:end]
    parts[-1].terminator = terminator
    return parts
