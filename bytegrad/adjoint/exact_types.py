"""Exact types of the values of a lifted function, as far as they follow from what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.known import (
    METHODS_AT_END,
    RANGE_ITERATOR,
    REAL,
    UNKNOWN,
    Analysis,
    at_end,
    call_operands,
    callee_of,
    type_of,
)
from bytegrad.ir.nodes import Const, Edge, Instr, Operand, Value
from bytegrad.ir.ops import BINARY, COMPARE, GUARDS, UNARY, UNBOUND

Known: TypeAlias = dict[Value, type | None]
"""The types of the values that have been reached."""
Infer: TypeAlias = Callable[[Instr, Known, Analysis, Facts], type | None]
"""The type of an operation's only result."""


def infer_types(found: Analysis, facts: Facts, guesses: Mapping[Value, type] | None = None) -> None:
    """Optimistic forward propagation to a fixpoint; a value not reached yet has no type at all.

    Of `guesses` it is assumed that they are of these types where nothing else is known of them.
    """
    known: Known = {p: p.type for p in found.order[0].params}
    guesses = guesses or {}
    changed = True
    while changed:
        changed = False
        for block in found.order:
            for instr in block.instrs:
                for value, inferred in _result_types(instr, known, found, facts):
                    kind = guesses.get(value) if inferred is UNKNOWN else inferred
                    if value not in known or known[value] is not kind:
                        known[value] = kind
                        changed = True
            for edge in block.successors():
                changed |= _pass_types(edge, known)
    for value, kind in known.items():
        value.type = kind


def _pass_types(edge: Edge, known: Known) -> bool:
    """Join the types of an edge's arguments to those of the parameters; tell whether that changed any."""
    changed = False
    for param, arg in zip(edge.target.params, edge.args, strict=True):
        if isinstance(arg, Value) and arg not in known:
            continue
        kind = known[arg] if isinstance(arg, Value) else type_of(arg)
        if isinstance(arg, Const) and arg.value is UNBOUND:
            continue
        joined = kind if param not in known or known[param] is kind else UNKNOWN
        if param not in known or known[param] is not joined:
            known[param] = joined
            changed = True
    return changed


def infer_again(instr: Instr, found: Analysis, facts: Facts) -> None:
    """The types of the results of one instruction, after those of its operands have become known."""
    for value, kind in _result_types(instr, _types_of(instr), found, facts):
        if kind is not UNKNOWN:
            value.type = kind


def follows(instr: Instr, found: Analysis, facts: Facts) -> bool:
    """Whether the type of its only result follows from those of its operands."""
    return all(kind is not UNKNOWN for _, kind in _result_types(instr, _types_of(instr), found, facts))


def _types_of(instr: Instr) -> Known:
    return {a: a.type for a in instr.args if isinstance(a, Value)}


def _kind(operand: Operand, known: Known) -> type | None:
    return known.get(operand) if isinstance(operand, Value) else type_of(operand)


def unpacks_constants(instr: Instr) -> bool:
    """Whether it takes a constant tuple apart."""
    source = instr.args[0] if instr.op == "unpack" else None
    return isinstance(source, Const) and type(source.value) is tuple and len(source.value) == len(instr.results)


_FRESH = {"tuple": tuple, "list": list, "dict": dict, "set": set, "string": str, "slice": slice, "list_to_tuple": tuple}
_BOOLS = frozenset(("is_", "is_not", "not_", "truth", "contains", "not_contains", "exc_match", "is_mapping"))


def _result_types(instr: Instr, known: Known, found: Analysis, facts: Facts) -> Iterable[tuple[Value, type | None]]:
    source = instr.args[0] if unpacks_constants(instr) else None
    if isinstance(source, Const):
        return list(zip(instr.results, map(type, source.value), strict=True))
    if instr in found.taken_apart:
        lists = found.rows[found.taken_apart[instr].args[0]]
        return [(value, int if items is None else UNKNOWN) for value, items in zip(instr.results, lists, strict=True)]
    if len(instr.results) != 1:
        return [(value, UNKNOWN) for value in instr.results]
    infer = _INFER.get(instr.op)
    return [(instr.result, UNKNOWN if infer is None else infer(instr, known, found, facts))]


def _always(kind: type) -> Infer:
    return lambda instr, known, found, facts: kind


def _compared(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    return bool if all(_kind(a, known) in (int, float, bool, str) for a in instr.args) else UNKNOWN


def _arithmetic(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    return arithmetic_type(instr.op, instr.args, known)


def _first(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    return _kind(instr.args[0], known)


def _subscript(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    owner, key = instr.args
    return list if _kind(owner, known) is list and _kind(key, known) is slice else UNKNOWN


def _iterator(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    return RANGE_ITERATOR if _kind(instr.args[0], known) is range else UNKNOWN


def _item(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    if instr.args[0] in found.rows:
        return tuple
    return int if _kind(instr.args[0], known) is RANGE_ITERATOR else UNKNOWN


def arithmetic_type(op: str, args: tuple[Operand, ...], known: Known) -> type | None:
    """The exact type of arithmetic on exact ints and floats; unknown where it depends on values."""
    kinds = [int if (k := _kind(a, known)) is bool else k for a in args]
    if op == "mul" and kinds == [list, int]:
        return list
    if not all(kind in REAL for kind in kinds):
        return UNKNOWN
    op = op[1:] if op.startswith("i") and op[1:] in BINARY else op
    if op == "truediv":
        return float
    if op == "pow":
        return _power_type(args, kinds)
    if op in ("add", "sub", "mul", "neg", "pos", "mod", "floordiv"):
        return float if float in kinds else int
    return int if kinds == [int] * len(kinds) and op in ("and_", "or_", "xor", "lshift", "rshift", "invert") else None


def _power_type(args: tuple[Operand, ...], kinds: list[Any]) -> type | None:
    exponent = args[1]
    if kinds[0] is float:
        return float if kinds[1] is int else UNKNOWN
    positive = isinstance(exponent, Const) and kinds[1] is int and exponent.value >= 0
    return int if positive else UNKNOWN


def _global(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    try:
        found.fixed[instr.result] = facts.global_value(instr.static)
    except KeyError:
        return facts.global_type(instr.static)
    return UNKNOWN


def _attribute(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    owner = instr.args[0]
    if is_inert(owner, facts):
        return tuple
    if isinstance(owner, Value) and owner in found.fixed:
        try:
            attribute = facts.attribute(found.fixed[owner], instr.static)
        except AttributeError:
            return UNKNOWN
        found.fixed[instr.result] = attribute
        return type(attribute) if type(attribute) in REAL else UNKNOWN
    return UNKNOWN


def _method(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    if instr.static in METHODS_AT_END and _kind(instr.args[0], known) is list and facts.is_method_of_list(instr.static):
        found.methods[instr.result] = instr.static
        return UNKNOWN
    found.methods.pop(instr.result, None)
    return _attribute(instr, known, found, facts)


def is_inert(owner: Operand, facts: Facts) -> bool:
    """Whether attributes of `owner` are tuples without any cotangent."""
    return isinstance(owner, Const) and facts.is_inert(owner.value)


def _function(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    display = _DISPLAYS.get(instr.static[0].co_name)
    if display is not None:
        found.displays[instr.result] = display
    return UNKNOWN


_DISPLAYS = {"<listcomp>": list, "<dictcomp>": dict, "<setcomp>": set}


def _call_type(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
    if at_end(instr, found) == "push":
        return type(None)
    if instr.args[0] in found.displays:
        return found.displays[instr.args[0]]
    callee = callee_of(instr, found)
    if callee is None or instr.static:
        return UNKNOWN
    return facts.result_type(callee, [_kind(a, known) for a in call_operands(instr, found)])


_INFER: dict[str, Infer] = {
    **dict.fromkeys((*BINARY, *UNARY), _arithmetic),
    **dict.fromkeys(COMPARE, _compared),
    **dict.fromkeys(_BOOLS, _always(bool)),
    **{op: _always(kind) for op, kind in _FRESH.items()},
    "load_global": _global,
    "getattr": _attribute,
    "load_method": _method,
    "make_function": _function,
    "call": _call_type,
    "call_method": _call_type,
    **{refine: _always(kind) for kind, (_, refine) in GUARDS.items()},
    "same": _first,
    "getitem": _subscript,
    "iter": _iterator,
    "pairs": _iterator,
    "next": _item,
    "len": _always(int),
}
"""How the type of a result follows; of other operations it is unknown."""
