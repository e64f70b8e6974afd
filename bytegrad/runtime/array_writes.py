"""Calls that write into an array: ``out=``, in-place operators, and functions and methods that change an argument.

All are one thing: the region that is written loses its cotangent, which is that of the result; then the rule of the
function without the write takes it to the operands, one of which may be the region as it was.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bytegrad.runtime.array_items import refuse_overlap
from bytegrad.runtime.array_memory import plain_copy
from bytegrad.runtime.array_objects import any_references, refusal
from bytegrad.runtime.elementwise import as_complex_as, kept_values, mask_of, plan_of, through
from bytegrad.runtime.fitting import unbroadcast
from bytegrad.runtime.operands import capture, capture_closure, deliver, sink_of
from bytegrad.runtime.registry import Adjoint, NonDifferentiable, Partials
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray


# what is written --------------------------------------------------------------------------------------------


def outputs(f: Any, rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arrays that a call is asked to write its results into; () if there are none."""
    out = kwargs.get("out") if kwargs else None
    if out is None:
        first = first_output(f, rule)
        if len(args) <= first:
            return ()
        out = args[first:] if isinstance(f, np.ufunc) else args[first]
    if out is None or out is ...:
        return ()
    given = out if issubclass(type(out), tuple) else (out,)
    return given if any(issubclass(type(array), ndarray) for array in given) else ()


def first_output(f: Any, rule: Any) -> int:
    """The position from which arguments of `f` are written into."""
    if isinstance(f, np.ufunc):
        return f.nin
    if isinstance(rule, Adjoint) and "out" in rule.names:
        return rule.names.index("out")
    return _NEVER


_NEVER = 64


class Written:
    """The arrays that a call writes, before and after: `saved` is old content that records need."""

    __slots__ = ("active", "outs", "saved")

    def __init__(self, arrays: Any, outs: tuple[Any, ...]) -> None:
        self.outs = outs
        arrays_written = [out for out in outs if issubclass(type(out), ndarray)]
        self.saved = [(out, plain_copy(out)) for out in arrays_written if arrays.is_captured(out)]
        self.active = any(arrays.shadow(out) is not None for out in arrays_written)

    def done(self, arrays: Any) -> None:
        """The write has happened: what is still needed of the old content goes to the log."""
        for out, old in self.saved:
            arrays.save(out, ..., old)


def into(
    ctx: Any,
    rule: Any,
    f: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    outs: tuple[Any, ...],
    active: Any = None,
) -> Step | None:
    """The step of a call of `f`, which has `rule`, that writes its results into `outs`; None if the rule declines.

    `active` says which of the operands may carry a cotangent, if that is known.
    """
    arrays = ctx.arrays
    operands = (*args, *kwargs.values())
    written = Written(arrays, outs)
    first = first_output(f, rule)
    is_out = [place == first or (place > first and isinstance(f, np.ufunc)) for place in range(len(args))]
    is_out += [name == "out" for name in kwargs]
    active = active or arrays.noted(args)
    sinks: list[Any] = []
    for place, operand in enumerate(operands):
        passive = is_out[place] or (active is not None and not active[place] and not issubclass(type(operand), ndarray))
        sinks.append(None if passive else sink_of(ctx, operand))
    flows = any(sink is not None for sink in sinks) and not isinstance(rule, NonDifferentiable)
    if not flows and not written.active:
        after = finish if written.saved else None
        return call_step(f, args, kwargs, partial(after, arrays, written)) if after else native(f, args, kwargs)
    if isinstance(f, np.ufunc) and any_references(operands):
        raise refusal()
    if not flows:
        return call_step(f, args, kwargs, partial(_overwritten, ctx, written, len(operands), _mask(f, kwargs)))
    if isinstance(rule, Partials):
        return _partials_into(ctx, rule, f, args, kwargs, sinks, written)
    return _rule_into(ctx, rule, f, args, kwargs, sinks, is_out, written)


def call_step(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], following: Any) -> Step:
    """The step that calls `f` from the user's frame, and then `following` with its value."""
    return (partial(f, **kwargs) if kwargs else f, args, following)


def _mask(f: Any, kwargs: dict[str, Any]) -> Any:
    """Where a call writes at all: the `where` of a reduction says what it reads."""
    return mask_of(kwargs) if isinstance(f, np.ufunc) else True


def finish(arrays: Any, written: Written, y: Any) -> Step:
    """After a write that has no derivative: nothing but the log."""
    written.done(arrays)
    return done(None, y)


def _overwritten(ctx: Any, written: Written, n: int, where: Any, y: Any) -> Step:
    """The new content does not depend on anything: there is only the old content's cotangent to forget."""
    arrays = ctx.arrays
    written.done(arrays)
    parts = [arrays.part(out) for out in written.outs if issubclass(type(out), ndarray)]
    if where is not True:
        capture(arrays, where)
    return done((_reverse_overwritten, parts, n, where, arrays.position), y)


def _reverse_overwritten(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, parts, n, where, mark = record
    for part in parts:
        if part is not None and part.present(ctx.arrays):
            if where is not True and ctx.arrays.position > mark:
                ctx.arrays.undo_to(mark)
            taken(ctx, part, where)
    return (ZERO,) * n


# elementwise functions --------------------------------------------------------------------------------------


def _partials_into(
    ctx: Any, rule: Partials, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], sinks: list[Any], written: Written
) -> Step:
    arrays = ctx.arrays
    (out,) = written.outs
    inputs = args[: len(rule.names)]
    if out.dtype.kind in "iub" and any(np.asarray(x).dtype.kind in "fc" for x in inputs):
        return call_step(f, args, kwargs, partial(_overwritten, ctx, written, len(sinks), _mask(f, kwargs)))
    plan = plan_of(rule, tuple([sink is not None for sink in sinks[: len(inputs)]]))
    root = arrays.root(out)
    kept = list(inputs)
    for place in plan.needed:
        if place < len(inputs) and isinstance(inputs[place], ndarray) and arrays.root(inputs[place]) is root:
            kept[place] = plain_copy(inputs[place])
    where = mask_of(kwargs)
    inside = as_complex_as(out, tuple(kept)) if "dtype" in kwargs or "signature" in kwargs else tuple(kept)
    following = partial(_partials_written, ctx, plan, sinks, inside, where, written, args)
    return call_step(f, args, kwargs, following)


def _partials_written(
    ctx: Any, plan: Any, sinks: list[Any], kept: Any, where: Any, written: Written, args: Any, y: Any
) -> Step:
    arrays = ctx.arrays
    written.done(arrays)
    (out,) = written.outs
    part = arrays.activate(out)
    values = kept_values(arrays, plan, kept, out)
    capture(arrays, where)
    stays = -1
    if where is True:
        stays = next((i for i, *_, constant in plan.steps if constant == 1 and args[i] is out), -1)
    return done((_reverse_partials_into, part, plan, sinks, values, where, stays, arrays.position), y)


def _reverse_partials_into(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    """The region's cotangent goes through the derivatives; to the region itself, if it was an operand."""
    _, part, plan, sinks, values, where, stays, mark = record
    arrays = ctx.arrays
    if part is None or not part.present(arrays):
        return (ZERO,) * len(sinks)
    if stays >= 0 and not (arrays.poisons and part.poison(arrays) is not None):
        if arrays.position > mark:
            arrays.undo_to(mark)
        return _through_kept(ctx, part, plan, sinks, values, stays)
    if arrays.position > mark:
        arrays.undo_to(mark)
    y_bar = taken(ctx, part, where)
    if y_bar is None:
        return (ZERO,) * len(sinks)
    return _padded(through(ctx, plan, sinks, values, True, y_bar, True), len(sinks))


def _through_kept(ctx: Any, part: Any, plan: Any, sinks: list[Any], values: list[Any], stays: int) -> tuple[Any, ...]:
    """The region has the cotangent that it had, being an operand with derivative 1; the others get theirs."""
    refuse_overlap(part)
    others = plan.without(stays)
    if not others.steps:
        return (ZERO,) * len(sinks)
    window = part.window(ctx.arrays)
    y_bar = window.copy() if any(constant == 1 for *_, constant in others.steps) else window
    return _padded(through(ctx, others, sinks, values, True, y_bar, y_bar is not window), len(sinks))


def _padded(carried: tuple[Any, ...], n: int) -> tuple[Any, ...]:
    """`carried`, with the absent cotangents of ``out=`` and its like."""
    return (*carried, *(ZERO,) * (n - len(carried)))


def taken(ctx: Any, part: Any, where: Any) -> Any:
    """The cotangent of what was written into a region, leaving it zero; where a mask kept the old, that stays."""
    refuse_overlap(part)
    arrays = ctx.arrays
    if where is True or (arrays.poisons and part.poison(arrays) is not None):
        return part.take(ctx)
    window = part.window(arrays)
    mask = np.broadcast_to(where, window.shape)
    bar = np.where(mask, window, 0)
    window[mask] = 0
    return bar


def in_place(ctx: Any, rule: Partials, f: Any, args: tuple[Any, ...], active: Any) -> Step:
    """The step of ``target += operand`` or its like; `active` says which may carry a cotangent, if that is known."""
    following = before_in_place(ctx, rule, active, *args)
    if following is NotImplemented:
        return into(ctx, rule, f, args, {}, args[:1], active)  # type: ignore[return-value]
    return native(f, args) if following is None else (f, args, partial(_changed_in_place, following))


def _changed_in_place(following: Any, y: Any) -> Step:
    return (None, (following(y), y), None)


def before_in_place(ctx: Any, rule: Partials, active: Any, target: Any, operand: Any) -> Any:
    """What makes the record of ``target += operand`` or its like from its value, once it has been computed.

    None if there is nothing to record; NotImplemented if it is a write as others are.
    """
    arrays = ctx.arrays
    part = arrays.shadows.get(id(target)) if target.base is None else arrays.part(target)
    passive = active is not None and not active[1] and not issubclass(type(operand), ndarray)
    sink = None if passive else sink_of(ctx, operand)
    old = plain_copy(target) if arrays.is_captured(target) else None
    if part is None and sink is None:
        return None if old is None else partial(_saved, arrays, target, old)
    if target.dtype.kind in "iub":
        return NotImplemented
    if target.dtype.kind == "O" and any_references((target, operand)):
        raise refusal()
    plan = plan_of(rule, (part is not None, sink is not None))
    before, kept = target, operand
    if 0 in plan.needed:
        before = plain_copy(target) if old is None else old
    if issubclass(type(operand), ndarray) and 1 in plan.needed:
        kept = apart(arrays, operand, (target,))
    return partial(_record_in_place, arrays, plan, part, sink, (before, kept), target, old)


def _saved(arrays: Any, target: Any, old: Any, y: Any) -> None:
    arrays.save(target, ..., old)


def _record_in_place(
    arrays: Any, plan: Any, part: Any, sink: Any, inputs: tuple[Any, Any], target: Any, old: Any, y: Any
) -> Any:
    if old is not None:
        arrays.save(target, ..., old)
    whole = arrays.activate(target) if part is None else part
    if whole is None:
        return None
    values = kept_values(arrays, plan, inputs, target) if plan.needed else None
    stays = 0 if plan.steps[0][0] == 0 and plan.steps[0][3] == 1 else -1
    return (_reverse_partials_into, whole, plan, (part, sink), values, True, stays, arrays.position)


# other rules ------------------------------------------------------------------------------------------------


def _rule_into(
    ctx: Any,
    rule: Adjoint,
    f: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    sinks: list[Any],
    is_out: list[bool],
    written: Written,
) -> Step | None:
    arrays = ctx.arrays
    operands = [
        None if out else apart(arrays, operand, written.outs)
        for operand, out in zip((*args, *kwargs.values()), is_out, strict=True)
    ]
    inputs = tuple(operands[: len(args)])
    keywords = dict(zip(kwargs, operands[len(args) :], strict=True))
    keywords.pop("out", None)
    if isinstance(f, np.ufunc):
        inputs = inputs[: f.nin]
        if "where" in keywords:
            keywords["out"] = (None,) * f.nout  # said, or numpy warns that what it leaves out has no value
    result = rule.rule(*inputs, **keywords)
    if result is NotImplemented:
        return None
    y, pullback = result
    capture_closure(arrays, pullback, (*inputs, y))
    shapes = [np.shape(part) for part in (y if issubclass(type(y), tuple) else (y,))]
    where = _mask(f, kwargs)
    if where is not True:
        capture(arrays, where)
    names = (len(args), tuple(kwargs), shapes, where)
    following = partial(_rule_written, ctx, rule, pullback, names, sinks, written, arrays.position)
    return call_step(f, args, kwargs, following)


def apart(arrays: Any, operand: Any, outs: tuple[Any, ...]) -> Any:
    """`operand` for a rule: copied if it shares the memory that will be written."""
    if issubclass(type(operand), ndarray):
        root = arrays.root(operand)
        if any(issubclass(type(out), ndarray) and arrays.root(out) is root for out in outs):
            return plain_copy(operand)
    return operand


def _rule_written(
    ctx: Any, rule: Adjoint, pullback: Any, names: Any, sinks: Any, written: Written, mark: int, y: Any
) -> Step:
    arrays = ctx.arrays
    written.done(arrays)
    parts = [arrays.activate(out) if issubclass(type(out), ndarray) else None for out in written.outs]
    return done((_reverse_rule_into, rule, pullback, names, sinks, parts, mark), y)


def _reverse_rule_into(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    _, rule, pullback, (n_args, keywords, shapes, where), sinks, parts, mark = record
    if where is not True and ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    y_bars = [None if part is None else taken(ctx, part, where) for part in parts]
    if all(bar is None for bar in y_bars):
        return (ZERO,) * len(sinks)
    poison = next((bar for bar in y_bars if isinstance(bar, Poison)), None)
    if poison is not None:
        return deliver(ctx, sinks, (poison,) * len(sinks))
    if ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    y_bars = [_of_shape(bar, shape) for bar, shape in zip(y_bars, shapes, strict=True)]
    bars = pullback(y_bars[0] if len(y_bars) == 1 else tuple(y_bars))
    by_name = dict(zip(rule.names, bars, strict=False))
    bars = (*bars[:n_args], *(None,) * (n_args - len(bars)), *[by_name.get(name) for name in keywords])
    return deliver(ctx, sinks, bars)


def _of_shape(bar: Any, shape: tuple[int, ...]) -> Any:
    """The cotangent of a result of `shape`, which was spread over a larger array."""
    return bar if bar is None or bar.shape == shape else unbroadcast(bar, shape)
