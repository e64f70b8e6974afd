"""Where arrays lie in memory, and copies of what they hold."""

from __future__ import annotations

import ctypes
import math
from functools import lru_cache
from typing import Any

import numpy as np

ndarray = np.ndarray


def content(array: Any, key: Any) -> Any:
    """A copy of ``array[key]``."""
    value = array[key]
    return value.copy() if issubclass(type(value), (ndarray, np.void)) else value


def plain_copy(array: Any) -> Any:
    """A copy of an array's elements, as a plain array: no method of a subclass is asked."""
    return np.array(array, subok=False)


_WORD = ctypes.c_size_t
_DATA = object.__basicsize__
"""Where an array object keeps the address of its data."""


def _address_by_interface(array: Any) -> int:
    return array.__array_interface__["data"][0]


def address(array: Any) -> int:
    """The address of the first element of `array`; the array's own account of it takes six times as long."""
    return _WORD.from_address(id(array) + _DATA).value


if address(np.arange(4)[1:]) == 0 or any(address(a) != _address_by_interface(a) for a in (np.ones(3), np.ones(9)[2:])):
    address = _address_by_interface


class Alias:
    """Lends the memory of an array that is passed twice, so that each of the two has its own cotangent."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.__array_interface__ = array.__array_interface__


def aliased(array: Any) -> Any:
    """Another array with the memory of `array`, and a shadow of its own."""
    return np.asarray(Alias(array))


def first_array(array: Any, lender: Any) -> Any:
    """An array over all the memory of `lender`, of its own dtype if it is a record, else that with which it is met."""
    try:
        return np.frombuffer(lender, lender.dtype if isinstance(lender, np.void) else array.dtype)
    except (TypeError, ValueError, BufferError):
        return array


def readable(own: Any, other: Any) -> bool:
    """Whether elements of a view of dtype `other` are elements, fields or parts of elements of dtype `own`."""
    if own is other or own == other:
        return True
    if own.kind == "V" and own.names:
        return other.kind == "V" or all([readable(field, other) for field in fields(own).values()])
    return own.kind in "fc" and other.kind in "fc" and np.empty(0, own).real.dtype == np.empty(0, other).real.dtype


@lru_cache(maxsize=256)
def fields(dtype: Any) -> dict[int, Any]:
    """The dtypes of the numbers and texts in a record, by their places in its memory.

    >>> fields(np.dtype([("a", "f8"), ("b", [("c", "i4", (2,))])]))
    {0: dtype('float64'), 8: dtype('int32'), 12: dtype('int32')}
    """
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        inner, n = fields(base), math.prod(shape)
        return {i * base.itemsize + place: kind for i in range(n) for place, kind in inner.items()}
    if not dtype.names:
        return {0: dtype}
    found = {}
    for name in dtype.names:
        kind, offset = dtype.fields[name][:2]
        found.update({offset + place: inner for place, inner in fields(kind).items()})
    return found


def seen_field(view: Any, root: Any) -> Any:
    """The dtype of the numbers in the records of `root` that `view` looks at; that of `root` if it sees several."""
    own, step = root.dtype, root.itemsize
    if not own.names or view.dtype.kind == "V":
        return own
    places = {address(view) - address(root)}
    for stride, n in zip(view.strides, view.shape, strict=True):
        if stride % step:
            places = {place + i * stride for place in places for i in range(min(n, step))}
    kinds = {fields(own).get(place % step) for place in places}
    return own if len(kinds) > 1 or None in kinds else kinds.pop()
