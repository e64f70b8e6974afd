"""The intermediate representation: SSA values in blocks with parameters.

A `Function` is a list of `Block`s, the first one being its entry.  A block has parameters (there are no phi
nodes), straight-line instructions and one terminator.  An edge to a block passes one operand per parameter.

`Instr.op` is a name from `bytegrad.ir.ops`; almost all of them are Python callables (``mul`` is
``operator.mul``), so that supporting a new operation means adding a rule and not changing the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, TypeAlias


@dataclass(slots=True, eq=False)
class Value:
    """An SSA value: named once, assigned once.  `type` is its exact type where that is known."""

    number: int
    type: type | None = None
    home: str | None = None
    """The fast local in which emitted code keeps the value; None while it may stay on the stack."""


@dataclass(slots=True, eq=False)
class Const:
    """An operand known when the function is compiled."""

    value: Any


Operand: TypeAlias = Value | Const


@dataclass(slots=True, eq=False)
class Instr:
    """`results = op(*args)`; `static` is the part of the operation that is fixed (a name, a count, keywords)."""

    op: str
    args: tuple[Operand, ...]
    results: tuple[Value, ...] = ()
    static: Any = None
    line: int | None = None
    origin: int = -1
    """Index of the decoded instruction it stands for; -1 where it stands for none."""

    @property
    def result(self) -> Value:
        (value,) = self.results
        return value


@dataclass(slots=True, eq=False)
class Edge:
    """A way from one block to `target`, passing one operand for each of its parameters."""

    target: Block
    args: list[Operand] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Jump:
    """Go on at `edge`."""

    edge: Edge

    def edges(self) -> tuple[Edge, ...]:
        return (self.edge,)

    def operands(self) -> tuple[Operand, ...]:
        return ()


@dataclass(slots=True, eq=False)
class Branch:
    """Go on at `then` if `condition` holds, else at `otherwise`."""

    condition: Operand
    then: Edge
    otherwise: Edge

    def edges(self) -> tuple[Edge, ...]:
        return (self.then, self.otherwise)

    def operands(self) -> tuple[Operand, ...]:
        return (self.condition,)


@dataclass(slots=True, eq=False)
class Return:
    """Leave the function with `value`."""

    value: Operand

    def edges(self) -> tuple[Edge, ...]:
        return ()

    def operands(self) -> tuple[Operand, ...]:
        return (self.value,)


@dataclass(slots=True, eq=False)
class Raise:
    """Leave the block with the exception that the last instruction raised: nothing follows."""

    def edges(self) -> tuple[Edge, ...]:
        return ()

    def operands(self) -> tuple[Operand, ...]:
        return ()


Terminator: TypeAlias = Jump | Branch | Return | Raise


@dataclass(slots=True, eq=False)
class Block:
    """Straight-line code: parameters, instructions, one terminator.

    `handler` is where an exception raised by the *last* instruction goes; its operands are those that hold
    before that instruction, since an instruction that raises has no result.
    """

    number: int
    params: list[Value] = field(default_factory=list)
    instrs: list[Instr] = field(default_factory=list)
    terminator: Terminator = field(default_factory=Raise)
    handler: Edge | None = None

    def successors(self) -> Iterator[Edge]:
        yield from self.terminator.edges()
        if self.handler is not None:
            yield self.handler


@dataclass(slots=True, eq=False)
class Function:
    """A function in SSA form.  `blocks[0]` is the entry; its parameters are the function's."""

    name: str
    blocks: list[Block]
    names: tuple[str, ...] = ()
    """The user's names of the parameters, in order; empty for functions that the user did not write."""
    code: CodeType | None = None

    @property
    def params(self) -> list[Value]:
        return self.blocks[0].params
