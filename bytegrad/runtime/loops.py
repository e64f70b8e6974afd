"""Ends of loops: what an iterator did when it was asked for one item too many, found by the record of the beginning.

The iterator may have changed objects before it said that there is nothing left: a generator behind its last ``yield``,
a ``__next__`` before its StopIteration.  That comes after the last turn, so it has a record of its own there.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.generators import reverse_ended
from bytegrad.runtime.tangent import ZERO


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
    """Pairs of no record and an item: nothing is to be reversed of steps of this iterator."""
    return zip(repeat(None), iterator, strict=False)


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
