"""Attributes by name: `getattr` and its like as functions, namespaces, and descriptors of C that hold numbers."""

from __future__ import annotations

import types
import weakref
from typing import Any

from bytegrad.rules.declare import polyfill, resolver
from bytegrad.runtime import attributes
from bytegrad.runtime.attribute_slots import by_value, is_property
from bytegrad.runtime.attributes import DESCRIPTORS
from bytegrad.runtime.class_attributes import plain_load_of_class
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import HOOKS, resolve
from bytegrad.runtime.steps import after, done, native
from bytegrad.runtime.subscripts import FIELDS, tuple_bar
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]

# --- getattr, setattr, delattr, hasattr ------------------------------------------------------------


@resolver(getattr)
def getattr_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) not in (2, 3) or not isinstance(args[1], str):
        return NotImplemented
    if len(args) == 3:
        return resolve(ctx, getattr_default, args, {})
    return after(attributes.load(ctx, args[:1], args[1]), _with_name)


def getattr_default(obj: Any, name: str, default: Any) -> Any:
    """`getattr(obj, name, default)`."""
    try:
        return getattr(obj, name)
    except AttributeError:
        return default


def _with_name(record: Any) -> Any:
    """The operands are the owner, the name and what follows."""
    return (_reverse_with_name, record)


def _reverse_with_name(ctx: Context, record: Any, y_bar: Any) -> Bars:
    inner = record[1]
    owner_bar, *rest = inner[0](ctx, inner, y_bar)
    return (owner_bar, ZERO, *rest)


@resolver(setattr)
def setattr_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 3 or not isinstance(args[1], str):
        return NotImplemented
    return after(attributes.store(ctx, (args[0], args[2]), args[1]), _with_name)


@resolver(delattr)
def delattr_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 2 or not isinstance(args[1], str):
        return NotImplemented
    return after(attributes.delete(ctx, args[:1], args[1]), _with_name)


@resolver(hasattr)
def hasattr_rule(ctx: Context, /, *args: Any) -> Any:
    """In Python where the question may run Python code, which may write into active memory."""
    if len(args) != 2 or not isinstance(args[1], str):
        return NotImplemented
    return resolve(ctx, hasattr_polyfill, args, {}) if _asks_python(*args) else native(hasattr, args)


def hasattr_polyfill(obj: Any, name: str) -> bool:
    """`hasattr(obj, name)`."""
    try:
        getattr(obj, name)
    except AttributeError:
        return False
    return True


def _asks_python(obj: Any, name: str) -> bool:
    kind = type(obj)
    if issubclass(kind, type) or kind is types.ModuleType:
        return False
    hooks = (lookup(kind, "__getattribute__"), lookup(kind, "__getattr__"))
    if any(type(hook) is types.FunctionType for hook in hooks):
        return True
    found = lookup(kind, name)
    return is_property(found, "__get__") or type(lookup(type(found), "__get__")) is types.FunctionType


# --- past the hooks of a class ---------------------------------------------------------------------


def _past_hooks(operation: Any, n: int, of_classes: bool, resolve_plainly: Any) -> None:
    """Declare `operation`, of `n` arguments, of objects or of classes: what it does where no hook is asked."""

    @resolver(operation)
    def past_hooks(ctx: Context, /, *args: Any) -> Any:
        if len(args) != n or not isinstance(args[1], str) or issubclass(type(args[0]), type) is not of_classes:
            return NotImplemented
        return after(resolve_plainly(ctx, *args), _with_name)


def _store_of_class(ctx: Context, owner: type, name: str, value: Any) -> Any:
    attributes.changes(ctx, owner, name)
    return attributes.plain_store(ctx, owner, name, value, type.__setattr__)


def _delete_of_class(ctx: Context, owner: type, name: str) -> Any:
    attributes.changes(ctx, owner, name)
    return attributes.plain_delete(ctx, owner, name, type.__delattr__)


@resolver(object.__getattribute__)
def get_of_class(ctx: Context, /, *args: Any) -> Any:
    """``object.__getattribute__(kind, name)`` where the metaclass has a descriptor of that name, as of ``__dict__``."""
    if len(args) != _NAMED or not isinstance(args[1], str) or not issubclass(type(args[0]), type):
        return NotImplemented
    if not hasattr(type(lookup(type(args[0]), args[1])), "__set__"):
        return NotImplemented
    return after(plain_load_of_class(ctx, *args), _with_name)


_NAMED = 2
_past_hooks(object.__getattribute__, 2, False, attributes.plain_load)
_past_hooks(object.__setattr__, 3, False, attributes.plain_store)
_past_hooks(object.__delattr__, 2, False, attributes.plain_delete)
_past_hooks(type.__getattribute__, 2, True, plain_load_of_class)
_past_hooks(type.__setattr__, 3, True, _store_of_class)
_past_hooks(type.__delattr__, 2, True, _delete_of_class)


def _declare_hook(name: str, n: int, resolve_plainly: Any) -> None:
    """Builtin types have hooks of their own (``float.__getattribute__``), which do what `object`'s does."""

    def hook(ctx: Context, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if kwargs or len(args) != n or not isinstance(args[1], str) or method is None:
            return None
        kind, of = type(args[0]), method.__objclass__
        if of in _OF_OTHERS or issubclass(kind, type) or not issubclass(kind, of):
            return None
        return after(resolve_plainly(ctx, *args, method), _with_name)

    HOOKS[name] = hook


_OF_OTHERS = frozenset((type, super, types.MethodType, types.GenericAlias, *weakref.ProxyTypes))
"""Types whose attributes are not all their own."""
_declare_hook("__getattribute__", 2, attributes.plain_load)
_declare_hook("__setattr__", 3, attributes.plain_store)
_declare_hook("__delattr__", 2, attributes.plain_delete)


# --- whole namespaces ------------------------------------------------------------------------------


@resolver(globals)
def globals_rule(ctx: Context, /, *args: Any) -> Any:
    """The dict may be written from now on."""
    ctx.global_writes = True
    return native(globals, args)


def _globals_attribute(ctx: Context, owner: Any, found: Any, value: Any) -> Any:
    """A function's or a frame's globals: as `globals()`."""
    ctx.global_writes = True
    return done(None, value)


DESCRIPTORS[vars(types.FunctionType)["__globals__"]] = _globals_attribute
DESCRIPTORS[vars(types.FrameType)["f_globals"]] = _globals_attribute


@resolver(vars)
def vars_rule(ctx: Context, /, *args: Any) -> Any:
    """`vars(obj)` is `obj.__dict__`, or the same error in other words."""
    if len(args) != 1 or not hasattr(args[0], "__dict__"):
        return NotImplemented
    return attributes.load(ctx, args, "__dict__")


if hasattr(types.SimpleNamespace, "__replace__"):

    @polyfill(types.SimpleNamespace.__replace__)
    def namespace_replace(self: Any, /, **changes: Any) -> Any:
        result = type(self)()
        result.__dict__.update(self.__dict__)
        result.__dict__.update(changes)
        return result


# --- descriptors of C ------------------------------------------------------------------------------


def tuple_field(ctx: Context, owner: Any, found: Any, value: Any) -> Any:
    """A field of a namedtuple: an item by another name."""
    if not by_value(value) or not isinstance(owner, tuple):
        return done(None, value)
    return done((_reverse_tuple_field, found.__reduce__()[1][0], len(owner)), value)


def _reverse_tuple_field(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (tuple_bar(record[1], record[2], y_bar),)


DESCRIPTORS.update(dict.fromkeys(FIELDS, tuple_field))
