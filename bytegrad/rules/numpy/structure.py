"""Cotangents of array arguments that a caller gave as nested lists, tuples and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable

Array = np.ndarray[Any, Any]


def restructure(x_bar: Any, x: Any) -> Any:
    """The array `x_bar` in the form of `x`: nested lists and tuples of numbers and arrays.

    Shapes: x_bar has the shape of ``np.array(x)``.

    >>> restructure(np.array([[1.0, 2.0], [3.0, 4.0]]), [[0.5, 0.5], (7.0, 8.0)])
    [[1.0, 2.0], (3.0, 4.0)]
    """
    if not isinstance(x, (list, tuple)):
        return x_bar
    parts = _numbers(x_bar) if all(isinstance(item, (float, int, complex)) for item in x) else x_bar
    items = [restructure(part, item) for part, item in zip(parts, x, strict=True)]
    return items if isinstance(x, list) else tuple(items)


def _numbers(x_bar: Any) -> Any:
    """The elements of a one-dimensional cotangent as Python numbers."""
    return x_bar.tolist() if isinstance(x_bar, np.ndarray) else x_bar


def outline(x: Any) -> Any:
    """Something of the shape of the array or number `x`, for a pullback that needs no more of it.

    The content of an array that a pullback holds has to be saved before it is overwritten.

    >>> outline(np.ones((2, 3))).shape
    (2, 3)
    """
    return np.broadcast_to(_NOTHING, np.shape(x))


_NOTHING = np.zeros(())


_FLOAT = np.dtype(float)


def conjugate(x: Any) -> Any:
    """The complex conjugate; `x` itself, not a copy of it, where it is real.

    >>> conjugate(1 + 2j), conjugate(2.0)
    (np.complex128(1-2j), 2.0)
    """
    return np.conjugate(x) if np.iscomplexobj(x) or getattr(x, "dtype", _FLOAT).kind == "O" else x


def any_complex(*values: Any) -> bool:
    """Whether a number, array or nested list among `values` is complex."""
    return any(any_complex(*value) if isinstance(value, (list, tuple)) else np.iscomplexobj(value) for value in values)


def narrows(a: Any, dtype: Any) -> bool:
    """Whether computing with ``dtype=dtype`` drops the imaginary parts of `a`."""
    return dtype is not None and any_complex(a) and np.dtype(dtype).kind not in "cO"


def adjoint_matrix(x: Any) -> Any:
    """The conjugate transpose of the matrices in the last two axes of `x`."""
    return conjugate(np.swapaxes(x, -1, -2))


def truncates(source: Any, result: Any) -> bool:
    """Whether a cast from `source` to the dtype of `result` loses the derivative (float to integer, all to bool)."""
    kind = result.dtype.kind
    return kind not in "fcO" and (kind not in "iu" or np.asarray(source).dtype.kind not in "iu")


non_differentiable(any_complex, narrows)
