"""Coroutines: `await`, ``async with`` and ``async for``, with coroutines in the place of generators.

A coroutine is a generator that is resumed by those who await it, or by an event loop, which is code of C.  Each
suspension and each end is noted in the order in which it happens, so that what a loop did can be reversed backwards.
A future is a memory cell with one slot, its result.
"""

from __future__ import annotations

import functools
import types
from typing import Any

from bytegrad.runtime.awaited import RESULT, Awaited, follow_awaited
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.generators import GeneratorState, Resumption, Returned
from bytegrad.runtime.generators import sent as sent_to_generator
from bytegrad.runtime.iteration import checked
from bytegrad.runtime.records import name_of
from bytegrad.runtime.statements import enter
from bytegrad.runtime.steps import Left, Step, after, done, run
from bytegrad.runtime.tangent import ZERO

ITERABLE_COROUTINE = 0x100
_REQUESTS = frozenset(("asend", "__anext__", "athrow", "aclose"))
"""Methods of an asynchronous generator that give something to be awaited."""


class CoroutineState(GeneratorState):
    """The state of a coroutine, which notes when it was suspended."""

    __slots__ = ("_record", "future")

    def __init__(self, ctx: Context) -> None:
        self.future: Any = None
        """The task that runs it, whose result is what it returns."""
        self._record: Any = None
        super().__init__(ctx)

    @property
    def record(self) -> Any:
        """What the coroutine left when it was last suspended."""
        return self._record

    @record.setter
    def record(self, record: Any) -> None:
        self._record = record
        if record is not None:
            self.ctx.suspensions.append((self, self.count + 1))

    def resumption(self, owner: Any, method: str, n_args: int) -> Resumption:
        """What goes on after a call of `method` of `owner`: it, or what an asynchronous generator was asked."""
        if owner is self.generator or type(self.generator) is not types.AsyncGeneratorType:
            return Resumption(self, method, n_args)
        return RequestResumption(self, method, n_args, owner)

    def unwind(self, index: int) -> None:
        """Reverse the resumption that ended in the suspension `index`, unless that has been done."""
        if not self.begun and self.ended and self.future is not None:
            shadow = self.ctx.peek(self.future)
            self.returned = shadow.take(RESULT) if shadow else ZERO
        self.resume(index, ZERO)


class RequestResumption(Resumption):
    """As `Resumption`, of an asynchronous generator by what ``asend`` and its like gave: a value is an exception's."""

    __slots__ = ("request",)

    def __init__(self, state: CoroutineState, method: str, n_args: int, request: Any) -> None:
        super().__init__(state, method, n_args)
        self.request = request

    def __call__(self, value: Any) -> Step:
        return done((_reverse_step, self.state, self.state.count, self.request, self.n_args, None), value)

    def left(self, exc: BaseException | None) -> Any:
        """The record: the generator has ended, or has yielded the exception's value."""
        state = self.state
        if state.ended:
            return (_reverse_end_step, state, self.n_args)
        if not isinstance(exc, StopIteration):
            return None
        return (_reverse_step, state, state.count, self.request, self.n_args, exc)


def _reverse_step(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """One step of a request by hand."""
    _, state, index, made, n_args, exc = record
    if exc is not None:
        shadow = ctx.peek(exc)
        value_bar = shadow.take("value") if shadow else ZERO
    reverse_requested(ctx, (None, state, index, made), value_bar)
    return (ZERO,) * (1 + n_args)


def _reverse_end_step(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    _reverse_end_requested(ctx, record, value_bar)
    return (ZERO,) * (1 + record[2])


class Scheduled:
    """A callback that an event loop, or a future that is done, calls: what it did is one event among the suspensions.

    It is equal to the callback itself, by which a future knows whom to remove.
    """

    __slots__ = ("_record", "bars", "callback", "ctx", "operands")

    def __init__(self, ctx: Context, callback: Any, operands: tuple[Any, ...]) -> None:
        self.ctx, self.callback, self.operands = ctx, callback, operands
        self.bars: tuple[Any, ...] = (ZERO,) * len(operands)
        """The cotangents of the operands, once the call has been reversed."""
        self._record: Any = None

    def __call__(self, *given: Any) -> Any:
        try:
            self._record, value = run(resolve(self.ctx, self.callback, (*self.operands, *given), {}))
        except BaseException:
            self.ctx.refuse(
                f"cannot differentiate through the callback {name_of(self.callback)}, which ended by an exception",
                "catch the exception in the callback",
            )
            raise
        self.ctx.suspensions.append((self, 0))
        return value

    def __eq__(self, other: object) -> bool:
        return bool(self.callback == (other.callback if isinstance(other, Scheduled) else other))

    def __hash__(self) -> int:
        return hash(self.callback)

    def unwind(self, index: int) -> None:
        """Reverse the call."""
        record, n = self._record, len(self.operands)
        self.bars = (ZERO,) * n if record is None else record[0](self.ctx, record, ZERO)[:n]


def reverse_loop_run(ctx: Context, noted: list[Any]) -> None:
    """Reverse what an event loop did, suspension by suspension."""
    for state, index in reversed(noted):
        state.unwind(index)


# awaiting ---------------------------------------------------------------------------------------------------


def get_awaitable(ctx: Context, args: tuple[Any, ...], where: int) -> Step:
    """What ``await value`` sends to."""
    value = args[0]
    kind = type(value)
    if kind is types.CoroutineType:
        if value.cr_await is not None:
            raise RuntimeError("coroutine is being awaited already")
        return done(None, value)
    if kind is types.GeneratorType and value.gi_code.co_flags & ITERABLE_COROUTINE:
        return done(None, value)
    method = lookup(kind, "__await__")
    if type(method) is types.FunctionType:
        return checked(resolve(ctx, method, (value,), {}), _check_awaited)
    if method is None:
        raise TypeError(_not_awaitable(kind.__name__, where))
    iterator = method(value)
    _check_awaited(iterator)
    follow_awaited(ctx, iterator, value)
    return done(None, iterator)


def _check_awaited(iterator: Any) -> None:
    """Raise what ``await`` raises for an answer of ``__await__`` that it cannot send to."""
    kind = type(iterator)
    code = getattr(iterator, "gi_code", None) if kind is types.GeneratorType else None
    if kind is types.CoroutineType or (code is not None and code.co_flags & ITERABLE_COROUTINE):
        raise TypeError("__await__() returned a coroutine")
    if lookup(kind, "__next__") is None:
        raise TypeError(f"__await__() returned non-iterator of type '{kind.__name__}'")


def _not_awaitable(name: str, where: int) -> str:
    if not where:
        return f"object {name} can't be used in 'await' expression"
    method = "__aenter__" if where == 1 else "__aexit__"
    return f"'async with' received an object from {method} that does not implement __await__: {name}"


def get_aiter(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """What ``async for`` goes over."""
    complaint = f"'async for' requires an object with __aiter__ method, got {type(args[0]).__name__}"
    return checked(ask_for_items(ctx, args[0], complaint), _check_items)


def _check_items(iterator: Any) -> None:
    """Raise what ``async for`` raises for an answer of ``__aiter__`` that cannot be asked for its next item."""
    if lookup(type(iterator), "__anext__") is None:
        name = type(iterator).__name__
        raise TypeError(f"'async for' received an object from __aiter__ that does not implement __anext__: {name}")


def ask_for_items(ctx: Context, value: Any, complaint: str) -> Step:
    """``value.__aiter__()``; `complaint` is what is said of an object without one."""
    method = lookup(type(value), "__aiter__")
    if type(method) is types.FunctionType:
        return resolve(ctx, method, (value,), {})
    if method is None:
        raise TypeError(complaint)
    return done(None, method(value))


def get_anext(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """What ``async for`` awaits for the next item."""
    iterator = args[0]
    step = ask_for_next(
        ctx, iterator, f"'async for' requires an iterator with __anext__ method, got {type(iterator).__name__}"
    )
    return step if type(iterator) is types.AsyncGeneratorType else _then_await(ctx, step)


def ask_for_next(ctx: Context, iterator: Any, complaint: str) -> Step:
    """``iterator.__anext__()``; `complaint` is what is said of an object without one."""
    method = lookup(type(iterator), "__anext__")
    if type(method) is types.FunctionType:
        return resolve(ctx, method, (iterator,), {})
    if method is None:
        raise TypeError(complaint)
    request = method(iterator)
    if id(iterator) in ctx.generators:
        _follow_request(ctx, iterator, request)
    return done(None, request)


def _then_await(ctx: Context, step: Step) -> Step:
    """``__anext__`` is called first; what it answers is then awaited."""
    function, args, following = step
    if function is not None:
        return (function, args, functools.partial(_await_next, ctx, following))
    record, value = args
    complaint = f"'async for' received an invalid object from __anext__: {type(value).__name__}"
    function, operands, following = awaited = _or_else(complaint, get_awaitable, ctx, (value,), 0)
    if function is not None:
        awaited = (functools.partial(_or_else, complaint, function), operands, following)
    return after(awaited, lambda inner: (_reverse_item, record, inner)) if record is None else _both(awaited, record)


def _or_else(complaint: str, function: Any, *args: Any) -> Any:
    """What `function` returns; whatever it raises is the cause of a TypeError."""
    try:
        return function(*args)
    except BaseException as error:
        raise TypeError(complaint) from error


def _await_next(ctx: Context, following: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else _then_await(ctx, step)


def _both(step: Step, first: Any) -> Step:
    """The same step, with a record that reverses `first` as well, also where it would have none."""
    function, args, following = step
    if function is None:
        return done((_reverse_item, first, args[0]), args[1])
    return (function, args, functools.partial(_both_next, following, first))


def _both_next(following: Any, first: Any, result: Any) -> Step:
    return _both(done(*result) if following is None else following(result), first)


def _reverse_item(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """What was awaited, and then the call that answered with it."""
    _, first, second = record
    value_bar = y_bar if second is None else second[0](ctx, second, y_bar)[0]
    return (ZERO,) if first is None else tuple(first[0](ctx, first, value_bar))


def _follow_request(ctx: Context, generator: Any, request: Any) -> None:
    ctx.keep.append(request)
    ctx.generators[id(request)] = ctx.generators[id(generator)]


def request(ctx: Context, method: Any, owner: Any, args: tuple[Any, ...]) -> Step | None:
    """``generator.asend(value)`` and its like, on an asynchronous generator of ours, or ``__await__``."""
    name = method.__name__
    asked = type(owner) is types.AsyncGeneratorType and name in _REQUESTS
    if not asked and name != "__await__":
        return None
    made = method(*args)
    _follow_request(ctx, owner, made)
    if not asked:
        return done(None, made)
    return done((_reverse_request, made, len(args)), made)


def _reverse_request(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """What was sent has the cotangent that its reception left."""
    _, made, n = record
    shadow = ctx.peek(made)
    sent = shadow.take("sent") if shadow else ZERO
    return (ZERO, *(sent if index == 0 else ZERO for index in range(n)))


def reverse_requested(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """An awaited request of an asynchronous generator gave a value, or was suspended."""
    _, state, index, made = record
    received = state.resume(index, value_bar)
    if made is not None and received is not ZERO:
        ctx.shadow(made).add("sent", received)
        return (ZERO, ZERO)
    return (ZERO, received)


def _reverse_end_requested(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    """An asynchronous generator was asked to end."""
    record[1].resume(record[1].count + 1, ZERO)
    return (ZERO, ZERO)


def sent(ctx: Context, iterator: Any, finished: bool) -> Any:
    """The record of one step of ``await`` or ``yield from``."""
    if type(iterator) is Returned:
        iterator = iterator.inner
    state = ctx.generators.get(id(iterator))
    if state is None:
        return None
    if type(state) is Awaited:
        return state.given(finished)
    if type(state.generator) is types.AsyncGeneratorType:
        if state.ended:
            return (_reverse_end_requested, state)
        return (reverse_requested, state, state.count, iterator)
    return sent_to_generator(ctx, iterator, finished)


def enter_async_with(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``async with manager``: what `__aenter__` gives to be awaited, and the bound `__aexit__`."""
    return enter(ctx, args[0], ("__aenter__", "__aexit__"), "asynchronous context manager")


OPERATIONS: dict[str, Any] = {
    "get_awaitable": get_awaitable,
    "aiter": get_aiter,
    "anext": get_anext,
    "enter_async_with": enter_async_with,
}
