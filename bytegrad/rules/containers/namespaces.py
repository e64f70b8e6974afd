"""Attributes by name: `getattr` and its like as functions, namespaces, and descriptors of C that hold numbers."""

from __future__ import annotations

import collections
import types
from typing import Any

from bytegrad.rules.declare import polyfill, resolver
from bytegrad.runtime import attributes
from bytegrad.runtime.arithmetic import lookup
from bytegrad.runtime.attributes import DESCRIPTORS, by_value
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import after, resolve
from bytegrad.runtime.steps import done, native
from bytegrad.runtime.subscripts import tuple_bar
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
    return type(found) is property or type(lookup(type(found), "__get__")) is types.FunctionType


# --- past the hooks of a class ---------------------------------------------------------------------


@resolver(object.__getattribute__)
def getattribute_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 2 or not isinstance(args[1], str) or issubclass(type(args[0]), type):
        return NotImplemented
    return after(attributes.plain_load(ctx, *args), _with_name)


@resolver(object.__setattr__)
def object_setattr_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 3 or not isinstance(args[1], str) or issubclass(type(args[0]), type):
        return NotImplemented
    return after(attributes.plain_store(ctx, *args), _with_name)


@resolver(object.__delattr__)
def object_delattr_rule(ctx: Context, /, *args: Any) -> Any:
    if len(args) != 2 or not isinstance(args[1], str) or issubclass(type(args[0]), type):
        return NotImplemented
    return after(attributes.plain_delete(ctx, *args), _with_name)


# --- whole namespaces ------------------------------------------------------------------------------


@resolver(globals)
def globals_rule(ctx: Context, /, *args: Any) -> Any:
    """The dict may be written from now on."""
    ctx.global_writes = True
    return native(globals, args)


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


DESCRIPTORS[collections._tuplegetter] = tuple_field  # type: ignore[attr-defined]
