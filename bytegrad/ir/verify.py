"""Whether a function keeps the rules of the IR; run between stages by tests and under BYTEGRAD_CHECK=1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from bytegrad.ir.nodes import (
    Block,
    Branch,
    Const,
    Edge,
    Function,
    Instr,
    Jump,
    Operand,
    Raise,
    Return,
    Terminator,
    Value,
)
from bytegrad.ir.printer import Printer
from bytegrad.ir.scopes import Scopes

_Part: TypeAlias = Instr | Terminator | Edge


class VerifyError(ValueError):
    """A function breaks a rule of the IR: says in which block, at which instruction, and which rule."""


def verify(function: Function) -> None:
    """Make sure that `function` is in SSA form and its blocks fit together.

    Checked: each value is defined once, and on every way to its uses; a handler uses nothing that the last
    instruction before it defines; edges pass one operand for each parameter; no edge object is used twice; nothing
    leads to the entry; the blocks that can be reached are listed, once each.
    What cannot be reached need not be defined before it is used.
    Raises: VerifyError naming block and instruction, numbered as `dump` numbers them.
    """
    if not function.blocks:
        raise VerifyError(f"{function.name}: no blocks")
    _check_blocks(function)
    _check_edges(function)
    _check_definitions(function)
    _check_uses(function)


def _fail(function: Function, block: Block, part: _Part | None, reason: str, value: Value | None = None) -> NoReturn:
    """Raise a VerifyError; ``{}`` in `reason` stands for `value`."""
    printer = Printer(function)
    printer.lines()
    where = f"{function.name}, {printer.block(block)}"
    if part is not None:
        where += f": {_shown(printer, block, part)}"
    raise VerifyError(f"{where}: {reason.format(printer.operand(value))}")


def _shown(printer: Printer, block: Block, part: _Part) -> str:
    if isinstance(part, Instr):
        return printer.instr(part)
    if part is block.handler:
        return f"except -> {printer.edge(block.handler)}"
    # An edge of the terminator is best seen with the terminator.
    return printer.terminator(block.terminator)


# Blocks and edges -----------------------------------------------------------------------------------------------


def _check_blocks(function: Function) -> None:
    seen: set[Block] = set()
    for block in function.blocks:
        if block in seen:
            _fail(function, block, None, "the block is listed twice")
        seen.add(block)
        if not isinstance(block.terminator, Jump | Branch | Return | Raise):
            raise VerifyError(f"{function.name}, b{len(seen) - 1}: {block.terminator!r} is no terminator")
        if isinstance(block.terminator, Raise) and not block.instrs:
            _fail(function, block, block.terminator, "there is no instruction that could have raised")
    for block in function.blocks:
        for edge in block.successors():
            if edge.target not in seen:
                _fail(function, block, edge, "it leads to a block that is not listed")
            if edge.target is function.blocks[0]:
                _fail(function, block, edge, "it leads to the entry")


def _check_edges(function: Function) -> None:
    seen: set[int] = set()
    for block in function.blocks:
        for edge in block.successors():
            if len(edge.args) != len(edge.target.params):
                reason = f"{len(edge.args)} operands for {len(edge.target.params)} parameters"
                _fail(function, block, edge, reason)
            # Passes change edges and their lists in place.
            if id(edge) in seen or id(edge.args) in seen:
                _fail(function, block, edge, "the edge, or its list of operands, is used twice")
            seen |= {id(edge), id(edge.args)}


# Values ---------------------------------------------------------------------------------------------------------


def _check_definitions(function: Function) -> None:
    seen: set[Value] = set()
    for block in function.blocks:
        _define(function, block, None, block.params, seen)
        for instr in block.instrs:
            _define(function, block, instr, instr.results, seen)


def _define(function: Function, block: Block, instr: Instr | None, values: Sequence[Value], seen: set[Value]) -> None:
    for value in values:
        if not isinstance(value, Value):
            _fail(function, block, instr, f"it defines a {type(value).__name__}, which is no value")
        if value in seen:
            _fail(function, block, instr, "{} is defined a second time", value)
        seen.add(value)


def _check_uses(function: Function) -> None:
    scopes = Scopes(function)
    for block in function.blocks:
        end = len(block.instrs)
        for index, instr in enumerate(block.instrs):
            _check_use(function, scopes, block, instr, instr.args, index)
        _check_use(function, scopes, block, block.terminator, block.terminator.operands(), end)
        for edge in block.terminator.edges():
            _check_use(function, scopes, block, edge, edge.args, end)
        if block.handler is not None:
            _check_use(function, scopes, block, block.handler, block.handler.args, max(end - 1, 0))


def _check_use(
    function: Function, scopes: Scopes, block: Block, part: _Part, operands: Sequence[Operand], index: int
) -> None:
    for operand in operands:
        if not isinstance(operand, Value | Const):
            _fail(function, block, part, f"a {type(operand).__name__} is no operand")
        if isinstance(operand, Const):
            continue
        if not scopes.is_defined(operand):
            _fail(function, block, part, "{} is not defined", operand)
        if scopes.is_reachable(block) and not scopes.reaches(operand, block, index):
            _fail(function, block, part, "{} need not be defined on the way there", operand)
