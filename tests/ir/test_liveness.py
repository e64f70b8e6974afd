"""live_in, against a search for a way from the block to a use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.ir.nodes import Block, Function, Value
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.liveness import live_in
from bytegrad.ir.passes.prune_params import prune_params
from tests.ir.random_functions import functions
from tests.ir.test_graph import long_function


def uses(block: Block, value: Value) -> bool:
    used = [operand for instr in block.instrs for operand in instr.args]
    used += [*block.terminator.operands(), *(operand for edge in block.successors() for operand in edge.args)]
    return value in used


def defines(block: Block, value: Value) -> bool:
    return value in block.params or any(value in instr.results for instr in block.instrs)


def is_live(start: Block, value: Value) -> bool:
    """Whether there is a way from `start` to a use of `value` that does not pass its definition."""
    seen: set[Block] = set()
    pending = [start]
    while pending:
        block = pending.pop()
        if block in seen or defines(block, value):
            continue
        seen.add(block)
        if uses(block, value):
            return True
        pending.extend(edge.target for edge in block.successors())
    return False


@given(functions, st.booleans())
def test_live_is_what_is_used_on_some_way_on(function: Function, pruned: bool) -> None:
    if pruned:
        prune_params(function)
    values = [value for block in function.blocks for value in block.params]
    values += [value for block in function.blocks for instr in block.instrs for value in instr.results]
    found = live_in(function)
    assert set(found) == set(function.blocks)
    for block in function.blocks:
        assert found[block] == {value for value in values if is_live(block, value)}


def test_a_loop_needs_what_it_does_not_change() -> None:
    function = parse("""\
def f(x, n):
b0(%0, %1):
  %2 = neg %0
  jump b1(%1)
b1(%3):
  br %3 ? b2 : b3
b2:
  %4 = isub %3, %2
  jump b1(%4)
  except -> b4(%0)
b3:
  return %3
b4(%5):
  return %5""")
    b = function.blocks
    x, negated, n = b[0].params[0], b[0].instrs[0].result, b[1].params[0]
    assert live_in(function) == {b[0]: set(), b[1]: {x, negated}, b[2]: {x, negated, n}, b[3]: {n}, b[4]: set()}


def test_what_two_loops_lead_back_to_takes_several_rounds() -> None:
    function = parse("""\
def f(x):
b0(%0):
  jump b1
b1:
  br %0 ? b2 : b5
b2:
  br 1 ? b3 : b4
b3:
  jump b2
b4:
  jump b1
b5:
  return 1""")
    x = function.params[0]
    assert list(live_in(function).values()).count({x}) == 4


@pytest.mark.parametrize("size", [30_000])
def test_long_functions_take_linear_time_and_no_recursion(size: int) -> None:
    assert not any(live_in(long_function(size)).values())
