"""Calls of numpy's functions.

First comes what objects with an ``__array_ufunc__`` or ``__array_function__`` of their own make of them.  Then rules;
then, for functions that numpy wrote in Python, their own code.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any

import numpy as np

from bytegrad.runtime import registry
from bytegrad.runtime.elementwise import elementwise
from bytegrad.runtime.operands import SCALARS
from bytegrad.runtime.python_ufuncs import call_elements, function_of
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import Step
from bytegrad.runtime.tangent import ZERO

DISPATCHER = type(np.sum)
_PLAIN = SCALARS | {np.ndarray, float, int, complex, bool, str, type(None), type, slice, range}
_DEFAULT = (np.ndarray.__array_ufunc__, np.ndarray.__array_function__)


def call_ufunc(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """Resolve the call of a ufunc."""
    for arg in args:
        if type(arg) not in _PLAIN:
            step = _overridden(ctx, f, "__array_ufunc__", args, (f, "__call__", *args), kwargs)
            if step is not None:
                return step
    if len(args) > f.nin and all([arg is None for arg in args[f.nin :]]):
        return _without_outputs(ctx, f, args, kwargs)
    rules = registry.lookup(f)
    if rules and not kwargs and len(args) == f.nin and type(rules[0]) is Partials:
        return elementwise(ctx, rules[0], f, args, kwargs, ctx.arrays.noted(args))
    from bytegrad.runtime.dispatch import apply_rule
    from bytegrad.runtime.opaque_calls import call_opaque

    for rule in rules:
        step = apply_rule(ctx, rule, f, args, kwargs)
        if step is not None:
            return step
    function = None if rules or kwargs not in ({}, {"out": ...}) or len(args) != f.nin else function_of(f)
    if function is not None:
        return call_elements(ctx, function, f, args, bool(kwargs))
    return call_opaque(ctx, f, args, kwargs)


def _without_outputs(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The call of a ufunc that was given None for the arrays to write into."""
    from bytegrad.runtime.dispatch import after

    active, inputs = ctx.arrays.noted(args), args[: f.nin]
    if active is not None:
        ctx.arrays.note(inputs, active[: f.nin])
    return after(call_ufunc(ctx, f, inputs, kwargs), lambda record: (_reverse_inputs, record, f.nin, len(args)))


def _reverse_inputs(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, nin, n = record
    bars = inner[0](ctx, inner, y_bar)
    return (*bars[:nin], *(ZERO,) * (n - nin), *bars[nin:])


def call_array_function(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """Resolve the call of a function that numpy dispatches on its arguments."""
    from bytegrad.runtime.dispatch import apply_rule, resolve
    from bytegrad.runtime.opaque_calls import call_opaque

    implementation = f._implementation
    for arg in args:
        kind: Any = type(arg)
        if kind not in _PLAIN:
            step = _overridden(ctx, f, "__array_function__", _flat(args), None, kwargs, args)
            if step is not None:
                return step
            if isinstance(arg, np.ndarray) and type(implementation) is FunctionType and asks_methods(f, kind):
                return resolve(ctx, implementation, args, kwargs)
    for rule in registry.lookup(f):
        step = apply_rule(ctx, rule, f, args, kwargs)
        if step is not None:
            return step
    if type(implementation) is FunctionType:
        return resolve(ctx, implementation, args, kwargs)
    return call_opaque(ctx, f, args, kwargs)


@cache
def asks_methods(f: Any, kind: type) -> bool:
    """Whether numpy's code of `f` may come to methods that the subclass `kind` of arrays has of its own.

    The functions of `np.linalg` and `np.fft` begin by looking at the plain array.
    """
    if f.__module__ in ("numpy.linalg", "numpy.fft"):
        return False
    above = kind.__mro__[: kind.__mro__.index(np.ndarray)]
    return any(name in vars(np.ndarray) and name not in _HOOKS for base in above for name in vars(base))


_HOOKS = frozenset(
    (
        *("__new__", "__init__", "__doc__", "__module__", "__array_finalize__", "__array_wrap__", "__array_priority__"),
        *("__repr__", "__str__", "__format__", "__reduce__", "__setstate__", "__dict__", "__class_getitem__"),
    )
)
"""Attributes of arrays that have no part in what numpy's functions compute."""


def _flat(args: Any) -> Any:
    """The arguments, and what is in lists and tuples among them."""
    found: list[Any] = []
    for arg in args:
        found += arg if isinstance(arg, (list, tuple)) else (arg,)
    return found


def _overridden(
    ctx: Any, f: Any, name: str, candidates: Any, call: Any, kwargs: dict[str, Any], args: tuple[Any, ...] = ()
) -> Step | None:
    """The call of the method `name` of the first argument whose class has one written in Python."""
    from bytegrad.runtime.dispatch import after, resolve

    for owner in candidates:
        method = getattr(type(owner), name, None)
        if type(method) is not FunctionType:
            continue
        if call is None:
            kinds = tuple(dict.fromkeys(type(item) for item in candidates if hasattr(type(item), name)))
            step = resolve(ctx, method, (owner, f, kinds, args, kwargs), {})
            return after(step, lambda record: (_reverse_function, record, len(args), kwargs))
        step = resolve(ctx, method, (owner, *call), kwargs)
        return after(step, lambda record: (_reverse_ufunc, record))
    return None


def _reverse_ufunc(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The method got itself, the ufunc and the name of its method first."""
    inner = record[1]
    return tuple(inner[0](ctx, inner, y_bar)[3:])


def _reverse_function(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The method got the arguments as a tuple and a dict."""
    _, inner, n, kwargs = record
    *_, args_bar, _ = inner[0](ctx, inner, y_bar)
    shadow = ctx.peek(kwargs)
    named = [shadow.take(name) if shadow else ZERO for name in kwargs]
    return (*(args_bar if type(args_bar) is tuple else (ZERO,) * n), *named)


FIRST: dict[type, Any] = {np.ufunc: call_ufunc, DISPATCHER: call_array_function}
"""Types of callables that are resolved here."""
