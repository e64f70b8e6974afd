"""Elementwise functions on arrays: the call, its record, and the reversal by partial derivatives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from sys import getrefcount
from typing import Any

import numpy as np

from bytegrad.runtime.arrays import ArrayShadow
from bytegrad.runtime.fitting import cotangent_dtype
from bytegrad.runtime.operands import capture, sinks_of
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray


def _no_slopes(rule: Partials) -> Any:
    raise LookupError("the rules of numpy have not been loaded")


SLOPES: list[Callable[[Partials], Any]] = [_no_slopes]
"""Makes the derivatives of a rule ready to be taken at arrays; the rules of numpy put theirs here.

One is a function of ``y_bar`` and ``[*inputs, y]``, of which it needs the positions `picks`; or it is `constant`.
"""


class Plan:
    """How a rule is reversed for a given choice of active operands.

    `steps` are the derivatives to take, by position; `kept` and `dropped` the positions in ``[*inputs, y]`` that
    they need and do not need.
    """

    __slots__ = ("dropped", "kept", "last", "steps")

    def __init__(self, slopes: Any, active: tuple[bool, ...]) -> None:
        self.steps = tuple(
            [(i, slope) for i, slope in enumerate(slopes) if slope is not None and i < len(active) and active[i]]
        )
        needed = {place for _, slope in self.steps if slope.constant is None for place in slope.picks}
        self.kept = tuple(sorted(needed))
        self.dropped = tuple([i for i in range(len(slopes) + 1) if i not in needed])
        self.last = self.steps[-1][0] if self.steps else -1


_PLANS: dict[tuple[Partials, tuple[bool, ...]], Plan] = {}


def plan_of(rule: Partials, sinks: list[Any]) -> Plan:
    """The plan of `rule` for operands with these sinks."""
    active = tuple([sink is not None for sink in sinks])
    plan = _PLANS.get((rule, active))
    if plan is None:
        plan = _PLANS[rule, active] = Plan(SLOPES[0](rule), active)
    return plan


# the call ---------------------------------------------------------------------------------------------------


def elementwise(ctx: Any, rule: Partials, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The step of a call of `f`, which has `rule`, on arrays and numbers; it writes into no argument."""
    sinks = sinks_of(ctx, args)
    if sinks is None:
        return native(f, args, kwargs)
    plan = plan_of(rule, sinks)
    if not plan.steps:
        return native(f, args, kwargs)
    if kwargs:
        where = kwargs.get("where", True)
        capture(ctx.arrays, where)
        return (partial(f, **kwargs), args, partial(_result, ctx, plan, sinks, args, where))
    return (f, args, partial(_result, ctx, plan, sinks, args, True))


def _result(ctx: Any, plan: Plan, sinks: list[Any], args: tuple[Any, ...], where: Any, y: Any) -> Step:
    arrays = ctx.arrays
    shadow = None
    if type(y) is ndarray:
        dtype = y.dtype
        if dtype.kind not in "fc":
            dtype = cotangent_dtype(dtype)
            if dtype is None:
                return done(None, y)
        key = id(y)
        shadow = arrays.shadows[key] = ArrayShadow(y, dtype)
        arrays.hold(shadow, y, key)
    elif not isinstance(y, (float, complex, np.number)) and type(y) is not int:
        return _other_result(ctx, plan, sinks, args, where, y)
    values = kept_values(arrays, plan, args, y)
    return (None, ((reverse_elementwise, shadow, plan, sinks, values, where, arrays.position), y), None)


def _other_result(ctx: Any, plan: Plan, sinks: list[Any], args: tuple[Any, ...], where: Any, y: Any) -> Step:
    """A subclass of ndarray, a number of another kind, or something that is no number at all."""
    from bytegrad.runtime.operands import source_of

    source = source_of(ctx, y, args)
    if source is None:
        return done(None, y)
    shadow = None if not isinstance(y, ndarray) else source.part
    values = kept_values(ctx.arrays, plan, args, y)
    return done((reverse_elementwise, shadow, plan, sinks, values, where, ctx.arrays.position), y)


def kept_values(arrays: Any, plan: Plan, args: tuple[Any, ...], y: Any) -> list[Any]:
    """``[*args, y]`` with None for what the plan does not need; the content of the rest is captured."""
    values = [*args, y]
    for place in plan.dropped:
        values[place] = None
    for place in plan.kept:
        value = values[place]
        if type(value) is ndarray:
            if value.base is None:
                key = id(value)
                shadow = arrays.shadows.get(key)
                if shadow is None:
                    arrays.captured[key] = value
                else:
                    shadow.captured = True
            else:
                arrays.capture(value)
        elif isinstance(value, (list, tuple)):
            values[place] = np.array(value)
        elif isinstance(value, ndarray):
            arrays.capture(value)
    return values


# the reversal -----------------------------------------------------------------------------------------------


def reverse_elementwise(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Cotangents of the operands from that of the result, by the chain rule."""
    _, shadow, plan, sinks, values, where, mark = record
    if shadow is not None:
        y_bar = shadow.take(ctx)
        if y_bar is None:
            return (ZERO,) * len(sinks)
    elif y_bar is ZERO:
        return (ZERO,) * len(sinks)
    exclusive = getrefcount(y_bar) == _OWN
    if ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    return through(ctx, plan, sinks, values, where, y_bar, exclusive)


def through(
    ctx: Any, plan: Plan, sinks: list[Any], values: list[Any], where: Any, y_bar: Any, exclusive: bool
) -> tuple[Any, ...]:
    """Multiply `y_bar` by the derivatives at `values`, and hand the products to the sinks.

    `exclusive` says that nobody else has `y_bar`.
    """
    carried: list[Any] = [ZERO] * len(sinks)
    if isinstance(y_bar, Poison):
        for index, _ in plan.steps:
            carried[index] = sinks[index].absorb(ctx, y_bar)
        return tuple(carried)
    if where is not True:
        y_bar = np.where(where, y_bar, 0)
    for place in plan.kept:
        value = values[place]
        kind = type(value)
        if kind is not float and not (kind is ndarray and value.dtype.kind == "f"):
            values = prepared(values)
            break
    for index, slope in plan.steps:
        if slope.constant is None:
            bar = slope.cotangent(y_bar, values)
            fresh = getrefcount(bar) == _OWN
        elif slope.constant == 1:
            bar = y_bar
            fresh = exclusive and index == plan.last
        else:
            bar = y_bar * slope.constant
            fresh = True
        carried[index] = sinks[index].absorb(ctx, bar, fresh and type(bar) is ndarray and bar.base is None)
    return tuple(carried)


def _own() -> int:
    bar = np.empty(1)
    return getrefcount(bar)


_OWN = _own()
"""The reference count of an array that only one local variable has."""


def prepared(values: list[Any]) -> list[Any]:
    """What derivatives are taken at: integers as floats, and everything complex if the result alone is."""
    changed = [
        value * 1.0 if isinstance(value, (ndarray, np.generic)) and value.dtype.kind in "iub" else value for value in values
    ]
    y = changed[-1]
    if np.iscomplexobj(y) and not any(np.iscomplexobj(value) for value in changed[:-1]):
        dtype = np.result_type(y)
        changed = [None if value is None else np.asarray(value).astype(dtype) for value in changed]
    return changed
