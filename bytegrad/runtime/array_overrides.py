"""Operands with an ``__array_ufunc__`` or ``__array_function__`` of their own, written in Python.

numpy asks them before it computes anything: one of each class, subclasses first and then from left to right, until one
has an answer.  The methods that arrays have of these names, which ``super()`` leads to, ask nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any

import numpy as np

from bytegrad.runtime.array_likes import has_own
from bytegrad.runtime.array_operators import UFUNCS
from bytegrad.runtime.operands import SCALARS
from bytegrad.runtime.steps import Step, after, done, native
from bytegrad.runtime.tangent import ZERO, split

PLAIN = SCALARS | {np.ndarray, float, int, complex, bool, str, type(None), type, slice, range}
"""Types of operands without hooks, for which there is no need to ask."""

Operands = tuple[Any, ...]
METHODS: dict[Any, Callable[..., Any]] = {}
"""Methods of arrays whose C code calls ufuncs, each with a Python function that calls the same ones."""
_N_INPUTS = {"reduce": 1, "accumulate": 1, "reduceat": 2, "outer": 2}
_POSITIONAL = {
    "reduce": ("axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("axis", "dtype", "out"),
    "reduceat": ("axis", "dtype", "out"),
}
_CALL = "__call__"
UFUNC_METHODS = frozenset((*_N_INPUTS, "at"))
"""Methods of ufuncs that ask their operands."""


def _owners(name: str, operands: Iterable[Any]) -> list[Any]:
    """Those of `operands` whose method `name` is asked, in numpy's order."""
    found: list[Any] = []
    for operand in operands:
        kind = type(operand)
        if kind in PLAIN or type(getattr(kind, name, None)) is not FunctionType:
            continue
        if all(type(other) is not kind for other in found):
            above = [place for place, other in enumerate(found) if issubclass(kind, type(other))]
            found.insert(above[0] if above else len(found), operand)
    return found


def _ask(ctx: Any, name: str, owners: list[Any], args: Operands, kwargs: dict[str, Any], refuse: Any) -> Step:
    """The answer of the first owner that has one; `refuse` raises numpy's error if none has."""
    from bytegrad.runtime.arithmetic import answer
    from bytegrad.runtime.dispatch import resolve

    if not owners:
        return native(*refuse)
    owner, *others = owners
    step = resolve(ctx, getattr(type(owner), name), (owner, *args), kwargs)
    return answer(step, False, partial(_ask, ctx, name, others, args, kwargs, refuse))


# ufuncs -----------------------------------------------------------------------------------------------------


def ask_for_ufunc(ctx: Any, ufunc: Any, method: str, args: Operands, kwargs: dict[str, Any]) -> Step | None:
    """The step of ``ufunc(*args, **kwargs)``, or of a method of it, as the operands have it; None if none is asked."""
    out = kwargs.get("out")
    owners = _owners("__array_ufunc__", (*args, *(out if isinstance(out, tuple) else (out,))))
    if not owners:
        return None
    inputs, named = _as_numpy_passes(ufunc, method, args, kwargs)
    refuse = (ufunc if method == _CALL else getattr(ufunc, method), args, kwargs)
    step = _ask(ctx, "__array_ufunc__", owners, (ufunc, method, *inputs), named, refuse)
    rest = (*_positional(ufunc, method, args), *kwargs)
    return after(step, lambda record: (_reverse_ufunc, record, len(inputs), tuple(named), rest))


def _positional(ufunc: Any, method: str, args: Operands) -> tuple[str, ...]:
    """The names of what is passed by position behind the inputs."""
    if method == _CALL:
        return ("out",) * (len(args) - ufunc.nin)
    return _POSITIONAL.get(method, ())[: len(args) - _N_INPUTS.get(method, len(args))]


def _as_numpy_passes(ufunc: Any, method: str, args: Operands, kwargs: dict[str, Any]) -> tuple[Operands, Any]:
    """The inputs, and the rest by name: arrays to write into as a tuple, and nothing that says nothing."""
    n = ufunc.nin if method == _CALL else _N_INPUTS.get(method, len(args))
    named = dict(kwargs)
    if method == _CALL:
        named.update({"out": args[n:]} if len(args) > n else {})
    else:
        named.update(zip(_positional(ufunc, method, args), args[n:], strict=True))
    out = named.pop("out", None)
    outs = out if isinstance(out, tuple) else (out,)
    if any([part is not None for part in outs]) and out is not ...:
        named["out"] = outs
    return args[:n], {name: value for name, value in named.items() if value is not np._NoValue}


def _reverse_ufunc(ctx: Any, record: Any, y_bar: Any) -> Operands:
    """The method got itself, the ufunc and the name of its method first."""
    _, inner, n, named, rest = record
    bars = tuple(inner[0](ctx, inner, y_bar)[3:])
    by_name = dict(zip(named, bars[n:], strict=True))
    return (*bars[:n], *[ZERO if name == "out" else by_name.get(name, ZERO) for name in rest])


def ufunc_of_arrays(ctx: Any, owner: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Step:
    """Resolve ``ndarray.__array_ufunc__``: the ufunc's result, unless an operand is to be asked."""
    from bytegrad.runtime.dispatch import resolve

    if any(map(_overrides, (*inputs, *kwargs.get("out", ())))):
        return done(None, NotImplemented)
    step = resolve(ctx, ufunc if method == _CALL else getattr(ufunc, method), inputs, kwargs)
    return after(step, lambda record: (_reverse_of_arrays, record))


def _overrides(operand: Any) -> bool:
    kind = type(operand)
    return kind not in PLAIN and getattr(kind, "__array_ufunc__", _OF_ARRAYS) is not _OF_ARRAYS


_OF_ARRAYS = np.ndarray.__array_ufunc__


def _reverse_of_arrays(ctx: Any, record: Any, y_bar: Any) -> Operands:
    return (ZERO, ZERO, ZERO, *record[1][0](ctx, record[1], y_bar))


def method_by_ufuncs(ctx: Any, f: Any, args: Operands, kwargs: dict[str, Any]) -> Step | None:
    """The step of the array's method `f` by the ufuncs that it calls, if these have an operand to ask; else None."""
    from bytegrad.runtime.dispatch import resolve

    if f.__objclass__ is not np.ndarray or not any([type(arg) not in PLAIN for arg in args]):
        return None
    if not any([has_own(arg, "__array_ufunc__") for arg in args]):
        return None
    name = f.__name__.strip("_")
    function = METHODS.get(f) or UFUNCS.get(name) or UFUNCS.get(f"{name}_")
    if function is np.power and args[2:] == (None,):  # the modulus
        return after(resolve(ctx, function, args[:2], kwargs), lambda record: (_reverse_power, record))
    return None if function is None else resolve(ctx, function, args, kwargs)


def _reverse_power(ctx: Any, record: Any, y_bar: Any) -> Operands:
    return (*record[1][0](ctx, record[1], y_bar), ZERO)


def method_of_ufunc(ctx: Any, f: Any, args: Operands, kwargs: dict[str, Any]) -> Step | None:
    """The step of `f`, if that is a method of a ufunc such as ``np.add.reduce`` with an operand to ask; else None."""
    owner = f.__self__
    if type(owner) is not np.ufunc or f.__name__ not in UFUNC_METHODS:
        return None
    return ask_for_ufunc(ctx, owner, f.__name__, args, kwargs)


HOOKED: dict[type, Callable[[Any, Any, Operands, dict[str, Any]], Step | None]] = {
    WrapperDescriptorType: method_by_ufuncs,
    MethodDescriptorType: method_by_ufuncs,
    BuiltinFunctionType: method_of_ufunc,
}
"""By their type, callables of C that may ask their operands, with how that is done."""


# functions --------------------------------------------------------------------------------------------------


def ask_for_function(ctx: Any, f: Any, args: Operands, kwargs: dict[str, Any]) -> Step | None:
    """The step of ``f(*args, **kwargs)``, a function of numpy's, as the operands have it; None if none is asked."""
    name = "__array_function__"
    operands = _flat((*args, *kwargs.values()))
    owners = _owners(name, operands)
    if not owners:
        return None
    kinds = tuple(dict.fromkeys(type(item) for item in operands if hasattr(type(item), name)))
    step = _ask(ctx, name, owners, (f, kinds, args, kwargs), {}, (f, args, kwargs))
    return after(step, lambda record: (_reverse_function, record, len(args), kwargs))


def _flat(args: Any) -> list[Any]:
    """The arguments, and what is in lists and tuples among them."""
    found: list[Any] = []
    for arg in args:
        found += arg if isinstance(arg, (list, tuple)) else (arg,)
    return found


def _reverse_function(ctx: Any, record: Any, y_bar: Any) -> Operands:
    """The method got the arguments as a tuple and a dict."""
    _, inner, n, kwargs = record
    *_, args_bar, _ = inner[0](ctx, inner, y_bar)
    shadow = ctx.peek(kwargs)
    named = [shadow.take(name) if shadow else ZERO for name in kwargs]
    return (*split(ctx, args_bar, n), *named)


def function_of_arrays(
    ctx: Any, owner: Any, f: Any, kinds: Iterable[type], args: Operands, kwargs: dict[str, Any]
) -> Step:
    """Resolve ``ndarray.__array_function__``: what numpy's own code of `f` makes of arrays."""
    from bytegrad.runtime.array_functions import by_implementation
    from bytegrad.runtime.dispatch import resolve
    from bytegrad.runtime.opaque_calls import call_opaque

    if not all([issubclass(kind, np.ndarray) for kind in kinds]):
        return done(None, NotImplemented)
    args, n, implementation = tuple(args), len(args), f._implementation
    if not any([has_own(operand, "__array_function__") for operand in _flat((*args, *kwargs.values()))]):
        step = by_implementation(ctx, f, args, kwargs)
    elif type(implementation) is FunctionType:
        step = resolve(ctx, implementation, args, kwargs)
    else:  # a rule would call the function by its name, which asks again
        step = call_opaque(ctx, implementation, args, kwargs)
    return after(step, lambda record: (_reverse_packed, record, n, kwargs))


def _reverse_packed(ctx: Any, record: Any, y_bar: Any) -> Operands:
    """The arguments came as a tuple and a dict, whose items are slots."""
    _, inner, n, kwargs = record
    bars = inner[0](ctx, inner, y_bar)
    for name, bar in zip(kwargs, bars[n:], strict=False):
        if bar is not ZERO:
            ctx.shadow(kwargs).add(name, bar)
    return (ZERO, ZERO, ZERO, tuple(bars[:n]), ZERO)
