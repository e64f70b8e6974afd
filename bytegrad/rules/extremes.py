"""`max` and `min` of two numbers, as formulas; the polyfills (polyfills/folds) do the rest.

The result is the first operand where both are equal, or where one of them is a NaN that `max` does not notice: the
derivatives ask the same question as the function.
"""

from __future__ import annotations

from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.runtime import registry
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import by_numbers
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import done

PAIR = 2
OF_TWO = registry.TABLE.of_two
OF_TWO[max] = Partials(
    ("first", "second"), "best", (lambda first, second: 1.0 - (second > first), lambda first, second: second > first)
)
OF_TWO[min] = Partials(
    ("first", "second"), "best", (lambda first, second: 1.0 - (second < first), lambda first, second: second < first)
)


def _of_numbers(target: Any) -> None:
    rule = OF_TWO[target]

    @resolver(target)
    def extreme(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != PAIR or not all([type(arg) is float or type(arg) is int for arg in args]):
            return NotImplemented
        return done(*by_numbers(rule, target, args))


_of_numbers(max)
_of_numbers(min)
