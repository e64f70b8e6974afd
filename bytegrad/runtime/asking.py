"""Builtins that ask a method of their argument (`float`, `hash`, `round`, ...), where it is written in Python.

The method is differentiated, and what it answers is checked and converted as the builtin does.
"""

from __future__ import annotations

import functools
import math
import types
from typing import Any

from bytegrad.runtime.steps import Left, Step, after, done
from bytegrad.runtime.tangent import ZERO

METHODS: dict[Any, str] = {
    abs: "__abs__", float: "__float__", int: "__int__", complex: "__complex__", round: "__round__", len: "__len__",
    math.floor: "__floor__", math.ceil: "__ceil__", math.trunc: "__trunc__", repr: "__repr__",
    hash: "__hash__", reversed: "__reversed__", format: "__format__",
}  # fmt: skip
"""The method that a builtin asks its first argument for."""
_ACCEPTED: dict[Any, type] = {float: float, int: int, complex: complex, repr: str, format: str}
"""Builtins that hand on an answer of exactly this type, and look closer at any other."""
_AS_IT_IS = frozenset({abs, round, math.floor, math.ceil, math.trunc, reversed})
"""Builtins that hand on any answer."""
_TAKES_ANOTHER = frozenset({round, format})
_EXACT = frozenset(("fractions", "_pydecimal"))
"""Modules of number types that have rules of their own."""


def ask(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """The step of ``f(*args)`` where that is a method written in Python; None if it is no such call."""
    if type(f) not in (types.BuiltinFunctionType, type) or f not in METHODS or not args:
        return None
    method = written_method(args[0], METHODS[f])
    operands = _operands(f, args, kwargs)
    if method is None or operands is None:
        return None
    from bytegrad.runtime.dispatch import resolve

    step = resolve(ctx, method, operands, {})
    given = len(args) + len(kwargs)
    if len(operands) != given:
        step = after(step, lambda record: (_reverse_given, record, given))
    return step if f in _AS_IT_IS else _checked(f, args[0], step)


def _reverse_given(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The method got other arguments than the builtin behind the first one, all of them constants."""
    _, inner, given = record
    return (*inner[0](ctx, inner, y_bar)[:1], *(ZERO,) * (given - 1))


def written_method(value: Any, name: str) -> Any:
    """The method `name` of a value's class if it is written in Python, else None."""
    for base in type(value).__mro__:
        if name in base.__dict__:
            method = base.__dict__[name]
            return method if type(method) is types.FunctionType and base.__module__ not in _EXACT else None
    return None


def _operands(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """What the method is called with; None where the builtin would not call it like this."""
    asked, *second = args
    if f is round and list(kwargs) == ["ndigits"]:
        second += kwargs.values()
    elif kwargs:
        return None
    if len(second) > (f in _TAKES_ANOTHER):
        return None
    if f is format:
        return (asked, *(second or ("",)))
    return (asked,) if second and second[0] is None else (asked, *second)


def _checked(f: Any, asked: Any, step: Step) -> Step:
    """The same step, its value as `f` hands it on."""
    function, operands, following = step
    if function is None:
        record, answer = operands
        return done(record, _conforming(f, asked, answer))
    return (function, operands, functools.partial(_check_next, f, asked, following))


def _check_next(f: Any, asked: Any, following: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else _checked(f, asked, step)


def _conforming(f: Any, asked: Any, answer: Any) -> Any:
    """`answer`, or what the builtin itself makes of an object that answers so."""
    if type(answer) is _ACCEPTED.get(f):
        return answer
    stand_in = type(type(asked).__name__, (), {METHODS[f]: lambda *_: answer})
    return f(stand_in())
