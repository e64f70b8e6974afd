"""The tables of opcodes: every opcode of the running interpreter is accounted for, with the stack effect it has."""

from __future__ import annotations

import dis
import importlib
import opcode

import pytest

from bytegrad.cpython import CURRENT
from bytegrad.cpython.define import Dialect
from tests.cpython.opcodes import FORMS, Cell, argument_forms, effect_of, real_opcodes

REAL = real_opcodes()
DIALECTS = ["py311", "py312", "py313", "py314"]

# What the interpreter says of these is not what they do to the stack, or not what matters here.
OTHER_EFFECTS = {
    "RERAISE": "nothing follows, so what is left below the exception does not matter",
    "RETURN_GENERATOR": "before 3.13 the value that POP_TOP then pops was not counted",
    "PRECALL": "3.11 counts a call's arguments here, and CALL only its callable",
    "CALL": "see PRECALL; in later versions the two agree",
}


def dialect(name: str) -> Dialect:
    found: Dialect = importlib.import_module(f"bytegrad.cpython.{name}").DIALECT
    return found


def test_every_opcode_is_accounted_for() -> None:
    assert set(CURRENT.opcodes).isdisjoint(CURRENT.unsupported)
    assert {*CURRENT.opcodes, *CURRENT.unsupported} == set(REAL)


@pytest.mark.parametrize("name", sorted(set(REAL) & set(CURRENT.opcodes) - set(OTHER_EFFECTS)))
def test_rows_have_the_interpreters_stack_effect(name: str) -> None:
    for raw, argument in argument_forms(name, REAL[name], CURRENT):
        popped, pushed = effect_of(CURRENT.opcodes[name], raw, argument)
        assert pushed - popped == dis.stack_effect(REAL[name], raw, jump=False), f"{name} {raw}"


@pytest.mark.parametrize("n", range(5))
def test_a_call_has_the_interpreters_stack_effect(n: int) -> None:
    popped, pushed = effect_of(CURRENT.opcodes["CALL"], n, n)
    assert pushed - popped == sum(
        dis.stack_effect(opcode.opmap[name], n) for name in ("PRECALL", "CALL") if name in REAL
    )


@pytest.mark.parametrize("name", sorted(set(REAL) & set(CURRENT.opcodes)))
def test_rows_say_whether_they_jump(name: str) -> None:
    jumps = REAL[name] in (*opcode.hasjrel, *opcode.hasjabs, *getattr(opcode, "hasjump", ()))
    # From 3.14 on END_ASYNC_FOR names the loop that it ends, for debuggers.
    assert (CURRENT.opcodes[name].flow in ("jump", "branch", "for", "send")) == (jumps and name != "END_ASYNC_FOR")


# Of versions that are not running ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_can_be_read_on_any_python(name: str) -> None:
    found = dialect(name)
    assert f"py{found.version[0]}{found.version[1]}" == name
    assert {row.name for row in found.opcodes.values()} == set(found.opcodes)
    assert set(found.opcodes).isdisjoint(found.unsupported)
    for needed in ("LOAD_CONST", "LOAD_FAST", "STORE_FAST", *found.for_exit, found.load_cell, found.subscript[0]):
        assert needed in found.opcodes
    assert set(found.names.values()) <= set(found.opcodes)


def test_the_running_dialect_is_that_of_the_running_python() -> None:
    version = "".join(importlib.import_module("platform").python_version_tuple()[:2])
    assert CURRENT is dialect(f"py{version}")


# From Lib/_opcode_metadata.py of 3.14, without the specialised and instrumented ones.
OPCODES_314 = [
    "BINARY_OP",
    "BINARY_SLICE",
    "BUILD_INTERPOLATION",
    "BUILD_LIST",
    "BUILD_MAP",
    "BUILD_SET",
    "BUILD_SLICE",
    "BUILD_STRING",
    "BUILD_TEMPLATE",
    "BUILD_TUPLE",
    "CACHE",
    "CALL",
    "CALL_FUNCTION_EX",
    "CALL_INTRINSIC_1",
    "CALL_INTRINSIC_2",
    "CALL_KW",
    "CHECK_EG_MATCH",
    "CHECK_EXC_MATCH",
    "CLEANUP_THROW",
    "COMPARE_OP",
    "CONTAINS_OP",
    "CONVERT_VALUE",
    "COPY",
    "COPY_FREE_VARS",
    "DELETE_ATTR",
    "DELETE_DEREF",
    "DELETE_FAST",
    "DELETE_GLOBAL",
    "DELETE_NAME",
    "DELETE_SUBSCR",
    "DICT_MERGE",
    "DICT_UPDATE",
    "END_ASYNC_FOR",
    "END_FOR",
    "END_SEND",
    "EXIT_INIT_CHECK",
    "EXTENDED_ARG",
    "FORMAT_SIMPLE",
    "FORMAT_WITH_SPEC",
    "FOR_ITER",
    "GET_AITER",
    "GET_ANEXT",
    "GET_AWAITABLE",
    "GET_ITER",
    "GET_LEN",
    "GET_YIELD_FROM_ITER",
    "IMPORT_FROM",
    "IMPORT_NAME",
    "INTERPRETER_EXIT",
    "IS_OP",
    "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT",
    "JUMP_FORWARD",
    "LIST_APPEND",
    "LIST_EXTEND",
    "LOAD_ATTR",
    "LOAD_BUILD_CLASS",
    "LOAD_COMMON_CONSTANT",
    "LOAD_CONST",
    "LOAD_DEREF",
    "LOAD_FAST",
    "LOAD_FAST_AND_CLEAR",
    "LOAD_FAST_BORROW",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "LOAD_FAST_CHECK",
    "LOAD_FAST_LOAD_FAST",
    "LOAD_FROM_DICT_OR_DEREF",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_GLOBAL",
    "LOAD_LOCALS",
    "LOAD_NAME",
    "LOAD_SMALL_INT",
    "LOAD_SPECIAL",
    "LOAD_SUPER_ATTR",
    "MAKE_CELL",
    "MAKE_FUNCTION",
    "MAP_ADD",
    "MATCH_CLASS",
    "MATCH_KEYS",
    "MATCH_MAPPING",
    "MATCH_SEQUENCE",
    "NOP",
    "NOT_TAKEN",
    "POP_EXCEPT",
    "POP_ITER",
    "POP_JUMP_IF_FALSE",
    "POP_JUMP_IF_NONE",
    "POP_JUMP_IF_NOT_NONE",
    "POP_JUMP_IF_TRUE",
    "POP_TOP",
    "PUSH_EXC_INFO",
    "PUSH_NULL",
    "RAISE_VARARGS",
    "RERAISE",
    "RESUME",
    "RETURN_GENERATOR",
    "RETURN_VALUE",
    "SEND",
    "SETUP_ANNOTATIONS",
    "SET_ADD",
    "SET_FUNCTION_ATTRIBUTE",
    "SET_UPDATE",
    "STORE_ATTR",
    "STORE_DEREF",
    "STORE_FAST",
    "STORE_FAST_LOAD_FAST",
    "STORE_FAST_STORE_FAST",
    "STORE_GLOBAL",
    "STORE_NAME",
    "STORE_SLICE",
    "STORE_SUBSCR",
    "SWAP",
    "TO_BOOL",
    "UNARY_INVERT",
    "UNARY_NEGATIVE",
    "UNARY_NOT",
    "UNPACK_EX",
    "UNPACK_SEQUENCE",
    "WITH_EXCEPT_START",
    "YIELD_VALUE",
]

EFFECTS_314 = {
    ("LOAD_SMALL_INT", 7, 7): (0, 1),
    ("LOAD_COMMON_CONSTANT", 3, 3): (0, 1),
    ("LOAD_FAST_BORROW", 0, "name"): (0, 1),
    ("LOAD_FAST_BORROW_LOAD_FAST_BORROW", 0, ("first", "second")): (0, 2),
    ("LOAD_SPECIAL", 0, 0): (1, 2),
    ("BINARY_OP", 26, 26): (2, 1),
    ("CALL_FUNCTION_EX", 0, 0): (4, 1),
    ("WITH_EXCEPT_START", None, None): (5, 6),
    ("NOT_TAKEN", None, None): (0, 0),
    ("END_FOR", None, None): (1, 0),
    ("POP_ITER", None, None): (1, 0),
    ("BUILD_TEMPLATE", None, None): (2, 1),
    ("BUILD_INTERPOLATION", 2, (False, 1)): (2, 1),
    ("BUILD_INTERPOLATION", 3, (True, 1)): (3, 1),
    ("LOAD_DEREF", 0, Cell("name")): (0, 1),
    ("SET_FUNCTION_ATTRIBUTE", 16, 16): (2, 1),
}


def test_py314_has_a_row_for_every_opcode_of_3_14() -> None:
    assert set(dialect("py314").opcodes) == set(OPCODES_314)


@pytest.mark.parametrize("key", EFFECTS_314, ids=lambda key: f"{key[0]}-{key[1]}")
def test_py314_rows_have_the_effects_of_3_14(key: tuple[str, int | None, object]) -> None:
    name, raw, argument = key
    assert effect_of(dialect("py314").opcodes[name], raw, argument) == EFFECTS_314[key]


@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_two_in_one_is_read_as_two(name: str) -> None:
    found = dialect(name)
    pairs = {of_two for of_two in found.opcodes if of_two in FORMS and FORMS[of_two](0) == ("first", "second")}
    assert set(found.two_in_one) == pairs
    assert {half for halves in found.two_in_one.values() for half in halves} <= set(found.opcodes)
