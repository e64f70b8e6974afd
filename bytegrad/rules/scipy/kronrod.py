"""The weights that values of an integrand have in a result of QUADPACK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate._quad_vec import _quadrature_gk15, _quadrature_gk21


@dataclass(slots=True, frozen=True, eq=False)
class Kronrod:
    """A rule on (-1, 1): its nodes in ascending order, their weights, and what extrapolates values to both ends."""

    nodes: Any
    weights: Any
    to_ends: Any


def _rule(quadrature: Any) -> Kronrod:
    """The nodes and weights of one of scipy's own Kronrod rules, found by asking it."""
    nodes: list[float] = []

    def node(x: float) -> float:
        nodes.append(x)
        return 0.0

    quadrature(-1.0, 1.0, node, abs)
    ordered = np.sort(np.array(nodes))
    weights = [quadrature(-1.0, 1.0, lambda x, own=own: float(x == own), abs)[0] for own in ordered]
    gaps = np.expand_dims(ordered, 1) - ordered + np.eye(len(ordered))
    barycentric = 1 / np.prod(gaps, axis=1)
    to_ends = [barycentric / (end - ordered) for end in (-1.0, 1.0)]
    return Kronrod(ordered, np.array(weights), np.stack([row / np.sum(row) for row in to_ends]))


FIFTEEN = _rule(_quadrature_gk15)
TWENTY_ONE = _rule(_quadrature_gk21)


def integral_weights(rule: Kronrod, nodes: Any, values: Any, result: float, starts: Any, stops: Any) -> Any:
    """The derivative of `result` in each of `values`, and the integrand's values at both ends of the integral.

    `nodes` are where the integrand was called, in order; `starts` and `stops` are the last intervals.
    """
    count = len(rule.nodes)
    x = nodes.reshape(-1, count)
    order = np.argsort(x, axis=1)
    sorted_x = np.take_along_axis(x, order, axis=1)
    centers = sorted_x[:, count // 2]
    halves = (sorted_x[:, -1] - sorted_x[:, 0]) / (rule.nodes[-1] - rule.nodes[0])
    place = np.argsort(order, axis=1)
    own_weights = rule.weights[place] * np.expand_dims(halves, 1)
    parts = np.sum(own_weights * values.reshape(-1, count), axis=1)
    used = _nearest(centers, (starts + stops) / 2)
    sign = np.sign(stops[0] - starts[0])
    linear = sign * np.sum(parts[used])
    shares = np.zeros(len(parts))
    if abs(linear - result) <= 1e-10 * (np.sum(np.abs(parts[used])) + abs(result)):
        shares[used] = 1.0
    else:
        shares = _extrapolated_shares(centers, halves, parts, result * sign)
    first, last = (used[np.argmin(centers[used])], used[np.argmax(centers[used])])
    ordered_values = np.take_along_axis(values.reshape(-1, count), order, axis=1)
    ends = (float(rule.to_ends[0] @ ordered_values[first]), float(rule.to_ends[1] @ ordered_values[last]))
    return sign * np.ravel(own_weights * np.expand_dims(shares, 1)), ends


def _nearest(centers: Any, wanted: Any) -> Any:
    """The number of the interval whose center is nearest to each of `wanted`."""
    return np.argmin(np.abs(np.expand_dims(wanted, 1) - centers), axis=1)


def _extrapolated_shares(centers: Any, halves: Any, parts: Any, result: float) -> Any:
    """How much of each interval's integral is in the extrapolated one."""
    sums = _sums_by_depth(centers, halves)
    totals = sums @ parts
    return wynn_weights(totals, result) @ sums


def _sums_by_depth(centers: Any, halves: Any) -> Any:
    """Which intervals make up the integral if none is halved more often than 0, 1, 2, ... times.

    Shapes: (depths, intervals), of zeros and ones.
    """
    depth = np.zeros(len(centers), dtype=int)
    halved = np.zeros(len(centers), dtype=bool)
    for parent in range(len(centers)):
        distance = np.abs(np.abs(centers - centers[parent]) - halves[parent] / 2)
        children = (distance < 1e-3 * halves[parent]) & (np.abs(halves - halves[parent] / 2) < 1e-3 * halves[parent])
        halved[parent] = np.any(children)
        depth[children] = depth[parent] + 1
    levels = np.expand_dims(np.arange(np.max(depth) + 1), 1)
    return ((depth == levels) | ((depth < levels) & ~halved)).astype(float)


def wynn_weights(sums: Any, result: float) -> Any:
    """The derivative in each of `sums` of that entry of their epsilon table which is nearest to `result`."""
    count = len(sums)
    before, slopes_before = np.zeros(count + 1), np.zeros((count + 1, count))
    column, slopes = np.array(sums), np.eye(count)
    best, best_slopes = abs(column[-1] - result), slopes[-1]
    for step in range(1, count):
        gaps = np.diff(column)
        if np.any(gaps == 0):
            break
        slope_of_gaps = np.diff(slopes, axis=0)
        following = before[1:-1] + 1 / gaps
        following_slopes = slopes_before[1:-1] - slope_of_gaps / np.expand_dims(gaps**2, 1)
        before, slopes_before, column, slopes = column, slopes, following, following_slopes
        if step % 2 == 0 and abs(column[-1] - result) < best:
            best, best_slopes = abs(column[-1] - result), slopes[-1]
    return best_slopes
