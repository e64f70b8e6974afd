"""What is known of a function's values, and the sets that the knowledge is told in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bytegrad.adjoint.facts import Bound
from bytegrad.ir.nodes import Block, Const, Function, Instr, Operand, Value
from bytegrad.ir.ops import COMPARE, NULL, SELF, UNBOUND

REAL = (float, int)
"""Types whose arithmetic is emitted inline."""
UNKNOWN = None
ITERATORS = {range: type(iter(range(0)))}
RANGE_ITERATOR = ITERATORS[range]
WITHOUT_COTANGENT = frozenset({bool, type(None), type(Ellipsis), range, slice, RANGE_ITERATOR, type})
BY_IDENTITY = frozenset({list, dict, set})
NATIVE = frozenset(
    (
        *COMPARE, "is_", "is_not", "contains", "not_contains", "truth", "not_", "is_done", "is_returned", "caught",
        "push_exc_info", "pop_except", "exc_match", "eg_match", "reraise", "import_name", "import_from",
        "check", "unwind", "len", "is_mapping", "is_sequence", "load_build_class", "setup_annotations",
        "end_async_for", "delete_global", "delete_name", "print_expr", "import_star", "prep_reraise_star",
        "stop_iteration_error",
        "typevar", "paramspec", "typevartuple", "subscript_generic", "typealias",
        "typevar_with_bound", "typevar_with_constraints", "set_function_type_params", "set_typeparam_default",
        "load_locals",
    )
)  # fmt: skip
"""Operations whose results carry no derivative information, run as they stand."""


@dataclass(slots=True, eq=False)
class Run:
    """Operations that follow one another in a block, do nothing else if they are on arrays, and leave one record.

    `leaves` are the operands from outside, in the order in which they are met; `outs` are the places of the results
    that are wanted outside; `recorder` is what the runtime has for it.
    """

    instrs: list[Instr]
    operands: list[tuple[Operand, ...]]
    """Of each operation, as they are on the stack."""
    kinds: list[str]
    leaves: list[Value]
    outs: list[int]
    recorder: Any = None


@dataclass(slots=True)
class Analysis:
    """What is known of a function's values.  `modes` says how each instruction is reversed.

    "native": it carries no derivative; "inline": by the partials of its callee; "build": it makes a tuple or a
    fresh container; "item", "slot": an item or an attribute, whose shadow is at hand; "push", "pop": an item comes to a
    list's end or leaves it; "generic": it goes through the runtime and leaves a record; "cell", "global": variables.
    """

    function: Function
    order: list[Block]
    fixed: dict[Value, Any] = field(default_factory=dict)
    active: set[Value] = field(default_factory=set)
    useful: set[Value] = field(default_factory=set)
    modes: dict[Instr, str] = field(default_factory=dict)
    plain: set[Value] = field(default_factory=set)
    """Values of unknown type that are only used where they are known to be floats."""
    refined: dict[Operand, Operand] = field(default_factory=dict)
    """What a guarded value was before it was known to be a float."""
    keys: dict[Instr, Value] = field(default_factory=dict)
    """The index of an item access, counted from the list's beginning."""
    truths: set[Operand] = field(default_factory=set)
    """Values of which the truth is asked for, and nothing else."""
    decided: set[Operand] = field(default_factory=set)
    """Those of them that are bools, since comparisons gave them."""
    ignored: frozenset[Instr] = frozenset()
    """The instructions of blocks that are ignored."""
    methods: dict[Operand, str] = field(default_factory=dict)
    """Methods of exact lists that have a mode of their own."""
    sequences: dict[Operand, Operand] = field(default_factory=dict)
    """The exact list that the iterator of a loop goes through."""
    rows: dict[Operand, tuple[Operand | None, ...]] = field(default_factory=dict)
    """The exact lists that the iterator of a loop goes through at once; None stands for a count."""
    zips: set[Instr] = field(default_factory=set)
    """The calls that make what such iterators are of."""
    taken_apart: dict[Instr, Instr] = field(default_factory=dict)
    """What takes apart the items of such an iterator, and the step that gave them."""
    callees: dict[Instr, Any] = field(default_factory=dict)
    """The callee of an inline instruction."""
    displays: dict[Operand, type] = field(default_factory=dict)
    """What the functions return that comprehensions are, where they are not part of the code around them."""
    runs: dict[Instr, Run] = field(default_factory=dict)
    """The run that an instruction belongs to."""
    bound: dict[Instr, Bound] = field(default_factory=dict)
    """What generic calls lead to, if the callee was compiled along with this and still is what it was."""

    def wants(self, operand: Operand) -> bool:
        """Whether the pullback keeps a cotangent for `operand` by value."""
        return isinstance(operand, Value) and operand in self.active and operand in self.useful


def type_of(operand: Operand) -> type | None:
    """The exact type of an operand, where it is known."""
    if isinstance(operand, Value):
        return operand.type
    value = operand.value
    return UNKNOWN if value is NULL or value is SELF or value is UNBOUND else type(value)


def is_users(kind: type | None) -> bool:
    """Whether a known type is a class of the user's."""
    return kind is not None and bool(kind.__flags__ & _HEAP_TYPE)


_HEAP_TYPE = 1 << 9


def callee_of(instr: Instr, found: Analysis) -> Any:
    """The fixed object that a call calls, or None."""
    callee = instr.args[0]
    return found.fixed.get(callee) if isinstance(callee, Value) else callee.value


def call_operands(instr: Instr, found: Analysis) -> tuple[Operand, ...]:
    """The operands of a call that are passed to its callee."""
    skip = 2 if instr.op == "call_method" and callee_of(instr, found) is not None else 1
    return instr.args[skip:]


def at_end(instr: Instr, found: Analysis) -> str | None:
    """Whether one item comes to the end of an exact list, "push", or leaves it, "pop"; None for anything else."""
    if instr.op == "list_append":
        return "push" if type_of(instr.args[0]) is list else None
    method = found.methods.get(instr.args[0]) if instr.op == "call_method" and not instr.static else None
    return _AT_END.get((method, len(instr.args) - 2)) if method is not None else None


_AT_END = {("append", 1): "push", ("pop", 0): "pop"}
METHODS_AT_END = frozenset(("append", "pop"))


def container_at_end(instr: Instr) -> Operand:
    """The list of a "push" or "pop"."""
    return instr.args[1 if instr.op == "call_method" else 0]


def is_item(instr: Instr) -> bool:
    """A slot of an exact list by an exact int, or of an exact dict.

    What is stored under a key that may be a float goes another way, for the key has a cotangent too.
    """
    container, key = type_of(instr.args[0]), type_of(instr.args[1])
    if container is dict:
        return instr.op == "getitem" or isinstance(instr.args[1], Const) or key in (str, int, bool, type(None))
    return container is list and key is int
