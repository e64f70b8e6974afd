"""How each operation of a function is reversed: the modes of `Analysis`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bytegrad.adjoint.exact_types import is_inert, unpacks_constants
from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.ignored import mode_in
from bytegrad.adjoint.known import (
    NATIVE,
    RANGE_ITERATOR,
    REAL,
    UNKNOWN,
    Analysis,
    at_end,
    call_operands,
    callee_of,
    is_item,
    type_of,
)
from bytegrad.adjoint.questions import asks, asks_by_call, find_decided, find_truths, may_answer
from bytegrad.ir.nodes import Const, Instr
from bytegrad.ir.ops import BINARY, GUARDING, REFINING, UNARY

Choose: TypeAlias = Callable[[Instr, Analysis, Facts], str]
"""The mode of an operation."""


def choose_modes(found: Analysis, facts: Facts) -> None:
    """The mode of every operation, from the types of its operands."""
    found.truths = find_truths(found.order)
    found.decided = find_decided(found.order, found.truths)
    for block in found.order:
        for instr in block.instrs:
            found.modes[instr] = choose_mode(instr, found, facts)


def choose_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    """The mode of one operation."""
    if asks(instr, found):
        mode = _other_mode(instr, found, facts)
        return mode_in(mode) if instr in found.ignored else mode
    if instr.op in NATIVE or unpacks_constants(instr):
        return "native"
    choose = _CHOOSE.get(instr.op, _other_mode)
    mode = choose if isinstance(choose, str) else choose(instr, found, facts)
    return mode_in(mode) if instr in found.ignored else mode


def _other_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "generic" if facts.handles(instr.op) else "native"


def _slice_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    """Bounds are whole numbers most often; others may be read out of the slice again, as `np.mgrid` does."""
    is_plain = all([isinstance(arg, Const) or type_of(arg) in (int, bool, type(None)) for arg in instr.args])
    return "native" if is_plain else "build"


def _unpack_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if instr in found.taken_apart:
        return "parts"
    return "build" if type_of(instr.args[0]) is tuple else "generic"


def _item_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "item" if is_item(instr) else _other_mode(instr, found, facts)


def _function_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "function" if _sets_defaults(instr) else "native"


def _global_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "native" if instr.result in found.fixed else "global"


def _attribute_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if instr.result in found.fixed or instr.result in found.methods or is_inert(instr.args[0], facts):
        return "native"
    if instr.op == "getattr" and facts.is_slot(type_of(instr.args[0]), instr.static, False):
        return "slot"
    return "generic"


def _store_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "slot" if facts.is_slot(type_of(instr.args[0]), instr.static, True) else _other_mode(instr, found, facts)


def _loop_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if instr.result in found.sequences or instr.result in found.rows:
        return "native"
    if instr.args[0] in found.sequences or instr.args[0] in found.rows:
        return "turn"
    if type_of(instr.args[0]) in (range, RANGE_ITERATOR):
        return "native"
    return _other_mode(instr, found, facts)


def _sets_defaults(instr: Instr) -> bool:
    which = instr.static if instr.op == "set_function_attribute" else instr.static[1]
    return bool(which & 1)


def _arithmetic_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if instr.result.type not in REAL:
        return "generic"
    from_ops = facts.operator(instr.op)
    if facts.partials(from_ops) is None:
        return "native" if facts.constant(from_ops) else "generic"
    found.callees[instr] = from_ops
    return "inline"


def _append_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return at_end(instr, found) or _other_mode(instr, found, facts)


def _call_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    mode = at_end(instr, found)
    if mode is not None:
        return mode
    if instr in found.zips:
        return "native"
    found.bound.pop(instr, None)
    callee = callee_of(instr, found)
    if callee is None or instr.static:
        return "generic"
    operands = call_operands(instr, found)
    if callee is type and len(operands) == 1 and facts.is_own(type):
        return "native"
    bound = facts.bound(callee, [type_of(operand) for operand in operands]) if instr.op == "call" else None
    if bound is not None:
        found.bound[instr] = bound
        return "generic"
    if instr.result.type is not UNKNOWN:
        rule = facts.partials(callee)
        if rule is not None and len(rule[0]) == len(operands):
            found.callees[instr] = callee
            return "inline"
        if facts.constant(callee) and not asks_by_call(instr, found):
            return "native"
    return "generic"


def _convert_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return _other_mode(instr, found, facts) if may_answer(instr.args[0]) else "build"


def _raise_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "raise" if instr.args and facts.handles("raise") else "native"


_CHOOSE: dict[str, str | Choose] = {
    **dict.fromkeys((*BINARY, *UNARY), _arithmetic_mode),
    **dict.fromkeys(("tuple", "list", "dict", "set", "string", "async_gen_wrap"), "build"),
    **dict.fromkeys((*REFINING, "same"), "refine"),
    **dict.fromkeys(("make_cell", "free_cell", "load_cell", "store_cell", "delete_cell"), "cell"),
    **dict.fromkeys(("make_function", "set_function_attribute"), _function_mode),
    **dict.fromkeys(("getitem", "setitem"), _item_mode),
    **dict.fromkeys(("getattr", "load_method"), _attribute_mode),
    **dict.fromkeys(("call", "call_method"), _call_mode),
    **dict.fromkeys(("iter", "next", "pairs"), _loop_mode),
    "slice": _slice_mode,
    "raise": _raise_mode,
    "convert": _convert_mode,
    "setattr": _store_mode,
    "list_append": _append_mode,
    "unpack": _unpack_mode,
    "yield": "yield",
    "view": "view",
    **dict.fromkeys(GUARDING, "native"),
    "load_global": _global_mode,
}
