"""What users see of exceptions that pass through bytegrad: their own frames, and their own lines.

An exception of the user's code reads as that of a plain call: the frames of this package are left out.  One that is
raised while going backwards gets a note that names the line of the user's code whose derivative was asked for.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

from bytegrad.rules.declare import polyfill
from bytegrad.runtime.checks import keeps_frames

_PACKAGE = str(Path(__file__).parent) + os.sep


F = TypeVar("F", bound=Callable[..., Any])


def outermost(function: F) -> F:
    """Let exceptions that leave `function` read as those of a plain call.

    Where it is called inside of a differentiated function, `function` is taken as it stands: an exception that leaves
    it is then one of that function's.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            trim(error)
            raise

    polyfill(call)(function)
    return cast(F, call)


def trim(error: BaseException) -> None:
    """Leave the frames of this package out of the tracebacks of `error` and of what it was raised from.

    If it was raised while going backwards, note the line that was being reversed.
    """
    if not getattr(error, "where", None):
        place = _reversed_line(error.__traceback__)
        if place is not None and place not in getattr(error, "__notes__", ()):
            error.add_note(place)
    if keeps_frames():
        return
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.__traceback__ = _without_ours(current.__traceback__)
        pending += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            pending += current.exceptions


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The entries of other files, in the same order."""
    entries = []
    while traceback is not None:
        if not is_ours(traceback.tb_frame):
            entries.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for entry in reversed(entries):
        if entry.tb_next is not kept:
            kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
        else:
            kept = entry
    return kept


def is_ours(frame: FrameType) -> bool:
    """Whether a frame runs code of this package."""
    return frame.f_code.co_filename.startswith(_PACKAGE)


def _reversed_line(traceback: TracebackType | None) -> str | None:
    """The innermost line of the user's code whose derivative was being computed."""
    place = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if "$record" in code.co_varnames and not is_ours(traceback.tb_frame):
            function = code.co_qualname.removesuffix(".pullback")
            place = f"in the derivative of {function}, {code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
