"""Predecessors, orders, dominators and cycles, against what their definitions say."""

from __future__ import annotations

import pytest
from hypothesis import given

from bytegrad.ir.graph import dominators, in_cycle, loop_headers, predecessors, rpo
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Return
from bytegrad.ir.parse import parse
from tests.ir.random_functions import functions

NESTED = """\
def nested(x):
b0(%0):
  jump b1
b1:
  br %0 ? b2 : b5
b2:
  br %0 ? b3 : b1
b3:
  note %0
  jump b2
  except -> b4
b4:
  jump b1
b5:
  return %0
b6:
  jump b5"""


def reachable(start: Block, without: Block | None = None) -> set[Block]:
    """What can be reached from `start`, itself included, on ways that avoid `without`."""
    found: set[Block] = set()
    pending = [start]
    while pending:
        block = pending.pop()
        if block not in found and block is not without:
            found.add(block)
            pending.extend(edge.target for edge in block.successors())
    return found


def names(function: Function, blocks: set[Block]) -> list[str]:
    return [f"b{i}" for i, block in enumerate(function.blocks) if block in blocks]


def test_predecessors() -> None:
    function = parse(NESTED)
    b = function.blocks
    found = predecessors(function)
    assert list(found) == b
    assert found[b[0]] == []
    assert [(source, kind) for source, _, kind in found[b[1]]] == [(b[0], "jump"), (b[2], "jump"), (b[4], "jump")]
    assert found[b[4]] == [(b[3], b[3].handler, "handler")]
    assert [source for source, _, _ in found[b[5]]] == [b[1], b[6]]


def test_rpo_takes_the_first_way_first() -> None:
    function = parse(NESTED)
    b = function.blocks
    assert rpo(function) == [b[0], b[1], b[2], b[3], b[4], b[5]]


def test_dominators_of_nested_loops() -> None:
    function = parse(NESTED)
    b = function.blocks
    assert dominators(function) == {b[0]: None, b[1]: b[0], b[2]: b[1], b[3]: b[2], b[4]: b[3], b[5]: b[1]}


def test_cycles_of_nested_loops() -> None:
    function = parse(NESTED)
    assert names(function, in_cycle(function)) == ["b1", "b2", "b3", "b4"]
    assert names(function, loop_headers(function)) == ["b1", "b2"]


def test_a_cycle_with_two_ways_in_has_no_header() -> None:
    text = "def f(x):\nb0(%0):\n  br %0 ? b1 : b2\nb1:\n  jump b2\nb2:\n  br %0 ? b1 : b3\nb3:\n  return 1"
    function = parse(text)
    assert names(function, in_cycle(function)) == ["b1", "b2"]
    assert loop_headers(function) == set()


def test_a_block_may_be_a_loop_of_its_own() -> None:
    function = parse("def f(x):\nb0(%0):\n  jump b1\nb1:\n  br %0 ? b1 : b2\nb2:\n  return 1")
    assert names(function, in_cycle(function)) == names(function, loop_headers(function)) == ["b1"]


@given(functions)
def test_rpo_is_a_reverse_post_order(function: Function) -> None:
    order = rpo(function)
    assert order[0] is function.blocks[0]
    assert len(order) == len(set(order))
    assert set(order) == reachable(order[0])
    place = {block: i for i, block in enumerate(order)}
    cyclic = {block for block in order for edge in block.successors() if block in reachable(edge.target)}
    for block in order:
        for edge in block.successors():
            assert place[edge.target] > place[block] or (block in cyclic and edge.target in cyclic)


@given(functions)
def test_dominators_are_what_cannot_be_avoided(function: Function) -> None:
    closest = dominators(function)
    entry = function.blocks[0]
    everything = reachable(entry)
    assert set(closest) == everything
    for block in everything:
        above = set()
        node = closest[block]
        while node is not None:
            above.add(node)
            node = closest[node]
        unavoidable = {other for other in everything if block not in reachable(entry, without=other)}
        assert above == unavoidable - {block}


@given(functions)
def test_in_cycle_is_what_leads_back_to_itself(function: Function) -> None:
    expected = {
        block
        for block in reachable(function.blocks[0])
        if any(block in reachable(edge.target) for edge in block.successors())
    }
    assert in_cycle(function) == expected


@given(functions)
def test_loop_headers_dominate_where_they_are_jumped_to_from(function: Function) -> None:
    entry = function.blocks[0]
    expected = {
        edge.target
        for block in reachable(entry)
        for edge in block.successors()
        if block not in reachable(entry, without=edge.target)
    }
    assert loop_headers(function) == expected


def long_function(size: int) -> Function:
    """A loop over a chain of `size` blocks that each may raise into one handler, as in a long `try`."""
    entry, done, handler = Block(0), Block(1), Block(2)
    chain = [Block(3 + i, [], [Instr("note", ())]) for i in range(size)]
    for block, following in zip(chain, [*chain[1:], entry], strict=True):
        block.handler = Edge(handler)
        block.terminator = Jump(Edge(following))
    start = Block(0, [], [], Jump(Edge(entry)))
    entry.terminator = Branch(Const(None), Edge(chain[0]), Edge(done))
    handler.terminator, done.terminator = Jump(Edge(entry)), Return(Const(1))
    return Function("long", [start, entry, *chain, handler, done])


@pytest.mark.parametrize("size", [30_000])
def test_long_functions_take_linear_time_and_no_recursion(size: int) -> None:
    function = long_function(size)
    assert len(rpo(function)) == size + 4
    assert dominators(function)[function.blocks[-2]] is function.blocks[2]
    assert len(in_cycle(function)) == size + 2
    assert loop_headers(function) == {function.blocks[1]}
