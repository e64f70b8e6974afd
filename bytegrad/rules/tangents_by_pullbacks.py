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
from bytegrad.rules.batched import axis_behind, first
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

        def reduced_rows(flags: Any, *operands: Any) -> Any:
            args, keywords = operands[:by_position], dict(zip(names, operands[by_position:count], strict=True))
            given = args[place] if place is not None and by_position > place else None
            keywords["axis"] = axis_behind(keywords.get("axis", given), args[0])
            first = args[:1] if place is None else args[:place]
            form = of_form(len(first) + len(keywords), tuple(keywords))
            return form(*first, *keywords.values(), operands[count])

        return minding(reduced, (lambda flags, *operands: reduced(*operands)) if place is None else reduced_rows)

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

    def reduced(a: Any, a_dot: Any) -> Any:
        slopes = np.swapaxes(np.linalg.inv(a), -1, -2)
        return np.linalg.slogdet(a), (None, np.sum(slopes * a_dot, axis=(-2, -1)))

    def reduced_rows(flags: Any, a: Any, a_dot: Any) -> Any:
        (sign, y), dots = reduced(a, a_dot)
        return (first(sign), y), dots

    return minding(reduced, reduced_rows)


def _own(calling: Any, most: int, result: Any = Real(False)) -> Pushed:  # noqa: B008 - it cannot be changed
    return Pushed(calling, result, True, most, _REFUSED)


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
