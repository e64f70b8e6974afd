"""Another shape or another order of the same elements: `reshape`, `transpose`, `flip`, `tile`, `broadcast_to`, ...

Most results are views of the argument, whose cotangent they share; the pullbacks here are for those that are copies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib import stride_tricks

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.gather import moved, moved_apart, numbered, returned, scatter_add
from bytegrad.rules.numpy.structure import outline


@adjoint(np.reshape)
def reshape_rule(a: Any, shape: Any, order: Any = "C", *, copy: Any = None) -> Any:
    """Back to the old shape in the same order."""
    y = np.reshape(a, shape, order=order, copy=copy)
    old_shape = np.shape(a)
    order = _memory_order(a, order)

    def reshape_pullback(y_bar: Any) -> Any:
        return (np.reshape(y_bar, old_shape, order=order),)

    return y, reshape_pullback


def _memory_order(a: Any, order: Any) -> Any:
    """The order that "A" stands for: Fortran's for an array that has it, else C's; other orders unchanged."""
    if order != "A":
        return order
    flags = getattr(a, "flags", None)
    return "F" if flags is not None and flags.fnc else "C"


@adjoint(np.ravel)
def ravel_rule(a: Any, order: Any = "C") -> Any:
    """Back to the old shape in the same order."""
    return _flattened(np.ravel(a, order), a, order)


def _flattened(y: Any, a: Any, order: Any) -> Any:
    """`y`, the elements of `a` in the order "C", "F", "A" or "K" of memory, and its pullback."""
    shape = np.shape(a)
    order = _memory_order(a, order)
    layout = np.empty_like(a, dtype=int) if order == "K" else None

    def flattened_pullback(y_bar: Any) -> Any:
        if layout is None:
            return (np.reshape(y_bar, shape, order=order),)
        numbers = np.copy(layout, order="K")
        numbers[...] = numbered(layout)[0]
        (a_bar,) = returned(y_bar, np.ravel(numbers, "K"), [layout])
        return (a_bar,)

    return y, flattened_pullback


@adjoint(np.ndarray.flatten)
def flatten_rule(self: Any, order: Any = "C") -> Any:
    """Back to the old shape in the same order."""
    return _flattened(self.flatten(order), self, order)


@adjoint(np.transpose)
def transpose_rule(a: Any, axes: Any = None) -> Any:
    """Back by the inverse permutation of axes."""
    y = np.transpose(a, axes)
    # The axes that lead back: where each axis of `a` went.
    back = None if axes is None else tuple(np.argsort(np.mod(axes, max(np.ndim(a), 1))).tolist())

    def transpose_pullback(y_bar: Any) -> Any:
        return (np.transpose(y_bar, back),)

    return y, transpose_pullback


@adjoint(np.matrix_transpose)
def matrix_transpose_rule(x: Any) -> Any:
    """Transposed back."""

    def matrix_transpose_pullback(y_bar: Any) -> Any:
        return (np.matrix_transpose(y_bar),)

    return np.matrix_transpose(x), matrix_transpose_pullback


adjoint(np.linalg.matrix_transpose)(matrix_transpose_rule)


@adjoint(np.moveaxis)
def moveaxis_rule(a: Any, source: Any, destination: Any) -> Any:
    """Moved back."""

    def moveaxis_pullback(y_bar: Any) -> Any:
        return (np.moveaxis(y_bar, destination, source),)

    return np.moveaxis(a, source, destination), moveaxis_pullback


@adjoint(np.swapaxes)
def swapaxes_rule(a: Any, axis1: Any, axis2: Any) -> Any:
    """Swapped back."""

    def swapaxes_pullback(y_bar: Any) -> Any:
        return (np.swapaxes(y_bar, axis1, axis2),)

    return np.swapaxes(a, axis1, axis2), swapaxes_pullback


@adjoint(np.rollaxis)
def rollaxis_rule(a: Any, axis: Any, start: Any = 0) -> Any:
    """Each element back to where it was."""
    return moved(np.rollaxis, a, axis, start)


@adjoint(np.squeeze)
def squeeze_rule(a: Any, axis: Any = None) -> Any:
    """Back to the shape with axes of size 1."""
    return _reshaped(np.squeeze(a, axis), a)


@adjoint(np.expand_dims)
def expand_dims_rule(a: Any, axis: Any) -> Any:
    """Back to the shape without the new axes."""
    return _reshaped(np.expand_dims(a, axis), a)


def _reshaped(y: Any, a: Any) -> Any:
    """`y`, which has the elements of `a` in the same order, and its pullback."""
    shape = np.shape(a)

    def reshaped_pullback(y_bar: Any) -> Any:
        return (np.reshape(y_bar, shape),)

    return y, reshaped_pullback


def _atleast(target: Any) -> Any:
    """Declare the rule of `np.atleast_1d` and its relatives, which take any number of arrays."""

    def atleast_rule(*arys: Any) -> Any:
        y = target(*arys)
        shapes = [np.shape(array) for array in arys]

        def atleast_pullback(y_bar: Any) -> Any:
            y_bars = (y_bar,) if len(shapes) == 1 else y_bar
            return tuple(None if bar is None else np.reshape(bar, s) for bar, s in zip(y_bars, shapes, strict=True))

        return y, atleast_pullback

    adjoint(target)(atleast_rule)


_atleast(np.atleast_1d)
_atleast(np.atleast_2d)
_atleast(np.atleast_3d)


def _same_both_ways(target: Any) -> Any:
    """Declare the rule of a function of one array that is its own inverse."""

    def reversed_rule(m: Any) -> Any:
        def reversed_pullback(y_bar: Any) -> Any:
            return (target(y_bar),)

        return target(m), reversed_pullback

    adjoint(target)(reversed_rule)


_same_both_ways(np.fliplr)
_same_both_ways(np.flipud)


@adjoint(np.flip)
def flip_rule(m: Any, axis: Any = None) -> Any:
    """Flipped back."""

    def flip_pullback(y_bar: Any) -> Any:
        return (np.flip(y_bar, axis),)

    return np.flip(m, axis), flip_pullback


@adjoint(np.roll)
def roll_rule(a: Any, shift: Any, axis: Any = None) -> Any:
    """Rolled back."""

    def roll_pullback(y_bar: Any) -> Any:
        return (np.roll(y_bar, np.negative(shift), axis),)

    return np.roll(a, shift, axis), roll_pullback


@adjoint(np.rot90)
def rot90_rule(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    """Turned back."""

    def rot90_pullback(y_bar: Any) -> Any:
        return (np.rot90(y_bar, -k, axes),)

    return np.rot90(m, k, axes), rot90_pullback


@adjoint(np.broadcast_to)
def broadcast_to_rule(array: Any, shape: Any, subok: Any = False) -> Any:
    """The sum over the copies."""

    form = outline(array)

    def broadcast_to_pullback(y_bar: Any) -> Any:
        return (unbroadcast(y_bar, form),)

    return np.broadcast_to(array, shape, subok=subok), broadcast_to_pullback


@adjoint(np.broadcast_arrays)
def broadcast_arrays_rule(*args: Any, subok: Any = False) -> Any:
    """The sums over the copies."""

    forms = [outline(arg) for arg in args]

    def broadcast_arrays_pullback(y_bars: Any) -> Any:
        return tuple(None if bar is None else unbroadcast(bar, form) for bar, form in zip(y_bars, forms, strict=True))

    return np.broadcast_arrays(*args, subok=subok), broadcast_arrays_pullback


@adjoint(np.meshgrid)
def meshgrid_rule(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    """For each vector the sum over all axes but its own."""
    y = np.meshgrid(*xi, copy=copy, sparse=sparse, indexing=indexing)
    order = [1, 0, *range(2, len(xi))] if indexing == "xy" and len(xi) > 1 else list(range(len(xi)))

    shapes = [np.shape(x) for x in xi]

    def meshgrid_pullback(y_bars: Any) -> Any:
        x_bars = []
        for y_bar, shape, own_axis in zip(y_bars, shapes, order, strict=True):
            others = tuple(axis for axis in range(len(shapes)) if axis != own_axis)
            x_bars.append(None if y_bar is None else np.reshape(np.sum(y_bar, axis=others), shape))
        return tuple(x_bars)

    return y, meshgrid_pullback


@adjoint(np.tile)
def tile_rule(A: Any, reps: Any) -> Any:
    """The sum over the tiles."""
    y = np.tile(A, reps)
    shape = np.shape(A)
    counts = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    sizes = (1,) * (len(counts) - len(shape)) + shape
    counts = (1,) * (len(sizes) - len(counts)) + counts
    apart = tuple(number for pair in zip(counts, sizes, strict=True) for number in pair)

    def tile_pullback(y_bar: Any) -> Any:
        copies = np.sum(np.reshape(y_bar, apart), axis=tuple(range(0, len(apart), 2)))
        return (np.reshape(copies, shape),)

    return y, tile_pullback


@adjoint(np.repeat)
def repeat_rule(a: Any, repeats: Any, axis: Any = None) -> Any:
    """The sum over the copies of each element."""
    y = np.repeat(a, repeats, axis=axis)
    shape = np.shape(a)
    flat_shape = (int(np.prod(shape)),) if axis is None else shape
    axis_number = 0 if axis is None else axis % len(shape)

    def repeat_pullback(y_bar: Any) -> Any:
        before, size, after = flat_shape[:axis_number], flat_shape[axis_number], flat_shape[axis_number + 1 :]
        if np.ndim(repeats) == 0:
            copies = np.reshape(y_bar, (*before, size, int(repeats), *after))
            a_bar = np.sum(copies, axis=axis_number + 1)
        else:
            index = (slice(None),) * axis_number + (np.repeat(np.arange(size), repeats),)
            a_bar = scatter_add(flat_shape, index, y_bar)
        return (np.reshape(a_bar, shape),)

    return y, repeat_pullback


@adjoint(np.resize)
def resize_rule(a: Any, new_shape: Any) -> Any:
    """The sum over the copies of each element; elements that are cut off get zero."""
    return moved(np.resize, a, new_shape)


@adjoint(np.delete)
def delete_rule(arr: Any, obj: Any, axis: Any = None) -> Any:
    """Deleted elements get zero."""
    return moved(np.delete, arr, obj, axis=axis)


@adjoint(np.trim_zeros)
def trim_zeros_rule(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """Trimmed elements get zero."""
    y = np.trim_zeros(filt, trim, axis)
    shape = np.shape(filt)

    def trim_zeros_pullback(y_bar: Any) -> Any:
        return (scatter_add(shape, _untrimmed(np.asarray(filt), trim.lower(), axis), np.asarray(y_bar)),)

    return y, trim_zeros_pullback


def _untrimmed(filt: Any, trim: str, axis: Any) -> tuple[slice, ...]:
    """The part of `filt` that `np.trim_zeros` keeps."""
    axes = range(filt.ndim) if axis is None else [number % filt.ndim for number in np.atleast_1d(axis).tolist()]
    nonzero = np.nonzero(filt)
    kept = [slice(None)] * filt.ndim
    for number in axes:
        first, last = (nonzero[number].min(), nonzero[number].max() + 1) if nonzero[number].size else (0, 0)
        kept[number] = slice(
            first if "f" in trim or not last else None,
            last if "b" in trim or not last else None,
        )
    return tuple(kept)


@adjoint(stride_tricks.sliding_window_view)
def sliding_window_view_rule(
    x: Any, window_shape: Any, axis: Any = None, *, subok: Any = False, writeable: Any = False
) -> Any:
    """The sum over the windows that an element is in."""
    y = stride_tricks.sliding_window_view(x, window_shape, axis, subok=subok, writeable=writeable)
    _, moved_pullback = moved(stride_tricks.sliding_window_view, np.asarray(x), window_shape, axis)
    return y, moved_pullback


def _splitting(target: Any) -> Any:
    """Declare the rule of a function that splits an array into a list of views."""

    def split_rule(ary: Any, indices_or_sections: Any) -> Any:
        return moved_apart(target, ary, indices_or_sections)

    adjoint(target)(split_rule)


_splitting(np.hsplit)
_splitting(np.vsplit)
_splitting(np.dsplit)


@adjoint(np.split)
def split_rule(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """Each part back to its place."""
    return moved_apart(np.split, ary, indices_or_sections, axis)


@adjoint(np.array_split)
def array_split_rule(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """Each part back to its place."""
    return moved_apart(np.array_split, ary, indices_or_sections, axis)


if hasattr(np, "unstack"):  # new in numpy 2.1

    @adjoint(np.unstack)
    def unstack_rule(x: Any, *, axis: Any = 0) -> Any:
        """Each slice back to its place."""
        return moved_apart(np.unstack, x, axis=axis)
