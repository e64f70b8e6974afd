"""Where the values of a pullback live: on the stack between definition and only use, else in a fast local."""

from __future__ import annotations

from dataclasses import dataclass, field

from bytegrad.ir.nodes import Block, Branch, Function, Instr, Operand, Return, Value
from bytegrad.ir.ops import BINARY, COMPARE, IDENTITY, UNARY
from bytegrad.ir.passes.liveness import live_in

PURE = frozenset((*BINARY, *COMPARE, *UNARY, *IDENTITY, "call", "accum", "tuple", "select"))
"""Operations that may be left out if unused, and moved to the place of their only use."""

HIGHEST = 50
"""Expressions are nested no deeper than this: emission is recursive, and so are the stacks of the interpreter."""


@dataclass(slots=True)
class Allocation:
    """`places` names the fast local of a value; `deferred` are the instructions that are emitted where used."""

    places: dict[Value, str] = field(default_factory=dict)
    deferred: dict[Value, Instr] = field(default_factory=dict)
    used: dict[Value, int] = field(default_factory=dict)


def remove_unused(function: Function) -> None:
    """Drop pure instructions whose results nobody reads."""
    used = _uses(function)
    for block in function.blocks:
        kept = []
        for instr in reversed(block.instrs):
            if instr.op in PURE and not any(used.get(r) for r in instr.results):
                for arg in instr.args:
                    if isinstance(arg, Value):
                        used[arg] -= 1
            else:
                kept.append(instr)
        block.instrs = kept[::-1]


def _uses(function: Function) -> dict[Value, int]:
    used: dict[Value, int] = {}
    for block in function.blocks:
        operands: list[Operand] = [a for instr in block.instrs for a in instr.args]
        operands += block.terminator.operands()
        operands += [a for edge in block.successors() for a in edge.args]
        for operand in operands:
            if isinstance(operand, Value):
                used[operand] = used.get(operand, 0) + 1
    return used


def allocate(function: Function, pure: frozenset[str] = PURE) -> Allocation:
    """Choose places such that no two values that are needed at the same time share one.

    In SSA form two values interfere only if one is needed where the other is defined; blocks come in an order in
    which definitions precede uses, so one look at each definition is enough.  Operations that are `pure` may be
    moved to the place where their result is used.
    """
    found = Allocation(used=_uses(function))
    live = live_in(function)
    _wish_for_places(function)
    for block in function.blocks:
        out = {v for edge in block.successors() for v in live[edge.target]}
        out.update(a for edge in block.successors() for a in edge.args if isinstance(a, Value))
        if isinstance(block.terminator, Return):
            out.update(o for o in block.terminator.operands() if isinstance(o, Value))
        _allocate_block(block, live[block], out, found, pure)
    return found


def _wish_for_places(function: Function) -> None:
    """What is handed to a parameter is best computed where the parameter lives."""
    for block in reversed(function.blocks):
        for edge in block.successors():
            for param, arg in zip(edge.target.params, edge.args, strict=True):
                if isinstance(arg, Value) and arg.home is None:
                    arg.home = param.home


def _allocate_block(
    block: Block, entering: set[Value], out: set[Value], found: Allocation, pure: frozenset[str]
) -> None:
    roots = _defer(block, out, found, pure)
    last: dict[Value, int] = {}
    for position, instr in enumerate(roots):
        for value in _leaves(instr.args, found):
            last[value] = position
    if isinstance(block.terminator, Branch):
        last.update(dict.fromkeys(_leaves(block.terminator.operands(), found), len(roots)))
    taken = {found.places[v] for v in entering if v in found.places}
    for param in block.params:
        _place(param, taken, found)
        taken.add(found.places[param])
    ending: dict[int, list[Value]] = {}
    for value, position in last.items():
        if value not in out:
            ending.setdefault(position, []).append(value)
    unused = [param for param in block.params if param not in out and param not in last]
    for position, instr in enumerate(roots):
        taken.difference_update([found.places[value] for value in (*unused, *ending.get(position, ()))])
        unused = []
        for value in instr.results:
            if found.used.get(value):
                _place(value, taken, found)
                taken.add(found.places[value])
                if value not in out and value not in last:
                    unused.append(value)


def _defer(block: Block, out: set[Value], found: Allocation, pure: frozenset[str]) -> list[Instr]:
    """The instructions that are emitted in place; the others are part of the expression that uses them."""
    used_here = {operand for instr in block.instrs for operand in instr.args}
    if isinstance(block.terminator, Branch):
        used_here.add(block.terminator.condition)
    heights: dict[Operand, int] = {}
    roots = []
    for instr in block.instrs:
        height = 1 + max([heights.get(operand, 0) for operand in instr.args], default=0)
        value = instr.results[0] if len(instr.results) == 1 and instr.op in pure else None
        alone = value is not None and found.used.get(value) == 1 and value in used_here and value not in out
        if value is not None and alone and height < HIGHEST:
            found.deferred[value] = instr
            heights[value] = height
        else:
            roots.append(instr)
    return roots


def _leaves(operands: tuple[Operand, ...], found: Allocation) -> set[Value]:
    """The values that pushing `operands` reads from their places."""
    leaves: set[Value] = set()
    work = list(operands)
    while work:
        operand = work.pop()
        if isinstance(operand, Value):
            if operand in found.deferred:
                work.extend(found.deferred[operand].args)
            else:
                leaves.add(operand)
    return leaves


def _place(value: Value, taken: set[str], found: Allocation) -> None:
    name = value.home
    if name is None or name in taken:
        name = f"t{len(found.places)}"
    found.places[value] = name
