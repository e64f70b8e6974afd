"""Attribute access as Python defines it: properties, descriptors and hooks written in Python are differentiated."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from bytegrad.runtime import array_items
from bytegrad.runtime.arithmetic import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, is_number

ATTRIBUTES: dict[type, dict[str, Any]] = {}
"""Attributes of immutable values: the cotangent of the value from that of the attribute, by type and name."""
_PLAIN_GET = object.__getattribute__
_PLAIN_SET = object.__setattr__


def reverse_slot(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A slot was read: its shadow grows."""
    _, owner, key, n = record
    if y_bar is not ZERO:
        ctx.shadow(owner).add(key, y_bar)
    return (ZERO,) * n


def reverse_store(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A slot was written: the stored value, which is the last operand, gets what the slot had gathered."""
    _, owner, key, n = record
    shadow = ctx.peek(owner)
    return (ZERO,) * (n - 1) + (ZERO if shadow is None else shadow.take(key),)


def by_value(value: Any) -> bool:
    """Whether a cotangent of `value` is carried by value."""
    return is_number(value) or (isinstance(value, tuple) and any(by_value(item) for item in value))


# reading ----------------------------------------------------------------------------------------------------


def load(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """Resolve ``owner.name``."""
    owner = args[0]
    kind = type(owner)
    if kind is np.ndarray:
        # What is not constant is another view of the same memory, and shares its shadow.
        return done(None, getattr(owner, name))
    if isinstance(owner, type):
        return _class_attribute(ctx, owner, name)
    if kind is types.ModuleType:
        return _slot(owner, name, getattr(owner, name))
    if kind is super:
        return _super_attribute(ctx, owner, name)
    hook = lookup(kind, "__getattribute__")
    if type(hook) is types.FunctionType:
        return resolve_with_name(ctx, hook, owner, name)
    found = lookup(kind, name)
    if found is None:
        if name not in _dict_of(owner):
            fallback = lookup(kind, "__getattr__")
            if type(fallback) is types.FunctionType:
                return resolve_with_name(ctx, fallback, owner, name)
        return _slot(owner, name, getattr(owner, name))
    return _found(ctx, owner, kind, name, found)


def _dict_of(owner: Any) -> Any:
    try:
        return object.__getattribute__(owner, "__dict__")
    except (AttributeError, TypeError):
        return ()


def _found(ctx: Context, owner: Any, kind: type, name: str, found: Any) -> Step:
    """The class has the attribute: a descriptor decides, unless the instance's own value comes first."""
    if type(found) is property:
        if found.fget is None:
            return native(getattr, (owner, name))
        return resolve(ctx, found.fget, (owner,), {})
    getter = lookup(type(found), "__get__")
    if type(getter) is types.FunctionType:
        data = lookup(type(found), "__set__") is not None or lookup(type(found), "__delete__") is not None
        if data or name not in _dict_of(owner):
            return _strip(resolve(ctx, getter, (found, owner, kind), {}))
    value = getattr(owner, name)
    rule = _attribute_rule(kind, name)
    if rule is not None:
        return done((_reverse_attribute, rule, owner), value) if may_carry(owner) else done(None, value)
    if name == "__dict__":
        ctx.share(value, owner)
        return done(None, value)
    if getter is None and name not in _dict_of(owner):
        return _slot(_defining(kind, name), name, value)
    if type(value) in (types.BuiltinMethodType, types.MethodWrapperType, types.MethodType):
        if is_number(owner) or isinstance(owner, tuple):
            return done((_reverse_bound, value), value)
        return done(None, value)
    return _slot(owner, name, value)


def _strip(step: Step) -> Step:
    """A descriptor's ``__get__`` has three operands; the load has one, the owner."""
    from bytegrad.runtime.dispatch import after

    return after(step, lambda record: (_reverse_descriptor, record))


def _reverse_descriptor(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, y_bar)[1],)


def _attribute_rule(kind: type, name: str) -> Any:
    for base in kind.__mro__:
        if base in ATTRIBUTES and name in ATTRIBUTES[base]:
            return ATTRIBUTES[base][name]
    return None


def _reverse_attribute(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, rule, owner = record
    return (ZERO if y_bar is ZERO else rule(owner, y_bar),)


def _reverse_bound(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    shadow = ctx.peek(record[1])
    return (ZERO if shadow is None else shadow.take("__self__"),)


def _slot(owner: Any, name: str, value: Any) -> Step:
    return done((reverse_slot, owner, name, 1) if by_value(value) else None, value)


def _defining(kind: type, name: str) -> type:
    return next(base for base in kind.__mro__ if name in base.__dict__)


def _class_attribute(ctx: Context, owner: type, name: str) -> Step:
    found = lookup(type(owner), name)
    if type(found) is property and found.fget is not None:
        return resolve(ctx, found.fget, (owner,), {})
    value = getattr(owner, name)
    if by_value(value) and lookup(owner, name) is value:
        return _slot(_defining(owner, name), name, value)
    return done(None, value)


def _super_attribute(ctx: Context, owner: Any, name: str) -> Step:
    instance = owner.__self__
    order = owner.__self_class__.__mro__
    for base in order[order.index(owner.__thisclass__) + 1 :]:
        if name in base.__dict__:
            found = base.__dict__[name]
            if type(found) is property and found.fget is not None:
                return resolve(ctx, found.fget, (instance,), {})
            break
    return done(None, getattr(owner, name))


def resolve_with_name(ctx: Context, hook: Any, owner: Any, name: str) -> Step:
    """``__getattr__`` and its like take the name as well, which is no operand."""
    from bytegrad.runtime.dispatch import after

    return after(resolve(ctx, hook, (owner, name), {}), lambda record: (_reverse_hook, record))


def _reverse_hook(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, y_bar)[0],)


# writing ----------------------------------------------------------------------------------------------------


def store(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """Resolve ``owner.name = value``."""
    from bytegrad.runtime.dispatch import after

    owner, value = args
    kind = type(owner)
    if kind is np.ndarray:
        step = array_items.set_attribute(ctx, owner, name, value)
        if step is not None:
            return step
    hook = lookup(kind, "__setattr__")
    if type(hook) is types.FunctionType:
        return after(resolve(ctx, hook, (owner, name, value), {}), lambda record: (_reverse_set_hook, record))
    found = lookup(kind, name)
    if type(found) is property and found.fset is not None:
        return resolve(ctx, found.fset, (owner, value), {})
    setter = lookup(type(found), "__set__") if found is not None else None
    if type(setter) is types.FunctionType:
        step = resolve(ctx, setter, (found, owner, value), {})
        return after(step, lambda record: (_reverse_set_descriptor, record))
    return plain_store(ctx, owner, name, value)


def plain_store(ctx: Context, owner: Any, name: str, value: Any) -> Step:
    """Set an attribute without hooks, as ``object.__setattr__`` does."""
    setattr(owner, name, value)
    if type(owner) is types.ModuleType:
        ctx.global_writes = True
    return done((reverse_store, owner, name, 2), None)


def _reverse_set_hook(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    owner_bar, _, value_bar = inner[0](ctx, inner, y_bar)
    return (owner_bar, value_bar)


def _reverse_set_descriptor(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return tuple(inner[0](ctx, inner, y_bar)[1:])


def delete(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """Resolve ``del owner.name``."""
    owner = args[0]
    hook = lookup(type(owner), "__delattr__")
    if type(hook) is types.FunctionType:
        return resolve_with_name(ctx, hook, owner, name)
    delattr(owner, name)
    return done((reverse_delete, owner, name), None)


def reverse_delete(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A slot was deleted: what came before has no cotangent through it."""
    shadow = ctx.peek(record[1])
    if shadow is not None:
        shadow.take(record[2])
    return (ZERO,)


OPERATIONS: dict[str, Any] = {"getattr": load, "load_method": load, "setattr": store, "delattr": delete}
