"""Attribute access as Python defines it: properties, descriptors and hooks written in Python are differentiated."""

from __future__ import annotations

import gc
import types
import weakref
from typing import Any

import numpy as np

from bytegrad.codegen.sites import forget_sites
from bytegrad.runtime import array_items, registry
from bytegrad.runtime.arithmetic import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import BOUND_IN_C, CONTAINERS, resolve
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, is_number

ATTRIBUTES: dict[type, dict[str, Any]] = {}
"""Attributes of immutable values: the cotangent of the value from that of the attribute, by type and name."""
_PARTS: dict[str, Any] = {"real": np.real, "imag": np.imag}
"""Attributes of arrays that, if those are of objects, may be new arrays."""
_PLAIN_GET = object.__getattribute__
_RELIED_ON = (type, types.FunctionType)
"""What short ways of emitted code rely on: attributes of these."""
_C_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)


_ABSENT = (ZERO,)


def reverse_slot(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A slot was read: its shadow grows."""
    _, owner, key, n = record
    if y_bar is not ZERO:
        ctx.shadow(owner).add(key, y_bar)
    return _ABSENT if n == 1 else (ZERO,) * n


def reverse_store(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A slot was written: the stored value, which is the last operand, gets what the slot had gathered."""
    _, owner, key, n = record
    shadow = ctx.peek(owner)
    return (ZERO,) * (n - 1) + (ZERO if shadow is None else shadow.take(key),)


def by_value(value: Any) -> bool:
    """Whether a cotangent of `value` is carried by value."""
    return (
        is_number(value)
        or type(value) in (str, bytes)
        or (issubclass(type(value), tuple) and any(map(by_value, tuple.__iter__(value))))
    )


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
        return _class_attribute(ctx, owner, name)
    if kind is types.ModuleType:
        ctx.global_writes = ctx.global_writes or name == "__dict__"
        return _slot(owner, name, getattr(owner, name))
    if kind in weakref.ProxyTypes:
        return load(ctx, (referent(owner),), name)
    if kind is super:
        return _super_attribute(ctx, owner, name)
    hook = lookup(kind, "__getattribute__")
    if type(hook) is types.FunctionType:
        asked = hook if lookup(kind, "__getattr__") is None else get_or_ask
        return resolve_with_name(ctx, asked, owner, name)
    found = lookup(kind, name)
    if found is None:
        if name not in _dict_of(owner):
            fallback = lookup(kind, "__getattr__")
            if type(fallback) is types.FunctionType or _has_rule(fallback):
                return resolve_with_name(ctx, fallback, owner, name)
        return _slot(owner, name, getattr(owner, name))
    if _may_be_missing(found, name) and lookup(kind, "__getattr__") is not None:
        return resolve_with_name(ctx, get_or_ask, owner, name)
    return _found(ctx, owner, kind, name, found)


def _array_attribute(ctx: Context, array: Any, name: str) -> Step:
    """What is not constant is another view of the same memory, and shares its shadow; of objects, it may be new."""
    if name in _PARTS and array.dtype.kind == "O":
        return resolve(ctx, _PARTS[name], (array,), {})
    return done(None, getattr(array, name))


def get_or_ask(owner: Any, name: str) -> Any:
    """An attribute of a class with a ``__getattr__``, which is asked if the first way fails; itself differentiated."""
    try:
        return type(owner).__getattribute__(owner, name)  # type: ignore[call-arg]
    except AttributeError:
        pass
    return type(owner).__getattr__(owner, name)


def _may_be_missing(found: Any, name: str) -> bool:
    """Whether a descriptor can raise AttributeError: a property, one written in Python, an unset slot."""
    if type(found) in _C_DESCRIPTORS:
        return name not in object.__dict__
    return type(found) is property or type(lookup(type(found), "__get__")) is types.FunctionType


def plain_load(ctx: Context, owner: Any, name: str) -> Step:
    """``object.__getattribute__(owner, name)``: no hook of the class is asked."""
    kind = type(owner)
    found = lookup(kind, name)
    if found is None:
        return _slot(owner, name, _PLAIN_GET(owner, name))
    return _found(ctx, owner, kind, name, found, _PLAIN_GET)


def referent(proxy: Any) -> Any:
    """The object that a `weakref.proxy` stands for: ReferenceError if it is gone."""
    return proxy.__init__.__self__


def slots_of(owner: Any) -> Any:
    """What has the slots of the attributes of `owner`: a dict's subclass has its items' in its own shadow."""
    # By type, here as elsewhere: `isinstance` may ask the object's own hooks for its class.
    if not issubclass(type(owner), dict):
        return owner
    attributes = _dict_of(owner)
    return owner if attributes == () else attributes


def _has_rule(hook: Any) -> bool:
    """Whether a hook is a method of C that is followed, as in ``__getattr__ = dict.__getitem__``."""
    return hook is not None and hook is not object.__setattr__ and bool(registry.lookup(hook))


def _dict_of(owner: Any) -> Any:
    try:
        return object.__getattribute__(owner, "__dict__")
    except (AttributeError, TypeError):
        return ()


DESCRIPTORS: dict[Any, Any] = {}
"""Descriptors of C, or types of such: ``(ctx, owner, descriptor, value) -> step``."""
DESCRIPTOR_STORES: dict[Any, Any] = {}
"""Descriptors of C whose values have slots of their own when they are stored: ``(owner, value) -> record``."""


def _found(ctx: Context, owner: Any, kind: type, name: str, found: Any, read: Any = getattr) -> Step:
    """The class has the attribute: a descriptor decides, unless the instance's own value comes first."""
    if type(found) is property:
        if found.fget is None:
            return native(read, (owner, name))
        return resolve(ctx, found.fget, (owner,), {})
    getter = lookup(type(found), "__get__")
    if type(getter) is types.FunctionType:
        data = lookup(type(found), "__set__") is not None or lookup(type(found), "__delete__") is not None
        if data or name not in _dict_of(owner):
            return _strip(resolve(ctx, getter, (found, owner, kind), {}))
    value = read(owner, name)
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
    if getter is None and name not in _dict_of(owner):
        return _slot(_defining(kind, name), name, value)
    if type(value) in (*BOUND_IN_C, types.MethodWrapperType, types.MethodType):
        if is_number(owner) or issubclass(kind, tuple):
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
    bar = None if y_bar is ZERO else rule(owner, y_bar)
    return (ZERO if bar is None else bar,)


def _reverse_bound(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    shadow = ctx.peek(record[1])
    return (ZERO if shadow is None else shadow.take("__self__"),)


def _slot(owner: Any, name: str, value: Any) -> Step:
    return done((reverse_slot, slots_of(owner), name, 1) if by_value(value) else None, value)


def _defining(kind: type, name: str) -> type:
    return next(base for base in kind.__mro__ if name in base.__dict__)


def _class_attribute(ctx: Context, owner: type, name: str) -> Step:
    found = lookup(type(owner), name)
    if type(found) is property and found.fget is not None:
        return resolve(ctx, found.fget, (owner,), {})
    value = getattr(owner, name)
    if name == "__dict__":
        # A proxy, made anew each time; the dict behind it has the class's shadow.
        ctx.share(gc.get_referents(value)[0], owner)
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
    if issubclass(kind, _RELIED_ON):
        forget_sites()
    if kind is np.ndarray:
        step = array_items.set_attribute(ctx, owner, name, value)
        if step is not None:
            return step
    hook = lookup(kind, "__setattr__")
    if type(hook) is types.FunctionType or _has_rule(hook):
        return after(resolve(ctx, hook, (owner, name, value), {}), lambda record: (_reverse_set_hook, record))
    if kind in weakref.ProxyTypes:
        return store(ctx, (referent(owner), value), name)
    return plain_store(ctx, owner, name, value, setattr)


def plain_store(ctx: Context, owner: Any, name: str, value: Any, write: Any = object.__setattr__) -> Step:
    """``object.__setattr__(owner, name, value)``: no hook of the class is asked."""
    from bytegrad.runtime.dispatch import after

    found = lookup(type(owner), name)
    if type(found) is property and found.fset is not None:
        return resolve(ctx, found.fset, (owner, value), {})
    setter = lookup(type(found), "__set__") if found is not None else None
    if type(setter) is types.FunctionType:
        step = resolve(ctx, setter, (found, owner, value), {})
        return after(step, lambda record: (_reverse_set_descriptor, record))
    write(owner, name, value)
    if type(owner) is types.ModuleType:
        ctx.global_writes = True
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
        forget_sites()
    hook = lookup(type(owner), "__delattr__")
    if type(hook) is types.FunctionType or (hook is not object.__delattr__ and _has_rule(hook)):
        return resolve_with_name(ctx, hook, owner, name)
    if type(owner) in weakref.ProxyTypes:
        return delete(ctx, (referent(owner),), name)
    return plain_delete(ctx, owner, name, delattr)


def plain_delete(ctx: Context, owner: Any, name: str, remove: Any = object.__delattr__) -> Step:
    """``object.__delattr__(owner, name)``: no hook of the class is asked.  The slot is absent already."""
    found = lookup(type(owner), name)
    if type(found) is property and found.fdel is not None:
        return resolve(ctx, found.fdel, (owner,), {})
    deleter = lookup(type(found), "__delete__") if found is not None else None
    if type(deleter) is types.FunctionType:
        return _strip(resolve(ctx, deleter, (found, owner), {}))
    remove(owner, name)
    return done(None, None)


OPERATIONS: dict[str, Any] = {"getattr": load, "load_method": load, "setattr": store, "delattr": delete}
