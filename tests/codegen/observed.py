"""Functions that look at their own frame, kept out of test modules because pytest rewrites the bytecode of those."""

from __future__ import annotations

import sys
import traceback
import warnings
from typing import Any


def frames_above(depth: int) -> list[str]:
    """The names of the `depth` frames above the caller's."""
    return [sys._getframe(level).f_code.co_name for level in range(1, depth + 1)]


def outer(x: float) -> Any:
    return middle(x) + [x * x]


def middle(x: float) -> Any:
    return Inner(x).read()


class Inner:
    """Something with a method and a property."""

    def __init__(self, x: float) -> None:
        self.x = x

    def read(self) -> Any:
        return self.names

    @property
    def names(self) -> Any:
        return frames_above(4)


def depth_of(n: int) -> int:
    """How many frames there are `n` calls deeper, from here on."""
    if n:
        return depth_of(n - 1)
    frame, count = sys._getframe(), 0
    while frame.f_back is not None and frame.f_back.f_code.co_name == "depth_of":
        frame, count = frame.f_back, count + 1
    return count


def line_of_a_warning(x: float) -> int:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_about(x)
    return caught[0].lineno


def warn_about(x: float) -> None:
    warnings.warn(f"{x} is odd", stacklevel=2)


def lines_of_a_traceback(x: float) -> list[tuple[int | None, str]]:
    try:
        fail_deep(x)
    except ZeroDivisionError as error:
        return [(frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    return []


def fail_deep(x: float) -> float:
    def inner(y: float) -> float:
        z = y * x
        return z / (x - x)

    return [inner(y) for y in [x]][0]


def with_docstring(x: float, /, scale: float = 2.0, *rest: float, key: float = 1.0, **more: float) -> float:
    """Says what it does."""
    return x * scale * key


SMALL = (outer, line_of_a_warning, lines_of_a_traceback)
