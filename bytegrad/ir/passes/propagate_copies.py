"""Parameters that can only be one value, also where they pass it around in a loop with several entries."""

from __future__ import annotations

from bytegrad.ir.constants import same_constant
from bytegrad.ir.nodes import Block, Const, Edge, Function, Operand
from bytegrad.ir.passes.substitute import Replaced, substitute


def propagate_copies(function: Function) -> Replaced:
    """Replace each parameter that is always the same operand, assuming as much of the others: an optimistic fixpoint.

    Returns what stands for each parameter that was removed.
    """
    incoming: dict[Block, list[Edge]] = {}
    for block in function.blocks:
        for edge in block.successors():
            incoming.setdefault(edge.target, []).append(edge)
    only = _only_operands(function, incoming)
    replaced: Replaced = {param: operand for param, operand in only.items() if operand is not param}
    if replaced:
        for block, edges in incoming.items():
            kept = [param not in replaced for param in block.params]
            for edge in edges:
                edge.args = [a for a, keep in zip(edge.args, kept, strict=True) if keep]
            block.params = [p for p, keep in zip(block.params, kept, strict=True) if keep]
        substitute(function, replaced)
    return replaced


def _only_operands(function: Function, incoming: dict[Block, list[Edge]]) -> dict[Operand, Operand]:
    """What each parameter is; itself where it is more than one thing."""
    params: set[Operand] = {param for block in function.blocks[1:] for param in block.params}
    only: dict[Operand, Operand] = {}
    changed = True
    while changed:
        changed = False
        for block in function.blocks[1:]:
            for place, param in enumerate(block.params):
                if only.get(param) is param:
                    continue
                found = _meet(param, [edge.args[place] for edge in incoming.get(block, ())], params, only)
                if found is not None and only.get(param) is not found:
                    only[param] = found if param not in only or _same(only[param], found) else param
                    changed = True
    return only


def _meet(param: Operand, args: list[Operand], params: set[Operand], only: dict[Operand, Operand]) -> Operand | None:
    """The one operand that arrives; None while nothing is known to, and `param` itself if there are several."""
    found: Operand | None = None
    for arg in args:
        known = only.get(arg) if arg in params else arg
        if known is None or known is param:
            continue
        if found is None:
            found = known
        elif found is not known and not _same(found, known):
            return param
    return found


def _same(a: Operand, b: Operand) -> bool:
    return a is b or (isinstance(a, Const) and isinstance(b, Const) and same_constant(a.value, b.value))
