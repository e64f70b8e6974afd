"""Leave out what nobody reads: operations that may be left out, and parameters of blocks."""

from __future__ import annotations

from collections.abc import Container

from bytegrad.ir.nodes import Function, Instr, Operand, Value


def remove_dead(function: Function, optional: Container[Instr]) -> None:
    """Drop the `optional` instructions and the parameters that nothing else depends on; the entry keeps its own."""
    alive = _alive(function, optional)
    for block in function.blocks:
        block.instrs = [i for i in block.instrs if i not in optional or any(r in alive for r in i.results)]
        for edge in block.successors():
            if edge.target is not function.blocks[0]:
                edge.args = [a for p, a in zip(edge.target.params, edge.args, strict=True) if p in alive]
    for block in function.blocks[1:]:
        block.params = [param for param in block.params if param in alive]


def _alive(function: Function, optional: Container[Instr]) -> set[Operand]:
    """The values that something depends on which is not left out."""
    sources: dict[Operand, list[Operand]] = {}
    work: list[Operand] = []
    for block in function.blocks:
        for instr in block.instrs:
            for result in instr.results:
                sources.setdefault(result, []).extend(instr.args)
            if instr not in optional:
                work.extend(instr.args)
        work.extend(block.terminator.operands())
        for edge in block.successors():
            for param, arg in zip(edge.target.params, edge.args, strict=True):
                sources.setdefault(param, []).append(arg)
    alive: set[Operand] = set()
    while work:
        operand = work.pop()
        if isinstance(operand, Value) and operand not in alive:
            alive.add(operand)
            work.extend(sources.get(operand, ()))
    return alive
