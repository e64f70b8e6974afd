"""Iterators of C over other iterators: they are the real ones, and the records of their items are made beside them.

``zip(xs, ys)`` of two lists is a real zip, with its type, its state and its text.  Beside it the same function runs
over the records of the items of `xs` and `ys`: its *mirror*, which gives a row of records where the zip gives a row of
items.  So nothing has to be known of a function but that it picks and groups, and a source that two arguments share,
as in ``zip(*[iterator] * 2)``, has its records shared in the same way.

Between two items of the mirror only C code runs, for the sources are containers of C and iterators over them.  Code
without a rule may have taken items meanwhile.  A source tells of that by its position, and goes on from there; what
remembers more than its sources do (which items came first) is *lost* then, and its items are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime import array_items
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO, split
from bytegrad.runtime.where import user_frame

Record = Any


class Token:
    """Stands for a value, such as a tuple, whose items' cotangents are gathered until it is reversed itself."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


def reverse_item(ctx: Context, record: Any, item_bar: Any) -> tuple[Any, ...]:
    """One item of a container or tuple, by index or key."""
    if item_bar is not ZERO:
        ctx.shadow(record[1]).add(record[2], item_bar)
    return (ZERO,)


def reverse_tuple_loop(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The cotangent of a tuple, of what its items got."""
    token = record[1]
    shadow = ctx.shadows.pop(id(token), None)
    return (tuple([shadow[i] for i in range(token.size)]) if shadow else ZERO,)


def reverse_whole(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The cotangent of a value that each item is, or is a part of."""
    shadow = ctx.shadows.pop(id(record[1]), None)
    return (shadow[0] if shadow else ZERO,)


class Followed:
    """An iterator of C over a container, and the records of the items that it has still to give: their iterator."""

    __slots__ = ("iterator", "left", "records", "unseen")

    def __init__(self, iterator: Any, records: Iterator[Record]) -> None:
        self.iterator, self.records = iterator, records
        self.left = self.hint()
        self.unseen = 0
        """How many items were taken by code that nobody follows."""

    def unseen_items(self) -> int:
        """How many items were taken by code that nobody follows."""
        return self.unseen

    def hint(self) -> Any:
        """How many items are left, if the iterator says so."""
        return self.iterator.__length_hint__() if hasattr(self.iterator, "__length_hint__") else None

    def __iter__(self) -> Followed:
        return self

    def __next__(self) -> Record:
        if self.left is not None:
            taken = self.left - self.hint()
            for _ in range(taken):
                next(self.records, None)
                self.unseen += 1
            self.left -= max(taken, 0) + 1
            if self.left < 0:
                self.left = 0
                raise StopIteration
        return next(self.records)

    def upcoming(self, _: Any = None) -> Record:
        """The record of the next item; None where there is none."""
        return next(self, None)

    def taken(self) -> tuple[Record, Any]:
        """Take the next item."""
        record = self.upcoming()
        return record, next(self.iterator)

    def advanced(self) -> Step:
        """Of ``next(iterator)``."""
        return done(*self.taken())

    def loop(self) -> Step:
        """Of the beginning of a loop."""
        return done(None, self.pairs())

    def pairs(self) -> Iterator[tuple[Record, Any]]:
        """The items that are left, with their records."""
        return zip(map(self.upcoming, repeat(None)), self.iterator, strict=False)


class FollowedList(Followed):
    """As `Followed`, of a list, which may grow meanwhile."""

    __slots__ = ("index", "source")

    def __init__(self, iterator: Any, source: list[Any]) -> None:
        self.source = source
        self.index = len(source) - iterator.__length_hint__()
        super().__init__(iterator, repeat(None))

    def __next__(self) -> Record:
        behind = len(self.source) - self.hint() - self.index
        if behind > 0:
            self.index += behind
            self.unseen += behind
        if self.index >= len(self.source):
            raise StopIteration
        self.index += 1
        return (reverse_item, self.source, self.index - 1)


class Mirrored(Followed):
    """An iterator of C over other iterators, and its mirror."""

    __slots__ = ("lost", "seen", "sources")

    def __init__(self, iterator: Any, records: Iterator[Record], sources: Iterable[Any] = ()) -> None:
        self.iterator, self.records = iterator, records
        self.sources = tuple(sources)
        """Those that it must not lose sight of."""
        self.seen = self.unseen_items()
        self.lost: Any = None
        """The record of all further items, once it is lost."""

    def unseen_items(self) -> int:
        """How many items of its sources were taken by code that nobody follows."""
        return sum([source.unseen_items() for source in self.sources])

    def __next__(self) -> Record:
        record = next(self.records)
        if self.lost is None and self.sources and self.unseen_items() != self.seen:
            self.lost = lost(self.iterator)
        return record if self.lost is None else self.lost

    def upcoming(self, _: Any = None) -> Record:
        """The record of the next item."""
        try:
            return next(self)
        except Exception:
            # There is none, or a source has changed, as the iterator itself is about to say; or this one is lost.
            return lost(self.iterator)


class Picked(Followed):
    """An iterator of C that has taken all items of its sources and gives tuples of them; its mirror's are of pairs.

    Nothing tells how far it is but the items themselves: each of the mirror's pairs is of a record and the item.
    """

    __slots__ = ("lost",)

    def __init__(self, iterator: Any, records: Iterator[Any]) -> None:
        self.iterator, self.records = iterator, records
        self.lost: Any = None

    def taken(self) -> tuple[Record, Any]:
        """Take the next tuple."""
        row = next(self.iterator)
        return self._record(row), row

    def pairs(self) -> Iterator[tuple[Record, Any]]:
        """The tuples that are left, with their records."""
        return Taken(self)

    def _record(self, row: Any) -> Record:
        for found in self.records if self.lost is None else ():
            if all([item is known for item, (_, known) in zip(row, found, strict=True)]):
                return (_reverse_row, tuple([record for record, _ in found]))
        if self.lost is None:
            self.lost = lost(self.iterator)
        return self.lost


class Inert(Followed):
    """An iterator whose items carry nothing, whoever takes them."""

    __slots__ = ()

    def __init__(self, iterator: Any) -> None:
        self.iterator, self.records, self.left, self.unseen = iterator, repeat(None), None, 0

    def pairs(self) -> Iterator[tuple[Record, Any]]:
        """The items that are left, with their records."""
        return zip(self.records, self.iterator, strict=False)


class Cycled(Picked):
    """A `cycle`, which keeps the items of its source, and goes round without asking for them again."""

    __slots__ = ("place", "saved", "source")

    def __init__(self, iterator: Any, source: Followed) -> None:
        super().__init__(iterator, source)
        self.source = source
        self.saved: list[tuple[Record, Any]] = []
        self.place = 0

    def taken(self) -> tuple[Record, Any]:
        """Take the next item."""
        record = next(self.records, _NONE_LEFT)
        item = next(self.iterator)
        if record is _NONE_LEFT:
            return self._saved_record(item), item
        self.saved.append((record, item))
        return record, item

    def _saved_record(self, item: Any) -> Record:
        for _ in self.saved:
            record, known = self.saved[self.place % len(self.saved)]
            self.place += 1
            if known is item and not self.source.unseen_items():
                return record
        return lost(self.iterator)


_NONE_LEFT = object()


class Taken:
    """The pairs of an iterator that is followed, none of which is held: C makes the next tuple out of the last one."""

    __slots__ = ("followed",)

    def __init__(self, followed: Any) -> None:
        self.followed = followed

    def __iter__(self) -> Taken:
        return self

    def __next__(self) -> Any:
        return self.followed.taken()


def lost(iterator: Any) -> Record:
    """The record of items of which is not known where they come from."""
    return (_refuse_item, type(iterator).__name__, user_frame())


def _refuse_item(ctx: Context, record: Any, item_bar: Any) -> tuple[Any, ...]:
    if item_bar is not ZERO:
        raise UnsupportedError(
            f"cannot differentiate an item of {record[1]}, of which code without a rule has taken some items",
            where=record[2],
            fixes="take all of them in the same place, or from a list",
        )
    return (ZERO,)


# sources ----------------------------------------------------------------------------------------------------

RECORDS: dict[type, Callable[[Any], Iterator[Any] | None]] = {}
"""Of containers of these types and their subclasses: the records of the items, in the order of iteration."""
_OF_RANGES = (type(iter(range(0))), type(iter(range(2**70))))
_LIST_ITERATOR: Any = type(iter([]))
_TEXTS = (str, bytes)


def records_of(source: Any) -> Iterator[Any] | None:
    """The records of the items of `source`; None if it is not of a type that we know, or has its own ``__iter__``."""
    kind = type(source)
    for base in kind.__mro__:
        if base in RECORDS:
            return RECORDS[base](source) if kind.__iter__ is base.__iter__ else None  # type: ignore[attr-defined]
    return None


Source = tuple[Any, Any, Record]
"""A real iterator, the iterator of its items' records, and the record of making it."""


def source_of(ctx: Context, source: Any) -> Source | None:
    """What C makes of an iterable argument; None where Python code may run, or its position is not known."""
    kind = type(source)
    known = ctx.iterators.get(id(source)) if "iterators" in ctx.uses else None
    if known is not None:
        is_countable = isinstance(known[1], Followed) and not isinstance(known[1], (Picked, Inert))
        return (source, known[1], None) if is_countable else None
    if issubclass(kind, list):
        if kind.__iter__ is not list.__iter__:
            return None
        iterator = iter(source)
        return iterator, FollowedList(iterator, source), None
    if issubclass(kind, tuple):
        return _of_tuple(ctx, source) if kind.__iter__ is tuple.__iter__ else None
    if kind in _TEXTS:
        token = Token(0)
        ctx.keep.append(token)
        iterator = iter(source)
        return iterator, Followed(iterator, repeat((reverse_item, token, 0))), (reverse_whole, token)
    if kind is _LIST_ITERATOR or kind in _OF_RANGES:
        return _of_iterator(ctx, source)
    iterator = iter(source) if kind is range else None
    records: Any = repeat(None)
    if kind is np.ndarray and source.ndim == 1:
        records = array_items.records(ctx, source)
    elif kind is not range:
        records = records_of(source)
    if records is None:
        return None
    followed = Followed(iter(source) if iterator is None else iterator, records)
    return None if followed.left is None else (followed.iterator, followed, None)


def _of_tuple(ctx: Context, source: tuple[Any, ...]) -> Source:
    iterator = iter(source)
    if not may_carry(source):
        return iterator, Followed(iterator, repeat(None)), None
    token = Token(len(source))
    ctx.keep.append(token)
    records = zip(repeat(reverse_item), repeat(token), range(len(source)), strict=False)
    return iterator, Followed(iterator, records), (reverse_tuple_loop, token)


def _of_iterator(ctx: Context, source: Any) -> Source:
    """An iterator that others may have too: all that use it have the same records."""
    arguments = source.__reduce__()[1]
    is_list = type(source) is _LIST_ITERATOR and type(arguments[0]) is not tuple
    followed = FollowedList(source, arguments[0]) if is_list else Followed(source, repeat(None))
    ctx.iterators[id(source)] = (source, followed)
    return source, followed, None


# records ----------------------------------------------------------------------------------------------------


def rows(records: Iterable[Any]) -> Iterator[Record]:
    """The records of tuples, of tuples of their items' records."""
    return zip(repeat(_reverse_row), records, strict=False)


def _reverse_row(ctx: Context, record: Any, row_bar: Any) -> tuple[Any, ...]:
    if row_bar is not ZERO:
        inner = record[1]
        for each, bar in zip(inner, split(ctx, row_bar, len(inner)), strict=True):
            if each is not None and bar is not ZERO:
                each[0](ctx, each, bar)
    return (ZERO,)


def reverse_made(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Making an iterator: each argument gets what the items gathered for it."""
    return tuple([ZERO if made is None else made[0](ctx, made, ZERO)[0] for made in record[1]])
