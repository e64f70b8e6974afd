"""Histograms: counts vary with the weights; edges and densities vary with the range or with the extreme samples.

Which bin a sample falls into is a step function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import masked, project
from bytegrad.rules.numpy.differences import transposed_diff
from bytegrad.rules.numpy.reductions import reduction
from bytegrad.rules.numpy.structure import any_complex

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]


@adjoint(np.bincount)
def bincount_rule(x: Any, /, weights: Any = None, minlength: int = 0) -> Answer:
    """Each weight gets the cotangent of its bin."""
    y = np.bincount(x, weights, minlength)

    def bincount_pullback(y_bar: Any) -> tuple[Any, ...]:
        return None, None if weights is None else project(np.take(y_bar, x), weights)

    return y, bincount_pullback


@adjoint(np.histogram_bin_edges)
def bin_edges_rule(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Answer:
    """The edges: given, or evenly spread over the range or between the extreme samples."""
    y = np.histogram_bin_edges(a, bins, range, weights)

    def bin_edges_pullback(y_bar: Any) -> tuple[Any, ...]:
        return edge_cotangents(a, bins, range, y_bar)

    return y, bin_edges_pullback


@adjoint(np.histogram)
def histogram_rule(
    a: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> Any:
    """The pair of counts, or densities, and edges."""
    if any_complex(a, bins, range):
        return NotImplemented
    y = np.histogram(a, bins, range, density, weights)

    def histogram_pullback(y_bar: Any) -> tuple[Any, ...]:
        edges = y[1]
        counts_bar, edges_bar = y_bar
        edges_bar = np.zeros(len(edges)) if edges_bar is None else edges_bar
        if counts_bar is None:
            return edge_cotangents(a, bins, range, edges_bar)
        if density:
            counts = np.histogram(a, bins, range, weights=weights)[0]
            counts_bar, (width_bar,) = density_cotangents(counts, [edges], counts_bar)
            edges_bar = edges_bar + transposed_diff(width_bar, 0)
        a_bar, bins_bar, range_bar = edge_cotangents(a, bins, range, edges_bar)
        if weights is None:
            return a_bar, bins_bar, range_bar
        places = bin_numbers(a, edges)
        weights_bar = masked(np.take(counts_bar, places, mode="clip"), places >= 0)
        return a_bar, bins_bar, range_bar, None, project(weights_bar, weights)

    return y, histogram_pullback


@adjoint(np.histogramdd)
def histogramdd_rule(
    sample: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> Any:
    """The counts, or densities, in several dimensions and the list of the edges in each."""
    if any_complex(sample, bins, range):
        return NotImplemented
    y = np.histogramdd(sample, bins, range, density, weights)

    def histogramdd_pullback(y_bar: Any) -> tuple[Any, ...]:
        edges = y[1]
        counts_bar, given_bars = y_bar
        given_bars = [None] * len(edges) if given_bars is None else given_bars
        edges_bars = [np.zeros(len(e)) if bar is None else bar for e, bar in zip(edges, given_bars, strict=True)]
        points = sample if isinstance(sample, np.ndarray) and sample.ndim == MATRIX else np.atleast_2d(sample).T
        if counts_bar is not None and density:
            counts = np.histogramdd(sample, bins, range, weights=weights)[0]
            counts_bar, width_bars = density_cotangents(counts, edges, counts_bar)
            edges_bars = [bar + transposed_diff(width, 0) for bar, width in zip(edges_bars, width_bars, strict=True)]
        dimensions = len(edges)
        bins_of = bins if hasattr(bins, "__len__") else [bins] * dimensions
        ranges = [None] * dimensions if range is None else range
        by_dimension = [edge_cotangents(points[:, i], bins_of[i], ranges[i], bar) for i, bar in enumerate(edges_bars)]
        points_bar = np.stack([np.zeros(len(points)) if bar is None else bar for bar, _, _ in by_dimension])
        sample_bar = points_bar.T if points is sample else np.reshape(points_bar, np.shape(sample))
        weights_bar = None
        if weights is not None and counts_bar is not None:
            weights_bar = project(_from_cells(points, edges, counts_bar), weights)
        return (
            project(sample_bar, sample),
            None if bins_of is not bins else _like_bins([bar for _, bar, _ in by_dimension], bins),
            None if range is None else tuple(bar for _, _, bar in by_dimension),
            None,
            weights_bar,
        )

    return y, histogramdd_pullback


MATRIX = 2


def edge_cotangents(a: Any, bins: Any, outer: Any, edges_bar: Any) -> tuple[Any, Any, Any]:
    """The cotangents of the samples `a`, of `bins` and of the range `outer` from that of the edges."""
    if not isinstance(bins, str) and np.ndim(bins) == 1:
        return None, project(edges_bar, bins), None
    n = len(edges_bar) - 1
    part = np.arange(n + 1) / n
    first_bar, last_bar = np.sum(edges_bar * (1 - part)), np.sum(edges_bar * part)
    if outer is not None:
        return None, None, project(np.stack([first_bar, last_bar]), outer)
    if np.size(a) == 0:
        return None, None, None
    from_min, _ = reduction(np.minimum, a, np.min(a), None, None, True)(first_bar)
    from_max, _ = reduction(np.maximum, a, np.max(a), None, None, True)(last_bar)
    return project(np.add(from_min, from_max), a), None, None


def density_cotangents(counts: Any, edges: Sequence[Any], density_bar: Any) -> tuple[Any, list[Any]]:
    """The cotangents of the counts and of the widths of the bins in each dimension."""
    total = np.sum(counts)
    cells: Any = 1.0
    for i, edge in enumerate(edges):
        cells = cells * _along(np.diff(edge), i, len(edges))
    part = density_bar / cells / total
    spread = np.sum(part * counts) / total
    width_bars = []
    for i, edge in enumerate(edges):
        others = tuple(j for j in range(len(edges)) if j != i)
        width_bars.append(-np.sum(part * counts, axis=others) / np.diff(edge))
    return part - spread, width_bars


def bin_numbers(a: Any, edges: Any) -> Any:
    """The bin of each sample, counted from 0; -1 for those outside all bins, NaN among them."""
    places = np.searchsorted(edges, a, side="right") - 1
    places = np.where(np.equal(a, edges[-1]), len(edges) - 2, places)
    return np.where((places > len(edges) - 2) | np.isnan(a), -1, places)


def _from_cells(points: Any, edges: Sequence[Any], counts_bar: Any) -> Any:
    """The cotangent of the cell that each point is in; 0 for points outside.  Shapes: points (n, d) -> (n,)."""
    places = [bin_numbers(points[:, i], edge) for i, edge in enumerate(edges)]
    inside = np.all(np.stack(places) >= 0, axis=0)
    return masked(counts_bar[tuple(np.maximum(place, 0) for place in places)], inside)


def _along(widths: Any, i: int, dimensions: int) -> Any:
    return np.reshape(widths, [-1 if j == i else 1 for j in range(dimensions)])


def _like_bins(bars: list[Any], bins: Any) -> Any:
    """The cotangents of the bins of each dimension, in the form of `bins`."""
    if isinstance(bins, np.ndarray):
        return None if bins.ndim == 1 else project(np.stack(bars), bins)
    return tuple(bars) if isinstance(bins, tuple) else bars


@adjoint(np.histogram2d)
def histogram2d_rule(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    density: Any = None,
    weights: Any = None,
) -> Any:
    """The counts, or densities, in two dimensions, and the edges in both: `np.histogramdd` of a pair."""
    if any_complex(x, y, bins, range):
        return NotImplemented
    result = np.histogram2d(x, y, bins, range, density, weights)
    shared = hasattr(bins, "__len__") and len(bins) not in (1, MATRIX)
    _, pullback = histogramdd_rule([x, y], [bins, bins] if shared else bins, range, density, weights)

    def histogram2d_pullback(result_bar: Any) -> tuple[Any, ...]:
        counts_bar, x_edges_bar, y_edges_bar = result_bar
        sample_bar, bins_bar, range_bar, _, weights_bar = pullback((counts_bar, [x_edges_bar, y_edges_bar]))
        if shared:
            bins_bar = project(np.add(np.asarray(bins_bar[0]), np.asarray(bins_bar[1])), bins)
        return project(sample_bar[0], x), project(sample_bar[1], y), bins_bar, range_bar, None, weights_bar

    return result, histogram2d_pullback


non_differentiable(bin_numbers)
