"""Interpolation between scattered points: `griddata`, `LinearNDInterpolator` and `CloughTocher2DInterpolator`.

The triangulation, and which simplex a point is in, are constant.  An interpolator is made and evaluated by scipy; the
attributes that say what it was made of are set again, from the arguments, and the values are differentiated as those of
the same formulas, written here.
Source: G. Farin, "Triangular Bernstein-Bezier patches", Computer Aided Geometric Design 3 (1986), section 6;
G. Nielson, "A method for interpolating scattered data based upon a minimum norm network", Math. Comp. 40 (1983).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.interpolate import _interpnd
from scipy.spatial import Delaunay

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.scipy.attached import attached, natively
from bytegrad.rules.scipy.sparse import solution

non_differentiable(Delaunay.find_simplex)


@polyfill(_interpnd._ndim_coords_from_arrays)
def ndim_coords_from_arrays_polyfill(points: Any, ndim: Any = None) -> Any:
    """Points as one array, their coordinates along the last axis, from an array for each coordinate."""
    if isinstance(points, tuple) and len(points) == 1:
        points = points[0]
    if isinstance(points, tuple):
        natively(_interpnd._ndim_coords_from_arrays, points, ndim)  # which checks them
        return np.stack([1.0 * part for part in np.broadcast_arrays(*points)], axis=-1)
    points = np.asanyarray(points)
    return np.reshape(points, (-1, 1 if ndim is None else ndim)) if points.ndim == 1 else points


# making -----------------------------------------------------------------------------------------------------


@polyfill(_interpnd.LinearNDInterpolator)
def linear_polyfill(points: Any, values: Any, fill_value: Any = np.nan, rescale: bool = False) -> Any:
    """Linear in the barycentric coordinates of each simplex."""
    made = natively(_interpnd.LinearNDInterpolator, points, values, fill_value, rescale)
    _set_data(made, points, values, fill_value)
    return made


@polyfill(_interpnd.CloughTocher2DInterpolator)
def clough_tocher_polyfill(
    points: Any, values: Any, fill_value: Any = np.nan, tol: float = 1e-6, maxiter: int = 400, rescale: bool = False
) -> Any:
    """Cubic in each third of a triangle, with slopes at the corners that keep the curvature along edges small."""
    made = natively(_interpnd.CloughTocher2DInterpolator, points, values, fill_value, tol, maxiter, rescale)
    _set_data(made, points, values, fill_value)
    made.grad = attached(made.grad, slopes_at_corners(made.points, made.values, *_neighbours(made.tri)))
    return made


def _set_data(made: Any, points: Any, values: Any, fill_value: Any) -> None:
    """Set what an interpolator has of its arguments, as what it was computed from them."""
    if not isinstance(points, Delaunay):
        at = 1.0 * _interpnd._ndim_coords_from_arrays(points)
        if made.scale is not None:
            size = np.max(at, axis=0) - np.min(at, axis=0)
            made.offset = attached(made.offset, np.mean(at, axis=0))
            made.scale = attached(made.scale, np.where(size > 0, size, 1.0))
            at = (at - made.offset) / made.scale
        made.points = attached(made.points, at)
    given = np.asarray(values)
    made.values = attached(made.values, 1.0 * np.reshape(given, (len(given), -1)))
    made.fill_value = fill_value


@non_differentiable
def _neighbours(tri: Any) -> tuple[Any, Any]:
    """For each edge the numbers of both of its points, in both directions."""
    starts, ends = tri.vertex_neighbor_vertices
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts)), ends


def slopes_at_corners(points: Any, values: Any, first: Any, second: Any) -> Any:
    """The slopes for which the integral of the squared curvature along all edges is least: a linear system.

    Along an edge of the length L the curve is the cubic of its end values and slopes.
    Shapes: points (n, 2), values (n, m), first, second (edges,) -> (n, m, 2).
    """
    count, width = np.shape(values)
    edges = points[second] - points[first]
    weights = 1.0 / np.sum(edges * edges, axis=1) ** 1.5
    products = np.expand_dims(weights, (1, 2)) * np.expand_dims(edges, 2) * np.expand_dims(edges, 1)
    own = np.zeros((count, 2, 2))
    np.add.at(own, first, 4.0 * products)
    rises = np.expand_dims(weights, 1) * (values[second] - values[first])
    right = np.zeros((count, 2, width))
    np.add.at(right, first, 6.0 * np.expand_dims(edges, 2) * np.expand_dims(rises, 1))
    elements = np.concatenate([np.ravel(own), np.ravel(2.0 * products)])
    matrix, order = _system(count, first, second, elements)
    found = solution("spsolve", matrix, elements[order], np.reshape(right, (2 * count, width)), (), {})
    return np.swapaxes(np.reshape(found, (count, 2, width)), 1, 2)


@non_differentiable
def _system(count: int, first: Any, second: Any, elements: Any) -> tuple[Any, Any]:
    """The matrix of two rows for each point, of blocks for points and edges; and how it orders the elements."""
    rows, columns = np.r_[np.arange(count), first], np.r_[np.arange(count), second]
    block = np.arange(2)
    row = np.broadcast_to(2 * rows[:, None, None] + block[:, None], (len(rows), 2, 2)).ravel()
    column = np.broadcast_to(2 * columns[:, None, None] + block, (len(rows), 2, 2)).ravel()
    matrix = sparse.csc_matrix((np.arange(1.0, len(row) + 1), (row, column)), shape=(2 * count, 2 * count))
    order = matrix.data.astype(int) - 1
    matrix.data = elements[order]
    return matrix, order


# evaluating -------------------------------------------------------------------------------------------------


@polyfill(_interpnd.NDInterpolatorBase.__call__)
def call_polyfill(self: Any, *args: Any) -> Any:
    """The values at points, `fill_value` at those in no simplex."""
    values = natively(_interpnd.NDInterpolatorBase.__call__, self, *args)
    points = _interpnd._ndim_coords_from_arrays(args, ndim=self.points.shape[1])
    flat = 1.0 * np.reshape(points, (-1, np.shape(points)[-1]))
    flat = flat if self.scale is None else (flat - self.offset) / self.scale
    simplex = self.tri.find_simplex(flat)
    corners = _corners(self.tri, simplex)
    shares = barycentric(self.points[corners], flat)
    if isinstance(self, _interpnd.CloughTocher2DInterpolator):
        smooth = _in_thirds(self, simplex, corners, shares)
    else:
        smooth = np.sum(np.expand_dims(shares, 2) * self.values[corners], axis=1)
    smooth = np.where(np.expand_dims(simplex < 0, 1), self.fill_value, smooth)
    return attached(values, np.reshape(smooth, np.shape(values)))


@non_differentiable
def _corners(tri: Any, simplex: Any) -> Any:
    return tri.simplices[simplex]


def barycentric(corners: Any, points: Any) -> Any:
    """The shares of the corners, of sum 1, that make up the points. Shapes: (r, d + 1, d), (r, d) -> (r, d + 1)."""
    last = corners[:, -1]
    sides = np.swapaxes(corners[:, :-1] - np.expand_dims(last, 1), 1, 2)
    shares = np.squeeze(np.linalg.solve(sides, np.expand_dims(points - last, 2)), 2)
    return np.concatenate([shares, 1.0 - np.sum(shares, axis=1, keepdims=True)], axis=1)


_AFTER, _BEFORE = [1, 2, 0], [2, 0, 1]
"""Of each of three corners, the next ones in both directions."""


def _in_thirds(self: Any, simplex: Any, corners: Any, shares: Any) -> Any:
    """The cubic of the third of its triangle that each point is in, by its Bezier points.

    Those next to corners follow from the slopes; those on the inner sides of the thirds are the means that make the
    whole smooth, and the ones in between are such that the slope across each outer side is linear along it.
    """
    at, f = self.points[corners], self.values[corners]
    slopes = self.grad[corners]

    def toward(others: list[int]) -> Any:
        edges = np.expand_dims(at[:, others] - at, 2)
        return f + np.sum(slopes * edges, axis=3) / 3

    ahead, behind = toward(_AFTER), toward(_BEFORE)
    inward = (f + ahead + behind) / 3
    # Opposite to a corner is the side from the corner after it to the one before it.
    start, end = f[:, _AFTER], f[:, _BEFORE]
    near_start, near_end = ahead[:, _AFTER], behind[:, _BEFORE]
    bend = near_start - start - near_end + near_start
    twist = end - start + 3 * (near_start - near_end)
    tilt = np.expand_dims(_tilts(self, simplex, at), 2)
    across = (tilt * twist + bend + inward[:, _AFTER] + inward[:, _BEFORE]) / 2
    central = (inward + across[:, _AFTER] + across[:, _BEFORE]) / 3
    least = np.min(shares, axis=1, keepdims=True)
    b, c = np.expand_dims(shares - least, 2), np.expand_dims(3 * least, 2)
    b_after, b_before = b[:, _AFTER], b[:, _BEFORE]
    terms = b * b * (b * f + 3 * (b_after * ahead + b_before * behind + c * inward)) + 3 * b * c * c * central
    terms = terms + 6 * b_after * b_before * c * across + c * c * c * central / 3
    return np.sum(terms, axis=1)


def _tilts(self: Any, simplex: Any, at: Any) -> Any:
    """For each side, how the direction to the centre across it is tilted. Shapes: at (r, 3, 2) -> (r, 3)."""
    tilts = []
    for side in range(3):
        beyond, is_there = _beyond(self.tri, simplex, side)
        centre = np.mean(self.points[beyond], axis=1)
        shares = barycentric(at, centre)
        first, second = shares[:, _AFTER[side]], shares[:, _BEFORE[side]]
        below = np.where(is_there, 2 - 3 * (first + second), 1.0)
        tilts.append(np.where(is_there, (2 * second + first - 1) / below, -0.5))
    return np.stack(tilts, axis=1)


@non_differentiable
def _beyond(tri: Any, simplex: Any, side: int) -> tuple[Any, Any]:
    """The corners of the triangles across a side, and whether there are any."""
    across = tri.neighbors[simplex, side]
    return tri.simplices[across], across >= 0
