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
from bytegrad.runtime import arithmetic, attributes, dispatch, records, registry
from bytegrad.runtime.attribute_slots import reverse_slot
from bytegrad.runtime.binding import TYPED
from bytegrad.runtime.callees import augmented_for, remembered
from bytegrad.runtime.classes import is_plain, is_slot, lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import CONTAINERS
from bytegrad.runtime.objects import finish_construction, makes_bare_objects
from bytegrad.runtime.steps import Step

# calls ------------------------------------------------------------------------------------------------------


def call_at(ctx: Context, f: Any, args: tuple[Any, ...], keywords: Any, site: Site) -> Step:
    """As `dispatch.call`, for arguments by position."""
    kind = type(f)
    if kind is types.FunctionType:
        augmented = augmented_for(ctx, f, *map(type, args))
        if augmented is not None:
            if f.__closure__ is None and not site.makes:
                note_call(ctx, site, f, augmented, args)
            return (augmented, (ctx, *args), None)
    elif kind is types.BuiltinFunctionType:
        augmented = number_function_for(ctx, f, *map(type, args))
        if augmented is not None:
            note_call(ctx, site, f, augmented, args)
            return (augmented, (ctx, *args), None)
    elif kind is type or kind is ABCMeta:
        augmented = init_for(ctx, f, *map(type, args))
        if augmented is not None:
            obj = object.__new__(f)
            if site.makes and augmented.__closure__ is None:
                note_call(ctx, site, f, augmented, args)
            return (augmented, (ctx, obj, *args), functools.partial(finish_construction, obj))
    return dispatch.call(ctx, f, args, keywords)


def call_method_at(ctx: Context, f: Any, args: tuple[Any, ...], keywords: Any, site: Site) -> Step:
    """As `dispatch.call_method`, for arguments by position."""
    if type(f) is types.MethodType and type(f.__func__) is types.FunctionType and type(f.__self__) not in TYPED:
        function, owner = f.__func__, f.__self__
        augmented = augmented_for(ctx, function, type(owner), *map(type, args))
        if augmented is not None:
            if function.__closure__ is None:
                note_call(ctx, site, function, augmented, args, type(owner))
            return (augmented, (ctx, owner, *args), None)
    return dispatch.call_method(ctx, f, args, keywords)


def note_call(ctx: Context, site: Site, f: Any, augmented: Any, args: tuple[Any, ...], *owner: type) -> None:
    """The next call of `f` with such arguments, and such an owner, at `site` may go straight to `augmented`."""
    note(site, ctx.token, f, augmented, *owner, *[type(args[index]) for index in site.untyped])


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
    return functools.partial(records.by_numbers_in_step, rule, f)


_NUMBERS = frozenset({float, int})


def init_for(ctx: Context, kind: type, *kinds: type) -> Any:
    """The augmented ``__init__`` of a class whose objects are made by ``object.__new__``; None for others."""
    calls = remembered(ctx)
    key = (kind, ctx.guarded, *kinds)
    known = calls.get(key, ctx)
    if known is ctx:
        init = lookup(kind, "__init__")
        plain = makes_bare_objects(kind) and not issubclass(kind, BaseException)
        if plain and type(init) is types.FunctionType and not registry.lookup(kind):
            known = calls[key] = augmented_for(ctx, init, kind, *kinds)
        else:
            known = calls[key] = None
    return known


# attributes -------------------------------------------------------------------------------------------------


def load_at(ctx: Context, args: tuple[Any, ...], name: str, site: Site) -> Step:
    """As `attributes.load`."""
    kind = type(args[0])
    if not issubclass(kind, (type, types.ModuleType)):
        reverse = _plain_read(kind, name)
        if reverse is not attributes:
            note(site, ctx.token, kind, reverse)
    return attributes.load(ctx, args, name)


def method_at(ctx: Context, args: tuple[Any, ...], name: str, site: Site) -> Step:
    """As `attributes.load`, of what is called next."""
    kind = type(args[0])
    if kind is np.ndarray or kind in CONTAINERS or (is_plain(kind) and type(lookup(kind, name)) is types.FunctionType):
        note(site, ctx.token, kind, None)
    return attributes.load(ctx, args, name)


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


OPERATORS = ("add", "sub", "mul", "truediv", "iadd", "isub", "imul", "itruediv", "neg", "matmul")
AT_SITES: dict[str, Any] = {
    **{op: operator_at(op) for op in OPERATORS},
    "call": call_at,
    "call_method": call_method_at,
    "getattr": load_at,
    "load_method": method_at,
    "setattr": store_at,
}
"""The resolutions of operations that may have a short way."""
