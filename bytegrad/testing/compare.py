"""Whether two values are the same to the last bit."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np

from bytegrad.runtime.structure import attributes, parts_of

_BY_REPR = (float, complex, int, str, bytes, type(None), np.generic)


def same(a: Any, b: Any, seen: set[tuple[int, int]] | None = None) -> bool:
    """Whether `a` and `b` are of the same types and equal to the last bit, attributes and cycles included.

    >>> same([0.0, {"a": float("nan")}], [0.0, {"a": float("nan")}]), same(0.0, -0.0), same(1, 1.0)
    (True, False, False)
    """
    seen = set() if seen is None else seen
    if (id(a), id(b)) in seen:
        return True
    seen.add((id(a), id(b)))
    if type(a) is not type(b):
        return False
    if isinstance(a, _BY_REPR):
        return repr(a) == repr(b)
    if isinstance(a, np.ndarray):
        if a.dtype.kind == "O":
            return a.shape == b.shape and same(a.ravel().tolist(), b.ravel().tolist(), seen)
        return bool(a.dtype == b.dtype and a.shape == b.shape and _content(a) == _content(b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key], seen) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, seen) for x, y in zip(a, b, strict=True))
    if isinstance(a, (types.FunctionType, types.CellType, types.MethodType, functools.partial)):
        return getattr(a, "__code__", None) is getattr(b, "__code__", None) and same(parts_of(a), parts_of(b), seen)
    of_a, of_b = dict(attributes(a)), dict(attributes(b))
    if not of_a and not of_b:
        return bool(a is b or a == b)
    return of_a.keys() == of_b.keys() and all(same(of_a[name], of_b[name], seen) for name in of_a)


def _content(array: Any) -> Any:
    """What an array holds, to the last bit; the bytes by which longdoubles are padded mean nothing."""
    if array.dtype.char in "gG":
        return [repr(number) for number in np.asarray(array).ravel()]
    return array.tobytes()
