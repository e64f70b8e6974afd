"""From a row of partial derivatives to a rule on arrays: broadcasting, dtypes, `where=` and complex numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.broadcast import masked, project, weigh
from bytegrad.runtime.registry import Partials

Rule = Callable[..., tuple[Any, Callable[[Any], tuple[Any, ...]]]]


@dataclass(slots=True, frozen=True)
class Slope:
    """One partial derivative: a function of some of the inputs and the output, or a constant.

    `picks` are the positions of the function's parameters in ``(*inputs, y)``; `constant` is None unless the
    function has no parameters.
    """

    function: Callable[..., Any]
    picks: tuple[int, ...]
    constant: Any

    def at(self, values: Sequence[Any]) -> Any:
        """The derivative at `values`, which are ``(*inputs, y)``."""
        return self.function(*[values[i] for i in self.picks]) if self.constant is None else self.constant

    def cotangent(self, y_bar: Any, values: Sequence[Any]) -> Any:
        """The cotangent of the input, of the shape of `y_bar`."""
        if self.constant is None:
            return weigh(y_bar, self.function(*[values[i] for i in self.picks]))
        return y_bar if self.constant == 1 else y_bar * self.constant.conjugate()


@non_differentiable
@cache
def slopes(partials: Partials) -> tuple[Slope | None, ...]:
    """The derivatives of `partials`, ready to be evaluated at ``(*inputs, y)``."""
    order = (*partials.names, partials.output)
    return tuple(None if function is None else _slope(function, order) for function in partials.functions)


def _slope(function: Callable[..., Any], order: tuple[str, ...]) -> Slope:
    picks = tuple(order.index(name) for name in inspect.signature(function).parameters)
    return Slope(function, picks, None if picks else function())


def elementwise_rule(ufunc: Callable[..., Any], partials: Partials) -> Rule:
    """The rule of `ufunc` on arrays and numbers, from one derivative for each input.

    The rule takes the ufunc's own arguments (all but `out`) and `active`, one bool for each input: cotangents of
    the other inputs are not computed.  Its pullback takes the cotangent of the result, of the broadcast shape,
    and returns one cotangent for each input.
    """
    by_input = slopes(partials)
    everything = (True,) * len(by_input)

    def rule(*inputs: Any, active: tuple[bool, ...] | None = None, **keywords: Any) -> tuple[Any, Any]:
        y = ufunc(*inputs, **keywords)
        where = keywords.get("where", True)
        wanted = everything if active is None else active

        def pullback(y_bar: Any) -> tuple[Any, ...]:
            return elementwise_cotangents(by_input, wanted, inputs, y, where, y_bar)

        return y, pullback

    return rule


def elementwise_cotangents(
    by_input: Sequence[Slope | None],
    wanted: Sequence[bool],
    inputs: Sequence[Any],
    y: Any,
    where: Any,
    y_bar: Any,
) -> tuple[Any, ...]:
    """The cotangents of the `wanted` inputs of an elementwise function that gave `y`; None for the others."""
    values = differentiable_values(inputs, y)
    cotangents: list[Any] = []
    for slope, wants, like in zip(by_input, wanted, inputs, strict=True):
        if slope is None or not wants:
            cotangents.append(None)
            continue
        x_bar = slope.cotangent(y_bar, values)
        cotangents.append(project(x_bar if where is True else masked(x_bar, where), like))
    return tuple(cotangents)


def differentiable_values(inputs: Sequence[Any], y: Any) -> list[Any]:
    """``[*inputs, y]`` with arrays of integers as floats, and complex if only `y` is: what derivatives are taken at.

    A derivative such as ``1 + x * x`` must not wrap around in uint8, and with ``dtype=complex`` it must be the
    derivative of the complex function.
    """
    values = [x if type(x) is float else _as_float(x) for x in inputs]
    if getattr(y, "dtype", _OBJECT).kind == "c" and not any(np.iscomplexobj(x) for x in values):
        values = [np.asarray(x).astype(y.dtype) for x in inputs]
    values.append(y)
    return values


_OBJECT = np.dtype(object)


def _as_float(x: Any) -> Any:
    if isinstance(x, list | tuple):
        x = np.asarray(x)
    return x * 1.0 if getattr(x, "dtype", _OBJECT).kind in "iub" else x
