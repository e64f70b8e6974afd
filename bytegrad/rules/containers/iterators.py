"""`enumerate`, `zip` and what `itertools` makes of containers and of iterators over them: the real iterators.

Their items are those of their arguments, picked and grouped, and so are the records (runtime/mirrors).  Where an
argument is iterated over by Python code, or is not known, `driven` and `driven_sources` have the rule.
"""

from __future__ import annotations

import collections
import itertools
import math
from collections.abc import Iterable, Iterator
from itertools import repeat
from types import NoneType
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable, polyfill, resolver
from bytegrad.runtime import iteration
from bytegrad.runtime.context import Context
from bytegrad.runtime.iteration import followed_pairs
from bytegrad.runtime.mirrors import (
    Cycled,
    Followed,
    Inert,
    Mirrored,
    Picked,
    Source,
    Token,
    reverse_item,
    reverse_made,
    reverse_whole,
    rows,
    source_of,
)
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO

_COUNTS = (int, bool, NoneType)
"""Types of arguments that are no items: those of others may have code of their own."""


def _mirrored(
    ctx: Context, iterator: Any, records: Iterator[Any], made: Iterable[Any], watched: Iterable[Any] = ()
) -> Step:
    """The step that gives a real iterator; `made` are the records of its arguments, `watched` the sources to watch."""
    ctx.iterators[id(iterator)] = (iterator, Mirrored(iterator, records, watched))
    made = tuple(made)
    return done(None if not any(made) else (reverse_made, made), iterator)


def _sources(ctx: Context, iterables: Iterable[Any]) -> list[Source] | None:
    found = []
    for iterable in iterables:
        source = source_of(ctx, iterable)
        if source is None:
            return None
        found.append(source)
    return found


def _counts(values: Iterable[Any]) -> bool:
    return all([type(value) in _COUNTS for value in values])


def _operands(
    ctx: Context, args: tuple[Any, ...], kwargs: dict[str, Any], n_sources: int | None, options: tuple[str, ...]
) -> tuple[list[Source], tuple[Any, ...], list[Any]] | None:
    """The sources, the other positional arguments, and the records of all arguments; None if they are not as usual."""
    numbers = () if n_sources is None else args[n_sources:]
    if not set(kwargs) <= set(options) or not _counts((*numbers, *kwargs.values())):
        return None
    sources = _sources(ctx, args[:n_sources])
    if sources is None or (n_sources and len(sources) < n_sources):
        return None
    return sources, numbers, [*[record for _, _, record in sources], *[None] * (len(numbers) + len(kwargs))]


def _whole(ctx: Context) -> tuple[Any, Any]:
    """The record of items that are one and the same value, and that of this value."""
    token = Token(0)
    ctx.keep.append(token)
    return (reverse_item, token, 0), (reverse_whole, token)


# --- of one argument after the other -------------------------------------------------------------


def _declare(
    function: Any, n_sources: int | None, options: tuple[str, ...] = (), grouped: bool = True, watched: bool = False
) -> None:
    """Let calls of `function` give the real iterator.

    Its first `n_sources` arguments are iterables (all of them, if that is None), the others and those named `options`
    are numbers.  Its items are tuples of the arguments' items if they are `grouped`.  One that remembers more than its
    sources do has to be `watched`.
    """

    def iterator_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        found = _operands(ctx, args, kwargs, n_sources, options)
        if found is None:
            return NotImplemented
        sources, numbers, made = found
        iterator = function(*[real for real, _, _ in sources], *numbers, **kwargs)
        mirror = function(*[records for _, records, _ in sources], *numbers, **kwargs)
        followed = [records for _, records, _ in sources] if watched else ()
        return _mirrored(ctx, iterator, rows(mirror) if grouped else mirror, made, followed)

    resolver(function)(iterator_rule)


_declare(zip, None, ("strict",))
_declare(itertools.pairwise, 1, watched=True)
_declare(itertools.islice, 1, grouped=False, watched=True)
if hasattr(itertools, "batched"):
    _declare(itertools.batched, 1, ("n", "strict"))


@resolver(enumerate)
def enumerate_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`enumerate(iterable, start=0)`."""
    operands = {**dict(zip(("iterable", "start"), args, strict=False)), **kwargs}
    if set(operands) - {"iterable", "start"} or len(operands) != len(args) + len(kwargs) or "iterable" not in operands:
        return NotImplemented
    source = source_of(ctx, operands["iterable"]) if _counts([operands.get("start", 0)]) else None
    if source is None:
        return NotImplemented
    iterator, records, record = source
    number, start = _whole(ctx) if type(operands.get("start")) is int else (None, None)
    made = {"iterable": record, "start": start}
    mirror = zip(repeat(number), records, strict=False)
    real = enumerate(iterator, *[operands["start"]] if "start" in operands else ())
    return _mirrored(ctx, real, rows(mirror), [made[name] for name in operands])


@resolver(itertools.cycle)
def cycle_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`cycle(iterable)`."""
    source = source_of(ctx, args[0]) if len(args) == 1 and not kwargs else None
    if source is None:
        return NotImplemented
    real, records, record = source
    iterator = itertools.cycle(real)
    ctx.iterators[id(iterator)] = (iterator, Cycled(iterator, records))
    return done(record, iterator)


@resolver(itertools.zip_longest)
def zip_longest_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`zip_longest(*iterables, fillvalue=None)`."""
    sources = _sources(ctx, args) if set(kwargs) <= {"fillvalue"} else None
    if sources is None:
        return NotImplemented
    fill, filled = _whole(ctx)
    made = [*[record for _, _, record in sources], *[filled] * len(kwargs)]
    real = itertools.zip_longest(*[iterator for iterator, _, _ in sources], **kwargs)
    mirror = itertools.zip_longest(*[records for _, records, _ in sources], fillvalue=fill)
    return _mirrored(ctx, real, rows(mirror), made)


# --- without iterables ---------------------------------------------------------------------------


@resolver(itertools.repeat)
def repeat_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`repeat(object, times)`."""
    operands = {**dict(zip(("object", "times"), args, strict=False)), **kwargs}
    if set(operands) - {"object", "times"} or len(operands) != len(args) + len(kwargs) or "object" not in operands:
        return NotImplemented
    if "times" in operands and type(operands["times"]) is not int:
        return NotImplemented
    if not may_carry(operands["object"]):
        iterator = repeat(*args, **kwargs)
        ctx.iterators[id(iterator)] = (iterator, Inert(iterator))
        return done(None, iterator)
    item, whole = _whole(ctx)
    made = {"object": whole, "times": None}
    mirror = repeat(**(operands | {"object": item}))
    return _mirrored(ctx, repeat(*args, **kwargs), mirror, [made[name] for name in operands])


@resolver(itertools.count)
def count_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`count(start=0, step=1)`, of ints and floats."""
    operands = {**dict(zip(("start", "step"), args, strict=False)), **kwargs}
    if set(operands) - {"start", "step"} or len(operands) != len(args) + len(kwargs):
        return NotImplemented
    if type(operands.get("start", 0)) not in (int, float) or type(operands.get("step", 1)) not in (int, float):
        return NotImplemented
    iterator = itertools.count(*args, **kwargs)
    if "step" not in operands:
        number, start = _whole(ctx)
        return _mirrored(ctx, iterator, repeat(number if operands else None), [start] * len(operands))
    token = Token(0)
    ctx.keep.append(token)
    made = {name: (_reverse_counted, token, name) for name in operands}
    ctx.iterators[id(iterator)] = (iterator, _Counted(iterator, token, operands.get("start", 0), operands["step"]))
    return done((reverse_made, tuple([made[name] for name in operands])), iterator)


class _Counted(Followed):
    """A `count` with a step, whose text tells how far it is."""

    __slots__ = ("number", "start", "step", "token")

    def __init__(self, iterator: Any, token: Token, start: float, step: float) -> None:
        self.iterator, self.token, self.start, self.step = iterator, token, start, step
        self.number = self.unseen = 0

    def __next__(self) -> Any:
        following = repr(self.iterator).removeprefix("count(").partition(",")[0].rstrip(")")
        if self.step:
            done = (_as_number(following) - self.start) / self.step
            self.number = max(self.number, round(done) if math.isfinite(done) else 0)
        self.number += 1
        return (_reverse_count, self.token, self.number - 1)


def _as_number(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _reverse_count(ctx: Context, record: Any, item_bar: Any) -> tuple[Any, ...]:
    """The item number n is start + n * step."""
    if item_bar is not ZERO:
        _, token, number = record
        shadow = ctx.shadow(token)
        shadow.add("start", item_bar)
        shadow.add("step", item_bar * number)
    return (ZERO,)


def _reverse_counted(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    return (ctx.shadow(record[1]).take(record[2]),)


# --- of all items ---------------------------------------------------------------------------------


def _declare_picking(function: Any, n_sources: int | None, options: tuple[str, ...]) -> None:
    """As `_declare`, for functions that take all items when they are called."""

    @resolver(function)
    def picking_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        found = _operands(ctx, args, kwargs, n_sources, options)
        if found is None:
            return NotImplemented
        sources, numbers, made = found
        records = [tuple(records) for _, records, _ in sources]
        pools = [tuple(real) for real, _, _ in sources]
        iterator = function(*pools, *numbers, **kwargs)
        if not any(map(any, records)):
            # As many rows as the iterator has: what comes behind it in a chain has its records in their places.
            return _mirrored(ctx, iterator, rows(function(*records, *numbers, **kwargs)), made)
        both = [tuple(zip(*of_one, strict=True)) for of_one in zip(records, pools, strict=True)]
        mirror = function(*both, *numbers, **kwargs)
        ctx.iterators[id(iterator)] = (iterator, Picked(iterator, mirror))
        return done((reverse_made, tuple(made)) if any(made) else None, iterator)


_declare_picking(itertools.product, None, ("repeat",))
for _function in (itertools.permutations, itertools.combinations, itertools.combinations_with_replacement):
    _declare_picking(_function, 1, ("r",))


# --- chain ---------------------------------------------------------------------------------------

_AT_ONCE = (list, tuple, str, bytes, range)
"""Whether these are asked for their iterators at once, or when their turn comes, cannot be seen."""


@resolver(itertools.chain)
def chain_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`chain(*iterables)`, of which each is asked for its iterator when its turn comes."""
    sources = None if kwargs else _sources(ctx, args)
    if sources is None or not all(
        [type(arg) in _AT_ONCE or real is arg for arg, (real, _, _) in zip(args, sources, strict=True)]
    ):
        return NotImplemented
    real = itertools.chain(*[iterator for iterator, _, _ in sources])
    mirror = itertools.chain(*[records for _, records, _ in sources])
    return _mirrored(ctx, real, mirror, [record for _, _, record in sources])


@resolver(itertools.chain.from_iterable)
def from_iterable_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`chain.from_iterable(iterables)`, of a tuple; what other iterables give is not known beforehand."""
    if len(args) != 1 or kwargs or type(args[0]) is not tuple:
        return NotImplemented
    step = chain_rule(ctx, *args[0])
    if step is NotImplemented:
        return NotImplemented
    record, iterator = step[1]
    return done(None if record is None else (_reverse_chained, record), iterator)


def _reverse_chained(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, y_bar),)


# --- in loops ------------------------------------------------------------------------------------


_GROUP: Any = type(next(itertools.groupby("a"))[1])


def _declare_steps(kind: Any) -> None:
    iteration.PAIRS[kind] = followed_pairs

    @polyfill(kind.__next__)
    def next_polyfill(self: Any, /) -> Any:
        return next(self)


for _kind in (
    map,
    filter,
    _GROUP,
    type(itertools.tee(())[0]),
    type(iter(int, 1)),
    enumerate,
    zip,
    *[kind for kind in vars(itertools).values() if hasattr(kind, "__next__")],
):
    _declare_steps(_kind)


# How many items are left is no number of the items.
_VIEWS: tuple[Any, ...] = ({}.keys(), {}.values(), {}.items())
_ITERATORS: tuple[Any, ...] = (
    *[iter(empty) for empty in ((), [], set(), range(0), np.empty(0), collections.deque(), *_VIEWS)],
    *[reversed(empty) for empty in ([], collections.deque(), *_VIEWS)],
    itertools.repeat(None, 0),
)
non_differentiable(*[type(iterator).__length_hint__ for iterator in _ITERATORS])
