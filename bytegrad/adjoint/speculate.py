"""Where it pays to guess that a value is a float: loads and calls whose results go into arithmetic."""

from __future__ import annotations

from typing import Any

from bytegrad.adjoint.known import Analysis, type_of
from bytegrad.ir.nodes import Block, Instr, Operand, Value
from bytegrad.ir.ops import BINARY

_LOADS = frozenset(("getitem", "getattr", "call", "call_method", "load_cell"))
_ARITHMETIC = frozenset((*BINARY, "neg", "pos")) - {"matmul", "imatmul", "and_", "or_", "xor", "iand", "ior", "ixor"}
_NUMBERS = (float, int, None)
LARGEST = 1500
"""Functions of more instructions than this are not copied."""


def speculation_points(lifted: Any, found: Analysis) -> dict[int, str | None]:
    """The points for `lift`: instruction index -> None for the top of the stack, or the name of a local.

    A value is worth a guess if its type is unknown, it comes out of the heap or a call, and it is an operand of
    arithmetic on what may be numbers.
    """
    if len(lifted.program.instrs) > LARGEST:
        return {}
    wanted = _operands_of_arithmetic(found)
    points: dict[int, str | None] = {}
    for block in found.order:
        for instr in block.instrs:
            if len(instr.results) == 1 and instr.result in wanted and _may_be_float(instr, found):
                point = _point(lifted, block, instr)
                if point is not None:
                    points[point[0]] = point[1]
    return points


def _may_be_float(instr: Instr, found: Analysis) -> bool:
    """Whether a result may be a float: slices are none, and numpy's functions give numbers of its own."""
    if instr.result.type is not None:
        return False
    if instr.op == "getitem":
        return type_of(instr.args[1]) is not slice
    callee = found.fixed.get(instr.args[0]) if instr.op in ("call", "call_method") else None  # type: ignore[arg-type]
    return not any([str(getattr(owner, "__module__", "")).startswith("numpy") for owner in (callee, type(callee))])


def _operands_of_arithmetic(found: Analysis) -> set[Operand]:
    wanted: set[Operand] = set()
    for block in found.order:
        for instr in block.instrs:
            numeric = instr.op in _ARITHMETIC and all(type_of(a) in _NUMBERS for a in instr.args)
            if numeric and found.modes[instr] == "generic":
                wanted.update(a for a in instr.args if isinstance(a, Value))
            elif instr.op in ("call", "call_method") and _is_elementwise(instr, found):
                wanted.update(a for a in instr.args[1:] if isinstance(a, Value))
    return wanted


def _is_elementwise(instr: Instr, found: Analysis) -> bool:
    callee = found.fixed.get(instr.args[0]) if isinstance(instr.args[0], Value) else None
    return getattr(callee, "__module__", None) == "math"


def _point(lifted: Any, block: Block, instr: Instr) -> tuple[int, str | None] | None:
    index = instr.origin
    if index < 0:
        return None
    instrs = lifted.program.instrs
    if instr.op == "next":
        following = instrs[index + 1]
        return (index + 1, following.arg) if following.name == "STORE_FAST" else None
    if instr.op not in _LOADS or instrs[index].name in ("LOAD_GLOBAL",):
        return None
    pushed = lifted.pushes[0, index]
    return (index, None) if pushed and instr.result in pushed else None
