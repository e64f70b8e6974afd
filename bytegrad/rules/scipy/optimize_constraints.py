"""Minima under constraints, by the conditions of Karush, Kuhn and Tucker.

At a minimum the slope of the objective is a sum of slopes of the constraints that hold it, with weights, the
multipliers.  Which constraints these are is read off where the solver stopped; then point and multipliers together are
the solution of a system of equations, and differentiated as that.
Source: J. Nocedal and S. Wright, Numerical Optimization (2006), chapter 12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.scipy.callbacks import jacobian_at
from bytegrad.rules.scipy.stationary import EXACT, NEAR, slope_of, stationary

Function = Callable[..., Any]
Limits = tuple[Function, Any, Any]
"""A function, and the least and the largest value that it may have."""


# the forms of constraints -----------------------------------------------------------------------------------


def has_constraints(constraints: Any) -> bool:
    """Whether there is a constraint at all."""
    if constraints is None:
        return False
    return len(constraints) > 0 if isinstance(constraints, (list, tuple)) else True


def limits_of(constraints: Any) -> list[Limits]:
    """Constraints in any of the forms of `minimize`."""
    several = constraints if isinstance(constraints, (list, tuple)) else [constraints]
    return [_limits_of_one(constraint) for constraint in several]


def _limits_of_one(constraint: Any) -> Limits:
    if isinstance(constraint, so.NonlinearConstraint):
        return constraint.fun, constraint.lb, constraint.ub
    if isinstance(constraint, so.LinearConstraint):
        return (lambda point: constraint.A @ point), constraint.lb, constraint.ub
    function, args = constraint["fun"], tuple(constraint.get("args", ()))
    return (lambda point: function(point, *args)), 0.0, 0.0 if constraint["type"].lower() == "eq" else np.inf


def limits_of_bounds(bounds: Any) -> list[Limits]:
    """Bounds as constraints."""
    pair = pair_of(bounds)
    return [] if pair is None else [((lambda point: point), *pair)]


def pair_of(bounds: Any) -> Any:
    """Bounds in any of the forms of `minimize` as two arrays; None for no bounds."""
    if bounds is None or isinstance(bounds, so.Bounds):
        return ends_of(bounds)
    low = [-np.inf if pair[0] is None else pair[0] for pair in bounds]
    high = [np.inf if pair[1] is None else pair[1] for pair in bounds]
    return (np.array(low, dtype=float), np.array(high, dtype=float)) if low else None


def ends_of(bounds: Any) -> Any:
    """Bounds in one of the forms of `least_squares` as a pair; None for no bounds."""
    return (bounds.lb, bounds.ub) if isinstance(bounds, so.Bounds) else bounds


# the conditions ---------------------------------------------------------------------------------------------


def constrained(x: Any, slope: Function, limits: list[Limits]) -> Any:
    """`x`, the result of a solver, as the minimum under `limits` of what has the slope `slope`. Shapes: x (n,)."""

    def values(point: Any) -> Any:
        return np.concatenate([np.ravel(function(point)) for function, _, _ in limits])

    ends = []
    for function, low, high in limits:
        size = np.size(function(x))
        ends.append((np.broadcast_to(low, (size,)), np.broadcast_to(high, (size,))))
    low = np.concatenate([pair[0] for pair in ends])
    high = np.concatenate([pair[1] for pair in ends])
    held, at_high, multipliers = _held(x, slope(x), values, low, high)
    target = np.where(at_high, high, low)[held]

    def conditions(both: Any) -> Any:
        point, weights = both[: len(x)], both[len(x) :]
        pull = slope_of(lambda inner: np.sum(weights * values(inner)[held]))
        return np.concatenate([slope(point) - pull(point), values(point)[held] - target])

    both = np.concatenate([x, multipliers])
    return stationary(both, conditions(both), conditions)[: len(x)]


@non_differentiable
def _held(x: Any, slope: Any, values: Function, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """The numbers of the constraints that hold `x`, whether each one is at its upper end, and their multipliers.

    All that are near are candidates; of them nonnegative least squares choose some that are independent.
    """
    slopes, at_x = jacobian_at(values, x, ()), values(x)
    size = 1.0 + np.abs(at_x)
    equal = high <= low
    from_low, from_high = np.abs(at_x - low) / size, np.abs(high - at_x) / size
    # Inequalities push in one direction, equations in both.
    pushing = [(n, 1.0) for n in np.flatnonzero(equal | (from_low <= NEAR))]
    pushing += [(n, -1.0) for n in np.flatnonzero(equal | (from_high <= NEAR))]
    multipliers = np.zeros(len(at_x))
    if pushing:
        columns = np.stack([sign * slopes[n] for n, sign in pushing], axis=1)
        for (n, sign), weight in zip(pushing, so.nnls(columns, slope)[0], strict=True):
            multipliers[n] += sign * weight
    at_high = multipliers < 0
    distance = np.where(at_high, from_high, from_low)
    push = np.abs(multipliers) * np.sqrt(np.sum(slopes**2, axis=1)) / (1.0 + np.max(np.abs(slope)))
    held = np.flatnonzero(equal | ((multipliers != 0) & (distance <= np.maximum(push, EXACT))))
    return held, at_high, multipliers[held]
