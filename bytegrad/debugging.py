"""`debug`: switches for looking closely at what differentiation does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bytegrad.runtime.checks import CHECKS, Checks


class Debugging:
    """What `debug` has seen so far."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    @property
    def transformed(self) -> int:
        """How many functions were called by way of their augmented primal: code objects, each counted once."""
        return len(self._checks.codes)

    def __repr__(self) -> str:
        return f"<debug: {self.transformed} functions transformed>"


@contextmanager
def debug(*, transform_all: bool = False) -> Iterator[Debugging]:
    """Differentiate with checks, for the calls that the thread or task makes inside of the ``with``.

    `transform_all` sends every Python function without a rule that differentiated code calls through the transform,
    whether anything that it gets or returns is active or not: a program then does under it what it does in a plain
    call, or the transform is wrong.  What is called by code written in C (``__hash__`` by a dict) runs as it stands.

    Tracebacks keep the frames of bytegrad.

    >>> from bytegrad import debug, pullback
    >>> with debug(transform_all=True) as seen:
    ...     y, _ = pullback(lambda: sorted([2, 1], key=lambda n: -n))
    >>> y, seen.transformed >= 2
    ([2, 1], True)
    """
    checks = Checks(transform_all=transform_all)
    token = CHECKS.set(checks)
    try:
        yield Debugging(checks)
    finally:
        CHECKS.reset(token)
