"""Where in the user's code the program is."""

from __future__ import annotations

import sys
import types


def emitted_frame() -> types.FrameType:
    """The closest frame of emitted code that the caller serves.

    In a differentiation inside of another one the caller is emitted code itself.  What it serves was emitted twice,
    and has a mark more on the name of its first context.
    """
    frame = sys._getframe(1)
    if frame.f_code is user_frame.__code__ and frame.f_back is not None:
        frame = frame.f_back
    name = "$ctx"
    while name in frame.f_code.co_varnames:
        name = f"@{name}"
    while name not in frame.f_code.co_varnames and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_frame() -> tuple[str, str, int | None]:
    """Function, file and line of the user's code that is running."""
    frame = emitted_frame()
    return (frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno)


def reversed_place() -> tuple[str, str, int | None] | None:
    """The line of the user's code whose pullback is running."""
    frame = sys._getframe(1)
    while frame is not None and "$record" not in frame.f_code.co_varnames:
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return (frame.f_code.co_qualname.removesuffix(".pullback"), frame.f_code.co_filename, frame.f_lineno)
