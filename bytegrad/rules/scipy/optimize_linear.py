"""Linear programs, linear least squares within bounds, and isotonic regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize as so

from bytegrad.rules.declare import polyfill
from bytegrad.rules.scipy.attached import attached, natively, unknown
from bytegrad.rules.scipy.optimize_constraints import Limits, constrained, ends_of, pair_of
from bytegrad.rules.scipy.stationary import solution


@polyfill(so.linprog)
def linprog_polyfill(
    c: Any, A_ub: Any = None, b_ub: Any = None, A_eq: Any = None, b_eq: Any = None, bounds: Any = (0, None),
    *rest: Any, **options: Any,
) -> Any:  # fmt: skip
    """Any method; in the marginals there is no rule."""
    result = natively(so.linprog, c, A_ub, b_ub, A_eq, b_eq, bounds, *rest, **options)
    if result["x"] is None or options.get("integrality") is not None:
        return _unknown_program(result, *[part for part in (c, A_ub, b_ub, A_eq, b_eq) if part is not None])
    costs = np.ravel(np.asarray(c, dtype=float))
    limits: list[Limits] = []
    if A_ub is not None:
        most = np.ravel(np.asarray(b_ub, dtype=float))
        limits.append((lambda point: _matrix(A_ub) @ point, -np.inf, most))
    if A_eq is not None:
        right = np.ravel(np.asarray(b_eq, dtype=float))
        limits.append((lambda point: _matrix(A_eq) @ point, right, right))
    limits.append((lambda point: point, *_ends(bounds, len(costs))))
    x = constrained(result["x"], lambda point: costs + 0.0 * point, limits)
    for name in ("ineqlin", "eqlin", "lower", "upper"):
        if name in result:
            result[name]["marginals"] = unknown(result[name]["marginals"], ("linprog", "marginals"), x)
    result["x"], result["fun"] = x, attached(result["fun"], np.sum(costs * x))
    if A_ub is not None:
        result["slack"] = attached(result["slack"], most - _matrix(A_ub) @ x)
    if A_eq is not None:
        result["con"] = attached(result["con"], right - _matrix(A_eq) @ x)
    return result


def _unknown_program(result: Any, *data: Any) -> Any:
    """Of programs in integers, or without a solution."""
    for name in ("x", "fun"):
        if result[name] is not None:
            result[name] = unknown(result[name], ("linprog", "integrality"), *data)
    return result


def _matrix(values: Any) -> Any:
    """A matrix from what may be a list of rows."""
    return np.asarray(values, dtype=float) if isinstance(values, (list, tuple)) else values


def _ends(bounds: Any, size: int) -> tuple[Any, Any]:
    """The bounds of `linprog`, which may be one pair for all variables, as two arrays."""
    several: Any = (0, None) if bounds is None else bounds
    if not isinstance(several, so.Bounds):
        several = [several] * size if np.ndim(several[0]) == 0 else several
        several = [several[0]] * size if len(several) == 1 else several
    low, high = pair_of(several)
    return np.broadcast_to(low, (size,)), np.broadcast_to(high, (size,))


@polyfill(so.lsq_linear)
def lsq_linear_polyfill(A: Any, b: Any, bounds: Any = (-np.inf, np.inf), *rest: Any, **options: Any) -> Any:
    """Any method."""
    result = natively(so.lsq_linear, A, b, bounds, *rest, **options)
    low, high = ends_of(bounds)
    right = np.asarray(b, dtype=float)
    if isinstance(A, np.ndarray) and not np.any(np.isfinite(low)) and not np.any(np.isfinite(high)):
        x = attached(result["x"], np.linalg.lstsq(A, right, rcond=None)[0])
    else:
        x = solution(result["x"], lambda point: _matrix(A).T @ (_matrix(A) @ point - right), (low, high))
    rest_of_it = _matrix(A) @ x - right
    result["x"], result["fun"] = x, attached(result["fun"], rest_of_it)
    result["cost"] = attached(result["cost"], 0.5 * np.sum(rest_of_it * rest_of_it))
    return result


@polyfill(so.isotonic_regression)
def isotonic_regression_polyfill(y: Any, *, weights: Any = None, increasing: bool = True) -> Any:
    """The mean of each block of values; where the blocks begin and end is constant."""
    result = natively(so.isotonic_regression, y, weights=weights, increasing=increasing)
    starts, sizes = result["blocks"][:-1], np.diff(result["blocks"])
    values = np.asarray(y, dtype=float)
    shares = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    total = np.add.reduceat(shares, starts)
    means = np.add.reduceat(values * shares, starts) / total
    result["x"] = attached(result["x"], np.repeat(means, sizes))
    result["weights"] = attached(result["weights"], total)
    return result
