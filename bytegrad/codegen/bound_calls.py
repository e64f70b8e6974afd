"""Emits calls of functions that were compiled along with their caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bytecode import Label

from bytegrad.adjoint.facts import Bound
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter


def bound_call(
    e: PrimalEmitter, instr: Instr, take_callee: Callable[[], None], ask: Callable[[], None], pair: Label
) -> None:
    """The augmented primal of the callee is called in its place: its pair is on the stack at `pair`.

    If the callee, or what its code relies on, is not what it was, the runtime is asked as for any other call.
    """
    asm, bound, other = e.asm, e.found.bound[instr], Label()
    names = [f"$p{index}" for index in range(len(instr.args) - 1)]
    for name in reversed(names):
        asm.store(name)
    take_callee()
    _must_be_as_it_was(e, bound, other)
    asm.callee(lambda: asm.const(bound.augmented))
    asm.load("$ctx")
    for name in names:
        asm.load(name)
    asm.call(1 + len(names))
    asm.jump(pair)
    asm.place(other)
    for name in names:
        asm.load(name)
    asm.emit("BUILD_TUPLE", len(names))
    asm.store("$a")
    ask()


def _must_be_as_it_was(e: PrimalEmitter, bound: Bound, other: Label) -> None:
    asm = e.asm

    def must_be(held: object) -> None:
        asm.const(held)
        asm.emit("IS_OP", 0)
        asm.jump_if("false", other)

    asm.load("$f")
    must_be(bound.function)
    asm.load("$f")
    asm.emit("LOAD_ATTR", CURRENT.attribute("__code__"))
    must_be(bound.function.__code__)
    asm.const(bound.reliance)
    asm.emit("LOAD_ATTR", CURRENT.attribute("holds"))
    asm.jump_if("false", other)
    for name, held in bound.names:
        asm.emit("LOAD_GLOBAL", (False, name))
        must_be(held)
    for name, kind in bound.kinds:
        asm.emit("LOAD_GLOBAL", (False, name))
        asm.store("$a")
        asm.call_const(type, "$a")
        must_be(kind)
