"""How a call is resolved: a rule, the function's own adjoint, Python's protocols, or a call as it stands."""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.adjoint.known import WITHOUT_COTANGENT
from bytegrad.adjoint.passive import Operands
from bytegrad.errors import UnsupportedError
from bytegrad.ir.ops import BINARY, CALLABLES, COMPARE
from bytegrad.runtime import registry
from bytegrad.runtime.arranging import arranged, parameter_kinds
from bytegrad.runtime.array_functions import FIRST
from bytegrad.runtime.array_overrides import HOOKED
from bytegrad.runtime.array_writes import into, outputs
from bytegrad.runtime.asking import ask
from bytegrad.runtime.callees import Fitted, adjoint_for, fitted, fitted_past_rules
from bytegrad.runtime.calling_back import run_natively, run_primitive
from bytegrad.runtime.compile import RUNTIME, augmented_function, emitted
from bytegrad.runtime.compile import Adjoint as Compiled
from bytegrad.runtime.context import Context
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.python_ufuncs import by_calls_of
from bytegrad.runtime.records import by_partials
from bytegrad.runtime.registry import Adjoint, Bound, NonDifferentiable, Partials, Polyfill, Primitive, Resolver
from bytegrad.runtime.rule_calls import by_rule
from bytegrad.runtime.steps import Step, after, done, native
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import emitted_frame

BOUND_IN_C = (types.BuiltinMethodType, type(re.compile("").match))
"""Types of bound methods of C; those of the second also know the class that defines them."""


def call(ctx: Context, f: Any, args: tuple[Any, ...], keywords: tuple[str, ...] | None) -> Step:
    """Resolve ``f(*args)``, the last arguments being passed by the names `keywords`."""
    if f is super and not args:
        return done(None, _bare_super(emitted_frame()))
    kwargs: dict[str, Any] = {}
    if keywords:
        n = len(args) - len(keywords)
        args, kwargs = args[:n], dict(zip(keywords, args[n:], strict=True))
    if type(keywords) is Operands:
        ctx.arrays.note(args, keywords.active)
    return resolve(ctx, f, args, kwargs)


def _bare_super(frame: types.FrameType) -> Any:
    """``super()``: the class and the first argument of the frame that calls it."""
    code, held = frame.f_code, frame.f_locals
    # Before the user's parameters are our own, for each differentiation that the code is part of.
    first = next((name for name in code.co_varnames[: code.co_argcount] if name.isidentifier()), None)
    if first is None:
        raise RuntimeError("super(): no arguments")
    if first not in held:
        raise RuntimeError("super(): arg[0] deleted")
    if "__class__" not in code.co_freevars:
        raise RuntimeError("super(): __class__ cell not found")
    if "__class__" not in held:
        raise RuntimeError("super(): empty __class__ cell")
    return super(held["__class__"], held[first])


def call_star(ctx: Context, f: Any, packed: tuple[Any, ...], static: Any) -> Step:
    """Resolve ``f(*args, **kwargs)``; the operands are the sequence and the mapping."""
    from bytegrad.runtime.unpacking import star_call

    return star_call(ctx, f, *packed)


def call_method(ctx: Context, f: Any, args: tuple[Any, ...], keywords: tuple[str, ...] | None) -> Step:
    """Resolve the call of a method that was just loaded; the first operand is its owner."""
    owner = getattr(f, "__self__", None)
    kwargs: dict[str, Any] = {}
    if keywords:
        n = len(args) - len(keywords)
        args, kwargs = args[:n], dict(zip(keywords, args[n:], strict=True))
    kind = type(f)
    if kind is types.MethodType:
        return resolve(ctx, f.__func__, (owner, *args), kwargs)
    if type(owner) in CONTAINERS and not kwargs:
        augmented = _primitive_of(type(owner), f.__name__)
        pair = NotImplemented if augmented is None else run_primitive(ctx, f, augmented, (owner, *args))
        if pair is not NotImplemented:
            return (None, pair, None)
    if type(keywords) is Operands:
        ctx.arrays.note(args, keywords.active)
    if kind in BOUND_IN_C and not issubclass(type(owner), types.ModuleType) and owner is not None:
        return resolve_builtin_method(ctx, f, owner, args, kwargs)
    if kind is types.MethodWrapperType:
        return resolve_builtin_method(ctx, f, owner, args, kwargs)
    return lead_owner(resolve(ctx, f, args, kwargs))


CONTAINERS = frozenset({list, dict, set, frozenset, deque, str})
"""Types whose attributes are nothing but methods, and whose methods are always their own."""
_PRIMITIVES: dict[tuple[type, str], Any] = {}


def _primitive_of(kind: type, name: str) -> Any:
    """The primitive that is the first rule of a container's method; None if that has another rule, or none."""
    if _PRIMITIVES.get((object, "version")) != registry.version():
        _PRIMITIVES.clear()
        _PRIMITIVES[object, "version"] = registry.version()
    try:
        return _PRIMITIVES[kind, name]
    except KeyError:
        rules = registry.lookup(getattr(kind, name, None))
        found = rules[0].augmented if rules and isinstance(rules[0], Primitive) else None
        if kind is str and rules and isinstance(rules[0], NonDifferentiable):
            found = functools.partial(_of_text, getattr(kind, name))
        _PRIMITIVES[kind, name] = found
        return found


def _of_text(method: Any, ctx: Context, /, *args: Any) -> Any:
    """A method of texts whose result carries no derivative, and which calls nobody back."""
    return None, method(*args)


# adapting records -------------------------------------------------------------------------------------------


def lead_owner(step: Step) -> Step:
    """The callee did not get the owner: its cotangent is absent."""
    return after(step, _with_owner)


def _with_owner(record: Any) -> Any:
    return (reverse_with_owner, record)


def reverse_with_owner(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The record of a call that did not get the owner, which is an operand: nothing flows to it."""
    inner = record[1]
    return (ZERO, *inner[0](ctx, inner, y_bar))


def drop_owner(step: Step, method: Any) -> Step:
    """The callee got the method's owner as well, which is not an operand of the call."""
    return after(step, functools.partial(_without_owner, method))


def _without_owner(method: Any, record: Any) -> Any:
    return (_reverse_without_owner, record, method)


def _reverse_without_owner(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, method = record
    owner_bar, *bars = inner[0](ctx, inner, y_bar)
    if owner_bar is not ZERO:
        ctx.shadow(method).add("__self__", owner_bar)
    return tuple(bars)


# resolution -------------------------------------------------------------------------------------------------


def resolve(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The step that calls `f`; the record's cotangents are those of `args` and then of the values of `kwargs`."""
    if ctx.checks is not None:
        ctx.checks.calls[id(f)] = f
    if type(f) is types.FunctionType:
        found = fitted(ctx, f, tuple(kwargs), tuple([*map(type, args), *map(type, kwargs.values())]))
        if found is not None:
            return step_of(ctx, found, args, kwargs)
    first = FIRST.get(type(f))
    if first is not None:
        return first(ctx, f, args, kwargs)
    if type(f) is types.BuiltinFunctionType and f in OPERATIONS and len(args) == OPERATIONS[f][1] and not kwargs:
        return _operate(ctx, f, args)
    asked = ask(ctx, f, args, kwargs)
    if asked is not None:
        return asked
    kind = type(f)
    if kind in _DESCRIPTORS and args and not isinstance(args[0], f.__objclass__):
        return native(f, args, kwargs)
    for rule in registry.lookup(f):
        step = apply_rule(ctx, rule, f, args, kwargs)
        if step is not None:
            return step
    handler = BY_TYPE.get(kind)
    if handler is not None:
        return handler(ctx, f, args, kwargs)
    if issubclass(type(f), type):
        from bytegrad.runtime.objects import construct

        return construct(ctx, f, args, kwargs)
    return _call_instance(ctx, f, args, kwargs)


def _operate(ctx: Context, f: Any, args: tuple[Any, ...]) -> Step:
    """A function of `operator` with all of its operands: the operation, unless there is a rule of the user's."""
    if registry.is_replaced(f):
        step = apply_rule(ctx, registry.lookup(f)[0], f, args, {})
        if step is not None:
            return step
    made: Step = RUNTIME.generic[OPERATIONS[f][0]](ctx, args, None)
    return made


def _call_instance(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """An object whose class has a ``__call__``."""
    method = getattr(type(f), "__call__", None)  # noqa: B004
    if isinstance(method, types.FunctionType):
        return drop_owner(resolve(ctx, method, (f, *args), kwargs), f)
    for rule in registry.lookup(method) if method is not None else ():
        step = apply_rule(ctx, rule, method, (f, *args), kwargs)
        if step is not None:
            return drop_owner(step, f)
    return call_opaque(ctx, f, args, kwargs)


OPERATIONS: dict[Any, tuple[str, int]] = {
    CALLABLES[op]: (op, n)
    for n, ops in (
        (1, ("neg", "pos", "invert", "truth", "not_")),
        (2, (*BINARY, *COMPARE, "getitem", "delitem", "contains")),
        (3, ("setitem",)),
    )
    for op in ops
}
"""Functions of `operator`, which mean what the operations of the IR mean, with their numbers of operands."""


def apply_rule(ctx: Context, rule: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """The step that a rule gives; None if it does not apply to these arguments.

    Arguments that the rule has no parameters for are left to `f` itself, which mostly has an error to raise for them.
    """
    try:
        return _apply(ctx, rule, f, args, kwargs)
    except TypeError:
        if takes(rule, args, kwargs):
            raise
    return call_opaque(ctx, f, args, kwargs)


def takes(rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the function that a rule is written as has parameters for these arguments."""
    function: Callable[..., Any]
    if isinstance(rule, Adjoint):
        function, passed = rule.rule, args
    elif isinstance(rule, (Primitive, Resolver)):
        function, passed = rule.augmented if isinstance(rule, Primitive) else rule.resolve, (None, *args)
    else:
        return True
    try:
        inspect.signature(function).bind(*passed, **kwargs)
    except TypeError:
        return False
    return True


def _apply(ctx: Context, rule: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    asking = HOOKED.get(type(f))
    step = None if asking is None else asking(ctx, f, args, kwargs)
    if step is not None:
        return step
    if isinstance(rule, Adjoint):
        return by_rule(ctx, rule, f, args, kwargs)
    if isinstance(rule, (NonDifferentiable, Partials)):
        if "out" in kwargs or type(f) is np.ufunc:
            outs = outputs(f, rule, args, kwargs)
            if outs:
                return into(ctx, rule, f, args, kwargs, outs)
        if isinstance(rule, NonDifferentiable):
            return run_natively(ctx, f, args, kwargs)
        return by_partials(ctx, rule, f, args, kwargs)
    if isinstance(rule, Polyfill):
        return call_polyfill(ctx, rule, f, args, kwargs)
    if isinstance(rule, Resolver):
        step = rule.resolve(ctx, *args, **kwargs)
        return None if step is NotImplemented else step
    if isinstance(rule, Bound):
        if not args or args[0] is not rule.owner:
            return None
        step = apply_rule(ctx, rule.rule, types.MethodType(f, args[0]), args[1:], kwargs)
        return None if step is None else lead_owner(step)
    assert isinstance(rule, Primitive)
    pair = rule.augmented(ctx, *args, **kwargs) if kwargs else run_primitive(ctx, f, rule.augmented, args)
    return None if pair is NotImplemented else done(*pair)


def call_polyfill(ctx: Context, rule: Polyfill, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The polyfill's own adjoint; a call that is an error is left to `f`, which names itself in its message."""
    function: Any = rule.function
    if type(function) is not types.FunctionType:  # what `override` was given
        return resolve(ctx, function, args, kwargs)
    if (kwargs or len(args) != function.__code__.co_argcount) and not _takes(function, len(args), tuple(kwargs)):
        return call_opaque(ctx, f, args, kwargs)
    return resolve(ctx, rule.function, args, kwargs)


@functools.lru_cache(maxsize=256)
def _takes(polyfill: types.FunctionType, count: int, keywords: tuple[str, ...]) -> bool:
    return parameter_kinds(polyfill, (object,) * (count + len(keywords)), keywords) is not None


def resolve_builtin_method(ctx: Context, f: Any, owner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """A bound method of a type written in C: its rule stands under the type's own attribute."""
    if id(owner) in ctx.generators:
        step = _resume(ctx, f, owner, args)
        if step is not None:
            return step
    descriptor = getattr(np.ndarray, f.__name__) if type(owner) is np.ndarray else descriptor_of(f, owner)
    operands = (owner, *args)
    if type(f) is types.MethodWrapperType and f.__name__ in HOOKS:
        step = HOOKS[f.__name__](ctx, descriptor, operands, kwargs)
        if step is not None:
            return step
    active = ctx.arrays.noted(args)
    if active is not None:
        ctx.arrays.note(operands, (True, *active))
    for rule in registry.lookup(descriptor) if descriptor is not None else ():
        step = apply_rule(ctx, rule, descriptor, operands, kwargs)
        if step is not None:
            return step
    if issubclass(type(owner), (type, np.ufunc)):
        for rule in registry.lookup(f) or by_calls_of(f, owner):
            step = apply_rule(ctx, rule, f, args, kwargs)
            if step is not None:
                return lead_owner(step)
    return call_opaque(ctx, f, args, kwargs, owner=(owner,))


def _resume(ctx: Context, f: Any, owner: Any, args: tuple[Any, ...]) -> Step | None:
    """A method that resumes a generator or coroutine of ours, or asks an asynchronous one for something to await."""
    if f.__name__ == "throw" and len(args) == 1 and issubclass(type(args[0]), type):
        from bytegrad.runtime.raising import calls_back, throw_made

        if calls_back(args[0]):
            return lead_owner(drop_owner(resolve(ctx, throw_made, (f, args[0]), {}), f))
    if f.__name__ in RESUMING:
        return (f, args, ctx.generators[id(owner)].resumption(owner, f.__name__, len(args)))
    from bytegrad.runtime.coroutines import request

    return request(ctx, f, owner, args)


def descriptor_of(f: Any, owner: Any) -> Any:
    """The attribute of a type that the builtin method `f` of `owner` comes from; None if there is none.

    It is searched by identity: ``super().append`` is list's, though the owner's class may have one of its own.
    """
    is_type = issubclass(type(owner), type)
    for base in owner.__mro__ if is_type else type(owner).__mro__:
        found: Any = base.__dict__.get(f.__name__)
        if is_type:
            if type(found) is types.ClassMethodDescriptorType and found.__get__(None, owner) == f:
                return found
        elif type(found) in _DESCRIPTORS and found.__get__(owner, type(owner)) == f:
            return found
    return None


_DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType)


def call_function(ctx: Context, f: types.FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """A Python function that may be suspended, or whose rules have declined the call."""
    keywords, kinds = tuple(kwargs), tuple([*map(type, args), *map(type, kwargs.values())])
    found = fitted_past_rules(ctx, emitted(f), keywords, kinds)
    if found is not None:
        return step_of(ctx, found, args, kwargs)
    of_parameters = parameter_kinds(f, kinds, keywords)
    if of_parameters is None:
        return native(f, args, kwargs)
    checks = ctx.checks
    if checks is not None:
        checks.note(f.__code__)
    made = adjoint_for(f, of_parameters, ctx.guarded, checks is not None and checks.check_finite)
    from bytegrad.runtime.generators import start

    return start(ctx, f, augmented_function(f, made), args, kwargs)


def step_of(ctx: Context, found: Fitted, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The call of what was found for a function."""
    function = found.augmented
    if found.how is None:
        return (function, (ctx, *args), None)
    if kwargs:
        function = functools.partial(function, **kwargs)
    return after((function, (ctx, *args), None), functools.partial(arranged, found.how))


def _call_bound(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    return drop_owner(resolve(ctx, f.__func__, (f.__self__, *args), kwargs), f)


def _call_builtin(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    owner = f.__self__
    if owner is None or (issubclass(type(owner), types.ModuleType) and type(f) is not types.MethodWrapperType):
        return call_opaque(ctx, f, args, kwargs)
    return drop_owner(resolve_builtin_method(ctx, f, owner, args, kwargs), f)


def _call_descriptor(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """An unbound method of a builtin type, such as ``list.append``: subclasses inherit the rule."""
    step = None
    if args and id(args[0]) in ctx.generators and not kwargs:
        step = _resume(ctx, f.__get__(args[0]), args[0], args[1:])
    elif args and f.__name__ in HOOKS:
        step = HOOKS[f.__name__](ctx, f, args, kwargs)
    return call_opaque(ctx, f, args, kwargs) if step is None else step


HOOKS: dict[str, Callable[..., Step | None]] = {}
"""Methods of C that lead back to Python's protocols, by name: ``(ctx, method, operands, kwargs) -> step``, or None."""


def _call_partial(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    from bytegrad.runtime.unpacking import call_partial

    return call_partial(ctx, f, args, kwargs)


RESUMING = frozenset(("send", "__next__", "throw", "close"))
"""Methods by which generators and coroutines are resumed."""
BY_TYPE: dict[type, Callable[..., Step]] = {
    types.FunctionType: call_function,
    types.MethodType: _call_bound,
    **dict.fromkeys(BOUND_IN_C, _call_builtin),
    types.MethodWrapperType: _call_builtin,
    types.MethodDescriptorType: _call_descriptor,
    types.WrapperDescriptorType: _call_descriptor,
    functools.partial: _call_partial,
}


__all__ = ["WITHOUT_COTANGENT", "Compiled", "UnsupportedError", "call", "call_method", "call_star", "resolve"]
