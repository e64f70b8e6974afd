"""Iteration: each item comes with the record that leads its cotangent back to where it came from.

A ``for`` loop runs over pairs ``(record, item)`` made in C, so that the iterator is asked directly from the loop's
frame.  The record of a list's item names the list and the index; that of a generator's item names the generator,
whose pullback is then resumed backwards.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from itertools import count, repeat
from typing import Any

import numpy as np

from bytegrad.runtime import array_items, registry, subscripts
from bytegrad.runtime.attribute_slots import reverse_slot
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.loops import Asked, reverse_asked_loop, reverse_both, reverse_generator_loop
from bytegrad.runtime.mirrors import (
    Followed,
    Token,
    records_of,
    reverse_item,
    reverse_tuple_loop,
    reverse_whole,
)
from bytegrad.runtime.opaque_calls import call_opaque, opaque
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Left, Step, done, guarded_step, native, run
from bytegrad.runtime.tangent import ZERO

Pair = tuple[Any, Any]
_ABSENT = object()


# loops ------------------------------------------------------------------------------------------------------


def pairs(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """Resolve the iterator of a loop: it gives ``(record, item)``.  A second operand says that it is one."""
    source = args[0]
    special = PAIRS.get(type(source))
    if special is not None:
        return special(ctx, source)
    if issubclass(type(source), tuple) and type(source).__iter__ is tuple.__iter__:
        return _tuple_pairs(ctx, source)
    if issubclass(type(source), list) and type(source).__iter__ is list.__iter__:
        return _list_pairs(ctx, source)
    records = records_of(source)
    if records is not None:
        return done(None, zip(records, source, strict=False))
    method = lookup(type(source), "__iter__", _ABSENT)
    if method is np.ndarray.__iter__ and not array_items.has_own_parts(type(source)):
        return array_items.pairs(ctx, source)
    if method is np.ndarray.__iter__:
        iter(source)  # which raises for an array without axes
        return done(None, _sequence_pairs(ctx, source))
    if type(method) is types.FunctionType and len(args) == 1:
        return _then_pairs(ctx, resolve(ctx, method, (source,), {}))
    if method is _ABSENT and type(lookup(type(source), "__getitem__")) is types.FunctionType:
        return done(None, _sequence_pairs(ctx, source))
    if (method is _ABSENT or method is None) and len(args) == 1:
        iter(source)  # which raises
    return _iterator_pairs(ctx, source)


def _iterator_pairs(ctx: Context, source: Any) -> Step:
    """What an ``__iter__`` returned: it is asked with ``__next__``, and not for another iterator."""
    special = PAIRS.get(type(source))
    if special is not None:
        return special(ctx, source)
    if id(source) in ctx.iterators:
        return followed_pairs(ctx, source)
    following = lookup(type(source), "__next__")
    if type(following) is types.FunctionType:
        asked = Asked()
        return done((reverse_asked_loop, asked), _NextPairs(ctx, source, asked))
    return _opaque_pairs(ctx, source)


def _list_pairs(ctx: Context, source: list[Any]) -> Step:
    return done(None, zip(zip(repeat(reverse_item), repeat(source), count()), iter(source), strict=False))


def _tuple_pairs(ctx: Context, source: tuple[Any, ...]) -> Step:
    if not may_carry(source):
        return _inert_pairs(ctx, source)
    token = Token(len(source))
    ctx.keep.append(token)
    items = zip(zip(repeat(reverse_item), repeat(token), count()), iter(source), strict=False)
    return done((reverse_tuple_loop, token), items)


def _text_pairs(ctx: Context, source: Any) -> Step:
    """The characters of a text: what reaches one of them concerns the whole."""
    token = Token(0)
    ctx.keep.append(token)
    return done((reverse_whole, token), zip(repeat((reverse_item, token, 0)), source, strict=False))


def _inert_pairs(ctx: Context, source: Any) -> Step:
    return done(None, zip(repeat(None), source, strict=False))


def index_records(sequence: Any) -> Iterator[Any]:
    """Of what is numbered."""
    return zip(repeat(reverse_item), repeat(sequence), count())


def follow(ctx: Context, iterator: Any, records: Iterator[Any]) -> Step:
    """Remember what the items of `iterator` are."""
    ctx.iterators[id(iterator)] = (iterator, Followed(iterator, records))
    return done(None, iterator)


def followed_pairs(ctx: Context, source: Any) -> Step:
    """The items of an iterator that is followed, in a loop."""
    known = ctx.iterators.get(id(source))
    if known is None:
        return _opaque_pairs(ctx, source)
    step: Step = known[1].loop()
    return step


def _generator_pairs(ctx: Context, source: Any) -> Step:
    state = ctx.generators.get(id(source))
    if state is None:
        # When this is differentiated itself, the real iterators may be generators.
        return followed_pairs(ctx, source)
    return done((reverse_generator_loop, state), zip(map(state.upcoming, repeat(None)), source, strict=False))


def _list_iterator_pairs(ctx: Context, source: Any) -> Step:
    """An iterator over a list that may have been advanced elsewhere: its state names list and index."""
    if id(source) in ctx.iterators:
        return followed_pairs(ctx, source)
    return done(None, zip(map(_position, repeat(source)), source, strict=False))


_LIST_ITERATOR: Any = type(iter([]))
_TUPLE_ITERATOR: Any = type(iter(()))


def _position(iterator: Any) -> Any:
    _, arguments, *state = iterator.__reduce__()
    return (reverse_item, arguments[0], state[0] if state else 0)


def _opaque_pairs(ctx: Context, source: Any) -> Step:
    """An iterator written in C that we know nothing about: its items poison, if their cotangents matter."""
    from bytegrad.runtime.where import user_frame

    iterator = iter(source)
    where = user_frame()
    record = opaque(
        type(source).__iter__ if hasattr(type(source), "__iter__") else iter, (source,), {}, iterator, where
    )
    return done(record, _opaque_items(ctx, iterator, source, where))


def _opaque_items(ctx: Context, iterator: Iterator[Any], source: Any, where: Any) -> Iterator[Pair]:
    record = opaque(type(iterator), (source,), {}, iterator, where)
    return zip(repeat(None if record is None else (_reverse_opaque_item, record)), iterator)


def _reverse_opaque_item(ctx: Context, record: Any, item_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return tuple(inner[0](ctx, inner, item_bar)) if item_bar is not ZERO else (ZERO,)


def _sequence_pairs(ctx: Context, source: Any) -> Iterator[Pair]:
    """The old protocol: ``__getitem__`` with 0, 1, 2 ..."""
    method = lookup(type(source), "__getitem__")
    for index in count():
        try:
            record, value = run(resolve(ctx, method, (source, index), {}))
        except (IndexError, StopIteration):
            return
        yield (None if record is None else (_reverse_inner, record), value)


class _NextPairs:
    """A class with a ``__next__`` written in Python, which may be replaced meanwhile, or ask again itself."""

    __slots__ = ("asked", "ctx", "source")

    def __init__(self, ctx: Context, source: Any, asked: Asked) -> None:
        self.ctx, self.source, self.asked = ctx, source, asked

    def __iter__(self) -> Iterator[Pair]:
        return self

    def __next__(self) -> Pair:
        ctx, source = self.ctx, self.source
        method = lookup(type(source), "__next__")
        if method is None:
            raise TypeError(f"'{type(source).__name__}' object is not an iterator")
        try:
            record, value = run(guarded_step(ctx, resolve, ctx, method, (source,), {}))
        except StopIteration:
            self.asked.last, ctx.unwound = ctx.unwound, None
            raise
        return (None if record is None else (_reverse_inner, record), value)


def _reverse_inner(ctx: Context, record: Any, item_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    inner[0](ctx, inner, item_bar)
    return (ZERO,)


def _then_pairs(ctx: Context, step: Step) -> Step:
    """``__iter__`` is called first; its result is then looped over."""
    function, args, following = step
    if function is None:
        record, iterator = args
        check_iterator(iterator)
        _, (inner, items), _ = _iterator_pairs(ctx, iterator)
        return done(record if inner is None else inner if record is None else (reverse_both, inner, record), items)
    return (function, args, functools.partial(_then_pairs_next, ctx, following))


def _then_pairs_next(ctx: Context, following: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else _then_pairs(ctx, step)


PAIRS: dict[type, Any] = {
    np.ndarray: array_items.pairs,
    np.flatiter: array_items.flat_pairs,
    np.nditer: _inert_pairs,
    list: _list_pairs,
    tuple: _tuple_pairs,
    str: _text_pairs,
    bytes: _text_pairs,
    range: _inert_pairs,
    types.GeneratorType: _generator_pairs,
    _LIST_ITERATOR: _list_iterator_pairs,
    _TUPLE_ITERATOR: followed_pairs,
    type(iter(range(0))): _inert_pairs,
}


# iterators as values ----------------------------------------------------------------------------------------


def make_iterator(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """Resolve ``iter(source)`` where the iterator is kept: it is the real one, and remembered."""
    source = args[0]
    kind = type(source)
    if kind is list or kind in (range, types.GeneratorType, _LIST_ITERATOR, _TUPLE_ITERATOR):
        return done(None, iter(source))
    if issubclass(kind, tuple) and kind.__iter__ is tuple.__iter__:
        return tuple_iterator(ctx, source)
    method = lookup(kind, "__iter__")
    if type(method) is types.FunctionType:
        return checked(resolve(ctx, method, (source,), {}), check_iterator)
    if id(source) in ctx.iterators or (issubclass(kind, list) and method is list.__iter__):
        return done(None, iter(source))
    of_array = method is np.ndarray.__iter__ and not array_items.has_own_parts(kind)
    records = array_items.records(ctx, source) if of_array else records_of(source)
    if records is not None:
        return follow(ctx, iter(source), records)
    if registry.lookup(method):
        return resolve(ctx, method, (source,), {})
    if method is None and not hasattr(kind, "__iter__") and type(lookup(kind, "__getitem__")) is types.FunctionType:
        return resolve(ctx, by_number, (source,), {})
    return call_opaque(ctx, iter, args, {})


def by_number(source: Any) -> Iterator[Any]:
    """`iter` of an object that has subscripts and no ``__iter__``: there is a rule for it."""
    return iter(source)


def check_iterator(iterator: Any) -> None:
    """Raise what `iter` raises for an answer of ``__iter__`` that cannot be asked for its next item."""
    if lookup(type(iterator), "__next__") is None:
        raise TypeError(f"iter() returned non-iterator of type '{type(iterator).__name__}'")


def checked(step: Step, check: Callable[[Any], None]) -> Step:
    """The same step, whose value is looked at by `check`, which may raise."""
    function, args, following = step
    if function is None:
        check(args[1])
        return step
    return (function, args, functools.partial(_check_next, check, following))


def _check_next(check: Callable[[Any], None], following: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else checked(step, check)


def tuple_iterator(ctx: Context, source: tuple[Any, ...]) -> Step:
    """``tuple.__iter__(source)``."""
    return _tuple_items(ctx, source, tuple.__iter__(source), range(len(source)))


def tuple_backwards(ctx: Context, source: tuple[Any, ...]) -> Step:
    """``reversed(source)``."""
    return _tuple_items(ctx, source, reversed(source), range(len(source) - 1, -1, -1))


def _tuple_items(ctx: Context, source: tuple[Any, ...], iterator: Any, order: range) -> Step:
    if not may_carry(source):
        return follow(ctx, iterator, repeat(None))
    token = Token(len(source))
    follow(ctx, iterator, zip(repeat(reverse_item), repeat(token), order, strict=False))
    return done((reverse_tuple_loop, token), iterator)


_OF_RANGES = frozenset({type(iter(range(0))), type(iter(range(2**70)))})
"""Iterators whose items are constants."""


def advance(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """Resolve ``next(iterator)``."""
    iterator = args[0]
    kind = type(iterator)
    generator = ctx.generators.get(id(iterator))
    if generator is not None:
        return (next, (iterator,), generator.resumption(iterator, "__next__", 0))
    if kind is np.flatiter:
        return array_items.flat_next(ctx, iterator)
    if kind in _OF_RANGES:
        return native(next, args)
    method = lookup(kind, "__next__")
    if type(method) is types.FunctionType:
        return resolve(ctx, method, (iterator,), {})
    known = ctx.iterators.get(id(iterator))
    if known is not None:
        step: Step = known[1].advanced()
        return step
    if kind is _LIST_ITERATOR:
        record = _position(iterator)
        return done(record, next(iterator))
    return call_opaque(ctx, next, args, {})


def unpack_any(source: Any, n: int) -> Any:
    """``a, b = source`` for any iterable."""
    items: list[Any] = []
    for item in source:
        if len(items) == n:
            raise ValueError(f"too many values to unpack (expected {n})")
        items.append(item)
    if len(items) < n:
        raise ValueError(f"not enough values to unpack (expected {n}, got {len(items)})")
    return (*items,)


def unpack_ex_any(source: Any, before: int, after: int) -> Any:
    """``a, *b, c = source`` for any iterable."""
    items = [item for item in source]
    n = len(items)
    if n < before + after:
        raise ValueError(f"not enough values to unpack (expected at least {before + after}, got {n})")
    return (*items[:before], items[before : n - after], *items[n - after :])


def extend_any(target: Any, source: Any) -> None:
    """``[*source]`` for any iterable."""
    for item in source:
        target.append(item)


def _next_call(ctx: Context, *args: Any) -> Step:
    """``next(iterator)``; with a default it is a polyfill's."""
    if len(args) != 1:
        return NotImplemented
    return advance(ctx, args, None)


def _iter_call(ctx: Context, *args: Any) -> Step:
    if len(args) != 1:
        return NotImplemented
    return make_iterator(ctx, args, None)


registry.register(next, registry.Resolver(_next_call))
registry.register(iter, registry.Resolver(_iter_call))
subscripts._UNPACK[:] = [unpack_any, unpack_ex_any]
subscripts._EXTEND[:] = [extend_any]

OPERATIONS: dict[str, Any] = {"pairs": pairs, "iter": make_iterator, "next": advance}

__all__ = ["OPERATIONS", "call_opaque", "native", "reverse_slot"]
