"""Ends of loops: what an iterator did when it was asked for one item too many, found by the record of the beginning.

The iterator may have changed objects before it said that there is nothing left: a generator behind its last ``yield``,
a ``__next__`` before its StopIteration.  That comes after the last turn, so it has a record of its own there.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.generators import reverse_ended
from bytegrad.runtime.mirrors import reverse_item
from bytegrad.runtime.tangent import ZERO, split


class Asked:
    """An iterator whose ``__next__`` is written in Python, in a loop."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last: Any = None
        """The record of the call that ended the loop."""


def reverse_generator_loop(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A loop over a generator began: nothing happened to the generator."""
    return (ZERO,)


def reverse_asked_loop(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A loop over an iterator by its ``__next__`` began: nothing was asked yet."""
    return (ZERO,)


def reverse_both(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A loop began, with the call of ``__iter__``."""
    _, inner, outer = record
    inner[0](ctx, inner, ZERO)
    return tuple(outer[0](ctx, outer, ZERO))


def paired(iterator: Any) -> Any:
    """What an iterator over a range, a list, or a zip or enumeration of lists gives, with the records of its items."""
    source = _sources_of(iterator)
    if source is None:
        return zip(repeat(None), iterator, strict=False)
    return zip(map(_record, repeat(source)), iterator, strict=False)


def _sources_of(iterator: Any) -> Any:
    """The iterators over lists that an iterator asks, in a tuple; a list's by itself; None if there is none."""
    kind = type(iterator)
    if kind is _LIST_ITERATOR:
        return iterator
    if kind is zip:
        return iterator.__reduce__()[1]
    return (None, iterator.__reduce__()[1][0]) if kind is enumerate else None


_LIST_ITERATOR: Any = type(iter([]))


def _record(source: Any) -> Any:
    """The record of the next item."""
    if source is None:
        return None
    if type(source) is tuple:
        return (reverse_parts, [_record(one) for one in source])
    _, (items, *_), *state = source.__reduce__()
    return (reverse_item, items, state[0] if state else 0)


def reverse_parts(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Each part of a tuple by its own record."""
    records = record[1]
    for one, bar in zip(records, split(ctx, y_bar, len(records)), strict=True):
        if one is not None:
            one[0](ctx, one, bar)
    return (ZERO,)


def exhausted(record: Any) -> Any:
    """The record of the step that ended a loop, from that of its beginning."""
    while record is not None and record[0] is reverse_both:
        record = record[1]
    if record is None:
        return None
    if record[0] is reverse_asked_loop:
        last = record[1].last
        return None if last is None else (_reverse_last, last)
    if record[0] is not reverse_generator_loop:
        return None
    state = record[1]
    return (reverse_ended, state, 0, None) if state.ended else None


def _reverse_last(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    last = record[1]
    last[0](ctx, last, ZERO)
    return (ZERO,)
