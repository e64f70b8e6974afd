"""scipy.integrate, as its users call it.

Solve_ivp (RK45/DOP853/Radau in Python over numpy: adaptive steps, classes, in-place K[s] writes), simpson, quad (C
callback).
"""

import numpy as np
from scipy import integrate

from tests.corpus import case


def lotka(t, z, a, b, c, d):
    x, y = z
    return [a * x - b * x * y, -c * y + d * x * y]


def rk45(z0, a, b):
    s = integrate.solve_ivp(lotka, (0.0, 1.5), z0, args=(a, b, 1.0, 0.3), rtol=1e-08, atol=1e-10)
    return s.y[0, -1] + s.y[1, -1]


def fixed(k):
    s = integrate.solve_ivp(lambda t, y: -k * y, (0.0, 1.0), np.array([1.0, 2.0]), max_step=0.1, rtol=0.001, atol=0.001)
    return s.y[1, -1]


def dop(k):
    s = integrate.solve_ivp(
        lambda t, y: np.array([y[1], -k * y[0]]),
        (0.0, 2.0),
        [1.0, 0.0],
        method="DOP853",
        rtol=1e-09,
        atol=1e-11,
        t_eval=[0.5, 2.0],
    )
    return float(s.y[0].sum())


def radau(k):
    s = integrate.solve_ivp(
        lambda t, y: np.array([-k * y[0] + y[1], -0.5 * y[1]]),
        (0.0, 1.0),
        [1.0, 1.0],
        method="Radau",
        rtol=1e-09,
        atol=1e-12,
    )
    return s.y[0, -1]


def simpson(y):
    return float(integrate.simpson(y, dx=0.3)) + float(integrate.cumulative_trapezoid(y).sum())


def quad(a, b):
    return integrate.quad(lambda t: np.exp(-a * t) * np.sin(t), 0.0, b)[0]


def sir(beta, gamma):

    def rhs(t, y):
        S, I, R = y
        return [-beta * S * I, beta * S * I - gamma * I, gamma * I]

    return integrate.solve_ivp(rhs, (0.0, 10.0), [0.99, 0.01, 0.0], rtol=1e-09, atol=1e-12).y[1, -1]


CASES = (
    # Slices tuple.
    case(simpson, np.array([0.1, 0.5, 0.9, 0.7, 0.2]), name="simpson"),
    # Adaptive step control: gradient through accepted steps (step sizes depend on the inputs).
    case(rk45, [2.0, 1.0], 1.1, 0.4, name="solve_ivp_rk45"),
    # Coarse tolerance: exact derivative of the discrete algorithm including step sizes.
    case(fixed, 0.9, name="solve_ivp_coarse"),
    case(sir, 1.4, 0.3, name="sir_epidemic"),
    # Dense output t_eval.
    case(dop, 1.7, name="solve_ivp_dop853"),
    # Implicit: Newton, lu_factor closures, complex.
    case(radau, 1.2, name="solve_ivp_radau"),
    # QUADPACK (C) calling a Python closure: needs a rule.
    case(quad, 0.8, 1.5, name="quad"),
)
