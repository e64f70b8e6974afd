"""The sum of a list of floats, in one record; the polyfill (polyfills/folds) does the rest."""

from __future__ import annotations

from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import done
from bytegrad.runtime.tangent import ZERO

_WITH_START = 2


@resolver(sum)
def sum_of_floats(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """``sum(items)`` and ``sum(items, start)`` of a list of nothing but floats, and a real number to begin with."""
    if kwargs or not 1 <= len(args) <= _WITH_START or type(args[0]) is not list or {*map(type, args[0])} != {float}:
        return NotImplemented
    if len(args) == _WITH_START and type(args[1]) is not float and type(args[1]) is not int:
        return NotImplemented
    return done((reverse_sum, args[0], len(args[0]), len(args)), sum(*args))


def reverse_sum(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Every item gets the cotangent of the sum."""
    _, items, n, operands = record
    if y_bar is not ZERO:
        shadow = ctx.shadow(items)
        if not shadow:
            for index in range(n):
                shadow[index] = y_bar
            return (ZERO, y_bar)[:operands]
        for index in range(n):
            before = shadow[index]
            if type(before) is float and type(y_bar) is float:
                shadow[index] = before + y_bar
            else:
                shadow.add(index, y_bar)
    return (ZERO, y_bar)[:operands]
