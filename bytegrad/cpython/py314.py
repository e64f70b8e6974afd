"""CPython 3.14: rows of its own, and how it spells what emitted code needs.

Written from the list of its opcodes before a 3.14 was there to run; docs/adding-a-python.md says what is left to do.
"""

from __future__ import annotations

from typing import Any

from bytecode import Compare

from bytegrad.cpython.common import BINARY_OPERATORS, COMMON, UNSUPPORTED, nothing
from bytegrad.cpython.define import Dialect, Table
from bytegrad.cpython.py312 import NAMES, emit_call
from bytegrad.cpython.py313 import OWN as OWN_313
from bytegrad.cpython.py313 import TWO_IN_ONE, emit_call_by_name
from bytegrad.ir.nodes import Const
from bytegrad.ir.ops import NULL, SELF

REMOVED = frozenset(
    ["BEFORE_ASYNC_WITH", "BEFORE_WITH", "BINARY_SUBSCR", "BUILD_CONST_KEY_MAP", "LOAD_ASSERTION_ERROR", "RETURN_CONST"]
)
SUBSCRIPT = len(BINARY_OPERATORS)
"""The argument with which BINARY_OP is a subscript."""
SPECIAL_METHODS = ("__enter__", "__exit__", "__aenter__", "__aexit__")
COMMON_CONSTANTS = (AssertionError, NotImplementedError, tuple, all, any)

OWN = Table({name: row for name, row in OWN_313.items() if name not in REMOVED})
op = OWN.op

op("NOT_TAKEN", "--")(nothing)
op("POP_ITER", "iterator --")(nothing)


@op("LOAD_SMALL_INT", "-- value")
def load_small_int(b: Any, value: int) -> Any:
    return (Const(int(value)),)


@op("LOAD_COMMON_CONSTANT", "-- value")
def load_common_constant(b: Any, which: int) -> Any:
    return (Const(COMMON_CONSTANTS[which]),)


@op("LOAD_FAST_BORROW", "-- value")
def load_fast_borrow(b: Any, name: Any) -> Any:
    return (b.load_local(name),)


@op("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "-- first second")
def load_fast_borrow_load_fast_borrow(b: Any, names: tuple[Any, Any]) -> Any:
    return (b.load_local(names[0]), b.load_local(names[1]))


@op("BINARY_OP", "lhs rhs -- res")
def binary_op(b: Any, arg: int, lhs: Any, rhs: Any) -> Any:
    return (b.call("getitem" if arg == SUBSCRIPT else BINARY_OPERATORS[arg], lhs, rhs),)


@op("LOAD_SPECIAL", "owner -- method self")
def load_special(b: Any, which: int, owner: Any) -> Any:
    method = b.call("load_special", owner, static=SPECIAL_METHODS[which])
    b.owners[method] = owner
    return (method, b.marker(SELF))


@op("CALL_FUNCTION_EX", "callable null items kwargs -- res")
def call_function_ex(b: Any, arg: Any, callable_: Any, null: Any, items: Any, kwargs: Any) -> Any:
    passed = isinstance(kwargs, Const) and kwargs.value is NULL
    return (b.call_star(callable_, null, (items,) if passed else (items, kwargs)),)


@op("WITH_EXCEPT_START", "leave self lasti previous exc -- leave self lasti previous exc res")
def with_except_start(b: Any, arg: Any, leave: Any, self: Any, lasti: Any, previous: Any, exc: Any) -> Any:
    return (leave, self, lasti, previous, exc, b.call("exit_with", leave, exc))


@op("BUILD_TEMPLATE", "strings interpolations -- template")
def build_template(b: Any, arg: Any, strings: Any, interpolations: Any) -> Any:
    return (b.call("template", strings, interpolations),)


@op("BUILD_INTERPOLATION", "value text spec[n] -- interpolation", count=lambda arg: _number(arg) & 1)
def build_interpolation(b: Any, arg: Any, value: Any, text: Any, *spec: Any) -> Any:
    return (b.call("interpolation", value, text, *spec, static=_number(arg) >> 2),)


def _number(arg: Any) -> int:
    """The argument as the interpreter has it; `bytecode` gives the lowest bit and the rest apart."""
    return int(arg[1]) << 1 | arg[0] if isinstance(arg, tuple) else arg


DIALECT = Dialect(
    version=(3, 14),
    opcodes={**{name: row for name, row in COMMON.items() if name not in REMOVED}, **OWN},
    unsupported=UNSUPPORTED,
    for_exit=("END_FOR", "POP_ITER"),
    comparison=lambda op: Compare[f"{op.upper()}_CAST"],
    subscript=("BINARY_OP", SUBSCRIPT),
    yield_value=("YIELD_VALUE", 0),
    send_keeps_iterator=True,
    jump_again="JUMP_BACKWARD_NO_INTERRUPT",
    emit_call=emit_call,
    emit_call_by_name=emit_call_by_name,
    to_bool=("TO_BOOL",),
    null_first=False,
    load_cell="LOAD_FAST",
    # What emission adds in between might end the life of a value that is borrowed.
    two_in_one={**TWO_IN_ONE, "LOAD_FAST_BORROW_LOAD_FAST_BORROW": ("LOAD_FAST", "LOAD_FAST")},
    names=NAMES,
)
