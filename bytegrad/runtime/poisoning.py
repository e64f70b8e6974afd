"""What a call without a rule may have used or changed: all that can be reached from its operands, callbacks included.

If the call's result has a cotangent, everything it may depend on has one that is not known.  References carry no
cotangents, so an object's slots are poisoned and not the reference to it.
"""

from __future__ import annotations

import gc
import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.key_slots import KeySlot
from bytegrad.runtime.structure import NUMBERS, Parts, parts_of
from bytegrad.runtime.tangent import Poison, is_number

POISONED = "*"
"""The slot of what an object keeps where nobody sees it."""
HIDING = (bytearray, memoryview)
"""Types whose whole content is hidden, next to those of objects."""

Slots = list[tuple[Any, Any]]


def slots_of(value: Any) -> Parts:
    """The kind of `value` and its slots, ``(key, what is there)``."""
    if issubclass(type(value), HIDING):
        return "object", []
    kind, parts = parts_of(value)
    return kind, list(enumerate(parts)) if kind == NUMBERS else parts


def reachable(values: Iterable[Any]) -> Iterator[tuple[Any, str, Slots]]:
    """Everything that can be reached from `values`: each with its kind and its slots.

    Of a function's globals, those that it names are reached.  Numbers, text and the like have no slots: they are in
    those of others.
    """
    pending, seen = list(values), set()
    while pending:
        at = pending.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        kind, slots = slots_of(at)
        if kind in ("number", "inert"):
            continue
        yield at, kind, slots
        pending += (
            np.asarray(at).ravel().tolist() if kind == "array" and at.dtype.kind == "O" else [held for _, held in slots]
        )
        if kind == "function" and not _is_ours(at):
            named = named_globals(at)
            yield at.__globals__, "namespace", named
            pending += [held for _, held in named if not issubclass(type(held), type)]


def _is_ours(function: types.FunctionType) -> bool:
    """Whether a function is bytegrad's: what it looks up are bytegrad's own tables."""
    return str(function.__globals__.get("__name__", "")).startswith("bytegrad.")


def named_globals(function: types.FunctionType) -> Slots:
    """The globals that `function`, or a function made in it, may look up."""
    namespace = function.__globals__
    return [(name, namespace[name]) for name in _names(function.__code__) if name in namespace]


def _names(code: types.CodeType) -> set[str]:
    nested = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*map(_names, nested))


def poison_all(ctx: Any, primal: Any, poison: Poison, hidden: bool = True) -> Poison:
    """Poison all slots that can be reached from `primal`; the result is the cotangent that is carried by value.

    Unless `hidden`, what an object with attributes keeps beside them is left out.
    """
    for value, kind, slots in reachable([primal]):
        if kind == "array":
            ARRAYS.absorb(ctx, value, poison)
            continue
        if kind == "tuple":
            continue
        if "generators" in ctx.uses and id(value) in ctx.generators:
            ctx.generators[id(value)].spill = poison
        shadow = ctx.shadow(value)
        shadow.update(dict.fromkeys([key for key, _ in slots], poison))
        if kind == "object" and (hidden or not slots):
            shadow[POISONED] = poison
            _poison_memory(ctx, value, poison)
        if issubclass(type(value), BaseException):
            shadow["args"] = poison
        if issubclass(type(value), dict):
            shadow.update({KeySlot(key): poison for key in value if type(key) is not str})
        if kind == "partial":
            shadow.update(dict.fromkeys((*range(len(value.args)), *value.keywords), poison))
    return poison


def _poison_memory(ctx: Any, value: Any, poison: Poison) -> None:
    """Poison what may have the same memory as an object with a hidden state: arrays, and what it was made with."""
    root = ctx.arrays.lent_by(value) if "arrays" in ctx.uses else None
    if root is not None:
        ARRAYS.absorb(ctx, root, poison)
    for array in _arrays_behind(value):
        ARRAYS.absorb(ctx, array, poison)
    for part in ctx.kept.get(id(value), (None, ()))[1] if "kept" in ctx.uses else ():
        if ARRAYS.is_array(part):
            ARRAYS.absorb(ctx, part, poison)
        else:
            ctx.shadow(part).update(dict.fromkeys([POISONED, *[key for key, _ in slots_of(part)[1]]], poison))


_FURTHEST = 200
_OF_CODE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType, str)


def _arrays_behind(value: Any) -> Iterator[Any]:
    """The arrays that an object of C holds: the garbage collector knows them."""
    pending, seen = gc.get_referents(value), {id(value)}
    while pending and len(seen) < _FURTHEST:
        held = pending.pop()
        if id(held) in seen or isinstance(held, _OF_CODE):
            continue
        seen.add(id(held))
        if ARRAYS.is_array(held):
            yield held
        else:
            pending += gc.get_referents(held)


# changes ----------------------------------------------------------------------------------------------------


def changed_slots(before: Slots, after: Slots) -> list[Any]:
    """The keys of the slots that hold something else now; all of them, if there are not as many."""
    if len(before) != len(after):
        return [key for key, _ in (*before, *after)]
    pairs = zip(before, after, strict=True)
    return [new for (old, was), (new, now) in pairs if (old is not new and old != new) or not _unchanged(was, now)]


def changed_attributes(before: Slots, after: Slots) -> list[str]:
    """As `changed_slots`, of a class: what is there no more, or new, says nothing of the others."""
    was, now = dict(before), dict(after)
    kept = was.keys() & now.keys()
    return [key for key in {**was, **now} if key not in kept or not _unchanged(was[key], now[key])]


def _unchanged(was: Any, now: Any) -> bool:
    return was is now or (type(was) is type(now) and is_number(was) and bool(was == now))
