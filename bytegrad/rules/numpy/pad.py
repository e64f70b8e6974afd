"""`np.pad` in all its modes.

Where the new elements are copies of old ones or of constants, their cotangents go back by the numbers of the
elements.  The other modes (ramps, statistics, odd reflection, a function of the user's) are written here as plain
Python of the same meaning, axis by axis as numpy does, and differentiated as such.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, polyfill
from bytegrad.rules.numpy.gather import form_of, numbered, returned

_COPYING = frozenset({"constant", "edge", "wrap", "reflect", "symmetric", "empty"})
_STATISTICS: dict[str, Callable[..., Any]] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": np.median,
}


@polyfill(np.pad)
def pad_polyfill(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """The modes that `pad_rule` declines; it has checked the arguments."""
    array = np.asarray(array)
    widths = _widths(pad_width, array.ndim)
    if callable(mode):
        return _padded_by_function(array, widths, mode, keywords)
    if mode == "linear_ramp":
        # Copies: what is broadcast has one element in many places.
        ends = 1 * _pairs(keywords.get("end_values", 0), array.ndim)
        for axis in range(array.ndim):
            array = _with_ramps(array, axis, widths[axis], ends[axis])
    elif mode in _STATISTICS:
        lengths = _pairs(keywords.get("stat_length"), array.ndim)
        for axis in range(array.ndim):
            array = _with_statistics(array, axis, widths[axis], lengths[axis], _STATISTICS[mode])
    else:
        for axis in range(array.ndim):
            array = _with_odd_reflections(array, axis, widths[axis], mode == "symmetric")
    return array


@adjoint(np.pad)
def pad_rule(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0, **keywords: Any) -> Any:
    """The modes that copy elements and constants."""
    if callable(mode):
        return NotImplemented
    if mode == "constant":
        keywords["constant_values"] = constant_values
    y = np.pad(array, pad_width, mode, **keywords)
    if mode not in _COPYING or keywords.get("reflect_type", "even") != "even":
        return NotImplemented

    form = form_of(array)

    def pad_pullback(y_bar: Any) -> Any:
        if mode == "constant":
            numbers, constant_numbers = numbered(form, constant_values)
            source = np.pad(numbers, pad_width, mode, constant_values=constant_numbers)
            array_bar, constant_bar = returned(y_bar, source, [form, constant_values])
            return array_bar, None, None, constant_bar
        (numbers,) = numbered(form)
        # The new elements of mode "empty" come from nowhere.
        source = np.pad(numbers, pad_width, "constant" if mode == "empty" else mode)
        (array_bar,) = returned(y_bar, source, [form])
        return (array_bar,)

    return y, pad_pullback


def _widths(pad_width: Any, ndim: int) -> Any:
    """The number of new elements before and after, for each axis."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = width if isinstance(width, tuple) else (width, width)
        pad_width = pairs
    return _pairs(pad_width, ndim)


def _pairs(values: Any, ndim: int) -> Any:
    """`values` for both ends of each axis, from the short forms that numpy allows."""
    if values is None:
        return [(None, None)] * ndim
    values = np.asarray(values)
    if values.ndim < 3 and values.size == 2 and values.shape != (2, 1):
        values = np.ravel(values)
    elif values.ndim < 3 and values.size == 1:
        values = np.reshape(values, ())
    return np.broadcast_to(values, (ndim, 2))


def _part(array: Any, axis: int, start: int | None, stop: int | None, step: int = 1) -> Any:
    return array[(slice(None),) * axis + (slice(start, stop, step),)]


def _with_ramps(array: Any, axis: int, widths: Any, ends: Any) -> Any:
    """`array` with straight lines to the end values before and after."""
    first, last = _part(array, axis, 0, 1), _part(array, axis, -1, None)
    before = np.linspace(ends[0], np.squeeze(first, axis), int(widths[0]), endpoint=False, dtype=array.dtype, axis=axis)
    after = np.linspace(ends[1], np.squeeze(last, axis), int(widths[1]), endpoint=False, dtype=array.dtype, axis=axis)
    return np.concatenate([before, array, np.flip(after, axis)], axis=axis)


def _with_statistics(array: Any, axis: int, widths: Any, lengths: Any, statistic: Callable[..., Any]) -> Any:
    """`array` with the maximum, mean, ... of its first elements before it and of its last ones after it."""
    size = array.shape[axis]
    before_length, after_length = (size if length is None else min(int(length), size) for length in lengths)
    before = statistic(_part(array, axis, 0, before_length), axis=axis, keepdims=True)
    after = statistic(_part(array, axis, size - after_length, size), axis=axis, keepdims=True)
    if array.dtype.kind in "iu":
        before, after = np.round(before).astype(array.dtype), np.round(after).astype(array.dtype)
    before, after = np.repeat(before, int(widths[0]), axis), np.repeat(after, int(widths[1]), axis)
    return np.concatenate([before, array, after], axis=axis)


def _with_odd_reflections(array: Any, axis: int, widths: Any, with_edge: bool) -> Any:
    """`array` with reflections of itself at the points of its first and last elements, as often as it takes."""
    before, after = int(widths[0]), int(widths[1])
    period = array.shape[axis]
    if period == 1:
        first = np.repeat(_part(array, axis, 0, 1), before, axis)
        return np.concatenate([first, array, np.repeat(_part(array, axis, -1, None), after, axis)], axis=axis)
    skipped = 0 if with_edge else 1  # the element in which it is reflected is not repeated
    while before > 0 or after > 0:
        # What is reflected is a whole number of copies of the original, without its last edge.
        whole = (array.shape[axis] - skipped) // (period - skipped) * (period - skipped)
        # Both sides reflect what is there now, the right side also what the left side has got just before.
        count = min(whole, before)
        if count > 0:
            chunk = _part(array, axis, skipped, skipped + count)
            array = np.concatenate([2 * _part(array, axis, 0, 1) - np.flip(chunk, axis), array], axis=axis)
            before -= count
        count = min(whole, after)
        if count > 0:
            size = array.shape[axis]
            chunk = _part(array, axis, size - skipped - count, size - skipped)
            array = np.concatenate([array, 2 * _part(array, axis, -1, None) - np.flip(chunk, axis)], axis=axis)
            after -= count
    return array


def _padded_by_function(array: Any, widths: Any, function: Callable[..., Any], keywords: dict[str, Any]) -> Any:
    """`array` with what `function` writes into the new elements, line by line."""
    shape = tuple(size + int(before) + int(after) for size, (before, after) in zip(array.shape, widths, strict=True))
    padded = np.zeros(shape, dtype=array.dtype, order="F" if array.flags.fnc else "C")
    padded[
        tuple(slice(int(before), int(before) + size) for size, (before, _) in zip(array.shape, widths, strict=True))
    ] = array
    for axis in range(padded.ndim):
        view = np.moveaxis(padded, axis, -1)
        for position in np.ndindex(view.shape[:-1]):
            function(view[(*position, Ellipsis)], (widths[axis][0], widths[axis][1]), axis, keywords)
    return padded
