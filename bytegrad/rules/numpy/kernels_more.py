"""Kernels, as in `kernels`, of functions that are met less often: joins along new axes, sums on the way, picks."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.numpy.kernels import Array, concatenate_kernel, kept_shape, matmul_kernel
from bytegrad.runtime.array_calls import gives_view, kernel

gives_view(np.flip, np.flipud, np.fliplr)


@kernel(np.stack, of_sequence=True)
def stack_kernel(y: Any, wants: Any, arrays: Any, axis: Any = 0) -> Any:
    """Each array gets its layer."""
    if type(axis) is not int:
        return NotImplemented
    before = (slice(None),) * (axis % y.ndim)

    def stack_pullback(y_bar: Any) -> Any:
        return [y_bar[(*before, i)] if wanted else None for i, wanted in enumerate(wants)]

    return stack_pullback, ()


@kernel(np.hstack, of_sequence=True)
def hstack_kernel(y: Any, wants: Any, arrays: Any) -> Any:
    """As `np.concatenate` along the second axis, or the only one."""
    return NotImplemented if not _are_alike(arrays) else concatenate_kernel(y, wants, arrays, min(y.ndim - 1, 1))


@kernel(np.vstack, of_sequence=True)
def vstack_kernel(y: Any, wants: Any, arrays: Any) -> Any:
    """As `np.concatenate` along the first axis; vectors are rows."""
    if not _are_alike(arrays):
        return NotImplemented
    return stack_kernel(y, wants, arrays) if arrays[0].ndim == 1 else concatenate_kernel(y, wants, arrays)


def _are_alike(arrays: Any) -> bool:
    """Whether arrays have one number of axes, and some."""
    ndim = arrays[0].ndim
    return ndim > 0 and all([array.ndim == ndim for array in arrays])


@kernel(np.cumsum, "cumsum")
def cumsum_kernel(y: Any, wants: Any, a: Array, axis: Any = None) -> Any:
    """The sums from the other end."""
    if type(axis) is not int and a.ndim > 1:
        return NotImplemented
    turned = (slice(None),) * ((axis or 0) % a.ndim) + (slice(None, None, -1),) if a.ndim else ()

    def cumsum_pullback(y_bar: Any) -> Any:
        bar = np.empty(y_bar.shape, y_bar.dtype)
        np.add.accumulate(y_bar[turned], len(turned) - 1, None, bar[turned])
        return bar

    return (cumsum_pullback, ()) if turned else NotImplemented


@kernel(np.take, "take", count=2)
def take_kernel(y: Any, wants: Any, a: Array, indices: Array, axis: Any = None) -> Any:
    """What was picked several times gets the sum."""
    if (type(axis) is not int and (axis is not None or a.ndim != 1)) or type(y) is not np.ndarray:
        return NotImplemented
    if wants[1] or indices.dtype.kind not in "iu" or a.dtype.kind not in "fc":
        return NotImplemented
    shape, dtype = a.shape, a.dtype
    before = (slice(None),) * ((axis or 0) % a.ndim)

    def take_pullback(y_bar: Any) -> Any:
        bar = np.zeros(shape, dtype)
        np.add.at(bar, (*before, indices), y_bar)
        return bar, None

    return take_pullback, (indices,)


@kernel(np.outer, count=2)
def outer_kernel(y: Any, wants: Any, a: Array, b: Array) -> Any:
    """Products of the cotangent with the other vector."""
    if a.ndim != 1 or b.ndim != 1 or a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return NotImplemented

    def outer_pullback(y_bar: Any) -> Any:
        return (
            np.matmul(y_bar, b.conjugate()) if wants[0] else None,
            np.matmul(a.conjugate(), y_bar) if wants[1] else None,
        )

    return outer_pullback, (a if wants[1] else None, b if wants[0] else None)


@kernel(np.inner, count=2)
def inner_kernel(y: Any, wants: Any, a: Array, b: Array) -> Any:
    """Of vectors, what `np.matmul` does."""
    return matmul_kernel(y, wants, a, b) if a.ndim == b.ndim == 1 else NotImplemented


@kernel(np.prod, "prod")
def prod_kernel(y: Any, wants: Any, a: Array, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The product over each factor; of products with zeros the rule knows more."""
    kept = kept_shape(a.shape, axis)
    if (kept is None and axis is not None) or a.dtype.kind != "f":
        return NotImplemented
    size = np.abs(y)
    if not np.all((size > _TINY) & (size < 1 / _TINY)):
        return NotImplemented

    def prod_pullback(y_bar: Any) -> Any:
        whole = y_bar * y
        return (whole if kept is None else np.reshape(whole, kept)) / a

    return prod_pullback, (a, y)


_TINY = 1e-30
"""Products that are smaller, or larger than its reciprocal, may have lost digits on the way."""
