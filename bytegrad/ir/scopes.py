"""Where a value can be used: after its definition, on whatever way one came.

A block that raises is left before its last instruction is done.  So the part of a block that has a handler up to
there and the rest of it are two nodes here: only the first of them dominates the handler.
"""

from __future__ import annotations

from bytegrad.ir.graph import dominators
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Jump, Raise, Terminator, Value


class Scopes:
    """Where the values of one function are defined, and where these definitions are known to have been passed."""

    def __init__(self, function: Function) -> None:
        """Of `function`, as it is now: changes to it are not seen."""
        self._starts = {block: Block(block.number) for block in function.blocks}
        self._ends = {block: self._end(block) for block in function.blocks}
        self._intervals = _intervals(dominators(Function("", self._nodes(function))))
        self._definitions: dict[Value, tuple[Block, int]] = {}
        for block in function.blocks:
            for param in block.params:
                self._definitions[param] = (self._starts[block], -1)
            for index, instr in enumerate(block.instrs):
                node = self._ends[block] if index == len(block.instrs) - 1 else self._starts[block]
                for value in instr.results:
                    self._definitions[value] = (node, index)

    def is_defined(self, value: Value) -> bool:
        """Whether `value` is defined anywhere."""
        return value in self._definitions

    def is_reachable(self, block: Block) -> bool:
        """Whether `block` can be reached from the entry."""
        return self._starts[block] in self._intervals

    def reaches(self, value: Value, block: Block, index: int) -> bool:
        """Whether `value` is there when instruction `index` of the reachable `block` begins.

        The index after the last one stands for the terminator; a handler sees what the last instruction sees.
        """
        here = self._ends[block] if index == len(block.instrs) else self._starts[block]
        there, defined_at = self._definitions[value]
        if here is there:
            return defined_at < index
        if there not in self._intervals:
            return False
        (first, last), (place, _) = self._intervals[there], self._intervals[here]
        return first < place <= last

    def _end(self, block: Block) -> Block:
        """The node of the end of `block`: another one than its start if it has a handler."""
        return Block(block.number) if block.handler is not None and block.instrs else self._starts[block]

    def _nodes(self, function: Function) -> list[Block]:
        nodes: list[Block] = []
        for block in function.blocks:
            start, end = self._starts[block], self._ends[block]
            nodes.append(start)
            if end is not start and block.handler is not None:
                start.terminator = Jump(Edge(end))
                start.handler = Edge(self._starts[block.handler.target])
                nodes.append(end)
            end.terminator = self._exits([edge.target for edge in block.terminator.edges()])
        return nodes

    def _exits(self, targets: list[Block]) -> Terminator:
        edges = [Edge(self._starts[target]) for target in targets]
        if not edges:
            return Raise()
        return Jump(edges[0]) if len(edges) == 1 else Branch(Const(None), *edges)


def _intervals(closest: dict[Block, Block | None]) -> dict[Block, tuple[int, int]]:
    """Each node's place in a walk down the dominator tree, and the last place among what it dominates."""
    below: dict[Block, list[Block]] = {node: [] for node in closest}
    stack = []
    for node, above in closest.items():
        if above is None:
            stack.append(node)
        else:
            below[above].append(node)
    walked: list[Block] = []
    while stack:
        node = stack.pop()
        walked.append(node)
        stack.extend(below[node])
    sizes = dict.fromkeys(walked, 1)
    for node in reversed(walked):
        above = closest[node]
        if above is not None:
            sizes[above] += sizes[node]
    return {node: (place, place + sizes[node] - 1) for place, node in enumerate(walked)}
