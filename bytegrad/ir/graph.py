"""The control-flow graph: predecessors, orders, dominators, loops.  All of it iterative, functions can be long."""

from __future__ import annotations

from typing import TypeAlias

from bytegrad.ir.nodes import Block, Edge, Function

Predecessor: TypeAlias = tuple[Block, Edge, str]
"""A block, its edge, and "jump" if the edge is its terminator's or "handler" if it goes to its exception handler."""


def predecessors(function: Function) -> dict[Block, list[Predecessor]]:
    """The ways into each block of `function`; blocks that cannot be reached count as sources too."""
    found: dict[Block, list[Predecessor]] = {block: [] for block in function.blocks}
    for block in function.blocks:
        for edge in block.terminator.edges():
            found[edge.target].append((block, edge, "jump"))
        if block.handler is not None:
            found[block.handler.target].append((block, block.handler, "handler"))
    return found


def rpo(function: Function) -> list[Block]:
    """The reachable blocks in reverse post-order: a block comes before those it leads to, but for loops.

    Of the two ways on from a branch the first comes first, and handlers come last.
    """
    stack = [function.blocks[0]]
    entered: set[Block] = set()
    left: set[Block] = set()
    order: list[Block] = []
    while stack:
        block = stack[-1]
        if block in entered:
            stack.pop()
            if block not in left:
                left.add(block)
                order.append(block)
            continue
        entered.add(block)
        # What is pushed last is walked first, and so comes last in the result.
        for edge in block.terminator.edges():
            if edge.target not in entered:
                stack.append(edge.target)
        if block.handler is not None and block.handler.target not in entered:
            stack.append(block.handler.target)
    order.reverse()
    return order


def dominators(function: Function) -> dict[Block, Block | None]:
    """The immediate dominator of each reachable block; None for the entry.

    A block dominates as a whole: what its *last* instruction defines is not there in a handler that it dominates.
    Source: Cooper, Harvey, Kennedy, A Simple, Fast Dominance Algorithm, Rice University 2001.
    """
    order = rpo(function)
    found: dict[Block, Block | None] = {order[0]: None}
    closest = _closest_dominators(_numbered_predecessors(order))
    for i in range(1, len(order)):
        found[order[i]] = order[closest[i]]
    return found


def in_cycle(function: Function) -> set[Block]:
    """The reachable blocks that can be run more than once: those on any cycle, also one that is no natural loop.

    Kosaraju's algorithm: walking edges backwards, the blocks taken in reverse post-order, collects one strongly
    connected component after the other.
    """
    order = rpo(function)
    ways_in = _numbered_predecessors(order)
    if not _has_way_back(ways_in):
        return set()
    found: set[Block] = set()
    seen = [False] * len(order)
    for root in range(len(order)):
        if seen[root]:
            continue
        seen[root] = True
        component = [root]
        for member in component:
            for source in ways_in[member]:
                if not seen[source]:
                    seen[source] = True
                    component.append(source)
        if len(component) > 1 or root in ways_in[root]:
            found.update([order[member] for member in component])
    return found


def loop_headers(function: Function) -> set[Block]:
    """The blocks that natural loops begin with: those that dominate a block which jumps back to them."""
    order = rpo(function)
    ways_in = _numbered_predecessors(order)
    if not _has_way_back(ways_in):
        return set()
    closest = _closest_dominators(ways_in)
    found: set[Block] = set()
    for header, sources in enumerate(ways_in):
        for source in sources:
            above = source
            while above > header:
                above = closest[above]
            if above == header:
                found.add(order[header])
                break
    return found


# Blocks as numbers: their places in reverse post-order -----------------------------------------------------------


def _numbered_predecessors(order: list[Block]) -> list[list[int]]:
    """The predecessors of each block of `order` in ascending order."""
    place = {block: i for i, block in enumerate(order)}
    found: list[list[int]] = [[] for _ in order]
    for i, block in enumerate(order):
        for edge in block.terminator.edges():
            found[place[edge.target]].append(i)
        if block.handler is not None:
            found[place[block.handler.target]].append(i)
    return found


def _has_way_back(ways_in: list[list[int]]) -> bool:
    return any(sources and sources[-1] >= i for i, sources in enumerate(ways_in))


def _closest_dominators(ways_in: list[list[int]]) -> list[int]:
    """The immediate dominator of each node; the first node is its own."""
    closest = [0] + [-1] * (len(ways_in) - 1)
    loops = _has_way_back(ways_in)
    while True:
        changed = False
        for i in range(1, len(ways_in)):
            meet = _meet(closest, ways_in[i])
            if closest[i] != meet:
                closest[i] = meet
                changed = True
        if not (changed and loops):
            return closest


def _meet(closest: list[int], sources: list[int]) -> int:
    """The closest node that dominates all those `sources` whose dominators are known by now."""
    meet = -1
    # Descending: each of the many ways from a `try` to its handler is then one step from the one before.
    for source in reversed(sources):
        other = source if closest[source] >= 0 else meet
        if meet < 0:
            meet = other
        while meet != other:
            if meet > other:
                meet = closest[meet]
            else:
                other = closest[other]
    return meet
