"""Sorted arrays and sets: `sort`, `partition`, `unique`, `union1d` and their relatives.

Ties: where several equal elements of the argument make one of the result, the first of them gets the cotangent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.gather import returned, scatter_add
from bytegrad.rules.numpy.index import along_axis

non_differentiable(np.isin)
if hasattr(np, "in1d"):  # removed in numpy 2.4
    non_differentiable(np.in1d)


@adjoint(np.sort)
def sort_rule(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Each element gets what belongs to its place in the order; by fields (``order=``) there is no rule."""
    if order is not None:
        return NotImplemented
    return _sorted(np.sort(a, axis=axis, kind=kind, stable=stable), a, axis)


@adjoint(np.sort_complex)
def sort_complex_rule(a: Any) -> Any:
    """Each element gets what belongs to its place in the order."""
    return _sorted(np.sort_complex(a), a, -1)


@adjoint(np.partition)
def partition_rule(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """Each element gets what belongs to the place that it went to."""
    if order is not None:
        return NotImplemented
    return _sorted(np.partition(a, kth, axis=axis, kind=kind), a, axis)


def _sorted(y: Any, a: Any, axis: Any) -> Any:
    """`y`, which has the elements of `a` in another order along `axis`, and its pullback."""
    shape = np.shape(a)

    def sorted_pullback(y_bar: Any) -> Any:
        values = np.ravel(a) if axis is None else np.asarray(a)
        number = 0 if axis is None else axis % values.ndim
        # The i-th smallest of y is the i-th smallest of a.
        from_rank = np.argsort(values, axis=number, kind="stable")
        rank = np.argsort(np.argsort(y, axis=number, kind="stable"), axis=number)
        source = np.take_along_axis(from_rank, rank, axis=number)
        return (np.reshape(scatter_add(values.shape, along_axis(source, values.shape, number), y_bar), shape),)

    return y, sorted_pullback


def first_match(values: Any, *arrays: Any) -> Any:
    """For each of `values`, the number (from 1 on) of the first element of `arrays` that equals it.

    >>> first_match(np.array([2.0, 3.0]), np.array([3.0, 2.0, 2.0]), np.array([3.0]))
    array([2, 1])
    """
    pool = np.concatenate([np.ravel(array) for array in arrays])
    order = np.argsort(pool, kind="stable")
    position = np.searchsorted(pool[order], values, side="left")
    return order[np.minimum(position, max(pool.size - 1, 0))] + 1 if pool.size else np.zeros(np.shape(values), int)


@adjoint(np.unique)
def unique_rule(
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    **options: Any,
) -> Any:
    """The first of equal elements (or slices) gets the cotangent."""
    flags = (return_index, return_inverse, return_counts)
    result = np.unique(ar, *flags, axis, equal_nan=equal_nan, **options)
    y = result[0] if isinstance(result, tuple) else result

    def unique_pullback(result_bar: Any) -> Any:
        y_bar = result_bar[0] if isinstance(result, tuple) else result_bar
        if y_bar is None:
            return (None,)
        if axis is None:
            return tuple(returned(y_bar, first_match(y, ar), [ar]))
        _, first = np.unique(ar, return_index=True, axis=axis, equal_nan=equal_nan)
        index = (slice(None),) * (axis % np.ndim(ar)) + (first,)
        return (scatter_add(np.shape(ar), index, y_bar),)

    return result, unique_pullback


def _unique_parts(target: Any) -> Any:
    """Declare the rule of the array API's functions, whose results are named tuples that begin with the values."""

    def unique_parts_rule(x: Any) -> Any:
        result = target(x)

        def unique_parts_pullback(result_bar: Any) -> Any:
            y_bar = result_bar[0]
            return (None,) if y_bar is None else tuple(returned(y_bar, first_match(result[0], x), [x]))

        return result, unique_parts_pullback

    adjoint(target)(unique_parts_rule)


_unique_parts(np.unique_all)
_unique_parts(np.unique_counts)
_unique_parts(np.unique_inverse)


@adjoint(np.unique_values)
def unique_values_rule(x: Any) -> Any:
    """The first of equal elements gets the cotangent."""
    y = np.unique_values(x)

    def unique_values_pullback(y_bar: Any) -> Any:
        return tuple(returned(y_bar, first_match(y, x), [x]))

    return y, unique_values_pullback


@adjoint(np.union1d)
def union1d_rule(ar1: Any, ar2: Any) -> Any:
    """The first of equal elements gets the cotangent."""
    return _picked(np.union1d(ar1, ar2), ar1, ar2)


@adjoint(np.setdiff1d)
def setdiff1d_rule(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """Elements that are in the result get the cotangent."""
    return _picked(np.setdiff1d(ar1, ar2, assume_unique), ar1, ar2)


@adjoint(np.setxor1d)
def setxor1d_rule(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """Elements that are in the result get the cotangent."""
    return _picked(np.setxor1d(ar1, ar2, assume_unique), ar1, ar2)


@adjoint(np.intersect1d)
def intersect1d_rule(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    """Common elements get the cotangent in `ar1`."""
    result = np.intersect1d(ar1, ar2, assume_unique, return_indices)
    if not return_indices:
        return _picked(result, ar1, ar2)
    _, picked_pullback = _picked(result[0], ar1, ar2)

    def intersect1d_pullback(result_bar: Any) -> Any:
        return (None, None) if result_bar[0] is None else picked_pullback(result_bar[0])

    return result, intersect1d_pullback


def _picked(y: Any, ar1: Any, ar2: Any) -> Any:
    """`y`, whose elements are picked by value from `ar1` and `ar2`, and its pullback."""

    def picked_pullback(y_bar: Any) -> Any:
        return tuple(returned(y_bar, first_match(y, ar1, ar2), [ar1, ar2]))

    return y, picked_pullback
