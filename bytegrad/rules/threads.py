"""Threads: what is started in one is differentiated as a piece, see `runtime.pieces`; other processes are refused."""

from __future__ import annotations

import _thread
import threading
from concurrent.futures.thread import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from bytegrad.errors import UnsupportedError
from bytegrad.rules.declare import non_differentiable, resolver
from bytegrad.runtime import registry
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.pieces import Piece, current
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import user_frame

# starting -------------------------------------------------------------------------------------------------------


@resolver(threading.Thread.start)
def start(ctx: Context, /, *args: Any) -> Any:
    """``thread.start()``: its `run` is the piece."""
    if len(args) != 1 or not isinstance(args[0], threading.Thread):
        return NotImplemented
    (thread,) = args
    own = vars(thread)
    before = {name: own[name] for name in ("run",) if name in own}
    piece = Piece(ctx, 0)

    def restore() -> None:
        del own["run"]
        own.update(before)

    def run() -> None:
        restore()
        piece.run(lambda: resolve(ctx, thread.run, (), {}))

    def begin(thread: threading.Thread) -> None:
        own["run"] = run
        try:
            threading.Thread.start(thread)
        except BaseException:
            restore()
            raise
        piece.wait()

    return (begin, args, lambda value: done((_reverse_started, piece), value))


def _reverse_started(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    record[1].reverse(ZERO)
    return (ZERO,)


@resolver(ThreadPoolExecutor.submit)
def submit(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """``executor.submit(f, *args, **kwargs)``: the call is the piece."""
    if len(args) < _CALLED or not callable(args[1]):
        return NotImplemented
    pool, f, *operands = args
    piece = Piece(ctx, len(operands) + len(kwargs))

    def work() -> Any:
        return piece.run(lambda: resolve(ctx, f, tuple(operands), kwargs))

    def submitted(future: Any) -> Step:
        piece.wait(future)  # what is told of the result is told by this thread, with no other beside it
        return done((_reverse_submitted, piece, future), future)

    return (ThreadPoolExecutor.submit, (pool, work), submitted)


_CALLED = 2


def _reverse_submitted(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The future's result, which is in a slot of it, has the cotangent of the call's value."""
    _, piece, future = record
    shadow = ctx.peek(future)
    return (ZERO, ZERO, *piece.reverse(shadow.take("_result") if shadow else ZERO))


non_differentiable(threading.Thread.join, threading.Thread.is_alive, ThreadPoolExecutor.shutdown)


@resolver(ThreadPoolExecutor.__init__)
def new_executor(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """``ThreadPoolExecutor(...)``; its threads call the `initializer` by themselves."""
    given = dict(zip(_EXECUTOR, args, strict=False)) | kwargs
    if given.get("initializer") is not None:
        _refuse("an executor with an initializer")(ctx)
    return NotImplemented


_EXECUTOR = ("self", "max_workers", "thread_name_prefix", "initializer", "initargs")

# waiting --------------------------------------------------------------------------------------------------------


def _is_locked(lock: Any, *rest: Any) -> bool:
    """Whether to acquire `lock` has to wait; None is for the reentrant, which have no other way to say it."""
    if rest and not rest[0]:
        return False
    if not lock.acquire(False):
        return True
    lock.release()
    return False


def _is_empty(queue: Any, *rest: Any) -> bool:
    return bool(queue.empty())


def _declare_waiting(function: Any, would_wait: Any) -> None:
    """A function that may wait for what another thread does: a piece that has to is no longer waited for."""

    @resolver(function)
    def waiting(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        piece = current()
        if piece is not None and args and would_wait(*args, *kwargs.values()):
            piece.let_go()
        return NotImplemented


for _kind in (type(_thread.allocate_lock()), type(threading.RLock())):
    for _name in ("acquire", "__enter__"):
        _declare_waiting(getattr(_kind, _name), _is_locked)
_declare_waiting(SimpleQueue.get, _is_empty)

# refused --------------------------------------------------------------------------------------------------------


def _refuse(what: str) -> Any:
    def refuse(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(
            f"cannot differentiate through {what} inside the function",
            where=user_frame(),
            fixes="do the work in the same process, in threads of threading or concurrent.futures, or write a rule for "
            "the function that starts it (docs/adding-a-rule.md)",
        )

    return refuse


for _name in ("start_new_thread", "start_joinable_thread"):
    if hasattr(_thread, _name):
        resolver(getattr(_thread, _name))(_refuse("a thread that is started by _thread"))


def _declare_processes() -> None:
    from multiprocessing.process import BaseProcess

    resolver(BaseProcess.start)(_refuse("a process that is started"))


def _declare_pools() -> None:
    from multiprocessing.pool import Pool

    for name in ("apply_async", "_map_async", "imap", "imap_unordered"):
        resolver(getattr(Pool, name))(_refuse("a pool of multiprocessing that is used"))


def _declare_process_executors() -> None:
    from concurrent.futures.process import ProcessPoolExecutor

    resolver(ProcessPoolExecutor.submit, ProcessPoolExecutor.map)(_refuse("an executor of processes that is used"))


registry.when_imported("multiprocessing.process", _declare_processes)
registry.when_imported("multiprocessing.pool", _declare_pools)
registry.when_imported("concurrent.futures.process", _declare_process_executors)
