"""Functions of numpy that forward code looks into as short programs of others, and those that are linear."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.adjoint.forms import Bilinear, Inactive, Linear
from bytegrad.adjoint.kinds import DeclinedError
from bytegrad.rules.batched import Flags
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.sight import FORMS, MINDING, WRITTEN

# programs -----------------------------------------------------------------------------------------------------


def polynomial(p: Any, x: Any) -> Any:
    """``np.polyval(p, x)``."""
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def pieces(x: Any, sections: Any) -> Any:
    """``np.split(x, sections)``, for a number of sections."""
    if len(x) % sections:
        raise ValueError
    size = len(x) // sections
    return [x[n * size : (n + 1) * size] for n in range(sections)]


def grids(x: Any, y: Any) -> Any:
    """``np.meshgrid(x, y)``."""
    shape = (len(y), len(x))
    return [np.broadcast_to(x, shape), np.broadcast_to(np.expand_dims(y, 1), shape)]


def interpolated(x: Any, xp: Any, fp: Any) -> Any:
    """``np.interp(x, xp, fp)``."""
    place = np.clip(np.searchsorted(xp, x, side="right"), 1, len(xp) - 1)
    left = np.take(xp, place - 1)
    part = (x - left) / (np.take(xp, place) - left)
    inside = np.where(np.less(part, 0.0), 0.0, np.where(np.greater(part, 1.0), 1.0, part))
    low = np.take(fp, place - 1)
    return low + (np.take(fp, place) - low) * inside


def percentile(x: Any, q: Any) -> Any:
    """``np.percentile(x, q)``, for one number."""
    return np.quantile(x, q / 100)


def quantile(x: Any, q: Any) -> Any:
    """``np.quantile(x, q)``, for one number."""
    row = np.ravel(x)
    place = q * (np.size(row) - 1)
    low = int(place)
    order = np.argsort(row)
    if low >= np.size(row) - 1:
        return row[order[-1]]
    return row[order[low]] + (row[order[low + 1]] - row[order[low]]) * (place - low)


def covariance(m: Any) -> Any:
    """``np.cov(m)``, whose rows are variables."""
    if np.ndim(m) != 2:
        raise ValueError
    difference = m - np.mean(m, axis=1, keepdims=True)
    return difference @ difference.T / (np.shape(m)[1] - 1)


def chained(arrays: Any) -> Any:
    """``np.linalg.multi_dot(arrays)``."""
    y = arrays[0]
    for array in arrays[1:]:
        y = y @ array
    return y


WRITTEN.update(
    {
        (np.polyval, 2): polynomial,
        (np.split, 2): pieces,
        (np.array_split, 2): pieces,
        (np.meshgrid, 2): grids,
        (np.interp, 3): interpolated,
        (np.percentile, 2): percentile,
        (np.quantile, 2): quantile,
        (np.cov, 1): covariance,
        (np.linalg.multi_dot, 1): chained,
    }
)


# linear functions ---------------------------------------------------------------------------------------------


def convolve_rows(flags: Flags, a: Any, b: Any, mode: Any = "full") -> Any:
    """``np.convolve``, of rows and an array."""
    if flags[0] == flags[1]:
        raise DeclinedError("a convolution of two rows")
    rows, kernel = (a, b) if flags[0] else (b, a)
    return rows @ toeplitz(np.shape(rows)[1], kernel, mode)


def toeplitz(n: int, kernel: Any, mode: Any) -> Any:
    """The matrix that convolves `n` numbers with `kernel`."""
    return np.stack([np.convolve(unit, kernel, mode) for unit in np.eye(n)])


def gradient_rows(flags: Flags, x: Any, spacing: Any = 1.0) -> Any:
    """``np.gradient`` of a row."""
    if np.ndim(x) != 2:
        raise DeclinedError("derivatives along several axes")
    return np.gradient(x, spacing, axis=1)


def tile_rows(flags: Flags, x: Any, repetitions: Any) -> Any:
    """``np.tile`` of a row, several times."""
    if np.ndim(x) != 2 or type(repetitions) is not int:
        raise DeclinedError("repetitions along several axes")
    return np.concatenate([x] * repetitions, axis=1)


non_differentiable(toeplitz)
FORMS[np.convolve] = Bilinear(most=3)
FORMS[np.gradient] = Linear()
FORMS[np.searchsorted] = FORMS[np.digitize] = FORMS[np.count_nonzero] = FORMS[np.nonzero] = Inactive(lambda args: None)
MINDING.update({np.convolve: convolve_rows, np.gradient: gradient_rows, np.tile: tile_rows})
