"""Forward rules on the general way of forward mode: their pushforward in place of the transpose of a pullback.

Forward mode transposes the sweep, which is linear in its seed.  A pullback that has a pushforward beside it need not be
transposed, nor computed: the sweep takes place at the seed zero, where all its cotangents are zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.errors import RuleError
from bytegrad.numbering import where_present, zeros
from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.runtime.forward_rules import pair_of, pushed_by
from bytegrad.runtime.records import name_of
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.results import Template, snapshot
from bytegrad.runtime.rule_checks import place_of
from bytegrad.runtime.seeds import describe
from bytegrad.runtime.structure import NUMBERS
from bytegrad.runtime.tangent import Tangent

Function = Callable[..., Any]


class Pushing:
    """Calls forward rules for a context, as far as there are any; `used` tells whether there were."""

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used = False

    def __call__(self, rule: Adjoint, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value, and what stands for the pullback; NotImplemented if the rule declines."""
        forward = rule.forward
        result = NotImplemented if forward is None else forward(*args, **kwargs)
        if forward is None or result is NotImplemented:
            return NotImplemented
        y, push = pair_of(forward, result)
        self.used = True
        call = PushedCall(forward, push, templates_of(args), template_of(y))

        def pullback(y_bar: Any) -> Any:
            return zero_cotangents(call, y_bar)

        return y, pullback


class PushedCall:
    """One call of a forward rule: the pushforward, and the structure of the arguments and of the value."""

    __slots__ = ("args", "push", "rule", "y")

    def __init__(self, rule: Function, push: Function, args: list[Template], y: Template) -> None:
        self.rule, self.push, self.args, self.y = rule, push, args, y


@non_differentiable
def templates_of(args: tuple[Any, ...]) -> list[Template]:
    """The structure of each argument."""
    return [snapshot(arg) for arg in args]


@non_differentiable
def template_of(value: Any) -> Template:
    """The structure of `value`."""
    return snapshot(value)


def zero_cotangents(call: PushedCall, y_bar: Any) -> tuple[Any, ...]:
    """The cotangents of the arguments for the cotangent zero."""
    return tuple([zeros(template) for template in call.args])


@adjoint(zero_cotangents)
def zero_cotangents_rule(call: PushedCall, y_bar: Any) -> Any:
    """The transpose of a pullback is the pushforward."""

    def zero_cotangents_pullback(tangents: Any) -> Any:
        given = [None] * len(call.args) if tangents is None else tangents
        dots = [filled(template, dot) for template, dot in zip(call.args, given, strict=True)]
        y_dot = pushed_by(call.rule, call.push, tuple(dots))
        check_fits(call, y_dot)
        return None, where_present(y_bar, y_dot)

    return zero_cotangents(call, y_bar), zero_cotangents_pullback


@non_differentiable
def check_fits(call: PushedCall, y_dot: Any) -> None:
    """Raise RuleError if the tangent of a number or an array has another shape."""
    if y_dot is None or call.y.kind not in ("number", "array") or np.shape(y_dot) == np.shape(call.y.value):
        return
    raise RuleError(
        f"the pushforward of the rule {name_of(call.rule)} returned {describe(y_dot)} for {describe(call.y.value)}",
        where=place_of(call.rule),
        fixes="return a tangent of the shape of the value; None where nothing flows",
    )


def filled(template: Template, dot: Any) -> Any:
    """`dot`, with zeros in place of None."""
    if dot is None:
        return zeros(template)
    if template.kind == NUMBERS:
        return [0.0 if item is None else item for item in dot]
    if isinstance(dot, (list, tuple)):
        return type(dot)([filled(part, d) for (_, part), d in zip(template.parts, dot, strict=True)])
    if isinstance(dot, (dict, Tangent)):
        parts = {key: filled(part, dot.get(key)) for key, part in template.parts}
        return parts if isinstance(dot, dict) else Tangent(**parts)
    return dot


__all__ = ["Pushing"]
