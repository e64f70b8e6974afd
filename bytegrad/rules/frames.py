"""Builtins that look at the frame of their caller: they see the user's variables and none of ours."""

from __future__ import annotations

import builtins
import inspect
import types
from typing import Any

from bytegrad.lift.builder import place_of
from bytegrad.rules.declare import resolver
from bytegrad.runtime.attribute_slots import by_value
from bytegrad.runtime.attributes import DESCRIPTORS
from bytegrad.runtime.compile import original_code
from bytegrad.runtime.context import Context
from bytegrad.runtime.opaque_calls import reverse_untraced
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, accum
from bytegrad.runtime.where import emitted_frame, user_frame


def variables() -> dict[str, Any]:
    """The user's local variables in the running function, in their original order."""
    frame = emitted_frame()
    return _visible(frame.f_locals, original_code(frame.f_code))


def _visible(held: Any, code: types.CodeType | None) -> dict[str, Any]:
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars) if code is not None else tuple(held)
    return {name: held[name] for name in dict.fromkeys(names) if name in held and not name.startswith("$")}


def _reverse_locals(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    reverse_view(ctx, *record[1:])
    return ()


def reverse_view(ctx: Context, y: dict[str, Any], place: Any) -> None:
    """Values came out of the variables by name: the code of that function takes their cotangents to them next."""
    shadow = ctx.peek(y)
    if shadow:
        bars = ctx.viewed.setdefault(place, {})
        for name in y:
            bars[name] = accum(bars.get(name, ZERO), shadow.take(name))


def _frame_locals(ctx: Context, owner: Any, found: Any, value: Any) -> Step:
    """`frame.f_locals`: the user's variables, of the function that the frame is of."""
    code = original_code(owner.f_code)
    y = _visible(value, code) if code is not None and type(value) is dict and code.co_flags & _OPTIMIZED else value
    reason = "a value that was read through frame.f_locals has a cotangent, which cannot be led back to a variable"
    return done((reverse_untraced, y, 1, reason, "pass the value itself", user_frame()), y)


_OPTIMIZED = inspect.CO_OPTIMIZED
DESCRIPTORS[vars(types.FrameType)["f_locals"]] = _frame_locals


@resolver(builtins.locals)
def locals_(ctx: Context) -> Step:
    """``locals()``."""
    frame = emitted_frame()
    code = original_code(frame.f_code)
    if code is None or not code.co_flags & _OPTIMIZED:
        return done(None, frame.f_locals)
    y = variables()
    return done((_reverse_locals, y, place_of(code)), y)


@resolver(builtins.vars)
def vars_(ctx: Context, *args: Any) -> Any:
    """``vars()`` is ``locals()``."""
    return NotImplemented if args else locals_(ctx)


@resolver(builtins.dir)
def dir_(ctx: Context, *args: Any) -> Any:
    """``dir()`` lists the local names."""
    return native(dir, args) if args else done(None, sorted(variables()))


@resolver(inspect.signature)
def signature(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
    """``inspect.signature(f)``: the parameters have the function's defaults."""
    y = inspect.signature(*args, **kwargs)
    f = args[0] if args else None
    held = [(parameter, name) for name, parameter in y.parameters.items() if by_value(parameter.default)]
    if type(f) is not types.FunctionType or not held:
        return done(None, y)
    return done((_reverse_signature, f, held, len(args) + len(kwargs)), y)


def _reverse_signature(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, f, held, n = record
    for parameter, name in held:
        shadow = ctx.peek(parameter)
        if shadow is not None:
            by_name = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            ctx.shadow(f.__kwdefaults__ if by_name else f).add(name, shadow.take("_default"))
    return (ZERO,) * n
