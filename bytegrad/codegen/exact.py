"""Emits the short ways of arithmetic and subscripts whose operands turn out to be floats, lists and dicts.

Nothing has to be remembered: the exact types of the operands say that the native instruction is right, and what its
record is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.adjoint.known import type_of
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter

_NUMERIC = (float, int, None)
_ARITHMETIC = frozenset(("add", "sub", "mul", "truediv", "iadd", "isub", "imul", "itruediv"))


def is_exact(e: PrimalEmitter, code: Any, instr: Instr) -> bool:
    """Whether it is worth while to look at the operands of an instruction."""
    if instr.origin < 0 or e.lifted.handler(instr.origin) is not None:
        return False
    kinds = [type_of(arg) for arg in instr.args]
    if instr.op in _ARITHMETIC:
        return all(kind in _NUMERIC for kind in kinds) and e.runtime.of_floats(instr.op) is not None
    return code.name == CURRENT.subscript[0] and instr.op == "getitem" and kinds[0] is None and kinds[1] is not slice


def on_exact_types(e: PrimalEmitter, code: Any, instr: Instr, end: Label) -> None:
    """The native instruction and its record if types allow; the operands as a tuple behind that."""
    asm, slow = e.asm, Label()
    asm.store("$b")
    asm.store("$o")
    if instr.op == "getitem":
        _subscript(e, code, instr, slow)
    else:
        _arithmetic(e, code, instr, slow)
    asm.jump(end)
    asm.place(slow)
    asm.load("$o")
    asm.load("$b")
    asm.emit("BUILD_TUPLE", 2)


def _is_type(e: PrimalEmitter, name: str, kind: type) -> None:
    e.asm.call_const(type, name)
    e.asm.const(kind)
    e.asm.emit("IS_OP", 0)


def _arithmetic(e: PrimalEmitter, code: Any, instr: Instr, slow: Label) -> None:
    asm = e.asm
    for name, operand in zip(("$o", "$b"), instr.args, strict=True):
        if type_of(operand) is None:
            _is_type(e, name, float)
            asm.jump_if("false", slow)
    asm.load("$o")
    asm.load("$b")
    asm.items.append(code.copy())
    if instr in e.storage.records:
        asm.emit("COPY", 1)
        asm.store("$t")
        reversal, steps = e.runtime.of_floats(instr.op)
        asm.const(reversal)
        asm.const(steps)
        asm.load("$o")
        asm.load("$b")
        asm.emit("BUILD_TUPLE", 2)
        asm.load("$t")
        asm.emit("BUILD_TUPLE", 4)
        e.store_record(instr)


def _subscript(e: PrimalEmitter, code: Any, instr: Instr, slow: Label) -> None:
    """Of a list with an index from the beginning, or of a dict."""
    asm, load = e.asm, Label()
    _is_type(e, "$o", list)
    not_a_list = Label()
    asm.jump_if("false", not_a_list)
    if type_of(instr.args[1]) is not int:
        _is_type(e, "$b", int)
        asm.jump_if("false", slow)
    asm.load("$b")
    asm.const(0)
    asm.emit("COMPARE_OP", CURRENT.less_than)
    asm.jump_if("true", slow)
    asm.jump(load)
    asm.place(not_a_list)
    _is_type(e, "$o", dict)
    asm.jump_if("false", slow)
    asm.place(load)
    asm.load("$o")
    asm.load("$b")
    asm.items.append(code.copy())
    if instr in e.storage.records:
        asm.const(e.runtime.read)
        asm.load("$o")
        asm.load("$b")
        asm.const(2)
        asm.emit("BUILD_TUPLE", 4)
        e.store_record(instr)
