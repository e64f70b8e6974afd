"""What the running interpreter says of its opcodes, and how a row is tried without a machine."""

from __future__ import annotations

import opcode
from dataclasses import dataclass
from typing import Any

from bytegrad.cpython.define import Dialect, Opcode
from bytegrad.ir.nodes import Const, Operand, Value
from bytegrad.ir.ops import NULL
from bytegrad.lift.builder import Builder

LARGEST = 255
"""Numbers above do not fit into an instruction: those are names that the compiler uses for itself."""
NOT_IN_CODE = ("INSTRUMENTED_", "RESERVED", "ENTER_EXECUTOR", "DO_TRACING")
"""Opcodes that the interpreter puts into running code, and reserved numbers: no code object holds them."""


def real_opcodes() -> dict[str, int]:
    """The opcodes that code objects of this interpreter may hold: no specialised, instrumented or pseudo ones."""
    specialised = set(getattr(opcode, "_specialized_opmap", {})) | set(getattr(opcode, "_specialized_instructions", ()))
    return {
        name: number
        for name, number in opcode.opmap.items()
        if number <= LARGEST and name not in specialised and not name.startswith(NOT_IN_CODE)
    }


def takes_argument(number: int) -> bool:
    """Whether an opcode has an argument."""
    return number in opcode.hasarg if hasattr(opcode, "hasarg") else number >= opcode.HAVE_ARGUMENT


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as `bytecode` names it."""

    name: str


def argument_forms(name: str, number: int, dialect: Dialect) -> list[tuple[int | None, Any]]:
    """Arguments of an opcode, as the interpreter has them and as `bytecode` gives them to a row."""
    if not takes_argument(number):
        return [(None, None)]
    if name == "LOAD_ATTR" and dialect.attribute("name") != "name":
        return [(raw, (bool(raw & 1), "name")) for raw in range(2)]
    if name in FORMS:
        return [(raw, FORMS[name](raw)) for raw in range(4)]
    if number in opcode.hasfree:
        return [(0, Cell("name"))]
    if number in (*opcode.hasname, *opcode.haslocal):
        return [(0, "name")]
    return [(raw, raw) for raw in _ARGUMENTS.get(name, range(6))]


FORMS: dict[str, Any] = {
    "LOAD_GLOBAL": lambda raw: (bool(raw & 1), "name"),
    "LOAD_SUPER_ATTR": lambda raw: (bool(raw & 1), bool(raw & 2), "name"),
    "LOAD_FAST_LOAD_FAST": lambda raw: ("first", "second"),
    "STORE_FAST_LOAD_FAST": lambda raw: ("first", "second"),
    "STORE_FAST_STORE_FAST": lambda raw: ("first", "second"),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": lambda raw: ("first", "second"),
    "KW_NAMES": lambda raw: ("key",),
}
_ARGUMENTS = {
    **dict.fromkeys(("COPY", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2"), range(1, 6)),
    **dict.fromkeys(("LIST_APPEND", "SET_ADD", "MAP_ADD"), range(1, 6)),
    **dict.fromkeys(("LIST_EXTEND", "SET_UPDATE", "DICT_MERGE", "DICT_UPDATE"), range(1, 6)),
    "SWAP": range(2, 6),
    "BUILD_SLICE": range(2, 4),
    "CALL_FUNCTION_EX": range(2),
}
"""The arguments that mean something, where these are not all numbers from 0 on."""


def effect_of(row: Opcode, raw: int | None, argument: Any) -> tuple[int, int]:
    """How many values `row` pops and pushes for `argument`."""
    builder = Builder()
    builder.state.locals.update(dict.fromkeys(("name", "first", "second"), Value(0)))
    inputs: list[Operand] = [Value(i) for i in range(row.arity(argument))]
    if row.name == "CALL_FUNCTION_EX":
        inputs[row.pops.index("null") if "null" in row.pops else 0] = builder.marker(NULL)
    given = _INPUTS.get(row.name)
    if given is not None:
        inputs[-1] = Const(given(raw or 0))
    pushed = row.row(builder, argument, *inputs)
    return len(inputs), len(pushed)


_INPUTS: dict[str, Any] = {
    "BUILD_CONST_KEY_MAP": lambda raw: tuple(range(raw)),
    "CALL_KW": lambda raw: (),
    "MAKE_FUNCTION": lambda raw: effect_of.__code__,
}
"""Rows that look at the value of their last input."""
