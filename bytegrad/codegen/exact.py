"""Emits the short ways of arithmetic and subscripts whose operands turn out to be floats, arrays, lists and dicts.

Nothing has to be remembered: the exact types of the operands say that the native instruction is right, and what its
record is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bytecode import Label

from bytegrad.adjoint.known import call_operands, callee_of, type_of
from bytegrad.adjoint.passive import Passive
from bytegrad.codegen.sites import leave_no_step
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter

_NUMERIC = (float, int, None)
_ARITHMETIC = frozenset(("add", "sub", "mul", "truediv", "iadd", "isub", "imul", "itruediv"))


def is_exact(e: PrimalEmitter, code: Any, instr: Instr) -> bool:
    """Whether it is worth while to look at the operands of an instruction."""
    if instr.origin < 0:
        return False
    kinds = [type_of(arg) for arg in instr.args]
    if instr.op in _ARITHMETIC:
        return all(kind in _NUMERIC for kind in kinds) and e.runtime.of_floats(instr.op) is not None
    if instr.op == "neg":
        return kinds[0] is None and e.runtime.of_arrays("neg") is not None
    if instr.op in ("call", "call_method"):
        return code.name == "CALL" and not instr.static and _is_ufunc(e, instr)
    return code.name == CURRENT.subscript[0] and instr.op == "getitem" and kinds[0] is None and kinds[1] is not slice


def _is_ufunc(e: PrimalEmitter, instr: Instr) -> bool:
    callee = callee_of(instr, e.found)
    operands = call_operands(instr, e.found)
    return (
        type(callee) is np.ufunc
        and e.runtime.of_arrays(callee) is not None
        and callee.nin == len(operands) <= _MOST
        and all(type_of(operand) in _NUMERIC for operand in operands)
    )


_MOST = 2


def on_exact_types(e: PrimalEmitter, code: Any, instr: Instr, end: Label, take_callee: Any) -> None:
    """The native instruction and its record if types allow; the operands as a tuple behind that."""
    asm, slow = e.asm, Label()
    operands = call_operands(instr, e.found) if instr.op in ("call", "call_method") else instr.args
    names = ("$o", "$b")[: len(operands)]
    for name in reversed(names):
        asm.store(name)
    leave_no_step(e, instr)
    if instr.op == "getitem":
        _subscript(e, code, instr, slow)
    elif instr.op in _ARITHMETIC:
        _arithmetic(e, code, instr, slow, end)
    elif instr.op == "neg":
        _on_arrays(e, instr, slow, names, instr.args, "neg", lambda: asm.replay(code))
    else:
        take_callee()
        ufunc = callee_of(instr, e.found)
        asm.load("$f")
        asm.const(ufunc)
        asm.emit("IS_OP", 0)
        asm.jump_if("false", slow)
        _on_arrays(e, instr, slow, names, operands, ufunc, None)
    asm.jump(end)
    asm.place(slow)
    for name in names:
        asm.load(name)
    asm.emit("BUILD_TUPLE", len(names))


def static_of(e: PrimalEmitter, instr: Instr) -> Any:
    """What the runtime is told of an instruction: its static operand, and which operands carry nothing."""
    if e.passive is None:
        e.passive = Passive(e.found)
    return e.passive.static(instr)


def _is_type(e: PrimalEmitter, name: str, kind: type) -> None:
    e.asm.call_const(type, name)
    e.asm.const(kind)
    e.asm.emit("IS_OP", 0)


def _arithmetic(e: PrimalEmitter, code: Any, instr: Instr, slow: Label, end: Label) -> None:
    asm = e.asm
    arrays = slow if e.runtime.of_arrays(instr.op) is None else Label()
    for name, operand in zip(("$o", "$b"), instr.args, strict=True):
        if type_of(operand) is None:
            _is_type(e, name, float)
            asm.jump_if("false", arrays)
    asm.load("$o")
    asm.load("$b")
    asm.replay(code)
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
    if arrays is not slow:
        asm.jump(end)
        asm.place(arrays)
        _on_arrays(e, instr, slow, ("$o", "$b"), instr.args, instr.op, lambda: asm.replay(code))


def _on_arrays(
    e: PrimalEmitter, instr: Instr, slow: Label, names: Any, operands: Any, function: Any, native: Any
) -> None:
    """An operator (`native` is its instruction) or a ufunc of an array; another operand is an array or a number."""
    asm, fits = e.asm, Label()
    for name, operand in zip(names, operands, strict=True):
        following = Label()
        if type_of(operand) is None:
            _is_type(e, name, np.ndarray)
            asm.jump_if("false", following)
            for other, number in zip(names, operands, strict=True):
                if other != name and type_of(number) is None:
                    asm.call_const(type, other)
                    asm.const(_PARTNERS)
                    asm.emit("CONTAINS_OP", 0)
                    asm.jump_if("false", slow)
            asm.jump(fits)
        asm.place(following)
    asm.jump(slow)
    asm.place(fits)
    if native is None:
        asm.call_const_local("$f", *names)
    else:
        for name in names:
            asm.load(name)
        native()
    if instr in e.storage.records:
        asm.store("$t")
        asm.callee(lambda: asm.const(e.runtime.array_record))
        asm.load("$ctx")
        asm.const(e.runtime.of_arrays(function))
        static = static_of(e, instr)
        asm.const(getattr(static, "active", static))
        for name in ("$t", *names):
            asm.load(name)
        asm.call(4 + len(names))
        if instr.op == "call_method":
            _with_owner(e)
        e.store_record(instr)
        asm.load("$t")
        # Arrays go as early as they would in a plain call.
        names = ("$t", *names)
    for name in names:
        asm.const(None)
        asm.store(name)


def _with_owner(e: PrimalEmitter) -> None:
    """The record on the stack as that of a call with one operand more, in front."""
    asm, absent = e.asm, Label()
    asm.emit("COPY", 1)
    asm.jump_if("none", absent)
    asm.const(e.runtime.of_owner)
    asm.emit("SWAP", 2)
    asm.emit("BUILD_TUPLE", 2)
    asm.place(absent)


_PARTNERS = frozenset((np.ndarray, float, int))


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
    asm.replay(code)
    if instr in e.storage.records:
        asm.const(e.runtime.read)
        asm.load("$o")
        asm.load("$b")
        asm.const(2)
        asm.emit("BUILD_TUPLE", 4)
        e.store_record(instr)
