"""What is known of a lifted function: types, modes, activity and usefulness of its values."""

from __future__ import annotations

from collections.abc import Iterable

from bytegrad.adjoint.exact_types import infer_again, infer_types
from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.ignored import find_ignored
from bytegrad.adjoint.items import share_loads
from bytegrad.adjoint.known import BY_IDENTITY, WITHOUT_COTANGENT, Analysis
from bytegrad.adjoint.loops import pair_loops
from bytegrad.adjoint.modes import choose_mode, choose_modes
from bytegrad.adjoint.questions import asks_by_call, only_decides
from bytegrad.ir.nodes import Block, Function, Instr, Operand, Return, Value
from bytegrad.ir.ops import REFINING


def specialise(function: Function, order: list[Block], facts: Facts, types: tuple[type | None, ...]) -> Analysis:
    """What is known of `function` for arguments of these exact `types`: the types of its values and the modes."""
    found = Analysis(function, order)
    for value, kind in zip(function.params, types, strict=True):
        value.type = kind
    infer_types(found, facts)
    found.ignored = find_ignored(found, facts)
    if pair_loops(found, facts):
        infer_types(found, facts)
    choose_modes(found, facts)
    return found


def analyse(found: Analysis, facts: Facts, active: tuple[bool, ...]) -> Analysis:
    """Add to what is known of a specialised function which values matter, given which arguments are `active`."""
    if share_known_loads(found, facts):
        infer_types(found, facts)
        choose_modes(found, facts)
    starts = (v for v, is_active in zip(found.function.params, active, strict=True) if is_active)
    for block in found.order:
        for instr in block.instrs:
            if instr.op in (*REFINING, "same"):
                found.refined[instr.result] = found.refined.get(instr.args[0], instr.args[0])
    _infer_activity(found, starts)
    _find_plain(found)
    _infer_usefulness(found)
    return found


def share_known_loads(found: Analysis, facts: Facts) -> bool:
    """Turn loads of known slots into ``same``; tell whether there were any."""

    def settle(instr: Instr) -> None:
        infer_again(instr, found, facts)
        found.modes[instr] = choose_mode(instr, found, facts)

    return share_loads(found, settle)


def _find_plain(found: Analysis) -> None:
    guarded: set[Operand] = set()
    otherwise: set[Operand] = set()
    for block in found.order:
        for instr in block.instrs:
            (guarded if instr.op in ("is_float", "refine", "same") else otherwise).update(instr.args)
        for operand in block.terminator.operands():
            otherwise.add(operand)
        for edge in block.successors():
            otherwise.update(a for a, p in zip(edge.args, edge.target.params, strict=True) if p in found.active)
    found.plain = {v for v in guarded - otherwise if isinstance(v, Value)}


_SOURCES = frozenset(("generic", "cell", "global", "yield", "item", "slot", "push", "pop", "turn", "parts"))


def carries(kind: type | None) -> bool:
    """Whether values of this exact type have a cotangent by value."""
    return kind not in WITHOUT_COTANGENT and kind not in BY_IDENTITY


def _infer_activity(found: Analysis, starts: Iterable[Value]) -> None:
    """Forward: which values may carry a cotangent.  What comes out of the heap always may."""
    active = found.active
    active.update(v for v in starts if carries(v.type))
    changed = True
    while changed:
        size = len(active)
        for block in found.order:
            for instr in block.instrs:
                mode = found.modes[instr]
                if mode == "native" or asks_by_call(instr, found):
                    continue
                if mode in _SOURCES or any(a in active for a in instr.args):
                    active.update(v for v in instr.results if carries(v.type) and v not in found.fixed)
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    if arg in active and carries(param.type):
                        active.add(param)
        changed = len(active) != size


def _infer_usefulness(found: Analysis) -> None:
    """Backward: which values may influence the result or the heap through derivatives."""
    useful = found.useful
    changed = True
    while changed:
        size = len(useful)
        for block in reversed(found.order):
            if isinstance(block.terminator, Return):
                _add(useful, (block.terminator.value,))
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    if param in useful:
                        _add(useful, (arg,))
            for instr in reversed(block.instrs):
                mode = found.modes[instr]
                if mode == "native" or (mode in ("inline",) and not any(r in useful for r in instr.results)):
                    continue
                if only_decides(instr, found):
                    continue
                if instr.op in ("tuple", "unpack") and not any(r in useful for r in instr.results):
                    continue
                _add(useful, instr.args)
        changed = len(useful) != size


def _add(useful: set[Value], operands: Iterable[Operand]) -> None:
    useful.update(o for o in operands if isinstance(o, Value))
