"""Solutions of `scipy.optimize`: each is differentiated as what it is, and not as a way to find it.

Where a solver stops, the equations (for a minimum, the slope of the objective) are taken as the function of everything
else that they are: one step of Newton's from there, which does not move, has the derivatives of the solution.  The
Jacobian is taken when a cotangent arrives.  Variables at a bound move with the bound.
Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.errors import BytegradError
from bytegrad.rules.declare import adjoint, non_differentiable, polyfill
from bytegrad.rules.nested import INNER
from bytegrad.rules.scipy.attached import attached
from bytegrad.rules.scipy.callbacks import jacobian_at

Function = Callable[..., Any]


def stationary(x: Any, equations: Any, function: Function) -> Any:
    """`x`, as the solution of ``function(x) = 0``; `equations` are its values there. Shapes: x, equations (n,)."""
    return np.array(x) if np.ndim(x) else x


@adjoint(stationary)
def stationary_rule(x: Any, equations: Any, function: Function) -> Any:
    """By the implicit function theorem; where the Jacobian is singular, there is no derivative."""

    y = stationary(x, equations, function)

    def stationary_pullback(x_bar: Any) -> Any:
        # At `y`, which moves with the equations when this is differentiated itself.
        slopes = np.reshape(jacobian_at(function, y, ()), (np.size(x), np.size(x)))
        bar = cotangent_of_equations(x, slopes, equations, x_bar)
        return None, np.reshape(bar, np.shape(equations)) if np.ndim(equations) else bar[0], None

    return y, stationary_pullback


def cotangent_of_equations(x: Any, slopes: Any, equations: Any, x_bar: Any) -> Any:
    """The cotangent of equations, which have these values and derivatives at their solution `x`, from that of `x`.

    Raises: BytegradError if the derivatives are singular, or if `x` is no solution.
    """
    try:
        if not np.ndim(slopes):
            step, bar = np.divide(equations, slopes), -np.divide(x_bar, slopes)
        else:
            step = np.linalg.solve(slopes, np.ravel(equations))
            bar = -np.linalg.solve(np.transpose(slopes), np.ravel(x_bar))
    except np.linalg.LinAlgError:
        raise not_isolated() from None
    check_solved(x, step, slopes)
    return bar


@non_differentiable
def not_isolated() -> BytegradError:
    """The error where there is no derivative, as the solution is one of many."""
    return BytegradError(
        "the solution that scipy.optimize found is not isolated: the derivatives there are singular",
        fixes="remove the variables that have no influence, or declare a rule with bytegrad.adjoint",
    )


@polyfill(jacobian_at)
def jacobian_polyfill(function: Function, x: Any, args: tuple[Any, ...]) -> Any:
    """Row by row, where the rows are to be differentiated themselves."""

    def component(number: int) -> Function:
        return lambda point: np.ravel(np.asarray(function(point, *args)))[number]

    rows = [slope_of(component(number))(x) for number in range(np.size(function(x, *args)))]
    return np.stack(rows) if np.ndim(x) else rows[0]


@non_differentiable
def check_solved(x: Any, step: Any, slopes: Any) -> None:
    """Raise an error if Newton's method would take a long step from `x`: that is no solution then."""
    if not np.any(slopes):
        raise not_isolated()
    length, size = np.max(np.abs(step)), np.max(np.abs(x))
    if not length <= SOLVED * (1.0 + size):
        raise BytegradError(
            "what scipy.optimize found is not a solution, so it cannot be differentiated as one: "
            f"the next step would be one of {length:.2g}, at {size:.2g}",
            fixes="let the solver go on for longer, with a smaller tolerance",
        )


SOLVED = 1e-2
"""The step, compared with the solution, after which there is nothing to be found any more."""


def slope_of(objective: Function) -> Function:
    """The gradient of a function of one argument."""

    def slope(point: Any) -> Any:
        found = INNER["gradient"](objective, (point,), {})[0]
        return point * 0.0 if found is None else found

    return slope


@non_differentiable
def _free(x: Any, slope: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Where `x` is at its lower bound, at its upper one, and at neither.

    What keeps a distance from its bounds is at one if the slope there is more than the distance: interior methods
    leave both small, of a variable that is held the distance only.
    """
    size = 1.0 + np.abs(x)
    below, above = (x - low) / size, (high - x) / size
    at_low = (below <= EXACT) | ((below <= NEAR) & (below < slope))
    at_high = ~at_low & ((above <= EXACT) | ((above <= NEAR) & (above < -slope)))
    return at_low, at_high, ~(at_low | at_high)


EXACT, NEAR = 1e-8, 1e-3
"""Relative distances: of what is at a bound, and of what may be."""


def solution(x: Any, function: Function, bounds: Any) -> Any:
    """`x`, the result of a solver, as the minimum within `bounds`, a pair or None, of what has the slope `function`."""
    if bounds is None:
        return stationary(x, function(x), function)
    low, high = [np.broadcast_to(bound, np.shape(x)) for bound in bounds]
    at_low, at_high, free = _free(x, function(x), low, high)
    held = np.where(at_low, low, np.where(at_high, high, x))

    def among_free(inner: Any) -> Any:
        point = np.where(free, 0.0, held) + _spread(free) @ inner
        return function(point)[free]

    if not np.any(free):
        return attached(x, held)
    inner = stationary(x[free], among_free(x[free]), among_free)
    return attached(x, np.where(free, 0.0, held) + _spread(free) @ inner)


@non_differentiable
def _spread(free: Any) -> Any:
    """The matrix that puts the free variables among all."""
    return np.eye(len(free))[:, free]
