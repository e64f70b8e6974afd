"""What `check_rule` holds to be true of a forward rule: its contract, and that it is the transpose of the pullback."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.errors import CheckError
from bytegrad.runtime.records import name_of
from bytegrad.runtime.rule_checks import place_of
from bytegrad.testing.compare import same
from bytegrad.testing.contract import pair_of
from bytegrad.testing.variables import flat_gradient, flat_gradients, fresh, seed_of, variables, variables_of

Function = Callable[..., Any]

_LOSS = 0.625
"""Of the digits of a number, the share that both ways to an inner product have in common."""


def check_forward(rule: Function, target: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Function | None:
    """Raise a CheckError if the forward rule breaks a promise; else the tangent as a function of the arguments.

    None if the rule declines.
    """
    name, where = name_of(rule), place_of(rule)

    def fail(what: str, fixes: str) -> CheckError:
        return CheckError(f"the forward rule {name} {what}", where=where, fixes=fixes)

    found = pair_of(rule, target, args, kwargs, "pushforward", fail)
    if found is None:
        return None
    y, push, plain, passed = found
    dots = tangents_of(args)
    before = fresh(dots)
    y_dot, again = push(*dots), push(*dots)
    if not same(passed, plain) or not same(dots, before):
        raise fail("changes its arguments or their tangents", "let it work on copies")
    if not same(y_dot, again):
        raise fail(f"has a pushforward that gives {again!r} when it is called again", "keep no state in it")
    try:
        flat_gradient(y_dot, y)
    except (TypeError, ValueError, LookupError, AttributeError):
        raise fail(
            f"gives a tangent that does not fit: {y_dot!r} for {y!r}",
            "return one of the structure and shape of the value",
        ) from None

    def tangent(*args: Any) -> Any:
        return rule(*args, **kwargs)[1](*dots)

    return tangent


def tangents_of(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Random tangents of all variables in `args`; zeros for other numbers and arrays, as a rule gets them."""
    drawn = iter(np.random.default_rng(1).uniform(-1.0, 1.0, len(variables_of(args))))
    return tuple([_tangent(arg, drawn) for arg in args])


def _tangent(arg: Any, drawn: Any) -> Any:
    found = seed_of(arg, drawn)
    if found is None and isinstance(arg, np.ndarray) and arg.dtype.kind in "iu":
        return np.zeros(arg.shape)
    return 0.0 if found is None and type(arg) is int else found


def check_transposed(
    tangent: Function, pullback: Function, y: Any, seed: Any, args: tuple[Any, ...], name: str
) -> None:
    """Raise a CheckError unless ``<seed, tangent> == <cotangents, tangents of args>``: the dot-product test."""
    held = variables_of(args)
    if not held or not variables(y):
        return
    weights = flat_gradient(seed, y)
    forwards = [w * d for w, d in zip(weights, flat_gradient(tangent(*fresh(args)), y), strict=True)]
    dots = tangents_of(args)
    moved = [flat_gradient(dot, arg) for dot, arg in zip(dots, args, strict=True)]
    gradient = flat_gradients(pullback(seed)[: len(args)], args)
    backwards = [g * d for g, d in zip(gradient, [d for part in moved for d in part], strict=True)]
    precision = max([v.precision for v in (*held, *variables(y))])
    allowed = precision**_LOSS * max(map(abs, (*forwards, *backwards, 1e-10)))
    if not abs(math.fsum(forwards) - math.fsum(backwards)) <= allowed:
        raise CheckError(
            f"the forward rule and the pullback of {name} are not each other's transpose: in random directions "
            f"one has {math.fsum(forwards):.9}, the other {math.fsum(backwards):.9}",
            fixes="see which of them differences confirm, with check_gradient",
        )


__all__ = ["check_forward", "check_transposed"]
