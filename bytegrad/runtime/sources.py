"""Where the cotangents of a call's results come from: by value, or from the parts of what it returned."""

from __future__ import annotations

from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.runtime.results import collect, mark, release, snapshot
from bytegrad.runtime.tangent import ZERO, Poison


class _ByValue:
    __slots__ = ()

    def take(self, ctx: Any, y_bar: Any = ZERO) -> Any:
        """The cotangent that the pullback was given."""
        return None if y_bar is ZERO else y_bar


BY_VALUE = _ByValue()


class SequenceSource:
    """A fresh list or tuple of results."""

    __slots__ = ("items", "sequence")

    def __init__(self, sequence: Any, items: list[Any]) -> None:
        self.sequence, self.items = sequence, items

    def take(self, ctx: Any, y_bar: Any = ZERO) -> Any:
        """A list or tuple of the items' cotangents, None for absent ones; None if all are."""
        if isinstance(y_bar, Poison):
            return y_bar
        if isinstance(self.sequence, tuple):
            bars: Any = y_bar if type(y_bar) is tuple else (ZERO,) * len(self.items)
        else:
            shadow = ctx.peek(self.sequence)
            bars = [shadow.take(index) if shadow else ZERO for index in range(len(self.items))]
        return self._together([_take(ctx, item, bar) for item, bar in zip(self.items, bars, strict=True)])

    def peek(self, ctx: Any, y_bar: Any = ZERO) -> Any:
        """As `take`, but what lists have got stays there: they may be older than the call that returned them."""
        if isinstance(y_bar, Poison):
            return y_bar
        if isinstance(self.sequence, tuple):
            bars: Any = y_bar if type(y_bar) is tuple else (ZERO,) * len(self.items)
        else:
            shadow = ctx.peek(self.sequence)
            bars = [shadow[index] if shadow else ZERO for index in range(len(self.items))]
        return self._together([peek(ctx, item, bar) for item, bar in zip(self.items, bars, strict=True)])

    def _together(self, parts: list[Any]) -> Any:
        if all(part is None for part in parts):
            return None
        for part in parts:
            if issubclass(type(part), Poison):
                return part
        return tuple(parts) if isinstance(self.sequence, tuple) else parts


def _take(ctx: Any, source: Any, bar: Any) -> Any:
    return None if source is None else source.take(ctx, bar)


def peek(ctx: Any, source: Any, bar: Any) -> Any:
    """The cotangent of a result that the call did not make, or may not have made."""
    return source.peek(ctx, bar) if issubclass(type(source), SequenceSource) else _take(ctx, source, bar)


class ObjectSource:
    """A result of another kind: a dict, an object, or something whose cotangents nothing is known about."""

    __slots__ = ("template",)

    def __init__(self, ctx: Any, result: Any) -> None:
        self.template = snapshot(result)
        mark(ctx, [self.template])

    def take(self, ctx: Any, y_bar: Any = ZERO) -> Any:
        """Its cotangent in the form of a gradient, which its parts then have no more; None if there is none."""
        if isinstance(y_bar, Poison) or not self.template.parts:
            return None if y_bar is ZERO else y_bar
        try:
            gathered = collect(ctx, self.template, ZERO)
        except NoRuleError as error:
            return Poison(error)
        if gathered is None:
            return None if y_bar is ZERO else y_bar
        release(ctx, self.template)
        return gathered if y_bar is ZERO else gathered + y_bar
