"""Emits the short ways of subscripts and unpacking whose containers turn out to be arrays, lists, dicts and tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from bytecode import Label

from bytegrad.adjoint.known import type_of
from bytegrad.adjoint.questions import may_answer
from bytegrad.codegen.quiet import QUIET
from bytegrad.codegen.sites import leave_no_step
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr, Operand, Value

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter


def updates_item(e: PrimalEmitter, instr: Instr) -> bool:
    """Whether a subscript is that of ``a[k] += b`` or its like: its operands are copied, or have to be swapped."""
    before = e.lifted.program.instrs[instr.origin - 1].name if instr.origin > 0 else ""
    return before == ("SWAP" if instr.op == "setitem" else "COPY")


def _is_basic(e: PrimalEmitter, key: Operand) -> bool:
    """Whether a subscript certainly gives a view of an array: it is a slice, or has one."""
    items = e.displays[key] if isinstance(key, Value) and key in e.displays else (key,)
    kinds = [type_of(item) for item in items]
    return slice in kinds and all([kind in _OF_VIEWS for kind in kinds])


_OF_VIEWS = (slice, int, type(None), type(...))


def updates_items(e: PrimalEmitter) -> bool:
    """Whether there is an ``a[k] += b`` or its like."""
    stores = [i for block in e.found.order for i in block.instrs if i.op == "setitem"]
    return any([updates_item(e, instr) for instr in stores])


def is_type(e: PrimalEmitter, name: str, kind: type) -> None:
    """Leave on the stack whether what is in `name` is of exactly this type."""
    e.asm.call_const(type, name)
    e.asm.const(kind)
    e.asm.emit("IS_OP", 0)


def subscript(e: PrimalEmitter, code: Any, instr: Instr, slow: Label, end: Label) -> None:
    """Of an array; of a list with an index from the beginning, or of a dict."""
    asm, load = e.asm, Label()
    _subscript_of_array(e, code, instr, end)
    if type_of(instr.args[1]) is slice:
        asm.jump(slow)
        return
    is_type(e, "$o", list)
    not_a_list = Label()
    asm.jump_if("false", not_a_list)
    _is_index(e, instr.args[1], slow)
    asm.jump(load)
    asm.place(not_a_list)
    is_type(e, "$o", dict)
    asm.jump_if("false", slow)
    if may_answer(instr.args[1]):
        asm.call_const(type, "$b")
        asm.const(QUIET["key"])
        asm.emit("CONTAINS_OP", 0)
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


def _subscript_of_array(e: PrimalEmitter, code: Any, instr: Instr, end: Label) -> None:
    """What is a view has no record; of other results the runtime says what it is."""
    asm, other = e.asm, Label()
    gives_view = _is_basic(e, instr.args[1])
    kept = updates_item(e, instr)
    if kept:
        asm.const(None)
        asm.store("$v")
    is_type(e, "$o", np.ndarray)
    asm.jump_if("false", other)
    asm.load("$o")
    asm.load("$b")
    asm.emit(*CURRENT.subscript)
    if kept and gives_view:
        asm.emit("COPY", 1)
        asm.store("$v")
    if instr in e.storage.records:
        asm.emit("COPY", 1)
        asm.store("$t")
        if gives_view:
            asm.const(None)
        else:
            asm.call_const(e.runtime.array_item, "$ctx", "$t", "$o", "$b")
        e.store_record(instr)
    asm.clear("$t", "$o", "$b")
    asm.jump(end)
    asm.place(other)


def store_item(e: PrimalEmitter, code: Any, instr: Instr, end: Label) -> None:
    """Into a list at an index from the beginning, or into a dict under a text; the end of ``a[k] += b`` of an array."""
    asm, slow, not_a_list, store = e.asm, Label(), Label(), Label()
    if code.name == "STORE_SLICE":
        e.build_slice(instr)
    for name in ("$b", "$o", "$t"):
        asm.store(name)
    leave_no_step(e, instr)
    if updates_item(e, instr):
        _store_back(e, instr, end)
    if type_of(instr.args[1]) is slice:
        asm.jump(slow)
    else:
        is_type(e, "$o", list)
        asm.jump_if("false", not_a_list)
        _is_index(e, instr.args[1], slow)
        asm.jump(store)
        asm.place(not_a_list)
        is_type(e, "$o", dict)
        asm.jump_if("false", slow)
        is_type(e, "$b", str)
        asm.jump_if("false", slow)
        asm.place(store)
        for name in ("$t", "$o", "$b"):
            asm.load(name)
        asm.emit("STORE_SUBSCR")
        if instr in e.storage.records:
            asm.const(e.runtime.stored)
            asm.load("$o")
            asm.load("$b")
            asm.const(3)
            asm.emit("BUILD_TUPLE", 4)
            e.store_record(instr)
        asm.jump(end)
    asm.place(slow)
    for name in ("$o", "$b", "$t"):
        asm.load(name)
    asm.emit("BUILD_TUPLE", 3)


def _store_back(e: PrimalEmitter, instr: Instr, end: Label) -> None:
    """The end of ``a[k] += b``: into an array is stored what has been read out of it, a view; nothing is changed."""
    asm, other = e.asm, Label()
    is_type(e, "$o", np.ndarray)
    asm.jump_if("false", other)
    asm.load("$t")
    asm.load("$v")
    asm.emit("IS_OP", 0)
    asm.jump_if("false", other)
    for name in ("$t", "$o", "$b"):
        asm.load(name)
    asm.emit("STORE_SUBSCR")
    if instr in e.storage.records:
        asm.const(None)
        e.store_record(instr)
    asm.clear("$t", "$o", "$b", "$v")
    asm.jump(end)
    asm.place(other)


def unpack_items(e: PrimalEmitter, code: Any, instr: Instr, end: Label) -> None:
    """``a, b = source`` of a tuple or list: its items on the stack."""
    asm, slow = e.asm, Label()
    asm.store("$o")
    leave_no_step(e, instr)
    asm.call_const(type, "$o")
    asm.const(_UNPACKED)
    asm.emit("CONTAINS_OP", 0)
    asm.jump_if("false", slow)
    asm.load("$o")
    asm.replay(code)
    if instr in e.storage.records:
        asm.const(e.runtime.unpacked)
        asm.load("$o")
        asm.emit("BUILD_TUPLE", 2)
        e.store_record(instr)
    asm.jump(end)
    asm.place(slow)
    asm.load("$o")
    asm.emit("BUILD_TUPLE", 1)


_UNPACKED = frozenset((tuple, list))


def _is_index(e: PrimalEmitter, key: Operand, slow: Label) -> None:
    """Go to `slow` unless ``$b`` is an index from the beginning."""
    asm = e.asm
    if type_of(key) is not int:
        is_type(e, "$b", int)
        asm.jump_if("false", slow)
    asm.load("$b")
    asm.const(0)
    asm.emit("COMPARE_OP", CURRENT.comparison("lt"))
    asm.jump_if("true", slow)
