"""Sine values out of a packed table: what a C extension might do, so that nothing in it can be differentiated."""

from __future__ import annotations

import math
import struct

_STEPS = 1000
_TABLE = struct.pack(f"{_STEPS + 1}d", *[math.sin(i / _STEPS) for i in range(_STEPS + 1)])


def lookup(x: float) -> float:
    """The table's value for `x` between 0 and 1."""
    (value,) = struct.unpack_from("d", _TABLE, 8 * round(x * _STEPS))
    return float(value)
