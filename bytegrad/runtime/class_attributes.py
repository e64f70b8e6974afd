"""Attributes of classes: what the metaclass says, and descriptors that are asked for the class itself."""

from __future__ import annotations

import gc
import types
from typing import Any

from bytegrad.runtime.attribute_slots import by_value, defining, is_property, of_owner, resolve_with_name, slot
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, after, done

_MISSING = object()


def load_of_class(ctx: Context, owner: type, name: str) -> Step:
    """Resolve ``owner.name`` where `owner` is a class."""
    meta = type(owner)
    if meta is type:
        return plain_load_of_class(ctx, owner, name)
    hook, fallback = lookup(meta, "__getattribute__"), lookup(meta, "__getattr__")
    if type(fallback) is types.FunctionType:
        return resolve_with_name(ctx, get_or_ask, owner, name)
    if type(hook) is types.FunctionType:
        return resolve_with_name(ctx, hook, owner, name)
    return plain_load_of_class(ctx, owner, name)


def get_or_ask(owner: Any, name: str) -> Any:
    """An attribute where there is a ``__getattr__``, which is asked if the first way fails; itself differentiated."""
    try:
        return type(owner).__getattribute__(owner, name)  # type: ignore[call-arg]
    except AttributeError:
        pass
    return type(owner).__getattr__(owner, name)


def plain_load_of_class(ctx: Context, owner: type, name: str) -> Step:
    """``type.__getattribute__(owner, name)``: no hook of the metaclass is asked."""
    meta = type(owner)
    above, found = lookup(meta, name, _MISSING), lookup(owner, name, _MISSING)
    asked = type(lookup(type(above), "__get__")) is types.FunctionType
    if above is not _MISSING and lookup(type(above), "__set__") is not None:
        if is_property(above, "__get__") and above.fget is not None:
            return resolve(ctx, above.fget, (owner,), {})
        if asked:
            return of_owner(resolve(ctx, lookup(type(above), "__get__"), (above, owner, meta), {}))
    elif found is not _MISSING:
        getter = lookup(type(found), "__get__")
        if type(getter) is types.FunctionType:
            return after(resolve(ctx, getter, (found, None, owner), {}), _of_type)
    elif asked:
        return of_owner(resolve(ctx, lookup(type(above), "__get__"), (above, owner, meta), {}))
    return _read(ctx, owner, name, found)


def _read(ctx: Context, owner: type, name: str, found: Any) -> Step:
    """No Python code is asked."""
    value = type.__getattribute__(owner, name)
    if name == "__dict__":
        # A proxy, made anew each time; the dict behind it has the class's shadow.
        ctx.share(gc.get_referents(value)[0], owner)
    if by_value(value) and found is value:
        return slot(defining(owner, name), name, value)
    return done(None, value)


def _of_type(record: Any) -> Any:
    return (_reverse_of_type, record)


def _reverse_of_type(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The load has one operand, the class, which the descriptor got last."""
    inner = record[1]
    return (inner[0](ctx, inner, y_bar)[2],)
