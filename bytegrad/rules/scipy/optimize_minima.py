"""Minimisers and fits of `scipy.optimize`: a minimum is differentiated as what it is, and not as a way to find it.

The solver runs as it stands; where it stops is `stationary`.  A solver of equations is treated in the same way, with
the equations in place of the slope.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so
from scipy.optimize import _minpack, _nonlin

from bytegrad.rules.declare import polyfill
from bytegrad.rules.scipy.attached import attached, natively, unknown
from bytegrad.rules.scipy.optimize_constraints import (
    constrained,
    ends_of,
    has_constraints,
    limits_of,
    limits_of_bounds,
    pair_of,
)
from bytegrad.rules.scipy.stationary import slope_of, solution, stationary

Function = Callable[..., Any]


# minimisers -------------------------------------------------------------------------------------------------


def as_tuple(args: Any) -> tuple[Any, ...]:
    """Further arguments of an objective, of which one may stand alone."""
    return args if isinstance(args, tuple) else (args,)


@polyfill(so.minimize)
def minimize_polyfill(fun: Any, x0: Any, args: Any = (), *rest: Any, **options: Any) -> Any:
    """Any method; what the solver says of the surroundings of the minimum has no rule."""
    args = as_tuple(args)
    result = natively(so.minimize, fun, x0, args, *rest, **options)
    said = {**dict(zip(_PARAMETERS, rest, strict=False)), **options}
    jac: Any = said.get("jac")

    def objective(point: Any) -> Any:
        value = fun(point, *args)
        return np.sum(value[0] if jac is True else value)

    def given_slope(point: Any) -> Any:
        return np.asarray(fun(point, *args)[1] if jac is True else jac(point, *args))

    slope = given_slope if jac is True or callable(jac) else slope_of(objective)
    return as_minimum(result, objective, slope, said.get("bounds"), said.get("constraints"))


_PARAMETERS = ("method", "jac", "hess", "hessp", "bounds", "constraints")
"""Of `minimize`, from the fourth on."""


def as_minimum(
    result: Any, objective: Function, slope: Function, bounds: Any = None, constraints: Any = (), name: str = "minimize"
) -> Any:
    """The result of a solver as the minimum of `objective`, under bounds and constraints in any of scipy's forms."""
    at = np.asarray(result["x"])
    if has_constraints(constraints):
        x = constrained(at, slope, [*limits_of(constraints), *limits_of_bounds(bounds)])
    else:
        x = solution(at, slope, pair_of(bounds))
    smooth = objective(x)
    for field in [*result]:
        if field not in ("x", "fun"):
            result[field] = _unknown_parts(result[field], (name, field), smooth)
    result["x"] = x
    result["fun"] = attached(result["fun"], smooth)
    return result


def _unknown_parts(value: Any, what: tuple[str, str], smooth: Any) -> Any:
    """What else a solver says, in which there is no derivative if it is a number, an array or a list of arrays."""
    if isinstance(value, list):
        return [_unknown_parts(part, what, smooth) for part in value]
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return unknown(value, what, smooth)
    return value


@polyfill(so.minimize_scalar)
def minimize_scalar_polyfill(
    fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), method: Any = None, tol: Any = None,
    options: Any = None,
) -> Any:  # fmt: skip
    """Any method; what is found next to a bound moves with it."""
    result = natively(so.minimize_scalar, fun, bracket, bounds, args, method, tol, options)
    return as_minimum_of_one(result, fun, as_tuple(args), bounds)


def as_minimum_of_one(result: Any, fun: Function, args: tuple[Any, ...], bounds: Any) -> Any:
    """The result of a solver as the minimum of a function of one variable."""

    def objective(point: Any) -> Any:
        return fun(point, *args)

    x = _bounded(float(result["x"]), slope_of(objective), bounds)
    result["x"] = attached(result["x"], x)
    result["fun"] = attached(result["fun"], objective(x))
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
        x = solution(result.x, slope_of(cost), ends_of(options.get("bounds")))
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
