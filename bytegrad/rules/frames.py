"""Builtins that look at the frame of their caller: they see the user's variables and none of ours."""

from __future__ import annotations

import builtins
from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.rules.declare import resolver
from bytegrad.runtime.compile import original_code
from bytegrad.runtime.context import Context
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import emitted_frame, user_frame


def variables() -> dict[str, Any]:
    """The user's local variables in the running function, in their original order."""
    frame = emitted_frame()
    held = frame.f_locals
    code = original_code(frame.f_code)
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars) if code is not None else tuple(held)
    return {name: held[name] for name in dict.fromkeys(names) if name in held and not name.startswith("$")}


def _reverse_view(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A value came out of the variables by name: it is not known which definition it was."""
    _, name, y, where, n = record
    if y_bar is ZERO and not ctx.touched(y):
        return (ZERO,) * n
    raise NoRuleError(
        f"a value that was read through {name}() has a cotangent, which cannot be led back to a variable",
        where=where,
        fixes="read the variable itself, or pass an explicit namespace",
    )


@resolver(builtins.locals)
def locals_(ctx: Context) -> Step:
    """``locals()``."""
    y = variables()
    return done((_reverse_view, "locals", y, user_frame(), 0), y)


@resolver(builtins.vars)
def vars_(ctx: Context, *args: Any) -> Any:
    """``vars()`` is ``locals()``."""
    return NotImplemented if args else locals_(ctx)


@resolver(builtins.dir)
def dir_(ctx: Context, *args: Any) -> Any:
    """``dir()`` lists the local names."""
    return native(dir, args) if args else done(None, sorted(variables()))


def _evaluate(name: str) -> Any:
    function = getattr(builtins, name)

    def evaluate(ctx: Context, *args: Any, **kwargs: Any) -> Step:
        if len(args) > 1 or kwargs:
            return call_opaque(ctx, function, args, kwargs)
        namespace = variables()
        y = function(args[0], emitted_frame().f_globals, namespace)
        return done((_reverse_view, name, y, user_frame(), len(args)), y)

    return evaluate


for _name in ("eval", "exec"):
    resolver(getattr(builtins, _name))(_evaluate(_name))
