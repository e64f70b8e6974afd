"""`max` and `min` of numbers, of two of them as formulas; the polyfills (polyfills/folds) do the rest.

The result is the first operand where both are equal, or where one of them is a NaN that `max` does not notice: the
derivatives ask the same question as the function.  Of more numbers the result is one of them, which gets the cotangent.
"""

from __future__ import annotations

from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.runtime import registry
from bytegrad.runtime.attribute_slots import reverse_slot
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import by_numbers
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import done
from bytegrad.runtime.tangent import ZERO

PAIR = 2
OF_TWO = registry.TABLE.of_two
OF_TWO[max] = Partials(
    ("first", "second"), "best", (lambda first, second: 1.0 - (second > first), lambda first, second: second > first)
)
OF_TWO[min] = Partials(
    ("first", "second"), "best", (lambda first, second: 1.0 - (second < first), lambda first, second: second < first)
)


_NUMBERS = frozenset({float, int})


def _of_numbers(target: Any) -> None:
    rule = OF_TWO[target]

    @resolver(target)
    def extreme(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not args:
            return NotImplemented
        if len(args) == 1:
            return _of_items(target, args[0])
        if not _NUMBERS.issuperset(map(type, args)):
            return NotImplemented
        if len(args) == PAIR:
            return done(*by_numbers(rule, target, args))
        y = target(args)
        return done((reverse_chosen, _place(y, args), len(args)), y)


def _of_items(target: Any, items: Any) -> Any:
    """``max(items)`` of a list or tuple of nothing but floats."""
    if type(items) not in (list, tuple) or {*map(type, items)} != {float}:
        return NotImplemented
    y = target(items)
    if type(items) is list:
        return done((reverse_slot, items, _place(y, items), 1), y)
    return done((_reverse_of_tuple, _place(y, items), len(items)), y)


def _place(y: Any, items: Any) -> int:
    """Where the result itself is among the items."""
    return next(place for place, item in enumerate(items) if item is y)


def reverse_chosen(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """One of the operands was the result."""
    _, place, n = record
    return (ZERO,) * place + (y_bar,) + (ZERO,) * (n - place - 1)


def _reverse_of_tuple(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    return (reverse_chosen(ctx, record, y_bar) if y_bar is not ZERO else ZERO,)


_of_numbers(max)
_of_numbers(min)
