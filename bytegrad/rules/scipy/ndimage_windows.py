"""Rules of `scipy.ndimage`: zooms, shifts and affine maps, and filters that pick one element of each window.

Which element is picked is constant; equal elements have equal parts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from scipy.ndimage import _nd_image, _rank_filter_1d

from bytegrad.rules.declare import adjoint, non_differentiable, polyfill
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.scipy.attached import unknown
from bytegrad.rules.scipy.ndimage import _extended, _grid, _interpolated

Run = Callable[[Any, Any], None]

# interpolation at places that are made here -----------------------------------------------------------------


def _placed(input: Any, coordinates: Any, run: Run, settings: tuple[Any, ...]) -> Any:
    """What ``run(input, y)`` puts into an array `y`: the image interpolated at `coordinates`.

    Shapes: coordinates (d, ...) -> (...).
    """
    y = np.empty(np.shape(coordinates)[1:])
    run(input, y)
    return y


@adjoint(_placed)
def placed_rule(input: Any, coordinates: Any, run: Run, settings: tuple[Any, ...]) -> Any:
    """As `map_coordinates`; `settings` are order, mode, cval and padding."""
    y = _placed(input, coordinates, run, settings)

    def placed_pullback(y_bar: Any) -> Any:
        _, pullback = _interpolated(input, np.array(coordinates), *settings)
        input_bar, _, coordinates_bar, *_ = pullback(y_bar)
        return input_bar, coordinates_bar, None, None

    return y, placed_pullback


@non_differentiable
def _runner(routine: Callable[..., Any], before: Any, after: Any) -> Run:
    """A call of a compiled routine: the arguments between the image and the array that it fills, and those behind."""
    between = tuple([np.array(value) if isinstance(value, np.ndarray) else value for value in before])

    def run(input: Any, y: Any) -> None:
        routine(input, *between, y, *after)

    return run


@polyfill(_nd_image.zoom_shift)
def zoom_shift_polyfill(input: Any, zoom: Any, shift: Any, output: Any, *options: Any) -> None:
    """Along each axis the output's position is shifted and then scaled.

    `options` are order, mode, cval, the padding of `input` and whether positions are those of the elements' edges.
    """
    in_grid = options[4]
    places = []
    for axis, position in enumerate(np.indices(np.shape(output)).astype(float)):
        place = position
        if shift is not None:
            place = place + shift[axis]
        if zoom is not None:
            place = (place + 0.5) * zoom[axis] - 0.5 if in_grid else place * zoom[axis]
        places.append(place)
    run = _runner(_nd_image.zoom_shift, (zoom, shift), options)
    output[...] = _placed(input, np.stack(places), run, options[:4])


@polyfill(_nd_image.geometric_transform)
def affine_polyfill(
    input: Any, mapping: Any, coordinates: Any, matrix: Any, offset: Any, output: Any, *options: Any
) -> None:
    """At mapped coordinates; the mapping is called for each position, in order."""
    if coordinates is not None:
        _interpolate_at(input, coordinates, output, options)
        return
    if mapping is not None:
        extra, keywords = options[4:]
        mapped = [mapping(position, *(extra or ()), **(keywords or {})) for position in np.ndindex(output.shape)]
        places = np.moveaxis(np.reshape(np.array(mapped), (*output.shape, -1)), -1, 0)
    else:
        places = np.tensordot(matrix, np.indices(np.shape(output)).astype(float), 1)
        places = places + np.reshape(offset, (-1,) + (1,) * np.ndim(output))
    run = _runner(_nd_image.geometric_transform, (None, np.array(places), None, None), (*options[:4], None, None))
    if mapping is None:
        run = _runner(_nd_image.geometric_transform, (None, None, matrix, offset), options)
    output[...] = _placed(input, places, run, options[:4])


def _interpolate_at(input: Any, coordinates: Any, output: Any, options: tuple[Any, ...]) -> None:
    run = _runner(_nd_image.geometric_transform, (None, coordinates, None, None), options)
    output[...] = _placed(input, coordinates, run, options[:4])


# filters that pick ------------------------------------------------------------------------------------------


@non_differentiable
def _filled(input: Any, run: Run) -> Any:
    y = np.empty(np.shape(input), np.asarray(input).dtype)
    run(input, y)
    return y


def _picked(input: Any, run: Run, sources: Any, cval: Any) -> Any:
    """What ``run(input, y)`` puts into an array `y`: for each window one of its elements."""
    return _filled(input, run)


@adjoint(_picked)
def picked_rule(input: Any, run: Run, sources: Any, cval: Any) -> Any:
    """Each of `sources` has one array of positions for each axis, -1 for the constant."""
    y = _picked(input, run, sources, cval)

    def picked_pullback(y_bar: Any) -> Any:
        image = np.asarray(input)
        matches, places = [], []
        for source in sources:
            inside = np.ones(np.shape(image), dtype=bool)
            for positions in source:
                inside = inside & (positions >= 0)
            matches.append(np.where(inside, image[source], cval) == y)
            places.append((source, inside))
        share = y_bar / np.maximum(np.sum(matches, axis=0), 1)
        total = np.zeros(np.shape(image))
        for match, (source, inside) in zip(matches, places, strict=True):
            total = total + scatter_add(np.shape(image), source, np.where(match & inside, share, 0.0))
        return total, None, None, None

    return y, picked_pullback


@non_differentiable
def _window(shape: tuple[int, ...], footprint: Any, mode: int, origins: Any) -> list[Any]:
    """For each element of a window that counts, where it is in the image, for all windows."""
    size = np.shape(footprint)
    befores = [n // 2 + origin for n, origin in zip(size, origins, strict=True)]
    places = [
        _extended(n, before, count - 1 - before, mode) for n, before, count in zip(shape, befores, size, strict=True)
    ]
    return [
        _grid(shape, {axis: places[axis][k : k + shape[axis]] for axis, k in enumerate(offsets)})
        for offsets in product(*(range(n) for n in size))
        if footprint[offsets]
    ]


@non_differentiable
def _line(shape: tuple[int, ...], size: int, axis: int, mode: int, origin: int) -> list[Any]:
    """As `_window`, along one axis."""
    before = size // 2 + origin
    places = _extended(shape[axis], before, size - 1 - before, mode)
    return [_grid(shape, {axis: places[k : k + shape[axis]]}) for k in range(size)]


@polyfill(_nd_image.min_or_max_filter1d)
def extremum_along_polyfill(
    input: Any, size: Any, axis: Any, output: Any, mode: Any, cval: Any, origin: Any, minimum: Any
) -> None:
    """The smallest or largest along one axis."""
    run = _runner(_nd_image.min_or_max_filter1d, (size, axis), (mode, cval, origin, minimum))
    output[...] = _picked(input, run, _line(np.shape(input), size, axis, mode, origin), cval)


@polyfill(_nd_image.min_or_max_filter)
def extremum_polyfill(
    input: Any, footprint: Any, structure: Any, output: Any, mode: Any, cval: Any, origins: Any, minimum: Any
) -> None:
    """The smallest or largest in a window; what a structure adds to the elements has no rule."""
    if structure is not None:
        run = _runner(_nd_image.min_or_max_filter, (footprint, structure), (mode, cval, origins, minimum))
        output[...] = unknown(_filled(input, run), ("min_or_max_filter", "structure"), input, structure)
        return
    run = _runner(_nd_image.min_or_max_filter, (footprint, None), (mode, cval, origins, minimum))
    output[...] = _picked(input, run, _window(np.shape(input), footprint, mode, origins), cval)


@polyfill(_nd_image.rank_filter)
def rank_polyfill(input: Any, rank: Any, footprint: Any, output: Any, mode: Any, cval: Any, origins: Any) -> None:
    """One of the elements in order of their size."""
    run = _runner(_nd_image.rank_filter, (rank, footprint), (mode, cval, origins))
    output[...] = _picked(input, run, _window(np.shape(input), footprint, mode, origins), cval)


@polyfill(_rank_filter_1d.rank_filter)
def rank_along_polyfill(input: Any, rank: Any, size: Any, output: Any, mode: Any, cval: Any, origin: Any) -> None:
    """The same, of one dimension."""
    run = _runner(_rank_filter_1d.rank_filter, (rank, size), (mode, cval, origin))
    output[...] = _picked(input, run, _line(np.shape(input), size, 0, mode, origin), cval)
