"""Generators: the augmented one is the generator that the user sees; its pullback runs backwards.

Each resumption of the generator is one resumption of the pullback, in reverse order: what was yielded has its
cotangent sent in, what was sent has its cotangent yielded.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any

from bytegrad.lift.decode import argument_names
from bytegrad.runtime import registry
from bytegrad.runtime.arranging import arrangement, operand_bars
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import emitted_frame

ASYNCHRONOUS = 0x80 | 0x200
"""Flags of coroutines and asynchronous generators."""


class GeneratorState:
    """What an augmented generator leaves behind: its record at the last suspension, and how often it yielded."""

    __slots__ = (
        "bars",
        "begun",
        "count",
        "ctx",
        "ended",
        "generator",
        "pending",
        "position",
        "record",
        "returned",
        "spill",
    )

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.record: Any = None
        self.count = 0
        self.ended = False
        self.generator: Any = None
        self.rewind()

    def rewind(self) -> None:
        """Forget the reversal, so that another one can begin."""
        self.begun = False
        self.pending: Any = None
        self.bars: Any = None
        self.position = 0
        self.returned: Any = ZERO
        self.spill: Any = ZERO
        """The cotangent of the values that were taken where nothing was recorded: by a function without a rule."""

    # forward -----------------------------------------------------------------------------------------------

    def upcoming(self, _: Any = None) -> Any:
        """The record of the next value."""
        return (reverse_resume, self, self.count + 1)

    def upcoming_now(self) -> Any:
        """The record of the value that was just yielded."""
        return (reverse_resume, self, self.count)

    def resumption(self, owner: Any, method: str, n_args: int) -> Resumption:
        """What goes on after a call of `method` of `owner`, which is the generator."""
        return Resumption(self, method, n_args)

    def sent_now(self) -> Any:
        """The record of the value that was just yielded to a ``send``."""
        return (reverse_sent, self, self.count)

    # backward ----------------------------------------------------------------------------------------------

    def resume(self, index: int, value_bar: Any) -> Any:
        """Reverse the resumption that gave the value number `index`; the cotangent of what was sent for it."""
        if not self.begun:
            at_end = self.ended or index != self.count
            received = self.begin(self.returned if self.ended else self.spill if at_end else value_bar)
            if not at_end:
                return received
        while self.bars is None and self.position > index:
            self._step(self.spill)
        return self._step(value_bar) if self.bars is None and self.position == index else ZERO

    def begin(self, seed: Any) -> Any:
        """Enter the pullback where the generator was left: at its end, or at its last ``yield``."""
        self.begun = True
        if self.record is None:
            self.bars = ()
            return ZERO
        self.pending = self.record[0](self.ctx, self.record, seed)
        self.position = self.count + 1 if self.ended else self.count
        return self._step(None)

    def _step(self, bar: Any) -> Any:
        """Go back over one resumption."""
        self.position -= 1
        try:
            return next(self.pending) if bar is None else self.pending.send(bar)
        except StopIteration as stop:
            self.bars = stop.value
            return ZERO

    def finish(self) -> Any:
        """The cotangents of the generator function's parameters."""
        self.resume(0, ZERO)
        while self.bars is None:
            self._step(self.spill)
        return self.bars


class Resumption:
    """The end of a call that resumes a generator: by a value, or by an exception that leaves it."""

    __slots__ = ("before", "method", "n_args", "state")

    def __init__(self, state: GeneratorState, method: str, n_args: int) -> None:
        self.state, self.method, self.n_args = state, method, n_args
        self.before = [(asked, asked.count) for asked in _delegation(state)] if method == "throw" else ()
        """Whom an exception that is thrown in goes to, the outermost first, and what they have yielded so far."""

    def __call__(self, value: Any) -> Step:
        state = self.state
        if self.method == "send":
            return done(state.sent_now(), value)
        if self.method == "__next__":
            return done(state.upcoming_now(), value)
        if self.method == "close":
            return done((_reverse_closed, state, state.count, self.n_args), value)
        # What an inner generator yields to a throw does not pass through those that delegate to it.
        state = next((asked for asked, count in self.before if asked.count != count), state)
        return done((_reverse_thrown, state, state.count, self.n_args), value)

    def left(self, exc: BaseException | None) -> Any:
        """The record of a resumption that raised: the generator has ended with it."""
        if not self.state.ended:
            return None
        return (_reverse_last_sent if self.method == "send" else reverse_ended, self.state, self.n_args, exc)


def _delegation(state: GeneratorState) -> Iterator[GeneratorState]:
    """A generator, the one that it waits for in ``yield from`` or ``await``, and so on."""
    found: GeneratorState | None = state
    while found is not None:
        yield found
        generator = found.generator
        inner = getattr(generator, _DELEGATE.get(type(generator), ""), None)
        found = state.ctx.generators.get(id(inner)) if inner is not None else None


_DELEGATE = {
    types.GeneratorType: "gi_yieldfrom",
    types.CoroutineType: "cr_await",
    types.AsyncGeneratorType: "ag_await",
}


def reverse_ended(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """Reverse what a generator did on its way to its end; its return value is the exception's."""
    _end(ctx, record)
    return (ZERO,) * (1 + record[2])


def _reverse_last_sent(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """As `reverse_ended`, for a ``send``: what was sent may be in what the generator returned."""
    return (ZERO, _end(ctx, record))


def _end(ctx: Context, record: Any) -> Any:
    _, state, _, exc = record
    shadow = ctx.peek(exc) if exc is not None else None
    if state.begun:
        return ZERO
    state.returned = shadow.take("value") if shadow else ZERO
    return state.begin(state.returned)


def start(ctx: Context, f: Any, augmented: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The step that makes a generator, coroutine or asynchronous generator."""
    from bytegrad.runtime.coroutines import CoroutineState

    state = (CoroutineState if f.__code__.co_flags & ASYNCHRONOUS else GeneratorState)(ctx)
    function = functools.partial(augmented, **kwargs) if kwargs else augmented
    return (function, (state, *args), functools.partial(_started, ctx, state, f, len(args), tuple(kwargs)))


def _started(
    ctx: Context, state: GeneratorState, f: Any, n_args: int, keywords: tuple[str, ...], generator: Any
) -> Step:
    state.generator = generator
    ctx.generators[id(generator)] = state
    return done((_reverse_start, state, f, n_args, keywords), generator)


def _reverse_start(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, state, f, n_args, keywords = record
    how = arrangement(f, n_args + len(keywords), keywords)
    bars = state.finish() or (ZERO,) * len(argument_names(f.__code__))
    return bars if how is None else operand_bars(ctx, bars, how)


def reverse_resume(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """Reverse one ``next``."""
    _, state, index = record
    state.resume(index, value_bar)
    return (ZERO,)


def reverse_sent(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """Reverse one ``send``: iterator and sent value."""
    _, state, index = record
    return (ZERO, state.resume(index, value_bar))


def _reverse_thrown(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """Reverse one ``throw``."""
    _, state, index, n_args = record
    state.resume(index, value_bar)
    return (ZERO,) * (1 + n_args)


def _reverse_closed(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """Reverse ``close``: what the generator did on its way out."""
    _, state, _, n_args = record
    if not state.begun:
        state.begin(ZERO)
    return (ZERO,) * (1 + n_args)


def _reverse_returned(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """The inner generator returned a value to ``yield from``: its reversal starts there."""
    state = record[1]
    state.returned = value_bar
    return (ZERO, ZERO if state.begun else state.begin(value_bar))


class Sending:
    """What becomes of a ``send`` on the way of ``yield from`` or ``await``, if an exception leaves the inner one."""

    __slots__ = ("state",)

    def __init__(self, state: GeneratorState) -> None:
        self.state = state

    def left(self, exc: BaseException | None) -> Any:
        """The record of a resumption that raised."""
        return (reverse_ended, self.state, 1, exc) if self.state.ended else None


def sending(ctx: Context, iterator: Any) -> Sending | None:
    """What `Sending` is for a step of ``yield from`` or ``await``."""
    state = ctx.generators.get(id(iterator))
    return None if state is None else Sending(state)


class Returned:
    """Stands for an inner generator that returned `value` when an exception was thrown in: a step ends it at once."""

    def __init__(self, inner: Any, value: Any) -> None:
        self.inner, self.value = inner, value

    def __iter__(self) -> Returned:
        return self

    def __next__(self) -> Any:
        raise StopIteration(self.value)


def sent(ctx: Context, iterator: Any, finished: bool) -> Any:
    """The record of one step of ``yield from``."""
    state = ctx.generators.get(id(iterator))
    if state is None:
        return None
    return (_reverse_returned, state) if finished else (reverse_sent, state, state.count)


# yield from -------------------------------------------------------------------------------------------------


def each(source: Any) -> Any:
    """What ``yield from source`` does with an iterator that is no generator: PEP 380's own definition, as a generator.

    Source: G. Ewing, PEP 380, Syntax for Delegating to a Subgenerator, "Formal Semantics".
    """
    iterator = iter(source)
    try:
        item = next(iterator)
    except StopIteration as stop:
        return stop.value
    while True:
        sent = failure = throw = None
        try:
            sent = yield item
        except GeneratorExit:
            close_inner(iterator)
            raise
        except BaseException as error:
            throw = getattr(iterator, "throw", None)
            if throw is None:
                raise
            failure = error
        try:
            if throw is not None:
                item = throw(failure)
            elif sent is None:
                item = next(iterator)
            else:
                item = iterator.send(sent)
        except StopIteration as stop:
            return stop.value


def close_inner(iterator: Any) -> None:
    """Close what a generator delegates to: that it cannot be asked for ``close`` is only reported."""
    try:
        close = getattr(iterator, "close", None)
    except BaseException as error:
        report(error)
        return
    if close is not None:
        close()


def report(error: BaseException) -> None:
    """Report an exception that cannot be raised: Python does so for what is raised by a deletion."""
    _Unraisable(error)


registry.register(report, registry.NON_DIFFERENTIABLE)


class _Unraisable:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


def yield_from_iter(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """The iterator of ``yield from``: what is no generator becomes one, so that its items can be followed."""
    source = args[0]
    kind = type(source)
    if kind is types.CoroutineType and not emitted_frame().f_code.co_flags & _MAY_AWAIT:
        raise TypeError("cannot 'yield from' a coroutine object in a non-coroutine generator")
    if kind in (types.GeneratorType, types.CoroutineType):
        return done(None, source)
    return resolve(ctx, each, args, {})


_MAY_AWAIT = 0x80 | 0x100
"""Flags of coroutines, and of generators under `types.coroutine`."""


def stepped(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """SEND and CLEANUP_THROW are emitted as they stand; only their records come from here."""
    raise AssertionError("neither is resolved")


OPERATIONS: dict[str, Any] = {"yield_from_iter": yield_from_iter, "send": stepped, "cleanup_throw": stepped}
