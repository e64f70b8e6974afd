"""What a call calls, also where the callee was loaded before the code changed over to its other copy.

The callee is then a parameter of a block.  It is known if all ways there loaded the same; what is emitted for it has to
compare what it finds with that.
"""

from __future__ import annotations

from typing import Any

from bytegrad.adjoint.known import Analysis
from bytegrad.ir.nodes import Const, Instr, Operand, Value

Origin = tuple[str, Any]
"""``("fixed", callee)``; or ``("method", name)``, of an owner that is not known."""
UNKNOWN: Origin = ("", None)
Origins = dict[Value, Origin]


def origins(found: Analysis) -> Origins:
    """Where the values of a function come from, as far as they may be called."""
    known: Origins = {param: UNKNOWN for param in found.order[0].params}
    for block in found.order:
        for instr in block.instrs:
            method = instr.op == "load_method"
            known.update({value: ("method", instr.static) if method else UNKNOWN for value in instr.results})
    known.update({value: ("fixed", callee) for value, callee in found.fixed.items()})
    changed = True
    while changed:
        changed = False
        for block in found.order:
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    changed = _join(known, param, arg) or changed
    return known


def _join(known: Origins, param: Value, arg: Operand) -> bool:
    """Note that `param` may be `arg`; whether that is news."""
    incoming = UNKNOWN if isinstance(arg, Const) else known.get(arg)
    before = known.get(param)
    if incoming is None or before is UNKNOWN:
        return False
    if before is None:
        known[param] = incoming
        return True
    if before[0] == incoming[0] and (before[1] is incoming[1] or (before[0] == "method" and before[1] == incoming[1])):
        return False
    known[param] = UNKNOWN
    return True


def called(instr: Instr, known: Origins) -> Origin:
    """What a call calls."""
    callee = instr.args[0]
    return known.get(callee, UNKNOWN) if isinstance(callee, Value) else ("fixed", callee.value)


def passed(instr: Instr, known: Origins) -> tuple[Operand, ...]:
    """The operands that a function gets, if that is what is called; else also the owner of the method."""
    ahead = 2 if instr.op == "call_method" and called(instr, known)[0] == "fixed" else 1
    return instr.args[ahead:]
