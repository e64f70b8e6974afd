"""`map`, `filter`, `iter(function, sentinel)` and what `itertools` makes with callbacks: the real iterators.

So are those of `iterators` where an iterable runs Python code: a generator, an object with an `__iter__` of its own.
Of each is said here what its items are made of (runtime/driven).
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

from bytegrad.errors import UnsupportedError
from bytegrad.rules.declare import resolver
from bytegrad.rules.polyfills.constructors import tuple_from
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.driven import Call, Driven, Feed, Part, attempted, begin, direct, itself
from bytegrad.runtime.driven_nodes import Node, Origin
from bytegrad.runtime.looking import asks_as_key
from bytegrad.runtime.questions import decide
from bytegrad.runtime.steps import Step, guarded_step
from bytegrad.runtime.structure import shown_as
from bytegrad.runtime.where import user_frame


def first(driven: Driven, _: Any = None) -> Origin:
    return driven.feeds[0].last


def _called(driven: Driven, _: Any = None) -> Origin:
    return driven.called


def row(driven: Driven, _: Any = None) -> Origin:
    row = [feed.last for feed in driven.feeds]
    return row if any([origin is not None for origin in row]) else None


def _upcoming(driven: Driven) -> Origin:
    return [place() for place in driven.places]


def _upcoming_one(driven: Driven) -> Origin:
    return driven.places[0]()


# --- with a callback -----------------------------------------------------------------------------


def _declare(
    function: Any,
    made: Any,
    passed: Any,
    upcoming: Any = None,
    *,
    decides: bool = False,
    itself: tuple[Any, ...] = (),
    prepare: Any = None,
) -> None:
    """Let calls of `function`, with a callback and then iterables, give the real iterator.

    If the callback is called for each item that is taken, `upcoming` tells what it gets of containers.  One that
    `decides` only has to be true or not; those that are one of `itself` stand for the truth of the item.
    """
    n_operands = None if function is map else 2

    @resolver(function)
    def driven_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) < 2 or (n_operands and len(args) != n_operands):
            return NotImplemented
        driven, given = Driven(ctx, made, passed), tuple([Node() for _ in args])
        asked = bool if any([args[0] is each for each in itself]) else args[0]
        found = None if upcoming is None else direct(args[1:])
        if found is None:
            sources = driven.feeds
            for iterable, origin in zip(args[1:], given[1:], strict=True):
                driven.feeds.append(Feed(driven, iterable, origin, prepare))
        else:
            driven.passed, (sources, driven.places) = upcoming, found
        return begin(ctx, driven, function(_call(driven, asked, args[0], decides), *sources), given)


def _call(driven: Driven, asked: Any, shown: Any, decides: bool = False, kind: type[Call] = Call) -> Call:
    if isinstance(asked, Call) and asked.driven.ctx is driven.ctx:
        asked, shown = asked.function, asked.shown
    return kind(driven, asked, shown, decides)


def _as_tuple(feed: Feed, row: Any) -> Any:
    """The arguments that a row stands for."""
    if type(row) is tuple:
        return row
    ctx = feed.driven.ctx
    record, made = feed.driven.attempt(run_noted, ctx, resolve, ctx, tuple_from, (row,), {})
    feed.last = feed.driven.note(record, [feed.last])
    return made


def run_noted(ctx: Context, function: Callable[..., Step], *args: Any) -> Any:
    return attempted(ctx, guarded_step(ctx, function, *args))


_declare(map, _called, row, _upcoming)
_declare(filter, _called, first, _upcoming_one, decides=True, itself=(None, bool))
_declare(itertools.filterfalse, _called, first, _upcoming_one, decides=True, itself=(None, bool))
_declare(itertools.takewhile, _called, first, _upcoming_one, decides=True)
_declare(itertools.dropwhile, first, first, decides=True)
_declare(itertools.starmap, _called, first, prepare=_as_tuple)


@resolver(itertools.accumulate)
def accumulate_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`accumulate(iterable, func=None, *, initial=None)`."""
    operands = {**dict(zip(("iterable", "func"), args, strict=False)), **kwargs}
    if set(operands) - {"iterable", "func", "initial"} or len(operands) != len(args) + len(kwargs):
        return NotImplemented
    if "iterable" not in operands:
        return NotImplemented
    driven = Driven(ctx, _total, _total_and_item)
    given = {name: Node() for name in operands}
    shown, first = operands.get("func"), operands.get("initial")
    driven.feeds.append(Feed(driven, operands["iterable"], given["iterable"]))
    driven.given = None if first is None else given["initial"]
    call = _call(driven, operator.add if shown is None else shown, shown)
    options = {} if "initial" not in operands else {"initial": first}
    return begin(ctx, driven, itertools.accumulate(driven.feeds[0], call, **options), tuple(given.values()))


def _total(driven: Driven, _: Any = None) -> Origin:
    if driven.calls:
        return driven.called
    return driven.feeds[0].last if driven.given is None else driven.given


def _total_and_item(driven: Driven) -> Origin:
    feed = driven.feeds[0]
    total = driven.called if driven.calls else feed.before if driven.given is None else driven.given
    return [total, feed.last]


@resolver(itertools.groupby)
def groupby_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`groupby(iterable, key=None)`."""
    operands = {**dict(zip(("iterable", "key"), args, strict=False)), **kwargs}
    if set(operands) - {"iterable", "key"} or len(operands) != len(args) + len(kwargs) or "iterable" not in operands:
        return NotImplemented
    driven = Driven(ctx, _group, row)
    given = {name: Node() for name in operands}
    driven.feeds.append(Feed(driven, operands["iterable"], given["iterable"]))
    key = operands.get("key")
    call = _call(driven, _as_it_is if key is None else key, key, kind=_KeyCall)
    return begin(ctx, driven, itertools.groupby(driven.feeds[0], call), tuple(given.values()))


class _KeyCall(Call):
    """What C gets in place of the function of the keys, which it compares by itself."""

    __slots__ = ()

    def __call__(self, *args: Any) -> Any:
        key = super().__call__(*args)
        if asks_as_key(key):
            raise UnsupportedError(
                f"cannot differentiate through groupby, which compares keys of {type(key).__qualname__}: a method of "
                "theirs may do more than look",
                where=user_frame(),
                fixes="group by numbers, texts or tuples of them, such as the attributes that __eq__ compares",
            )
        return key


shown_as(_KeyCall, "shown")


def _as_it_is(key: Any) -> Any:
    return key


def _group(driven: Driven, given: Any) -> Origin:
    """A key and its group, whose items are taken from the same iterable."""
    Part(driven, given[1], first)
    return None if driven.called is None else [driven.called, None]


class _Sentinel:
    """What C compares with: the comparison is differentiated as well."""

    __slots__ = ("driven", "sentinel")

    def __init__(self, driven: Driven, sentinel: Any) -> None:
        self.driven, self.sentinel = driven, sentinel

    def __eq__(self, other: object) -> bool:
        if other is self.sentinel:
            return True
        driven = self.driven
        record, answer = driven.attempt(run_noted, driven.ctx, _IS_EQUAL, driven.ctx, (self.sentinel, other), True)
        driven.note(record)
        return bool(answer)

    __hash__ = object.__hash__

    def __reduce__(self) -> Any:
        return itself(self.sentinel)


_IS_EQUAL = decide("eq")


@resolver(iter)
def iter_until(ctx: Context, /, *args: Any) -> Any:
    """`iter(function, sentinel)`."""
    if len(args) != 2 or not callable(args[0]):
        return NotImplemented
    driven = Driven(ctx, _called)
    iterator = iter(_call(driven, args[0], args[0]), _Sentinel(driven, args[1]))
    return begin(ctx, driven, iterator, tuple([Node() for _ in args]))
