"""`check_rule`: a rule held to its contract and to what the function's values say."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.errors import ArgumentError, CheckError, RuleError
from bytegrad.runtime import registry
from bytegrad.runtime.records import name_of
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.rule_checks import check_count, check_fits, name_of_rule, place_of
from bytegrad.testing.compare import same
from bytegrad.testing.contract import pair_of
from bytegrad.testing.forward_rules import check_forward, check_transposed
from bytegrad.testing.gradients import check_gradient
from bytegrad.testing.variables import fresh, seed_of, variables

Function = Callable[..., Any]


def check_rule(target: Function, /, *args: Any, order: int = 2, **options: Any) -> None:
    """Do nothing if the rules of `target` are right for ``target(*args)``; else raise a `CheckError` that says why not.

    Of a rule that `adjoint` declared it is checked that it

    - returns a pair, whose value is that of the plain call, of the same type and to the last bit;
    - leaves the arguments as the plain call does, and its pullback leaves them and its cotangent alone;
    - gives a tuple with one cotangent for each positional argument, of the structure, shape and kind of numbers of the
      argument, or None; and the same when it is called again.

    The same is checked of the forward rule beside it, if there is one, and that the two are each other's transpose.
    Of any rule, the derivatives are then held to differences, at first and at second `order`, by `check_gradient`; the
    other `options` are passed to that.  A keyword argument of `target` itself is one of `options` as well.

    Raises: ArgumentError if `target` has no rule; CheckError; what `target` raises.

    >>> import bytegrad
    >>> from bytegrad.testing import check_rule
    >>> def scale(x, factor): return x * factor
    >>> @bytegrad.adjoint(scale)
    ... def scale_rule(x, factor):
    ...     return x * factor, lambda y_bar: (y_bar * factor, y_bar * x)
    >>> check_rule(scale, 2.0, 3.0)
    >>> def shift(x, by): return x + by
    >>> @bytegrad.adjoint(shift)
    ... def shift_rule(x, by):
    ...     return x + by, lambda y_bar: (y_bar, [y_bar])
    >>> check_rule(shift, 2.0, 3.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    bytegrad.errors.CheckError: the pullback of the rule shift_rule returned a cotangent that does not fit: ...
      in shift_rule, ...
      Possible fixes: return a cotangent of the structure of the argument; None where nothing flows
    """
    rules = registry.rules_of(target)
    if not rules:
        raise ArgumentError(f"{name_of(target)} has no rule", fixes="declare one with bytegrad.adjoint or partials")
    kwargs = {name: value for name, value in options.items() if name not in _OPTIONS}
    tangent = None
    for rule in rules:
        if isinstance(rule, Adjoint):
            found = _check_contract(rule, target, args, kwargs)
            if found is None:
                continue
            tangent = _check_forward(rule, target, args, kwargs, *found)
        break
    check_gradient(target, *args, order=order, **options)
    if tangent is not None and order > 1 and variables(tangent(*fresh(args))):
        check_gradient(tangent, *args, order=order - 1, **{k: v for k, v in options.items() if k in _OPTIONS})


_OPTIONS = ("argnums", "rtol", "atol", "step")


def _check_forward(
    rule: Adjoint, target: Function, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any, pullback: Function
) -> Function | None:
    """The tangent by the forward rule, as a function of the arguments, if there is one."""
    if rule.forward is None:
        return None
    tangent = check_forward(rule.forward, target, args, kwargs)
    if tangent is not None:
        check_transposed(tangent, pullback, y, _seed(y), args, name_of(target))
    return tangent


def _check_contract(
    rule: Adjoint, target: Function, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Function] | None:
    """What the rule returned; None if it declines.  Raise a CheckError if it breaks a promise."""
    name, where = name_of_rule(rule), place_of(rule.rule)

    def fail(what: str, fixes: str) -> CheckError:
        return CheckError(what, where=where, fixes=fixes)

    found = pair_of(rule.rule, target, args, kwargs, "pullback", lambda what, fixes: fail(f"{name} {what}", fixes))
    if found is None:
        return None
    y, pullback, plain, passed = found
    if not same(passed, plain):
        raise fail(f"{name} leaves its arguments as {passed!r}, not as {plain!r}", "change what the function changes")
    y_bar = _seed(y)
    before = copy.deepcopy(y_bar)
    bars, again = pullback(y_bar), pullback(y_bar)
    if not same(passed, plain) or not same(y_bar, before):
        raise fail(f"the pullback of {name} changes what it is given", "let it work on copies")
    try:
        check_count(rule, len(args), bars)
        check_fits(rule, args, bars)
    except RuleError as error:
        raise CheckError(error.reason, where=error.where, fixes=error.fixes) from None
    if not same(bars, again):
        raise fail(f"the pullback of {name} gives {again!r} when it is called again", "keep no state in it")
    return y, pullback


def _seed(y: Any) -> Any:
    if isinstance(y, (int, float)):
        return 1.0
    random = np.random.default_rng(0)
    seed = seed_of(y, iter(random.uniform(0.5, 1.5, len(variables(y)))))
    return tuple(seed) if isinstance(y, tuple) else seed


__all__ = ["check_rule"]
