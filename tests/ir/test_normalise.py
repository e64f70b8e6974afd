"""normalise: the form in which functions are read, and that they do the same."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Function, Return
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.normalise import drop_unused_params, join_ends, merge_returns, normalise
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from tests.ir.random_functions import functions, random_function, run, same_run

PASSES = {"drop_unused_params": drop_unused_params, "join_ends": join_ends, "merge_returns": merge_returns}
CASES = {
    "all returns become one": (
        "merge_returns",
        "def f(x):\nb0(%0):\n  br %0 ? b1 : b2\nb1:\n  %1 = neg %0\n  return %1\nb2:\n  return 1",
        "def f(x):\nb0(%0):\n  br %0 ? b1 : b2\nb1:\n  %1 = neg %0\n  jump b3(%1)\nb2:\n  jump b3(1)\nb3(%2):\n  return %2",
    ),
    "one return stays as it is": ("merge_returns", "def f(x):\nb0(%0):\n  return 1", "def f(x):\nb0(%0):\n  return 1"),
    "parameters that only pass each other on go, the entry's stay": (
        "drop_unused_params",
        "def f(x):\nb0(%0):\n  jump b1(%0, 1, 2)\nb1(%1, %2, %3):\n  br %1 ? b1(%1, %3, %2) : b2\nb2:\n  return 3",
        "def f(x):\nb0(%0):\n  jump b1(%0)\nb1(%1):\n  br %1 ? b1(%1) : b2\nb2:\n  return 3",
    ),
    "what a handler uses is used": (
        "drop_unused_params",
        "def f(x):\nb0(%0):\n  jump b1(%0)\nb1(%1):\n  note 1\n  return 1\n  except -> b2(%1)\nb2(%2):\n  return %2",
        "def f(x):\nb0(%0):\n  jump b1(%0)\nb1(%1):\n  note 1\n  return 1\n  except -> b2(%1)\nb2(%2):\n  return %2",
    ),
    "an empty block is the end of the block with a handler before it": (
        "join_ends",
        """\
def f(x):
b0(%0):
  %1 = add %0, 1
  jump b1(%1)
  except -> b2
b1(%2):
  br %2 ? b2 : b3
b2:
  return 1
b3:
  return %2""",
        "def f(x):\nb0(%0):\n  %1 = add %0, 1\n  br %1 ? b1 : b2\n  except -> b1\nb1:\n  return 1\nb2:\n  return %1",
    ),
}


@pytest.mark.parametrize(("name", "before", "after"), CASES.values(), ids=CASES)
def test_text_to_text(name: str, before: str, after: str) -> None:
    function = parse(before)
    verify(function)
    PASSES[name](function)
    verify(function)
    assert dump(function) == after


@given(functions, st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_it_does_the_same(function: Function, args: list[int]) -> None:
    args = args[: len(function.params)]
    before = run(function, args)
    normalise(function)
    verify(function)
    assert same_run(run(function, args), before)


@given(functions)
def test_it_ends_where_it_returns(function: Function) -> None:
    normalise(function)
    assert function.blocks == rpo(function)
    assert sum(isinstance(block.terminator, Return) for block in function.blocks) <= 1


@given(functions)
@example(random_function(312, 9))  # a block that was there for its parameters only
def test_done_twice_is_done_once(function: Function) -> None:
    normalise(function)
    once = dump(function)
    normalise(function)
    assert dump(function) == once
