"""CPython 3.13: rows of its own, and how it spells what emitted code needs."""

from __future__ import annotations

from typing import Any

from bytecode import Compare
from bytecode.instr import Intrinsic2Op

from bytegrad.cpython.common import COMMON, COMPARISONS, UNSUPPORTED, nothing
from bytegrad.cpython.define import Dialect, Table, UnknownOperand
from bytegrad.cpython.py312 import NAMES, emit_call
from bytegrad.cpython.py312 import OWN as OWN_312
from bytegrad.ir.ops import NULL, SELF

OWN = Table({name: row for name, row in OWN_312.items() if name not in ("FORMAT_VALUE", "KW_NAMES", "LOAD_CLOSURE")})
op = OWN.op

op("END_FOR", "value --")(nothing)
op("EXIT_INIT_CHECK", "value --")(nothing)


@op("TO_BOOL", "value -- res")
def to_bool(b: Any, arg: Any, value: Any) -> Any:
    return (b.truth(value),)


@op("COMPARE_OP", "lhs rhs -- res")
def compare_op(b: Any, arg: int, lhs: Any, rhs: Any) -> Any:
    res = b.call(COMPARISONS[arg & 15], lhs, rhs)
    return (b.truth(res) if arg & 16 else res,)


@op("CALL", "callable self items[n] -- res")
def call(b: Any, n: int, callable_: Any, self: Any, *items: Any) -> Any:
    return (b.call_function(callable_, self, items, ()),)


@op("CALL_KW", "callable self items[n] names -- res")
def call_kw(b: Any, n: int, callable_: Any, self: Any, *inputs: Any) -> Any:
    *items, names = inputs
    return (b.call_function(callable_, self, tuple(items), names.value),)


@op("LOAD_GLOBAL", "-- value null")
def load_global(b: Any, arg: tuple[bool, str]) -> Any:
    value = b.call("load_global", static=arg[1])
    return (value, b.marker(NULL)) if arg[0] else (value,)


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
    return (value, b.marker(NULL)) if method else (value,)


@op("LOAD_FAST_LOAD_FAST", "-- first second")
def load_fast_load_fast(b: Any, names: tuple[Any, Any]) -> Any:
    return (b.load_local(names[0]), b.load_local(names[1]))


@op("STORE_FAST_LOAD_FAST", "value -- res")
def store_fast_load_fast(b: Any, names: tuple[Any, Any], value: Any) -> Any:
    b.store_local(names[0], value)
    return (b.load_local(names[1]),)


@op("STORE_FAST_STORE_FAST", "second first --")
def store_fast_store_fast(b: Any, names: tuple[Any, Any], second: Any, first: Any) -> Any:
    b.store_local(names[0], first)
    b.store_local(names[1], second)
    return ()


@op("MAKE_FUNCTION", "code -- res")
def make_function(b: Any, arg: Any, code: Any) -> Any:
    return (b.call("make_function", static=(code.value, 0)),)


@op("SET_FUNCTION_ATTRIBUTE", "attribute function -- function")
def set_function_attribute(b: Any, which: int, attribute: Any, function: Any) -> Any:
    b.effect("set_function_attribute", function, attribute, static=which)
    return (function,)


@op("CONVERT_VALUE", "value -- res")
def convert_value(b: Any, which: int, value: Any) -> Any:
    return (b.call("convert", value, static=int(which)),)


@op("FORMAT_SIMPLE", "value -- res")
def format_simple(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("format", value, static=0),)


@op("FORMAT_WITH_SPEC", "value spec -- res")
def format_with_spec(b: Any, arg: Any, value: Any, spec: Any) -> Any:
    return (b.call("format", value, spec, static=0),)


def emit_call_by_name(n: int, names: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [("LOAD_CONST", names), ("CALL_KW", n)]


DEFAULT_OF_TYPE_PARAMETER = UnknownOperand(
    opcode="CALL_INTRINSIC_2",
    operand=5,
    stand_in=Intrinsic2Op.INTRINSIC_2_INVALID,
    named=int.__new__(Intrinsic2Op, 5),
)
"""``def f[T = int]``."""

TWO_IN_ONE = {
    "LOAD_FAST_LOAD_FAST": ("LOAD_FAST", "LOAD_FAST"),
    "STORE_FAST_LOAD_FAST": ("STORE_FAST", "LOAD_FAST"),
    "STORE_FAST_STORE_FAST": ("STORE_FAST", "STORE_FAST"),
}

DIALECT = Dialect(
    version=(3, 13),
    opcodes={**COMMON, **OWN},
    unsupported=UNSUPPORTED,
    for_exit=("END_FOR", "POP_TOP"),
    comparison=lambda op: Compare[f"{op.upper()}_CAST"],
    yield_value=("YIELD_VALUE", 0),
    send_keeps_iterator=True,
    jump_again="JUMP_BACKWARD_NO_INTERRUPT",
    emit_call=emit_call,
    emit_call_by_name=emit_call_by_name,
    to_bool=("TO_BOOL",),
    null_first=False,
    load_cell="LOAD_FAST",
    unknown_operands=(DEFAULT_OF_TYPE_PARAMETER,),
    two_in_one=TWO_IN_ONE,
    names=NAMES,
)
