"""`asyncio`: an event loop runs as it stands, and what it resumed is reversed; futures carry their results."""

from __future__ import annotations

import asyncio
import asyncio.base_events
import builtins
from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.runtime.attribute_slots import by_value, reverse_store
from bytegrad.runtime.awaited import RESULT, follow_awaited, give_result
from bytegrad.runtime.context import Context
from bytegrad.runtime.coroutines import CoroutineState, Scheduled, ask_for_items, ask_for_next, reverse_loop_run
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO


class _Ran:
    """What goes on after an event loop has run: by a value, or by an exception that leaves it."""

    __slots__ = ("begin", "ctx", "main", "n")

    def __init__(self, ctx: Context, main: Any, n: int) -> None:
        self.ctx, self.main, self.n = ctx, main, n
        self.begin = len(ctx.suspensions)

    def __call__(self, value: Any) -> Step:
        return done(self.left(None), value)

    def left(self, exc: BaseException | None) -> Any:
        """The record, also of a run that raised."""
        return (_reverse_run, self.main, self.ctx.suspensions[self.begin :], self.n)


def _reverse_run(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, main, noted, n = record
    state = ctx.generators.get(id(main))
    if state is None:
        give_result(ctx, main, y_bar)
    elif not state.begun:
        state.returned = y_bar
    reverse_loop_run(ctx, noted)
    return (ZERO,) * n


def _declare_run(function: Any, position: int) -> None:
    """A function that runs an event loop until what it gets at `position` is complete."""

    @resolver(function)
    def run(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) <= position:
            return NotImplemented
        following = _Ran(ctx, args[position], len(args) + len(kwargs))
        return ((lambda *given: function(*given, **kwargs)) if kwargs else function, args, following)


_declare_run(asyncio.run, 0)
_declare_run(asyncio.Runner.run, 1)
_declare_run(asyncio.base_events.BaseEventLoop.run_until_complete, 1)


@resolver(builtins.anext)
def anext_(ctx: Context, /, *args: Any) -> Any:
    """``anext(iterator)``, or ``anext(iterator, default)``: what is to be awaited."""
    if len(args) == 2:
        return resolve(ctx, anext_or_default, args, {})
    if len(args) != 1:
        return NotImplemented
    return ask_for_next(ctx, args[0], f"'{type(args[0]).__name__}' object is not an async iterator")


def anext_or_default(iterator: Any, default: Any) -> Any:
    """``anext(iterator, default)``: the iterator is asked at once, and awaited later."""
    return _or_default(anext(iterator), default)


async def _or_default(awaitable: Any, default: Any) -> Any:
    try:
        return await awaitable
    except StopAsyncIteration:
        return default


@resolver(builtins.aiter)
def aiter_(ctx: Context, /, *args: Any) -> Any:
    """``aiter(iterable)``."""
    if len(args) != 1:
        return NotImplemented
    return ask_for_items(ctx, args[0], f"'{type(args[0]).__name__}' object is not an async iterable")


# tasks and futures --------------------------------------------------------------------------------------------


def _runs(ctx: Context, coroutine: Any, future: Any) -> None:
    state = ctx.generators.get(id(coroutine))
    if isinstance(state, CoroutineState):
        state.future = future


@resolver(asyncio.Task)
def task(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
    """A task, which runs a coroutine: that may begin at once."""
    y = asyncio.Task(*args, **kwargs)
    _runs(ctx, args[0] if args else kwargs.get("coro"), y)
    return done(None, y)


@resolver(asyncio.gather)
def gather(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
    """One future of the results of several: a list."""
    y = asyncio.gather(*args, **kwargs)
    children = tuple(getattr(y, "_children", ()))
    ctx.gathered[id(y)] = (y, children)
    for given, child in zip(args, children, strict=False):
        _runs(ctx, given, child)
    return done(None, y)


for _kind in (asyncio.Future, asyncio.Task):

    @resolver(_kind.result)
    def result(ctx: Context, /, *args: Any) -> Any:
        """``future.result()``."""
        if len(args) != 1 or not isinstance(args[0], asyncio.Future):
            return NotImplemented
        value = args[0].result()
        follows = by_value(value) or id(args[0]) in ctx.gathered
        return done((_reverse_result, args[0]) if follows else None, value)

    for _method in (_kind.__await__, _kind.__iter__):

        @resolver(_method)
        def wait(ctx: Context, /, *args: Any, method: Any = _method) -> Any:
            """``future.__await__()``."""
            if len(args) != 1 or not isinstance(args[0], asyncio.Future):
                return NotImplemented
            iterator = method(args[0])
            follow_awaited(ctx, iterator, args[0])
            return done(None, iterator)


def _reverse_result(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    give_result(ctx, record[1], y_bar)
    return (ZERO,)


@resolver(asyncio.Future.set_result)
def set_result(ctx: Context, /, *args: Any) -> Any:
    """``future.set_result(value)``."""
    if len(args) != 2:
        return NotImplemented
    asyncio.Future.set_result(*args)
    return done((reverse_store, args[0], RESULT, 2), None)


# callbacks ------------------------------------------------------------------------------------------------------


def _declare_scheduling(function: Any, position: int) -> None:
    """A function that gets a callback, and what to call it with, from `position` on."""

    @resolver(function)
    def schedule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if len(args) <= position or not callable(args[position]) or isinstance(args[position], Scheduled):
            return NotImplemented
        scheduled = Scheduled(ctx, args[position], args[position + 1 :])
        y = function(*args[:position], scheduled, **kwargs)
        return done((_reverse_scheduled, scheduled, position + 1, len(kwargs)), y)


def _reverse_scheduled(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, scheduled, before, behind = record
    return (*(ZERO,) * before, *scheduled.bars, *(ZERO,) * behind)


for _name, _position in (("call_soon", 1), ("call_soon_threadsafe", 1), ("call_later", 2), ("call_at", 2)):
    _declare_scheduling(getattr(asyncio.BaseEventLoop, _name), _position)
for _kind in (asyncio.Future, asyncio.Task):
    _declare_scheduling(_kind.add_done_callback, 1)
