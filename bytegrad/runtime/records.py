"""Records that the runtime leaves for calls that met a rule, and how each kind is reversed."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import numpy as np

from bytegrad.runtime.array_likes import converted, has_own
from bytegrad.runtime.context import Context
from bytegrad.runtime.elementwise import elementwise, native_record
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import Record, Step, done
from bytegrad.runtime.tangent import ZERO, is_number, project

ARRAYS = (np.ndarray, np.generic)
INERT = frozenset(
    {bool, type(None), type, type(Ellipsis), range, slice, type(len), type(sys), np.timedelta64, np.datetime64}
)
"""Types of arguments that carry no cotangent."""


def may_carry(value: Any) -> bool:
    """Whether a cotangent could flow to `value`."""
    kind = type(value)
    if kind is tuple:
        return any(may_carry(item) for item in value)
    return kind not in INERT and not (issubclass(kind, type) or kind.__name__ == "module")


# partials ---------------------------------------------------------------------------------------------------


def by_partials(ctx: Context, rule: Partials, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """Call `f` and record what its partial derivatives need; None if the rule does not cover the call."""
    if len(args) != len(rule.names):
        return None
    if not isinstance(f, np.ufunc) and _is_numpys(f) and any([_overrides(arg) for arg in args]):
        return _by_ufunc(ctx, f, args, kwargs)
    if getattr(f, "__module__", None) == "cmath" and not kwargs and all(map(is_number, args)):
        return done(*by_numbers(rule, f, args))  # the derivatives are of cmath too, and take no arrays
    if isinstance(f, np.ufunc) or any(issubclass(type(arg), ARRAYS) for arg in args):
        return elementwise(ctx, rule, f, args, kwargs, ctx.arrays.noted(args))
    if kwargs or any([issubclass(type(arg), (tuple, list)) for arg in args]):
        return None
    if getattr(f, "__module__", None) == "math" and _makes_float(next((arg for arg in args if not is_number(arg)), 0)):
        return converted(ctx, "__float__", args, lambda made: done(*by_numbers(rule, f, made)))
    return done(*by_numbers_in_step(rule, f, ctx, *args))


def _by_ufunc(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """An operator, or an array's method of one: the ufunc is called, which asks the operand."""
    from bytegrad.runtime.array_operators import UFUNCS
    from bytegrad.runtime.dispatch import resolve

    name = f.__name__.strip("_")
    ufunc = UFUNCS.get(name) or UFUNCS.get(f"{name}_")
    return None if ufunc is None else resolve(ctx, ufunc, args, kwargs)


def _is_numpys(f: Any) -> bool:
    """Whether `f` is an operator, or a method of one of numpy's types; those of Python's numbers ask no operand."""
    return issubclass(getattr(f, "__objclass__", np.ndarray), (np.ndarray, np.generic))


def _overrides(arg: Any) -> bool:
    """Whether an array's method leaves it to this operand what the result is."""
    return not is_number(arg) and type(arg) is not np.ndarray and has_own(arg, "__array_ufunc__")


def _makes_float(arg: Any) -> bool:
    return type(arg) is not float and not is_number(arg) and has_own(arg, "__float__")


def by_numbers(rule: Partials, f: Any, args: tuple[Any, ...], active: Any = None) -> tuple[Record, Any]:
    """As `by_partials`, for numbers alone; `active` says which of them may carry a cotangent, if that is known."""
    y = f(*args)
    if active is None:
        active = tuple([may_carry(arg) for arg in args])
    steps = _steps_of(rule, active)
    return ((reverse_partials, steps, args, y) if steps else None), y


def by_numbers_in_step(rule: Partials, f: Any, ctx: Context, /, *args: Any) -> tuple[Record, Any]:
    """As `by_numbers`, called as an augmented primal is; a function of numbers may make an array."""
    record, y = by_numbers(rule, f, args)
    return (native_record(ctx, rule, None, y, *args) if isinstance(y, np.ndarray) else record), y


Steps = tuple[tuple[int, Any, tuple[int, ...]], ...]
_STEPS: dict[tuple[Partials, tuple[bool, ...]], Steps] = {}


def _steps_of(rule: Partials, active: tuple[bool, ...]) -> Steps:
    """The derivatives by the active operands: position, function, positions of its arguments in ``(*args, y)``."""
    steps = _STEPS.get((rule, active))
    if steps is None:
        order = (*rule.names, rule.output)
        chosen = [(place, f) for place, f in enumerate(rule.functions) if f is not None and active[place]]
        steps = tuple([(place, f, tuple([order.index(name) for name in parameters(f)])) for place, f in chosen])
        _STEPS[rule, active] = steps
    return steps


def of_floats(rules: Any, active: tuple[bool, ...] | None = None) -> Any:
    """What the record of an operation on floats begins with: its reversal and derivatives; None without partials.

    `active` says which operands may carry a cotangent: all, if it is None.
    """
    if not rules or not isinstance(rules[0], Partials):
        return None
    return reverse_partials, _steps_of(rules[0], active or (True,) * len(rules[0].names))


def reverse_partials(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Each operand gets the derivative by it times the cotangent of the result."""
    _, steps, args, y = record
    bars: list[Any] = [ZERO] * len(args)
    if y_bar is not ZERO:
        values = (*args, y)
        for place, derivative, picks in steps:
            bars[place] = _times(ctx, args[place], y_bar, derivative(*[values[i] for i in picks]))
    return tuple(bars)


def _times(ctx: Context, arg: Any, y_bar: Any, factor: Any) -> Any:
    kind = type(arg)
    if kind not in _BY_VALUE and not is_number(arg):
        return ctx.absorb(arg, y_bar)
    if type(factor) is not float and isinstance(factor, _COMPLEX):
        factor = factor.conjugate()
    bar = y_bar if type(factor) is int and factor == 1 else y_bar * factor
    if kind is float and type(bar) is complex:
        return bar.real
    return bar if type(bar) is kind else project(arg, bar)


_BY_VALUE = frozenset({float, complex, np.float64})
_COMPLEX = (complex, np.complexfloating)


def parameters(function: Any) -> tuple[str, ...]:
    """Names of a derivative's parameters."""
    return tuple(inspect.signature(function).parameters)


# no rule ----------------------------------------------------------------------------------------------------


def name_of(f: Any) -> str:
    """What a callable is called in messages."""
    names = [getattr(f, name, None) for name in ("__qualname__", "__name__")]
    module, name = getattr(f, "__module__", None), names[0] or names[1] or type(f).__qualname__
    if module is None and hasattr(f, "__self__"):
        return f"{type(f.__self__).__qualname__}.{getattr(f, '__name__', name)}"
    return f"{module}.{name}" if module and module != "builtins" else str(name)
