"""Trivial block parameters, which always receive the same operand, are replaced by it."""

from __future__ import annotations

from bytegrad.ir.constants import same_constant
from bytegrad.ir.nodes import Block, Const, Edge, Function, Operand
from bytegrad.ir.passes.substitute import Replaced, find, substitute


def prune_params(function: Function) -> Replaced:
    """Remove each parameter for which every edge passes one and the same operand, or the parameter itself.

    The entry's parameters stay.  In a graph whose loops are natural ones no redundant parameter is left.
    Returns what stands for each parameter that was removed.
    Source: Braun et al., Simple and Efficient Construction of Static Single Assignment Form, CC 2013, section 3.1.
    """
    incoming = _incoming_edges(function)
    replaced = _trivial_params(function, incoming)
    if replaced:
        _drop(incoming, replaced)
        substitute(function, replaced)
    return replaced


def _incoming_edges(function: Function) -> dict[Block, list[Edge]]:
    """The edges to those blocks that have parameters which may go."""
    incoming: dict[Block, list[Edge]] = {block: [] for block in function.blocks[1:] if block.params}
    for block in function.blocks:
        for edge in block.terminator.edges():
            if edge.target in incoming:
                incoming[edge.target].append(edge)
        if block.handler is not None and block.handler.target in incoming:
            incoming[block.handler.target].append(block.handler)
    return incoming


def _trivial_params(function: Function, incoming: dict[Block, list[Edge]]) -> Replaced:
    """Each trivial parameter with what it always is.

    A parameter that receives two different operands can only become trivial when one of these two is replaced:
    until then it waits for them, so that no parameter is looked at in vain.
    """
    received: dict[Operand, tuple[Operand, ...]] = {}
    for block, edges in incoming.items():
        if edges:
            columns = zip(*[edge.args for edge in edges], strict=True)
            received.update(zip(block.params, columns, strict=True))
    replaced: Replaced = {}
    waiting: dict[Operand, list[Operand]] = {}
    pending = list(reversed(received))
    while pending:
        param = pending.pop()
        if param in replaced:
            continue
        only: Operand | None = None
        for operand in received[param]:
            root = find(replaced, operand) if operand in replaced else operand
            if root is param or root is only:
                continue
            if only is None:
                only = root
            elif not _same_constants(only, root):
                for awaited in (only, root):
                    if awaited in received:
                        waiting.setdefault(awaited, []).append(param)
                break
        else:
            if only is not None:
                replaced[param] = only
                pending.extend(waiting.pop(param, ()))
    return replaced


def _same_constants(first: Operand, second: Operand) -> bool:
    return isinstance(first, Const) and isinstance(second, Const) and same_constant(first.value, second.value)


def _drop(incoming: dict[Block, list[Edge]], replaced: Replaced) -> None:
    """Take the replaced parameters out of their blocks, and what is passed for them out of the edges."""
    for block, edges in incoming.items():
        if replaced.keys().isdisjoint(block.params):
            continue
        kept = [i for i, param in enumerate(block.params) if param not in replaced]
        block.params = [block.params[i] for i in kept]
        for edge in edges:
            edge.args = [edge.args[i] for i in kept]
