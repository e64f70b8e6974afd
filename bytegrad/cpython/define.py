"""What an opcode is: a name, a named stack effect and what it means in the IR.

A row is a function ``row(b, arg, *inputs)`` that records instructions through the builder `b` and returns the
values it pushes.  Inputs are popped by the machine in the order in which the effect names them; ``items[n]``
stands for as many values as the row's `count` says for its argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = Callable[..., Any]


@dataclass(slots=True, frozen=True)
class Opcode:
    """One row of a dialect's table.

    `flow` says how control goes on: "next", "jump", "branch" (pops its condition; the row gives the
    truth value on which it jumps), "for" (falls through with a value, jumps when exhausted), "send", "stop".
    """

    name: str
    pops: tuple[str, ...]
    pushes: tuple[str, ...]
    row: Row
    flow: str = "next"
    count: Callable[[Any], int] | None = None

    def arity(self, arg: Any) -> int:
        """How many values it pops."""
        fixed = sum(not name.endswith("]") for name in self.pops)
        return fixed + (self.count(arg) if self.count is not None else 0)


@dataclass(slots=True, frozen=True)
class UnknownOperand:
    """An operand that the package `bytecode` cannot read: `stand_in` is one that it can, and no compiler writes."""

    opcode: str
    operand: int
    stand_in: int
    named: Any
    """The operand as an instruction of `bytecode` holds it."""


@dataclass(slots=True)
class Dialect:
    """How one Python version spells its instructions: the table to read them, and what it takes to emit."""

    version: tuple[int, int]
    opcodes: dict[str, Opcode]
    unsupported: dict[str, str]
    for_exit: tuple[str, ...] = ()
    """Instructions that a FOR_ITER's jump must land on."""
    throw_jumps: bool = False
    """Whether a throw that ends the inner generator of a ``yield from`` goes on where the SEND before would jump to."""
    send_keeps_iterator: bool = False
    """Whether a SEND that is done leaves the iterator under the value."""
    subscript: tuple[Any, ...] = ("BINARY_SUBSCR",)
    """The instruction of `a[b]`."""
    yield_value: tuple[Any, ...] = ("YIELD_VALUE",)
    """The instruction of ``yield`` in a generator without handlers."""
    comparison: Callable[[str], Any] = field(default=lambda op: None)
    """The operand of the COMPARE_OP that is the IR's ``lt``, ``le``, ...; of floats it gives a bool."""
    keywords_ahead: int = 1
    """How far before its call KW_NAMES stands."""
    load_cell: str = "LOAD_CLOSURE"
    """The instruction that pushes a cell itself."""
    attribute: Callable[[str], Any] = field(default=lambda name: (False, name))
    """The operand of a LOAD_ATTR that is not a method's."""
    emit_call: Callable[[int], list[tuple[str, Any]]] = field(default=lambda n: [])
    """The instructions of a call, after callable and arguments are on the stack."""
    emit_call_by_name: Callable[[int, tuple[str, ...]], list[tuple[str, Any]]] = field(default=lambda n, names: [])
    """The same of a call whose last arguments are passed by these names."""
    to_bool: tuple[str, ...] = ("UNARY_NOT", "UNARY_NOT")
    """The instructions of ``bool(x)``."""
    null_first: bool = True
    """Whether PUSH_NULL comes before the callable."""
    jump_again: str = "JUMP_BACKWARD"
    """The jump back within a line that tracing does not take for the line's running again, where there is one."""
    unknown_operands: tuple[UnknownOperand, ...] = ()
    two_in_one: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Instructions that are read as two, one for each of their operands."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of the few instructions that emitted code uses and that versions spell differently."""


class Table(dict[str, Opcode]):
    """Rows under their opcodes' names, with the decorator that adds one."""

    def op(
        self, names: str, effect: str, *, flow: str = "next", count: Callable[[Any], int] | None = None
    ) -> Callable[[Row], Row]:
        """Add a row for each of the blank-separated `names`, with the stack effect ``"a b -- c"``."""
        pops, _, pushes = effect.partition("--")
        if "[" in pops and count is None:
            count = _identity

        def add(row: Row) -> Row:
            for name in names.split():
                self[name] = Opcode(name, tuple(pops.split()), tuple(pushes.split()), row, flow, count)
            return row

        return add


def _identity(arg: int) -> int:
    return arg
