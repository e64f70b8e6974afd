"""Classes of the user's: where an attribute stands, and of which classes compiled code knows the attributes.

An attribute of an object is a *slot* if no code runs when it is read or written.  Code that is compiled for objects of
a class runs accesses to slots as they stand.  What it relies on is compared before it is used again, and once more when
the primal has ended.  An attribute of a class that differentiated code has set once is not relied on from then on.
"""

from __future__ import annotations

import dis
import sys
import types
from abc import ABCMeta
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from bytegrad.runtime import reliance

_HEAP_TYPE = 1 << 9
_NUMBERS_AND_TEXTS = (float, int, complex, str)
_CONTAINERS = (dict, tuple, list, set, frozenset, deque, np.ndarray)
_NOT_PLAIN = (*_NUMBERS_AND_TEXTS, *_CONTAINERS, BaseException, types.ModuleType, type)
"""What classes that are specialised to do not inherit from."""

Found = dict[tuple[type, str], Any]
"""By class and name, what stands there."""


def lookup(kind: type, name: str, absent: Any = None) -> Any:
    """The attribute `name` of the class `kind` as it stands in a class of its resolution order, or `absent`."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return absent


def is_plain(kind: type) -> bool:
    """Whether objects of a class are made in Python, keep their attributes themselves and let no hook see that."""
    return (
        bool(kind.__flags__ & _HEAP_TYPE)
        and lookup(kind, "__getattribute__") is object.__getattribute__
        and not issubclass(kind, (dict, tuple, float, int, complex, str, types.ModuleType, type, np.ndarray))
    )


def is_slot(kind: type, name: str, written: bool) -> bool:
    """Whether ``obj.name`` is a slot of the object, whatever `obj` of a plain class it is."""
    found = lookup(kind, name)
    if found is None:
        return True
    if type(found) is types.MemberDescriptorType:
        return "__slots__" in vars(found.__objclass__)
    if not written or type(found) is property or type(lookup(type(found), "__get__")) is types.FunctionType:
        return False
    return lookup(type(found), "__set__") is None


# classes that code is compiled for --------------------------------------------------------------------------

_KNOWN: WeakKeyDictionary[type, bool] = WeakKeyDictionary()
_UNSETTLED: WeakKeyDictionary[type, set[str]] = WeakKeyDictionary()
"""By class, the names that have been set while something was differentiated."""
_RELIED_ON: WeakKeyDictionary[type, set[str]] = WeakKeyDictionary()
"""By class, the names that compiled code relies on."""


def is_known(kind: type) -> bool:
    """Whether code may be compiled for objects of exactly this class: it is not one made for each call."""
    if not kind.__flags__ & _HEAP_TYPE or not _is_hashed_plainly(kind):
        return False
    known = _KNOWN.get(kind)
    if known is None:
        fits = is_plain(kind) and not issubclass(kind, _NOT_PLAIN) and _is_in_module(kind) and not _asks_itself(kind)
        known = _KNOWN[kind] = fits and not _replaces_itself(kind)
    return known


def _replaces_itself(kind: type) -> bool:
    """Whether a method assigns ``self.__class__`` or ``self.__dict__``."""
    functions = [f for base in kind.__mro__ for f in vars(base).values() if type(f) is types.FunctionType]
    codes = [f.__code__ for f in functions if not REPLACED.isdisjoint(f.__code__.co_names)]
    return any([i.opname == "STORE_ATTR" and i.argval in REPLACED for c in codes for i in dis.get_instructions(c)])


REPLACED = frozenset(("__class__", "__dict__"))
"""Attributes of objects that code which is compiled for their class takes for what they are."""


def _asks_itself(kind: type) -> bool:
    """Whether a hook of the metaclass runs when the class is looked into by ``getattr``."""
    return lookup(type(kind), "__getattr__") is not None or type(kind).__getattribute__ is not type.__getattribute__


def _is_hashed_plainly(kind: type) -> bool:
    return type(kind).__hash__ is type.__hash__


def _is_in_module(kind: type) -> bool:
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(name)
    return found is kind


def reads_slot(kind: type, name: str) -> bool:
    """Whether reading ``obj.name`` of a known class runs no code."""
    hooked = lookup(kind, "__getattr__") is not None or hasattr(type(kind), name)
    return not hooked and is_slot(kind, name, False) and _is_settled(kind, name, "__getattr__", "__getattribute__")


def writes_slot(kind: type, name: str) -> bool:
    """Whether writing ``obj.name`` of a known class runs no code."""
    hooked = lookup(kind, "__setattr__") is not object.__setattr__ or hasattr(type(kind), name)
    return not hooked and is_slot(kind, name, True) and _is_settled(kind, name, "__setattr__")


def _is_settled(kind: type, *names: str) -> bool:
    """Whether none of these attributes has been set while something was differentiated."""
    return not any([name in _UNSETTLED.get(base, ()) for base in kind.__mro__ for name in names])


def is_made_plainly(kind: type) -> bool:
    """Whether a call of a known class gives an object of exactly this class."""
    plain = type(kind) in (type, ABCMeta) and lookup(kind, "__new__") is object.__new__
    return plain and _is_settled(kind, "__new__")


def rely_on(kind: type, *names: str) -> Found:
    """Note that compiled code relies on what a known class has under `names`, and say what that is."""
    _RELIED_ON.setdefault(kind, set()).update(names)
    reliance.rely_on(kind)
    return {(kind, name): _standing(kind, name) for name in names}


def _standing(kind: type, name: str) -> Any:
    """What stands under a name: where an access gives a method that is bound anew each time, that which is bound."""
    value = getattr(kind, name, None)
    return lookup(kind, name) if type(value) in _BOUND_ANEW else value


_BOUND_ANEW = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)


def still_holds(found: Found) -> bool:
    """Whether classes are what they were when `rely_on` was told."""
    return all([_standing(kind, name) is held for (kind, name), held in found.items()])


def distrust(found: Found) -> bool:
    """What has changed is not relied on from now on; tell whether any of that made a difference to slots."""
    changed = [key for key, held in found.items() if _standing(*key) is not held]
    for kind, name in changed:
        _UNSETTLED.setdefault(kind, set()).add(name)
    return any([name.startswith("__") or _has_hooks(lookup(kind, name)) for kind, name in changed])


def _has_hooks(value: Any) -> bool:
    return any([lookup(type(value), name) is not None for name in ("__get__", "__set__", "__delete__")])


def unsettle(owner: type, name: str) -> list[type]:
    """The attribute `name` of `owner` is set: the classes for which that was relied on, and is no more."""
    if not _is_hashed_plainly(owner):
        return []
    _UNSETTLED.setdefault(owner, set()).add(name)
    relying = [kind for kind, names in [*_RELIED_ON.items()] if name in names and issubclass(kind, owner)]
    for kind in relying:
        _RELIED_ON[kind].discard(name)
    return relying


def forget(kind: type) -> list[type]:
    """No code is compiled for a class from now on: the class itself, if any relied on it."""
    if not _is_hashed_plainly(kind):
        return []
    _KNOWN[kind] = False
    return [] if _RELIED_ON.pop(kind, None) is None else [kind]


_RELYING: dict[int, tuple[ref[types.CodeType], frozenset[type]]] = {}
"""By the id of compiled code, the classes that it relies on."""


def note_reliance(code: types.CodeType, found: Found) -> None:
    """Compiled code relies on what was found in classes."""
    if found:
        key = id(code)
        _RELYING[key] = (ref(code, lambda _: _RELYING.pop(key, None)), frozenset(kind for kind, _ in found))


def is_relied_on(kinds: list[type], frame: types.FrameType | None) -> bool:
    """Whether code that relies on one of these classes is running, in `frame` or a frame that it was called from."""
    while frame is not None:
        relying = _RELYING.get(id(frame.f_code))
        if relying is not None and relying[0]() is frame.f_code and not relying[1].isdisjoint(kinds):
            return True
        frame = frame.f_back
    return False
