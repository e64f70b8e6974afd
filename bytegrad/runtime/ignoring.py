"""Blocks that are not differentiated: what they change is watched, as that of a call without a rule is."""

from __future__ import annotations

import types
from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.runtime import registry
from bytegrad.runtime.compile import original_code
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import Record
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.runtime.watching import Watch
from bytegrad.runtime.where import emitted_frame, user_frame


class Ignoring:
    """What ``ignore()`` returns: for ``with``."""

    watch: Any = None
    """What the block could change, as it was before; None in a plain call."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: types.TracebackType | None) -> None:
        return None


def enter_ignored(ctx: Context, manager: Ignoring) -> None:
    """A block is entered: the variables that it sees, and what they lead to, are watched."""
    frame = emitted_frame()
    names = (original_code(frame.f_code) or frame.f_code).co_names
    held = [value for name, value in frame.f_locals.items() if name.isidentifier()]
    held += [frame.f_globals[name] for name in names if name in frame.f_globals]
    manager.watch = Watch(ctx.arrays, (held,))


def leave_ignored(ctx: Context, manager: Ignoring, n: int) -> Record:
    """A block is left: the record of what it changed, with `n` operands."""
    watch, manager.watch = manager.watch, None
    return None if watch is None else changes_of(ctx, watch, registry.TABLE.ignoring, user_frame(), n)


def changes_of(ctx: Context, watch: Watch, ignored: Any, where: Any, n: int) -> Record:
    """The record of what ignored code has changed: cotangents of that are not known."""
    watch.written(ctx, ignored, where)
    slots = watch.changes()
    return (_reverse_ignored, _changed_unseen(where), slots, n) if slots else None


def _changed_unseen(where: Any) -> NoRuleError:
    return NoRuleError(
        "code that is ignored changed a container on which the result depends",
        where=where,
        fixes="change the container outside of bytegrad.ignore",
    )


def _reverse_ignored(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, error, slots, n = record
    for value, keys in slots:
        shadow = ctx.peek(value)
        if shadow:
            shadow.update({key: Poison(error) for key in keys if key in shadow})
    return (ZERO,) * n
