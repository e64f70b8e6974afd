"""Opcodes that mean the same in every supported Python."""

from __future__ import annotations

from typing import Any

from bytegrad.cpython.define import Table
from bytegrad.ir.nodes import Const
from bytegrad.ir.ops import NULL

COMMON = Table()
op = COMMON.op

BINARY_OPERATORS = [
    "add",
    "and_",
    "floordiv",
    "lshift",
    "matmul",
    "mul",
    "mod",
    "or_",
    "pow",
    "rshift",
    "sub",
    "truediv",
    "xor",
    "iadd",
    "iand",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imul",
    "imod",
    "ior",
    "ipow",
    "irshift",
    "isub",
    "itruediv",
    "ixor",
]
COMPARISONS = ["lt", "le", "eq", "ne", "gt", "ge"]


def nothing(b: Any, arg: Any, *inputs: Any) -> tuple[Any, ...]:
    """A row for instructions that change neither values nor control."""
    return ()


op("NOP RESUME CACHE EXTENDED_ARG COPY_FREE_VARS", "--")(nothing)
op("POP_TOP", "value --")(nothing)


@op("PUSH_NULL", "-- null")
def push_null(b: Any, arg: Any) -> Any:
    return (b.marker(NULL),)


@op("MAKE_CELL", "--")
def make_cell(b: Any, arg: Any) -> Any:
    b.make_cell(arg)
    return ()


@op("RETURN_GENERATOR", "-- none")
def return_generator(b: Any, arg: Any) -> Any:
    return (Const(None),)


@op("LOAD_CONST", "-- value")
def load_const(b: Any, value: Any) -> Any:
    return (Const(value),)


@op("LOAD_FAST", "-- value")
def load_fast(b: Any, name: Any) -> Any:
    return (b.load_local(name),)


@op("STORE_FAST", "value --")
def store_fast(b: Any, name: str, value: Any) -> Any:
    b.store_local(name, value)
    return ()


@op("DELETE_FAST", "--")
def delete_fast(b: Any, name: str) -> Any:
    b.delete_local(name)
    return ()


@op("LOAD_DEREF", "-- value")
def load_deref(b: Any, cell: Any) -> Any:
    return (b.call("load_cell", b.cell(cell), static=cell.name),)


@op("STORE_DEREF", "value --")
def store_deref(b: Any, cell: Any, value: Any) -> Any:
    b.effect("store_cell", b.cell(cell), value, static=cell.name)
    return ()


@op("DELETE_DEREF", "--")
def delete_deref(b: Any, cell: Any) -> Any:
    b.effect("delete_cell", b.cell(cell), static=cell.name)
    return ()


@op("STORE_GLOBAL", "value --")
def store_global(b: Any, name: str, value: Any) -> Any:
    b.effect("store_global", value, static=name)
    return ()


@op("DELETE_GLOBAL", "--")
def delete_global(b: Any, name: str) -> Any:
    b.effect("delete_global", static=name)
    return ()


@op("LOAD_NAME", "-- value")
def load_name(b: Any, name: str) -> Any:
    return (b.call("load_name", static=name),)


@op("STORE_NAME", "value --")
def store_name(b: Any, name: str, value: Any) -> Any:
    b.effect("store_name", value, static=name)
    return ()


@op("DELETE_NAME", "--")
def delete_name(b: Any, name: str) -> Any:
    b.effect("delete_name", static=name)
    return ()


@op("LOAD_BUILD_CLASS", "-- builder")
def load_build_class(b: Any, arg: Any) -> Any:
    return (b.call("load_build_class"),)


@op("SETUP_ANNOTATIONS", "--")
def setup_annotations(b: Any, arg: Any) -> Any:
    b.effect("setup_annotations")
    return ()


@op("UNARY_NEGATIVE", "value -- res")
def unary_negative(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("neg", value),)


@op("UNARY_INVERT", "value -- res")
def unary_invert(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("invert", value),)


@op("UNARY_NOT", "value -- res")
def unary_not(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("not_", value),)


@op("BINARY_OP", "lhs rhs -- res")
def binary_op(b: Any, arg: int, lhs: Any, rhs: Any) -> Any:
    return (b.call(BINARY_OPERATORS[arg], lhs, rhs),)


@op("IS_OP", "lhs rhs -- res")
def is_op(b: Any, arg: int, lhs: Any, rhs: Any) -> Any:
    return (b.call("is_not" if arg else "is_", lhs, rhs),)


@op("CONTAINS_OP", "item container -- res")
def contains_op(b: Any, arg: int, item: Any, container: Any) -> Any:
    return (b.call("not_contains" if arg else "contains", container, item),)


@op("BINARY_SUBSCR", "container key -- res")
def binary_subscr(b: Any, arg: Any, container: Any, key: Any) -> Any:
    return (b.call("getitem", container, key),)


@op("STORE_SUBSCR", "value container key --")
def store_subscr(b: Any, arg: Any, value: Any, container: Any, key: Any) -> Any:
    b.effect("setitem", container, key, value)
    return ()


@op("DELETE_SUBSCR", "container key --")
def delete_subscr(b: Any, arg: Any, container: Any, key: Any) -> Any:
    b.effect("delitem", container, key)
    return ()


@op("STORE_ATTR", "value owner --")
def store_attr(b: Any, name: str, value: Any, owner: Any) -> Any:
    b.effect("setattr", owner, value, static=name)
    return ()


@op("DELETE_ATTR", "owner --")
def delete_attr(b: Any, name: str, owner: Any) -> Any:
    b.effect("delattr", owner, static=name)
    return ()


@op("BUILD_TUPLE", "items[n] -- res")
def build_tuple(b: Any, n: int, *items: Any) -> Any:
    return (b.call("tuple", *items),)


@op("BUILD_LIST", "items[n] -- res")
def build_list(b: Any, n: int, *items: Any) -> Any:
    return (b.call("list", *items),)


@op("BUILD_SET", "items[n] -- res")
def build_set(b: Any, n: int, *items: Any) -> Any:
    return (b.call("set", *items),)


@op("BUILD_MAP", "items[n] -- res", count=lambda n: 2 * n)
def build_map(b: Any, n: int, *items: Any) -> Any:
    return (b.call("dict", *items),)


@op("BUILD_CONST_KEY_MAP", "items[n] keys -- res")
def build_const_key_map(b: Any, n: int, *inputs: Any) -> Any:
    *items, keys = inputs
    pairs = [x for key, item in zip(keys.value, items, strict=True) for x in (Const(key), item)]
    return (b.call("dict", *pairs),)


@op("BUILD_STRING", "items[n] -- res")
def build_string(b: Any, n: int, *items: Any) -> Any:
    return (b.call("string", *items),)


@op("BUILD_SLICE", "items[n] -- res")
def build_slice(b: Any, n: int, *items: Any) -> Any:
    return (b.call("slice", *items),)


@op("LIST_EXTEND", "items[n] -- res", count=lambda n: n + 1)
def list_extend(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("list_extend", target, rest[-1])
    return (target, *rest[:-1])


@op("LIST_APPEND", "items[n] -- res", count=lambda n: n + 1)
def list_append(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("list_append", target, rest[-1])
    return (target, *rest[:-1])


@op("SET_ADD", "items[n] -- res", count=lambda n: n + 1)
def set_add(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("set_add", target, rest[-1])
    return (target, *rest[:-1])


@op("SET_UPDATE", "items[n] -- res", count=lambda n: n + 1)
def set_update(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("set_update", target, rest[-1])
    return (target, *rest[:-1])


@op("MAP_ADD", "items[n] -- res", count=lambda n: n + 2)
def map_add(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("map_add", target, rest[-2], rest[-1])
    return (target, *rest[:-2])


@op("DICT_UPDATE", "items[n] -- res", count=lambda n: n + 1)
def dict_update(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("dict_update", target, rest[-1])
    return (target, *rest[:-1])


@op("DICT_MERGE", "items[n] -- res", count=lambda n: n + 1)
def dict_merge(b: Any, n: int, target: Any, *rest: Any) -> Any:
    b.effect("dict_merge", target, rest[-1])
    return (target, *rest[:-1])


@op("UNPACK_SEQUENCE", "seq -- items[n]")
def unpack_sequence(b: Any, n: int, seq: Any) -> Any:
    return tuple(reversed(b.calls("unpack", n, seq, static=n)))


@op("UNPACK_EX", "seq -- items[n]")
def unpack_ex(b: Any, arg: int, seq: Any) -> Any:
    before, after = arg & 0xFF, arg >> 8
    return tuple(reversed(b.calls("unpack_ex", before + 1 + after, seq, static=(before, after))))


@op("COPY", "items[n] -- res")
def copy(b: Any, n: int, *items: Any) -> Any:
    return (*items, items[0])


@op("SWAP", "items[n] -- res")
def swap(b: Any, n: int, *items: Any) -> Any:
    return (items[-1], *items[1:-1], items[0])


@op("GET_ITER", "iterable -- iterator")
def get_iter(b: Any, arg: Any, iterable: Any) -> Any:
    return (b.call("iter", iterable),)


@op("FOR_ITER", "iterator -- iterator value", flow="for")
def for_iter(b: Any, arg: Any, iterator: Any) -> Any:
    return (iterator, b.call("next", iterator))


@op("CALL_FUNCTION_EX", "items[n] -- res", count=lambda flags: 3 + (flags & 1))
def call_function_ex(b: Any, flags: int, *inputs: Any) -> Any:
    return (b.call_star(inputs[0], inputs[1], inputs[2:]),)


@op("RETURN_VALUE", "value --", flow="stop")
def return_value(b: Any, arg: Any, value: Any) -> Any:
    b.returns(value)
    return ()


@op("RAISE_VARARGS", "items[n] --", flow="stop")
def raise_varargs(b: Any, n: int, *items: Any) -> Any:
    b.effect("raise", *items)
    b.raises()
    return ()


@op("RERAISE", "items[n] -- rest", flow="stop", count=lambda n: n + 1)
def reraise(b: Any, n: int, *items: Any) -> Any:
    b.effect("reraise", items[-1])
    b.raises()
    return ()


@op("JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT", "--", flow="jump")
def jump(b: Any, arg: Any) -> Any:
    return ()


@op("LOAD_ASSERTION_ERROR", "-- value")
def load_assertion_error(b: Any, arg: Any) -> Any:
    return (Const(AssertionError),)


@op("IMPORT_NAME", "level names -- module")
def import_name(b: Any, name: str, level: Any, names: Any) -> Any:
    return (b.call("import_name", level, names, static=name),)


@op("IMPORT_FROM", "module -- module value")
def import_from(b: Any, name: str, module: Any) -> Any:
    return (module, b.call("import_from", module, static=name))


UNSUPPORTED: dict[str, str] = {}
"""Opcodes that are refused, with the reason."""
