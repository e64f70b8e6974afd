"""Futures that are awaited: the iterator that stands for the waiting ends with the future's result."""

from __future__ import annotations

from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO

RESULT = "result"
"""The slot of a future's result."""


class Awaited:
    """What ``__await__`` of a future answered: it stands among the generators, which are resumed in the same ways."""

    __slots__ = ("future", "generator", "spill")

    count = 0
    ended = False

    def __init__(self, iterator: Any, future: Any) -> None:
        self.generator, self.future = iterator, future
        self.rewind()

    def rewind(self) -> None:
        """Forget the reversal: there is nothing but what a function without a rule may have left."""
        self.spill: Any = ZERO

    def given(self, finished: bool) -> Any:
        """The record of one step of ``await``."""
        return (_reverse_given, self.future) if finished else None

    def resumption(self, owner: Any, method: str, n_args: int) -> Resumption:
        """What goes on after a call of `method` of the iterator."""
        return Resumption(self.future, n_args)


class Resumption:
    """The end of a step by hand: the exception that ends the waiting has the future's result."""

    __slots__ = ("future", "n_args")

    def __init__(self, future: Any, n_args: int) -> None:
        self.future, self.n_args = future, n_args

    def __call__(self, value: Any) -> Step:
        return done(None, value)

    def left(self, exc: BaseException | None) -> Any:
        """The record of the step that found the result."""
        return (_reverse_end, self.future, exc, self.n_args) if isinstance(exc, StopIteration) else None


def follow_awaited(ctx: Context, iterator: Any, value: Any) -> None:
    """Let `iterator` stand for waiting for `value`: a generator or coroutine of ours, or a future."""
    known = ctx.generators.get(id(value))
    ctx.keep.append(iterator)
    ctx.generators[id(iterator)] = Awaited(iterator, value) if known is None else known


def _reverse_given(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    give_result(ctx, record[1], value_bar)
    return (ZERO, ZERO)


def _reverse_end(ctx: Context, record: Any, value_bar: Any) -> tuple[Any, ...]:
    _, future, exc, n_args = record
    shadow = ctx.peek(exc)
    if shadow:
        give_result(ctx, future, shadow.take("value"))
    return (ZERO,) * (1 + n_args)


def give_result(ctx: Context, future: Any, bar: Any) -> None:
    """The cotangent of a future's result: of `gather`, that is a list of those of others."""
    known = ctx.gathered.get(id(future)) if "gathered" in ctx.uses else None
    if known is None:
        ctx.shadow(future).add(RESULT, bar)
        return
    shadow = ctx.peek(future.result())
    for index, child in enumerate(known[1] if shadow else ()):
        give_result(ctx, child, shadow.take(index))  # type: ignore[union-attr]
