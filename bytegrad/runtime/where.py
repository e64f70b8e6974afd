"""Where in the user's code the program is."""

from __future__ import annotations

import sys
import types


def emitted_frame() -> types.FrameType:
    """The closest frame of emitted code."""
    frame = sys._getframe(1)
    while "$ctx" not in frame.f_code.co_varnames and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_frame() -> tuple[str, str, int | None]:
    """Function, file and line of the user's code that is running."""
    frame = emitted_frame()
    return (frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno)
