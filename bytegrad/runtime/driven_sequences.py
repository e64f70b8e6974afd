"""`iter` and `reversed` of objects that have nothing but subscripts: the iterators of C, which ask for the items."""

from __future__ import annotations

import operator
from types import FunctionType
from typing import Any

from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.driven import Call, Driven, attempted, begin, itself
from bytegrad.runtime.driven_nodes import Node, Origin
from bytegrad.runtime.steps import Step, guarded_step
from bytegrad.runtime.structure import shown_as


class Numbered:
    """What C gets in place of a sequence: its subscripts and its length are differentiated."""

    __slots__ = ("call", "driven", "origin", "sequence")

    def __init__(self, driven: Driven, sequence: Any, origin: Node) -> None:
        self.driven, self.sequence, self.origin = driven, sequence, origin
        self.call = Call(driven, operator.getitem, operator.getitem)

    def __getitem__(self, index: int) -> Any:
        method = lookup(type(self.sequence), "__getitem__")
        self.call.function = method if type(method) is FunctionType else operator.getitem
        return self.call(self.sequence, index)

    def __len__(self) -> int:
        driven = self.driven
        record, length = driven.attempt(_asked, driven.ctx, len, self.sequence)
        driven.note(record, [self.origin])
        return int(length)

    def __reduce__(self) -> Any:
        return itself(self.sequence)


shown_as(Numbered, "sequence")


def _asked(ctx: Context, function: Any, *args: Any) -> Any:
    return attempted(ctx, guarded_step(ctx, resolve, ctx, function, args, {}))


def numbered(ctx: Context, kind: Any, sequence: Any) -> Step:
    """The step that gives ``kind(sequence)``, which is `iter` or `reversed`."""
    given = Node()
    driven = Driven(ctx, _item, lambda _: [given, None])
    return begin(ctx, driven, driven.attempt(kind, Numbered(driven, sequence, given)), (given,))


def _item(driven: Driven, _: Any = None) -> Origin:
    return driven.called
