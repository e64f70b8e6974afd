"""Which checks are on: set by `bytegrad.debug`, for the thread or task that entered it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Checks:
    """The options of `bytegrad.debug`."""

    check_finite: bool = False
    of_rule: Callable[..., Any] | None = None
    """``(rule, f, args, kwargs, y, pullback)`` gives a pullback that checks what the one of a rule returns."""
    transform_all: bool = False
    """Whatever would pass the transform by, for a call that nothing active takes part in, asks this first."""
    codes: dict[int, CodeType] = field(default_factory=dict)
    """The code objects of which the augmented primal was called, by their ids."""

    calls: dict[int, Any] = field(default_factory=dict)
    """What the runtime was asked to call, by the ids."""
    opaque: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """What was called as it stands for lack of a rule, by the ids, with the user's line."""

    def note(self, code: CodeType) -> None:
        """The augmented primal of `code` is about to be called."""
        self.codes[id(code)] = code


USERS: list[Checks] = []
"""All that are in use, in any thread: meanwhile nothing is prepared for later calls, since that is without checks."""
CHECKS: ContextVar[Checks | None] = ContextVar("bytegrad checks", default=None)


def keeps_frames() -> bool:
    """Whether tracebacks are left whole: while debugging."""
    return CHECKS.get() is not None
