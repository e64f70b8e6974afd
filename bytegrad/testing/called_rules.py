"""Rules checked where they are called: what ``debug(check_rules=True)`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.errors import RuleError
from bytegrad.runtime.records import name_of
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.rule_checks import check_count, check_fits, name_of_rule, place_of
from bytegrad.runtime.tangent import Poison
from bytegrad.testing.compare import same
from bytegrad.testing.differences import slope
from bytegrad.testing.variables import flat_gradients, fresh, moved_args, variables, variables_of

Function = Callable[..., Any]

STEP = 1e-3
TOLERANCE = 0.25
"""Of the digits of a number, the share that a rule's slope and the differences' must have in common."""


def checked_pullback(
    rule: Adjoint, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any, pullback: Function
) -> Function:
    """`pullback`, which holds what it returns to its contract, and to differences of `f` in a random direction.

    Differences can be taken where the arguments and the result hold floating or complex numbers, `f` can be called
    again, and gives the same value again.  Where they do not settle, nothing is said.
    """
    kept, plain = fresh(args), _again(f, args, kwargs)
    if plain is not None and not isinstance(y, type(plain[0])):
        raise _wrong(rule, f"gives a {type(y).__name__} where {name_of(f)} gives a {type(plain[0]).__name__}")

    def checked(y_bar: Any) -> Any:
        before = fresh((y_bar,))
        bars = pullback(y_bar)
        check_count(rule, len(kept), bars)
        check_fits(rule, kept, bars)
        if not same((y_bar,), before):
            raise _wrong(rule, "has a pullback that changes what it is given")
        if plain is not None and same(plain[0], y) and _is_whole(y_bar, y):
            _check_slope(rule, f, kept, kwargs, y_bar, bars)
        return bars

    return checked


def _again(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any] | None:
    """The value of a call with copies of the arguments; None if it cannot be made."""
    try:
        return (f(*fresh(args), **kwargs),)
    except Exception:
        return None


def _is_whole(y_bar: Any, y: Any) -> bool:
    """Whether there is a cotangent for each number of the result."""
    return len(variables(y_bar)) == len(variables(y)) > 0


def _check_slope(
    rule: Adjoint, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], y_bar: Any, bars: Any
) -> None:
    """Compare the slope of ``<y_bar, f>`` in a random direction with that of the cotangents."""
    at, weights = variables_of(args), [v.value for v in variables(y_bar)]
    if not at or any([isinstance(bar, Poison) for bar in bars]):
        return
    random = np.random.default_rng(0)
    direction = [d * max(abs(v.value), 0.1) for v, d in zip(at, random.uniform(-1.0, 1.0, len(at)), strict=True)]
    try:
        gradient = flat_gradients(tuple(bars[: len(args)]), args)
    except (TypeError, ValueError, KeyError, IndexError):
        return
    terms = [g * d for g, d in zip(gradient, direction, strict=True)]

    def total(t: float) -> float:
        numbers = iter([v.value + t * d for v, d in zip(at, direction, strict=True)])
        y = [v.value for v in variables(f(*moved_args(args, numbers), **kwargs))]
        return float(np.dot(weights, y))

    try:
        found = slope(total, STEP)
    except Exception:
        return
    precision = max([v.precision for v in at])
    allowed = precision**TOLERANCE * max(abs(found.value), *map(abs, terms), 1e-8)
    if found.spread <= allowed and not abs(sum(terms) - found.value) <= allowed:
        raise _wrong(
            rule, f"has the slope {sum(terms):.6g} in a random direction, where differences have {found.value:.6g}"
        )


def _wrong(rule: Adjoint, what: str) -> RuleError:
    return RuleError(
        f"the rule {name_of_rule(rule)} {what}",
        where=place_of(rule.rule),
        fixes="look at it with bytegrad.testing.check_rule",
    )
