"""CPython 3.12: rows of its own, and how it spells what emitted code needs."""

from __future__ import annotations

from typing import Any

from bytecode import Compare

from bytegrad.cpython.common import COMMON, COMPARISONS, UNSUPPORTED, nothing
from bytegrad.cpython.define import Dialect, Table
from bytegrad.cpython.py311 import (
    call,
    format_value,
    kw_names,
    load_closure,
    load_global,
    make_function,
    pop_jump_if_false,
    pop_jump_if_none,
    pop_jump_if_not_none,
    pop_jump_if_true,
)
from bytegrad.ir.nodes import Const
from bytegrad.ir.ops import NULL, SELF

OWN = Table()
op = OWN.op

op("LOAD_GLOBAL", "-- null value")(load_global)
op("KW_NAMES", "--")(kw_names)
op("CALL", "first second items[n] -- res")(call)
op("LOAD_CLOSURE", "-- cell")(load_closure)
op("MAKE_FUNCTION", "items[n] code -- res", count=lambda flags: bin(flags & 15).count("1"))(make_function)
op("FORMAT_VALUE", "items[n] -- res", count=lambda flags: 1 + bool(flags & 4))(format_value)
op("POP_JUMP_IF_TRUE", "value --", flow="branch")(pop_jump_if_true)
op("POP_JUMP_IF_FALSE", "value --", flow="branch")(pop_jump_if_false)
op("POP_JUMP_IF_NONE", "value --", flow="branch")(pop_jump_if_none)
op("POP_JUMP_IF_NOT_NONE", "value --", flow="branch")(pop_jump_if_not_none)
op("END_FOR", "iterator value --")(nothing)
op("INTERPRETER_EXIT", "value --", flow="stop")(nothing)


@op("LOAD_ATTR", "owner -- value")
def load_attr(b: Any, arg: tuple[bool, str], owner: Any) -> Any:
    method, name = arg
    if method:
        return (b.method(owner, name), b.marker(SELF))
    return (b.call("getattr", owner, static=name),)


@op("LOAD_SUPER_ATTR", "super kind self -- value")
def load_super_attr(b: Any, arg: tuple[bool, bool, str], super_: Any, kind: Any, self: Any) -> Any:
    method, spelled_out, name = arg
    value = b.call("super_attr", super_, kind, self, static=(spelled_out, name))
    return (b.marker(NULL), value) if method else (value,)


@op("LOAD_FAST_CHECK", "-- value")
def load_fast_check(b: Any, name: Any) -> Any:
    return (b.check_local(name),)


@op("LOAD_FAST_AND_CLEAR", "-- value")
def load_fast_and_clear(b: Any, name: Any) -> Any:
    value = b.load_local(name)
    b.delete_local(name)
    return (value,)


@op("LOAD_LOCALS", "-- namespace")
def load_locals(b: Any, arg: Any) -> Any:
    return (b.call("load_locals"),)


@op("LOAD_FROM_DICT_OR_GLOBALS", "namespace -- value")
def load_from_dict_or_globals(b: Any, name: str, namespace: Any) -> Any:
    return (b.call("load_from_dict_or_globals", namespace, static=name),)


@op("LOAD_FROM_DICT_OR_DEREF", "namespace -- value")
def load_from_dict_or_deref(b: Any, cell: Any, namespace: Any) -> Any:
    return (b.call("load_from_dict_or_deref", namespace, b.cell(cell), static=cell.name),)


@op("COMPARE_OP", "lhs rhs -- res")
def compare_op(b: Any, arg: int, lhs: Any, rhs: Any) -> Any:
    return (b.call(COMPARISONS[arg & 15], lhs, rhs),)


@op("BINARY_SLICE", "container start stop -- res")
def binary_slice(b: Any, arg: Any, container: Any, start: Any, stop: Any) -> Any:
    return (b.call("getitem", container, b.call("slice", start, stop)),)


@op("STORE_SLICE", "value container start stop --")
def store_slice(b: Any, arg: Any, value: Any, container: Any, start: Any, stop: Any) -> Any:
    b.effect("setitem", container, b.call("slice", start, stop), value)
    return ()


@op("RETURN_CONST", "--", flow="stop")
def return_const(b: Any, value: Any) -> Any:
    b.returns(Const(value))
    return ()


@op("END_SEND", "iterator value -- value")
def end_send(b: Any, arg: Any, iterator: Any, value: Any) -> Any:
    return (value,)


@op("CLEANUP_THROW", "iterator last exc -- none value")
def cleanup_throw(b: Any, arg: Any, iterator: Any, last: Any, exc: Any) -> Any:
    return (Const(None), b.call("cleanup_throw", iterator, exc))


INTRINSICS_1 = {
    1: "print_expr",
    2: "import_star",
    3: "stop_iteration_error",
    4: "async_gen_wrap",
    5: "pos",
    6: "list_to_tuple",
    7: "typevar",
    8: "paramspec",
    9: "typevartuple",
    10: "subscript_generic",
    11: "typealias",
}
INTRINSICS_2 = {
    1: "prep_reraise_star",
    2: "typevar_with_bound",
    3: "typevar_with_constraints",
    4: "set_function_type_params",
    5: "set_typeparam_default",
}


@op("CALL_INTRINSIC_1", "value -- res")
def call_intrinsic_1(b: Any, which: int, value: Any) -> Any:
    return (b.call(INTRINSICS_1[which], value),)


@op("CALL_INTRINSIC_2", "first second -- res")
def call_intrinsic_2(b: Any, which: int, first: Any, second: Any) -> Any:
    return (b.call(INTRINSICS_2[which], first, second),)


NAMES = {
    "jump_if_none": "POP_JUMP_IF_NONE",
    "jump_if_not_none": "POP_JUMP_IF_NOT_NONE",
    "jump_if_false": "POP_JUMP_IF_FALSE",
    "jump_if_true": "POP_JUMP_IF_TRUE",
}


def emit_call(n: int) -> list[tuple[str, Any]]:
    return [("CALL", n)]


def emit_call_by_name(n: int, names: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [("KW_NAMES", names), *emit_call(n)]


DIALECT = Dialect(
    version=(3, 12),
    opcodes={**COMMON, **OWN},
    unsupported=UNSUPPORTED,
    for_exit=("END_FOR",),
    comparison=lambda op: Compare[op.upper()],
    yield_value=("YIELD_VALUE", 1),
    send_keeps_iterator=True,
    jump_again="JUMP_BACKWARD_NO_INTERRUPT",
    emit_call=emit_call,
    emit_call_by_name=emit_call_by_name,
    null_first=True,
    names=NAMES,
)
