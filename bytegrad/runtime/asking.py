"""Builtins that ask a method of their argument (`float`, `hash`, `round`, ...), where it is written in Python.

The method is differentiated, and what it answers is checked and converted as the builtin does.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import sys
import types
from collections.abc import Callable
from typing import Any

from bytegrad.runtime.classes import lookup
from bytegrad.runtime.looking import asking_method
from bytegrad.runtime.registry import is_replaced
from bytegrad.runtime.steps import Left, Step, after, done
from bytegrad.runtime.tangent import ZERO

METHODS: dict[Any, str] = {
    abs: "__abs__", float: "__float__", int: "__int__", complex: "__complex__", round: "__round__", len: "__len__",
    math.floor: "__floor__", math.ceil: "__ceil__", math.trunc: "__trunc__", repr: "__repr__",
    bool: "__bool__", str: "__str__", ascii: "__repr__", hash: "__hash__", reversed: "__reversed__",
    format: "__format__",
    operator.length_hint: "__length_hint__", dir: "__dir__", sys.getsizeof: "__sizeof__", os.fspath: "__fspath__",
    **dict.fromkeys((operator.index, hex, oct, bin, chr, range), "__index__"),
}  # fmt: skip
"""The method that a builtin asks its first argument for."""
_ACCEPTED: dict[Any, type] = {float: float, int: int, complex: complex, repr: str, format: str, bool: bool, str: str}
"""Builtins that hand on an answer of exactly this type, and look closer at any other."""
_AS_IT_IS = frozenset({abs, round, math.floor, math.ceil, math.trunc, reversed})
"""Builtins that hand on any answer."""
_TAKES_ANOTHER = frozenset({round, format})
_EXACT = frozenset(("fractions", "_pydecimal"))
"""Modules of number types that have rules of their own."""


def ask(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """The step of ``f(*args)`` where that is a method written in Python; None if it is no such call."""
    if type(f) not in (types.BuiltinFunctionType, type) or f not in METHODS or not args or is_replaced(f):
        return None
    if f is bool and len(args) == 1 and not kwargs:
        from bytegrad.runtime.questions import truth

        return truth(ctx, args, None)
    if f in (str, format, ascii):
        return None if kwargs else written_text(ctx, f, args)
    if METHODS[f] == "__index__" and issubclass(type(args[0]), int):
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
    if f in _AS_IT_IS:
        return step
    return converted(step, functools.partial(conforming, f, METHODS[f], args[0]))


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


def written_text(ctx: Any, f: Any, args: tuple[Any, ...], besides: Any = ()) -> Step | None:
    """``str(value)``, ``repr(value)``, ``ascii(value)`` or ``format(value[, spec])`` where that may do more than look.

    There are operands `besides` that `f` does not get.  None where it is no such call; of what only looks, the text is
    what counts, and the value in it is not followed.
    """
    from bytegrad.runtime.dispatch import resolve

    value, *spec = args
    kind = type(value)
    if len(spec) > (f is format) + len(besides) or kind in _PLAIN_TEXTS:
        return None
    names = _BY_TEXT[f]
    if f is format and lookup(kind, "__format__") is object.__format__ and not any(spec):
        names = _BY_TEXT[str]
    if names is _BY_TEXT[str] and lookup(kind, "__str__") is object.__str__:
        names = _BY_TEXT[repr]
    found = asking_method(kind, *names)
    if found is None:
        return None
    name, method = found
    step = resolve(ctx, method, (value, *(spec or ("",))) if name == "__format__" else (value,), {})
    check = functools.partial(conforming, {"__str__": str, "__repr__": repr, "__format__": format}[name], name, value)
    step = converted(after(step, functools.partial(_of_first, len(args))), check)
    return converted(step, _escaped) if f is ascii else step


_BY_TEXT: dict[Any, tuple[str, ...]] = {
    str: ("__str__",),
    repr: ("__repr__",),
    ascii: ("__repr__",),
    format: ("__format__",),
}
_PLAIN_TEXTS = frozenset({str, float, int, bool, type(None), bytes, complex})


def _of_first(n: int, record: Any) -> Any:
    return (_reverse_of_first, record, n)


def _reverse_of_first(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Of a text's method: what is passed behind the value is a text."""
    _, inner, n = record
    return (*inner[0](ctx, inner, y_bar)[:1], *(ZERO,) * (n - 1))


def _escaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def converted(step: Step, change: Callable[[Any], Any]) -> Step:
    """The same step, with `change` applied to its value."""
    function, args, following = step
    if function is None:
        return done(args[0], change(args[1]))
    return (function, args, functools.partial(_converted_next, following, change))


def _converted_next(following: Any, change: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else converted(step, change)


def conforming(f: Any, name: str, asked: Any, answer: Any) -> Any:
    """`answer`, or what the builtin itself makes of an object whose method `name` answers so."""
    if type(answer) is _ACCEPTED.get(f):
        return answer
    if name == "__len__" and type(answer) is int and 0 <= answer <= sys.maxsize:
        return f(answer) if f is bool else answer
    stand_in = type(type(asked).__name__, (), {name: lambda *_: answer})
    return f(stand_in())
