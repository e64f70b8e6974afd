"""Cotangents of arrays brought to the shape and dtype of their primals."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from bytegrad.errors import RuleError

_FLOAT64 = np.dtype(np.float64)
_KNOWN: dict[Any, Any] = {}


def cotangent_dtype(dtype: Any) -> Any:
    """The dtype of cotangents of arrays of `dtype`; None if there are none.

    >>> cotangent_dtype(np.dtype("f4")), cotangent_dtype(np.dtype("i8")), cotangent_dtype(np.dtype("S3"))
    (dtype('float32'), dtype('float64'), None)
    """
    try:
        return _KNOWN[dtype]
    except KeyError:
        found = _KNOWN[dtype] = _cotangent_dtype(dtype)
        return found


def _cotangent_dtype(dtype: Any) -> Any:
    if dtype.kind in "fcO":
        return dtype
    if dtype.kind in "iu":
        return _FLOAT64
    return _of_fields(dtype) if dtype.kind == "V" and dtype.names else None


def _of_fields(dtype: Any) -> Any:
    """The same layout, with integers as floats of their size; fields without cotangents are bytes."""
    names, formats, offsets = [], [], []
    for name in dtype.names:
        kind, offset = dtype.fields[name][:2]
        inner = cotangent_dtype(kind.base)
        names.append(name)
        formats.append(
            (inner, kind.shape) if inner is not None and inner.itemsize == kind.base.itemsize else f"V{kind.itemsize}"
        )
        offsets.append(offset)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": dtype.itemsize})


def unbroadcast(bar: Any, shape: tuple[int, ...]) -> Any:
    """Sum `bar` to `shape`, undoing broadcasting; numbers alone are spread.

    Raises: RuleError if `bar` cannot be the cotangent of something of this shape.
    """
    own = bar.shape
    if not own:
        return np.broadcast_to(bar, shape)
    axes = summed_axes(own, shape)
    if axes is None:
        if bar.size == 1 and all(n == 1 for n in shape):
            return bar.reshape(shape)
        raise RuleError(f"a cotangent has shape {own}, its primal has shape {shape}")
    total = np.add.reduce(bar, axis=axes)
    return total if getattr(total, "shape", None) == shape else np.reshape(total, shape)


@lru_cache(maxsize=512)
def summed_axes(own: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes to sum so that an array of the shape `own` gets `shape`, but for axes of length 1; None if it cannot.

    >>> summed_axes((5, 2, 3), (2, 1)), summed_axes((2,), (3,))
    ((0, 2), None)
    """
    lead = len(own) - len(shape)
    if lead < 0 or any(n not in (m, 1) for n, m in zip(shape, own[lead:], strict=True)):
        return None
    return (*range(lead), *[lead + i for i, n in enumerate(shape) if n == 1 and own[lead + i] != 1])


def as_dtype(bar: Any, dtype: Any) -> Any:
    """The array `bar` with the numbers of a cotangent of `dtype`: the real parts, for real ones."""
    if bar.dtype.kind == "O" and dtype.kind == "f" and any(isinstance(item, complex) for item in bar.ravel()):
        bar = bar.astype(complex)
    if bar.dtype.kind == "c" and dtype.kind not in ("c", "O"):
        bar = bar.real
    return bar.astype(dtype)


def fitted(bar: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """`bar` as an array of this shape and dtype; of a complex one, the real part where the primal is real."""
    if type(bar) is not np.ndarray:
        bar = np.asarray(bar)
    if bar.shape != shape:
        bar = unbroadcast(bar, shape)
        if type(bar) is not np.ndarray:
            bar = np.asarray(bar)
    if bar.dtype != dtype:
        bar = as_dtype(bar, dtype)
    elif bar.dtype is not dtype:
        bar = bar.view(dtype)
    return bar


def wider(bar: Any, dtype: Any) -> Any:
    """The dtype of `bar`, if it is more precise than `dtype` and of the same kind, else `dtype`.

    A result that is rounded to single precision may be used in double: what it means for the final result is then
    known in double, and is not rounded on its way back.  The gradient itself has the dtype of its argument.
    """
    own = getattr(bar, "dtype", None)
    if own is not None and own.kind == dtype.kind and own.itemsize > dtype.itemsize and own.kind in "fc":
        return own
    return dtype


def holds_twice(view: Any) -> bool:
    """Whether elements of `view` may share memory; never wrong when it says no."""
    if view.ndim == 1:
        return view.strides[0] == 0 and view.shape[0] > 1
    flags = view.flags
    if flags.c_contiguous or flags.f_contiguous:
        return False
    reach = view.itemsize
    for stride, n in sorted([(abs(s), n) for s, n in zip(view.strides, view.shape, strict=True) if n > 1]):
        if stride < reach:
            return True
        reach += stride * (n - 1)
    return False


def has_nan(array: Any) -> bool:
    """Whether any element of `array` is NaN; may also say so of infinite complex ones.

    Of the ways to find out, the fastest for the size: from about ten thousand elements on, a scalar product waits
    for the threads of the linear algebra library, which costs milliseconds on a busy machine.
    """
    size = array.size
    if size == 1:
        total = array.item()
    elif size < _THREADED:
        total = _dot(array, array)
    else:
        total = np.minimum.reduce(array, axis=None)
    return bool(total != total)  # noqa: PLR0124 - a NaN is not itself


_THREADED = 8192
_dot = np.vdot._implementation  # type: ignore[attr-defined]  # without the look for overrides: there are none
