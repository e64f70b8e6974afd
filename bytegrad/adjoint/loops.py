"""Iterators that only loops ask: they give pairs ``(record, item)`` in place of items.

That of an exact list, or of a zip of such lists, goes on giving items: which slot an item was read from, a count of the
turns tells.
"""

from __future__ import annotations

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.known import Analysis, callee_of, type_of
from bytegrad.ir.nodes import Branch, Instr, Operand, Value
from bytegrad.ir.ops import REFINING
from bytegrad.ir.passes.substitute import substitute


def pair_loops(found: Analysis, facts: Facts) -> bool:
    """Turn the ``iter`` of each loop that is not ignored into ``pairs``, or note the lists that it goes through.

    The argument of a generator expression is a loop's iterator too: its ``pairs`` is put at the function's beginning.
    Whether there are loops through several lists at once.
    """
    instrs = [instr for block in found.order for instr in block.instrs]
    makers: dict[Operand, Instr] = {value: instr for instr in instrs for value in instr.results}
    uses: dict[Operand, list[Instr]] = {}
    for instr in instrs:
        for arg in instr.args:
            uses.setdefault(arg, []).append(instr)
    passed = {arg for block in found.order for edge in block.successors() for arg in edge.args}
    passed.update([arg for block in found.order for arg in block.terminator.operands()])
    sources = _sources(found)
    direct = _asked_directly(found)
    for value in sources:
        made = makers.get(value)
        if made is not None and made.op == "iter" and made not in found.ignored:
            source = made.args[0]
            alone = value in direct and uses[source] == [made] and source not in passed
            rows = _rows(makers.get(source), found, facts) if alone else ()
            if type_of(source) is list and value in direct:
                found.sequences[value] = source
            elif rows and _take_apart(value, len(rows), uses, passed, found):
                found.rows[value] = rows
                found.zips.add(makers[source])
            else:
                made.op = "pairs"
    entry = found.order[0]
    for param in entry.params:
        if param in sources:
            items = Value(-1 - param.number)
            substitute(found.function, {param: items})
            entry.instrs.append(Instr("pairs", (param,), (items,)))
    return bool(found.rows)


def _rows(call: Instr | None, found: Analysis, facts: Facts) -> tuple[Operand | None, ...]:
    """The lists that ``zip(...)`` or ``enumerate(...)`` goes through; none if they are not certainly lists."""
    if call is None or call.op != "call" or call in found.ignored:
        return ()
    callee, items = callee_of(call, found), call.args[1:]
    if call.static:
        if callee is not zip or call.static != ("strict",) or type_of(items[-1]) is not bool:
            return ()
        items = items[:-1]
    if callee not in (zip, enumerate) or not items or not all([type_of(arg) is list for arg in items]):
        return ()
    if not facts.is_own(callee) or (callee is enumerate and len(items) > 1):
        return ()
    return items if callee is zip else (None, *items)


def _take_apart(
    iterator: Operand, count: int, uses: dict[Operand, list[Instr]], passed: set[Operand], found: Analysis
) -> bool:
    """Whether all items of an iterator are taken apart at once, and nothing else is done with them."""
    pairs: dict[Instr, Instr] = {}
    for step in uses[iterator]:
        users = [user for user in uses.get(step.result, ()) if user.op != "is_done"]
        if step.result in passed or len(users) != 1 or users[0].op != "unpack" or len(users[0].results) != count:
            return False
        pairs[users[0]] = step
    found.taken_apart.update(pairs)
    return True


def _asked_directly(found: Analysis) -> set[Operand]:
    """Operands of ``next`` that nothing else uses, and that are not passed to other blocks.

    The other copy of the code gets an iterator of its own where a guess fails (codegen/ways).
    """
    asked: set[Operand] = set()
    otherwise: set[Operand] = set()
    for block in found.order:
        for instr in block.instrs:
            (asked if instr.op == "next" else otherwise).update(instr.args)
        guards = bool(block.instrs) and block.instrs[-1].op in REFINING
        for edge in block.successors():
            if not (guards and isinstance(block.terminator, Branch) and edge is block.terminator.otherwise):
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
