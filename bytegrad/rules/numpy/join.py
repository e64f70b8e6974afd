"""Several arrays made into one: `concatenate`, `stack`, `block`, `append`, `insert`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import form_of, numbered, returned


@adjoint(np.concatenate)
def concatenate_rule(
    arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """Each array gets its piece."""
    y = np.concatenate(arrays, axis=axis, dtype=dtype, casting=casting)
    shapes = [np.shape(array) for array in arrays]
    widths = [int(np.prod(shape)) if axis is None else shape[axis] for shape in shapes]

    dealt = _dealer(arrays)

    def concatenate_pullback(y_bar: Any) -> Any:
        return (dealt(_cut(y_bar, widths, 0 if axis is None else axis, shapes)),)

    return y, concatenate_pullback


def _dealer(arrays: Any) -> Callable[[list[Any]], Any]:
    """What makes the cotangent of a list of arrays of theirs: a list too, or an array if they were given as one."""
    return np.stack if isinstance(arrays, np.ndarray) else _as_they_are


def _as_they_are(bars: list[Any]) -> list[Any]:
    return bars


def _cut(y_bar: Any, widths: Sequence[int], axis: int, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Pieces of `y_bar` of the given widths along `axis`, each brought to its shape."""
    before = (slice(None),) * (axis % y_bar.ndim)
    pieces, start = [], 0
    for width, shape in zip(widths, shapes, strict=True):
        pieces.append(np.reshape(y_bar[(*before, slice(start, start + width))], shape))
        start += width
    return pieces


@adjoint(np.stack)
def stack_rule(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """Each array gets its slice."""
    y = np.stack(arrays, axis=axis, dtype=dtype, casting=casting)
    count = len(arrays)

    dealt = _dealer(arrays)

    def stack_pullback(y_bar: Any) -> Any:
        first = np.moveaxis(y_bar, axis, 0)
        return (dealt([first[i] for i in range(count)]),)

    return y, stack_pullback


def _stacking(target: Any, lift: Any, axis: Any) -> Any:
    """Declare the rule of a function that concatenates arrays after `lift` has given them axes of size 1.

    With `axis` None it is the first axis of one-dimensional arrays and the second of others.
    """

    def stacking_rule(tup: Any, **options: Any) -> Any:
        y = target(tup, **options)
        shapes = [np.shape(array) for array in tup]
        lifted = [np.shape(lift(array)) for array in tup]
        joined_axis = axis if axis is not None else min(len(lifted[0]), 2) - 1
        widths = [shape[joined_axis] for shape in lifted]

        dealt = _dealer(tup)

        def stacking_pullback(y_bar: Any) -> Any:
            return (dealt(_cut(y_bar, widths, joined_axis, shapes)),)

        return y, stacking_pullback

    adjoint(target)(stacking_rule)


def _as_column(array: Any) -> Any:
    """`array`, or a column of it where it is not two-dimensional, as in `np.column_stack`."""
    return np.transpose(np.atleast_2d(array)) if np.ndim(array) < 2 else array


_stacking(np.hstack, np.atleast_1d, None)
_stacking(np.vstack, np.atleast_2d, 0)
_stacking(np.dstack, np.atleast_3d, 2)
_stacking(np.column_stack, _as_column, 1)
if hasattr(np, "row_stack"):  # deprecated since numpy 2.0
    _stacking(np.row_stack, np.atleast_2d, 0)


@adjoint(np.block)
def block_rule(arrays: Any) -> Any:
    """Each block gets its part, in the same nested lists."""
    y = np.block(arrays)

    leaves = [form_of(leaf) for leaf in _leaves(arrays)]
    nested_forms = _nested(arrays, iter(leaves))

    def block_pullback(y_bar: Any) -> Any:
        bars = returned(y_bar, np.block(_nested(nested_forms, iter(numbered(*leaves)))), leaves)
        return (_nested(nested_forms, iter(bars)),)

    return y, block_pullback


def _leaves(nested: Any) -> list[Any]:
    """The arrays in nested lists, in order."""
    return [leaf for item in nested for leaf in _leaves(item)] if isinstance(nested, list) else [nested]


def _nested(form: Any, leaves: Any) -> Any:
    """The next of `leaves` in the form of the nested lists `form`."""
    return [_nested(item, leaves) for item in form] if isinstance(form, list) else next(leaves)


@adjoint(np.append)
def append_rule(arr: Any, values: Any, axis: Any = None) -> Any:
    """Each of the two gets its piece."""
    y = np.append(arr, values, axis=axis)
    shapes = [np.shape(arr), np.shape(values)]
    widths = [int(np.prod(shape)) if axis is None else shape[axis] for shape in shapes]

    def append_pullback(y_bar: Any) -> Any:
        return tuple(_cut(y_bar, widths, 0 if axis is None else axis, shapes))

    return y, append_pullback


@adjoint(np.insert)
def insert_rule(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Old and new elements get back what became of them."""
    y = np.insert(arr, obj, values, axis=axis)

    forms = [form_of(arr), form_of(values)]

    def insert_pullback(y_bar: Any) -> Any:
        numbers, value_numbers = numbered(*forms)
        arr_bar, values_bar = returned(y_bar, np.insert(numbers, obj, value_numbers, axis=axis), forms)
        return arr_bar, None, values_bar

    return y, insert_pullback
