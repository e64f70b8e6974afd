"""Emits what counts the indices of items: of accesses that may count from the end, and of the turns of loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.cpython import CURRENT
from bytegrad.cpython.common import BINARY_OPERATORS
from bytegrad.ir.nodes import Instr, Operand

if TYPE_CHECKING:
    from bytegrad.codegen.primal import PrimalEmitter
    from bytegrad.codegen.ways import Ways


def emit_index(e: PrimalEmitter, instr: Instr) -> None:
    """The index on top of the stack, over its list, is counted from the list's beginning and kept."""
    place = e.layout.stash.get(e.found.keys[instr])
    if place is None:
        return
    asm = e.asm
    plain = Label()
    asm.emit("COPY", 1)
    asm.store(place)
    asm.load(place)
    asm.const(0)
    asm.emit("COMPARE_OP", CURRENT.comparison("lt"))
    asm.jump_if("false", plain)
    asm.emit("COPY", 2)
    asm.store("$a")
    asm.call_const(from_beginning, "$a", place)
    asm.store(place)
    asm.place(plain)


def emit_end_before(e: PrimalEmitter, instr: Instr, passed: int) -> None:
    """Before the call of a method that changes a list at its end: the index of the item."""
    place = e.layout.stash.get(e.found.keys[instr])
    if place is None:
        return
    asm = e.asm
    asm.emit("COPY", passed + (1 if CURRENT.null_first else 2))
    asm.emit("LOAD_ATTR", CURRENT.attribute("__self__"))
    _length_of_top(e, place, less=e.found.modes[instr] == "pop")


def emit_end_after(e: PrimalEmitter, instr: Instr, depth: int) -> None:
    """After an item has been added to the list at `depth`: its index."""
    place = e.layout.stash.get(e.found.keys[instr])
    if place is not None:
        e.asm.emit("COPY", depth)
        _length_of_top(e, place, less=True)


def _length_of_top(e: PrimalEmitter, place: str, less: bool) -> None:
    """The length of the list on top of the stack, or one less, is kept."""
    asm = e.asm
    asm.store(place)
    asm.call_const(len, place)
    if less:
        asm.const(1)
        asm.emit("BINARY_OP", BINARY_OPERATORS.index("sub"))
    asm.store(place)


def from_beginning(items: list[Any], index: int) -> int:
    """A negative index, counted from the beginning."""
    return index + len(items)


def turn_counters(e: PrimalEmitter) -> dict[Operand, str]:
    """The local that counts the turns of each loop over a list whose items' cotangents are wanted, by its iterator.

    Both copies of the code go on with the same count.
    """
    counters: dict[Operand, str] = {}
    for instr, key in e.found.keys.items():
        if instr.op == "next" and key in e.layout.stash:
            e.layout.stash[key] = counters.setdefault(instr.args[0], e.layout.stash[key])
    return counters


def emit_first_turn(e: PrimalEmitter, instrs: Sequence[Instr]) -> None:
    """Before a loop over a list: no turn was made yet."""
    for instr in instrs:
        if instr.op == "iter" and instr.result in e.counters:
            e.asm.const(-1)
            e.asm.store(e.counters[instr.result])


def emit_turn(e: Ways, instr: Instr) -> None:
    """One turn more of a loop over a list."""
    place = e.counters.get(instr.args[0])
    if place is not None:
        e.asm.load(place)
        e.asm.const(1)
        e.asm.emit("BINARY_OP", BINARY_OPERATORS.index("add"))
        e.asm.store(place)
