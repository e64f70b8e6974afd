"""``raise``, where it is given classes: it makes the exceptions by calling them."""

from __future__ import annotations

import functools
from types import FunctionType
from typing import Any

from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Left, Record, Step, done
from bytegrad.runtime.tangent import ZERO


def make_exceptions(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """The exception, and the cause if there is one, in the order in which they leave a tuple: the last one first."""
    return _made(ctx, [], args, ())


def _made(ctx: Context, records: list[Record], kinds: tuple[Any, ...], made: tuple[Any, ...]) -> Step:
    """Make those of `kinds` that are not `made` yet, one after the other; `made` has the last one first."""
    if len(made) == len(kinds):
        return done(_record_of(records, len(kinds)), made)
    kind = kinds[len(made)]
    if not calls_back(kind):
        return _made(ctx, records, kinds, (kind, *made))
    return _then(ctx, resolve(ctx, kind, (), {}), records, kinds, made)


def _then(ctx: Context, step: Step, records: list[Record], kinds: tuple[Any, ...], made: tuple[Any, ...]) -> Step:
    function, args, following = step
    if function is not None:
        return (function, args, functools.partial(_then_next, ctx, following, records, kinds, made))
    record, value = args
    if not issubclass(type(value), BaseException):
        wanted = "should have returned an instance of BaseException"
        raise TypeError(f"calling {kinds[len(made)]!r} {wanted}, not {type(value)!r}")
    return _made(ctx, [record, *records], kinds, (value, *made))


def _then_next(ctx: Context, following: Any, records: list[Record], kinds: Any, made: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    if type(result) is not Left or step[0] is not None:
        return _then(ctx, step, records, kinds, made)
    return done(_record_of([step[1][0], *records], len(kinds)), None)


def _record_of(records: list[Record], n: int) -> Record:
    kept = [record for record in records if record is not None]
    return (_reverse_making, kept, n) if kept else None


def calls_back(kind: Any) -> bool:
    """Whether making an exception of a class runs code of the user's."""
    if not issubclass(type(kind), type) or not issubclass(kind, BaseException):
        return False
    new = lookup(kind, "__new__")
    made_by = (lookup(kind, "__init__"), new.__func__ if isinstance(new, staticmethod) else new)
    return any([type(method) is FunctionType for method in (*made_by, lookup(type(kind), "__call__"))])


def _reverse_making(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, records, n = record
    for made in records:
        made[0](ctx, made, ZERO)
    return (ZERO,) * n


def throw_made(throw: Any, kind: type[BaseException]) -> Any:
    """``generator.throw(kind)``; an error of making the exception is thrown in its place."""
    try:
        made: Any = kind()
    except BaseException as error:
        made = error
    if not isinstance(made, BaseException):
        # As C says it for `throw`; `raise` shows the type instead of its name.
        name = type(made).__name__
        made = TypeError(f"calling {kind!r} should have returned an instance of BaseException, not {name}")
    return throw(made)


class Raised:
    """Stands where the step of a call that an exception leaves would be: exceptions have been made and are raised."""

    __slots__ = ("record",)

    def __init__(self, record: Record) -> None:
        self.record = record

    def left(self, exc: BaseException) -> Record:
        """The record of having made them."""
        return self.record


OPERATIONS: dict[str, Any] = {"raise": make_exceptions}
