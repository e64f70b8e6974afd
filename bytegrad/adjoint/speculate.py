"""Where it pays to guess that a value is a float: loads and calls whose results go into arithmetic."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from bytegrad.adjoint.analysis import share_known_loads
from bytegrad.adjoint.exact_types import follows, infer_types
from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.known import Analysis, type_of
from bytegrad.adjoint.modes import choose_modes
from bytegrad.ir.nodes import Instr, Operand, Value
from bytegrad.ir.ops import BINARY

_LOADS = frozenset(("getitem", "getattr", "call", "call_method", "load_cell"))
_ARITHMETIC = frozenset((*BINARY, "neg", "pos")) - {"matmul", "imatmul", "and_", "or_", "xor", "iand", "ior", "ixor"}
_NUMBERS = (float, int, None)
LARGEST = 1500
"""Functions of more instructions than this are not copied."""


Points = dict[int, str | None]


def speculation_points(lifted: Any, found: Analysis, facts: Facts, avoided: Container[int] = ()) -> Points | None:
    """The points for `lift`: instruction index -> None for the top of the stack, or the name of a local.

    A value is worth a guess if its type is unknown, it comes out of the heap or a call, and it is an operand of
    arithmetic on what may be numbers; unless its type follows from the other guesses, or it is known (`avoided`) that
    the guess is wrong.  If there are any points, `found` is of no more use: it holds what was guessed.
    """
    if len(lifted.program.instrs) > LARGEST:
        return None
    wanted = {**_guesses(lifted, found), **_results_passed_on(lifted, found)}
    guesses = {value: point for value, point in wanted.items() if point[0] not in avoided}
    if not guesses:
        return None
    more = guesses
    while more:
        infer_types(found, facts, guesses.keys())
        choose_modes(found, facts)
        share_known_loads(found, facts)
        more = {value: point for value, point in _results_passed_on(lifted, found).items() if point[0] not in avoided}
        guesses.update(more)
    points = (guesses[i.results[0]] for i in _makers(found, guesses) if i.op != "same" and not follows(i, found, facts))
    return dict(points)


def _guesses(lifted: Any, found: Analysis) -> dict[Value, tuple[int, str | None]]:
    """The values that are worth a guess, and their points."""
    wanted = _operands_of_arithmetic(found)
    slices = _subscripts_of_views(found)
    guesses = {}
    for instr in _makers(found, wanted):
        point = _point(lifted, instr) if _may_be_float(instr, found, slices) else None
        if point is not None:
            guesses[instr.result] = point
    return guesses


def _results_passed_on(lifted: Any, found: Analysis) -> dict[Value, tuple[int, str | None]]:
    """Results of callees that are known to give floats, where they are arguments of further functions."""
    calls = [i for block in found.order for i in block.instrs if i.op == "call" and i.args[0] in found.fixed]
    passed_on = {argument for call in calls for argument in call.args[1:]}
    giving = [call for call in calls if call.result in passed_on and call.result.type is None]
    points = {i.result: _point(lifted, i) for i in giving if i in found.bound and found.bound[i].gives_float}
    return {value: point for value, point in points.items() if point is not None}


def _makers(found: Analysis, values: Container[Operand]) -> list[Instr]:
    return [i for block in found.order for i in block.instrs if len(i.results) == 1 and i.results[0] in values]


def _subscripts_of_views(found: Analysis) -> set[Operand]:
    """Tuples with slices: subscripts that give arrays."""
    tuples = [i for block in found.order for i in block.instrs if i.op == "tuple"]
    return {i.result for i in tuples if any([type_of(arg) is slice for arg in i.args])}


def _may_be_float(instr: Instr, found: Analysis, slices: set[Operand]) -> bool:
    """Whether a result may be a float: slices are none, and numpy's functions give numbers of its own."""
    if instr.result.type is not None:
        return False
    if instr.op == "getitem":
        return type_of(instr.args[1]) is not slice and instr.args[1] not in slices
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


def _point(lifted: Any, instr: Instr) -> tuple[int, str | None] | None:
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
