"""Rules of `scipy.optimize`: the compiled solvers of equations, and `nnls`.

A root is differentiated as what it is, by the implicit function theorem, and not as the result of an iteration: its
cotangent divided by the slope of the function there is, with the other sign, the cotangent of the function's value.
The solver calls the user's function as often as it does without differentiation; for the slope there is one more
call, at the root.  Minimisers that are written in Python are differentiated through their iterations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize as so
from scipy.optimize import _minpack, _zeros

from bytegrad.rules.declare import adjoint, non_differentiable, polyfill, primitive
from bytegrad.rules.numpy.linalg import lstsq_rule
from bytegrad.rules.scipy.callbacks import RecordedCalls, jacobian_at
from bytegrad.rules.scipy.stationary import cotangent_of_equations
from bytegrad.runtime.operands import source_of
from bytegrad.runtime.tangent import ZERO, Poison

non_differentiable(so.linear_sum_assignment)


def _bracketing(name: str) -> None:
    """Declare the rule of one of scipy's solvers for a number between two others."""
    solver = getattr(_zeros, name)

    def root_rule(ctx: Any, f: Any, *options: Any) -> Any:
        calls = RecordedCalls(ctx, f)
        result = solver(calls, *options)
        args, full_output = options[_ARGS], options[_ARGS + 1]
        root = result[0] if full_output else result
        return _with_record(ctx, calls, f, root, args, result, len(options), _ARGS), result

    primitive(solver)(root_rule)


# The position of `args` after the function: f, a, b, xtol, rtol, maxiter, args, full_output, disp.
_ARGS = 5
for _name in ("_bisect", "_ridder", "_brentq", "_brenth"):
    _bracketing(_name)


@primitive(_minpack._hybrd)
def hybrd_rule(ctx: Any, func: Any, x0: Any, args: Any, *options: Any) -> Any:
    """MINPACK's solver of systems, behind `fsolve` and `root`; it makes the root of the array that it is given."""
    calls = RecordedCalls(ctx, func)
    result = _minpack._hybrd(calls, np.array(x0), args, *options)
    return _with_record(ctx, calls, func, result[0], args, result, 2 + len(options), 1), result


@primitive(_minpack._hybrj)
def hybrj_rule(ctx: Any, func: Any, fprime: Any, x0: Any, args: Any, *options: Any) -> Any:
    """The same with a function for the derivatives, which has no influence on where the root is."""
    calls = RecordedCalls(ctx, func)
    result = _minpack._hybrj(calls, fprime, np.array(x0), args, *options)
    return _with_record(ctx, calls, func, result[0], args, result, 3 + len(options), 2), result


def _with_record(
    ctx: Any, calls: RecordedCalls, f: Any, root: Any, args: Any, result: Any, count: int, place: int
) -> Any:
    """The record of a solver's call; `count` and `place` are the number of its arguments after f, and where args is."""
    if not calls.is_active:
        return None
    number = call_at_root(calls, root, args)
    slope = jacobian_at(f, root, args)
    return (_reverse_root, calls, number, slope, source_of(ctx, result, ()), count, place)


def call_at_root(calls: RecordedCalls, root: Any, args: Any) -> int:
    """The number of a call of the function at the root."""
    return calls.number_at(root, args)


@polyfill(call_at_root)
def call_at_moving_root(calls: Any, root: Any, args: Any) -> int:
    """Where this is differentiated, the root moves: to the solver it was a number like any other."""
    calls(root, *args)
    return len(calls.values) - 1


def _reverse_root(ctx: Any, record: Any, y_bar: Any) -> Any:
    _, calls, number, slope, source, count, place = record
    bars = source.take(ctx, y_bar)
    root_bar = bars[0] if isinstance(bars, tuple) else bars
    if isinstance(bars, Poison) or isinstance(root_bar, Poison):
        return (bars,) * (count + 1)
    if root_bar is None or root_bar is ZERO:
        seeds = {}
    else:
        root, value = calls.arguments[number][0], calls.values[number]
        seeds = {number: _like(value, cotangent_of_equations(root, slope, value, root_bar))}
    args_bar = calls.reverse(ctx, seeds)
    return (ZERO, *[ZERO] * place, args_bar, *[ZERO] * (count - place - 1))


def _like(value: Any, seed: Any) -> Any:
    """The seed in the form of what the function returned."""
    return np.reshape(seed, np.shape(value)) if isinstance(value, np.ndarray) else seed.tolist()


@adjoint(so.nnls)
def nnls_rule(A: Any, b: Any, **options: Any) -> Any:
    """The least squares in the columns whose weights are positive; which ones these are is constant."""
    result = so.nnls(A, b, **options)
    x, size = result

    def nnls_pullback(result_bar: Any) -> Any:
        x_bar, size_bar = result_bar
        matrix = np.asarray(A, dtype=float)
        a_bar, b_bar = np.zeros(np.shape(matrix)), np.zeros(np.shape(b))
        used = np.flatnonzero(x > 0)
        if x_bar is not None and used.size:
            _, pullback = lstsq_rule(np.take(matrix, used, axis=1), b)
            used_bar, b_part = pullback((np.take(x_bar, used), None, None, None))
            spread = (np.expand_dims(used, 1) == np.arange(np.shape(matrix)[1])) * 1.0
            a_bar, b_bar = a_bar + np.matmul(used_bar, spread), b_bar + b_part
        if size_bar is not None and size:
            direction = size_bar * (b - np.matmul(matrix, x)) / size
            a_bar, b_bar = a_bar - np.outer(direction, x), b_bar + direction
        return a_bar, b_bar

    return result, nnls_pullback
