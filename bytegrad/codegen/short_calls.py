"""Emits calls of numpy's functions and methods, and `@`, on plain arrays: the native call, and what makes its record.

The exact types of the operands say that the native call is right.  What makes the record may decline; then, as for
any other operands, the runtime is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.adjoint.known import type_of
from bytegrad.codegen.callees import called, passed
from bytegrad.codegen.sites import leave_no_step
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Const, Instr, Operand
from bytegrad.ir.ops import CALLABLES

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter


def short_of(e: PrimalEmitter, code: Any, instr: Instr) -> Any:
    """What the runtime has for an instruction, if that is called like this; else None."""
    if instr.origin < 0:
        return None
    if instr.op == "matmul":
        return e.runtime.short(CALLABLES[instr.op], 2, (), 0)
    if instr.op not in ("call", "call_method") or code.name not in ("CALL", "CALL_KW"):
        return None
    kind, callee = called(instr, e.origins)
    operands = passed(instr, e.origins)
    if kind == "method":
        if instr.op != "call_method" or type_of(operands[0]) is not None:
            return None
    elif kind != "fixed":
        return None
    return e.runtime.short(callee, len(operands), instr.static or (), len(instr.args) - 1 - len(operands))


def short_call(
    e: PrimalEmitter, code: Any, instr: Instr, short: Any, end: Label, take_callee: Callable[[], None]
) -> None:
    """The short way; behind it the arguments on the stack, and the callee in ``$f``."""
    asm, slow = e.asm, Label()
    of_method = instr.op == "call_method" and called(instr, e.origins)[0] == "method"
    operands = instr.args if instr.op == "matmul" else passed(instr, e.origins)
    by_user = operands[1:] if of_method else operands
    if code.name == "CALL_KW":
        asm.emit("POP_TOP")
    names = [f"$p{index}" for index in range(len(by_user))]
    for name in reversed(names):
        asm.store(name)
    leave_no_step(e, instr)
    if instr.op != "matmul":
        take_callee()
        _check_callee(e, instr, of_method, slow)
    everything = ["$o", *names] if of_method else names
    for name, operand, kinds in zip(everything, operands, short.accepts, strict=True):
        _check_type(e, name, operand, kinds, slow)
    if short.fits is not None:
        asm.call_const(short.fits, names[0])
        asm.jump_if("false", slow)
    if instr.op == "matmul":
        for name in names:
            asm.load(name)
        asm.replay(code)
    else:
        asm.callee(lambda: asm.load("$f"))
        for name in names:
            asm.load(name)
        asm.call(len(names), instr.static or ())
    if instr in e.storage.records:
        asm.store("$t")
        asm.call_const(short.record, "$ctx", "$t", *everything)
        asm.store("$a")
        asm.load("$a")
        asm.const(NotImplemented)
        asm.emit("IS_OP", 0)
        asm.jump_if("true", slow)
        asm.load("$a")
        e.store_record(instr)
        asm.load("$t")
        everything = ["$t", "$a", *everything]
    asm.clear(*everything)
    asm.jump(end)
    asm.place(slow)
    for name in names:
        asm.load(name)


def _check_callee(e: PrimalEmitter, instr: Instr, of_method: bool, slow: Label) -> None:
    """A fixed callee is what it was; a method is one of C, whose owner goes to ``$o``."""
    asm = e.asm
    if not of_method:
        asm.load("$f")
        asm.const(called(instr, e.origins)[1])
        asm.emit("IS_OP", 0)
        asm.jump_if("false", slow)
        return
    asm.call_const(type, "$f")
    asm.const(BuiltinFunctionType)
    asm.emit("IS_OP", 0)
    asm.jump_if("false", slow)
    asm.load("$f")
    asm.emit("LOAD_ATTR", CURRENT.attribute("__self__"))
    asm.store("$o")


def _check_type(e: PrimalEmitter, name: str, operand: Operand, kinds: frozenset[type], slow: Label) -> None:
    asm = e.asm
    known = type(operand.value) if isinstance(operand, Const) else type_of(operand)
    if known in kinds:
        return
    asm.call_const(type, name)
    if len(kinds) == 1:
        asm.const(next(iter(kinds)))
        asm.emit("IS_OP", 0)
    else:
        asm.const(kinds)
        asm.emit("CONTAINS_OP", 0)
    asm.jump_if("false", slow)
