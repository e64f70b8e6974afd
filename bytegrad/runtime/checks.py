"""Which checks are on: set by `bytegrad.debug`, for the thread or task that entered it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checks:
    """The options of `bytegrad.debug`."""

    check_finite: bool = False
    check_rules: bool = False
    transform_all: bool = False


CHECKS: ContextVar[Checks | None] = ContextVar("bytegrad checks", default=None)


def keeps_frames() -> bool:
    """Whether tracebacks are left whole: while debugging."""
    return CHECKS.get() is not None
