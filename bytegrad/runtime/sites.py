"""Short ways: what emitted code may do on its own the next time, and where that is right.

Everything here is remembered for one differentiation only, under its context's token, and is forgotten at once when
a rule, a class or a function's code is changed by differentiated code.
"""

from __future__ import annotations

import functools
import types
from abc import ABCMeta
from typing import Any

import numpy as np

from bytegrad.codegen.sites import Site, note
from bytegrad.runtime import arithmetic, attributes, dispatch, records, registry, subscripts
from bytegrad.runtime.attribute_slots import reverse_slot
from bytegrad.runtime.binding import TYPED
from bytegrad.runtime.callees import Fitted, augmented_for, fitted, remembered
from bytegrad.runtime.classes import is_plain, is_slot, lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import CONTAINERS
from bytegrad.runtime.objects import finish_construction, makes_bare_objects
from bytegrad.runtime.steps import Step

# calls ------------------------------------------------------------------------------------------------------


def call_at(ctx: Context, f: Any, args: tuple[Any, ...], keywords: Any, site: Site) -> Step:
    """As `dispatch.call`."""
    kind = type(f)
    names = tuple(keywords) if keywords else ()
    if kind is types.FunctionType:
        found = fitted(ctx, f, names, tuple(map(type, args)))
        if found is not None:
            if f.__closure__ is None and not site.makes:
                note_call(ctx, site, f, found, args)
            return _step(ctx, found, args, names) if found.how else (found.augmented, (ctx, *args), None)
    elif kind is types.BuiltinFunctionType and not names:
        found = number_function_for(ctx, f, *map(type, args))
        if found is not None:
            note_call(ctx, site, f, found, args)
            return _step(ctx, found, args, ())
    elif kind is type or kind is ABCMeta:
        found = init_for(ctx, f, names, tuple(map(type, args)))
        if found is not None:
            obj = object.__new__(f)
            if site.makes and found.augmented.__closure__ is None:
                note_call(ctx, site, f, found, args)
            function, operands, _ = _step(ctx, found, (obj, *args), names)
            return (function, operands, functools.partial(finish_construction, obj, found.how))
    return dispatch.call(ctx, f, args, keywords)


def call_method_at(ctx: Context, f: Any, args: tuple[Any, ...], keywords: Any, site: Site) -> Step:
    """As `dispatch.call_method`."""
    if type(f) is types.MethodType and type(f.__func__) is types.FunctionType and type(f.__self__) not in TYPED:
        function, operands, names = f.__func__, (f.__self__, *args), tuple(keywords or ())
        found = fitted(ctx, function, names, tuple(map(type, operands)))
        if found is not None:
            if function.__closure__ is None:
                note_call(ctx, site, function, found, args, type(f.__self__))
            return _step(ctx, found, operands, names)
    if type(f) is types.FunctionType and not keywords:
        found = fitted(ctx, f, (), tuple(map(type, args)))
        if found is not None:
            return dispatch.lead_owner(_step(ctx, found, args, ()))
    return dispatch.call_method(ctx, f, args, keywords)


def _step(ctx: Context, found: Fitted, operands: tuple[Any, ...], names: tuple[str, ...]) -> Step:
    """The call of what was found, the last operands being passed by `names`."""
    given = len(operands) - len(names)
    return dispatch.step_of(ctx, found, operands[:given], dict(zip(names, operands[given:], strict=True)))


def note_call(ctx: Context, site: Site, f: Any, found: Fitted, args: tuple[Any, ...], *owner: type) -> None:
    """The next call of `f` with such arguments, and such an owner, at `site` may go straight to what was found."""
    # What a function had done when an exception left it, a handler finds in the order of its own parameters only.
    if found.how is None or not ctx.guarded:
        note(site, ctx.token, f, found.augmented, found.how, *owner, *[type(args[index]) for index in site.untyped])


def number_function_for(ctx: Context, f: Any, *kinds: type) -> Any:
    """What calls a function of C by its partial derivatives, for numbers; None for others."""
    calls = remembered(ctx)
    key = (f, *kinds)
    known = calls.get(key, ctx)
    if known is ctx:
        known = calls[key] = _number_function(f, kinds)
    return known


def _number_function(f: Any, kinds: tuple[type, ...]) -> Any:
    if not _NUMBERS.issuperset(kinds) or f in dispatch.OPERATIONS:
        return None
    rule = next(iter(registry.lookup(f)), None)
    if not isinstance(rule, registry.Partials) or len(rule.names) != len(kinds):
        return None
    return Fitted(functools.partial(records.by_numbers_in_step, rule, f), None, None)


_NUMBERS = frozenset({float, int})


def init_for(ctx: Context, kind: type, keywords: tuple[str, ...], kinds: tuple[type, ...]) -> Fitted | None:
    """What calls the ``__init__`` of a class whose objects are made by ``object.__new__``; None for others."""
    calls = remembered(ctx)
    key = (kind, ctx.guarded, keywords, *kinds)
    known = calls.get(key, ctx)
    if known is ctx:
        init = lookup(kind, "__init__")
        plain = makes_bare_objects(kind) and not issubclass(kind, BaseException)
        known = None
        if plain and type(init) is types.FunctionType and not registry.lookup(kind):
            known = fitted(ctx, init, keywords, (kind, *kinds))
        calls[key] = known
    found: Fitted | None = known
    return found


# attributes -------------------------------------------------------------------------------------------------


def load_at(ctx: Context, args: tuple[Any, ...], name: str, site: Site) -> Step:
    """As `attributes.load`."""
    kind = type(args[0])
    if not issubclass(kind, (type, types.ModuleType)):
        getter = _getter(ctx, kind, name)
        reverse = _plain_read(kind, name) if getter is None else None
        if reverse is not attributes:
            note(site, ctx.token, kind, reverse, getter)
    return attributes.load(ctx, args, name)


def _getter(ctx: Context, kind: type, name: str) -> Any:
    """What reads ``obj.name`` of a plain class of the user's, if that is a property of a plain Python function."""
    found = lookup(kind, name)
    if type(found) is not property or not is_plain(kind) or lookup(kind, "__getattr__") is not None:
        return None
    function = found.fget
    if type(function) is not types.FunctionType or function.__closure__ is not None:
        return None
    return augmented_for(ctx, function, kind)


def method_at(ctx: Context, args: tuple[Any, ...], name: str, site: Site) -> Step:
    """As `attributes.load`, of what is called next."""
    kind = type(args[0])
    if kind is np.ndarray or kind in CONTAINERS or (is_plain(kind) and type(lookup(kind, name)) in _METHODS):
        note(site, ctx.token, kind, None, None)
    return attributes.load(ctx, args, name)


_METHODS = frozenset({types.FunctionType, staticmethod, classmethod})


def store_at(ctx: Context, args: tuple[Any, ...], name: str, site: Site) -> Step:
    """As `attributes.store`."""
    kind = type(args[0])
    if is_plain(kind) and lookup(kind, "__setattr__") is object.__setattr__ and is_slot(kind, name, True):
        note(site, ctx.token, kind)
    return attributes.store(ctx, args, name)


def _plain_read(kind: type, name: str) -> Any:
    """How reading ``obj.name`` is reversed, None if by nothing, for any `obj` of a class; a module if it depends."""
    if kind is np.ndarray or kind in CONTAINERS:
        return None
    if issubclass(kind, tuple):
        hooked = any([type(lookup(kind, hook)) is types.FunctionType for hook in ("__getattribute__", "__getattr__")])
        field = lookup(kind, name)
        is_field = type(field) in subscripts.FIELDS and not hooked
        return subscripts.reversal_of_field(field.__reduce__()[1][0]) if is_field else attributes
    if is_plain(kind) and lookup(kind, "__getattr__") is None and is_slot(kind, name, False):
        return reverse_slot
    return attributes


# operators --------------------------------------------------------------------------------------------------


def operator_at(op: str) -> Any:
    """As the resolution of the operator `op`."""
    resolve_operator = arithmetic.OPERATIONS[op]

    def at_site(ctx: Context, args: tuple[Any, ...], static: Any, site: Site) -> Step:
        augmented, swapped = arithmetic.method_for(ctx, op, args)
        # What a method had done when an exception left it, a handler finds in the order of its own operands only.
        if augmented is not None and augmented.__closure__ is None and not (swapped and ctx.guarded):
            note(site, ctx.token, swapped, augmented, *[type(args[index]) for index in site.untyped])
        step: Step = resolve_operator(ctx, args, static)
        return step

    return at_site


def item_at(ctx: Context, args: tuple[Any, ...], static: Any, site: Site) -> Step:
    """As `subscripts.load`."""
    kinds = tuple(map(type, args))
    method = lookup(kinds[0], "__getitem__")
    if type(method) is types.FunctionType and method.__closure__ is None and is_plain(kinds[0]):
        augmented = augmented_for(ctx, method, *kinds)
        if augmented is not None:
            note(site, ctx.token, False, augmented, *[kinds[index] for index in site.untyped])
            return (augmented, (ctx, *args), None)
    return subscripts.load(ctx, args, static)


OPERATORS = ("add", "sub", "mul", "truediv", "iadd", "isub", "imul", "itruediv", "pow", "ipow", "neg", "matmul")
AT_SITES: dict[str, Any] = {
    **{op: operator_at(op) for op in OPERATORS},
    "getitem": item_at,
    "call": call_at,
    "call_method": call_method_at,
    "getattr": load_at,
    "load_method": method_at,
    "setattr": store_at,
}
"""The resolutions of operations that may have a short way."""
