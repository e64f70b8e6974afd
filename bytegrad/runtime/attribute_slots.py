"""The slots behind attributes, and what calls of hooks and descriptors have in common."""

from __future__ import annotations

import threading
from typing import Any

from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, after, done
from bytegrad.runtime.tangent import ZERO, is_number

_ABSENT = (ZERO,)
_APART = (dict, threading.local)
"""Types whose objects have their attributes' slots somewhere else."""


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


def slot(owner: Any, name: str, value: Any) -> Step:
    """The step of a slot that was read and holds `value`."""
    return done((reverse_slot, slots_of(owner), name, 1) if by_value(value) else None, value)


def by_value(value: Any) -> bool:
    """Whether a cotangent of `value` is carried by value."""
    kind = type(value)
    return (
        is_number(value)
        or issubclass(kind, (str, bytes))
        or (issubclass(kind, tuple) and any(map(by_value, tuple.__iter__(value))))
    )


def slots_of(owner: Any) -> Any:
    """What has the slots of the attributes of `owner`.

    A dict's subclass has its items' in its own shadow; a thread's local data are that thread's.
    """
    # By type, here as elsewhere: `isinstance` may ask the object's own hooks for its class.
    if not issubclass(type(owner), _APART):
        return owner
    if not issubclass(type(owner), dict):
        return owner.__dict__
    attributes = dict_of(owner)
    return owner if attributes == () else attributes


def dict_of(owner: Any) -> Any:
    """The ``__dict__`` of an object past its hooks; empty if it has none."""
    try:
        return object.__getattribute__(owner, "__dict__")
    except (AttributeError, TypeError):
        return ()


def defining(kind: type, name: str) -> type:
    """The class, `kind` or one that it inherits from, in which the attribute stands."""
    return next(base for base in kind.__mro__ if name in base.__dict__)


def is_property(found: Any, access: str) -> bool:
    """Whether a descriptor does `access` as `property` does: it is one, or of a class that inherits this of it."""
    kind = type(found)
    return kind is property or (issubclass(kind, property) and lookup(kind, access) is property.__dict__[access])


def of_owner(step: Step) -> Step:
    """A descriptor's ``__get__`` has three operands; the load has one, the owner."""
    return after(step, lambda record: (_reverse_descriptor, record))


def _reverse_descriptor(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, y_bar)[1],)


def resolve_with_name(ctx: Context, hook: Any, owner: Any, name: str) -> Step:
    """``__getattr__`` and its like take the name as well, which is no operand."""
    return after(resolve(ctx, hook, (owner, name), {}), lambda record: (_reverse_hook, record))


def _reverse_hook(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, y_bar)[0],)
