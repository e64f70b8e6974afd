"""thread_jumps: what is led past, dropped and joined, and that the function does the same."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Jump, Return, Value
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.passes.thread_jumps import thread_jumps
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from tests.ir.random_functions import functions, run, same_run
from tests.ir.test_graph import reachable

CASES = {
    "empty blocks are led past, with what they pass on": (
        """\
def f(x):
b0(%0):
  br %0 ? b1(1) : b2(%0, 2)
b1(%1):
  jump b2(%1, %0)
b2(%2, %3):
  jump b3(%3, %2)
b3(%4, %5):
  br %4 ? b3(%5, %4) : b4
b4:
  return %5""",
        """\
def f(x):
b0(%0):
  br %0 ? b1(%0, 1) : b1(2, %0)
b1(%1, %2):
  br %1 ? b1(%2, %1) : b2
b2:
  return %2""",
    ),
    "an empty block stays if others use its parameters": (
        "def f(x):\nb0(%0):\n  br %0 ? b1(1) : b1(2)\nb1(%1):\n  jump b2\nb2:\n  br %0 ? b2 : b3\nb3:\n  return %1",
        "def f(x):\nb0(%0):\n  br %0 ? b1(1) : b1(2)\nb1(%1):\n  jump b2\nb2:\n  br %0 ? b2 : b3\nb3:\n  return %1",
    ),
    "an empty handler stays where exceptions land": (
        """\
def f(x):
b0(%0):
  note %0
  jump b1
  except -> b1
b1:
  jump b2
b2:
  br %0 ? b2 : b3
b3:
  return %0""",
        """\
def f(x):
b0(%0):
  note %0
  jump b2
  except -> b1
b1:
  jump b2
b2:
  br %0 ? b2 : b3
b3:
  return %0""",
    ),
    "a chain is joined and its parameters replaced": (
        "def f(x):\nb0(%0):\n  %1 = neg %0\n  jump b1(%1, 2)\nb1(%2, %3):\n  %4 = add %2, %3\n  jump b2(%2)\n"
        "b2(%5):\n  %6 = add %5, %4\n  br %6 ? b3(%5) : b3(%3)\nb3(%7):\n  %8 = add %7, %2\n  return %8",
        "def f(x):\nb0(%0):\n  %1 = neg %0\n  %2 = add %1, 2\n  %3 = add %1, %2\n  br %3 ? b1(%1) : b1(2)\n"
        "b1(%4):\n  %5 = add %4, %1\n  return %5",
    ),
    "a block that is left by its handler too ends where it ended": (
        "def f(x):\nb0(%0):\n  note %0\n  jump b1\n  except -> b2\nb1:\n  note 1\n  return 1\nb2:\n  return 2",
        "def f(x):\nb0(%0):\n  note %0\n  jump b1\n  except -> b2\nb1:\n  note 1\n  return 1\nb2:\n  return 2",
    ),
    "a handler is taken over with the last instruction": (
        "def f(x):\nb0(%0):\n  note %0\n  jump b1\nb1:\n  note 1\n  return 1\n  except -> b2\nb2:\n  return 2",
        "def f(x):\nb0(%0):\n  note %0\n  note 1\n  return 1\n  except -> b1\nb1:\n  return 2",
    ),
    "a handler where nothing can be raised is dropped": (
        "def f(x):\nb0(%0):\n  note %0\n  jump b1\nb1:\n  return 1\n  except -> b2\nb2:\n  return 2",
        "def f(x):\nb0(%0):\n  note %0\n  return 1",
    ),
    "unreachable blocks are dropped": (
        "def f(x):\nb0(%0):\n  return %0\nb1(%1):\n  jump b2\nb2:\n  jump b1(1)",
        "def f(x):\nb0(%0):\n  return %0",
    ),
    "an endless loop stays one": (
        "def f(x):\nb0(%0):\n  br %0 ? b1 : b3\nb1:\n  jump b2\nb2:\n  jump b1\nb3:\n  return 1",
        "def f(x):\nb0(%0):\n  br %0 ? b1 : b2\nb1:\n  jump b1\nb2:\n  return 1",
    ),
    "a handler that a jump leads to as well is not joined": (
        "def f(x):\nb0(%0):\n  jump b1\nb1:\n  note %0\n  jump b2\n  except -> b2\nb2:\n  return 1",
        "def f(x):\nb0(%0):\n  note %0\n  jump b1\n  except -> b1\nb1:\n  return 1",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_text_to_text(before: str, after: str) -> None:
    function = parse(before)
    verify(function)
    thread_jumps(function)
    verify(function)
    assert dump(function) == after


@given(functions, st.lists(st.integers(0, 4), min_size=4, max_size=4), st.booleans())
def test_it_does_the_same(function: Function, args: list[int], pruned: bool) -> None:
    args = args[: len(function.params)]
    before = run(function, args)
    if pruned:
        prune_params(function)
    thread_jumps(function)
    verify(function)
    assert same_run(run(function, args), before)


@given(functions)
def test_nothing_is_left_to_do(function: Function) -> None:
    thread_jumps(function)
    assert set(function.blocks) == reachable(function.blocks[0])
    handlers = {block.handler.target for block in function.blocks if block.handler is not None}
    sources = [edge.target for block in function.blocks for edge in block.terminator.edges()]
    for block in function.blocks:
        if isinstance(block.terminator, Jump) and block.handler is None:
            target = block.terminator.edge.target
            assert target is block or target in handlers or sources.count(target) > 1


def test_a_long_chain_takes_linear_time_and_no_recursion() -> None:
    size = 30_000
    blocks = [Block(i, [Value(i)]) for i in range(size)]
    for source, target in itertools.pairwise(blocks):
        source.instrs = [Instr("note", (source.params[0],))] if source.number % 3 else []
        source.terminator = Jump(Edge(target, [source.params[0]]))
    blocks[-1].terminator = Return(Const(1))
    function = Function("f", blocks)
    thread_jumps(function)
    assert function.blocks == [blocks[0]]
    assert {instr.args for instr in blocks[0].instrs} == {(blocks[0].params[0],)}
