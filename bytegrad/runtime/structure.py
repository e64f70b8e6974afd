"""What a value consists of: the slots that may hold differentiable values, by kind of value.

Nothing here runs the user's code: attributes are read from ``__dict__`` and from slots, so properties are not called.
"""

from __future__ import annotations

import functools
import types
from array import array
from collections import deque
from collections.abc import Callable
from typing import Any

from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.tangent import is_number

NUMBERS = "numbers"
"""A list of nothing but numbers: its parts are the numbers themselves."""
CELL = "cell"
BY_VALUE = frozenset({"number", "inert", "tuple"})
"""Kinds whose cotangents are carried by value, so that each place where they are has its own."""

Parts = tuple[str, list[tuple[Any, Any]]]

_INERT = (str, bytes, bytearray, bool, type(None), types.ModuleType, range, slice, type(...))
_HEAP_TYPE = 1 << 9
_IMMUTABLE_TYPE = 1 << 8


def is_leaf(value: Any) -> bool:
    """Whether `value` has no parts and no cotangent by identity."""
    return issubclass(type(value), _INERT) or is_number(value)


def parts_of(value: Any) -> Parts:
    """The kind of `value` and its slots: ``(key, what is there)``.

    Kinds: number, inert, array, list (also a deque's or `array.array`'s), numbers, tuple, dict (also a set's, by
    element), function (its variables), cell, method, partial, object.
    """
    handler = _BY_TYPE.get(type(value))
    if handler is not None:
        return handler(value)
    if is_leaf(value):
        return ("number" if is_number(value) else "inert"), []
    if ARRAYS.is_array(value):
        return "array", []
    for base, handler in _BY_BASE:
        if issubclass(type(value), base):
            return handler(value)
    return "object", attributes(value)


def has_state_of_c(kind: type) -> bool:
    """Whether objects of a class have more than attributes: a class that it inherits from is written in C."""
    return any(
        [base is not object and (not base.__flags__ & _HEAP_TYPE or _has_getters(base)) for base in kind.__mro__]
    )


def _has_getters(kind: type) -> bool:
    return any([type(held) is types.GetSetDescriptorType and name not in _OF_ALL for name, held in vars(kind).items()])


_OF_ALL = ("__dict__", "__weakref__")


def attributes(value: Any) -> list[tuple[str, Any]]:
    """The instance attributes of `value`, from ``__dict__`` and ``__slots__``."""
    try:
        # A class of C may look whether its object has a dict, which is made when it is asked for.
        is_bare = type(value).__flags__ & _IMMUTABLE_TYPE and object.__getstate__(value) is None
        found = [] if is_bare else list(object.__getattribute__(value, "__dict__").items())
    except (AttributeError, TypeError):
        found = []
    for base in type(value).__mro__:
        for name, descriptor in vars(base).items() if base.__flags__ & _HEAP_TYPE else ():
            if type(descriptor) is types.MemberDescriptorType:
                try:
                    found.append((name, descriptor.__get__(value)))
                except (AttributeError, TypeError):  # unset; or another class's, under a name of this one
                    continue
    return found


# What a class has of its own to iterate by is the program's, and is not run here.


def _list(value: Any) -> Parts:
    if all([type(item) is float or type(item) is int for item in value]):
        return NUMBERS, list(value)
    return "list", list(enumerate(value))


def _sequence(kind: Any) -> Callable[[Any], Parts]:
    return lambda value: ("list", list(enumerate(kind.__iter__(value))))


def _tuple(value: Any) -> Parts:
    return "tuple", list(enumerate(tuple.__iter__(value)))


def _dict(value: Any) -> Parts:
    return "dict", list(dict.items(value))


def _set(value: Any) -> Parts:
    kind: Any = set if isinstance(value, set) else frozenset
    return "dict", [(element, element) for element in kind.__iter__(value)]


def _function(value: Any) -> Parts:
    """A function's free variables, attributes and defaults, by name."""
    cells = list(zip(value.__code__.co_freevars, value.__closure__ or (), strict=True))
    code, defaults = value.__code__, value.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    keyword_only = [("__kwdefaults__", value.__kwdefaults__)] if value.__kwdefaults__ else []
    return "function", [*zip(names, defaults, strict=True), *keyword_only, *vars(value).items(), *cells]


def _cell(value: Any) -> Parts:
    try:
        return CELL, [(0, value.cell_contents)]
    except ValueError:
        return CELL, []


def _method(value: Any) -> Parts:
    owner = value.__self__
    return "method", [] if isinstance(owner, types.ModuleType) or owner is None else [("__self__", owner)]


def _partial(value: Any) -> Parts:
    return "partial", [("func", value.func), ("args", value.args), ("keywords", value.keywords)]


def _class(value: Any) -> Parts:
    if not value.__flags__ & _HEAP_TYPE:
        return "inert", []
    items = vars(value).items()
    return "object", [(name, held) for name, held in items if name[:2] != "__" and type(held) not in _OF_CLASSES]


_OF_CLASSES = (
    types.FunctionType,
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    classmethod,
    staticmethod,
    property,
)
"""What classes hold for their instances: no values of their own."""


_BY_TYPE: dict[type, Callable[[Any], Parts]] = {
    list: _list,
    tuple: _tuple,
    dict: _dict,
    types.FunctionType: _function,
    types.CellType: _cell,
    types.MethodType: _method,
    types.BuiltinMethodType: _method,
}


def shown_as(kind: type, slot: str) -> None:
    """Let objects of a class of ours have one part: what they stand for."""
    _BY_TYPE[kind] = lambda value: ("object", [(slot, getattr(value, slot))])


_BY_BASE: tuple[tuple[Any, Callable[[Any], Parts]], ...] = (
    *[(kind, _sequence(kind)) for kind in (list, deque, array)],
    (tuple, _tuple),
    (dict, _dict),
    ((set, frozenset), _set),
    (type, _class),
    (functools.partial, _partial),
)
