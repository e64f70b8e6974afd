"""emit_pullback: IR that is written down, run."""

from __future__ import annotations

import itertools
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.codegen.pullback import emit_pullback
from bytegrad.ir.nodes import Const, Function, Instr, Return, Value
from bytegrad.ir.parse import parse
from bytegrad.runtime.context import Context
from bytegrad.runtime.slots import HELPERS


def user(x: float) -> float:
    """What the pullbacks of this module say that they are pullbacks of."""
    return x


def run(function: Function | str, record: tuple[Any, ...], seed: Any = 1.0, *, taped: bool = False) -> Any:
    """The cotangents that the emitted code returns for `record`, whose first item stands for the pullback."""
    ir = parse(function) if isinstance(function, str) else function
    code = emit_pullback(ir, user.__code__, taped, HELPERS)
    return FunctionType(code, {})(Context(), (None, *record), seed)


def test_arithmetic() -> None:
    text = """
        def f.pullback():
        b0(%0, %1):
          %2, %3 = unpack_record %0 [2]
          %4 = mul %1, %2
          %5 = sub %4, %3
          %6 = truediv %5, 4.0
          %7 = neg %6
          %8 = tuple %4, %7
          return %8
    """
    assert run(text, (2.0, 3.0), 5.0) == (10.0, -1.75)


def test_a_value_that_is_used_twice_is_computed_once() -> None:
    calls = []

    def noted(x: float) -> float:
        calls.append(x)
        return 2 * x

    function = parse("def f.pullback():\nb0(%0, %1):\n  %2 = call 1, %1\n  %3 = add %2, %2\n  return %3")
    instr = function.blocks[0].instrs[0]
    instr.args = (Const(noted), instr.args[1])
    assert run(function, ()) == 4.0
    assert calls == [1.0]


def test_what_nobody_reads_is_not_computed() -> None:
    function = parse("def f.pullback():\nb0(%0, %1):\n  %2 = truediv %1, 0\n  return %1")
    assert run(function, (), 7.0) == 7.0


def test_arguments_of_edges_are_all_read_before_any_is_written() -> None:
    text = """
        def f.pullback():
        b0(%0, %1):
          %2, %3, %4 = unpack_record %0 [3]
          jump b1(%2, %3, %4)
        b1(%5, %6, %7):
          %8 = pop [1]
          br %8 ? b1(%6, %7, %5) : b2
        b2:
          %9 = tuple %5, %6, %7
          return %9
    """
    for n in range(4):
        tape = [False] + [True] * n
        assert run(text, ("a", "b", "c", tape), taped=True) == tuple(("abc" * 3)[n : n + 3])


def test_the_tape_is_read_from_its_end_and_left_as_it_is() -> None:
    text = """
        def f.pullback():
        b0(%0, %1):
          %2 = unpack_record %0 [1]
          %3 = pop [1]
          %4, %5 = pop [2]
          %6 = tuple %2, %3, %4, %5
          return %6
    """
    tape = [("first", 1), 2]
    assert run(text, ("frame", tape), taped=True) == ("frame", 2, "first", 1)
    assert tape == [("first", 1), 2]


def test_a_record_reverses_itself() -> None:
    def reversal(ctx: Context, record: tuple[Any, ...], y_bar: Any) -> tuple[Any, ...]:
        return (y_bar * record[1], y_bar + record[1])

    text = """
        def f.pullback():
        b0(%0, %1):
          %2 = unpack_record %0 [1]
          %3, %4 = reverse %2, %1 [2]
          %5 = tuple %4, %3
          return %5
    """
    assert run(text, ((reversal, 3.0),), 2.0) == (5.0, 6.0)
    # What left no record has nothing to reverse: its cotangents are absent.
    assert run(text, (None,), 2.0) == (0, 0)


@pytest.mark.parametrize("record", [(0,), (1,)])
def test_branches(record: tuple[int]) -> None:
    text = """
        def f.pullback():
        b0(%0, %1):
          %2 = unpack_record %0 [1]
          %3 = is_ %2, 0
          br %3 ? b1 : b2(%1, 2.0)
        b1:
          %4 = mul %1, 10.0
          jump b2(%4, %1)
        b2(%5, %6):
          %7 = tuple %5, %6
          return %7
    """
    assert run(text, record, 3.0) == ((30.0, 3.0) if record == (0,) else (3.0, 2.0))


def test_the_code_object_names_the_users_function() -> None:
    code = emit_pullback(parse("def f.pullback():\nb0(%0, %1):\n  return %1"), user.__code__, False, HELPERS)
    assert code.co_qualname == "user.pullback"
    assert (code.co_filename, code.co_firstlineno) == (user.__code__.co_filename, user.__code__.co_firstlineno)


OPERATIONS = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b}


@given(st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99)), max_size=40))
def test_random_expressions(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is kept on the stack, put into a local or left out, the value is the same."""
    record, seed = Value(0), Value(1)
    values: list[Value] = [seed]
    results: list[int] = [3]
    function = parse("def f.pullback():\nb0(%0, %1):\n  return %1")
    block = function.blocks[0]
    block.params = [record, seed]
    for op, first, second in steps:
        a, b = first % len(values), second % len(values)
        value = Value(len(values) + 1)
        block.instrs.append(Instr(op, (values[a], values[b]), (value,)))
        values.append(value)
        results.append(OPERATIONS[op](results[a], results[b]) % 1009)
        reduced = Value(1000 + len(values))
        block.instrs.append(Instr("mod", (value, Const(1009)), (reduced,)))
        values[-1] = reduced
    block.terminator = Return(values[-1])
    assert run(function, (), 3) == results[-1]


def test_a_long_expression() -> None:
    values = [Value(i) for i in range(3000)]
    function = parse("def f.pullback():\nb0(%0, %1):\n  return %1")
    block = function.blocks[0]
    block.params = values[:2]
    block.instrs = [Instr("add", (a, Const(1)), (b,)) for a, b in itertools.pairwise(values[1:])]
    block.terminator = Return(values[-1])
    assert run(function, (), 0) == len(values) - 2
