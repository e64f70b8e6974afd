"""Operations of statements: formatting, globals, context managers, functions with defaults, ``super``."""

from __future__ import annotations

import functools
import types
from typing import Any

from bytegrad.adjoint.ignored import IGNORED
from bytegrad.runtime.asking import converted, written_text
from bytegrad.runtime.attribute_slots import reverse_store
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.ignoring import Ignoring, enter_ignored
from bytegrad.runtime.opaque_calls import opaque
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, after, done, native
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import emitted_frame, user_frame

_CONVERT: dict[int, Any] = {0: None, 1: str, 2: repr, 3: ascii}


def format_value(ctx: Context, args: tuple[Any, ...], conversion: int) -> Step:
    """A field of an f-string: a number's value may come back out of the text, so it is recorded as opaque."""
    value, *spec = args
    convert = _CONVERT[conversion]
    step = written_text(ctx, format if convert is None else convert, (value, *spec), spec if convert else ())
    if step is not None:
        return step if convert is None else converted(step, lambda text: format(text, *spec))
    text = format(value if convert is None else convert(value), *spec)
    return done(opaque(format, args, {}, text, user_frame()) if may_carry(value) else None, text)


def convert_value(ctx: Context, args: tuple[Any, ...], conversion: int) -> Step:
    """``!r`` and its like: whatever reaches the text concerns the value."""
    step = written_text(ctx, _CONVERT[conversion], args)
    return done((_reverse_convert,), _CONVERT[conversion](args[0])) if step is None else step


def _reverse_convert(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    return (y_bar,)


def super_attr(ctx: Context, args: tuple[Any, ...], static: tuple[bool, str]) -> Step:
    """``super().name`` with the class and the instance at hand; what else has that name is told of them if asked to."""
    from bytegrad.runtime.attributes import load

    spelled_out, name = static
    made, *operands = args
    step = load(ctx, (made(*operands) if spelled_out or made is super else made(),), name)
    return after(step, lambda record: (_reverse_super, record))


def _reverse_super(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (ZERO, ZERO, *inner[0](ctx, inner, y_bar))


def enter_with(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``with manager``: the value of ``__enter__`` and the bound ``__exit__``."""
    if static == IGNORED:
        return _enter_ignored(ctx, args[0])
    return enter(ctx, args[0], ("__enter__", "__exit__"), "context manager")


def _enter_ignored(ctx: Context, manager: Any) -> Step:
    """The block that follows runs as it stands, if that is what the manager is for."""
    if type(manager) is Ignoring:
        enter_ignored(ctx, manager)
        return _pair(done(None, None), manager.__exit__)
    ctx.refuse("bytegrad.ignore was replaced while code that uses it was running", "replace it before the call")
    return enter(ctx, manager, ("__enter__", "__exit__"), "context manager")


def enter(ctx: Context, manager: Any, names: tuple[str, str], protocol: str) -> Step:
    """The pair of what the first of the methods `names` gives, and the second one, bound."""
    kind = type(manager)
    begin, leave = lookup(kind, names[0]), lookup(kind, names[1])
    if begin is None or leave is None:
        hint = "" if begin is None else f" (missed {names[1]} method)"
        raise TypeError(f"'{kind.__name__}' object does not support the {protocol} protocol{hint}")
    bound = leave.__get__(manager, kind) if hasattr(leave, "__get__") else leave
    if type(begin) is types.FunctionType:
        step = resolve(ctx, begin, (manager,), {})
    else:
        method = begin.__get__(manager, kind) if hasattr(begin, "__get__") else begin
        step = after(resolve(ctx, method, (), {}), lambda record: (_reverse_no_operand, record))
    return _pair(step, bound)


def _reverse_no_operand(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    inner[0](ctx, inner, y_bar)
    return (ZERO,)


def _pair(step: Step, bound: Any) -> Step:
    function, args, following = step
    if function is None:
        record, value = args
        return done(None if record is None else (_reverse_enter, record), (value, bound))
    return (function, args, functools.partial(_pair_next, following, bound))


def _pair_next(following: Any, bound: Any, result: Any) -> Step:
    return _pair(done(*result) if following is None else following(result), bound)


def _reverse_enter(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return tuple(inner[0](ctx, inner, y_bar[1] if type(y_bar) is tuple else ZERO))


def exit_with(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``__exit__`` with the exception that left the block."""
    leave, exc = args
    step = resolve(ctx, leave, (type(exc), exc, exc.__traceback__), {})
    return after(step, lambda record: (_reverse_exit, record))


def _reverse_exit(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    inner[0](ctx, inner, y_bar)
    return (ZERO, ZERO)


def store_global(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """``global name; name = value``."""
    namespace = emitted_frame().f_globals
    namespace[name] = args[0]
    ctx.global_writes = True
    return done((reverse_store, namespace, name, 1), None)


OPERATIONS: dict[str, Any] = {
    "format": format_value,
    "convert": convert_value,
    "super_attr": super_attr,
    "enter_with": enter_with,
    "exit_with": exit_with,
    "store_global": store_global,
}

__all__ = ["OPERATIONS", "native"]
