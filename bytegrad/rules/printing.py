"""`print`: what is written to a file of C may be read again; a file written in Python is code to be differentiated."""

from __future__ import annotations

import builtins
import functools
import sys
import types
from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.runtime.arithmetic import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import after, resolve
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.steps import Step, native


@resolver(builtins.print)
def print_(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
    """``print(*args)`` to a file: one that is not the interpreter's own may hand its text back."""
    file = kwargs.get("file") or sys.stdout
    if file is None or file in (sys.__stdout__, sys.__stderr__):
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
