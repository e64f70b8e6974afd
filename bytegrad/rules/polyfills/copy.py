"""Polyfills of the C functions under `copy.copy` and `copy.deepcopy`: what takes an object apart and fills its copy.

`copy` itself, `dataclasses.replace`, `asdict` and `astuple` are Python code.  They reach `object.__reduce_ex__` and
its like, in C, which give the parts of an object.  Here every attribute is read by `getattr` and written by
`setattr`, so that its cotangent goes the same way.
"""

from __future__ import annotations

import copyreg
import types
from typing import Any

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.polyfills.native import PAIR, natively

# --- attributes ----------------------------------------------------------------------------------


def attribute_names(obj: Any) -> list[Any]:
    """The keys of the `__dict__` of `obj`; none if it has no `__dict__`."""
    try:
        return list(object.__getattribute__(obj, "__dict__"))
    except AttributeError:
        return []


def is_plain_attribute(obj: Any, name: Any, accessor: str) -> bool:
    """Whether `accessor` (getattr's or setattr's method) takes `name` straight to the `__dict__` of `obj`."""
    kind = type(obj)
    if not isinstance(name, str) or not isinstance(getattr(kind, accessor), types.WrapperDescriptorType):
        return False
    described = next((cls.__dict__[name] for cls in kind.__mro__ if name in cls.__dict__), None)
    return not hasattr(type(described), "__set__") and not hasattr(type(described), "__delete__")


non_differentiable(attribute_names, is_plain_attribute)


def attributes_of(obj: Any) -> dict[Any, Any]:
    """The instance attributes of `obj` as a new dict, past properties and a `__getattribute__` of its class."""
    found = {}
    for name in attribute_names(obj):
        if is_plain_attribute(obj, name, "__getattribute__"):
            found[name] = getattr(obj, name)
        else:
            found[name] = obj.__dict__[name]
    return found


def set_attributes(obj: Any, attributes: dict[Any, Any]) -> None:
    """`obj.__dict__.update(attributes)`."""
    for name, value in attributes.items():
        if is_plain_attribute(obj, name, "__setattr__"):
            setattr(obj, name, value)
        else:
            obj.__dict__[name] = value


# --- the state of an object ----------------------------------------------------------------------


def state_of(obj: Any) -> Any:
    """`obj.__getstate__()`; of an object without one of its own: None, attributes, or (attributes, slots)."""
    kind: Any = type(obj)
    if kind.__getstate__ is not object.__getstate__ or "__getstate__" in attribute_names(obj):
        return obj.__getstate__()
    return _with_slots(obj, attributes_of(obj) or None)


@polyfill(object.__getstate__)
def getstate_polyfill(self: Any, /) -> Any:
    """`object.__getstate__(self)`: the `__dict__` itself, which the caller may change."""
    return _with_slots(self, self.__dict__ if attribute_names(self) else None)


def _with_slots(obj: Any, attributes: Any) -> Any:
    slots = {}
    for name in natively(copyreg._slotnames, type(obj)):  # type: ignore[attr-defined]
        try:
            slots[name] = getattr(obj, name)
        except AttributeError:
            continue
    return (attributes, slots) if slots else attributes


# --- object.__reduce_ex__ ------------------------------------------------------------------------


@polyfill(object.__reduce_ex__)
def reduce_ex_polyfill(self: Any, protocol: Any, /) -> Any:
    """`object.__reduce_ex__(self, protocol)`."""
    kind: Any = type(self)
    if kind.__reduce__ is not object.__reduce__:
        return self.__reduce__()
    if protocol < PAIR:
        return copyreg._reduce_ex(self, protocol)  # type: ignore[attr-defined]
    return _reduce_new(self)


def _reduce_new(obj: Any) -> Any:
    """(maker, its arguments, state, list items, dict items): the form of protocol 2 and later."""
    kind: Any = type(obj)
    maker: Any = copyreg.__newobj__  # type: ignore[attr-defined]
    made_from: Any = (kind,)
    if hasattr(kind, "__getnewargs_ex__"):
        args, kwargs = _checked_newargs_ex(obj.__getnewargs_ex__())
        if kwargs:
            maker, made_from = copyreg.__newobj_ex__, (kind, args, kwargs)  # type: ignore[attr-defined]
        else:
            made_from = (kind, *args)
    elif hasattr(kind, "__getnewargs__"):
        args = obj.__getnewargs__()
        if not isinstance(args, tuple):
            raise TypeError(f"__getnewargs__ should return a tuple, not '{type(args).__name__}'")
        made_from = (kind, *args)
    elif not isinstance(obj, (list, dict)) and kind.__getstate__ is object.__getstate__:
        # Objects with a layout of C's own refuse here; nothing of the user's runs.
        natively(object.__reduce_ex__, obj, PAIR)
    state = state_of(obj)
    list_items = iter(obj) if isinstance(obj, list) else None
    dict_items = iter(obj.items()) if isinstance(obj, dict) else None
    return maker, made_from, state, list_items, dict_items


def _checked_newargs_ex(newargs: Any) -> Any:
    if not isinstance(newargs, tuple):
        raise TypeError(f"__getnewargs_ex__ should return a tuple, not '{type(newargs).__name__}'")
    if len(newargs) != PAIR:
        raise ValueError(f"__getnewargs_ex__ should return a tuple of length 2, not {len(newargs)}")
    args, kwargs = newargs
    if not isinstance(args, tuple):
        name = type(args).__name__
        raise TypeError(f"first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{name}'")
    if not isinstance(kwargs, dict):
        name = type(kwargs).__name__
        raise TypeError(f"second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{name}'")
    return args, kwargs
