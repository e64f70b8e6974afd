"""Emits the loop by which emitted code takes the steps that the runtime gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.codegen.exact import static_of
from bytegrad.codegen.sites import Site
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Instr
from bytegrad.ir.ops import COMPARE, NULL, SELF

if TYPE_CHECKING:
    from bytegrad.codegen.ways import Ways


def take_callee(e: Ways, instr: Instr) -> None:
    """Leave the callee, which is on the stack with its marker, in ``$f``."""
    asm, marker = e.asm, e.lifted.slots.get(instr)
    if marker is None:
        asm.store("$f")
    elif (marker.value is NULL) is CURRENT.null_first and marker.value is not SELF:
        asm.store("$f")
        asm.emit("POP_TOP")
    else:
        asm.emit("POP_TOP")
        asm.store("$f")


def trampoline(
    e: Ways,
    instr: Instr,
    site: Site | None = None,
    unpack: Label | None = None,
    again: Label | None = None,
    store: Callable[[], None] | None = None,
) -> None:
    """Step until the runtime says that the value is there; the record goes to its place, or where `store` puts it.

    At a `site`, the runtime may note the short way; which joins with its pair at `unpack`, or with
    a step at `again`.
    """
    asm = e.asm
    again, done, unpack = again or Label(), Label(), unpack or Label()
    protected = instr.origin >= 0 and e.lifted.handler(instr.origin) is not None
    functions = e.runtime.guarded if protected else e.runtime.generic
    at_sites = e.runtime.guarded_at_sites if protected else e.runtime.at_sites
    asm.callee(lambda: asm.const(functions[instr.op] if site is None else at_sites[instr.op]))
    asm.load("$ctx")
    if instr.op in ("call", "call_method", "call_ex"):
        asm.load("$f")
    asm.load("$a")
    asm.const(_static(e, instr))
    if site is not None:
        asm.const(site)
    asm.call((4 if instr.op in ("call", "call_method", "call_ex") else 3) + (site is not None))
    asm.place(again)
    asm.emit("UNPACK_SEQUENCE", 3)
    for name in ("$g", "$a", "$n"):
        asm.store(name)
    asm.load("$g")
    asm.jump_if("none", done)
    asm.callee(lambda: asm.load("$g"))
    asm.load("$a")
    asm.emit("CALL_FUNCTION_EX", 0)
    asm.load("$n")
    asm.jump_if("none", unpack)
    asm.store("$a")
    asm.call_const_local("$n", "$a")
    asm.emit(CURRENT.jump_again, again)
    asm.place(done)
    asm.load("$a")
    asm.place(unpack)
    asm.emit("UNPACK_SEQUENCE", 2)
    if store is None:
        e.store_record(instr)
    else:
        store()


def _static(e: Ways, instr: Instr) -> Any:
    """What the runtime is told of an instruction; of a comparison, whether only the truth of the answer matters."""
    return instr.result in e.found.truths if instr.op in COMPARE else static_of(e, instr)
