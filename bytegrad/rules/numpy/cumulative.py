"""`cumsum`, `cumprod`, `cumulative_sum`, `cumulative_prod`, and the methods of the same names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, alias
from bytegrad.rules.numpy.accumulations import accumulate_pullback
from bytegrad.rules.numpy.broadcast import project

Pullback = Callable[[Any], tuple[Any, ...]]


def cumulation(ufunc: np.ufunc, a: Any, y: Any, axis: int | None) -> Pullback:
    """The pullback of ``y = ufunc.accumulate(a, axis)``, of the raveled array if `axis` is None."""
    if axis is not None:
        return accumulate_pullback(ufunc, a, y, axis)
    along = accumulate_pullback(ufunc, np.ravel(a), y, 0)

    def flat_pullback(y_bar: Any) -> tuple[Any, ...]:
        (flat_bar,) = along(y_bar)
        return (None if flat_bar is None else project(np.reshape(flat_bar, np.shape(a)), a),)

    return flat_pullback


@adjoint(np.cumsum)
def cumsum_rule(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> tuple[Any, Pullback]:
    """Each term gets the cotangents of its own and of all later sums."""
    y = np.cumsum(a, axis, dtype)
    return y, cumulation(np.add, a, y, axis)


@adjoint(np.cumprod)
def cumprod_rule(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> tuple[Any, Pullback]:
    """Each factor gets the other factors of its own and of all later products, zeros among them or not."""
    y = np.cumprod(a, axis, dtype)
    return y, cumulation(np.multiply, a, y, axis)


def _declare_cumulative(target: Callable[..., Any], ufunc: np.ufunc) -> None:
    @adjoint(target)
    def cumulative_rule(
        x: Any, /, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
    ) -> tuple[Any, Pullback]:
        y = target(x, axis=axis, dtype=dtype, include_initial=include_initial)
        place = 0 if axis is None else axis
        without_initial = (slice(None),) * (place % np.ndim(x)) + (slice(int(include_initial), None),)
        pullback = cumulation(ufunc, x, y[without_initial], place)

        def cumulative_pullback(y_bar: Any) -> tuple[Any, ...]:
            return pullback(y_bar[without_initial])

        return y, cumulative_pullback


# They are in numpy since 2.1.
if hasattr(np, "cumulative_sum"):
    _declare_cumulative(np.cumulative_sum, np.add)
    _declare_cumulative(np.cumulative_prod, np.multiply)

for _type in (np.ndarray, np.generic):
    alias(_type.cumsum, np.cumsum)
    alias(_type.cumprod, np.cumprod)
