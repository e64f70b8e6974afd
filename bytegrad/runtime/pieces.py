"""Pieces: calls that another thread makes, each in one go, and that are reversed where they were asked for.

A differentiation is one order of events, so its threads run one at a time: who starts a piece waits until it has
ended.  That is one of the orders in which the plain program may run, unless the piece has to wait for something that
is done after it was started.  Then both go on as in a plain call, and the differentiation cannot be reversed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import Record, Step, run
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import user_frame

_PATIENCE = 60.0
"""How many seconds a piece is waited for; one that takes longer may be waiting for what we cannot see."""
_CURRENT = threading.local()


class Piece:
    """A call that runs in a thread of its own."""

    __slots__ = ("_outer", "_running", "ctx", "n", "record", "where")

    def __init__(self, ctx: Context, n: int) -> None:
        self.ctx = ctx
        self.n = n
        """How many operands the call has."""
        self.record: Record = None
        self.where = user_frame()
        self._running = threading.Lock()
        """Held until the call is over, or has to wait."""
        self._running.acquire()
        self._outer: Piece | None = None
        """That of an outer differentiation, which this one is part of."""

    def run(self, resolved: Callable[[], Step]) -> Any:
        """Make the call in this thread: the value of the step that `resolved` gives."""
        self._outer, _CURRENT.piece = current(), self
        try:
            self.record, value = run(resolved())
        except BaseException:
            self._refuse("ended by an exception")
            raise
        finally:
            _CURRENT.piece = self._outer
            self._settle()
        return value

    def wait(self, *futures: Future[Any]) -> None:
        """Wait until the call is over, or has to wait itself; then until it is known in `futures` that it is over."""
        if self.ctx.refusal is None and not self._running.acquire(timeout=_PATIENCE):
            self._refuse(f"ran for more than {_PATIENCE:.0f} seconds")
        if futures and self.ctx.refusal is None:
            wait(futures, timeout=_PATIENCE)

    def let_go(self) -> None:
        """The call is about to wait for others."""
        self._refuse("waited for another thread")
        self._settle()
        if self._outer is not None:
            self._outer.let_go()

    def _settle(self) -> None:
        if self._running.locked():
            self._running.release()

    def _refuse(self, reason: str) -> None:
        self.ctx.refuse(
            f"cannot differentiate through a thread that {reason}: what runs in it is differentiated in one piece",
            "do the work in the same thread, or start the thread when all that it waits for is there",
            self.where,
        )

    def reverse(self, y_bar: Any) -> tuple[Any, ...]:
        """The cotangents of the call's operands."""
        record = self.record
        return (ZERO,) * self.n if record is None else record[0](self.ctx, record, y_bar)


def current() -> Piece | None:
    """The piece that the thread runs that asks."""
    return getattr(_CURRENT, "piece", None)
