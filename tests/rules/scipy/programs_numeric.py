"""Calls of the functions of `scipy.integrate`, `interpolate` and of solvers of equations, by their names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import integrate, interpolate, optimize

X = np.array([0.7, -1.2, 0.5, 1.4, -0.3, 0.9, 0.2, -0.8])
H = np.array([0.5, 0.3, -0.2])
M = np.array([[0.7, -1.2, 0.5, 1.4], [-0.3, 0.9, 0.2, -0.8], [1.1, 0.4, -0.6, 0.3]])
K = np.array([[0.5, 0.3], [-0.2, 0.8]])
LONG = np.sin(np.arange(40.0) * 0.7) + 0.1 * np.cos(np.arange(40.0) ** 1.5)
T = np.array([0.0, 0.4, 1.1, 1.7, 2.6])
Y = np.array([0.3, 1.1, -0.4, 0.9, 1.7])
AT = np.array([0.2, 0.9, 1.9, 2.4])
SPD = np.array([[2.3, -0.4, 0.7], [-0.4, 1.9, -0.8], [0.7, -0.8, 2.8]])
V = np.array([0.7, -1.2, 0.5])


def decay(y: Any, t: float, k: float) -> Any:
    """A linear equation with a time dependent force."""
    return [-k * y[0] + y[1], -0.3 * y[1] + math.sin(t)]


def rate(t: float, y: Any, k: float) -> Any:
    """The same, as `solve_ivp` calls it."""
    return np.array([-k * y[0] + y[1], -0.3 * y[1] + np.sin(t)])


INTEGRATE: dict[str, list[Any]] = {
    "odeint": [
        (
            lambda y0, k: integrate.odeint(decay, y0, np.linspace(0, 2, 5), args=(k,), rtol=1e-10, atol=1e-10),
            np.array([1.0, 0.5]),
            0.7,
        ),
        (
            lambda y0, k: integrate.odeint(
                lambda t, y, k: decay(y, t, k), y0, [0.0, 1.5], args=(k,), tfirst=True, rtol=1e-10, atol=1e-10
            )[-1],
            [1.0, 0.5],
            0.7,
        ),
        (lambda k: integrate.odeint(lambda y, t: -k * y, 1.0, np.array([0.0, 0.5, 1.0]), rtol=1e-10, atol=1e-10), 0.7),
    ],
    "trapezoid": [
        (lambda y, x: integrate.trapezoid(y, x), Y, T),
        (lambda y: integrate.trapezoid(y, dx=0.3, axis=0), M),
    ],
    "cumulative_trapezoid": [
        (lambda y, x: integrate.cumulative_trapezoid(y, x, initial=0), Y, T),
        (lambda y: integrate.cumulative_trapezoid(y, dx=0.3, axis=0), M),
    ],
    "simpson": [
        (lambda y, x: integrate.simpson(y, x), Y, T),
        (lambda y: integrate.simpson(y, x=None, dx=0.3, axis=1), M),
        (lambda y: integrate.cumulative_simpson(y, dx=0.3), Y),
    ],
    "romb": [(lambda y: integrate.romb(y, dx=0.2), Y)],
    "quad": [
        (lambda a, b: integrate.quad(lambda t: np.exp(-a * t) * np.sin(t), 0.0, b)[0], 0.7, 1.3),
        (lambda a: integrate.quad(lambda t, k: math.exp(-k * t * t), -np.inf, np.inf, args=(a,), epsabs=1e-10)[0], 0.7),
        (lambda a, p: integrate.quad(lambda t: abs(t - p) * a, 0, 1, points=[p])[0], 0.7, 0.3),
    ],
    "dblquad": [
        (lambda a, b: integrate.dblquad(lambda y, x: a * x * y * y, 0, b, 0, lambda x: a * x)[0], 0.7, 1.3),
        (lambda a: integrate.tplquad(lambda z, y, x: a * x * y * z, 0, 1, 0, 1, 0, a)[0], 0.7),
        (lambda a: integrate.nquad(lambda x, y: a * x * y, [(0, a), (0, 1)])[0], 0.7),
    ],
    "fixed_quad": [
        (lambda a, b: integrate.fixed_quad(lambda t: np.exp(-a * t), 0.0, b, n=5)[0], 0.7, 1.3),
        (lambda a: integrate.quad_vec(lambda t: np.exp(-a * t) * np.array([1.0, t]), 0, 1)[0], 0.7),
    ],
    "solve_ivp": [
        (
            lambda y0, k, m=m: (
                integrate.solve_ivp(rate, (0, 1.5), y0, method=m, args=(k,), rtol=1e-9, atol=1e-9, t_eval=[0.5, 1.5]).y
            ),
            np.array([1.0, 0.5]),
            0.7,
        )
        for m in ("RK45", "RK23", "DOP853")
    ]
    + [
        (
            lambda y0, k, m=m: integrate.solve_ivp(rate, (0, 1.5), y0, method=m, args=(k,), rtol=1e-9, atol=1e-9).y[
                :, -1
            ],
            np.array([1.0, 0.5]),
            0.7,
        )
        for m in ("Radau", "BDF")
    ]
    + [
        (
            lambda y0, k: integrate.solve_ivp(
                rate, (0, 1.5), y0, args=(k,), rtol=1e-9, atol=1e-9, dense_output=True
            ).sol(0.7),
            np.array([1.0, 0.5]),
            0.7,
        )
    ],
}
OTHER: dict[str, list[Any]] = {
    "optimize.roots": [
        *[
            (lambda a, s=s: getattr(optimize, s)(lambda t: np.cos(t) - a * t, 0.0, 2.0, xtol=1e-14), 0.7)
            for s in ("brentq", "brenth", "bisect", "ridder", "toms748")
        ],
        (lambda a: optimize.newton(lambda t: np.cos(t) - a * t, 0.5), 0.7),
        (lambda a: optimize.newton(lambda t: np.cos(t) - a * t, 0.5, fprime=lambda t: -np.sin(t) - a), 0.7),
        (
            lambda a: optimize.newton(
                lambda t, k: np.cos(t) - k * t, np.array([0.5, 0.6]), args=(np.array([a, 2 * a]),)
            ),
            0.7,
        ),
        (
            lambda a: (
                optimize.root_scalar(lambda t: np.cos(t) - a * t, bracket=(0, 2), method="brentq", xtol=1e-14).root
            ),
            0.7,
        ),
        (lambda a: optimize.root_scalar(lambda t: np.cos(t) - a * t, x0=0.5, x1=0.8, method="secant").root, 0.7),
        (lambda a: optimize.fsolve(lambda x: [x[0] ** 2 + a * x[1] - 2, x[0] - a * x[1]], [1.0, 1.0], xtol=1e-13), 0.7),
        *[
            (
                lambda a, m=m: (
                    optimize.root(
                        lambda x: np.array([x[0] ** 2 + a * x[1] - 2, x[0] - a * x[1]]), [1.0, 1.0], method=m, tol=1e-12
                    ).x
                ),
                0.7,
            )
            for m in ("hybr",)
        ],
        (lambda a: optimize.fixed_point(lambda x: np.cos(a * x), 0.5, xtol=1e-13), 0.7),
        (lambda a: optimize.fixed_point(lambda x, k: np.cos(k * x), np.array([0.5, 0.6]), args=(a,), xtol=1e-13), 0.7),
    ],
    "interpolate": [
        (lambda x, y, at: interpolate.interp1d(x, y)(at), T, Y, AT),
        *[
            (lambda y, at, k=k: interpolate.interp1d(T, y, kind=k, fill_value="extrapolate")(at), Y, AT)
            for k in ("linear", "quadratic", "cubic", "slinear")
        ],
        (lambda x, y, at: interpolate.CubicSpline(x, y)(at), T, Y, AT),
        (lambda x, y, at: interpolate.CubicSpline(x, y, bc_type="natural").derivative()(at), T, Y, AT),
        (lambda y: interpolate.CubicSpline(T, y).integrate(0.3, 2.1), Y),
        (lambda x, y, at: interpolate.PchipInterpolator(x, y)(at), T, Y, AT),
        (lambda x, y, at: interpolate.Akima1DInterpolator(x, y)(at), T, Y, AT),
        (lambda x, y, at: interpolate.BarycentricInterpolator(x, y)(at), T, Y, AT),
        (lambda x, y, at: interpolate.KroghInterpolator(x, y)(at), T, Y, AT),
        (lambda y, at: interpolate.make_interp_spline(T, y)(at), Y, AT),
        (lambda y, at: interpolate.make_smoothing_spline(T, y, lam=0.1)(at), Y, AT),
        (
            lambda c, at: interpolate.BSpline([0, 0, 0, 1.2, 2.6, 2.6, 2.6], c, 2)(at),
            np.array([0.3, 1.1, -0.4, 0.9]),
            AT,
        ),
        (lambda c, at: interpolate.PPoly(c, [0.0, 1.0, 3.0])(at), M[:, :2], AT),
        (
            lambda v, at: interpolate.NearestNDInterpolator(
                np.array([[0.0, 0.0], [1.0, 0.1], [0.1, 1.1], [1.2, 1.0]]), v
            )(at),
            X[:4],
            np.array([[0.3, 0.4], [0.7, 0.5]]),
        ),
        (lambda v: interpolate.lagrange(T, v)(0.7), Y),
    ],
}
PROGRAMS = {f"integrate.{name}": rows for name, rows in INTEGRATE.items()} | OTHER
