"""`contextvars`: a variable has a value in each context, and a task, a thread or a copy has a context of its own.

Which context is the current one, C does not say.  So the slots of a variable are those of the values that it has had,
by their identity: where the same object is found again, it is what was set.
"""

from __future__ import annotations

import contextvars
import functools
from typing import Any

from bytegrad.rules.containers.methods import method
from bytegrad.rules.declare import non_differentiable, primitive, resolver
from bytegrad.runtime.attribute_slots import by_value, reverse_slot
from bytegrad.runtime.attributes import DESCRIPTORS
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]

non_differentiable(contextvars.copy_context, contextvars.ContextVar.reset)


def _held(ctx: Context, variable: Any, value: Any, before: int, behind: int = 0) -> Any:
    """The record of an operand that a variable holds from now on, and its position among the operands."""
    if not by_value(value):
        return None
    ctx.keep.append(value)
    return (_reverse_held, variable, id(value), before, behind)


def _reverse_held(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, variable, key, before, behind = record
    shadow = ctx.peek(variable)
    return (*(ZERO,) * before, shadow.take(key) if shadow else ZERO, *(ZERO,) * behind)


def _read(variable: Any, value: Any, operands: int) -> Any:
    return (reverse_slot, variable, id(value), operands) if by_value(value) else None


@primitive(contextvars.ContextVar)
def variable_rule(ctx: Context, /, *args: Any, **keywords: Any) -> Pair:
    y = contextvars.ContextVar(*args, **keywords)
    if "default" not in keywords:
        return None, y
    place = len(args) + list(keywords).index("default")
    return _held(ctx, y, keywords["default"], place, len(args) + len(keywords) - place - 1), y


@method(contextvars.ContextVar.set, 2)
def set_rule(ctx: Context, variable: Any, value: Any) -> Pair:
    token = contextvars.ContextVar.set(variable, value)
    return _held(ctx, variable, value, 1), token


@method(contextvars.ContextVar.get, 1, 2)
def get_rule(ctx: Context, variable: Any, *default: Any) -> Pair:
    value = contextvars.ContextVar.get(variable, *default)
    if default and value is default[0] and variable not in contextvars.copy_context():
        return (_reverse_default,) if by_value(value) else None, value
    return _read(variable, value, 1 + len(default)), value


def _reverse_default(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (ZERO, y_bar)


def _old_value(ctx: Context, token: Any, found: Any, value: Any) -> Step:
    """`token.old_value`."""
    return done(_read(token.var, value, 1), value)


DESCRIPTORS[vars(contextvars.Token)["old_value"]] = _old_value

# --- contexts --------------------------------------------------------------------------------------


@method(contextvars.Context.__getitem__, 2)
def getitem_rule(ctx: Context, context: Any, variable: Any) -> Pair:
    value = contextvars.Context.__getitem__(context, variable)
    return _read(variable, value, 2), value


@method(contextvars.Context.get, 2, 3)
def context_get_rule(ctx: Context, context: Any, variable: Any, *default: Any) -> Pair:
    value = contextvars.Context.get(context, variable, *default)
    if default and variable not in context:
        return (_reverse_absent,) if by_value(value) else None, value
    return _read(variable, value, 2 + len(default)), value


def _reverse_absent(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (ZERO, ZERO, y_bar)


@resolver(contextvars.Context.run)
def run_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """``context.run(f, *args)``: every step of the call is taken inside of the context."""
    if len(args) < _CALLED or not isinstance(args[0], contextvars.Context):
        return NotImplemented
    context, f, *rest = args
    return _inside(context, context.run(resolve, ctx, f, tuple(rest), kwargs))


_CALLED = 2


def _inside(context: Any, step: Step) -> Step:
    function, args, following = step
    if function is None:
        record, value = args
        return done(None if record is None else (_reverse_run, record), value)
    return (context.run, (function, *args), functools.partial(_next_inside, context, following))


def _next_inside(context: Any, following: Any, result: Any) -> Step:
    return _inside(context, done(*result) if following is None else context.run(following, result))


def _reverse_run(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (ZERO, ZERO, *record[1][0](ctx, record[1], y_bar))
