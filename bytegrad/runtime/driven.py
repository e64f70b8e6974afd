"""Iterators of C that run Python code on their way: a callback of the user's, a generator, a ``__next__``.

``map(f, xs)`` is a real map, which C drives as ever: when it asks for what it needs, and how it goes on after an
exception, is not repeated here.  It gets a `Call` in place of the callback, and a `Feed` in place of each iterable.
Both run the augmented code and note the records as *nodes*, in the order in which things happen.  The nodes of one
``next`` make one record; where the item itself comes from is what `Driven` is told by a function for each type.

Nothing is lost if code without a rule takes items: its nodes are part of the next record, or of that of the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count, repeat
from types import FunctionType, GeneratorType
from typing import Any

from bytegrad.runtime.callees import augmented_for
from bytegrad.runtime.compile import RUNTIME
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.driven_nodes import Decision, Node, Origin, deliver, reverse_nodes
from bytegrad.runtime.iteration import make_iterator, pairs
from bytegrad.runtime.loops import Asked, exhausted, reverse_asked_loop, reverse_both
from bytegrad.runtime.mirrors import Followed, Taken, lost, reverse_item
from bytegrad.runtime.poisoning import POISONED
from bytegrad.runtime.questions import of_answer
from bytegrad.runtime.steps import Step, done, guarded_step, run
from bytegrad.runtime.structure import shown_as
from bytegrad.runtime.tangent import ZERO, Poison


class Driven:
    """An iterator of C, and what has happened in it since it was last asked.

    `made` tells the origin of an item that was just given, `passed` those of what the callback gets.
    """

    __slots__ = (
        "begun",
        "called",
        "calls",
        "ctx",
        "feeds",
        "given",
        "iterator",
        "made",
        "mixed",
        "nodes",
        "passed",
        "places",
        "replaced",
    )

    def __init__(
        self, ctx: Context, made: Callable[[Driven, Any], Origin], passed: Callable[[Driven], Origin] | None = None
    ) -> None:
        self.ctx, self.made, self.passed = ctx, made, passed
        self.iterator: Any = None
        self.feeds: list[Feed] = []
        self.places: list[Callable[[], Any]] = []
        """What tells the records of the items last taken, of containers that C asks by itself."""
        self.nodes: list[Node] = []
        self.calls = 0
        self.called: Node | None = None
        """The last call of the callback."""
        self.given: Node | None = None
        """The first value of an `accumulate`, or what a `zip_longest` fills up with."""
        self.begun: list[Node] = []
        """What happened when it was made."""
        self.mixed = False
        """Whether code without a rule took items before others: what came of those is not known apart."""
        self.replaced = False
        """Whether its state was set from outside: where its items come from is not known any more."""

    def attempt(self, function: Callable[..., Any], *args: Any) -> Any:
        """What `function` returns; what an exception leaves is noted.

        Meanwhile this iterator may itself be asked for items, which must not take these nodes for theirs.
        """
        nodes, self.nodes = self.nodes, []
        try:
            return function(*args)
        except BaseException:
            self.note(self.ctx.unwound)
            self.ctx.unwound = None
            raise
        finally:
            nodes += self.nodes
            self.nodes = nodes

    def note(self, record: Any, operands: Origin = None) -> Node | None:
        """Remember what has just happened."""
        if record is None:
            return None
        node = Node(record, operands)
        self.nodes.append(node)
        return node

    def record(self, given: Any) -> Any:
        """The record of the item that was just given."""
        if self.replaced:
            return lost(self.iterator)
        item, nodes = self.made(self, given), self.nodes
        if nodes:
            self.nodes = []
            return (_reverse_step, nodes, item)
        # Not the list itself, to which more will be added.
        return None if item is None else (_reverse_step, (), item)

    def left(self, exc: BaseException | None = None) -> Any:
        """The record of what happened before an exception."""
        nodes, self.nodes = self.nodes, []
        return (_reverse_step, nodes, None) if nodes else None

    def __call__(self, item: Any) -> Step:
        """What goes on after ``next``."""
        return done(self.record(item), item)

    # as the other iterators that are followed ----------------------------------------------------------------

    def advanced(self) -> Step:
        """Of ``next(iterator)``: C is asked by the emitted code itself."""
        self.mixed = self.mixed or bool(self.nodes)
        return (next, (self.iterator,), self)

    def taken(self) -> tuple[Any, Any]:
        """The next item, with its record."""
        self.mixed = self.mixed or bool(self.nodes)
        try:
            item = next(self.iterator)
        except BaseException:
            self.ctx.unwound = self.left()
            raise
        return self.record(item), item

    def loop(self) -> Step:
        """Of the beginning of a loop."""
        asked = Asked()
        return done((reverse_asked_loop, asked), self._items(asked))

    def _items(self, asked: Asked) -> Iterator[Any]:
        iterator, made = self.iterator, self.made
        while True:
            if self.nodes:
                self.mixed = True
            try:
                item = next(iterator)
            except StopIteration:
                asked.last = self.left()
                return
            except BaseException:
                self.ctx.unwound = self.left()
                raise
            nodes = self.nodes
            if not nodes or self.replaced:
                yield self.record(item), item
            else:
                self.nodes = []
                yield (_reverse_step, nodes, made(self, item)), item


class Part(Driven):
    """An iterator that another one has made, which takes from the same feeds."""

    __slots__ = ("whole",)

    def __init__(self, whole: Driven, iterator: Any, made: Callable[[Driven, Any], Origin]) -> None:
        super().__init__(whole.ctx, made)
        self.whole, self.iterator, self.feeds = whole, iterator, whole.feeds
        self.ctx.iterators[id(iterator)] = (iterator, self)

    def record(self, given: Any) -> Any:
        self.nodes, self.whole.nodes = self.whole.nodes, []
        return super().record(given)

    def left(self, exc: BaseException | None = None) -> Any:
        self.nodes, self.whole.nodes = self.whole.nodes, []
        return super().left(exc)


class Replayed(Part):
    """An iterator that keeps items to give them later: one of a `tee`, or a `cycle`, which `begins_again`."""

    __slots__ = ("begins_again", "place")

    def __init__(self, whole: Driven, iterator: Any, begins_again: bool = False, place: int = 0) -> None:
        super().__init__(whole, iterator, Replayed.found)
        self.place, self.begins_again = place, begins_again

    def found(self: Any, item: Any) -> Origin:
        """The origin of the item that follows those that were given before, unless code without a rule took some."""
        taken = self.feeds[0].taken
        places = range(self.place, len(taken))
        for place in (*places, *range(self.place)) if self.begins_again else places:
            origin, known = taken[place]
            if known is item:
                self.place = place + 1
                return origin
        self.replaced = True
        return lost(self.iterator)


class Feed:
    """What C gets in place of an iterable: it gives the same items, or what is made of each by `prepare`."""

    __slots__ = ("before", "begun", "driven", "is_quiet", "last", "pairs", "prepare", "source", "taken")

    def __init__(self, driven: Driven, iterable: Any, origin: Origin, prepare: Any = None) -> None:
        self.driven, self.prepare = driven, prepare
        self.before: Origin = None
        self.last: Origin = None
        """Where the last item came from; at the end, what stands in its place."""
        self.taken: list[tuple[Origin, Any]] | None = None
        """The items that have been taken, and where they came from, where one is not enough."""
        self.begun: Any
        self.source: Any
        self.pairs: Iterator[Any]
        self.is_quiet = type(iterable) in _DIRECT
        """Whether no Python code runs when an item is taken."""
        if type(iterable) is Feed and iterable.driven.ctx is driven.ctx:  # copies of an iterator share it
            self.begun, self.source, self.pairs = iterable.begun, iterable.source, iterable.pairs
        else:
            self.begun, self.source, self.pairs = _begun(driven.ctx, iterable)
            driven.note(self.begun, [origin])

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> Any:
        driven = self.driven
        try:
            record, item = next(self.pairs) if self.is_quiet else driven.attempt(next, self.pairs)
        except StopIteration:
            driven.note(exhausted(self.begun))
            self.last = driven.given
            raise
        self.before = self.last
        self.last = driven.note(record)
        if self.prepare is not None:
            item = self.prepare(self, item)
        if self.taken is not None:
            self.taken.append((self.last, item))
        return item

    def __reduce__(self) -> Any:
        return (iter, (self.source,))


def _begun(ctx: Context, iterable: Any) -> tuple[Any, Any, Iterator[Any]]:
    """The record of the beginning of a loop over `iterable`, its iterator, and the loop's pairs."""
    kind = type(iterable)
    if kind is list:
        items = iter(iterable)
        return None, items, zip(zip(repeat(reverse_item), repeat(iterable), count()), items, strict=False)
    if kind is range:
        items = iter(iterable)
        return None, items, zip(repeat(None), items, strict=False)
    if kind is GeneratorType or not hasattr(kind, "__iter__"):
        begun, found = run(pairs(ctx, (iterable,), None))
        return begun, iterable, found
    made, iterator = run(make_iterator(ctx, (iterable,), None))
    known = ctx.iterators.get(id(iterator))
    if known is not None and isinstance(known[1], (Followed, Driven)):
        return made, iterator, Taken(known[1])
    begun, found = run(pairs(ctx, (iterator, True), None))
    return (begun if made is None else made if begun is None else (reverse_both, begun, made)), iterator, found


def direct(iterables: Iterable[Any]) -> tuple[list[Any], list[Callable[[], Any]]] | None:
    """The iterators of containers, and what tells the record of the item taken last; None where there are others."""
    if not all([type(iterable) in _DIRECT for iterable in iterables]):
        return None
    iterators = [iter(iterable) for iterable in iterables]
    return iterators, [_place_of(items, iterator) for items, iterator in zip(iterables, iterators, strict=True)]


_DIRECT = frozenset({list, range})
"""Containers whose iterators C may ask by itself, where it calls back for each item."""


def _place_of(items: Any, iterator: Any) -> Callable[[], Any]:
    if type(items) is range:
        return _nowhere
    left = iterator.__length_hint__
    return lambda: (reverse_item, items, len(items) - left() - 1)


def _nowhere() -> None:
    """The record of a constant."""


def itself(value: Any) -> tuple[Any, ...]:
    """What `__reduce__` answers for something that stands for `value`: it is found under no name of ours."""
    return (next, (iter((value,)),))


class Call:
    """What C gets in place of a callback."""

    __slots__ = ("decides", "driven", "function", "shown")

    def __init__(self, driven: Driven, function: Any, shown: Any, decides: bool = False) -> None:
        self.driven, self.function, self.shown = driven, function, shown
        self.decides = decides
        """Whether only the truth of what it answers counts."""

    def __call__(self, *args: Any) -> Any:
        driven = self.driven
        passed = None if driven.passed is None else driven.passed(driven)
        ctx, function = driven.ctx, self.function
        nodes, driven.nodes = driven.nodes, []
        before, ctx.guarded = ctx.guarded, True  # C takes a StopIteration for the end
        try:
            augmented = augmented_for(ctx, function, *map(type, args)) if type(function) is FunctionType else None
            if augmented is None:
                record, value = attempted(ctx, guarded_step(ctx, resolve, ctx, function, args, {}))
            else:
                ctx.guarded = before
                record, value = augmented(ctx, *args)
            if self.decides and type(value) is not bool:
                record, value = attempted(ctx, guarded_step(ctx, of_answer, ctx, done(record, value)))
        except BaseException:
            record, ctx.unwound = ctx.unwound, None
            driven.called = Node(record, passed)
            driven.nodes.append(driven.called)
            raise
        finally:
            ctx.guarded = before
            if nodes:
                nodes += driven.nodes
                driven.nodes = nodes
        driven.calls += 1
        if self.decides:
            driven.called = Decision(record, passed)
        else:
            driven.called = None if record is None else Node(record, passed)
        if driven.called is not None:
            driven.nodes.append(driven.called)
        return value

    def __reduce__(self) -> Any:
        return itself(self.shown)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.shown


def attempted(ctx: Context, step: Step) -> Any:
    """The pair that a step comes to; an exception leaves the record that the caller would have got."""
    while True:
        function, args, following = step
        if function is None:
            return args
        try:
            pair = function(*args)
        except BaseException as exc:
            ctx.unwound = RUNTIME.unwound(ctx, following, exc)
            raise
        if following is None:
            return pair
        step = following(pair)


class Turn:
    """What C gets in place of an iterable that it asks for an iterator when its turn comes."""

    __slots__ = ("driven", "iterable", "origin")

    def __init__(self, driven: Driven, iterable: Any, origin: Origin) -> None:
        self.driven, self.iterable, self.origin = driven, iterable, origin

    def __iter__(self) -> Feed:
        driven = self.driven
        feed = driven.attempt(Feed, driven, self.iterable, self.origin)
        driven.feeds[-1:] = [feed]
        return feed

    def __reduce__(self) -> Any:
        return itself(self.iterable)


for _kind, _slot in ((Feed, "source"), (Call, "shown"), (Turn, "iterable")):
    shown_as(_kind, _slot)


# reversal ---------------------------------------------------------------------------------------------------


def _reverse_step(ctx: Context, record: Any, item_bar: Any) -> tuple[Any, ...]:
    """One ``next``."""
    _, nodes, item = record
    if nodes and nodes[-1] is item:
        reverse_nodes(ctx, nodes, item_bar)
    else:
        deliver(ctx, item, item_bar)
        reverse_nodes(ctx, nodes, ZERO)
    return (ZERO,)


def begin(ctx: Context, driven: Driven, iterator: Any, given: tuple[Node, ...]) -> Step:
    """The end of making an iterator, whose arguments have the nodes `given`."""
    driven.iterator = iterator
    driven.begun, driven.nodes = driven.nodes, []
    ctx.iterators[id(iterator)] = (iterator, driven)
    return done((_reverse_begin, driven, given), iterator)


def _reverse_begin(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """What has happened since the iterator was last asked, by code that nobody follows; and its arguments."""
    _, driven, given = record
    shadow = ctx.peek(driven.iterator)
    unseen = shadow[POISONED] if shadow else ZERO
    if driven.mixed and isinstance(unseen, Poison):
        raise unseen.error
    reverse_nodes(ctx, driven.nodes, unseen, unseen)
    reverse_nodes(ctx, driven.begun, ZERO)
    shadows = [ctx.shadows.pop(id(node), None) for node in given]
    return tuple([ZERO if shadow is None else shadow[0] for shadow in shadows])
