"""Cotangents of arrays of records that come as tuples, and as nested lists of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.fitting import cotangent_dtype


@non_differentiable
def fields_of(x: Any) -> Any:
    """The dtype of cotangents of an array of records; None for any other."""
    dtype = getattr(x, "dtype", None)
    return cotangent_dtype(dtype) if dtype is not None and dtype.kind == "V" and dtype.names else None


def records_at(shape: tuple[int, ...], dtype: Any, place: tuple[Any, ...], bars: Any) -> Any:
    """Zeros of `shape` with `bars` at `place`: a tuple for each record, in lists; None is zero.

    >>> records_at((2,), np.dtype([("a", float), ("b", float)]), (1,), (3.0, None))
    array([(0., 0.), (3., 0.)], dtype=[('a', '<f8'), ('b', '<f8')])
    """
    total = np.zeros(shape, dtype)
    _fill(total[(*place, ...)], bars)
    return total


def _fill(view: Any, bars: Any) -> None:
    """Set the view of an array of records, or of one of its fields, to cotangents."""
    if bars is None or (view.dtype.kind == "V" and not view.dtype.names):
        return
    if view.ndim:
        for index, item in enumerate(bars):
            _fill(view[index, ...], item)
    elif view.dtype.names:
        for name, bar in zip(view.dtype.names, bars, strict=True):
            _fill(view[name], bar)
    else:
        view[...] = bars


def as_records(y_bar: Any, data: Any) -> Any:
    """The cotangent `y_bar` of an array of records in the form of `data`: tuples, in lists.

    >>> as_records(np.array([(1.0, 2.0)], dtype=[("a", float), ("b", float)]), [(0.5, 0.5)])
    [(np.float64(1.0), np.float64(2.0))]
    """
    if isinstance(data, tuple):
        return tuple([as_records(y_bar[name], item) for name, item in zip(y_bar.dtype.names, data, strict=True)])
    if isinstance(data, list) and y_bar.dtype.names:
        return [as_records(y_bar[index], item) for index, item in enumerate(data)]
    if y_bar.dtype.kind == "V" and not y_bar.dtype.names:
        return None
    return y_bar.tolist() if isinstance(data, list) else y_bar
