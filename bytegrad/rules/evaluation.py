"""`eval` and `exec`: the code that they run is differentiated, in the namespaces that they were given."""

from __future__ import annotations
import __future__

import builtins
import itertools
import types
from typing import Any

import numpy as np

from bytegrad.lift.builder import place_of
from bytegrad.rules.declare import resolver
from bytegrad.rules.frames import locals_, reverse_view
from bytegrad.runtime.compile import original_code
from bytegrad.runtime.context import Context
from bytegrad.runtime.namespaces import run_body
from bytegrad.runtime.opaque_calls import call_opaque, no_rule
from bytegrad.runtime.poisoning import reachable
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.runtime.where import emitted_frame, user_frame

_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_OPTIMIZED = 0x01
_NAMES = ("source", "globals", "locals")


def _evaluate(name: str) -> Any:
    function = getattr(builtins, name)

    def evaluate(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
        given = dict(zip(_NAMES, args, strict=False)) | kwargs
        own, local = given.get("globals"), given.get("locals")
        code = _code_of(given.get("source"), name) if _are_usual(given, own, local) else None
        if code is None or len(given.get("closure") or ()) != len(code.co_freevars):
            return call_opaque(ctx, function, args, kwargs)
        frame = emitted_frame()
        view = locals_(ctx)[1][1] if own is None and local is None else None
        if own is None:
            own = frame.f_globals
        elif "__builtins__" not in own:
            own["__builtins__"] = frame.f_builtins
        ctx.global_writes = True
        namespace = view if view is not None else own if local is None else local
        body = types.FunctionType(code, own, code.co_name, None, given.get("closure"))
        own_code = original_code(frame.f_code) or frame.f_code
        what = (function, code, namespace, view and place_of(own_code), len(args) + len(kwargs), user_frame())

        def record_of(record: Any) -> Any:
            return (_reverse_evaluated, record, given["source"], what, ())

        def finished(record: Any, value: Any) -> Step:
            made = _made(ctx, code, value, namespace) if _has_numbers(code) else ()
            return done((*record[:-1], made), value if name == "eval" else None)

        return run_body(ctx, body, code.co_name, namespace, record_of, finished)

    return evaluate


def _are_usual(given: dict[str, Any], own: Any, local: Any) -> bool:
    """Whether a call is in order: the original says what is wrong with any other."""
    return (
        given.keys() <= {*_NAMES, "closure"}
        and (own is None or isinstance(own, dict))
        and (local is None or hasattr(type(local), "__getitem__"))
    )


def _code_of(source: Any, mode: str) -> types.CodeType | None:
    """The code to be run; None for that of a function, whose variables are in no namespace."""
    if isinstance(source, str):
        flags = emitted_frame().f_code.co_flags & _FUTURE
        source = compile(source.lstrip(" \t") if mode == "eval" else source, "<string>", mode, flags, True)
    usual = isinstance(source, types.CodeType) and not source.co_flags & _OPTIMIZED
    return source if usual else None


def _reverse_evaluated(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, body, source, (function, code, namespace, place, n, where), made = record
    reached = y_bar is not ZERO or ctx.touched(namespace) or any(isinstance(c, types.CodeType) for c in code.co_consts)
    reached = reached or any([_is_reached(ctx, part) for part in made])
    body[0](ctx, body, y_bar)
    if place is not None:
        reverse_view(ctx, namespace, place)
    poison: Any = ZERO
    if reached and _has_numbers(code):
        # A number that stands in the code may be one that the text was made of.
        poison = ctx.absorb(source, Poison(no_rule(function, where)))
    return (poison, *(ZERO,) * (n - 1))


def _made(ctx: Context, code: types.CodeType, value: Any, namespace: Any) -> list[Any]:
    """What the numbers in the code may be in: its value, what it has stored, and what is in these.

    Arrays of constants are made active, so that it is seen whether they have cotangents.
    """
    stored = [namespace.get(name) for name in code.co_names] if isinstance(namespace, dict) else []
    held = [value, *[part for part in stored if not callable(part)]]
    found = [part for part, _, _ in itertools.islice(reachable(held), _FURTHEST)]
    for part in found:
        if isinstance(part, np.ndarray):
            ctx.arrays.activate(part)
    return found


_FURTHEST = 200
"""How many objects are looked at."""


def _is_reached(ctx: Context, part: Any) -> bool:
    if not isinstance(part, np.ndarray):
        return ctx.touched(part)
    shadow = ctx.arrays.part(part)
    return shadow is not None and bool(shadow.present(ctx.arrays))


def _has_numbers(code: types.CodeType) -> bool:
    return any([(isinstance(c, types.CodeType) and _has_numbers(c)) or _is_number(c) for c in code.co_consts])


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(map(_is_number, value))
    return isinstance(value, (int, float, complex)) and type(value) is not bool


for _name in ("eval", "exec"):
    resolver(getattr(builtins, _name))(_evaluate(_name))
