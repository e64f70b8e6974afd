"""Functions that change an array that they get, with a rule or without one."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_items import frozen
from bytegrad.runtime.array_writes import Written, apart, call_step, finish, taken
from bytegrad.runtime.fitting import cotangent_dtype
from bytegrad.runtime.operands import capture_closure, deliver, sink_of
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.runtime.where import user_frame

ndarray = np.ndarray


# functions that change an argument --------------------------------------------------------------------------


def mutate(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], rule: Any, target: Any) -> Step:
    """The step of ``f(*args, **kwargs)``, which changes the array `target`.

    ``rule(*args, **kwargs)`` gives ``(new content, pullback)``; the first cotangent is that of the old content.
    """
    arrays = ctx.arrays
    operands = (*args, *kwargs.values())
    sinks: list[Any] = [arrays.part(target), *[sink_of(ctx, operand) for operand in operands[1:]]]
    if all(sink is None for sink in sinks):
        if not arrays.is_captured(target):
            return native(f, args, kwargs)
        return call_step(f, args, kwargs, partial(finish, arrays, Written(arrays, (target,))))
    copies = [apart(arrays, arg, (target,)) for arg in args]
    keywords = {name: apart(arrays, value, (target,)) for name, value in kwargs.items()}
    new, pullback = rule(*copies, **keywords)
    read = (*copies[1:], *keywords.values())
    overlaps = any(copy is not arg for copy, arg in zip(read, operands[1:], strict=True))
    capture_closure(arrays, pullback, operands[1:])
    written = Written(arrays, (target,))
    following = partial(_mutated, ctx, pullback, sinks, written, new if overlaps else None, arrays.position)
    return call_step(f, args, kwargs, following)


def _mutated(ctx: Any, pullback: Any, sinks: Any, written: Written, expected: Any, mark: int, y: Any) -> Step:
    arrays = ctx.arrays
    written.done(arrays)
    if expected is not None and not np.array_equal(written.outs[0], expected, equal_nan=True):
        raise UnsupportedError(
            "elements were written over others that had still to be read",
            where=user_frame(),
            fixes="write from a copy",
        )
    part = arrays.activate(written.outs[0])
    return done((_reverse_mutate, pullback, sinks, part, mark), y)


def _reverse_mutate(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    _, pullback, sinks, part, mark = record
    y_bar = None if part is None else taken(ctx, part, True)
    if y_bar is None:
        return (ZERO,) * len(sinks)
    if isinstance(y_bar, Poison):
        return deliver(ctx, sinks, (y_bar,) * len(sinks))
    if ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    bars = pullback(y_bar)
    carried = deliver(ctx, sinks, (*bars, *(None,) * (len(sinks) - len(bars))))
    return (ZERO, *carried[1:])


def accumulate_at(f: Any, sign: int, ctx: Any, a: Any, indices: Any, b: Any) -> Any:
    """The step of ``np.add.at(a, indices, b)`` or its opposite: the old content keeps its cotangent."""
    if not issubclass(type(a), ndarray):
        return NotImplemented
    arrays = ctx.arrays
    sink, part = sink_of(ctx, b), arrays.part(a)
    key = frozen(arrays, indices)
    written = Written(arrays, (a,))
    if sink is None or (part is None and cotangent_dtype(a.dtype) is None) or a.dtype.kind in "iub":
        return call_step(f, (a, indices, b), {}, partial(finish, arrays, written))
    return call_step(f, (a, indices, b), {}, partial(_accumulated, ctx, sign, key, sink, written, np.shape(b)))


def _accumulated(ctx: Any, sign: int, key: Any, sink: Any, written: Written, shape: Any, y: Any) -> Step:
    arrays = ctx.arrays
    written.done(arrays)
    part = arrays.activate(written.outs[0])
    return done((_reverse_accumulate, part, sign, key, sink, shape, arrays.position), y)


def _reverse_accumulate(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    _, part, sign, key, sink, shape, mark = record
    arrays = ctx.arrays
    if not part.present(arrays):
        return (ZERO, ZERO, ZERO)
    if arrays.poisons and (poison := part.poison(arrays)) is not None:
        return (ZERO, ZERO, sink.absorb(ctx, poison))
    if arrays.position > mark:
        arrays.undo_to(mark)
    bar = np.array(part.window(arrays)[key]) * sign
    if len(shape) > bar.ndim:
        bar = bar.reshape((1,) * (len(shape) - bar.ndim) + bar.shape)
    return (ZERO, ZERO, sink.absorb(ctx, bar))
