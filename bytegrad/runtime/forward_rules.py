"""Calls of what has a forward rule: the rule gives the value, and a function of tangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.adjoint.kinds import DeclinedError
from bytegrad.errors import RuleError
from bytegrad.runtime import registry
from bytegrad.runtime.records import name_of
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.rule_checks import place_of
from bytegrad.runtime.seeds import describe

Function = Callable[..., Any]

_PAIR = 2
ALONG: dict[Function, Function] = {}
"""By forward rules, functions of operands and tangents that leave the first axis alone, which numbers directions."""


def forward_rule(callee: Any) -> Function | None:
    """The forward rule of a callable, if it stands beside the first of its rules."""
    rules = registry.lookup(callee)
    return rules[0].forward if rules and isinstance(rules[0], Adjoint) else None


def calling(rule: Function) -> Callable[[int, tuple[str, ...]], Function]:
    """What makes functions of operands and tangents of `rule`, for each number of operands and their names."""

    def of_form(count: int, names: tuple[str, ...]) -> Function:
        by_position = count - len(names)

        def pushed(*operands: Any) -> Any:
            args, keywords = operands[:by_position], operands[by_position:count]
            y, pushforward = pair_of(rule, rule(*args, **dict(zip(names, keywords, strict=True))))
            y_dot = pushed_by(rule, pushforward, operands[count:])
            check_fits(rule, y, y_dot)
            return y, 0.0 * y if y_dot is None else y_dot

        if rule in ALONG:
            pushed.along = ALONG[rule]  # type: ignore[attr-defined]
        return pushed

    return of_form


def alone(rule: Function, count: int, moved: tuple[int, ...], slope: bool) -> Function:
    """The function of `count` arguments, those numbered by `moved` followed by their tangents, that `rule` makes."""
    call = calling(rule)(count, ())
    places = [n + sum([m < n for m in moved]) for n in range(count)]

    def function(*passed: Any) -> Any:
        args = [passed[place] for place in places]
        dots = [passed[places[n] + 1] if n in moved else zero_like(args[n]) for n in range(count)]
        both = call(*args, *dots)
        return both[1] if slope else both

    return function


def zero_like(x: Any) -> Any:
    """The tangent of an argument that is not varied."""
    from bytegrad.runtime.sight import HELPERS

    return HELPERS["zero_if_any"](x)


def pair_of(rule: Function, result: Any) -> tuple[Any, Function]:
    """What a forward rule returned, if it is a value and its pushforward."""
    if result is NotImplemented:
        raise DeclinedError("the rule declines")
    if type(result) is not tuple or len(result) != _PAIR or not callable(result[1]):
        raise RuleError(
            f"the forward rule {name_of(rule)} returned {describe(result)}, not a pair (y, pushforward)",
            where=place_of(rule),
            fixes="return the value and a function of the tangents of the arguments",
        )
    return result


def pushed_by(rule: Function, pushforward: Function, dots: tuple[Any, ...]) -> Any:
    """The tangent of the result; what is raised on the way is the rule's fault."""
    try:
        return pushforward(*dots)
    except Exception as error:
        if rule.__module__.startswith("bytegrad."):
            raise
        raise RuleError(
            f"the pushforward of the rule {name_of(rule)} raised {type(error).__name__}: {error}",
            where=place_of(rule),
            fixes="let it take one tangent for each positional argument",
        ) from error


def check_fits(rule: Function, y: Any, y_dot: Any) -> None:
    """Raise RuleError unless `y_dot` has the shape of `y`; DeclinedError if that is no real number or array."""
    if not isinstance(y, (float, np.ndarray)) or (isinstance(y, np.ndarray) and y.dtype != np.float64):
        raise DeclinedError("the result is no real number or array")
    if y_dot is not None and np.shape(y_dot) != np.shape(y):
        raise RuleError(
            f"the pushforward of the rule {name_of(rule)} returned {describe(y_dot)} for {describe(y)}",
            where=place_of(rule),
            fixes="return a tangent of the shape of the value; None where nothing flows",
        )


__all__ = ["ALONG", "alone", "calling", "forward_rule"]
