"""New arrays: `array` and its relatives, `full`, `linspace`, `arange`, `vander`, `fromiter`; and constant ones.

A cast from a float to an integer type is piecewise constant and has derivative zero; so have `linspace` and
`arange` with an integer dtype.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable, polyfill
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.fields import as_records, fields_of
from bytegrad.rules.numpy.gather import form_of
from bytegrad.rules.numpy.structure import conjugate, outline, restructure, truncates

non_differentiable(
    np.bartlett,
    np.blackman,
    np.eye,
    np.hamming,
    np.hanning,
    np.identity,
    np.ones,
    np.ones_like,
    np.tri,
    np.zeros,
    np.zeros_like,
)


@adjoint(np.array)
def array_rule(object: Any, dtype: Any = None, *, ndmin: Any = 0, **options: Any) -> Any:
    """The elements' cotangents in the nested form of `object`."""
    return from_data(np.array(object, dtype, ndmin=ndmin, **options), object, grown=ndmin > 0)


def _converting(target: Any) -> Any:
    """Declare the rule of a function that makes an array of its first argument."""

    def asarray_rule(a: Any, dtype: Any = None, order: Any = None, **options: Any) -> Any:
        return from_data(target(a, dtype, order, **options), a)

    adjoint(target)(asarray_rule)


def from_data(y: Any, data: Any, grown: Any = False) -> Any:
    """`y`, an array made of nested lists, numbers and arrays, and its pullback; declines arrays of objects.

    `grown` says that `y` may have more axes than `data`.
    """
    if y.dtype.kind == "V":
        return _from_records(y, data)
    if y.dtype.kind in "OSU" or isinstance(data, (str, bytes)):
        return NotImplemented
    constant = truncates(data if y.dtype.kind in "fc" else _plain(data), y)
    shape = np.shape(data) if grown or isinstance(data, np.ndarray) else y.shape

    form = form_of(data)

    def from_data_pullback(y_bar: Any) -> Any:
        return (None if constant else restructure(np.reshape(y_bar, shape), form),)

    return y, from_data_pullback


def _from_records(y: Any, data: Any) -> Any:
    """As `from_data`, of arrays of records: copies, and lists of tuples."""
    of_records = isinstance(data, (np.ndarray, np.void))
    if fields_of(y) is None or (data.dtype != y.dtype if of_records else not _are_tuples(data)):
        return NotImplemented
    shape = np.shape(data) if of_records else None
    form = None if shape is not None else form_of(data)

    def from_records_pullback(y_bar: Any) -> Any:
        return (as_records(y_bar, form) if shape is None else np.reshape(y_bar, shape),)

    return y, from_records_pullback


def _are_tuples(data: Any) -> bool:
    """Whether nested lists hold tuples in the end, and not records of numpy's."""
    if isinstance(data, list):
        return all([_are_tuples(item) for item in data])
    return isinstance(data, (tuple, np.ndarray))


def _plain(data: Any) -> Any:
    """`data` as an array of the type that numpy finds in it."""
    return data if isinstance(data, np.ndarray) else np.array(data)


_converting(np.asarray)
_converting(np.asanyarray)
_converting(np.asarray_chkfinite)


def _contiguous(target: Any) -> Any:
    """Declare the rule of `np.ascontiguousarray` and its relative, which give at least one axis."""

    def contiguous_rule(a: Any, dtype: Any = None, **options: Any) -> Any:
        return from_data(target(a, dtype, **options), a, grown=True)

    adjoint(target)(contiguous_rule)


_contiguous(np.ascontiguousarray)
_contiguous(np.asfortranarray)


@adjoint(np.require)
def require_rule(a: Any, dtype: Any = None, requirements: Any = None, **options: Any) -> Any:
    """The elements' cotangents in the nested form of `a`."""
    return from_data(np.require(a, dtype, requirements, **options), a, grown=True)


@adjoint(np.copy)
def copy_rule(a: Any, order: Any = "K", subok: Any = False) -> Any:
    """The copy's cotangent is the original's."""
    return from_data(np.copy(a, order, subok), a)


@adjoint(np.astype)
def astype_rule(x: Any, dtype: Any, *, copy: Any = True, device: Any = None) -> Any:
    """The cotangent goes through casts between floating types and from integers."""
    return from_data(np.astype(x, dtype, copy=copy, device=device), x)


@adjoint(np.full)
def full_rule(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **options: Any) -> Any:
    """The fill value gets the sum over its copies."""
    return _filled(np.full(shape, fill_value, dtype, order, **options), fill_value)


@adjoint(np.full_like)
def full_like_rule(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, **options: Any
) -> Any:
    """The fill value gets the sum over its copies."""
    return _filled(np.full_like(a, fill_value, dtype, order, subok, shape, **options), fill_value)


def _filled(y: Any, fill_value: Any) -> Any:
    """`y`, filled with copies of `fill_value`, and its pullback."""
    if y.dtype.kind == "O":
        return NotImplemented
    constant, form = truncates(fill_value, y), outline(fill_value)

    def filled_pullback(y_bar: Any) -> Any:
        return None, None if constant else unbroadcast(y_bar, form)

    return y, filled_pullback


@adjoint(np.arange)
def arange_rule(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, **options: Any) -> Any:
    """``y = start + i * step``; the end only says how many."""
    y = np.arange(start, stop, step, dtype=dtype, **options)
    if y.dtype.kind not in "iufc":
        return NotImplemented

    def arange_pullback(y_bar: Any) -> Any:
        if stop is None:  # from 0 to the first argument; how far is not differentiable
            return None, None, np.sum(y_bar * np.arange(len(y_bar)))
        constant = truncates(start, y) or truncates(step, y)
        return (None, None, None) if constant else (np.sum(y_bar), None, np.sum(y_bar * np.arange(len(y_bar))))

    return y, arange_pullback


@adjoint(np.linspace)
def linspace_rule(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    retstep: Any = False,
    dtype: Any = None,
    axis: Any = 0,
    *,
    device: Any = None,
) -> Any:
    """Both ends get weighted sums."""
    result = np.linspace(start, stop, num, endpoint, retstep, dtype, axis, device=device)
    samples = result[0] if retstep else result
    constant = samples.dtype.kind not in "fcO"
    intervals = num - 1 if endpoint else num

    def linspace_pullback(result_bar: Any) -> Any:
        y_bar, step_bar = result_bar if retstep else (result_bar, None)
        start_bar = stop_bar = np.zeros(np.broadcast(start, stop).shape)
        if y_bar is not None and not constant:
            first_bar = np.moveaxis(y_bar, axis, 0)
            weights = linspace_weights(intervals, num, np.ndim(first_bar))
            start_bar, stop_bar = np.sum((1 - weights) * first_bar, axis=0), np.sum(weights * first_bar, axis=0)
        if step_bar is not None and intervals:
            start_bar, stop_bar = start_bar - step_bar / intervals, stop_bar + step_bar / intervals
        return unbroadcast(start_bar, start), unbroadcast(stop_bar, stop)

    return result, linspace_pullback


def linspace_weights(intervals: int, num: int, ndim: int) -> Any:
    """How far from start to stop each of `num` samples is, along the first of `ndim` axes."""
    return np.reshape(np.arange(num) / max(intervals, 1), (num,) + (1,) * (ndim - 1))


@adjoint(np.logspace)
def logspace_rule(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0, dtype: Any = None, axis: Any = 0
) -> Any:
    """``y = base ** linspace(start, stop)``."""
    y = np.logspace(start, stop, num, endpoint, base, dtype, axis)
    constant = y.dtype.kind not in "fcO"

    def logspace_pullback(y_bar: Any) -> Any:
        if constant:
            return (None,)
        shape = np.broadcast(start, stop, base).shape
        wide_start, wide_stop = np.broadcast_to(start, shape), np.broadcast_to(stop, shape)
        exponent, linspace_pullback = linspace_rule(wide_start, wide_stop, num, endpoint, axis=axis)
        wide_base = np.expand_dims(base, axis) if np.ndim(base) else base
        exponent_bar = y_bar * conjugate(np.power(wide_base, exponent) * np.log(wide_base))
        base_bar = y_bar * conjugate(exponent * np.power(wide_base, exponent - 1.0))
        start_bar, stop_bar = linspace_pullback(exponent_bar)
        base_bar = np.sum(base_bar, axis=axis)
        return unbroadcast(start_bar, start), unbroadcast(stop_bar, stop), None, None, unbroadcast(base_bar, base)

    return y, logspace_pullback


@adjoint(np.geomspace)
def geomspace_rule(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: Any = 0) -> Any:
    """Both ends get weighted sums of logarithmic slopes."""
    y = np.geomspace(start, stop, num, endpoint, dtype, axis)
    constant = y.dtype.kind not in "fcO"

    def geomspace_pullback(y_bar: Any) -> Any:
        if constant:
            return (None,)
        # y = start ** (1 - weight) * stop ** weight, on the branch that numpy takes
        first_bar = np.moveaxis(y_bar, axis, 0)
        weights = linspace_weights(num - 1 if endpoint else num, num, np.ndim(first_bar))
        first = np.moveaxis(np.geomspace(start, stop, num, endpoint, None, axis), axis, 0)
        start_bar = np.sum(first_bar * conjugate((1 - weights) * first / start), axis=0)
        stop_bar = np.sum(first_bar * conjugate(weights * first / stop), axis=0)
        return unbroadcast(start_bar, start), unbroadcast(stop_bar, stop)

    return y, geomspace_pullback


@adjoint(np.vander)
def vander_rule(x: Any, N: Any = None, increasing: Any = False) -> Any:
    """The sum of the slopes of all powers."""
    y = np.vander(x, N, increasing)
    powers = np.arange(y.shape[1])
    powers = powers if increasing else powers[::-1]

    def vander_pullback(y_bar: Any) -> Any:
        column = np.expand_dims(x, 1)
        slope = powers * np.power(column, np.maximum(powers - 1, 0))
        return (np.sum(y_bar * conjugate(slope), axis=1),)

    return y, vander_pullback


@polyfill(np.fromiter)
def fromiter_polyfill(iter: Any, dtype: Any, count: Any = -1, *, like: Any = None) -> Any:
    """Through a list of the items."""
    items = list(iter if count < 0 else islice(iter, count))
    if len(items) < count:
        raise ValueError(f"iterator too short: Expected {count} but iterator had only {len(items)} items.")
    return np.array(items, dtype=dtype)


@polyfill(np.fromfunction)
def fromfunction_polyfill(function: Any, shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any) -> Any:
    """numpy's own definition."""
    return function(*np.indices(shape, dtype=dtype), **kwargs)
