"""Types, fixed callees, activity and usefulness of the values of a lifted function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.ignored import find_ignored, run_as_it_stands
from bytegrad.adjoint.items import share_loads
from bytegrad.adjoint.known import (
    BY_IDENTITY,
    NATIVE,
    RANGE_ITERATOR,
    REAL,
    UNKNOWN,
    WITHOUT_COTANGENT,
    Analysis,
    call_operands,
    callee_of,
    is_item,
    type_of,
)
from bytegrad.adjoint.loops import pair_loops
from bytegrad.ir.nodes import Block, Const, Function, Instr, Operand, Return, Value
from bytegrad.ir.ops import BINARY, COMPARE, UNARY, UNBOUND

Known: TypeAlias = dict[Value, type | None]
"""The types of the values that have been reached."""
Infer: TypeAlias = Callable[[Instr, Known, Analysis, Facts], type | None]
"""The type of an operation's only result."""
Choose: TypeAlias = Callable[[Instr, Analysis, Facts], str]
"""The mode of an operation."""


def analyse(
    function: Function, order: list[Block], facts: Facts, types: tuple[type | None, ...], active: tuple[bool, ...]
) -> Analysis:
    """Specialise `function` to exact argument `types` and to which arguments are `active`."""
    found = Analysis(function, order)
    for value, kind in zip(function.params, types, strict=True):
        value.type = kind
    _infer_types(found, facts)
    ignored = find_ignored(found, facts)
    pair_loops(found, ignored)
    _choose_modes(found, facts, ignored)
    if share_loads(found):
        _infer_types(found, facts)
        _choose_modes(found, facts, ignored)
    starts = (v for v, is_active in zip(function.params, active, strict=True) if is_active)
    for block in order:
        for instr in block.instrs:
            if instr.op in ("refine", "same"):
                found.refined[instr.result] = found.refined.get(instr.args[0], instr.args[0])
    _infer_activity(found, starts)
    _find_plain(found)
    _infer_usefulness(found)
    return found


def _choose_modes(found: Analysis, facts: Facts, ignored: frozenset[Instr]) -> None:
    for block in found.order:
        for instr in block.instrs:
            found.modes[instr] = _mode(instr, found, facts)
    run_as_it_stands(found, ignored)


# types ------------------------------------------------------------------------------------------------------


def _infer_types(found: Analysis, facts: Facts) -> None:
    """Optimistic forward propagation to a fixpoint; a value not reached yet has no type at all."""
    entry = found.order[0]
    known: Known = {p: p.type for p in entry.params}
    changed = True
    while changed:
        changed = False
        for block in found.order:
            for instr in block.instrs:
                for value, kind in _result_types(instr, known, found, facts):
                    if value not in known or known[value] is not kind:
                        known[value] = kind
                        changed = True
            for edge in block.successors():
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
    for value, kind in known.items():
        value.type = kind


def _kind(operand: Operand, known: Known) -> type | None:
    return known.get(operand) if isinstance(operand, Value) else type_of(operand)


def _unpacks_constants(instr: Instr) -> bool:
    """Whether it takes a constant tuple apart."""
    source = instr.args[0] if instr.op == "unpack" else None
    return isinstance(source, Const) and type(source.value) is tuple and len(source.value) == len(instr.results)


_FRESH = {"tuple": tuple, "list": list, "dict": dict, "set": set, "string": str, "slice": slice, "list_to_tuple": tuple}
_BOOLS = frozenset(("is_", "is_not", "not_", "truth", "contains", "not_contains", "exc_match", "is_mapping"))


def _result_types(instr: Instr, known: Known, found: Analysis, facts: Facts) -> Iterable[tuple[Value, type | None]]:
    source = instr.args[0] if _unpacks_constants(instr) else None
    if isinstance(source, Const):
        return list(zip(instr.results, map(type, source.value), strict=True))
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
    if _is_inert(owner, facts):
        return tuple
    if isinstance(owner, Value) and owner in found.fixed:
        try:
            attribute = facts.attribute(found.fixed[owner], instr.static)
        except AttributeError:
            return UNKNOWN
        found.fixed[instr.result] = attribute
        return type(attribute) if type(attribute) in REAL else UNKNOWN
    return UNKNOWN


def _call_type(instr: Instr, known: Known, found: Analysis, facts: Facts) -> type | None:
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
    "load_method": _attribute,
    "call": _call_type,
    "call_method": _call_type,
    "refine": _always(float),
    "same": _first,
    "getitem": _subscript,
    "iter": _iterator,
    "pairs": _iterator,
    "next": _item,
    "len": _always(int),
}
"""How the type of a result follows; of other operations it is unknown."""


# modes ------------------------------------------------------------------------------------------------------


def _mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if instr.op in NATIVE or _unpacks_constants(instr):
        return "native"
    choose = _CHOOSE.get(instr.op, _other_mode)
    return choose if isinstance(choose, str) else choose(instr, found, facts)


def _other_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "generic" if facts.handles(instr.op) else "native"


def _unpack_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "build" if type_of(instr.args[0]) is tuple else "generic"


def _item_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "item" if is_item(instr) else _other_mode(instr, found, facts)


def _function_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "function" if _sets_defaults(instr) else "native"


def _global_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "native" if instr.result in found.fixed else "global"


def _attribute_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    return "native" if instr.result in found.fixed or _is_inert(instr.args[0], facts) else "generic"


def _is_inert(owner: Operand, facts: Facts) -> bool:
    return isinstance(owner, Const) and facts.is_inert(owner.value)


def _loop_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if type_of(instr.args[0]) in (range, RANGE_ITERATOR):
        return "native"
    return _other_mode(instr, found, facts)


def _sets_defaults(instr: Instr) -> bool:
    which = instr.static if instr.op == "set_function_attribute" else instr.static[1]
    return bool(which & 1)


def _arithmetic_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    if instr.result.type not in REAL:
        return "generic"
    from_ops = facts.operator(instr.op)
    if facts.partials(from_ops) is None:
        return "native" if facts.constant(from_ops) else "generic"
    found.callees[instr] = from_ops
    return "inline"


def _call_mode(instr: Instr, found: Analysis, facts: Facts) -> str:
    callee = callee_of(instr, found)
    if callee is None or instr.static:
        return "generic"
    operands = call_operands(instr, found)
    if instr.result.type is not UNKNOWN:
        rule = facts.partials(callee)
        if rule is not None and len(rule[0]) == len(operands):
            found.callees[instr] = callee
            return "inline"
        if facts.constant(callee):
            return "native"
    return "generic"


_CHOOSE: dict[str, str | Choose] = {
    **dict.fromkeys((*BINARY, *UNARY), _arithmetic_mode),
    **dict.fromkeys(("tuple", "list", "dict", "set", "string", "convert", "async_gen_wrap"), "build"),
    **dict.fromkeys(("refine", "same"), "refine"),
    **dict.fromkeys(("make_cell", "free_cell", "load_cell", "store_cell", "delete_cell"), "cell"),
    **dict.fromkeys(("make_function", "set_function_attribute"), _function_mode),
    **dict.fromkeys(("getitem", "setitem"), _item_mode),
    **dict.fromkeys(("getattr", "load_method"), _attribute_mode),
    **dict.fromkeys(("call", "call_method"), _call_mode),
    **dict.fromkeys(("iter", "next", "pairs"), _loop_mode),
    "unpack": _unpack_mode,
    "yield": "yield",
    "view": "view",
    "is_float": "native",
    "load_global": _global_mode,
}


# activity and usefulness ------------------------------------------------------------------------------------


def _find_plain(found: Analysis) -> None:
    guarded: set[Operand] = set()
    otherwise: set[Operand] = set()
    for block in found.order:
        for instr in block.instrs:
            (guarded if instr.op in ("is_float", "refine", "same") else otherwise).update(instr.args)
        for operand in block.terminator.operands():
            otherwise.add(operand)
        for edge in block.successors():
            otherwise.update(a for a, p in zip(edge.args, edge.target.params, strict=True) if p in found.active)
    found.plain = {v for v in guarded - otherwise if isinstance(v, Value)}


_SOURCES = frozenset(("generic", "cell", "global", "yield", "item"))


def carries(kind: type | None) -> bool:
    """Whether values of this exact type have a cotangent by value."""
    return kind not in WITHOUT_COTANGENT and kind not in BY_IDENTITY


def _infer_activity(found: Analysis, starts: Iterable[Value]) -> None:
    """Forward: which values may carry a cotangent.  What comes out of the heap always may."""
    active = found.active
    active.update(v for v in starts if carries(v.type))
    changed = True
    while changed:
        size = len(active)
        for block in found.order:
            for instr in block.instrs:
                mode = found.modes[instr]
                if mode == "native":
                    continue
                if mode in _SOURCES or any(a in active for a in instr.args):
                    active.update(v for v in instr.results if carries(v.type) and v not in found.fixed)
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    if arg in active and carries(param.type):
                        active.add(param)
        changed = len(active) != size


def _infer_usefulness(found: Analysis) -> None:
    """Backward: which values may influence the result or the heap through derivatives."""
    useful = found.useful
    changed = True
    while changed:
        size = len(useful)
        for block in reversed(found.order):
            if isinstance(block.terminator, Return):
                _add(useful, (block.terminator.value,))
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    if param in useful:
                        _add(useful, (arg,))
            for instr in reversed(block.instrs):
                mode = found.modes[instr]
                if mode == "native" or (mode in ("inline",) and not any(r in useful for r in instr.results)):
                    continue
                if instr.op in ("tuple", "unpack") and not any(r in useful for r in instr.results):
                    continue
                _add(useful, instr.args)
        changed = len(useful) != size


def _add(useful: set[Value], operands: Iterable[Operand]) -> None:
    useful.update(o for o in operands if isinstance(o, Value))
