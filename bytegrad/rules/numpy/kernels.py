"""What the commonest functions of plain arrays do to cotangents, for calls that emitted code makes itself.

Each kernel says the same as the rule of its function, without what that knows of other arguments: masks, `dtype`,
`initial`, integers, nested lists, subclasses.  Those go by the rule.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.numpy.ndarray import CONSTANT_ATTRIBUTES
from bytegrad.runtime.array_calls import PLAIN_ATTRIBUTES, gives_view, kernel

PLAIN_ATTRIBUTES |= CONSTANT_ATTRIBUTES
Array = Any
Answer = tuple[Callable[[Any], Any], tuple[Any, ...]]
_SOON_FILLED = 4096
"""To fill so many elements takes no longer than to make a view that repeats one."""

# reductions -------------------------------------------------------------------------------------------------


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...] | None:
    """The shape that reducing `axis` with ``keepdims=True`` gives; None if `axis` is no number."""
    if type(axis) is not int:
        return None
    axis %= len(shape)
    return (*shape[:axis], 1, *shape[axis + 1 :])


def _spread(y_bar: Any, array: Array, kept: tuple[int, ...] | None) -> Any:
    """`y_bar`, of the shape `kept` or a number, repeated to the shape of `array`."""
    shape, dtype = array.shape, array.dtype
    if kept is not None or array.size > _SOON_FILLED:
        whole = np.asarray(y_bar, dtype, order="C").reshape(kept or (1,) * len(shape))
        strides = [0 if n == 1 else stride for n, stride in zip(whole.shape, whole.strides, strict=True)]
        if array.size > _SOON_FILLED:
            return np.ndarray(shape, dtype, whole, 0, strides)
        y_bar = whole
    bar = np.empty(shape, dtype)
    bar[...] = y_bar
    return bar


@kernel(np.sum, "sum")
def sum_kernel(y: Any, wants: Any, a: Array, axis: Any = None, *, keepdims: Any = False) -> Any:
    """Each term gets the cotangent of the sum."""
    kept = kept_shape(a.shape, axis)
    if kept is None and axis is not None:
        return NotImplemented
    like = _Outline(a)
    return lambda y_bar: _spread(y_bar, like, kept), ()


@kernel(np.mean, "mean")
def mean_kernel(y: Any, wants: Any, a: Array, axis: Any = None, *, keepdims: Any = False) -> Any:
    """Each term gets its part of the cotangent."""
    kept = kept_shape(a.shape, axis)
    if (kept is None and axis is not None) or a.size == 0:
        return NotImplemented
    like = _Outline(a)
    count = a.size if kept is None else a.shape[axis]
    return lambda y_bar: _spread(y_bar / count, like, kept), ()


class _Outline:
    """The shape and dtype of an array: pullbacks that hold more keep its memory."""

    __slots__ = ("dtype", "shape", "size")

    def __init__(self, array: Array) -> None:
        self.shape, self.dtype, self.size = array.shape, array.dtype, array.size


@kernel(np.max, np.min, np.amax, np.amin, "max", "min")
def extremum_kernel(y: Any, wants: Any, a: Array, axis: Any = None, *, keepdims: Any = False) -> Any:
    """The largest (smallest) elements share the cotangent evenly; nothing flows from a NaN."""
    kept = kept_shape(a.shape, axis)
    if (kept is None and axis is not None) or a.dtype.kind != "f":
        return NotImplemented

    def extremum_pullback(y_bar: Any) -> Any:
        if kept is None:
            chosen = np.equal(a, y)
            return np.multiply(chosen, y_bar / max(np.count_nonzero(chosen), 1), dtype=a.dtype)
        chosen = np.equal(a, np.reshape(y, kept))
        count = np.maximum(np.add.reduce(chosen, axis=axis, keepdims=True), 1)
        return np.multiply(chosen, np.reshape(y_bar, kept) / count, dtype=a.dtype)

    return extremum_pullback, (a, y)


# products ---------------------------------------------------------------------------------------------------


@kernel(operator.matmul, np.matmul, count=2)
def matmul_kernel(y: Any, wants: Any, x1: Array, x2: Array) -> Any:
    """``x1_bar = y_bar @ x2^H`` and ``x2_bar = x1^H @ y_bar``."""
    if not _may_flow(wants[0], x1) or not _may_flow(wants[1], x2) or y.dtype.kind not in "fc":
        return NotImplemented
    make: Any = _PRODUCTS.get((x1.ndim, x2.ndim))
    if make is None:
        if x1.ndim != x2.ndim or x1.shape[:-2] != x2.shape[:-2]:
            return NotImplemented
        make = _of_stacks
    return make(*wants, x1, x2), (x1 if wants[1] else None, x2 if wants[0] else None)


def _may_flow(wanted: bool, x: Array) -> bool:
    """Whether a factor has a cotangent of its own dtype, or none is wanted; arrays of objects are left out."""
    return x.dtype.kind in "fc" or (not wanted and x.dtype.kind in "iub")


@kernel(np.dot, "dot", count=2)
def dot_kernel(y: Any, wants: Any, a: Array, b: Array) -> Any:
    """Of vectors and matrices, what `np.matmul` does."""
    return matmul_kernel(y, wants, a, b) if 1 <= a.ndim <= _MATRIX and 1 <= b.ndim <= _MATRIX else NotImplemented


_MATRIX = 2


def _of_matrices(first: bool, second: bool, x1: Array, x2: Array) -> Any:
    def pullback(y_bar: Any) -> Any:
        return (
            np.matmul(y_bar, x2.T.conjugate()) if first else None,
            np.matmul(x1.T.conjugate(), y_bar) if second else None,
        )

    return pullback


def _of_stacks(first: bool, second: bool, x1: Array, x2: Array) -> Any:
    def pullback(y_bar: Any) -> Any:
        return (
            np.matmul(y_bar, x2.swapaxes(-1, -2).conjugate()) if first else None,
            np.matmul(x1.swapaxes(-1, -2).conjugate(), y_bar) if second else None,
        )

    return pullback


def _of_vectors(first: bool, second: bool, x1: Array, x2: Array) -> Any:
    def pullback(y_bar: Any) -> Any:
        return (y_bar * x2.conjugate() if first else None, y_bar * x1.conjugate() if second else None)

    return pullback


def _of_matrix_and_vector(first: bool, second: bool, x1: Array, x2: Array) -> Any:
    def pullback(y_bar: Any) -> Any:
        return (
            np.multiply.outer(y_bar, x2.conjugate()) if first else None,
            np.matmul(y_bar, x1.conjugate()) if second else None,
        )

    return pullback


def _of_vector_and_matrix(first: bool, second: bool, x1: Array, x2: Array) -> Any:
    def pullback(y_bar: Any) -> Any:
        return (
            np.matmul(x2.conjugate(), y_bar) if first else None,
            np.multiply.outer(x1.conjugate(), y_bar) if second else None,
        )

    return pullback


_PRODUCTS = {
    (2, 2): _of_matrices,
    (1, 1): _of_vectors,
    (2, 1): _of_matrix_and_vector,
    (1, 2): _of_vector_and_matrix,
}
"""By the numbers of axes."""

# linear algebra ---------------------------------------------------------------------------------------------


@kernel(np.linalg.inv)
def inv_kernel(y: Any, wants: Any, a: Array) -> Any:
    """``a_bar = -y^H @ y_bar @ y^H``."""

    def inv_pullback(y_bar: Any) -> Any:
        transposed = y.swapaxes(-1, -2).conjugate()
        return -np.matmul(transposed, np.matmul(y_bar, transposed))

    return inv_pullback, (y,)


@kernel(np.linalg.det)
def det_kernel(y: Any, wants: Any, a: Array) -> Any:
    """The determinant times the inverse's transpose; of a singular matrix the rule knows more."""
    if a.ndim != _MATRIX or not y or a.dtype.kind != "f":
        return NotImplemented
    return lambda y_bar: np.linalg.inv(a).T * (y_bar * y), (a,)


@kernel(np.linalg.solve, count=2)
def solve_kernel(y: Any, wants: Any, a: Array, b: Array) -> Any:
    """``b_bar = solve(a^H, y_bar)`` and ``a_bar = -b_bar @ y^H``."""
    if a.ndim != _MATRIX or a.dtype.kind not in "fc" or b.dtype.kind not in "fc" or b.ndim > _MATRIX:
        return NotImplemented

    def solve_pullback(y_bar: Any) -> Any:
        b_bar = np.linalg.solve(a.T.conjugate(), y_bar)
        if not wants[0]:
            return None, b_bar
        product = np.multiply.outer if b.ndim == 1 else np.matmul
        return -product(b_bar, y.T.conjugate()), b_bar

    return solve_pullback, (a, y)


# copies and views -------------------------------------------------------------------------------------------


@kernel(np.copy, "copy")
def copy_kernel(y: Any, wants: Any, a: Array) -> Any:
    """The copy's cotangent is the original's."""
    return _same, ()


def _same(y_bar: Any) -> Any:
    return y_bar


gives_view(
    np.diag, np.reshape, np.transpose, np.swapaxes, np.expand_dims, np.squeeze, np.moveaxis, np.ravel, np.atleast_1d
)
gives_view("reshape", "transpose", "swapaxes", "squeeze", "ravel")

# joining ----------------------------------------------------------------------------------------------------


@kernel(np.concatenate, of_sequence=True)
def concatenate_kernel(y: Any, wants: Any, arrays: Any, axis: Any = 0) -> Any:
    """Each array gets its piece."""
    if type(axis) is not int:
        return NotImplemented
    before = (slice(None),) * (axis % y.ndim)
    places = []
    start = 0
    for array, wanted in zip(arrays, wants, strict=True):
        stop = start + array.shape[axis]
        places.append((*before, slice(start, stop)) if wanted else None)
        start = stop

    def concatenate_pullback(y_bar: Any) -> Any:
        return [None if place is None else y_bar[place] for place in places]

    return concatenate_pullback, ()


# choices ----------------------------------------------------------------------------------------------------


@kernel(np.where, count=3, numbers=(1, 2))
def where_kernel(y: Any, wants: Any, condition: Array, x: Any, y_: Any) -> Any:
    """Where the condition holds the first gets the cotangent, elsewhere the second."""
    if condition.dtype.kind != "b" or wants[0]:
        return NotImplemented

    def where_pullback(y_bar: Any) -> Any:
        return (
            None,
            np.where(condition, y_bar, 0) if wants[1] else None,
            np.where(condition, 0, y_bar) if wants[2] else None,
        )

    return where_pullback, (condition,)
