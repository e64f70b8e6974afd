"""CPython 3.11: rows of its own, and how it spells what emitted code needs."""

from __future__ import annotations

from typing import Any

from bytecode import Compare

import bytegrad.cpython.protocols  # noqa: F401 - its rows join the common table
from bytegrad.cpython.common import COMMON, COMPARISONS, UNSUPPORTED, nothing
from bytegrad.cpython.define import Dialect, Table
from bytegrad.ir.nodes import Const
from bytegrad.ir.ops import NULL, SELF

OWN = Table()
op = OWN.op

op("PRECALL", "--")(nothing)


@op("LOAD_GLOBAL", "-- null value")
def load_global(b: Any, arg: tuple[bool, str]) -> Any:
    value = b.call("load_global", static=arg[1])
    return (b.marker(NULL), value) if arg[0] else (value,)


@op("LOAD_FAST", "-- value")
def load_fast(b: Any, name: Any) -> Any:
    return (b.check_local(name),)


@op("LOAD_ATTR", "owner -- value")
def load_attr(b: Any, name: str, owner: Any) -> Any:
    return (b.call("getattr", owner, static=name),)


@op("LOAD_METHOD", "owner -- method self")
def load_method(b: Any, name: str, owner: Any) -> Any:
    return (b.method(owner, name), b.marker(SELF))


@op("KW_NAMES", "--")
def kw_names(b: Any, names: tuple[str, ...]) -> Any:
    b.keywords = names
    return ()


@op("CALL", "first second items[n] -- res")
def call(b: Any, n: int, first: Any, second: Any, *items: Any) -> Any:
    keywords, b.keywords = b.keywords, ()
    return (b.call_function(first, second, items, keywords),)


@op("COMPARE_OP", "lhs rhs -- res")
def compare_op(b: Any, arg: int, lhs: Any, rhs: Any) -> Any:
    return (b.call(COMPARISONS[arg], lhs, rhs),)


@op("UNARY_POSITIVE", "value -- res")
def unary_positive(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("pos", value),)


@op("LOAD_CLOSURE", "-- cell")
def load_closure(b: Any, cell: Any) -> Any:
    return (b.cell(cell),)


@op("LOAD_CLASSDEREF", "-- value")
def load_classderef(b: Any, cell: Any) -> Any:
    return (b.call("load_classderef", b.cell(cell), static=cell.name),)


@op("MAKE_FUNCTION", "items[n] code -- res", count=lambda flags: bin(flags & 15).count("1"))
def make_function(b: Any, flags: int, *inputs: Any) -> Any:
    *extras, code = inputs
    return (b.call("make_function", *extras, static=(code.value, flags)),)


@op("FORMAT_VALUE", "items[n] -- res", count=lambda flags: 1 + bool(flags & 4))
def format_value(b: Any, flags: int, *items: Any) -> Any:
    return (b.call("format", *items, static=flags & 3),)


@op("LIST_TO_TUPLE", "items -- res")
def list_to_tuple(b: Any, arg: Any, items: Any) -> Any:
    return (b.call("list_to_tuple", items),)


@op("PRINT_EXPR", "value --")
def print_expr(b: Any, arg: Any, value: Any) -> Any:
    b.effect("print_expr", value)
    return ()


@op("IMPORT_STAR", "module --")
def import_star(b: Any, arg: Any, module: Any) -> Any:
    b.effect("import_star", module)
    return ()


@op("PREP_RERAISE_STAR", "original excs -- res")
def prep_reraise_star(b: Any, arg: Any, original: Any, excs: Any) -> Any:
    return (b.call("prep_reraise_star", original, excs),)


@op("ASYNC_GEN_WRAP", "value -- wrapped")
def async_gen_wrap(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("async_gen_wrap", value),)


@op("POP_JUMP_FORWARD_IF_TRUE POP_JUMP_BACKWARD_IF_TRUE", "value --", flow="branch")
def pop_jump_if_true(b: Any, arg: Any, value: Any) -> Any:
    b.branch_if(b.truth(value))
    return ()


@op("POP_JUMP_FORWARD_IF_FALSE POP_JUMP_BACKWARD_IF_FALSE", "value --", flow="branch")
def pop_jump_if_false(b: Any, arg: Any, value: Any) -> Any:
    b.branch_unless(b.truth(value))
    return ()


@op("POP_JUMP_FORWARD_IF_NONE POP_JUMP_BACKWARD_IF_NONE", "value --", flow="branch")
def pop_jump_if_none(b: Any, arg: Any, value: Any) -> Any:
    b.branch_if(b.call("is_", value, Const(None)))
    return ()


@op("POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_NOT_NONE", "value --", flow="branch")
def pop_jump_if_not_none(b: Any, arg: Any, value: Any) -> Any:
    b.branch_unless(b.call("is_", value, Const(None)))
    return ()


@op("JUMP_IF_TRUE_OR_POP", "value --", flow="branch")
def jump_if_true_or_pop(b: Any, arg: Any, value: Any) -> Any:
    b.branch_if(b.truth(value), taken_pushes=(value,))
    return ()


@op("JUMP_IF_FALSE_OR_POP", "value --", flow="branch")
def jump_if_false_or_pop(b: Any, arg: Any, value: Any) -> Any:
    b.branch_unless(b.truth(value), taken_pushes=(value,))
    return ()


_NAMES = {
    "jump_if_none": "POP_JUMP_FORWARD_IF_NONE",
    "jump_if_not_none": "POP_JUMP_FORWARD_IF_NOT_NONE",
    "jump_if_false": "POP_JUMP_FORWARD_IF_FALSE",
    "jump_if_true": "POP_JUMP_FORWARD_IF_TRUE",
}


def emit_call(n: int) -> list[tuple[str, Any]]:
    return [("PRECALL", n), ("CALL", n)]


def emit_call_by_name(n: int, names: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [("KW_NAMES", names), *emit_call(n)]


DIALECT = Dialect(
    version=(3, 11),
    opcodes={**COMMON, **OWN},
    unsupported=UNSUPPORTED,
    emit_call=emit_call,
    emit_call_by_name=emit_call_by_name,
    null_first=True,
    throw_jumps=True,
    attribute=str,
    comparison=lambda op: Compare[op.upper()],
    keywords_ahead=2,
    names=_NAMES,
)
