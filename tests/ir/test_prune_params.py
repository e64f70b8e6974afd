"""prune_params: what goes, what stays, and that the function does the same."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Return, Value
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from tests.ir.random_functions import functions, run, same_run


def pruned(text: str) -> str:
    function = parse(text)
    prune_params(function)
    verify(function)
    return dump(function)


def test_a_loop_variable_stays_and_what_the_loop_does_not_change_goes() -> None:
    before = """\
def pow_(x, n):
b0(%0, %1):
  jump b1(%0, %1, 1)
b1(%2, %3, %4):
  %5 = gt %3, 0
  br %5 ? b2(%2, %3, %4) : b3(%2, %3, %4)
b2(%6, %7, %8):
  %9 = isub %7, 1
  %10 = imul %8, %6
  jump b1(%6, %9, %10)
b3(%11, %12, %13):
  return %13"""
    after = """\
def pow_(x, n):
b0(%0, %1):
  jump b1(%1, 1)
b1(%2, %3):
  %4 = gt %2, 0
  br %4 ? b2 : b3
b2:
  %5 = isub %2, 1
  %6 = imul %3, %0
  jump b1(%5, %6)
b3:
  return %3"""
    assert pruned(before) == after


def test_handlers_conditions_and_inner_loops() -> None:
    before = """\
def f(x):
b0(%0):
  jump b1(%0)
b1(%1):
  br %1 ? b2(%1) : b4
b2(%2):
  note %2
  br %2 ? b2(%2) : b1(%2)
  except -> b3(%2)
b3(%3):
  return %3
b4:
  return %1"""
    after = """\
def f(x):
b0(%0):
  jump b1
b1:
  br %0 ? b2 : b4
b2:
  note %0
  br %0 ? b2 : b1
  except -> b3
b3:
  return %0
b4:
  return %0"""
    assert pruned(before) == after


@pytest.mark.parametrize(
    ("first", "second", "goes"),
    [
        ("1", "1", True),
        ('("a", 1.5)', '("a", 1.5)', True),
        ("@math.sin", "@math.sin", True),
        ("None", "None", True),
        ("0.0", "-0.0", False),
        ("1", "True", False),
        ("1", "1.0", False),
        ("(0.0,)", "(-0.0,)", False),
        ("nan", "nan", False),
        ("0j", "-0j", False),
        ("1", "%0", False),
    ],
)
def test_equal_constants_are_one_operand(first: str, second: str, goes: bool) -> None:
    text = f"def f(x):\nb0(%0):\n  br %0 ? b1({first}) : b1({second})\nb1(%1):\n  return %1"
    expected = f"def f(x):\nb0(%0):\n  br %0 ? b1 : b1\nb1:\n  return {first}"
    assert pruned(text) == (expected if goes else text)


def test_one_nan_object_is_one_operand() -> None:
    nan = Const(float("nan"))
    entry, done = Block(0, [Value(0)]), Block(1, [Value(1)])
    entry.terminator = Branch(entry.params[0], Edge(done, [nan]), Edge(done, [Const(nan.value)]))
    done.terminator = Return(done.params[0])
    prune_params(Function("f", [entry, done]))
    assert done.params == []


def test_parameters_of_the_entry_and_of_unreachable_blocks_stay() -> None:
    text = "def f(x):\nb0(%0):\n  return 1\nb1(%1):\n  jump b2(%1)\nb2(%2):\n  jump b2(%2)"
    expected = "def f(x):\nb0(%0):\n  return 1\nb1(%1):\n  jump b2\nb2:\n  jump b2"
    assert pruned(text) == expected


@pytest.mark.parametrize("args", ["b1(%2), b1(%1)", "b1(%1), b1(%2)"])
def test_a_parameter_goes_once_one_of_its_two_operands_turns_out_to_be_the_other(args: str) -> None:
    first, second = args.split(", ")
    text = f"""\
def f(x):
b0(%0):
  %1 = neg %0
  jump b3(%1)
b1(%3):
  return %3
b2:
  br %0 ? {first} : {second}
b3(%2):
  jump b2"""
    expected = "def f(x):\nb0(%0):\n  %1 = neg %0\n  jump b3\nb1:\n  return %1\nb2:\n  br %0 ? b1 : b1\nb3:\n  jump b2"
    assert pruned(text) == expected


def incoming(function: Function) -> dict[Value, list[Operand]]:
    """What each parameter but the entry's receives, itself left out."""
    found: dict[Value, list[Operand]] = {param: [] for block in function.blocks[1:] for param in block.params}
    for block in function.blocks:
        for edge in block.successors():
            for param, operand in zip(edge.target.params, edge.args, strict=True):
                if operand is not param:
                    found[param].append(operand)
    return found


@given(functions)
def test_no_trivial_parameter_is_left(function: Function) -> None:
    prune_params(function)
    verify(function)
    for operands in incoming(function).values():
        # The random constants are small integers: equal ones are the same.
        different = {operand.value if isinstance(operand, Const) else operand for operand in operands}
        assert len(different) != 1
    text = dump(function)
    prune_params(function)
    assert dump(function) == text


@given(functions, st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_it_does_the_same(function: Function, args: list[int]) -> None:
    args = args[: len(function.params)]
    before = run(function, args)
    prune_params(function)
    assert same_run(run(function, args), before)


def test_a_long_chain_takes_linear_time_and_no_recursion() -> None:
    # Each parameter is found to be trivial only after the one that follows it in the list of blocks.
    size = 30_000
    blocks = [Block(i, [Value(i)]) for i in range(size)]
    entry = Block(size, [Value(size)])
    for target, source in itertools.pairwise(blocks):
        target_edge, back = Edge(target, [source.params[0]]), Edge(source, [source.params[0]])
        source.terminator = Branch(source.params[0], target_edge, back)
    blocks[0].instrs = [Instr("note", (blocks[0].params[0],))]
    blocks[0].terminator = Return(blocks[0].params[0])
    entry.terminator = Jump(Edge(blocks[-1], [entry.params[0]]))
    function = Function("f", [entry, *blocks])
    prune_params(function)
    assert not any(block.params for block in blocks)
    assert blocks[0].instrs[0].args == (entry.params[0],)
