"""Rules of `scipy.integrate`: QUADPACK's integrators of functions, and `odeint`.

The integrand is called as often and in the same order as without differentiation.  A result is a sum of its values
with the weights of Kronrod's rules on the last intervals; the pullback gives the values these weights.  Where
QUADPACK has extrapolated instead (at singularities), the sums over ever finer intervals are extrapolated by the same
algorithm of Wynn.  The derivative in a limit of integration is the integrand there, by interpolation on the last
interval: the integrand itself may be singular at its end.

Source: R. Piessens et al., "QUADPACK", Springer (1983), sections 2.2 and 3.4; P. Wynn, Math. Tables Aids Comput. 10
(1956) 91.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import _odepack, _quadpack, solve_ivp

from bytegrad.rules.declare import non_differentiable, polyfill, primitive
from bytegrad.rules.scipy.attached import attached, unknown
from bytegrad.rules.scipy.callbacks import RecordedCalls
from bytegrad.rules.scipy.kronrod import FIFTEEN, TWENTY_ONE, Kronrod, integral_weights
from bytegrad.runtime.tangent import ZERO, Poison


@primitive(_quadpack._qagse)
def qagse_rule(ctx: Any, func: Any, a: Any, b: Any, args: Any, *options: Any) -> Any:
    """Finite intervals; `options` are `full_output`, the tolerances and the limit."""
    if not callable(func):
        return NotImplemented  # a function of C's
    calls = RecordedCalls(ctx, func)
    result = _quadpack._qagse(calls, a, b, args, 1, *options[1:])
    return (_reverse_finite, calls, a, b, (), result, len(options)), _as_asked(result, options)


@primitive(_quadpack._qagpe)
def qagpe_rule(ctx: Any, func: Any, a: Any, b: Any, points: Any, args: Any, *options: Any) -> Any:
    """Finite intervals with break points, in which there is no derivative."""
    if not callable(func):
        return NotImplemented  # a function of C's
    calls = RecordedCalls(ctx, func)
    result = _quadpack._qagpe(calls, a, b, points, args, 1, *options[1:])
    return (_reverse_finite, calls, a, b, (points,), result, len(options)), _as_asked(result, options)


def _as_asked(result: Any, options: Any) -> Any:
    """The result as `full_output`, the first of the options, wants it."""
    return result if options[0] else (*result[:2], result[3])


def _reverse_finite(ctx: Any, record: Any, y_bar: Any) -> Any:
    _, calls, a, b, points, result, n_options = record
    result_bar = _of_result(y_bar)
    rest = (ZERO,) * n_options
    if result_bar is ZERO or isinstance(result_bar, Poison) or not calls.values:
        return (ZERO, result_bar, result_bar, *[ZERO] * len(points), _nothing(ctx, calls, result_bar), *rest)
    nodes = np.array([arguments[0] for arguments in calls.arguments], dtype=float)
    weights, ends = _weights(TWENTY_ONE, nodes, np.array(calls.values, dtype=float), result)
    weights, ends = _moving(weights, ends, a, b, *points)
    args_bar = calls.reverse(ctx, {i: result_bar * w for i, w in enumerate(weights.tolist()) if w})
    at_a, at_b = ends if a <= b else ends[::-1]
    return (ZERO, -result_bar * at_a, result_bar * at_b, *[ZERO] * len(points), args_bar, *rest)


@primitive(_quadpack._qagie)
def qagie_rule(ctx: Any, func: Any, bound: Any, infbounds: Any, args: Any, *options: Any) -> Any:
    """Infinite intervals, which QUADPACK maps to t in (0, 1] by ``x = bound +- (1 - t) / t``."""
    if not callable(func):
        return NotImplemented  # a function of C's
    calls = RecordedCalls(ctx, func)
    result = _quadpack._qagie(calls, bound, infbounds, args, 1, *options[1:])
    return (_reverse_infinite, calls, bound, infbounds, result, len(options)), _as_asked(result, options)


def _reverse_infinite(ctx: Any, record: Any, y_bar: Any) -> Any:
    _, calls, bound, infbounds, result, n_options = record
    result_bar = _of_result(y_bar)
    rest = (ZERO,) * n_options
    if result_bar is ZERO or isinstance(result_bar, Poison) or not calls.values:
        return (ZERO, result_bar, ZERO, _nothing(ctx, calls, result_bar), *rest)
    both = infbounds == 2
    x = np.array([arguments[0] for arguments in calls.arguments], dtype=float)
    t = 1 / (1 + np.abs(x - (0.0 if both else bound)))
    values = np.array(calls.values, dtype=float) / t**2
    # Over the whole line the integrand is f(x) + f(-x): the two calls of each pair, which have one t.
    pairs = np.argsort(t, kind="stable").reshape(-1, 2) if both else np.arange(len(t)).reshape(-1, 1)
    pairs = pairs[np.argsort(pairs[:, 0])]
    in_t, ends = _weights(FIFTEEN, t[pairs[:, 0]], np.sum(values[pairs], axis=1), result)
    in_t, ends = _moving(in_t, ends, bound)
    weights = np.empty(len(t))
    weights[pairs] = np.expand_dims(in_t, 1) / t[pairs] ** 2
    args_bar = calls.reverse(ctx, {i: result_bar * w for i, w in enumerate(weights.tolist()) if w})
    return (ZERO, ZERO if both else -infbounds * result_bar * ends[1], ZERO, args_bar, *rest)


def _weights(rule: Kronrod, nodes: Any, values: Any, result: Any) -> Any:
    info = result[2]
    last = info["last"]
    return integral_weights(rule, nodes, values, result[0], info["alist"][:last], info["blist"][:last])


def _moving(weights: Any, ends: Any, *limits: Any) -> tuple[Any, Any]:
    """Weights and values at the ends: the nodes move with the limits, which second derivatives do not see."""
    nothing = unknown(0.0, ("quad", "limits, of which second derivatives are asked for"), *limits)
    return weights + nothing, tuple([end + nothing for end in ends])


def _of_result(y_bar: Any) -> Any:
    """The cotangent of the integral, the first of the results."""
    return y_bar[0] if type(y_bar) is tuple else y_bar


def _nothing(ctx: Any, calls: RecordedCalls, result_bar: Any) -> Any:
    """The cotangent of the integrand's arguments if nothing flows; the calls are reversed for what they wrote."""
    args_bar = calls.reverse(ctx, {})
    return result_bar if isinstance(result_bar, Poison) else args_bar


TIGHT = 1e-10
"""The relative tolerance of the solution of a differential equation that gives the derivatives."""


def _by_lsoda(func: Any, y0: Any, arguments: tuple[Any, ...]) -> Any:
    """The result of the compiled solver, which overwrites the initial state that it is given."""
    return _odepack.odeint(func, np.array(y0), *arguments)


non_differentiable(_by_lsoda)


@polyfill(_odepack.odeint)
def odeint_polyfill(func: Any, y0: Any, t: Any, args: Any, *options: Any) -> Any:
    result = _by_lsoda(func, y0, (t, args, *options))
    time_first = options[-1]

    def slope(s: Any, y: Any) -> Any:
        return func(s, y, *args) if time_first else func(y, s, *args)

    y = np.ravel(np.asarray(y0, dtype=float))
    rows = [y]
    for i in range(len(t) - 1):
        if t[i + 1] != t[i]:
            y = solve_ivp(slope, (t[i], t[i + 1]), y, "DOP853", rtol=TIGHT, atol=TIGHT * 1e-2).y[:, -1]
        rows.append(y)
    return (attached(result[0], np.stack(rows)), *result[1:])
