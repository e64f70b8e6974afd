"""Bring cotangents back to the shape and dtype of their primals, and weigh them by partial derivatives.

Every array rule ends in `project`; reductions begin with `unreduce`; a product with a partial goes through
`weigh`, which is what keeps NaN out of branches that were not taken.  See docs/conventions.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.structure import restructure
from bytegrad.runtime.fitting import has_nan

Array = NDArray[Any]
Axis = int | tuple[int, ...] | None

# Setting up a broadcast view takes numpy about as long as filling this many elements.
SOON_COPIED = 4096


def unbroadcast(x_bar: Any, like: Any) -> Any:
    """Sum `x_bar` to the shape of `like`, undoing numpy broadcasting.

    Shapes: x_bar (..., *S) with S broadcast from like.shape -> like.shape.
    Raises: ValueError if `like` does not broadcast to x_bar.
    Source: numpy broadcasting rules, numpy.org/doc/stable/user/basics.broadcasting.html

    >>> unbroadcast(np.ones((2, 3)), np.ones((1, 3)))
    array([[2., 2., 2.]])
    """
    shape = np.shape(like)
    whole = np.shape(x_bar)
    if whole == shape:
        return x_bar
    lead = len(whole) - len(shape)
    stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1 and whole[lead + i] != 1)
    return np.reshape(np.sum(x_bar, axis=(*range(lead), *stretched)), shape)


def project(x_bar: Any, like: Any) -> Any:
    """`x_bar` with the shape and the kind of number of `like`, a primal: the last step of a pullback.

    Real primals get the real part, float32 stays float32, integer arrays get float64, Python numbers get
    Python floats or complexes, nested lists nested lists.

    >>> project(np.array([1 + 2j, 3 - 1j]), 0.5)
    4.0
    """
    if type(x_bar) is type(like) is np.ndarray and x_bar.shape == like.shape and x_bar.dtype == like.dtype:
        return x_bar
    if isinstance(like, list | tuple):
        return restructure(project(x_bar, np.asarray(like)), like)
    return as_number_of(unbroadcast(x_bar, like), like)


def as_number_of(x_bar: Any, like: Any) -> Any:
    """`x_bar`, of any shape, with the dtype that a cotangent of `like` has; Python numbers for Python numbers."""
    to_python = _PYTHON_NUMBERS.get(type(like))
    if to_python is not None and np.ndim(x_bar) == 0:
        return to_python(x_bar)
    dtype = cotangent_dtype(getattr(like, "dtype", None) or np.asarray(like).dtype)
    if dtype is None:
        return x_bar
    if dtype.kind != "c" and np.iscomplexobj(x_bar):
        x_bar = np.real(x_bar)
    if isinstance(like, np.generic) and np.ndim(x_bar) == 0:
        return dtype.type(x_bar)
    x_bar = np.asarray(x_bar)
    return x_bar if x_bar.dtype == dtype else x_bar.astype(dtype)


def cotangent_dtype(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """The dtype of cotangents of arrays of `dtype`; None for object arrays, whose elements keep their own types."""
    if dtype.kind in "fc":
        return dtype
    return None if dtype.kind == "O" else _FLOAT64


def kind_of(x: Any) -> str:
    """The kind of number in `x`, an array or a number: a letter as in `np.dtype.kind`."""
    dtype = getattr(x, "dtype", None)
    return str(np.asarray(x).dtype.kind if dtype is None else dtype.kind)


def weigh(y_bar: Any, partial: Any) -> Any:
    """``y_bar * conj(partial)``, the cotangent of an input, with 0 wherever `y_bar` is 0.

    A zero cotangent means that this element has no influence, so an infinite or NaN partial there must not
    turn it into NaN: that is how NaN would leak out of the branch that `np.where` did not take.

    >>> weigh(np.array([0.0, 2.0]), np.array([np.nan, 3.0]))
    array([0., 6.])
    """
    x_bar = y_bar * partial.conjugate()
    if has_nan(x_bar):
        return np.where(np.equal(y_bar, 0) & np.isnan(x_bar), 0, x_bar)
    return x_bar


def masked(x_bar: Any, where: Any) -> Any:
    """`x_bar` where the mask of a ``where=`` keyword is true, else 0."""
    return x_bar if where is True else np.where(where, x_bar, 0)


def normal_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The reduced axes of a reduction as non-negative numbers, in order."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(number) % ndim for number in axes)) if ndim else ()


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """The shape that reducing `axis` with ``keepdims=True`` gives."""
    if axis is None:
        return (1,) * len(shape)
    axes = normal_axes(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def keep(y: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """The result `y` of reducing `axis` of an array of `shape`, so that it broadcasts against that array.

    The reduced axes are kept as 1; a number stays a number.
    """
    if np.ndim(y) == 0:
        return y
    kept = kept_shape(shape, axis)
    return y if np.shape(y) == kept else np.reshape(y, kept)


def spread(x: Any, shape: tuple[int, ...]) -> Any:
    """`x` broadcast to `shape`, for reading only; a copy where that is sooner done than a view."""
    if np.shape(x) == shape:
        return x
    if math.prod(shape) <= SOON_COPIED:
        return np.full(shape, x)
    return np.broadcast_to(x, shape)


def counted(a: Any, axis: Axis, where: Any) -> Any:
    """How many elements a reduction of `axis` takes in: a number, or an array of the shape that is kept."""
    shape = np.shape(a)
    if where is True:
        return math.prod(shape if axis is None else [shape[i] for i in normal_axes(axis, len(shape))])
    return np.sum(np.broadcast_to(where, shape), axis=normal_axes(axis, len(shape)), keepdims=True)


def unreduce(y_bar: Any, a: Any, axis: Axis) -> Any:
    """Spread the cotangent of a sum over the elements of `a` that were summed; of `a`'s shape and dtype.

    >>> unreduce(np.array([1.0, 2.0]), np.zeros((2, 3)), 1)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    like = np.asarray(a)
    return project(spread(keep(as_number_of(y_bar, like), like.shape, axis), like.shape), a)


def truncates(a: Any, y: Any) -> bool:
    """Whether computing `y` from `a` went through a cast to integers: then `y` does not vary with `a`."""
    return kind_of(y) in "iub" and kind_of(a) in "fc"


def _to_float(x_bar: Any) -> float:
    return float(x_bar.real)


_FLOAT64 = np.dtype(np.float64)
_PYTHON_NUMBERS: dict[type, Callable[[Any], Any]] = {
    bool: _to_float,
    int: _to_float,
    float: _to_float,
    complex: complex,
}

non_differentiable(has_nan, normal_axes, kept_shape, counted, truncates, cotangent_dtype, kind_of)
non_differentiable(np.result_type, np.can_cast, np.promote_types, np.min_scalar_type)
non_differentiable(np.shares_memory, np.may_share_memory)
