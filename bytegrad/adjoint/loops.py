"""Iterators that only loops ask: they give pairs ``(record, item)`` in place of items.

That of an exact list goes on giving items: which slot an item was read from, a count of the turns tells.
"""

from __future__ import annotations

from bytegrad.adjoint.known import Analysis, type_of
from bytegrad.ir.nodes import Instr, Operand, Value
from bytegrad.ir.passes.substitute import substitute


def pair_loops(found: Analysis) -> None:
    """Turn the ``iter`` of each loop that is not ignored into ``pairs``, or note the list that it goes through.

    The argument of a generator expression is a loop's iterator too: its ``pairs`` is put at the function's beginning.
    """
    instrs = [instr for block in found.order for instr in block.instrs]
    makers: dict[Operand, Instr] = {value: instr for instr in instrs for value in instr.results}
    sources = _sources(found)
    direct = _asked_directly(found)
    for value in sources:
        made = makers.get(value)
        if made is not None and made.op == "iter" and made not in found.ignored:
            if type_of(made.args[0]) is list and value in direct:
                found.sequences[value] = made.args[0]
            else:
                made.op = "pairs"
    entry = found.order[0]
    for param in entry.params:
        if param in sources:
            items = Value(-1 - param.number)
            substitute(found.function, {param: items})
            entry.instrs.append(Instr("pairs", (param,), (items,)))


def _asked_directly(found: Analysis) -> set[Operand]:
    """Operands of ``next`` that nothing else uses, and that are not passed to other blocks."""
    asked: set[Operand] = set()
    otherwise: set[Operand] = set()
    for block in found.order:
        for instr in block.instrs:
            (asked if instr.op == "next" else otherwise).update(instr.args)
        for edge in block.successors():
            otherwise.update(edge.args)
    return asked - otherwise


def _sources(found: Analysis) -> set[Operand]:
    """Where the operands of ``next`` come from, through the parameters of blocks."""
    incoming: dict[Operand, list[Operand]] = {}
    for block in found.order:
        for edge in block.successors():
            for param, arg in zip(edge.target.params, edge.args, strict=True):
                incoming.setdefault(param, []).append(arg)
    work: list[Operand] = [i.args[0] for block in found.order for i in block.instrs if i.op == "next"]
    sources: set[Operand] = set()
    while work:
        operand = work.pop()
        if operand not in sources:
            sources.add(operand)
            work.extend(incoming.get(operand, ()))
    return sources
