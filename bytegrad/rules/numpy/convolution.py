"""`np.convolve` and `np.correlate`: each one's pullback correlates the cotangent with the other operand.

Both are parts of the full convolution; a shorter result is that one's middle, and its cotangent is put back there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import project

Pullback = Callable[[Any], tuple[Any, ...]]


@adjoint(np.convolve)
def convolve_rule(a: Any, v: Any, mode: Any = "full") -> tuple[Any, Pullback]:
    """Bilinear in `a` and `v`."""
    y = np.convolve(a, v, mode)

    def convolve_pullback(y_bar: Any) -> tuple[Any, ...]:
        a_bar, v_bar = convolution_cotangents(np.atleast_1d(a), np.atleast_1d(v), y_bar)
        return project(np.reshape(a_bar, np.shape(a)), a), project(np.reshape(v_bar, np.shape(v)), v)

    return y, convolve_pullback


@adjoint(np.correlate)
def correlate_rule(a: Any, v: Any, mode: Any = "valid") -> tuple[Any, Pullback]:
    """The convolution of `a` with the reversed conjugate of `v`."""
    y = np.correlate(a, v, mode)

    def correlate_pullback(y_bar: Any) -> tuple[Any, ...]:
        first, second = np.atleast_1d(a), np.flip(np.conjugate(np.atleast_1d(v)), 0)
        # numpy swaps a shorter first operand and reverses the result: the middle is then counted from the end.
        a_bar, second_bar = convolution_cotangents(first, second, y_bar, from_end=len(first) < len(second))
        v_bar = np.conjugate(np.flip(second_bar, 0))
        return project(np.reshape(a_bar, np.shape(a)), a), project(np.reshape(v_bar, np.shape(v)), v)

    return y, correlate_pullback


def convolution_cotangents(a: Any, v: Any, y_bar: Any, from_end: bool = False) -> tuple[Any, Any]:
    """The cotangents of `a` and `v` from that of the middle part of their full convolution.

    Shapes: a (m,), v (n,), y_bar up to (m + n - 1,).
    """
    missing = len(a) + len(v) - 1 - len(y_bar)
    before = (missing + 1) // 2 if from_end else missing // 2
    full_bar = np.concatenate([np.zeros(before), y_bar, np.zeros(missing - before)])
    return np.correlate(full_bar, v, "valid"), np.correlate(full_bar, a, "valid")
