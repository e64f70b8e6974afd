"""`print`, `traceback` and `logging`: what they write to a file, or hand to a handler, may be read again.

What goes to the interpreter's own files is written as it stands.  A file or handler written in Python is code to be
differentiated.
"""

from __future__ import annotations

import builtins
import functools
import logging
import sys
import traceback
import types
from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.steps import Step, after, native


@resolver(builtins.print)
def print_(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
    """``print(*args)`` to a file: one that is not the interpreter's own may hand its text back."""
    file = kwargs.get("file")
    file = sys.stdout if file is None else file
    texts = all([kwargs.get(name) is None or issubclass(type(kwargs[name]), str) for name in ("sep", "end")])
    if file is None or file is sys.__stdout__ or file is sys.__stderr__ or not texts:
        return native(print, args, kwargs)
    passed = len(args) + len(kwargs)
    if type(lookup(type(file), "write")) is types.FunctionType and set(kwargs) <= {"file", "sep", "end"}:
        step = resolve(ctx, print_by_parts, (*args, file, kwargs.get("sep"), kwargs.get("end")), {})
    else:
        step = call_opaque(ctx, print, args, {**kwargs, "file": file})
    return after(step, functools.partial(_of_passed, passed, len(args)))


def print_by_parts(*args: Any) -> None:
    """What `print` does with a file: the last arguments are the file and what stands between and after."""
    *parts, file, sep, end = args
    for number, part in enumerate(parts):
        if number:
            file.write(" " if sep is None else sep)
        file.write(str(part))
    file.write("\n" if end is None else end)


def _of_passed(passed: int, positional: int, record: Any) -> Any:
    return (_reverse_print, record, passed, positional)


def _reverse_print(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Of the file and what stands between the parts, no cotangent is carried by value."""
    _, inner, passed, positional = record
    return (*inner[0](ctx, inner, y_bar)[:positional], *(0,) * (passed - positional))


# tracebacks -----------------------------------------------------------------------------------------------------


def _declare_traceback(function: Any) -> None:
    @resolver(function)
    def print_traceback(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
        files = [value for value in (*args, *kwargs.values()) if hasattr(value, "write")]
        if not files or files[0] in (sys.__stdout__, sys.__stderr__):
            return native(function, args, kwargs)
        step = call_opaque(ctx, function, args, kwargs, owner=(sys.exception(),))
        return after(step, lambda record: (_reverse_without_exception, record))


def _reverse_without_exception(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The exception that is handled is written, and is no operand."""
    bars: tuple[Any, ...] = record[1][0](ctx, record[1], y_bar)[1:]
    return bars


for _function in (traceback.print_exc, traceback.print_exception, traceback.print_stack, traceback.print_tb):
    _declare_traceback(_function)

# logging --------------------------------------------------------------------------------------------------------

_LEVELS = {
    "debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR,
    "exception": logging.ERROR, "critical": logging.CRITICAL,
}  # fmt: skip


def _declare_logging(function: Any, level: int | None) -> None:
    """A method of loggers: it runs as it stands where it has nothing to say, or only to the interpreter's own files."""

    @resolver(function)
    def log(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if not args or not isinstance(args[0], logging.Logger):
            return NotImplemented
        at = args[1] if level is None and len(args) > 1 else level
        silent = isinstance(at, int) and not args[0].isEnabledFor(at)
        return native(function, args, kwargs) if silent or all(map(_is_plain, _handlers(args[0]))) else NotImplemented


def _handlers(logger: logging.Logger) -> list[logging.Handler]:
    """The handlers that get what a logger is told."""
    found: list[logging.Handler] = []
    at: logging.Logger | None = logger
    while at is not None:
        found += at.handlers
        at = at.parent if at.propagate else None
    return found


def _is_plain(handler: Any) -> bool:
    stream = getattr(handler, "stream", None)
    plain = type(handler) in (logging.StreamHandler, logging.NullHandler, type(logging.lastResort))
    return plain and stream in (None, sys.__stdout__, sys.__stderr__) and not handler.filters


_declare_logging(logging.Logger.log, None)
for _name, _level in _LEVELS.items():
    _declare_logging(getattr(logging.Logger, _name), _level)
