"""Emits the short ways of operators of the user's classes: by the method that was found for the same types before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bytecode import Label

from bytegrad.adjoint.known import type_of
from bytegrad.codegen.sites import Site, must_be_of_type, open_site
from bytegrad.ir.nodes import Instr

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter

OPERATOR = 3
"""Width of an entry, without types: ``(token, swapped, augmented)``."""


def operator_site(
    e: PrimalEmitter, instr: Instr, names: tuple[str, ...], slow: Label, unpack: Label, again: Label
) -> Site:
    """The call of a method that answers for the operands in `names`: its pair on the stack at `unpack`.

    At `slow` nothing is on the stack.  If the method does not know, the others are asked: there is a step at `again`.
    """
    asm = e.asm
    untyped = tuple([index for index, operand in enumerate(instr.args) if type_of(operand) is None])
    site = Site(OPERATOR, untyped)
    open_site(e, instr, site, slow)
    for index in untyped:
        must_be_of_type(e, names[index], f"$k{index}", slow)
    if len(names) == 1 or instr.op == "getitem":
        # Whatever the method gives is the value.
        _ask(e, names)
        asm.jump(unpack)
        return site
    swapped, answered = Label(), Label()
    asm.load("$k")
    asm.jump_if("true", swapped)
    _ask(e, names)
    asm.jump(answered)
    asm.place(swapped)
    _ask(e, names[::-1])
    asm.store("$a")
    asm.call_const(e.runtime.swapped, "$a")
    asm.place(answered)
    asm.store("$a")
    _unless_answered(e, instr, names, again)
    asm.load("$a")
    asm.jump(unpack)
    return site


def _ask(e: PrimalEmitter, names: tuple[str, ...]) -> None:
    e.asm.callee(lambda: e.asm.load("$h"))
    e.asm.load("$ctx")
    for name in names:
        e.asm.load(name)
    e.asm.call(1 + len(names))


def _unless_answered(e: PrimalEmitter, instr: Instr, names: tuple[str, ...], again: Label) -> None:
    """If the value in the pair ``$a`` is NotImplemented, the others are asked."""
    asm, answered = e.asm, Label()
    asm.load("$a")
    asm.emit("UNPACK_SEQUENCE", 2)
    asm.emit("POP_TOP")
    asm.const(NotImplemented)
    asm.emit("IS_OP", 0)
    asm.jump_if("false", answered)
    asm.callee(lambda: asm.const(e.runtime.ask_others))
    asm.load("$ctx")
    asm.const(instr.op)
    for name in (*names, "$a"):
        asm.load(name)
    asm.call(3 + len(names))
    asm.jump(again)
    asm.place(answered)
