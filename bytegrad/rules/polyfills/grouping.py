"""Polyfills of `itertools.groupby` and `itertools.tee`: several iterators that share one source."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.native import MISSING, argument_error, natively
from bytegrad.rules.polyfills.sources import iterator_of


@polyfill(itertools.groupby)
def groupby_polyfill(iterable: Any = MISSING, key: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`groupby(iterable, key=None)`."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.groupby, iterable, key, *extra, **unknown)
    return _groupby(_Groups(iterator_of(iterable), None if key is MISSING else key))


class _Groups:
    """The place in the source that all groups share: the next item, its key, and which group may take it."""

    __slots__ = ("function", "group", "item", "iterator", "key")

    def __init__(self, iterator: Iterator[Any], function: Callable[[Any], Any] | None) -> None:
        self.iterator = iterator
        self.function = function
        self.item: Any = MISSING
        self.key: Any = MISSING
        self.group = 0

    def step(self) -> None:
        """Take the next item and its key; StopIteration at the end."""
        item = next(self.iterator)
        self.key = item if self.function is None else self.function(item)
        self.item = item


def _groupby(groups: _Groups) -> Iterator[Any]:
    target: Any = MISSING
    while True:
        groups.group += 1
        number = groups.group
        try:
            while groups.key is MISSING or (target is not MISSING and _equal(target, groups.key)):
                groups.step()
        except StopIteration:
            return
        target = groups.key
        yield target, _group(groups, target, number)


def _group(groups: _Groups, target: Any, number: int) -> Iterator[Any]:
    while True:
        if groups.group != number:
            return
        if groups.item is MISSING:
            try:
                groups.step()
            except StopIteration:
                return
        if not _equal(target, groups.key):
            return
        item = groups.item
        groups.item = groups.key = MISSING
        yield item


def _equal(target: Any, key: Any) -> Any:
    """`target == key` as containers compare: what is the same object is equal."""
    return target is key or target == key


@polyfill(itertools.tee)
def tee_polyfill(iterable: Any = MISSING, n: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`tee(iterable, n=2)`: an iterator that can be copied is copied, another one is read once for all."""
    if iterable is MISSING or extra or unknown:
        argument_error(itertools.tee, iterable, n, *extra, **unknown)
    count = 2 if n is MISSING else operator.index(n)
    natively(itertools.tee, (), count)
    if count == 0:
        return ()
    iterator = iter(iterable)
    if hasattr(iterator, "__copy__"):
        return (iterator, *[iterator.__copy__() for _ in range(count - 1)])
    source = iterator_of(iterator)
    first = _Link()
    return tuple([_tee(source, first) for _ in range(count)])


class _Link:
    """One item of the shared source, and the link after it: both absent until the first iterator asks."""

    __slots__ = ("following", "item")

    def __init__(self) -> None:
        self.item: Any = MISSING
        self.following: _Link | None = None


def _tee(iterator: Iterator[Any], link: _Link) -> Iterator[Any]:
    while True:
        following = link.following
        if following is None:
            try:
                link.item = next(iterator)
            except StopIteration:
                return
            following = link.following = _Link()
        yield link.item
        link = following
