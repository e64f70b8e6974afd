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
from bytegrad.runtime.array_overrides import PLAIN, ask_for_function, ask_for_ufunc
from bytegrad.runtime.elementwise import elementwise
from bytegrad.runtime.python_ufuncs import call_elements, function_of
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.steps import Step, after
from bytegrad.runtime.tangent import ZERO

DISPATCHER = type(np.sum)


def call_ufunc(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """Resolve the call of a ufunc."""
    if kwargs or any([type(arg) not in PLAIN for arg in args]):
        step = ask_for_ufunc(ctx, f, "__call__", args, kwargs)
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
    if kwargs or any([type(arg) not in PLAIN for arg in args]):
        step = ask_for_function(ctx, f, args, kwargs)
        if step is not None:
            return step
    return by_implementation(ctx, f, args, kwargs)


def by_implementation(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """As `call_array_function`, where the arguments have been asked."""
    from bytegrad.runtime.dispatch import apply_rule, resolve
    from bytegrad.runtime.opaque_calls import call_opaque

    implementation = f._implementation
    if type(implementation) is FunctionType:
        for arg in args:
            kind: Any = type(arg)
            if kind not in PLAIN and isinstance(arg, np.ndarray) and asks_methods(f, kind):
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


FIRST: dict[type, Any] = {np.ufunc: call_ufunc, DISPATCHER: call_array_function}
"""Types of callables that are resolved here."""
