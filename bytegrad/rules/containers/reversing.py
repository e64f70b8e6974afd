"""`reversed` of containers: the iterator is the real one, and the records of its items are the container's, backwards.

It is for iterators that say how many items they have still to give, so that none is taken unseen; those of objects that
have only subscripts ask for each.  Of OrderedDicts it is a polyfill's (polyfills/builtins).
"""

from __future__ import annotations

import builtins
from collections import deque
from itertools import islice, repeat
from typing import Any

from bytegrad.rules.containers.methods import TEXTS
from bytegrad.rules.containers.views import records_in
from bytegrad.rules.declare import resolver
from bytegrad.runtime import iteration
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.driven_sequences import numbered
from bytegrad.runtime.iteration import follow, tuple_backwards
from bytegrad.runtime.mirrors import Token, reverse_item, reverse_whole
from bytegrad.runtime.steps import done

_ABSENT = object()
_VIEWS: tuple[Any, ...] = (dict, type({}.keys()), type({}.values()), type({}.items()))
_METHODS: dict[Any, Any] = {kind.__reversed__: kind for kind in (list, deque, *_VIEWS)}


@resolver(builtins.reversed)
def reversed_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    """`reversed(container)`."""
    if len(args) != 1 or unknown:
        return NotImplemented
    if type(args[0]) is range:
        return done(None, reversed(args[0]))
    if type(args[0]) is tuple:
        return tuple_backwards(ctx, args[0])
    if type(args[0]) in TEXTS:
        return _text_backwards(ctx, args[0])
    method = lookup(type(args[0]), "__reversed__", _ABSENT)
    if method is None or (method is _ABSENT and not hasattr(type(args[0]), "__getitem__")):
        return NotImplemented  # C has an error to raise
    if method is _ABSENT:
        return numbered(ctx, reversed, args[0])
    step = _backwards(ctx, args[0], method)
    return resolve(ctx, type(args[0]).__reversed__, args, {}) if step is NotImplemented else step


@resolver(iteration.by_number)
def iter_by_number(ctx: Context, /, source: Any) -> Any:
    """`iter` of an object that has subscripts and no ``__iter__``."""
    return numbered(ctx, iter, source)


def _text_backwards(ctx: Context, text: Any) -> Any:
    token = Token(0)
    ctx.keep.append(token)
    follow(ctx, iterator := reversed(text), repeat((reverse_item, token, 0)))
    return done((reverse_whole, token), iterator)


def _backwards(ctx: Context, source: Any, method: Any) -> Any:
    kind = _METHODS.get(method) if type(method).__hash__ is not None else None
    if kind is None:
        return NotImplemented
    n = len(source)
    if kind is list:
        records: Any = zip(repeat(reverse_item), repeat(source), range(n - 1, -1, -1))
    else:
        records = records_in(kind, source)
        if records is None:
            return NotImplemented
        records = reversed([*islice(records, n)])
    return follow(ctx, method(source), records)


def _declare(method: Any, kind: Any) -> None:
    @resolver(method)
    def method_resolver(ctx: Context, /, *args: Any) -> Any:
        """`container.__reversed__()`."""
        if len(args) != 1 or not issubclass(type(args[0]), kind):
            return NotImplemented
        return _backwards(ctx, args[0], method)


for _method, _kind in _METHODS.items():
    _declare(_method, _kind)
