"""Attribute access as Python defines it: properties, descriptors and hooks written in Python are differentiated."""

from __future__ import annotations

import builtins
import functools
import sys
import types
import weakref
from typing import Any

import numpy as np

from bytegrad.codegen.sites import forget_sites
from bytegrad.runtime import array_items, classes, registry
from bytegrad.runtime.attribute_slots import (
    by_value,
    defining,
    dict_of,
    is_property,
    of_owner,
    resolve_with_name,
    reverse_store,
    slot,
    slots_of,
)
from bytegrad.runtime.class_attributes import get_or_ask, load_of_class
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import BOUND_IN_C, CONTAINERS, resolve
from bytegrad.runtime.opaque_calls import call_opaque, reverse_untraced
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, after, done, native
from bytegrad.runtime.tangent import ZERO, is_number
from bytegrad.runtime.where import user_frame

ATTRIBUTES: dict[type, dict[str, Any]] = {}
"""Attributes of immutable values: the cotangent of the value from that of the attribute, by type and name."""
_PARTS: dict[str, Any] = {"real": np.real, "imag": np.imag}
"""Attributes of arrays that, if those are of objects, may be new arrays."""
_ADDRESSES = frozenset(("__array_interface__", "__array_struct__", "ctypes"))
"""Attributes of arrays that say where their memory is."""
_RELIED_ON = (type, types.FunctionType)
"""What short ways of emitted code rely on: attributes of these."""
_MISSING = object()
_C_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)


# reading ----------------------------------------------------------------------------------------------------


def load(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """Resolve ``owner.name``."""
    owner = args[0]
    kind = type(owner)
    if kind is np.ndarray:
        return _array_attribute(ctx, owner, name)
    if kind in CONTAINERS:
        return (None, (None, getattr(owner, name)), None)
    if issubclass(kind, type):
        return load_of_class(ctx, owner, name)
    if kind is types.ModuleType:
        return _module_attribute(ctx, owner, name)
    if kind in weakref.ProxyTypes:
        return load(ctx, (referent(owner),), name)
    if kind is super:
        return _super_attribute(ctx, owner, name)
    hook = lookup(kind, "__getattribute__")
    if type(hook) is types.FunctionType:
        asked = hook if lookup(kind, "__getattr__") is None else get_or_ask
        return resolve_with_name(ctx, asked, owner, name)
    found = lookup(kind, name, _MISSING)
    if found is _MISSING:
        return _own(ctx, owner, kind, name)
    if _may_be_missing(found, name) and lookup(kind, "__getattr__") is not None:
        return resolve_with_name(ctx, get_or_ask, owner, name)
    return _found(ctx, owner, kind, name, found)


def _own(ctx: Context, owner: Any, kind: type, name: str) -> Step:
    """An attribute of the object's own, or what ``__getattr__`` answers."""
    if name not in dict_of(owner):
        fallback = lookup(kind, "__getattr__")
        if type(fallback) is types.FunctionType or _has_rule(fallback):
            return resolve_with_name(ctx, fallback, owner, name)
    elif "finalized" in ctx.uses and issubclass(kind, np.ndarray):
        return _of_array(ctx, owner, name)
    return slot(owner, name, getattr(owner, name))


def _of_array(ctx: Context, owner: Any, name: str) -> Step:
    """An attribute of an array of a subclass: ``__array_finalize__``, which numpy calls, may have set it.

    What it handed on is the object that was stored, by which it is known; what it has computed is not.
    """
    value = getattr(owner, name)
    stored = ctx.finalized.get(id(value))
    if stored is not None:
        return slot(stored[1], stored[2], value)
    known = [array for _, array, key in ctx.finalized.values() if key == name and type(array) is type(owner)]
    hook = lookup(type(owner), "__array_finalize__")
    if not known or type(hook) is not types.FunctionType or any([array is owner for array in known]):
        return slot(owner, name, value)
    return done((reverse_untraced, value, 1, *_COMPUTED, user_frame()) if by_value(value) else None, value)


_COMPUTED = (
    "an attribute of an array that __array_finalize__ has computed has a cotangent",
    "let __array_finalize__ hand on what it finds, and compute where it is used",
)


def _module_attribute(ctx: Context, owner: types.ModuleType, name: str) -> Step:
    """A module's global, or what its ``__getattr__`` answers (PEP 562)."""
    ctx.global_writes = ctx.global_writes or name == "__dict__"
    if name not in owner.__dict__ and not hasattr(types.ModuleType, name):
        ask = owner.__dict__.get("__getattr__")
        if type(ask) is types.FunctionType:
            return after(resolve(ctx, ask, (name,), {}), _as_attribute)
    return slot(owner, name, getattr(owner, name))


def _as_attribute(record: Any) -> Any:
    return (_reverse_answer, record)


def _reverse_answer(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The function that was asked got the name, the operation has the module."""
    record[1][0](ctx, record[1], y_bar)
    return (ZERO,)


def _array_attribute(ctx: Context, array: Any, name: str) -> Step:
    """What is not constant is another view of the same memory, and shares its shadow; of objects, it may be new."""
    if name in _PARTS and array.dtype.kind == "O":
        return resolve(ctx, _PARTS[name], (array,), {})
    if name in _ADDRESSES:
        ctx.arrays.expose(array)
    return done(None, getattr(array, name))


def _may_be_missing(found: Any, name: str) -> bool:
    """Whether a descriptor can raise AttributeError: a property, one written in Python, an unset slot."""
    if type(found) in _C_DESCRIPTORS:
        return name not in object.__dict__
    return is_property(found, "__get__") or type(lookup(type(found), "__get__")) is types.FunctionType


def plain_load(ctx: Context, owner: Any, name: str, read: Any = object.__getattribute__) -> Step:
    """``object.__getattribute__(owner, name)``: no hook of the class is asked."""
    kind = type(owner)
    found = lookup(kind, name, _MISSING)
    if found is _MISSING:
        return slot(owner, name, read(owner, name))
    return _found(ctx, owner, kind, name, found, read)


def referent(proxy: Any) -> Any:
    """The object that a `weakref.proxy` stands for: ReferenceError if it is gone."""
    return proxy.__init__.__self__


def _has_rule(hook: Any) -> bool:
    """Whether a hook is a method of C that is followed, as in ``__getattr__ = dict.__getitem__``."""
    return hook is not None and not any(hook is plain for plain in _PLAIN) and bool(registry.lookup(hook))


_PLAIN = (object.__setattr__, object.__delattr__, type.__setattr__, type.__delattr__)
"""The hooks of classes that say nothing of their own."""


DESCRIPTORS: dict[Any, Any] = {}
"""Descriptors of C, or types of such: ``(ctx, owner, descriptor, value) -> step``."""
DESCRIPTOR_STORES: dict[Any, Any] = {}
"""Descriptors of C whose values have slots of their own when they are stored: ``(owner, value) -> record``."""


def _found(ctx: Context, owner: Any, kind: type, name: str, found: Any, read: Any = getattr) -> Step:
    """The class has the attribute: a descriptor decides, unless the instance's own value comes first."""
    if is_property(found, "__get__"):
        if found.fget is None:
            return native(read, (owner, name))
        return resolve(ctx, found.fget, (owner,), {})
    getter = lookup(type(found), "__get__")
    if type(getter) is types.FunctionType:
        data = lookup(type(found), "__set__") is not None or lookup(type(found), "__delete__") is not None
        if data or name not in dict_of(owner):
            return of_owner(resolve(ctx, getter, (found, owner, kind), {}))
    elif name == "flat" and issubclass(kind, np.generic):
        return resolve(ctx, _flat_of, (owner,), {})
    elif _is_memory(ctx, owner, name) and lookup(type(found), "__set__") is not None:
        return after(call_opaque(ctx, read, (owner, name), {}), lambda record: (_reverse_of_memory, record))
    elif getter is not None and type(found) not in _SILENT:
        # One of C may warn whoever looks it up, which is the user's frame and not this one: from 3.13 on partials do.
        return (read, (owner, name), functools.partial(_read, ctx, owner, kind, name, found))
    return _read(ctx, owner, kind, name, found, read(owner, name))


_SILENT = {
    types.FunctionType,
    staticmethod,
    classmethod,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    *_C_DESCRIPTORS,
}
"""Descriptors of C that do nothing when they are read but give a value."""


def _read(ctx: Context, owner: Any, kind: type, name: str, found: Any, value: Any) -> Step:
    """The class has `found`, by which the attribute is `value`."""
    special = DESCRIPTORS.get(found if type(found) in _C_DESCRIPTORS else type(found))
    if special is not None:
        return special(ctx, owner, found, value)
    rule = _attribute_rule(kind, name)
    if rule is not None:
        return done((_reverse_attribute, rule, owner), value) if may_carry(owner) else done(None, value)
    if name == "__dict__":
        if value is not slots_of(owner):
            ctx.share(value, owner)
        return done(None, value)
    if lookup(type(found), "__get__") is None and name not in dict_of(owner):
        return slot(defining(kind, name), name, value)
    if type(value) in (*BOUND_IN_C, types.MethodWrapperType, types.MethodType):
        if is_number(owner) or issubclass(kind, tuple):
            return done((_reverse_bound, value), value)
        return done(None, value)
    return slot(owner, name, value)


def _is_memory(ctx: Context, owner: Any, name: str) -> bool:
    """Whether attributes by descriptors of C are places in a state that is not seen, and that others may share.

    Those of `ctypes` are, and those of an object that a call without a rule has made; also what lends the memory of one
    of numpy's numbers.
    """
    if issubclass(type(owner), np.generic):
        return name in _LENT_BY_SCALARS
    if name in _SEEN:
        return False
    return type(type(owner)).__module__ == "_ctypes" or ("kept" in ctx.uses and id(owner) in ctx.kept)


_SEEN = frozenset(("__dict__", "__class__"))
"""Descriptors of C of what any object has, and is followed."""
_LENT_BY_SCALARS = frozenset(("data", *_ADDRESSES))


def _flat_of(number: Any) -> Any:
    return np.array(number).flat


def _reverse_of_memory(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The name is no operand."""
    owner_bar, _, *value_bar = record[1][0](ctx, record[1], y_bar)
    return (owner_bar, *value_bar)


def _attribute_rule(kind: type, name: str) -> Any:
    for base in kind.__mro__:
        if base in ATTRIBUTES and name in ATTRIBUTES[base]:
            return ATTRIBUTES[base][name]
    return None


def _reverse_attribute(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, rule, owner = record
    bar = None if y_bar is ZERO else rule(owner, y_bar)
    return (ZERO if bar is None else bar,)


def _reverse_bound(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    shadow = ctx.peek(record[1])
    return (ZERO if shadow is None else shadow.take("__self__"),)


def _super_attribute(ctx: Context, owner: Any, name: str) -> Step:
    instance = owner.__self__
    if instance is None or instance is owner.__self_class__:
        return done(None, getattr(owner, name))  # bound to nothing, or to a class, where a property is itself
    order = owner.__self_class__.__mro__
    for base in order[order.index(owner.__thisclass__) + 1 :]:
        if name in base.__dict__:
            found = base.__dict__[name]
            if is_property(found, "__get__") and found.fget is not None:
                return resolve(ctx, found.fget, (instance,), {})
            break
    return done(None, getattr(owner, name))


# writing ----------------------------------------------------------------------------------------------------


def store(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """Resolve ``owner.name = value``."""
    owner, value = args
    kind = type(owner)
    if issubclass(kind, _RELIED_ON):
        changes(ctx, owner, name)
    hook = lookup(kind, "__setattr__")
    if type(hook) is types.FunctionType or _has_rule(hook):
        return after(resolve(ctx, hook, (owner, name, value), {}), lambda record: (_reverse_set_hook, record))
    if kind in weakref.ProxyTypes:
        return store(ctx, (referent(owner), value), name)
    return plain_store(ctx, owner, name, value, setattr)


def changes(ctx: Context, owner: Any, name: str) -> None:
    """An attribute of a class or function is about to be set or deleted: compiled code may rely on it."""
    forget_sites()
    if issubclass(type(owner), type):
        kinds = classes.unsettle(owner, name)
        for kind in kinds:
            ctx.relied.pop((kind, name), None)
        _forget(ctx, kinds, f"{owner.__qualname__}.{name}")


def _forget(ctx: Context, kinds: list[type], changed: str) -> None:
    """What compiled code relies on does not hold any more for these classes."""
    if not kinds:
        return
    if classes.is_relied_on(kinds, sys._getframe()):
        ctx.refuse(
            f"cannot differentiate through a function that relies on {changed}, which was changed while it ran",
            "call it again: it will not rely on that any more",
        )
    registry.changed(*kinds)


def plain_store(ctx: Context, owner: Any, name: str, value: Any, write: Any = object.__setattr__) -> Step:
    """``object.__setattr__(owner, name, value)``: no hook of the class is asked."""
    found = lookup(type(owner), name)
    if is_property(found, "__set__") and found.fset is not None:
        return resolve(ctx, found.fset, (owner, value), {})
    if found is not None and found is np.ndarray.__dict__.get(name):
        step = array_items.set_attribute(ctx, owner, name, value)
        if step is not None:
            return step
    setter = lookup(type(found), "__set__") if found is not None else None
    if type(setter) is types.FunctionType:
        step = resolve(ctx, setter, (found, owner, value), {})
        return after(step, lambda record: (_reverse_set_descriptor, record))
    if _is_memory(ctx, owner, name) and setter is not None:
        step = call_opaque(ctx, write, (owner, name, value), {})
        return after(step, lambda record: (_reverse_of_memory, record))
    if name in classes.REPLACED:
        _forget(ctx, classes.forget(type(owner)), f"the {name} of a {type(owner).__qualname__}")
    write(owner, name, value)
    if type(owner) is types.ModuleType:
        ctx.global_writes = True
        if owner is builtins and by_value(value):
            ctx.refuse(
                "cannot differentiate through a number that is stored as a builtin name",
                "store it in a module of its own",
            )
    elif issubclass(type(owner), np.ndarray) and by_value(value):
        ctx.finalized[id(value)] = (value, owner, name)
    elif name == "__dict__":
        # From now on the object is a face of that dict, which may have others.
        before = ctx.aliases.get(id(owner))
        ctx.share(owner, value)
        return done((_reverse_new_dict, owner, before), None)
    elif type(found) in _C_DESCRIPTORS and found in DESCRIPTOR_STORES:
        return done(DESCRIPTOR_STORES[found](owner, value), None)
    return done((reverse_store, slots_of(owner), name, 2), None)


def _reverse_new_dict(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    ctx.unshare(record[1], record[2])
    return (ZERO, ZERO)


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
    if issubclass(type(owner), _RELIED_ON):
        changes(ctx, owner, name)
    hook = lookup(type(owner), "__delattr__")
    if type(hook) is types.FunctionType or _has_rule(hook):
        return resolve_with_name(ctx, hook, owner, name)
    if type(owner) in weakref.ProxyTypes:
        return delete(ctx, (referent(owner),), name)
    return plain_delete(ctx, owner, name, delattr)


def plain_delete(ctx: Context, owner: Any, name: str, remove: Any = object.__delattr__) -> Step:
    """``object.__delattr__(owner, name)``: no hook of the class is asked.  The slot is absent already."""
    found = lookup(type(owner), name)
    if is_property(found, "__delete__") and found.fdel is not None:
        return resolve(ctx, found.fdel, (owner,), {})
    deleter = lookup(type(found), "__delete__") if found is not None else None
    if type(deleter) is types.FunctionType:
        return of_owner(resolve(ctx, deleter, (found, owner), {}))
    remove(owner, name)
    return done(None, None)


OPERATIONS: dict[str, Any] = {"getattr": load, "load_method": load, "setattr": store, "delattr": delete}
