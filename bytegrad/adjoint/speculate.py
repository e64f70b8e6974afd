"""Where it pays to guess a type: of loads and calls whose results go into arithmetic, and of lists in lists."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from bytegrad.adjoint.analysis import share_known_loads
from bytegrad.adjoint.exact_types import follows, infer_types
from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.known import Analysis, type_of
from bytegrad.adjoint.modes import choose_modes
from bytegrad.ir.nodes import Instr, Operand, Value
from bytegrad.ir.ops import BINARY, GUARDS

_LOADS = frozenset(("getitem", "getattr", "call", "call_method", "load_cell", "pow", "ipow"))
"""What may give anything; a power of real numbers is complex if the base is negative and the exponent a fraction."""
_ARITHMETIC = frozenset((*BINARY, "neg", "pos")) - {"matmul", "imatmul", "and_", "or_", "xor", "iand", "ior", "ixor"}
_NUMBERS = (float, int, None)
LARGEST = 1500
"""Functions of more instructions than this are not copied."""


Point = tuple[int, str | None]
Points = dict[int, tuple[str | None, type]]
Guesses = dict[Value, tuple[Point, type]]
Seen = Mapping[int, type | None]
"""Where a guess was wrong: the type that was found, or None if there were several."""
NOTHING_SEEN: Seen = {}


def speculation_points(lifted: Any, found: Analysis, facts: Facts, seen: Seen = NOTHING_SEEN) -> Points | None:
    """The points for `lift`: instruction index -> None for the top of the stack, or the name of a local; and the type.

    A value is worth a guess if its type is unknown and it comes out of the heap or a call: that it is a float if it is
    an operand of arithmetic on what may be numbers, that it is a list if it is an item of a list and is indexed by an
    int, that it is a tuple if it is unpacked; unless its type follows from the other guesses, or something else was
    `seen`.  If there are any points, `found` is of no more use: it holds what was guessed.
    """
    if len(lifted.program.instrs) > LARGEST:
        return None

    def taken(more: Guesses) -> Guesses:
        kinds = {value: seen.get(point[0], kind) for value, (point, kind) in more.items() if value not in guesses}
        return {value: (more[value][0], kind) for value, kind in kinds.items() if kind in GUARDS}

    guesses: Guesses = {}
    more = taken({**_floats(lifted, found), **_results_passed_on(lifted, found), **_containers(lifted, found)})
    while more:
        guesses.update(more)
        infer_types(found, facts, {value: kind for value, (_, kind) in guesses.items()})
        choose_modes(found, facts)
        share_known_loads(found, facts)
        more = taken({**_results_passed_on(lifted, found), **_containers(lifted, found)})
    kept = [
        guesses[value]
        for i, value in _makers(found, guesses)
        if i.op != "same" and (len(i.results) > 1 or not follows(i, found, facts))
    ]
    return {index: (name, kind) for (index, name), kind in kept} or None


def _floats(lifted: Any, found: Analysis) -> Guesses:
    """The values that may be floats and go into arithmetic."""
    wanted = _operands_of_arithmetic(found)
    slices = _subscripts_of_views(found)
    makers = [made for made in _makers(found, wanted) if _may_be_float(*made, found, slices)]
    return _guessed(lifted, found, [(i, value, float) for i, value in makers])


def _results_passed_on(lifted: Any, found: Analysis) -> Guesses:
    """Results of callees that are known to give floats, where they are arguments of further functions."""
    calls = [i for block in found.order for i in block.instrs if i.op == "call" and i.args[0] in found.fixed]
    passed_on = {argument for call in calls for argument in call.args[1:]}
    giving = [call for call in calls if call.result in passed_on and call.result.type is None]
    return _guessed(
        lifted, found, [(i, i.result, float) for i in giving if i in found.bound and found.bound[i].gives_float]
    )


def _containers(lifted: Any, found: Analysis) -> Guesses:
    """Items of lists that are indexed by an int or looped over: lists, as in a matrix; or unpacked: tuples."""
    instrs = [i for block in found.order for i in block.instrs]
    wanted: dict[Operand, type] = {i.args[0]: tuple for i in instrs if i.op == "unpack"}
    wanted.update({i.args[0]: list for i in instrs if i.op in ("getitem", "setitem") and type_of(i.args[1]) is int})
    wanted.update({i.args[0]: list for i in instrs if i.op == "iter"})
    through = {i.result for i in instrs if i.op == "iter" and type_of(i.args[0]) is list}
    items = [
        (i, value, wanted[value])
        for i, value in _makers(found, wanted)
        if value.type is None
        and ((i.op == "getitem" and type_of(i.args[0]) is list) or (i.op == "next" and i.args[0] in through))
    ]
    return _guessed(lifted, found, items)


def _guessed(lifted: Any, found: Analysis, makers: list[tuple[Instr, Value, type]]) -> Guesses:
    """What is guessed of results; of a variable that is shared with inner functions, what it is at first."""
    cells: dict[Operand, type | None] = {
        i.result: type_of(i.args[0]) for block in found.order for i in block.instrs if i.op == "make_cell"
    }
    guesses: Guesses = {}
    for instr, value, kind in makers:
        point = _point(lifted, instr, value)
        if point is not None:
            first = cells.get(instr.args[0]) if instr.op == "load_cell" else None
            guesses[value] = (point, kind if first is None else first)
    return guesses


def _makers(found: Analysis, values: Container[Operand]) -> list[tuple[Instr, Value]]:
    return [(i, value) for block in found.order for i in block.instrs for value in i.results if value in values]


def _subscripts_of_views(found: Analysis) -> set[Operand]:
    """Tuples with slices: subscripts that give arrays."""
    tuples = [i for block in found.order for i in block.instrs if i.op == "tuple"]
    return {i.result for i in tuples if any([type_of(arg) is slice for arg in i.args])}


def _may_be_float(instr: Instr, value: Value, found: Analysis, slices: set[Operand]) -> bool:
    """Whether a result may be a float: slices are none, and numpy's functions give numbers of its own."""
    if value.type is not None:
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
    if callee in (max, min):
        return instr.op == "call" and not instr.static and len(instr.args) > _ALONE
    return callee is abs or getattr(callee, "__module__", None) == "math"


_ALONE = 2
"""The callee and one argument: a container, whose largest item is asked for."""


def _point(lifted: Any, instr: Instr, value: Value) -> Point | None:
    index = instr.origin
    if index < 0:
        return None
    instrs = lifted.program.instrs
    if instr.op in ("next", "unpack"):
        # What is unpacked is stored one after the other.
        stores = instrs[index + 1 : index + 1 + len(instr.results)]
        place = instr.results.index(value)
        stored = all([store.name == "STORE_FAST" for store in stores[: place + 1]])
        return (index + 1 + place, stores[place].arg) if stored and place < len(stores) else None
    if instr.op not in _LOADS or instrs[index].name in ("LOAD_GLOBAL",):
        return None
    pushed = lifted.pushes[0, index]
    return (index, None) if pushed and value in pushed else None
