"""Comparisons whose result is more than a truth: classes may answer with a number, or with an object that holds one.

Where only the truth of the result is asked for, a comparison runs as it stands, for a branch carries no derivative.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, WrapperDescriptorType
from typing import Any

import numpy as np

from bytegrad.ir.ops import CALLABLES
from bytegrad.runtime.arithmetic import NUMBERS, TEXTS, answer
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Left, Step, done
from bytegrad.runtime.tangent import ZERO

_SYMBOLS = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "gt": ">", "ge": ">="}
_REFLECTED = {"lt": "gt", "le": "ge", "eq": "eq", "ne": "ne", "gt": "lt", "ge": "le"}
_WITHOUT_METHODS = NUMBERS | TEXTS | {np.ndarray, np.float64, np.int64, type(None), list, tuple, dict, set}
"""Exact types whose comparisons are C's own."""


def compare(op: str) -> Callable[[Context, tuple[Any, ...], Any], Step]:
    """The resolution of a comparison."""
    function = CALLABLES[op]

    def resolve_comparison(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
        a, b = args
        if type(a) in _WITHOUT_METHODS and type(b) in _WITHOUT_METHODS:
            return done(None, function(a, b))
        asked = _methods(op, a, b)
        if not any([type(method) is FunctionType for method, _, _ in asked]):
            return done(None, function(a, b))
        return _ask(ctx, op, asked, a, b)

    return resolve_comparison


def _methods(op: str, a: Any, b: Any) -> list[tuple[Any, tuple[Any, Any], bool]]:
    """The methods that Python tries, in its order: each with its operands, and whether its answer is negated."""
    forward = _method(op, type(a), (a, b))
    backward = _method(_REFLECTED[op], type(b), (b, a))
    if type(b) is not type(a) and type(a) in type(b).__mro__:  # whatever an ABC says
        return [backward, forward]
    return [forward, backward]


def _method(op: str, kind: type, operands: tuple[Any, Any]) -> tuple[Any, tuple[Any, Any], bool]:
    method = lookup(kind, f"__{op}__")
    if op == "ne" and method is object.__ne__:
        return (lookup(kind, "__eq__"), operands, True)
    return (method, operands, False)


def _ask(ctx: Context, op: str, asked: list[tuple[Any, tuple[Any, Any], bool]], a: Any, b: Any) -> Step:
    """Call one method after the other until one answers."""
    if not asked:
        if op in ("eq", "ne"):
            return done(None, (a is b) == (op == "eq"))
        kinds = f"'{type(a).__name__}' and '{type(b).__name__}'"
        raise TypeError(f"'{_SYMBOLS[op]}' not supported between instances of {kinds}")
    (method, operands, negated), *others = asked
    rest = functools.partial(_ask, ctx, op, others, a, b)
    if method is None:  # C asks nobody whose class says None, but the error is its own
        return done(None, CALLABLES[op](a, b))
    step = resolve(ctx, method, operands, {}) if type(method) is FunctionType else _as_it_stands(method, operands)
    return answer(_negated(step) if negated else step, operands[0] is not a, rest)


def _as_it_stands(method: Any, operands: tuple[Any, Any]) -> Step:
    owner, other = operands
    if type(method) is WrapperDescriptorType:  # bound to None it would be the function itself
        return done(None, method(owner, other))
    bind = getattr(type(method), "__get__", None)
    return done(None, (method if bind is None else bind(method, owner, type(owner)))(other))


def _negated(step: Step) -> Step:
    """What ``object.__ne__`` makes of the answer of ``__eq__``."""
    function, args, following = step
    if function is not None:
        return (function, args, functools.partial(_negated_next, following))
    record, value = args
    if value is NotImplemented or record is None:
        return done(record, value if value is NotImplemented else not value)
    return done((_reverse_truth, record), not value)


def _negated_next(following: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else _negated(step)


def _reverse_truth(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    return tuple(record[1][0](ctx, record[1], ZERO))
