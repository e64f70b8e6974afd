"""The protocol between emitted code and the runtime.

A step is ``(function, arguments, next)``.  Emitted code calls ``function(*arguments)``, which returns a pair
``(record, value)``, or, where `next` is not None, whatever `next` takes to give another step.  A step whose function
is None is the end: its arguments are the pair.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

Step = tuple[Any, tuple[Any, ...], Any]
Record = tuple[Any, ...] | None


class Left(tuple[Any, ...]):
    """The pair of a call that an exception has left: there is a record of what it did, and no value to look at."""

    __slots__ = ()


def done(record: Record, value: Any) -> Step:
    """The end: nothing is left to call."""
    return (None, (record, value), None)


def _plain(value: Any) -> Step:
    return (None, (None, value), None)


def native(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Step:
    """Call `function` as it stands, from the user's frame; nothing is recorded."""
    if not callable(function):
        # None would be taken for the end; and what is raised is to be what a plain call raises.
        function, args = operator.call, (function, *args)
    if kwargs:
        return (functools.partial(function, **kwargs), args, _plain)
    return (function, args, _plain)


def run(step: Step) -> tuple[Record, Any]:
    """Take all steps here: for callers that are not emitted code."""
    while True:
        function, args, following = step
        if function is None:
            return args
        pair = function(*args)
        if following is None:
            return pair
        step = following(pair)


class _Guarded:
    """What goes on after a step, at a place where exceptions may be caught."""

    __slots__ = ("ctx", "following", "left")

    def __init__(self, ctx: Any, following: Any) -> None:
        self.ctx, self.following = ctx, following
        self.left = getattr(following, "left", None)

    def __call__(self, result: Any) -> Any:
        return guarded_step(self.ctx, self.following, result)


def guarded_step(ctx: Any, function: Any, *rest: Any) -> Any:
    """The step that `function` gives, and those after it, for a place where exceptions may be caught.

    Functions that are called there leave their records in ``ctx.unwound`` when an exception leaves them.
    """
    before, ctx.guarded = ctx.guarded, True
    try:
        step = function(*rest)
    finally:
        ctx.guarded = before
    return step if step[2] is None else (step[0], step[1], _Guarded(ctx, step[2]))


# adapting records -------------------------------------------------------------------------------------------


def after(step: Step, change: Callable[[Any], Any]) -> Step:
    """The same step, with its final record changed by `change` (which is not given None)."""
    function, args, following = step
    if function is None:
        record, value = args
        return done(None if record is None else change(record), value)
    if following is None:
        return (function, args, functools.partial(_change_pair, change))
    return (function, args, _Changed(following, change))


def _change_pair(change: Callable[[Any], Any], pair: Any) -> Step:
    record, value = pair
    return done(None if record is None else change(record), value)


class _Changed:
    """What goes on after a call, and then the change of the record: also of the record of a call that raised."""

    __slots__ = ("change", "following")

    def __init__(self, following: Any, change: Callable[[Any], Any]) -> None:
        self.following, self.change = following, change

    def __call__(self, result: Any) -> Step:
        return after(self.following(result), self.change)

    @property
    def left(self) -> Callable[[BaseException], Any] | None:
        """As that of what goes on; None if that has none."""
        left = getattr(self.following, "left", None)
        return None if left is None else functools.partial(_change_left, left, self.change)


def _change_left(left: Callable[[BaseException], Any], change: Callable[[Any], Any], exc: BaseException) -> Any:
    record = left(exc)
    return None if record is None else change(record)
