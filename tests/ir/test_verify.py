"""verify: what it accepts and refuses, and that each refusal says where."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Jump, Return, Value
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.verify import VerifyError, verify
from tests.ir.random_functions import functions
from tests.ir.test_printer import pow_function

TRY = """\
def f(x):
b0(%0):
  %1 = neg %0
  %2 = truediv 1, %1
  jump b1
  except -> b2(%1)
b1:
  return %2
b2(%3):
  %4 = add %1, %3
  return %4"""


def test_a_loop_and_a_handler_are_fine() -> None:
    verify(pow_function())
    verify(parse(TRY))


@given(functions)
def test_random_functions_are_fine(function: Function) -> None:
    verify(function)


REFUSED = {
    "defined twice": (
        "def f(x):\nb0(%0):\n  %1 = neg %0\n  %1 = pos %0\n  return %1",
        "f, b0: %1 = pos %0: %1 is defined a second time",
    ),
    "parameter twice": ("def f(x):\nb0(%0, %0):\n  return %0", "f, b0: %0 is defined a second time"),
    "parameter is a result": (
        "def f(x):\nb0(%0):\n  %1 = neg %0\n  jump b1(%1)\nb1(%1):\n  return %1",
        "f, b1: %1 is defined a second time",
    ),
    "not defined": ("def f(x):\nb0(%0):\n  return %1", "f, b0: return %1: %1 is not defined"),
    "used before": (
        "def f(x):\nb0(%0):\n  %1 = neg %2\n  %2 = neg %0\n  return %1",
        "f, b0: %1 = neg %2: %2 need not be defined on the way there",
    ),
    "used by itself": (
        "def f(x):\nb0(%0):\n  %1 = neg %1\n  return %1",
        "f, b0: %1 = neg %1: %1 need not be defined on the way there",
    ),
    "defined in one arm": (
        "def f(x):\nb0(%0):\n  br %0 ? b1 : b2\nb1:\n  %1 = neg %0\n  jump b2\nb2:\n  return %1",
        "f, b2: return %1: %1 need not be defined on the way there",
    ),
    "passed by the wrong edge": (
        "def f(x):\nb0(%0):\n  br %0 ? b1 : b2(%1)\nb1:\n  %1 = neg %0\n  jump b2(%1)\nb2(%2):\n  return %2",
        "f, b0: br %0 ? b1 : b2(%1): %1 need not be defined on the way there",
    ),
    "condition": (
        "def f(x):\nb0(%0):\n  jump b1\nb1:\n  br %1 ? b2 : b2\nb2:\n  %1 = neg %0\n  jump b1",
        "f, b1: br %1 ? b2 : b2: %1 need not be defined on the way there",
    ),
    "passed to the handler by what raises": (
        TRY.replace("b2(%1)", "b2(%2)"),
        "f, b0: except -> b2(%2): %2 need not be defined on the way there",
    ),
    "used in the handler of what raises": (
        TRY.replace("add %1", "add %2"),
        "f, b2: %4 = add %2, %3: %2 need not be defined on the way there",
    ),
    "defined where nothing leads": (
        "def f(x):\nb0(%0):\n  return %1\nb1:\n  %1 = neg 1\n  return %1",
        "f, b0: return %1: %1 need not be defined on the way there",
    ),
    "too few operands": (
        "def f(x):\nb0(%0):\n  jump b1(%0)\nb1(%1, %2):\n  return %1",
        "f, b0: jump b1(%0): 1 operands for 2 parameters",
    ),
    "too many operands for a handler": (
        "def f(x):\nb0(%0):\n  neg %0\n  jump b1\n  except -> b1(%0)\nb1:\n  return 1",
        "f, b0: except -> b1(%0): 1 operands for 0 parameters",
    ),
    "entry": ("def f(x):\nb0:\n  jump b0", "f, b0: jump b0: it leads to the entry"),
    "raise": ("def f(x):\nb0:\n  raise", "f, b0: raise: there is no instruction that could have raised"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_where(text: str, message: str) -> None:
    with pytest.raises(VerifyError) as caught:
        verify(parse(text))
    assert str(caught.value) == message


def test_unreachable_blocks_may_use_anything_that_is_defined() -> None:
    verify(parse("def f(x):\nb0(%0):\n  return %0\nb1:\n  return %1\nb2:\n  %1 = neg %0\n  jump b1"))


def made(**changes: Any) -> Function:
    """A function of one block with some attributes of that block changed."""
    block = Block(0, [Value(0)], [], Return(Const(1)))
    for name, value in changes.items():
        setattr(block, name, value)
    return Function("f", [block])


def test_what_no_text_can_describe() -> None:
    block, shared, unlisted = Block(0), Edge(Block(1, [], [], Return(Const(1)))), Block(2)
    wrong = Instr("neg", (), (Const(1),))  # type: ignore[arg-type]
    twice = "the edge, or its list of operands, is used twice"
    block.terminator, block.instrs, block.handler = Jump(shared), [Instr("note", ())], shared
    for function, message in [
        (Function("f", []), "f: no blocks"),
        (Function("f", [shared.target, shared.target]), "f, b1: the block is listed twice"),
        (made(terminator=None), "f, b0: None is no terminator"),
        (made(terminator=Jump(Edge(unlisted))), "f, b0: jump b?: it leads to a block that is not listed"),
        (made(terminator=Return(3)), "f, b0: return ?int: a int is no operand"),  # type: ignore[arg-type]
        (made(instrs=[wrong]), "f, b0: 1 = neg: it defines a Const, which is no value"),
        (
            Function("f", [block, shared.target]),
            f"f, b0: except -> b1: {twice}",
        ),
    ]:
        with pytest.raises(VerifyError) as caught:
            verify(function)
        assert str(caught.value) == message


def available(function: Function) -> dict[tuple[Block, int], set[Value]]:
    """The values that are defined on every way to each instruction, by propagating them until nothing changes."""
    everything = {value for block in function.blocks for value in block.params}
    everything |= {value for block in function.blocks for instr in block.instrs for value in instr.results}
    order = rpo(function)
    at = {(block, i): set(everything) for block in function.blocks for i in range(len(block.instrs) + 1)}
    before = {block: set(everything) for block in order}
    before[order[0]] = set()
    for _ in order:
        for block in order:
            seen = before[block] | set(block.params)
            for i, instr in enumerate(block.instrs):
                at[block, i] = set(seen)
                seen |= set(instr.results)
            at[block, len(block.instrs)] = seen
            for edge in block.terminator.edges():
                before[edge.target] &= seen
            if block.handler is not None:
                before[block.handler.target] &= at[block, max(len(block.instrs) - 1, 0)]
    return at


@given(functions, st.randoms(use_true_random=False), st.booleans())
def test_a_use_is_refused_exactly_where_the_value_is_not_available(
    function: Function, rng: random.Random, pruned: bool
) -> None:
    if pruned:
        prune_params(function)
    values = [value for block in function.blocks for value in block.params]
    values += [value for block in function.blocks for instr in block.instrs for value in instr.results]
    block = rng.choice(function.blocks)
    value = rng.choice(values)
    at = available(function)
    edges = list(block.terminator.edges())
    if block.instrs and rng.random() < 0.5:
        index = rng.randrange(len(block.instrs))
        block.instrs[index].args = (value,)
    elif block.handler is not None and block.handler.args and rng.random() < 0.5:
        index = max(len(block.instrs) - 1, 0)
        block.handler.args[0] = value
    elif edges and edges[0].args:
        index = len(block.instrs)
        edges[0].args[0] = value
    else:
        index = len(block.instrs)
        block.terminator = Return(value)
        at = available(function)
    if value in at[block, index]:
        verify(function)
    else:
        with pytest.raises(VerifyError):
            verify(function)
