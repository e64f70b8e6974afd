"""Operators on arrays and on numpy's scalars: the rules of the ufuncs, with the operators' own arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.ir.ops import BINARY, CALLABLES
from bytegrad.runtime import registry
from bytegrad.runtime.array_writes import in_place, into
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.elementwise import elementwise
from bytegrad.runtime.operands import SCALARS
from bytegrad.runtime.records import by_numbers
from bytegrad.runtime.registry import Adjoint, NonDifferentiable, Partials
from bytegrad.runtime.rule_calls import by_rule
from bytegrad.runtime.steps import Step, done, native

ndarray = np.ndarray

KINDS = SCALARS | {ndarray}
"""Types of operands that come here."""
_PARTNERS = KINDS | {float, int, complex, bool, list, tuple}
"""Types of the other operand for which numpy answers, whatever methods there are."""

UFUNCS: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "matmul": np.matmul,
    "and_": np.bitwise_and,
    "or_": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
    "neg": np.negative,
    "pos": np.positive,
    "invert": np.invert,
}
_PLAIN = {"iand": "and_", "ior": "or_"}


def _names() -> dict[str, tuple[Any, Any, bool]]:
    """For each operation: its ufunc, its operator, and whether it writes into its first operand."""
    found = {}
    for op in (*BINARY, "neg", "pos", "invert"):
        in_place = op not in UFUNCS
        plain = _PLAIN.get(op, op[1:]) if in_place else op
        found[op] = (UFUNCS[plain], CALLABLES[op], in_place)
    return found


_OPERATIONS = _names()


def ufunc_of(op: str, kind: type) -> Any:
    """What the operator's method of an array or numpy scalar, of type `kind`, calls."""
    ufunc, _, writes = _OPERATIONS[op]
    return (lambda a, b: ufunc(a, b, out=(a,))) if writes and kind is ndarray else ufunc


def leaves_it_to(method: Any, other: Any) -> bool:
    """Whether an array's method of a binary operator answers NotImplemented because `other` comes first.

    It does if the other says so by ``__array_ufunc__ = None``, or, having no such attribute, by its priority.
    """
    kind = type(other)
    if getattr(method, "__objclass__", None) is not ndarray or kind in _PARTNERS or isinstance(other, ndarray):
        return False
    if hasattr(kind, "__array_ufunc__"):
        return kind.__array_ufunc__ is None
    return bool(getattr(other, "__array_priority__", 0.0) > 0.0)  # the priority of an array


def as_builtin(method: Any, other: Any) -> Any:
    """The function of two operands that the method of one of numpy's numbers comes to; None if it is numpy's own.

    That of an array of a subclass is the ufunc.  An object that numpy knows nothing of is asked by the ufunc, as an
    element of an array of objects, and gets the number as one of Python's.
    """
    kind = type(other)
    if not issubclass(getattr(method, "__objclass__", int), np.generic) or not kind.__flags__ & _MADE_BY_PYTHON:
        return None
    if issubclass(kind, ndarray):
        return _ON_ARRAYS.get(method.__name__) if lookup(kind, "__array_ufunc__") is _OF_ARRAYS else None
    if issubclass(kind, _OF_NUMPY) or any([hasattr(kind, name) for name in _ARRAY_LIKE]) or _has_length(other):
        return None
    return _ON_BUILTINS.get(method.__name__)


_MADE_BY_PYTHON = 1 << 9
_OF_NUMPY = (np.generic, ndarray, float, int, complex, str, bytes, list, tuple)
"""Types of operands that numpy takes for numbers, texts or arrays, also if they are of subclasses."""
_ARRAY_LIKE = (
    *("__array_ufunc__", "__array_priority__", "__array__", "__array_interface__", "__array_struct__", "__buffer__"),
)
"""Attributes of objects of which numpy makes arrays, or which it leaves the operation to."""


def _has_length(other: Any) -> bool:
    """Whether numpy takes an object for a sequence; it asks, too."""
    if not hasattr(type(other), "__getitem__"):
        return False
    try:
        len(other)
    except Exception:
        return False
    return True


def _on_builtins(op: str) -> Any:
    function = CALLABLES[op]
    return lambda a, b: function(a.item(), b)


_OF_ARRAYS = vars(ndarray)["__array_ufunc__"]
_ON_ARRAYS = {f"__{op.rstrip('_')}__": ufunc for op, ufunc in UFUNCS.items() if op in BINARY}
_ON_BUILTINS = {f"__{op.rstrip('_')}__": _on_builtins(op) for op in UFUNCS if op in BINARY}


def rule_of(function: Any) -> Partials | None:
    """The rule of an operator, by name, or of a ufunc, if it is made of partial derivatives and writes into nothing."""
    if isinstance(function, str):
        function, _, writes = _OPERATIONS[function]
        if writes:
            return None
    rules = registry.lookup(function) if type(function) is np.ufunc and function.nout == 1 else ()
    return rules[0] if rules and isinstance(rules[0], Partials) else None


def number_rule(function: Any) -> Partials | None:
    """The rule of an operator, by name, on numbers; None for a ufunc, which has the same for all."""
    rules = registry.lookup(CALLABLES[function]) if isinstance(function, str) else ()
    return rules[0] if rules and isinstance(rules[0], Partials) else None


def in_place_rule(op: str) -> Partials | None:
    """The rule of an operator that writes into its first operand, if it is made of partial derivatives."""
    ufunc, _, writes = _OPERATIONS.get(op, (None, None, False))
    rules = registry.lookup(ufunc) if writes else ()
    return rules[0] if rules and isinstance(rules[0], Partials) else None


def operate(ctx: Any, op: str, args: tuple[Any, ...], active: Any, method: Any = None) -> Step | None:
    """The step of the operation `op`, one of whose operands is numpy's; None if Python's own dispatch decides.

    `active` says which of `args` may carry a cotangent, if that is known; `method` is numpy's own, if that has been
    chosen already, whatever the operands are: the operator might find another one.
    """
    for arg in args:
        if type(arg) not in _PARTNERS and method is None:
            return None
    ufunc, function, writes = _OPERATIONS[op]
    function = method or function
    rules = registry.lookup(ufunc)
    if not rules:
        return None
    rule = rules[0]
    if writes and isinstance(args[0], ndarray):
        if type(rule) is Partials:
            return in_place(ctx, rule, function, args, active)
        return into(ctx, rule, function, args, {}, args[:1], active)
    if isinstance(rule, Partials):
        for arg in args:
            if type(arg) not in _NUMBERS:
                return elementwise(ctx, rule, function, args, {}, active)
        return _numbers(function, args, active)
    if isinstance(rule, NonDifferentiable):
        return native(function, args)
    assert isinstance(rule, Adjoint)
    return by_rule(ctx, rule, function, args, {})


_NUMBERS = SCALARS | {float, int, complex, bool}


def _numbers(function: Any, args: tuple[Any, ...], active: Any) -> Step | None:
    for rule in registry.lookup(function):
        if isinstance(rule, Partials):
            return done(*by_numbers(rule, function, args, active))
    return None
