"""What happens in an iterator of C that runs Python code (runtime/driven), and its reversal."""

from __future__ import annotations

from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.tangent import ZERO, accum, split

Origin = Any
"""Where a value comes from: a node, a list of origins for a tuple, or None for a constant.

Of an item of a container it may be its record, as long as nothing has happened to the container since.
"""


class Node:
    """An item that was taken, or a call that was made; its value's cotangent is in its shadow.

    One without a record stands for a value that was passed when the iterator was made.
    """

    __slots__ = ("operands", "record")

    def __init__(self, record: Any = None, operands: Origin = None) -> None:
        self.record, self.operands = record, operands


class Decision(Node):
    """A call that has decided about an item; the shadow has the cotangent of the item."""

    __slots__ = ()


def deliver(ctx: Context, origin: Origin, bar: Any) -> None:
    """Lead a cotangent to where its value came from."""
    if origin is None or bar is ZERO:
        return
    kind = type(origin)
    if kind is tuple:
        origin[0](ctx, origin, bar)
    elif kind is list:
        for part, each in zip(origin, split(ctx, bar, len(origin)), strict=True):
            if each is not ZERO:
                deliver(ctx, part, each)
    else:
        ctx.shadow(origin).add(0, bar)


def reverse_nodes(ctx: Context, nodes: list[Node], last_bar: Any, unseen: Any = ZERO) -> None:
    """Reverse what has happened; `unseen` is the cotangent of what nothing is known of."""
    shadows = ctx.shadows
    for node in reversed(nodes):
        shadow, record, operands = shadows.pop(id(node), None), node.record, node.operands
        bar = last_bar if shadow is None else accum(last_bar, shadow[0])
        last_bar = unseen
        if type(node) is Decision:
            if record is not None:
                deliver(ctx, operands, record[0](ctx, record, ZERO)[0])
            deliver(ctx, operands, bar)
        elif record is not None:
            bars = record[0](ctx, record, bar)
            if operands is not None:
                deliver(ctx, operands, bars if type(bars) is tuple else tuple(bars))
