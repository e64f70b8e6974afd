"""Operations that ask an object something of which no derivative comes: its truth, what it contains, how it compares.

What a class of the user's does when it is asked is reversed, as any call is; what it answers carries nothing.
"""

from __future__ import annotations

from bytegrad.adjoint.known import UNKNOWN, Analysis, callee_of, is_users, type_of
from bytegrad.ir.nodes import Block, Const, Instr, Operand, Value
from bytegrad.ir.ops import COMPARE

OF_TRUTH = frozenset(("truth", "not_"))
_CONTAINS = frozenset(("contains", "not_contains"))
BY_ITEMS = (list, tuple)
"""Types that are compared by what is in them."""
ASKING = {len: "truth", bool: "truth", range: "any"}
"""Builtins that ask their only argument, and as what."""


def find_truths(order: list[Block]) -> set[Operand]:
    """Values of which the truth is asked for, and nothing else."""
    asked: set[Operand] = set()
    used: set[Operand] = set()
    for block in order:
        for instr in block.instrs:
            (asked if instr.op in OF_TRUTH else used).update(instr.args)
        used.update([arg for edge in block.successors() for arg in edge.args])
        used.update(block.terminator.operands())
    return asked - used


def find_decided(order: list[Block], truths: set[Operand]) -> set[Operand]:
    """Those of `truths` that comparisons gave, which are bools then."""
    return {i.result for block in order for i in block.instrs if i.op in COMPARE and i.result in truths}


def asks(instr: Instr, found: Analysis) -> bool:
    """Whether an operation may ask an object of the user's."""
    if instr.op in OF_TRUTH:
        return instr.args[0] not in found.decided and may_answer(instr.args[0])
    if instr.op in COMPARE:
        return any(map(may_answer, instr.args)) or any([type_of(arg) in BY_ITEMS for arg in instr.args])
    if instr.op in _CONTAINS:
        return _may_be_searched(*instr.args)
    return False


def only_decides(instr: Instr, found: Analysis) -> bool:
    """Whether nothing but a truth is asked for: then the operands get no cotangent by that."""
    return instr.op in OF_TRUTH or (instr.op in COMPARE and instr.result in found.truths)


def asks_by_call(instr: Instr, found: Analysis) -> bool:
    """Whether a call is that of a builtin, without a rule of the user's, that may ask an object of the user's."""
    callee = callee_of(instr, found) if instr.op == "call" and instr.result.type is not UNKNOWN else None
    known = any([callee is asking for asking in ASKING])
    return known and not instr.static and len(instr.args) == 1 + 1 and may_answer(instr.args[1])


def may_answer(operand: Operand) -> bool:
    """Whether a value may be of a class that has methods written in Python."""
    return isinstance(operand, Value) and (operand.type is None or is_users(operand.type))


def _may_be_searched(container: Operand, item: Operand) -> bool:
    if isinstance(container, Const) or type_of(container) in (str, range):
        return False
    return may_answer(container) or may_answer(item)
