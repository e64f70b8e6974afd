"""Cotangents that are infinite or NaN, found where they first appear: under ``debug(check_finite=True)``."""

from __future__ import annotations

import cmath
import linecache
from typing import Any

import numpy as np

from bytegrad.errors import NotFiniteError
from bytegrad.runtime.context import Context
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import reversed_place


def check_finite(ctx: Context, bar: Any, y: Any, name: str) -> None:
    """Raise NotFiniteError if `bar`, the cotangent of an operand of `name`, is not finite; `y` is the value."""
    if not is_finite(bar):
        raise _not_finite(bar, f"an operand of {name}, whose value is {y!r},")


def reverse_checked(ctx: Context, record: Any, seed: Any, n: int) -> Any:
    """Reverse a record of `n` operands, and look at what comes out of it and at what arrays have got."""
    if record is None:
        return (ZERO,) * n
    bars = record[0](ctx, record, seed)
    found = [bar for bar in bars if not is_finite(bar)]
    if not found and "arrays" in ctx.uses:
        arrays = ctx.arrays
        found = [bar for kept in (arrays.owned, arrays.lent) for bar in kept.values() if not is_finite(bar)]
    if found:
        raise _not_finite(found[0], f"an operand of {_called(record)}")
    return bars


def is_finite(bar: Any) -> bool:
    """Whether no number in a cotangent is infinite or NaN."""
    if isinstance(bar, (float, complex)):
        return cmath.isfinite(bar)
    if isinstance(bar, tuple):
        return all([is_finite(part) for part in bar])
    if isinstance(bar, np.ndarray) and bar.dtype.kind in "fc":
        return bool(np.isfinite(bar).all())
    return True


def _called(record: Any) -> str:
    """What was called where a record was left, as far as it knows."""
    for part in record[1:4]:
        if isinstance(part, Adjoint):
            return f"what the rule {part.rule.__qualname__} is for"
        if callable(part) and hasattr(part, "__name__"):
            return str(part.__name__)
    return "this line"


def _not_finite(bar: Any, what: str) -> NotFiniteError:
    where = reversed_place()
    source = linecache.getline(where[1], where[2] or 0).strip() if where is not None else ""
    kind = "NaN" if bool(np.isnan(_numbers(bar)).any()) else "infinite"
    return NotFiniteError(
        f"the cotangent of {what} is {kind}" + (f": {source}" if source else ""),
        where=where,
        fixes="keep away from the pole or the overflow: choose another branch, clip, or scale",
    )


def _numbers(bar: Any) -> Any:
    if isinstance(bar, tuple):
        return np.concatenate([np.ravel(_numbers(part)) for part in bar])
    return np.ravel(bar)
