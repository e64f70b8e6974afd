"""`np.nditer`, whose items are views of its operands, and `np.broadcast`, whose items are tuples of elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.array_items import LOADS, STORES, reverse_element, store
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.iteration import PAIRS
from bytegrad.runtime.registry import Resolver, register
from bytegrad.runtime.steps import Record, Step, done, native, run
from bytegrad.runtime.tangent import ZERO, is_number


def _made(kind: Any) -> None:
    """Declare that objects of a class only show their operands: what is read through them is known by its memory."""

    def make(ctx: Any, *args: Any, **kwargs: Any) -> Step:
        if not any(map(is_number, args)):
            return native(kind, args, kwargs)
        # numpy would make an array of a number, of which nobody knew.
        made = [run(resolve(ctx, np.asarray, (arg,), {})) if is_number(arg) else (None, arg) for arg in args]
        iterator = kind(*[value for _, value in made], **kwargs)
        return done((_reverse_made, [record for record, _ in made], len(kwargs)), iterator)

    register(kind, Resolver(make))


def _reverse_made(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, records, more = record
    bars = [ZERO if made is None else made[0](ctx, made, ZERO)[0] for made in records]
    return (*bars, *(ZERO,) * more)


for _kind in (np.nditer, np.broadcast):
    _made(_kind)
non_differentiable(*[getattr(np.nditer, name) for name in ("iternext", "reset", "close", "__enter__", "__exit__")])
non_differentiable(np.broadcast.reset)


def _load(ctx: Any, iterator: Any, key: Any) -> Step:
    """``iterator[key]``: what it looks at, of one operand or of several."""
    return done(None, iterator[key])


def _store(ctx: Any, iterator: Any, key: Any, value: Any, active: bool = True) -> Step:
    """``iterator[key] = value``: a store into the operand."""
    target = iterator[key]
    return store(ctx, target, ..., value, active)


LOADS[np.nditer], STORES[np.nditer] = _load, _store


def _broadcast_pairs(ctx: Any, broadcast: Any) -> Step:
    """The items of a loop over an `np.broadcast`, with their records."""
    return done(None, zip(_records(ctx, broadcast), broadcast, strict=False))


def _records(ctx: Any, broadcast: Any) -> Iterator[Record]:
    operands = [iterator.base for iterator in broadcast.iters]
    for number in range(broadcast.index, broadcast.size):
        place = tuple(map(int, np.unravel_index(number, broadcast.shape)))
        parts = [ctx.arrays.part(operand) for operand in operands]
        keys = [_place_in(operand.shape, place) for operand in operands]
        yield None if all([part is None for part in parts]) else (_reverse_tuple, parts, keys)


def _place_in(shape: tuple[int, ...], place: tuple[int, ...]) -> tuple[int, ...]:
    """The element of an operand of `shape` that stands at `place` of the broadcast shape."""
    return tuple([0 if n == 1 else i for n, i in zip(shape, place[len(place) - len(shape) :], strict=True)])


def _reverse_tuple(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """One element of each operand was read."""
    _, parts, keys = record
    bars = y_bar if type(y_bar) is tuple else (y_bar,) * len(parts)
    for part, key, bar in zip(parts, keys, bars, strict=True):
        if part is not None:
            reverse_element(ctx, (None, part, key, 1), bar)
    return (ZERO,)


PAIRS[np.broadcast] = _broadcast_pairs
