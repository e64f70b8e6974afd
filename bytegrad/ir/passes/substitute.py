"""Putting operands in the place of values, everywhere at once."""

from __future__ import annotations

from typing import TypeAlias

from bytegrad.ir.nodes import Branch, Function, Operand, Return

Replaced: TypeAlias = dict[Operand, Operand]
"""What stands for a replaced value; that may itself be replaced, but never by what leads back."""


def find(replaced: Replaced, operand: Operand) -> Operand:
    """What stands for `operand` in the end.  Shortens the way there, so that many questions take linear time."""
    root = operand
    while root in replaced:
        root = replaced[root]
    while operand is not root:
        following = replaced[operand]
        replaced[operand] = root
        operand = following
    return root


def substitute(function: Function, replaced: Replaced) -> None:
    """Put what stands for it in the place of each replaced value of `function`."""
    if not replaced:
        return
    for value in replaced:
        find(replaced, value)
    untouched = replaced.keys().isdisjoint
    get = replaced.get
    for block in function.blocks:
        for instr in block.instrs:
            if not untouched(instr.args):
                instr.args = tuple([get(operand, operand) for operand in instr.args])
        terminator = block.terminator
        if isinstance(terminator, Branch):
            terminator.condition = get(terminator.condition, terminator.condition)
        elif isinstance(terminator, Return):
            terminator.value = get(terminator.value, terminator.value)
        for edge in terminator.edges():
            if not untouched(edge.args):
                edge.args = [get(operand, operand) for operand in edge.args]
        if block.handler is not None and not untouched(block.handler.args):
            block.handler.args = [get(operand, operand) for operand in block.handler.args]
