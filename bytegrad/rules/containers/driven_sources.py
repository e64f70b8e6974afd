"""`zip`, `chain`, `tee` and others where an iterable runs Python code: the real iterators.

Where the iterables are containers or iterators over them, `iterators` has the rule.  What the items are made of is
said here as in `driven`.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from types import NoneType
from typing import Any

from bytegrad.rules.containers.driven import first, row, run_noted
from bytegrad.rules.declare import resolver
from bytegrad.runtime import iteration
from bytegrad.runtime.asking import converted
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.driven import Driven, Feed, Replayed, Turn, begin
from bytegrad.runtime.driven_nodes import Node, Origin
from bytegrad.runtime.mirrors import Inert
from bytegrad.runtime.questions import of_answer
from bytegrad.runtime.steps import Step, after, done

# --- without a callback --------------------------------------------------------------------------
# Where the iterables are containers or iterators over them, `iterators` has the rule.


def _declare_plain(
    function: Any, made: Any, n_iterables: int | None, options: tuple[str, ...] = (), lasting: bool = False
) -> None:
    """Let calls of `function` give the real iterator, also if an iterable runs Python code.

    Its first `n_iterables` arguments are iterables (all of them, if that is None), the others and those named `options`
    carry nothing.  One that makes a row of several items of an iterable has to be `lasting`.
    """

    @resolver(function)
    def plain_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if not set(kwargs) <= set(options) or (n_iterables is not None and len(args) < n_iterables):
            return NotImplemented
        n = len(args) if n_iterables is None else n_iterables
        driven, given = Driven(ctx, made), tuple([Node() for _ in (*args, *kwargs)])
        numbers = [_number(driven, number) for number in args[n:]]
        kwargs = {name: _number(driven, kwargs[name]) for name in kwargs}
        function(*[()] * n, *numbers, **kwargs)  # which raises before it asks for an iterator
        for iterable, origin in zip(args[:n], given[:n], strict=True):
            driven.feeds.append(Feed(driven, iterable, origin))
        if lasting:
            driven.feeds[0].taken = []
        return begin(ctx, driven, function(*driven.feeds, *numbers, **kwargs), given)


def _number(driven: Driven, number: Any) -> Any:
    """A number as C takes it; what is none is left to C, which has an error to raise for it."""
    if type(number) in _NUMBERS or not hasattr(type(number), "__index__"):
        return number
    record, whole = driven.attempt(run_noted, driven.ctx, resolve, driven.ctx, operator.index, (number,), {})
    driven.note(record)
    return whole


_NUMBERS = (int, bool, NoneType)


def _both(driven: Driven, _: Any = None) -> Origin:
    feed = driven.feeds[0]
    return None if feed.before is feed.last is None else [feed.before, feed.last]


def _batch(driven: Driven, _: Any = None) -> Origin:
    taken = driven.feeds[0].taken
    assert taken is not None
    row = [origin for origin, _ in taken]
    taken.clear()
    return row if any([origin is not None for origin in row]) else None


_declare_plain(zip, row, None, ("strict",))
_declare_plain(itertools.islice, first, 1)
_declare_plain(itertools.pairwise, _both, 1)
if hasattr(itertools, "batched"):
    _declare_plain(itertools.batched, _batch, 1, ("n", "strict"), lasting=True)


@resolver(itertools.zip_longest)
def zip_longest_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`zip_longest(*iterables, fillvalue=None)`."""
    if not set(kwargs) <= {"fillvalue"}:
        return NotImplemented
    driven, given = Driven(ctx, row), tuple([Node() for _ in (*args, *kwargs)])
    driven.given = given[-1] if kwargs else None
    driven.feeds += [Feed(driven, iterable, origin) for iterable, origin in zip(args, given, strict=False)]
    return begin(ctx, driven, itertools.zip_longest(*driven.feeds, **kwargs), given)


@resolver(enumerate)
def enumerate_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`enumerate(iterable, start=0)`."""
    operands = {**dict(zip(("iterable", "start"), args, strict=False)), **kwargs}
    if set(operands) - {"iterable", "start"} or len(operands) != len(args) + len(kwargs) or "iterable" not in operands:
        return NotImplemented
    driven = Driven(ctx, _numbered)
    given = {name: Node() for name in operands}
    driven.given = given.get("start")
    start = [_number(driven, operands["start"])] if "start" in operands else []
    driven.feeds.append(Feed(driven, operands["iterable"], given["iterable"]))
    return begin(ctx, driven, enumerate(driven.feeds[0], *start), tuple(given.values()))


def _numbered(driven: Driven, _: Any = None) -> Origin:
    return [driven.given, driven.feeds[0].last]


@resolver(itertools.compress)
def compress_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`compress(data, selectors)`."""
    operands = {**dict(zip(("data", "selectors"), args, strict=False)), **kwargs}
    if set(operands) != {"data", "selectors"} or len(operands) != len(args) + len(kwargs):
        return NotImplemented
    driven = Driven(ctx, first)
    given = {name: Node() for name in operands}
    driven.feeds.append(Feed(driven, operands["data"], given["data"]))
    driven.feeds.append(Feed(driven, operands["selectors"], given["selectors"], _as_truth))
    return begin(ctx, driven, itertools.compress(*driven.feeds), tuple(given.values()))


def _as_truth(feed: Feed, item: Any) -> Any:
    ctx = feed.driven.ctx
    if type(item) is bool:
        return item
    record, answer = feed.driven.attempt(run_noted, ctx, of_answer, ctx, done(None, item))
    feed.driven.note(record)
    return answer


def _latest(driven: Driven, _: Any = None) -> Origin:
    return driven.feeds[-1].last


@resolver(itertools.chain)
def chain_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`chain(*iterables)`, of which each is asked for its iterator when its turn comes."""
    if kwargs:
        return NotImplemented
    driven, given = Driven(ctx, _latest), tuple([Node() for _ in args])
    turns = [Turn(driven, iterable, origin) for iterable, origin in zip(args, given, strict=True)]
    return begin(ctx, driven, itertools.chain(*turns), given)


@resolver(itertools.chain.from_iterable)
def from_iterable_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`chain.from_iterable(iterables)`."""
    if len(args) != 1 or kwargs:
        return NotImplemented
    driven, given = Driven(ctx, _latest), (Node(),)
    outer = Feed(driven, args[0], given[0], _as_turn)
    return begin(ctx, driven, itertools.chain.from_iterable(outer), given)


def _as_turn(feed: Feed, item: Any) -> Turn:
    return Turn(feed.driven, item, feed.last)


# --- what keeps items ----------------------------------------------------------------------------


@resolver(itertools.cycle)
def cycle_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`cycle(iterable)`."""
    if len(args) != 1 or kwargs:
        return NotImplemented
    driven, given, feed = _kept(ctx, args[0])
    step = begin(ctx, driven, itertools.cycle(feed), (given,))
    Replayed(driven, driven.iterator, True)
    return step


def _kept(ctx: Context, iterable: Any) -> tuple[Driven, Node, Feed]:
    """An iterator with one iterable, of which it keeps items."""
    driven, given = Driven(ctx, first), Node()
    feed = Feed(driven, iterable, given)
    feed.taken = []
    driven.feeds.append(feed)
    return driven, given, feed


_TEE: Any = type(itertools.tee(())[0])
_OF_NUMBERS = (type(iter(range(0))), type(iter(range(2**70))))
"""Iterators of ranges, whose items carry nothing."""


@resolver(itertools.tee)
def tee_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`tee(iterable, n=2)`: an iterator that can be copied is copied, another one is read once for all."""
    numbers = [*args[1:]]
    if kwargs or len(args) not in (1, 2) or not all([type(number) in _NUMBERS for number in numbers]):
        return NotImplemented
    if not itertools.tee((), *numbers):
        return done(None, ())
    return _teed_from(ctx, args[0], lambda iterator: itertools.tee(iterator, *numbers), numbers)


def _teed_from(ctx: Context, iterable: Any, tee: Callable[[Any], tuple[Any, ...]], numbers: list[Any]) -> Step:
    made, iterator = run_noted(ctx, iteration.make_iterator, ctx, (iterable,), None)
    known = ctx.iterators.get(id(iterator))
    if type(iterator) in _OF_NUMBERS or (known is not None and type(known[1]) is Inert):
        copies = tee(iterator)
        ctx.iterators.update({id(each): (each, Inert(each)) for each in copies})
        return done(None, copies)
    if type(iterator) is not _TEE and hasattr(iterator, "__copy__"):
        return resolve(ctx, _copies, (iterator, *numbers), {})
    if type(iterator) is _TEE and known is not None:
        return done(None, tuple([_copied(each, known[1]) for each in tee(iterator)]))
    driven, given, feed = _kept(ctx, iterator)
    copies = tee(feed)
    step = begin(ctx, driven, copies, (given, *[Node() for _ in numbers]))
    for each in copies:
        Replayed(driven, each)
    return step if made is None else after(step, functools.partial(_behind, made))


def _behind(made: Any, record: Any) -> Any:
    return (_reverse_behind, made, record)


def _reverse_behind(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The iterable was asked for its iterator first, which then got the cotangents."""
    _, made, later = record
    bar, *rest = later[0](ctx, later, y_bar)
    return (*made[0](ctx, made, bar)[:1], *rest)


def _copies(iterator: Any, n: int = 2) -> Any:
    """What `tee` makes of an iterator with a `__copy__`."""
    return (iterator, *[iterator.__copy__() for _ in range(n - 1)])


def _copied(copy: Any, known: Replayed) -> Any:
    """A copy of an iterator that is known."""
    if copy is not known.iterator:
        Replayed(known.whole, copy, place=known.place)
    return copy


@resolver(_TEE)
def one_of_tee_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """The type of what `tee` makes, called by itself."""
    if len(args) != 1 or kwargs:
        return NotImplemented
    step = _teed_from(ctx, args[0], lambda iterator: (_TEE(iterator),), [])
    return converted(step, operator.itemgetter(0))


@resolver(_TEE.__copy__)
def copy_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`__copy__()` of what `tee` makes."""
    known = ctx.iterators.get(id(args[0])) if len(args) == 1 and not kwargs else None
    if known is not None and type(known[1]) is Inert:
        copy = _TEE.__copy__(args[0])
        ctx.iterators[id(copy)] = (copy, Inert(copy))
        return done(None, copy)
    if known is None or not isinstance(known[1], Replayed):
        return NotImplemented
    return done(None, _copied(_TEE.__copy__(args[0]), known[1]))


# --- states --------------------------------------------------------------------------------------


def _declare_state(kind: Any) -> None:
    @resolver(kind.__setstate__)
    def state_resolver(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        known = ctx.iterators.get(id(args[0])) if args else None
        if known is not None and isinstance(known[1], Driven):
            known[1].replaced = True
        return NotImplemented


for _kind in (itertools.accumulate, itertools.chain, itertools.cycle, itertools.zip_longest):
    _declare_state(_kind)
