"""The state of one differentiation: the shadows that hold the cotangents of mutable objects, by identity."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from numbers import Number
from types import ModuleType
from typing import Any

import numpy as np

from bytegrad.codegen.quiet import forget_quiet
from bytegrad.errors import UnsupportedError
from bytegrad.runtime import registry
from bytegrad.runtime.array_likes import misplaced
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.arrays import Arrays
from bytegrad.runtime.checks import CHECKS
from bytegrad.runtime.classes import Found, distrust, still_holds
from bytegrad.runtime.poisoning import poison_all
from bytegrad.runtime.tangent import ZERO, Poison, Tangent, accum, is_number, project
from bytegrad.runtime.texts import Texts
from bytegrad.runtime.where import user_frame


class Shadow(dict[Any, Any]):
    """Cotangents of an object's slots: by index, key or attribute name; a slot without one reads as absent."""

    __slots__ = ("primal",)

    def __init__(self, primal: Any) -> None:
        self.primal = primal

    def __missing__(self, key: Any) -> Any:
        return ZERO

    def add(self, key: Any, bar: Any) -> None:
        """Add `bar` to the slot `key`."""
        if bar is not ZERO:
            before = self.get(key, ZERO)
            self[key] = before + bar if type(before) is float and type(bar) is float else accum(before, bar)

    def take(self, key: Any) -> Any:
        """The slot's cotangent, leaving it absent: what a store does when reversed."""
        return self.pop(key, ZERO)

    def opened(self, index: int, n: int = 1) -> None:
        """`n` items were removed at `index`: when reversed, the slots from there on move up by `n`."""
        self.replaced(index, n, 0)

    def closed(self, index: int, n: int = 1) -> tuple[Any, ...]:
        """`n` items were inserted at `index`: when reversed, their slots are taken and those above move down."""
        return self.replaced(index, 0, n)

    def replaced(self, index: int, removed: int, inserted: int) -> tuple[Any, ...]:
        """`removed` items at `index` gave way to `inserted` others, whose slots are taken when this is reversed."""
        bars = tuple([self.take(index + i) for i in range(inserted)])
        if removed != inserted and self:
            self._shift(index + inserted, removed - inserted)
        return bars

    def _shift(self, behind: int, by: int) -> None:
        """Renumber the slots from `behind` on; attributes of a list's subclass, by name, stay."""
        bars = {
            (key + by if type(key) is int and key >= behind else key): bar
            for key, bar in self.items()
            if bar is not ZERO
        }
        self.clear()
        super().update(bars)

    def rearranged(self, origins: Sequence[int]) -> None:
        """The item at `k` came from ``origins[k]``: when reversed, its slot goes back there."""
        bars = {origins[key] if type(key) is int else key: bar for key, bar in self.items() if bar is not ZERO}
        self.clear()
        super().update(bars)


class QueueShadow(Shadow):
    """The shadow of a deque, whose items are taken and added at the left as fast as at the right."""

    __slots__ = ("start",)

    def __init__(self, primal: Any) -> None:
        super().__init__(primal)
        self.start = 0
        """The key of the slot of the first item."""

    def __getitem__(self, index: Any) -> Any:
        return self.get(index + self.start if type(index) is int else index, ZERO)

    def __setitem__(self, index: Any, bar: Any) -> None:
        super().__setitem__(index + self.start if type(index) is int else index, bar)

    def add(self, index: Any, bar: Any) -> None:
        """Add `bar` to the slot of an item."""
        if bar is not ZERO:
            self[index] = accum(self[index], bar)

    def update(self, bars: Any) -> None:  # type: ignore[override]
        """As for a dict, by index."""
        for index, bar in bars.items() if isinstance(bars, dict) else bars:
            self[index] = bar

    def take(self, index: Any) -> Any:
        """The slot's cotangent, leaving it absent."""
        return self.pop(index + self.start if type(index) is int else index, ZERO)

    def shift(self, n: int) -> None:
        """`n` items were added at the left (removed, if negative): when reversed, the others are renumbered."""
        self.start += n

    def _shift(self, behind: int, by: int) -> None:
        super()._shift(behind + self.start, by)

    def rearranged(self, origins: Sequence[int]) -> None:
        """As for a list."""
        start = self.start
        bars = {
            (origins[key - start] + start if type(key) is int else key): bar
            for key, bar in self.items()
            if bar is not ZERO
        }
        self.clear()
        dict.update(self, bars)

    def __iter__(self) -> Iterator[Any]:
        return iter([key - self.start if type(key) is int else key for key in super().__iter__()])


_BY_VALUE = (str, bytes, bool, type(None), np.generic)
"""What is no number, and carries what it is given by value all the same."""
_TEXTS = (str, bytes)

NUMBERED = (list, deque, array)
"""Containers whose slots are numbered."""


class Context:
    """What one call of `pullback` and its reversals share."""

    __slots__ = (
        *("aliases", "arrays", "caches", "calls", "exceptions", "generators", "iterators", "keep", "kept"),
        *("shadows", "unshared", "checks", "epoch", "global_writes", "guarded", "refusal", "relied", "token"),
        *("finalized", "gathered", "pushing", "suspensions", "texts", "unwound", "uses", "viewed"),
    )

    arrays: Arrays
    shadows: dict[int, Shadow]
    aliases: dict[int, Any]
    """Other faces of an object (its ``__dict__``, a view): the object that has the shadow."""
    unshared: dict[int, Any]
    """Faces that the reversal under way has gone back beyond: what they were faces of."""
    exceptions: dict[int, BaseException]
    """Those that differentiated code has made, whose slots lead back to what they were made of."""
    iterators: dict[int, Any]
    generators: dict[int, Any]
    caches: dict[int, Any]
    calls: dict[Any, Any]
    """Augmented primals by function and types of arguments, as long as `epoch` is that of the sites."""
    finalized: dict[int, tuple[Any, Any, str]]
    """By id, numbers that were stored as attributes of arrays, with the array and the name."""
    gathered: dict[int, tuple[Any, tuple[Any, ...]]]
    """By id, a future of several results, and their futures."""
    suspensions: list[Any]
    """Coroutines and the numbers of their suspensions, in order."""
    texts: Texts
    viewed: dict[Any, dict[str, Any]]
    """By the function, the cotangents of variables that were read by name, on their way to them."""
    keep: list[Any]
    """Objects that must live as long as ids of theirs are keys."""
    kept: dict[int, tuple[Any, list[Any]]]
    """By id, an object that a call without a rule made, and objects that it may have kept inside."""

    def __init__(self) -> None:
        self.relied: Found = {}
        """What the code that has been run relies on of the user's classes."""
        self.checks = CHECKS.get()
        """What `bytegrad.debug` asked for; None outside of it.  It goes along into the threads that are started."""
        self.epoch = 0
        self.pushing: Any = None
        """What calls forward rules, where it is their derivatives in a direction that are asked for."""
        self.token = object()
        forget_quiet()
        """Tells this differentiation from others, and keeps nothing of it alive."""
        self.global_writes = False
        self.guarded = False
        """Whether the call that is being resolved stands where its exceptions may be caught."""
        self.refusal: UnsupportedError | None = None
        """Why this cannot be reversed: what code was compiled for has changed while it ran."""
        self.unwound: Any = None
        """The record of the call that an exception is leaving."""
        self.uses: tuple[str, ...] = ()
        """The parts that there are: few functions need them all, so each is made when it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        make = _PARTS.get(name)
        if make is None:
            raise AttributeError(f"'Context' object has no attribute '{name}'")
        part = make()
        setattr(self, name, part)
        self.uses = (*self.uses, name)
        return part

    def begin_reverse(self) -> None:
        """Forget what an earlier reversal left.

        Raises: UnsupportedError if it turned out, while the primal ran, that it cannot be reversed.
        """
        if self.refusal is not None:
            raise self.refusal
        if "shadows" in self.uses:
            self.shadows = {}
        self.finish_reverse()
        if "unshared" in self.uses:
            self.aliases.update(self.unshared)
            self.unshared.clear()
        if "texts" in self.uses:
            self.texts.clear()
        if "generators" in self.uses:
            for state in self.generators.values():
                state.rewind()

    def refuse(self, reason: str, fixes: str, where: Any = None) -> None:
        """This cannot be reversed; the primal goes on."""
        if self.refusal is None:
            self.refusal = UnsupportedError(reason, where=where or user_frame(), fixes=fixes)

    def ends(self) -> None:
        """The primal has ended: classes that its code relied on have to be what they were."""
        if not self.relied or still_holds(self.relied):
            return
        registry.changed(*{kind for kind, _ in self.relied})
        if distrust(self.relied):
            self.refuse(
                "a class that this code relies on was changed while it ran, by code that is not differentiated",
                "change it before the differentiated function is called",
            )

    def finish_reverse(self) -> None:
        """Leave memory as the primal left it."""
        if "arrays" in self.uses:
            self.arrays.finish()

    # shadows -----------------------------------------------------------------------------------------------

    def owner(self, obj: Any) -> Any:
        """The object whose shadow `obj` shares."""
        if type(obj) is ModuleType:
            obj = obj.__dict__
        return self.aliases.get(id(obj), obj)

    def share(self, face: Any, obj: Any) -> None:
        """Let `face` have the shadow of `obj`."""
        owner = self.owner(obj)
        if owner is not face:
            self.aliases[id(face)] = owner
            self.keep.append(face)

    def unshare(self, face: Any, before: Any) -> None:
        """Reverse `share`: what `face` was a face of `before` that, or None."""
        self.unshared.setdefault(id(face), self.aliases.pop(id(face), face))
        if before is not None:
            self.aliases[id(face)] = before

    def shadow(self, obj: Any) -> Shadow:
        """The shadow of `obj`, made if there is none yet."""
        if type(obj) is ModuleType:
            obj = obj.__dict__
        obj = self.aliases.get(id(obj), obj)
        found = self.shadows.get(id(obj))
        if found is None:
            found = self.shadows[id(obj)] = QueueShadow(obj) if issubclass(type(obj), deque) else Shadow(obj)
        return found

    def peek(self, obj: Any) -> Shadow | None:
        """The shadow of `obj` if it has one."""
        if type(obj) is ModuleType:
            obj = obj.__dict__
        return self.shadows.get(id(self.aliases.get(id(obj), obj)))

    def raised_here(self, exc: BaseException) -> bool:
        """Whether differentiated code made this exception."""
        return "exceptions" in self.uses and id(exc) in self.exceptions

    # structures --------------------------------------------------------------------------------------------

    def absorb(self, primal: Any, bar: Any) -> Any:
        """Add the cotangent `bar` of `primal`: mutable parts go to shadows; returns what is carried by value."""
        if bar is None or bar is ZERO:
            return ZERO
        if is_number(primal):
            return project(primal, bar)
        if isinstance(primal, _TEXTS):
            self.texts.note(primal)
            return bar
        if isinstance(bar, Poison):
            return poison_all(self, primal, bar)
        if issubclass(type(primal), tuple):
            return tuple([self.absorb(p, b) for p, b in zip(primal, bar, strict=True)])
        if issubclass(type(primal), NUMBERED):
            self._absorb_items(self.shadow(primal), enumerate(primal), dict(enumerate(bar)))
        elif issubclass(type(primal), dict):
            self._absorb_items(self.shadow(primal), primal.items(), bar)
        elif issubclass(type(primal), (set, frozenset)):
            self._absorb_items(self.shadow(primal), zip(primal, primal, strict=True), bar)
        elif ARRAYS.is_array(primal):
            return ARRAYS.absorb(self, primal, bar)
        else:
            return self._absorb_attributes(primal, bar)
        return ZERO

    def _absorb_attributes(self, primal: Any, bar: Any) -> Any:
        """As `absorb`, for an object that is no container; a number or an array has no place in one."""
        if isinstance(bar, (Tangent, dict)):
            shadow = self.shadow(primal)
            for name in bar:
                shadow.add(name, self.absorb(getattr(primal, name), bar[name]))
        elif issubclass(type(primal), _BY_VALUE) or not isinstance(bar, (Number, np.ndarray, list, tuple)):
            # Cotangents of objects may be of a type that the user's own rules have for them.
            return bar
        elif np.any(np.asarray(bar)):
            poison_all(self, primal, misplaced(primal), hidden=False)
        return ZERO

    def _absorb_items(self, shadow: Shadow, items: Any, bars: Any) -> None:
        for key, item in items:
            if bars.get(key) is not None:
                shadow.add(key, self.absorb(item, bars[key]))

    def touched(self, primal: Any) -> bool:
        """Whether a cotangent has reached anything of an object."""
        shadow = self.peek(primal)
        return shadow is not None and any(bar is not ZERO for bar in shadow.values())

    def gather(self, primal: Any, bar: Any, seen: dict[int, Any] | None = None) -> Any:
        """The whole cotangent of a result: by value, or out of its shadow; absent parts are None.

        `seen` are the containers that it is asked for in the course of.
        """
        if issubclass(type(primal), tuple):
            bars = bar if type(bar) is tuple else (bar,) * len(primal)
            parts = [self.gather(p, b, seen) for p, b in zip(primal, bars, strict=True)]
            return tuple(parts) if any(part is not None for part in parts) else None
        if issubclass(type(primal), (*NUMBERED, dict, set, frozenset)):
            return self._gather_items(primal, seen or {})
        if ARRAYS.is_array(primal):
            return ARRAYS.gather(self, primal, bar)
        return None if bar is ZERO else bar

    def _gather_items(self, primal: Any, seen: dict[int, Any]) -> Any:
        """The cotangents of what a container holds, at any depth; of one that holds itself, without that."""
        if id(primal) in seen:
            return None
        seen = {**seen, id(primal): primal}
        shadow = self.peek(primal) or _UNTOUCHED
        if issubclass(type(primal), NUMBERED):
            bars = [self.gather(p, shadow[i], seen) for i, p in enumerate(primal)]
            return bars if any(bar is not None for bar in bars) else None
        items = primal.items() if issubclass(type(primal), dict) else zip(primal, primal, strict=True)
        by_key = {key: self.gather(p, shadow[key], seen) for key, p in items}
        return by_key if any(bar is not None for bar in by_key.values()) else None


_UNTOUCHED = Shadow(None)

_PARTS: dict[str, Any] = {
    "aliases": dict,
    "arrays": Arrays,
    "caches": dict,
    "calls": dict,
    "exceptions": dict,
    "finalized": dict,
    "generators": dict,
    "iterators": dict,
    "keep": list,
    "kept": dict,
    "shadows": dict,
    "unshared": dict,
    "viewed": dict,
    "gathered": dict,
    "suspensions": list,
    "texts": Texts,
}
