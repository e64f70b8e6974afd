"""Blocks that are not differentiated: what they change is watched, as that of a call without a rule is."""

from __future__ import annotations

import os
import types
from pathlib import Path
from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.runtime import registry
from bytegrad.runtime.compile import original_code
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import name_of
from bytegrad.runtime.steps import Record
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.runtime.watching import Watch
from bytegrad.runtime.where import emitted_frame, user_frame


class Ignoring:
    """What ``ignore()`` returns: for ``with``."""

    watch: Any = None
    """What the block could change, as it was before; None in a plain call."""
    before: dict[str, Any]
    """The variables as they were before."""
    bound: tuple[str, ...] = ()
    """Those that the block has bound to what may have a derivative."""
    where: tuple[str, str, int | None]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: types.TracebackType | None) -> None:
        return None


def enter_ignored(ctx: Context, manager: Ignoring) -> None:
    """A block is entered: the variables that it sees, and what they lead to, are watched."""
    frame = frame_of_block()
    names = (original_code(frame.f_code) or frame.f_code).co_names
    manager.before = variables_of(frame)
    held = [*manager.before.values()]
    held += [frame.f_globals[name] for name in names if name in frame.f_globals]
    manager.watch = Watch(ctx.arrays, (held,))


def frame_of_block() -> types.FrameType:
    """The frame of the block: not that of a function of this package, if that is differentiated itself."""
    frame = emitted_frame()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def place_of(frame: types.FrameType) -> tuple[str, str, int | None]:
    """Function, file and line."""
    return (frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno)


_PACKAGE = str(Path(__file__).parents[1]) + os.sep


def variables_of(frame: Any) -> dict[str, Any]:
    """The user's variables in a frame."""
    return {name: value for name, value in frame.f_locals.items() if name.isidentifier()}


_CONSTANT = (int, bool, str, bytes, type(None))
"""Types of what an ignored block may bind without being asked for its derivative, at any order."""


def leave_ignored(ctx: Context, manager: Ignoring, n: int) -> Record:
    """A block is left: the record of what it changed, with `n` operands."""
    watch, manager.watch = manager.watch, None
    if watch is not None:
        now, before = variables_of(frame_of_block()), manager.before
        bound = [name for name, value in now.items() if value is not before.get(name, now)]
        manager.where = place_of(frame_of_block())
        manager.bound, manager.before = tuple([name for name in bound if type(now[name]) not in _CONSTANT]), {}
    return None if watch is None else changes_of(ctx, watch, registry.TABLE.ignoring, user_frame(), n)


def changes_of(ctx: Context, watch: Watch, ignored: Any, where: Any, n: int) -> Record:
    """The record of what ignored code has changed: cotangents of that are not known.

    Raises: NoRuleError if it has written into an array that depends on an argument.
    """
    for array in watch.written(ctx, ignored, where):
        if ctx.arrays.shadow(array) is not None:
            raise NoRuleError(
                f"no derivative rule for {name_of(ignored)}, "
                "which wrote into an array that depends on a differentiated argument",
                where=where,
                fixes="declare one with @bytegrad.adjoint, or let it write into a copy",
            )
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
