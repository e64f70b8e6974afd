"""Elementwise functions on arrays: the call, its record, and the reversal by partial derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from sys import getrefcount
from typing import Any

import numpy as np

from bytegrad.runtime.array_likes import check_wrapped, converted, has_own, wraps
from bytegrad.runtime.array_objects import any_references, record_of_objects
from bytegrad.runtime.fitting import cotangent_dtype, has_nan
from bytegrad.runtime.operands import SCALARS, ObjectSink, capture, sink_of
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import Step, native
from bytegrad.runtime.tangent import ZERO, Poison, is_number

ndarray = np.ndarray


def _no_slopes(rule: Partials) -> Any:
    raise LookupError("the rules of numpy have not been loaded")


SLOPES: list[Callable[[Partials], Any]] = [_no_slopes]
"""Makes the derivatives of a rule ready to be taken at arrays; the rules of numpy put theirs here.

One is a function of ``y_bar`` and ``[*inputs, y]``, of which it needs the positions `picks`; or it is `constant`.
"""


class Plan:
    """How a rule is reversed for a given choice of active operands.

    `steps` are the derivatives to take: ``(position, function, positions of its arguments, constant)``; `needed` are
    the positions in ``[*inputs, y]`` whose values they take.
    """

    __slots__ = ("last", "n", "needed", "others", "steps", "zeros")

    def __init__(self, slopes: Any, active: tuple[bool, ...]) -> None:
        chosen = [(i, slope) for i, slope in enumerate(slopes) if slope is not None and i < len(active) and active[i]]
        self.steps = tuple([(i, slope.function, slope.picks, slope.constant) for i, slope in chosen])
        self.needed = tuple(
            sorted({place for *_, picks, constant in self.steps if constant is None for place in picks})
        )
        self.last = chosen[-1][0] if chosen else -1
        self.n = len(active)
        self.others: dict[int, Plan] = {}
        self.zeros = (ZERO,) * len(active)

    def without(self, place: int) -> Plan:
        """The same plan, but for the derivative in the operand at `place`."""
        if place in self.others:
            return self.others[place]
        plan = self.others[place] = object.__new__(Plan)
        plan.needed, plan.n, plan.zeros = self.needed, self.n, self.zeros
        plan.steps = tuple([step for step in self.steps if step[0] != place])
        plan.last = plan.steps[-1][0] if plan.steps else -1
        return plan


_PLANS: dict[Partials, dict[tuple[bool, ...], Plan]] = {}


def plan_of(rule: Partials, active: tuple[bool, ...]) -> Plan:
    """The plan of `rule` for operands of which these are active."""
    plans = _PLANS.get(rule)
    if plans is None:
        plans = _PLANS[rule] = {}
    plan = plans.get(active)
    if plan is None:
        plan = plans[active] = Plan(SLOPES[0](rule), active)
    return plan


# the call ---------------------------------------------------------------------------------------------------


def elementwise(
    ctx: Any, rule: Partials, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], active: Any = None
) -> Step:
    """The step of a call of `f`, which has `rule`, on arrays and numbers; it writes into no argument.

    `active` says which of `args` may carry a cotangent, if that is known.
    """
    arrays = ctx.arrays
    sinks = _sinks(ctx, args, active)
    for sink, arg in zip(sinks, args, strict=True):
        if type(sink) is ObjectSink and has_own(arg, "__array__"):
            return converted(ctx, "__array__", args, lambda made: elementwise(ctx, rule, f, made, kwargs, active))
    plan = plan_of(rule, tuple([sink is not None for sink in sinks]))
    if not plan.steps:
        return native(f, args, kwargs)
    if wraps(args):
        return (partial(f, **kwargs), args, partial(_result_wrapped, ctx, plan, sinks, f, args, kwargs))
    if any_references(args):
        return (partial(f, **kwargs), args, partial(_result_of_objects, ctx, (*args, *kwargs.values())))
    # A second reference: into a large temporary that nobody else refers to, numpy's operators write their result.
    operands = [*args]
    if kwargs:
        where = mask_of(kwargs)
        capture(arrays, where)
        following = partial(_result_with_keywords, arrays, plan, sinks, operands, where, (ZERO,) * len(kwargs))
        return (partial(f, **kwargs), args, following)
    return (f, args, partial(_result, arrays, plan, sinks, operands, True))


def _sinks(ctx: Any, args: Sequence[Any], active: Any) -> list[Any]:
    """Where the cotangents of the operands go."""
    arrays = ctx.arrays
    shadows = arrays.shadows
    sinks = []
    for place, arg in enumerate(args):
        if type(arg) is ndarray:
            sinks.append(shadows.get(id(arg)) if arg.base is None else arrays.part(arg))
        elif active is not None and not active[place] and not isinstance(arg, ndarray):
            sinks.append(None)
        else:
            sinks.append(sink_of(ctx, arg))
    return sinks


def native_record(ctx: Any, rule: Partials, active: Any, y: Any, *args: Any) -> Any:
    """The record of an operator or ufunc, which emitted code has run on arrays and numbers: its result is `y`."""
    sinks = _sinks(ctx, args, active)
    plan = plan_of(rule, tuple([sink is not None for sink in sinks]))
    if not plan.steps:
        return None
    return record_of_objects(ctx, args, y) if any_references(args) else _record(ctx.arrays, plan, sinks, args, True, y)


def _result_wrapped(
    ctx: Any, plan: Plan, sinks: list[Any], f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any
) -> Step:
    check_wrapped(f, args, kwargs, y)
    return _result_with_keywords(ctx.arrays, plan, sinks, args, mask_of(kwargs), (ZERO,) * len(kwargs), y)


def _result_of_objects(ctx: Any, operands: tuple[Any, ...], y: Any) -> Step:
    return (None, (record_of_objects(ctx, operands, y), y), None)


def _result(arrays: Any, plan: Plan, sinks: list[Any], args: Sequence[Any], where: Any, y: Any) -> Step:
    return (None, (_record(arrays, plan, sinks, args, where, y), y), None)


def _record(arrays: Any, plan: Plan, sinks: list[Any], args: Sequence[Any], where: Any, y: Any) -> Any:
    shadow = None
    if type(y) is ndarray:
        dtype = y.dtype
        if dtype.kind not in "fc":
            dtype = cotangent_dtype(dtype)
            if dtype is None:
                return None
        # What has a base is a view that an `__array_wrap__` has made.
        shadow = arrays.add(y, dtype) if y.base is None else arrays.activate(y)
    elif not isinstance(y, (float, complex, np.number)) and type(y) is not int:
        if isinstance(y, ndarray):
            shadow = arrays.activate(y)
            if shadow is None:
                return None
        elif isinstance(y, (np.generic, bool)):
            return None
    return (reverse_elementwise, shadow, plan, where, arrays.position, *sinks, *kept_values(arrays, plan, args, y))


def _result_with_keywords(
    arrays: Any, plan: Plan, sinks: list[Any], args: Sequence[Any], where: Any, absent: tuple[Any, ...], y: Any
) -> Step:
    """As `_result`; a ``dtype=complex`` makes real operands complex, and that is where derivatives are taken.

    `absent` are the cotangents of the keywords.
    """
    _, (record, _), _ = _result(arrays, plan, sinks, as_complex_as(y, args), where, y)
    return (None, (None if record is None else (_reverse_with_keywords, record, absent), y), None)


def _reverse_with_keywords(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, absent = record
    return (*reverse_elementwise(ctx, inner, y_bar), *absent)


def mask_of(kwargs: dict[str, Any]) -> Any:
    """Where a call computes and writes: True, or an array of numpy's own class."""
    where = kwargs.get("where", True)
    if where is True or where is np._NoValue:
        return True
    return where.view(ndarray) if isinstance(where, ndarray) else np.asarray(where, dtype=bool)


def as_complex_as(y: Any, args: Sequence[Any]) -> Sequence[Any]:
    """`args`, made complex if `y` alone is."""
    if np.iscomplexobj(y) and not any(np.iscomplexobj(arg) for arg in args):
        return tuple([np.asarray(arg).astype(y.dtype) for arg in args])
    return args


def kept_values(arrays: Any, plan: Plan, args: Sequence[Any], y: Any) -> list[Any]:
    """``[*args, y]`` with None for what the plan does not need; the content of the rest is captured."""
    values: list[Any] = [None] * (plan.n + 1)
    for place in plan.needed:
        value = args[place] if place < plan.n else y
        kind = type(value)
        if kind is ndarray:
            if value.base is not None:
                arrays.capture(value)
            else:
                shadow = arrays.shadows.get(id(value))
                if shadow is None:
                    arrays.captured[id(value)] = value
                else:
                    shadow.captured = True
        elif kind in AS_NUMPY:
            if isinstance(y, np.inexact):
                value = AS_NUMPY[kind](value)
        elif isinstance(value, (list, tuple)):
            value = np.array(value)
        elif isinstance(value, ndarray):
            arrays.capture(value)
            value = value.view(ndarray)
        elif kind not in SCALARS and not is_number(value):
            value = np.array(value)  # an object that numpy takes for an array
        values[place] = value
    return values


AS_NUMPY: dict[type, Any] = {float: np.float64, int: np.float64, complex: np.complex128}
"""Python's numbers as numpy's: where a function has a pole its derivative is infinite, and not a ZeroDivisionError."""


# the reversal -----------------------------------------------------------------------------------------------


def reverse_elementwise(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Cotangents of the operands from that of the result, by the chain rule."""
    _, shadow, plan, where, mark, *rest = record
    if shadow is not None:
        y_bar = shadow.take(ctx)
        if y_bar is None:
            return plan.zeros
    elif y_bar is ZERO:
        return plan.zeros
    exclusive = getrefcount(y_bar) == OWN
    if ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    return through(ctx, plan, rest, rest[plan.n :], where, y_bar, exclusive)


def through(
    ctx: Any, plan: Plan, sinks: list[Any], values: list[Any], where: Any, y_bar: Any, exclusive: bool
) -> tuple[Any, ...]:
    """Multiply `y_bar` by the derivatives at `values`, and hand the products to the sinks.

    `exclusive` says that nobody else has `y_bar`.
    """
    carried: list[Any] = [*plan.zeros]
    if isinstance(y_bar, Poison):
        for index, *_ in plan.steps:
            carried[index] = sinks[index].absorb(ctx, y_bar)
        return tuple(carried)
    if where is not True:
        y_bar = np.where(where, y_bar, 0)
    for place in plan.needed:
        value = values[place]
        kind = type(value)
        if kind is not float and not (kind is ndarray and value.dtype.kind == "f"):
            values = prepared(values)
            break
    for index, function, picks, constant in plan.steps:
        if constant is None:
            slope = function(values[picks[0]]) if len(picks) == 1 else function(*[values[i] for i in picks])
            bar = weighed(y_bar, slope)
            fresh = getrefcount(bar) == OWN
        elif constant == 1:
            bar = y_bar
            fresh = exclusive and index == plan.last
        else:
            bar = y_bar * constant.conjugate()
            fresh = True
        carried[index] = sinks[index].absorb(ctx, bar, fresh and type(bar) is ndarray and bar.base is None)
    return tuple(carried)


def weighed(y_bar: Any, slope: Any) -> Any:
    """``y_bar * conj(slope)``, with 0 wherever `y_bar` is 0, whatever the slope is there.

    Elsewhere the product stays as it is, also where it is 0: a derivative of the sweep itself goes through it.
    """
    bar = y_bar * slope.conjugate()
    if type(bar) is not ndarray:
        return bar if bar == bar else _of_zeros(y_bar, bar)[()]  # noqa: PLR0124 - a NaN is not itself
    if bar.dtype.kind == "O" or not has_nan(bar):
        return bar
    return _of_zeros(y_bar, bar)


def _of_zeros(y_bar: Any, bar: Any) -> Any:
    return np.where(np.equal(y_bar, 0) & np.isnan(bar), 0, bar)


def _own() -> int:
    bar = np.empty(1)
    return getrefcount(bar)


OWN = _own()
"""The reference count of an array that only one local variable has."""


def prepared(values: list[Any]) -> list[Any]:
    """What derivatives are taken at: integers as floats, and everything complex if the result alone is."""
    changed: list[Any] = [
        np.multiply(value, 1.0) if isinstance(value, (ndarray, np.generic)) and value.dtype.kind in "iub" else value
        for value in values
    ]
    y = changed[-1]
    if np.iscomplexobj(y) and not any(np.iscomplexobj(value) for value in changed[:-1]):
        dtype = np.result_type(y)
        changed = [None if value is None else np.asarray(value).astype(dtype) for value in changed]
    return changed
