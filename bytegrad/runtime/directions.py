"""How many directions are computed at once, for what is made without an argument that has their axis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

_COUNT: ContextVar[int] = ContextVar("directions")


@contextmanager
def directions(count: int) -> Iterator[None]:
    """Within the block forward code runs in so many directions."""
    token = _COUNT.set(count)
    try:
        yield
    finally:
        _COUNT.reset(token)


def expanded(x: Any) -> Any:
    """`x`, which has not the axis of directions, once for each of them in memory of its own; a number as it is."""
    return np.array(np.broadcast_to(x, (_COUNT.get(), *x.shape))) if isinstance(x, np.ndarray) and x.ndim else x


def row_of(x: Any) -> Any:
    """`x`, or if that is a number an array with it for each direction."""
    return x if np.ndim(x) else np.full(_COUNT.get(), x)


__all__ = ["directions", "expanded", "row_of"]
