"""Minimisers and fits of `scipy.optimize`: a minimum is differentiated as what it is, and not as a way to find it.

The solver runs as it stands.  Where it stops, the slope of the objective is taken as the function of everything else
that it is: one step of Newton's from there, which does not move, has the derivatives of the minimum.  The Hessian is
taken when a cotangent arrives.  Variables at a bound move with the bound.

A solver of equations is treated in the same way, with the equations in place of the slope.
Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so
from scipy.optimize import _minpack, _nonlin, _optimize

from bytegrad.errors import BytegradError
from bytegrad.rules.declare import adjoint, non_differentiable, polyfill
from bytegrad.rules.nested import INNER
from bytegrad.rules.scipy.attached import attached, natively, unknown
from bytegrad.rules.scipy.callbacks import jacobian_at

Function = Callable[..., Any]


# the step ---------------------------------------------------------------------------------------------------


def stationary(x: Any, equations: Any, function: Function) -> Any:
    """`x`, as the solution of ``function(x) = 0``; `equations` are its values there. Shapes: x, equations (n,)."""
    return np.array(x) if np.ndim(x) else x


@adjoint(stationary)
def stationary_rule(x: Any, equations: Any, function: Function) -> Any:
    """By the implicit function theorem; where the Jacobian is singular, there is no derivative."""

    def stationary_pullback(x_bar: Any) -> Any:
        slopes = np.reshape(jacobian_at(function, x, ()), (np.size(x), np.size(x)))
        try:
            bar = -np.linalg.solve(np.transpose(slopes), np.ravel(x_bar))
        except np.linalg.LinAlgError:
            raise BytegradError(
                "the solution that scipy.optimize found is not isolated: the derivatives there are singular",
                fixes="remove the variables that have no influence, or declare a rule with bytegrad.adjoint",
            ) from None
        return None, np.reshape(bar, np.shape(equations)) if np.ndim(equations) else bar[0], None

    return stationary(x, equations, function), stationary_pullback


def slope_of(objective: Function) -> Function:
    """The gradient of a function of one argument."""

    def slope(point: Any) -> Any:
        found = INNER["gradient"](objective, (point,), {})[0]
        return point * 0.0 if found is None else found

    return slope


@non_differentiable
def _free(x: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Where `x` is at its lower bound, at its upper one, and at neither."""
    near = 1e-8 * (1.0 + np.abs(x))
    at_low, at_high = x - low <= near, high - x <= near
    return at_low, at_high, ~(at_low | at_high)


def solution(x: Any, function: Function, bounds: Any) -> Any:
    """`x`, the result of a solver, as the solution of ``function(x) = 0`` within `bounds`, a pair or None."""
    if bounds is None:
        return stationary(x, function(x), function)
    low, high = [np.broadcast_to(bound, np.shape(x)) for bound in bounds]
    at_low, at_high, free = _free(x, low, high)
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


def _pair(bounds: Any) -> Any:
    """Bounds in any of scipy's forms as two arrays; None for no bounds."""
    if bounds is None:
        return None
    if isinstance(bounds, so.Bounds):
        return bounds.lb, bounds.ub
    low = [-np.inf if pair[0] is None else pair[0] for pair in bounds]
    high = [np.inf if pair[1] is None else pair[1] for pair in bounds]
    return np.array(low, dtype=float), np.array(high, dtype=float)


# minimisers -------------------------------------------------------------------------------------------------


def _tuple(args: Any) -> tuple[Any, ...]:
    return args if isinstance(args, tuple) else (args,)


@polyfill(so.minimize)
def minimize_polyfill(fun: Any, x0: Any, args: Any = (), method: Any = None, jac: Any = None, **options: Any) -> Any:
    """Any method; minima under constraints have no rule, and neither has what the solver says of their surroundings."""
    return _minimized(fun, x0, _tuple(args), method, jac, options)


def _minimized(fun: Any, x0: Any, args: tuple[Any, ...], method: Any, jac: Any, options: dict[str, Any]) -> Any:
    result = natively(so.minimize, fun, x0, args, method, jac, **options)

    def objective(point: Any) -> Any:
        value = fun(point, *args)
        return np.sum(value[0] if jac is True else value)

    def given_slope(point: Any) -> Any:
        return np.asarray(fun(point, *args)[1] if jac is True else jac(point, *args))

    slope = given_slope if jac is True or callable(jac) else slope_of(objective)
    if options.get("constraints"):
        x = unknown(result.x, ("minimize", "constraints"), objective(result.x), options["constraints"])
    else:
        x = solution(result.x, slope, _pair(options.get("bounds")))
    smooth = objective(x)
    for name in ("jac", "hess", "hess_inv"):
        if isinstance(result.get(name), np.ndarray):
            result[name] = unknown(result[name], ("minimize", name), smooth)
    result["x"] = x
    result["fun"] = attached(result.fun, smooth)
    return result


def _minimizer(solver: Function) -> None:
    """Declare the rule of one of the minimisers without bounds that `minimize` and functions such as `fmin` call."""

    def minimizer_polyfill(fun: Any, x0: Any, args: Any = (), *rest: Any, **options: Any) -> Any:
        result = natively(solver, fun, x0, args, *rest, **options)

        def objective(point: Any) -> Any:
            return np.sum(fun(point, *_tuple(args)))

        x = solution(np.asarray(result["x"]), slope_of(objective), None)
        smooth = objective(x)
        for name in ("jac", "hess", "hess_inv"):
            if isinstance(result.get(name), np.ndarray):
                result[name] = unknown(result[name], ("minimize", name), smooth)
        result["x"] = x
        result["fun"] = attached(result["fun"], smooth)
        return result

    polyfill(solver)(minimizer_polyfill)


for _name in ("bfgs", "cg", "neldermead", "newtoncg"):
    _minimizer(getattr(_optimize, f"_minimize_{_name}"))


@polyfill(so.minimize_scalar)
def minimize_scalar_polyfill(
    fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), method: Any = None, tol: Any = None,
    options: Any = None,
) -> Any:  # fmt: skip
    """Any method; what is found next to a bound moves with it."""
    result = natively(so.minimize_scalar, fun, bracket, bounds, args, method, tol, options)
    args = _tuple(args)

    def objective(point: Any) -> Any:
        return fun(point, *args)

    x = _bounded(float(result.x), slope_of(objective), bounds)
    result["x"] = attached(result.x, x)
    result["fun"] = attached(result.fun, objective(x))
    return result


def _bounded(x: float, slope: Function, bounds: Any) -> Any:
    """`x` as a minimum, or as the bound that it is held by: there the slope leads outwards."""
    at_x = slope(x)
    if bounds is not None:
        near = 1e-4 * (bounds[1] - bounds[0])
        if x - bounds[0] < near and at_x > near:
            return attached(x, bounds[0])
        if bounds[1] - x < near and -at_x > near:
            return attached(x, bounds[1])
    return stationary(x, at_x, slope)


# fits -------------------------------------------------------------------------------------------------------

LOSSES: dict[str, Function] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2.0 * (np.sqrt(1.0 + z) - 1.0),
    "huber": lambda z: np.where(z <= 1.0, z, 2.0 * np.sqrt(np.maximum(z, 1.0)) - 1.0),
    "cauchy": lambda z: np.log1p(z),
    "arctan": lambda z: np.arctan(z),
}
"""What `least_squares` makes of the squares of the residuals."""


def _cost_of(residuals: Function, loss: str = "linear", scale: Any = 1.0) -> Function:
    """Half the sum of what `loss` makes of the squares of the residuals."""

    def cost(point: Any) -> Any:
        return 0.5 * np.sum(scale * scale * LOSSES[loss]((np.asarray(residuals(point)) / scale) ** 2))

    return cost


@polyfill(so.least_squares)
def least_squares_polyfill(fun: Any, x0: Any, jac: Any = "2-point", *rest: Any, **options: Any) -> Any:
    """Any method and any loss that has a name."""
    names = ("bounds", "method", "ftol", "xtol", "gtol", "x_scale", "loss", "f_scale")
    options = {**dict(zip(names, rest, strict=False)), **options}
    result = natively(so.least_squares, fun, x0, jac, **options)
    args, keywords, loss = options.get("args", ()), options.get("kwargs") or {}, options.get("loss", "linear")

    def residuals(point: Any) -> Any:
        return np.atleast_1d(fun(point, *args, **keywords))

    if callable(loss):
        x = unknown(result.x, ("least_squares", "loss"), residuals(result.x))
        loss = "linear"
    else:
        cost = _cost_of(residuals, loss, options.get("f_scale", 1.0))
        bounds = options.get("bounds")
        pair = (bounds.lb, bounds.ub) if isinstance(bounds, so.Bounds) else bounds
        x = solution(result.x, slope_of(cost), pair)
        result["cost"] = attached(result.cost, cost(x))
    smooth = residuals(x)
    for name in ("jac", "grad"):
        if isinstance(result[name], np.ndarray):
            result[name] = unknown(result[name], ("least_squares", name), smooth)
    result["x"] = x
    result["fun"] = attached(result.fun, smooth)
    return result


def _minpack_fit(solver: Function, functions: int) -> None:
    """Declare the rule of MINPACK's Levenberg-Marquardt method, with or without a function for the derivatives."""

    def fit_polyfill(func: Any, *rest: Any) -> Any:
        x0, args = rest[functions - 1], rest[functions]
        start = (*rest[: functions - 1], np.array(x0), *rest[functions:])
        found = natively(solver, func, *start)

        def residuals(point: Any) -> Any:
            return np.asarray(func(point, *args))

        x = solution(found[0], slope_of(_cost_of(residuals)), None)
        if not isinstance(found[1], dict):
            return (x, *found[1:])
        smooth = residuals(x)
        said = dict(found[1])
        said["fvec"] = attached(said["fvec"], smooth)
        for name in ("fjac", "qtf"):
            said[name] = unknown(said[name], ("leastsq", name), smooth)
        return (x, said, *found[2:])

    polyfill(solver)(fit_polyfill)


_minpack_fit(_minpack._lmdif, 1)
_minpack_fit(_minpack._lmder, 2)


@polyfill(_nonlin.nonlin_solve)
def nonlin_solve_polyfill(F: Any, x0: Any, *rest: Any, **options: Any) -> Any:
    """Broyden's methods and Krylov's: a solution, or a solution with what the solver says of it."""
    found = natively(_nonlin.nonlin_solve, F, x0, *rest, **options)
    x = found[0] if isinstance(found, tuple) else found

    def equations(point: Any) -> Any:
        return np.asarray(F(point))

    smooth = np.reshape(_flat(np.ravel(x), np.shape(x), equations), np.shape(x))
    if not isinstance(found, tuple):
        return smooth
    said = dict(found[1])
    return (smooth, {**said, "fun": attached(said["fun"], equations(smooth))} if "fun" in said else said)


def _flat(x: Any, shape: tuple[int, ...], equations: Function) -> Any:
    def flat_equations(point: Any) -> Any:
        return np.ravel(equations(np.reshape(point, shape)))

    return stationary(x, flat_equations(x), flat_equations)
