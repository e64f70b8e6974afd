"""Rules of `scipy.ndimage`: its compiled filters and interpolations, on which the others are built in Python.

What a filter finds beyond an edge is an element of the image again, or a constant; so a filter is a sum of products
with images that are shifted by numbers.  Interpolations are sums of products of coefficients with B-splines in the
coordinates.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.ndimage import _nd_image

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.scipy.spline_basis import basis_and_slopes, mapped_coordinates

PAD_MODES = {0: "edge", 1: "wrap", 2: "symmetric", 3: "reflect"}
CONSTANT = 4
"""The codes of the ways to extend an image that filters know; the last one is a constant."""


def _extended(n: int, before: int, after: int, mode: int) -> Any:
    """For positions from -before to n + after - 1 which of `n` elements is there; -1 is a constant."""
    if mode == CONSTANT:
        return np.pad(np.arange(n), (before, after), constant_values=-1)
    if n == 1:
        return np.zeros(before + 1 + after, dtype=int)
    return np.pad(np.arange(n), (before, after), mode=PAD_MODES[mode])  # type: ignore[call-overload]


def _shifted_sums(x: Any, sources: Any, y_bar: Any, weights: Any, cval: Any) -> Any:
    """The cotangents of image and weights of ``y = sum_k weights[k] * x[sources[k]]``.

    Each of `sources` has one array of positions for each axis, -1 for the constant.
    """
    x_bar = np.zeros(np.shape(x))
    weight_bars = []
    for weight, source in zip(weights, sources, strict=True):
        inside = np.ones((), dtype=bool)
        for positions in source:
            inside = inside & (positions >= 0)
        value = np.where(inside, x[source], cval)
        weight_bars.append(np.sum(y_bar * value))
        x_bar = x_bar + scatter_add(np.shape(x), source, np.where(inside, y_bar * weight, 0.0))
    return x_bar, np.stack(weight_bars)


def _grid(shape: tuple[int, ...], replaced: dict[int, Any]) -> tuple[Any, ...]:
    """Arrays of positions for each axis, ready to be broadcast; some are replaced by others."""
    ndim = len(shape)
    return tuple(
        np.reshape(replaced.get(axis, np.arange(shape[axis])), (-1,) + (1,) * (ndim - axis - 1)) for axis in range(ndim)
    )


@adjoint(_nd_image.correlate1d)
def correlate1d_rule(
    input: Any, weights: Any, axis: Any, out: Any = None, mode: Any = 2, cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Weighted sums along one axis."""
    y = np.empty(np.shape(input), dtype=float)
    _nd_image.correlate1d(input, weights, axis, y, mode, cval, origin)

    def correlate1d_pullback(y_bar: Any) -> Any:
        shape, size = np.shape(input), len(weights)
        before = size // 2 + origin
        places = _extended(shape[axis], before, size - 1 - before, mode)
        sources = [_grid(shape, {axis: places[k : k + shape[axis]]}) for k in range(size)]
        x_bar, weights_bar = _shifted_sums(np.asarray(input), sources, y_bar, weights, cval)
        return x_bar, weights_bar

    return y, correlate1d_pullback


@adjoint(_nd_image.uniform_filter1d)
def uniform_filter1d_rule(
    input: Any, size: Any, axis: Any, out: Any = None, mode: Any = 2, cval: Any = 0.0, origin: Any = 0
) -> Any:
    """Means along one axis."""
    y = np.empty(np.shape(input), dtype=float)
    _nd_image.uniform_filter1d(input, size, axis, y, mode, cval, origin)
    _, pullback = correlate1d_rule(input, np.full(size, 1.0 / size), axis, None, mode, cval, origin)

    def uniform_filter1d_pullback(y_bar: Any) -> Any:
        return (pullback(y_bar)[0],)

    return y, uniform_filter1d_pullback


@adjoint(_nd_image.correlate)
def correlate_rule(
    input: Any, weights: Any, out: Any = None, mode: Any = 2, cval: Any = 0.0, origins: Any = None
) -> Any:
    """Weighted sums over windows."""
    y = np.empty(np.shape(input), dtype=float)
    origins = [0] * y.ndim if origins is None else origins
    _nd_image.correlate(input, weights, y, mode, cval, origins)

    def correlate_pullback(y_bar: Any) -> Any:
        shape, window = np.shape(input), np.shape(weights)
        befores = [size // 2 + origin for size, origin in zip(window, origins, strict=True)]
        places = [
            _extended(n, before, size - 1 - before, mode)
            for n, before, size in zip(shape, befores, window, strict=True)
        ]
        sources = [
            _grid(shape, {axis: places[axis][k : k + shape[axis]] for axis, k in enumerate(offsets)})
            for offsets in product(*(range(size) for size in window))
        ]
        x_bar, weights_bar = _shifted_sums(np.asarray(input), sources, y_bar, np.ravel(weights), cval)
        return x_bar, np.reshape(weights_bar, window)

    return y, correlate_pullback


@adjoint(_nd_image.spline_filter1d)
def spline_filter1d_rule(input: Any, order: Any, axis: Any, out: Any = None, mode: Any = 3) -> Any:
    """A linear map along one axis, whose matrix the pullback makes of the unit vectors."""
    y = np.empty(np.shape(input), dtype=float)
    _nd_image.spline_filter1d(input, order, axis, y, mode)
    n = np.shape(input)[axis]

    def spline_filter1d_pullback(y_bar: Any) -> Any:
        columns = np.empty((n, n))
        _nd_image.spline_filter1d(np.eye(n), order, 0, columns, mode)
        return (np.moveaxis(np.matmul(np.moveaxis(y_bar, axis, -1), columns), -1, axis),)

    return y, spline_filter1d_pullback


@adjoint(_nd_image.geometric_transform)
def geometric_transform_rule(
    input: Any,
    mapping: Any,
    coordinates: Any,
    matrix: Any,
    offset: Any,
    out: Any,
    *options: Any,
) -> Any:
    """Interpolation at given coordinates, for `map_coordinates`; at affine or mapped ones there is no rule.

    `options` are order, mode, cval, the padding of `input` and the arguments of the mapping.
    """
    order, mode, cval, padding = options[:4]
    return NotImplemented if coordinates is None else _interpolated(input, coordinates, order, mode, cval, padding)


def _interpolated(input: Any, coordinates: Any, order: int, mode: int, cval: Any, padding: int) -> Any:
    y = np.empty(np.shape(coordinates)[1:], dtype=float)
    _nd_image.geometric_transform(input, None, coordinates, None, None, y, order, mode, cval, padding, None, None)

    def geometric_transform_pullback(y_bar: Any) -> Any:
        shape = np.shape(input)
        axes = [
            basis_and_slopes(
                mapped_coordinates(coordinates[axis], shape[axis], mode, padding), shape[axis], order, mode
            )
            for axis in range(len(shape))
        ]
        inside = np.ones(np.shape(y), dtype=bool)
        for axis in axes:
            inside = inside & axis.inside
        bar = np.where(inside, y_bar, 0.0)
        input_bar = np.zeros(shape)
        coordinate_bars: list[Any] = [np.zeros(np.shape(y)) for _ in axes]
        for taps in product(range(order + 1), repeat=len(shape)):
            source = tuple(axis.places[k] for axis, k in zip(axes, taps, strict=True))
            known = np.ones(np.shape(y), dtype=bool)
            for place in source:
                known = known & (place >= 0)
            weights = [axis.weights[k] for axis, k in zip(axes, taps, strict=True)]
            value = np.where(known, np.asarray(input)[source], cval) * bar
            whole = np.prod(weights, axis=0)
            input_bar = input_bar + scatter_add(shape, source, np.where(known, bar * whole, 0.0))
            for number, axis in enumerate(axes):
                others = np.prod([*weights[:number], *weights[number + 1 :], np.ones(np.shape(y))], axis=0)
                coordinate_bars[number] = coordinate_bars[number] + value * others * axis.slopes[taps[number]]
        return input_bar, None, np.stack(coordinate_bars), None, None

    return y, geometric_transform_pullback
