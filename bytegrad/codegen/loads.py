"""Emits loads of callees in other forms than the user's instruction has."""

from __future__ import annotations

from typing import Any

from bytegrad.codegen.assemble import Assembler
from bytegrad.cpython import CURRENT


def load_with_none(asm: Assembler, instr: Any) -> None:
    """An instruction that would push NULL, with a None in its place."""
    if instr.name == "PUSH_NULL":
        asm.const(None)
    elif instr.name == "LOAD_GLOBAL":
        if CURRENT.null_first:
            asm.const(None)
        asm.emit("LOAD_GLOBAL", (False, instr.arg[1]))
        if not CURRENT.null_first:
            asm.const(None)
    else:
        name = instr.arg if isinstance(instr.arg, str) else instr.arg[-1]
        _load_attribute(asm, instr, name)


def load_bound(asm: Assembler, instr: Any) -> None:
    """A method with its NULL, as a function out of a module is loaded."""
    asm.emit("LOAD_ATTR", CURRENT.attribute(instr.arg if isinstance(instr.arg, str) else instr.arg[-1]))
    asm.emit("PUSH_NULL")
    if CURRENT.null_first:
        asm.emit("SWAP", 2)


def _load_attribute(asm: Assembler, instr: Any, name: str) -> None:
    if instr.name == "LOAD_SUPER_ATTR":
        asm.emit("LOAD_SUPER_ATTR", (False, instr.arg[1], name))
    else:
        asm.emit("LOAD_ATTR", CURRENT.attribute(name))
    asm.const(None)
    if CURRENT.null_first and instr.name == "LOAD_SUPER_ATTR":
        asm.emit("SWAP", 2)
