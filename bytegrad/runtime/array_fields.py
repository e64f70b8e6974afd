"""Elements of arrays of records: an `np.void`, or an `np.record`, shows the memory of its array, as a view does."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_memory import address

ndarray = np.ndarray


class Shown:
    """Lends the memory that an element shows; `base` is what has it."""

    __slots__ = ("__array_interface__", "base")

    def __init__(self, element: Any) -> None:
        self.base = element if element.base is None else element.base
        place = address(np.frombuffer(element, np.uint8))  # its own account may be of a copy
        self.__array_interface__ = {
            "version": 3,
            "shape": (),
            "typestr": f"|V{element.itemsize}",
            "data": (place, not element.flags.writeable),
        }


def has_fields(element: Any) -> bool:
    """Whether `element` is a record some of whose fields may be numbers."""
    return bool(element.dtype.names) and element.itemsize > 0 and not element.dtype.hasobject


def as_array(element: Any) -> Any:
    """An array without axes over the memory that a record shows.

    >>> r = np.zeros(3, dtype=[("a", float)])
    >>> as_array(r[1])["a"] = 2.0
    >>> r["a"]
    array([0., 2., 0.])
    """
    return np.asarray(Shown(element)).view(element.dtype)


def of_record(sequence: Any, bar: Any) -> Any:
    """The cotangents of the items of a tuple that is a record, or of a list of such tuples."""
    if isinstance(sequence, tuple):
        return [_of_field(bar[name], np.ndim(bar)) for name in bar.dtype.names]
    if np.ndim(bar) == 0 or len(bar) != len(sequence):
        raise UnsupportedError(
            "cannot differentiate a list of records that is broadcast", fixes="repeat it, or write each field by itself"
        )
    return bar


def _of_field(bar: Any, ndim: int) -> Any:
    """The cotangent of a number, an array or a tuple that was stored into a field of all records of an array."""
    if bar.dtype.kind != "V":
        return np.add.reduce(bar, axis=tuple(range(ndim))) if ndim else bar
    if not bar.dtype.names or not ndim:
        return bar if bar.dtype.names else None
    raise UnsupportedError("cannot differentiate a record within a record that is broadcast", fixes="write its fields")
