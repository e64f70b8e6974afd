"""B-splines at the coordinates of an image, and what lies beyond its edges, as `scipy.ndimage` has it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

NEAREST, WRAP, REFLECT, MIRROR, CONSTANT, GRID_WRAP, GRID_CONSTANT = range(7)


@dataclass(slots=True, frozen=True, eq=False)
class Taps:
    """The elements along one axis that make up the value at each coordinate.

    Shapes: `places` (-1 for the constant beyond the edge), `weights` and their derivatives `slopes` are lists of one
    array for each tap; `inside` says where the coordinate is not beyond the image altogether.
    """

    places: list[Any]
    weights: list[Any]
    slopes: list[Any]
    inside: Any


def mapped_coordinates(x: Any, n: int, mode: int, padding: int) -> tuple[Any, Any, Any]:
    """Coordinates brought into an image of size `n`, their derivatives, and which of them are inside."""
    x = np.asarray(x, dtype=float) + padding
    return _MAPS[mode](x, n)


def _nearest(x: Any, n: int) -> Any:
    return np.clip(x, 0, n - 1), ((x >= 0) & (x <= n - 1)) * 1.0, np.ones(x.shape, dtype=bool)


def _periodic(x: Any, n: int, period: int) -> Any:
    outside = (x < 0) | (x > n - 1)
    return (
        np.where(outside & (period > 0), np.mod(x, max(period, 1)), x),
        np.ones(x.shape),
        np.ones(x.shape, dtype=bool),
    )


def _folded(x: Any, n: int, edge: float) -> Any:
    """Reflected at ``-edge`` and ``n - 1 + edge``."""
    length = n - 1 + 2 * edge
    if length == 0:
        return np.zeros(x.shape), np.zeros(x.shape), np.ones(x.shape, dtype=bool)
    turned = np.mod(x + edge, 2 * length)
    back = turned > length
    return np.where(back, 2 * length - turned, turned) - edge, np.where(back, -1.0, 1.0), np.ones(x.shape, dtype=bool)


def _cut(x: Any, n: int) -> Any:
    return x, np.ones(x.shape), (x >= 0) & (x <= n - 1)


_MAPS: dict[int, Any] = {
    NEAREST: _nearest,
    WRAP: lambda x, n: _periodic(x, n, n - 1),
    REFLECT: lambda x, n: _folded(x, n, 0.5),
    MIRROR: lambda x, n: _folded(x, n, 0.0),
    CONSTANT: _cut,
    GRID_WRAP: lambda x, n: (np.mod(x, n), np.ones(x.shape), np.ones(x.shape, dtype=bool)),
    GRID_CONSTANT: lambda x, n: (x, np.ones(x.shape), np.ones(x.shape, dtype=bool)),
}


def b_spline(order: int, u: Any) -> Any:
    """The cardinal B-spline around 0. Source: I. J. Schoenberg, "Cardinal Spline Interpolation", SIAM (1973)."""
    if order == 0:
        return ((u >= -0.5) & (u < 0.5)) * 1.0
    total = np.zeros(np.shape(u))
    for j in range(order + 2):
        shifted = np.maximum(u + (order + 1) / 2 - j, 0.0)
        total = total + (-1) ** j * math.comb(order + 1, j) * shifted**order
    return np.where(np.abs(u) < (order + 1) / 2, total / math.factorial(order), 0.0)


def basis_and_slopes(mapped: tuple[Any, Any, Any], n: int, order: int, mode: int) -> Taps:
    """The B-splines of the given order at mapped coordinates, and their derivatives in the original ones."""
    x, direction, inside = mapped
    start = (np.floor(x) if order % 2 else np.floor(x + 0.5)).astype(int) - order // 2
    places, weights, slopes = [], [], []
    for k in range(order + 1):
        u = x - (start + k)
        places.append(_place(start + k, n, mode))
        weights.append(b_spline(order, u) if order else np.ones(x.shape))
        rise = b_spline(order - 1, u + 0.5) - b_spline(order - 1, u - 0.5) if order else np.zeros(x.shape)
        slopes.append(rise * direction)
    return Taps(places, weights, slopes, inside)


def _place(i: Any, n: int, mode: int) -> Any:
    """The element that stands at position `i`, which may be beyond the edge."""
    if mode == GRID_CONSTANT:
        return np.where((i >= 0) & (i < n), i, -1)
    if mode == NEAREST:
        return np.clip(i, 0, n - 1)
    if mode == GRID_WRAP:
        return np.mod(i, n)
    if mode == REFLECT:
        turned = np.mod(i, 2 * n)
        return np.where(turned < n, turned, 2 * n - 1 - turned)
    period = max(2 * (n - 1), 1)
    turned = np.mod(i, period)
    return np.where(turned < n, turned, period - turned) if n > 1 else np.zeros_like(i)
