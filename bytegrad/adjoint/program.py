"""A program as forward mode sees it: its functions, each for one place of a call, and what is told of names."""

from __future__ import annotations

import inspect
from types import FunctionType, ModuleType
from typing import Any, Protocol, TypeAlias

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.kinds import UNKNOWN, Items, Kind, List, Record, kind_of_constant
from bytegrad.ir.nodes import Const, Function, Instr, Operand, Value

CallKinds: TypeAlias = list[Kind]


CO_GENERATOR = inspect.CO_GENERATOR


class Known(Protocol):
    """How forward mode treats a callable that is not looked into."""

    def kind(self, args: CallKinds, keywords: dict[str, Kind]) -> Kind:
        """The kind of its result."""


class World(Protocol):
    """What is told about callables and names; `runtime.forward` tells it."""

    def function(self, target: FunctionType) -> tuple[Function, Facts]:
        """The IR of a Python function, and what is known of its globals."""

    def known(self, callee: Any) -> Known | None:
        """What is known of a callable that is not looked into."""

    def written(self, callee: Any, count: int) -> FunctionType | None:
        """The Python function that is looked into for `callee` with `count` arguments."""

    def looks_into(self, callee: Any, kinds: CallKinds, keywords: dict[str, Operand]) -> bool:
        """Whether the Python function for `callee` is preferred to what is known of it."""

    in_place: bool
    """Whether what is changed in place may be the result of arithmetic: else that is taken to be a number."""

    in_rows: bool
    """Whether a number with a tangent is a row of numbers, one for each of several directions."""

    def takes_at_once(self, callee: Any) -> bool:
        """Whether what is called takes all of an iterator before it returns, and does nothing else."""

    def is_own(self, callee: Any) -> bool:
        """Whether no rule of the user's is in force for what is called."""

    def makes_arrays(self, callee: Any) -> bool:
        """Whether what is called returns an array that nobody else has."""

    def attribute(self, facts: Facts, module: ModuleType, name: str) -> Any:
        """What a module has under a name that may be taken as fixed; raises AttributeError."""

    def method(self, owner: Kind, name: str) -> Any:
        """The function behind a method of a list or an array; raises AttributeError."""

    def of_class(self, cls: type, name: str) -> Any:
        """What a class has under a name, which is taken as fixed; ABSENT if nothing."""

    def is_made_plainly(self, cls: type) -> bool:
        """Whether an object of a class is no more than its attributes, and `__init__` is all that makes it."""

    def content(self, function: FunctionType, variable: str) -> Kind:
        """The kind of a variable of an enclosing function."""

    def global_kind(self, function: FunctionType, facts: Facts, name: str) -> Kind:
        """The kind of a global variable."""


class Instance:
    """One function for one place that it is called from."""

    def __init__(
        self, target: FunctionType, ir: Function, facts: Facts, caller: Instance | None, program: list[Instance]
    ) -> None:
        self.target, self.ir, self.facts, self.caller, self.program = target, ir, facts, caller, program
        self.calls: dict[Instr, Instance] = {}
        self.instead: dict[Instr, list[Instr]] = {}
        """Other instructions that mean the same: a call of a method is one of a function."""
        self.outer: dict[Value, str] = {}
        """Variables of enclosing functions that are not part of the program, by name."""
        self.written: set[Instr] = set()
        """The calls that make arrays into which something with a tangent is written."""
        self.in_place: set[Instr] = set()
        """Operations that change such an array, or one without a tangent."""
        self.updates: set[Instr] = set()
        """The operations of ``array[key] += value``, of which nothing else is used."""
        self.forget()

    def forget(self) -> None:
        """Begin again, with nothing known but what is written to."""
        self.kinds: dict[Operand, Kind] = {}
        self.result: Kind | None = None
        self.lists: dict[Instr, List] = {}
        self.records: dict[Instr, Record] = {}
        self.reached = {self.ir.blocks[0]}
        self.free: Items | None = None
        """Of a function that the program makes: the kinds of the variables that it shares."""
        self.yielded: Kind | None = None
        """Of what a generator yields."""

    @property
    def writes(self) -> bool:
        """Whether anything with a tangent is written into an array, anywhere in the program."""
        return any([instance.written for instance in self.program])

    @property
    def is_generator(self) -> bool:
        """Whether it is the body of a generator expression: then a list is made of what it yields."""
        return bool(self.target.__code__.co_flags & CO_GENERATOR)

    def kind(self, operand: Operand) -> Kind | None:
        return kind_of_constant(operand.value) if isinstance(operand, Const) else self.kinds.get(operand)

    def sure(self, operand: Operand) -> Kind:
        """The kind of an operand, of which it is known that it is reached."""
        found = self.kind(operand)
        return UNKNOWN if found is None else found


__all__ = ["CO_GENERATOR", "Instance", "Known", "World"]
