"""Emits the short ways of arithmetic and subscripts whose operands turn out to be floats, arrays, lists and dicts.

Nothing has to be remembered: the exact types of the operands say that the native instruction is right, and what its
record is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bytecode import Label

from bytegrad.adjoint.known import is_users, type_of
from bytegrad.adjoint.passive import Passive
from bytegrad.codegen.callees import called, passed
from bytegrad.codegen.exact_items import is_type, store_item, subscript, unpack_items, updates_item
from bytegrad.codegen.operator_sites import operator_site
from bytegrad.codegen.sites import Site, leave_no_step, wrapped
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter
    from bytegrad.codegen.ways import Ways

_NUMERIC = (float, int, None)
_NUMBERS = (float, int, complex, None)
_BUILT_IN = frozenset({float, int, complex})
_ARITHMETIC = frozenset(("add", "sub", "mul", "truediv", "iadd", "isub", "imul", "itruediv", "pow", "ipow"))


def is_exact(e: PrimalEmitter, code: Any, instr: Instr) -> bool:
    """Whether it is worth while to look at the operands of an instruction."""
    if instr.origin < 0:
        return False
    kinds = [type_of(arg) for arg in instr.args]
    if instr.op in _ARITHMETIC:
        if any([is_users(kind) for kind in kinds]):
            return all([kind in _NUMERIC or is_users(kind) for kind in kinds])
        return all(kind in _NUMBERS for kind in kinds) and e.runtime.of_floats(instr.op) is not None
    if instr.op == "neg":
        return is_users(kinds[0]) or (kinds[0] is None and e.runtime.of_arrays("neg") is not None)
    if instr.op in ("call", "call_method"):
        return code.name == "CALL" and not instr.static and _is_ufunc(e, instr)
    if instr.op == "setitem":
        return kinds[0] in (None, dict) and (kinds[1] is not slice or updates_item(e, instr))
    if instr.op == "unpack":
        return kinds[0] is None
    return instr.op == "getitem" and kinds[0] is None and code.name in (CURRENT.subscript[0], "BINARY_SLICE")


def _is_ufunc(e: PrimalEmitter, instr: Instr) -> bool:
    _, callee = called(instr, e.origins)
    operands = passed(instr, e.origins)
    return (
        type(callee) is np.ufunc
        and e.runtime.of_arrays(callee) is not None
        and callee.nin == len(operands) <= _MOST
        and all(type_of(operand) in _NUMERIC for operand in operands)
    )


_MOST = 2


def on_exact_types(
    e: PrimalEmitter, code: Any, instr: Instr, end: Label, take_callee: Any, unpack: Label, again: Label
) -> Site | None:
    """The native instruction and its record if types allow; the operands as a tuple behind that.

    An operator or subscript has a site as well, for methods of the user's: it goes on at `unpack` with a pair, or at
    `again` with a step.
    """
    asm, slow, site = e.asm, Label(), None
    if instr.op == "setitem":
        store_item(e, code, instr, end)
        return None
    if instr.op == "unpack":
        unpack_items(e, code, instr, end)
        return None
    operands = passed(instr, e.origins) if instr.op in ("call", "call_method") else instr.args
    names = ("$o", "$b")[: len(operands)]
    if code.name == "BINARY_SLICE":
        e.build_slice(instr)
    for name in reversed(names):
        asm.store(name)
    leave_no_step(e, instr)
    if any([is_users(type_of(arg)) for arg in operands]):
        asm.jump(slow)  # only a site fits
    elif instr.op == "getitem":
        subscript(e, code, instr, slow, end)
    elif instr.op in _ARITHMETIC:
        _arithmetic(e, code, instr, slow, end)
    elif instr.op == "neg":
        _on_arrays(e, instr, slow, names, instr.args, "neg", lambda: asm.replay(code))
    else:
        take_callee()
        _, ufunc = called(instr, e.origins)
        asm.load("$f")
        asm.const(ufunc)
        asm.emit("IS_OP", 0)
        asm.jump_if("false", slow)
        _on_arrays(e, instr, slow, names, operands, ufunc, None)
    asm.jump(end)
    asm.place(slow)
    if instr.op in _ARITHMETIC or instr.op in ("neg", "getitem"):
        unknown = Label()
        site = operator_site(e, instr, names, unknown, unpack, again)
        asm.place(unknown)
    for name in names:
        asm.load(name)
    asm.emit("BUILD_TUPLE", len(names))
    return site


def static_of(e: Ways, instr: Instr) -> Any:
    """What the runtime is told of an instruction: its static operand, and which operands carry nothing."""
    if e.passive is None:
        e.passive = Passive(e.found)
    return e.passive.static(instr)


def _arithmetic(e: PrimalEmitter, code: Any, instr: Instr, slow: Label, end: Label) -> None:
    asm, numbers, others = e.asm, Label(), Label()
    in_place = e.runtime.in_place_rule(instr.op)
    arrays = slow if in_place is None and e.runtime.of_arrays(instr.op) is None else Label()
    untyped = [name for name, operand in zip(("$o", "$b"), instr.args, strict=True) if type_of(operand) is None]
    for name in untyped:
        is_type(e, name, float)
        asm.jump_if("false", others)
    asm.place(numbers)
    asm.load("$o")
    asm.load("$b")
    asm.replay(code)
    if instr in e.storage.records:
        asm.emit("COPY", 1)
        asm.store("$t")
        reversal, steps = e.runtime.of_floats(instr.op, static_of(e, instr))
        asm.const(reversal)
        asm.const(steps)
        asm.load("$o")
        asm.load("$b")
        asm.emit("BUILD_TUPLE", 2)
        asm.load("$t")
        asm.emit("BUILD_TUPLE", 4)
        e.store_record(instr)
    asm.jump(end)
    asm.place(others)
    for name in untyped:
        asm.call_const(type, name)
        asm.const(_BUILT_IN)
        asm.emit("CONTAINS_OP", 0)
        asm.jump_if("false", arrays)
    asm.jump(numbers)
    if arrays is not slow:
        asm.place(arrays)
        if in_place is not None:
            _in_place(e, code, instr, in_place, slow)
            return
        _on_arrays(e, instr, slow, ("$o", "$b"), instr.args, instr.op, lambda: asm.replay(code))


def _on_arrays(
    e: PrimalEmitter, instr: Instr, slow: Label, names: Any, operands: Any, function: Any, native: Any
) -> None:
    """An operator (`native` is its instruction) or a ufunc of an array; another operand is an array or a number."""
    asm, fits = e.asm, Label()
    for name, operand in zip(names, operands, strict=True):
        following = Label()
        if type_of(operand) is None:
            asm.call_const(type, name)
            asm.const(_NUMPYS)
            asm.emit("CONTAINS_OP", 0)
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
        static = static_of(e, instr)
        active, rule = getattr(static, "active", static), e.runtime.of_arrays(function)
        record = e.runtime.recorder(rule, len(names), active or None, e.runtime.number_rule(function))
        asm.call_const(record, "$ctx", "$t", *names)
        if instr.op == "call_method":
            wrapped(e, e.runtime.of_owner)
        e.store_record(instr)
        asm.load("$t")
        # Arrays go as early as they would in a plain call.
        names = ("$t", *names)
    asm.clear(*names)


def _in_place(e: PrimalEmitter, code: Any, instr: Instr, rule: Any, slow: Label) -> None:
    """An operator that writes into an array: what is overwritten is looked at before, the record made behind it."""
    asm = e.asm
    if type_of(instr.args[0]) is not None:
        asm.jump(slow)
        return
    is_type(e, "$o", np.ndarray)
    asm.jump_if("false", slow)
    if type_of(instr.args[1]) is None:
        asm.call_const(type, "$b")
        asm.const(_PARTNERS)
        asm.emit("CONTAINS_OP", 0)
        asm.jump_if("false", slow)
    asm.callee(lambda: asm.const(e.runtime.before_in_place))
    asm.load("$ctx")
    asm.const(rule)
    asm.const(static_of(e, instr))
    asm.load("$o")
    asm.load("$b")
    asm.call(5)
    asm.store("$w")
    asm.load("$w")
    asm.const(NotImplemented)
    asm.emit("IS_OP", 0)
    asm.jump_if("true", slow)
    asm.load("$o")
    asm.load("$b")
    asm.replay(code)
    asm.store("$t")
    absent = Label()
    asm.load("$w")
    asm.emit("COPY", 1)
    asm.jump_if("none", absent)
    asm.emit("POP_TOP")
    asm.call_const_local("$w", "$t")
    asm.place(absent)
    e.store_record(instr)
    asm.load("$t")
    asm.clear("$t", "$o", "$b", "$w")


_NUMPYS = frozenset((np.ndarray, np.float64))
_PARTNERS = _NUMPYS | {float, int}
