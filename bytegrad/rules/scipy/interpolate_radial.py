"""Radial basis functions of `scipy.interpolate`: what builds the systems of `RBFInterpolator` and evaluates them.

The values are those of scipy's compiled functions; their derivatives are those of the same formulas, written here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.interpolate import _rbfinterp_pythran

from bytegrad.rules.declare import polyfill
from bytegrad.rules.scipy.attached import attached, natively

KERNELS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda s: -np.sqrt(s),
    "thin_plate_spline": lambda s: 0.5 * s * np.log(np.where(s == 0, 1.0, s)),
    "cubic": lambda s: s * np.sqrt(s),
    "quintic": lambda s: -s * s * np.sqrt(s),
    "multiquadric": lambda s: -np.sqrt(s + 1.0),
    "inverse_multiquadric": lambda s: 1.0 / np.sqrt(s + 1.0),
    "inverse_quadratic": lambda s: 1.0 / (s + 1.0),
    "gaussian": lambda s: np.exp(-s),
}
"""The functions of scipy's names, of the square of the distance."""


def _kernels(x: Any, y: Any, kernel: str, epsilon: Any) -> Any:
    """Shapes: x (q, n), y (p, n) -> (q, p)."""
    steps = (np.expand_dims(x, 1) - y) * epsilon
    return KERNELS[kernel](np.sum(steps * steps, axis=-1))


def _monomials(x: Any, powers: Any) -> Any:
    """Shapes: x (q, n), powers (r, n) -> (q, r)."""
    return np.prod(np.expand_dims(x, 1) ** powers, axis=-1)


@polyfill(_rbfinterp_pythran._build_system)
def build_system_polyfill(y: Any, d: Any, smoothing: Any, kernel: str, epsilon: Any, powers: Any) -> Any:
    """Matrix and right side, and the interval on which the monomials are taken.

    Shapes: y (p, n), d (p, s), smoothing (p,), powers (r, n) -> (p + r, p + r), (p + r, s), (n,), (n,).
    """
    values = natively(_rbfinterp_pythran._build_system, y, d, smoothing, kernel, epsilon, powers)
    low, high = np.min(y, axis=0), np.max(y, axis=0)
    shift, scale = (high + low) / 2, (high - low) / 2
    scale = np.where(scale == 0, 1.0, scale)
    polynomial, count = _monomials((y - shift) / scale, powers), len(powers)
    upper = np.concatenate([_kernels(y, y, kernel, epsilon) + np.diag(smoothing), polynomial], axis=1)
    lower = np.concatenate([np.transpose(polynomial), np.zeros((count, count))], axis=1)
    right = np.concatenate([d, np.zeros((count, np.shape(d)[1]))])
    smooth = (np.concatenate([upper, lower]), right, shift, scale)
    return tuple([attached(value, part) for value, part in zip(values, smooth, strict=True)])


@polyfill(_rbfinterp_pythran._build_evaluation_coefficients)
def build_evaluation_coefficients_polyfill(
    x: Any, y: Any, kernel: str, epsilon: Any, powers: Any, shift: Any, scale: Any
) -> Any:
    """The values of all kernels and monomials. Shapes: x (q, n), y (p, n), powers (r, n) -> (q, p + r)."""
    function = _rbfinterp_pythran._build_evaluation_coefficients
    values = natively(function, x, y, kernel, epsilon, powers, shift, scale)
    smooth = np.concatenate([_kernels(x, y, kernel, epsilon), _monomials((x - shift) / scale, powers)], axis=1)
    return attached(values, smooth)


@polyfill(_rbfinterp_pythran._polynomial_matrix)
def polynomial_matrix_polyfill(x: Any, powers: Any) -> Any:
    """The values of the monomials at the points."""
    return attached(natively(_rbfinterp_pythran._polynomial_matrix, x, powers), _monomials(x, powers))
