"""Inlines a rule's own derivative into a pullback: its IR is cloned with the primal's values for its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from bytegrad.adjoint.known import type_of
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Return, Value
from bytegrad.ir.ops import BINARY, CALLABLES, COMPARE, IDENTITY, UNARY

if TYPE_CHECKING:
    from bytegrad.adjoint.facts import Facts
    from bytegrad.adjoint.ssa import Builder

_FOLDABLE = frozenset((*BINARY, *COMPARE, *UNARY, *IDENTITY))
_PLAIN = (int, float, bool)
_DEEPEST = 2
"""Choices within choices that are spelled out."""


class Target(Protocol):
    """The code under construction that derivatives are inlined into."""

    facts: Facts
    out: Builder
    selects: bool
    """Whether a ``select`` computes only the operand that it takes."""

    def saved(self, operand: Operand) -> Operand:
        """A value of the primal there."""


def contribution(
    r: Target, y_bar: Operand, derivative: Callable[..., Any], primal: dict[str, Operand], line: int | None
) -> Operand | None:
    """`y_bar` times the derivative at the primal's values; None where that is known to be zero."""
    factor = _inlined(r, derivative, primal, line)
    if factor is None:
        names = inspect.signature(derivative).parameters
        args = [r.saved(primal[name]) for name in names]
        factor = r.out.emit("call", Const(derivative), *args, line=line)
    if isinstance(factor, Const) and type(factor.value) in _PLAIN:
        if factor.value == 0:
            return None
        if factor.value == 1:
            return y_bar
        if factor.value == -1:
            return r.out.emit("neg", y_bar, line=line)
    return r.out.emit("mul", y_bar, factor, line=line)


def _inlined(r: Target, derivative: Callable[..., Any], primal: dict[str, Operand], line: int | None) -> Operand | None:
    """Clone the derivative's IR, following branches on constants; None if that is not possible."""
    source = r.facts.derivative(derivative)
    if source is None:
        return None
    walk = _Walk(r, source, primal, line)
    result = walk.run(source.blocks[0])
    if result is None:
        return None
    r.out.block.instrs.extend(walk.instrs)
    return result


class _Walk:
    """One pass through the derivative's blocks with constants folded."""

    def __init__(self, r: Target, source: Function, primal: dict[str, Operand], line: int | None) -> None:
        self.r = r
        self.source = source
        self.line = line
        self.instrs: list[Instr] = []
        self.known: dict[Value, Operand] = {}
        self.primal = dict(zip(source.params, (primal[name] for name in source.names), strict=True))

    def run(self, block: Block, depth: int = 0) -> Operand | None:
        """What is returned from `block` on."""
        while True:
            for instr in block.instrs:
                self._clone(instr)
            terminator = block.terminator
            if isinstance(terminator, Return):
                return self._operand(terminator.value)
            if isinstance(terminator, Jump):
                edge = terminator.edge
            elif isinstance(terminator, Branch) and isinstance(c := self._operand(terminator.condition), Const):
                edge = terminator.then if c.value else terminator.otherwise
            elif isinstance(terminator, Branch) and self.r.selects and depth < _DEEPEST:
                return self._selected(terminator, depth)
            else:
                return None
            self._pass(edge)
            block = edge.target

    def _selected(self, branch: Branch, depth: int) -> Operand | None:
        """A ``select``, of which only the operand that is chosen is computed.

        So what one side needs must be an expression, whose parts nothing else uses.
        """
        sides: list[Operand] = []
        begins = len(self.instrs)
        for edge in branch.edges():
            before = dict(self.known)
            self._pass(edge)
            side = self.run(edge.target, depth + 1)
            self.known = before
            if side is None:
                return None
            sides.append(side)
        used = [a for instr in self.instrs[begins:] for a in instr.args] + sides
        if any(used.count(instr.result) != 1 for instr in self.instrs[begins:]):
            return None
        result = self.r.out.value()
        condition = self._operand(branch.condition)
        self.instrs.append(Instr("select", (condition, *sides), (result,), None, self.line))
        return result

    def _pass(self, edge: Edge) -> None:
        for param, arg in zip(edge.target.params, [self._operand(a) for a in edge.args], strict=True):
            self.known[param] = arg

    def _operand(self, operand: Operand) -> Operand:
        if isinstance(operand, Const):
            return operand
        if operand not in self.known:
            self.known[operand] = self.r.saved(self.primal[operand])
        return self.known[operand]

    def _clone(self, instr: Instr) -> None:
        kind = self._type_asked_for(instr)
        if kind is not None:
            self.known[instr.result] = Const(kind)
            return
        args = tuple(self._operand(a) for a in instr.args)
        # Some Pythons ask for the truth before a branch, some within.
        folded = args[0] if instr.op == "truth" else _fold(instr.op, args)
        if folded is not None:
            self.known[instr.result] = folded
            return
        results = tuple(self.r.out.value() for _ in instr.results)
        self.known.update(zip(instr.results, results, strict=True))
        self.instrs.append(Instr(instr.op, args, results, instr.static, self.line))

    def _type_asked_for(self, instr: Instr) -> type | None:
        """The answer to ``type(parameter)``, where it is known when compiling."""
        if instr.op != "call" or not isinstance(instr.args[0], Const) or instr.args[0].value is not type:
            return None
        source = self.primal.get(instr.args[1]) if isinstance(instr.args[1], Value) else None
        return type_of(source) if source is not None else None


def _fold(op: str, args: tuple[Operand, ...]) -> Operand | None:
    """The constant that an operation on constants gives; also ``x * 1`` and ``x ** 1``."""
    if op not in _FOLDABLE:
        return None
    consts = [a.value for a in args if isinstance(a, Const)]
    if len(consts) == len(args) and all(type(c) in _PLAIN or (isinstance(c, type) and op in IDENTITY) for c in consts):
        try:
            return Const(CALLABLES[op](*consts))
        except ArithmeticError:
            return None
    if op in ("mul", "pow") and isinstance(args[1], Const) and _is_one(args[1].value):
        return args[0]
    if op == "mul" and isinstance(args[0], Const) and _is_one(args[0].value):
        return args[1]
    return None


def _is_one(value: Any) -> bool:
    return type(value) is int and value == 1
