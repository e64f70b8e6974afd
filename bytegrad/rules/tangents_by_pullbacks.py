"""Tangents that follow from one pullback: of reductions, and of functions of each element by itself.

If every element of the argument has an influence on one number of the result alone, then the cotangents of the sum of
all results are all the partial derivatives that there are; what is left is to add up their products with the tangents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.adjoint.forms import Pushed
from bytegrad.adjoint.kinds import Items, Passive, Real
from bytegrad.rules.batched import axis_behind
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.sight import FORMS

Function = Callable[..., Any]

_REFUSED = frozenset(("out", "dtype"))


def rule_of(callee: Any) -> Adjoint:
    """The library's reverse rule."""
    return next(rule for rule in registry.lookup(callee) if isinstance(rule, Adjoint))


def minding(function: Function, rows: Function) -> Function:
    """`function`; `rows` is what takes its place where a first axis numbers directions."""
    function.along = rows  # type: ignore[attr-defined]
    return function


def by_reduction(callee: Any, axes: Any = None) -> Callable[[int, tuple[str, ...]], Function]:
    """Value and tangent of what reduces its first argument along the parameter `axis`, or always along `axes`."""
    rule = rule_of(callee)
    place = rule.names.index("axis") if axes is None else None

    def of_form(count: int, names: tuple[str, ...]) -> Function:
        by_position = count - len(names)

        def reduced(*operands: Any) -> Any:
            args, keywords = operands[:by_position], dict(zip(names, operands[by_position:count], strict=True))
            y, pullback = rule.rule(*args, **keywords)
            along = axes if place is None else keywords.get("axis", args[place] if by_position > place else None)
            slopes = pullback(np.ones(np.shape(y)))[0]
            return y, np.sum(slopes * operands[count], axis=along, keepdims=keywords.get("keepdims", False))

        return minding(reduced, lambda flags, *operands: reduced(*operands)) if place is None else reduced

    return of_form


@non_differentiable
def shares(x: Any, y: Any, axis: Any) -> Any:
    """Which part of `y`, the largest or smallest elements along `axis`, each element is: ties share it equally."""
    chosen = x == (y if axis is None else np.expand_dims(y, axis))
    return chosen / np.sum(chosen, axis=axis, keepdims=True)


def by_choice(callee: Any) -> Callable[[int, tuple[str, ...]], Function]:
    """Value and tangent of what chooses among the elements of its first argument along `axis`: `max` and `min`."""

    def of_form(count: int, names: tuple[str, ...]) -> Function:
        by_position = count - len(names)

        def chosen(*operands: Any) -> Any:
            args, keywords = operands[:by_position], dict(zip(names, operands[by_position:count], strict=True))
            axis = keywords.get("axis", args[1] if by_position > 1 else None)
            return value_and_tangent(args[0], operands[count], axis, keywords.get("keepdims", False))

        def chosen_rows(flags: Any, *operands: Any) -> Any:
            args, keywords = operands[:by_position], dict(zip(names, operands[by_position:count], strict=True))
            axis = axis_behind(keywords.get("axis", args[1] if by_position > 1 else None), args[0])
            return value_and_tangent(args[0], operands[count], axis, keywords.get("keepdims", False))

        return minding(chosen, chosen_rows)

    def value_and_tangent(x: Any, x_dot: Any, axis: Any, keepdims: Any) -> Any:
        y = callee(x, axis=axis, keepdims=keepdims)
        dropped = callee(x, axis=axis) if keepdims else y
        return y, np.sum(shares(x, dropped, axis) * x_dot, axis=axis, keepdims=keepdims)

    return of_form


def by_elements(callee: Any) -> Callable[[int, tuple[str, ...]], Function]:
    """Value and tangent of what is done to each element of the first argument by itself."""
    rule = rule_of(callee)

    def of_form(count: int, names: tuple[str, ...]) -> Function:
        by_position = count - len(names)

        def changed(*operands: Any) -> Any:
            keywords = dict(zip(names, operands[by_position:count], strict=True))
            y, pullback = rule.rule(*operands[:by_position], **keywords)
            return y, pullback(np.ones(np.shape(y)))[0] * operands[count]

        return minding(changed, lambda flags, *operands: changed(*operands))

    return of_form


def of_logarithm(count: int, names: tuple[str, ...]) -> Function:
    """Value and tangent of `slogdet`: the sign has none."""
    rule = rule_of(np.linalg.slogdet)

    def reduced(a: Any, a_dot: Any) -> Any:
        y, pullback = rule.rule(a)
        slopes = pullback((None, np.ones(np.shape(y[1]))))[0]
        return y, (None, np.sum(slopes * a_dot, axis=(-2, -1)))

    return reduced


def _own(calling: Any, most: int, result: Any = Real(False)) -> Pushed:  # noqa: B008 - it cannot be changed
    return Pushed(calling, result, True, most, _REFUSED)


for _choice in (np.max, np.min, np.ndarray.max, np.ndarray.min):
    FORMS[_choice] = Pushed(by_choice(_choice), pure=True, most=2, refused=_REFUSED | {"initial", "where"})
for _reduction in (
    np.prod,
    np.var,
    np.std,
    np.median,
    np.average,
    np.nansum,
    np.nanmean,
    np.ndarray.prod,
):
    FORMS[_reduction] = _own(by_reduction(_reduction), 2)
FORMS[np.ndarray.var], FORMS[np.ndarray.std] = FORMS[np.var], FORMS[np.std]
FORMS[np.linalg.norm] = _own(by_reduction(np.linalg.norm), 3)
FORMS[np.linalg.det] = _own(by_reduction(np.linalg.det, (-2, -1)), 1)
FORMS[np.linalg.slogdet] = _own(of_logarithm, 1, Items((Passive(), Real(False))))
FORMS[np.clip] = _own(by_elements(np.clip), 3)
