"""Arrays of objects: numbers that move into them and out of them."""

from __future__ import annotations

from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy import create, ndarray  # noqa: F401  (their rules come behind those here)
from bytegrad.rules.numpy.broadcast import cotangent_dtype


def _into_objects(target: Any) -> None:
    """Declare the rule of a function that makes an array of its first argument, where the array is of objects."""

    @adjoint(target)
    def into_objects_rule(data: Any, *args: Any, **kwargs: Any) -> Any:
        if not _asks_for_objects(data, args, kwargs):
            return NotImplemented
        y = target(data, *args, **kwargs)
        if y.dtype.kind != "O":
            return NotImplemented
        shape = np.shape(data) if isinstance(data, np.ndarray) else y.shape

        def into_objects_pullback(y_bar: Any) -> Any:
            return (numbers_of(np.reshape(y_bar, shape), data),)

        return y, into_objects_pullback


def _asks_for_objects(data: Any, args: Any, kwargs: Any) -> bool:
    """Whether the result may be an array of objects: cheap, and never wrong when it says no."""
    if isinstance(data, np.ndarray) and data.dtype.kind == "O":
        return True
    if any(kind is object or (isinstance(kind, np.dtype) and kind.kind == "O") for kind in (*args, *kwargs.values())):
        return True
    return isinstance(data, (list, tuple)) and any(not isinstance(item, (float, int, np.ndarray)) for item in data)


def numbers_of(bar: Any, data: Any) -> Any:
    """The cotangents in the array of objects `bar` as a cotangent of `data`; None for what moved by reference."""
    if isinstance(data, np.ndarray):
        dtype = cotangent_dtype(data.dtype)
        return bar if dtype is None else bar.astype(dtype)
    if not isinstance(bar, np.ndarray):
        return bar if isinstance(data, (Number, Decimal)) else None
    if isinstance(data, (list, tuple)):
        bars = [numbers_of(item_bar, item) for item_bar, item in zip(bar, data, strict=True)]
        return bars if isinstance(data, list) else tuple(bars)
    return bar[()]


for _target in (np.asarray, np.asanyarray, np.array, np.ndarray.astype, np.astype):
    _into_objects(_target)
