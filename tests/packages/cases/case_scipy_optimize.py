"""scipy.optimize, as its users call it.

Newton (Python), bisect/brentq (C), minimize BFGS / Nelder-Mead (Python loops), least_squares, fixed_point, rosen,
approx_fprime.
"""

import numpy as np
from scipy import optimize as op

from tests.corpus import case


def newton(a):
    return op.newton(lambda t: t**3 - a * t - 1.0, 1.5, tol=1e-13)


def newton_fp(a):
    return op.newton(lambda t: t**3 - a * t - 1.0, 1.5, fprime=lambda t: 3 * t**2 - a, tol=1e-13)


def brentq(a):
    return op.brentq(lambda t: np.cos(t) - a * t, 0.0, 2.0, xtol=1e-14)


def bfgs(a):
    r = op.minimize(
        lambda z: (z[0] - a) ** 2 + 2 * (z[1] + a * z[0]) ** 2 + np.exp(0.1 * z[0]),
        np.array([0.5, 0.5]),
        method="BFGS",
        jac=lambda z: np.array(
            [2 * (z[0] - a) + 4 * a * (z[1] + a * z[0]) + 0.1 * np.exp(0.1 * z[0]), 4 * (z[1] + a * z[0])]
        ),
        options=dict(gtol=1e-10),
    )
    return float(r.x[0] + r.x[1])


def fixed(a):
    return float(op.fixed_point(lambda t: np.sqrt(a + t), 1.2, xtol=1e-13))


def toms(a):
    return op.toms748(lambda t: t**3 - a * t - 1.0, 1.0, 3.0, xtol=1e-14, rtol=1e-14)


x = np.array([0.3, -0.7, 1.1])

CASES = (
    # Array namespace dispatch.
    case(lambda z: op.rosen(z), x, name="rosen"),
    # Zeros_like + slice setitem.
    case(lambda z: float(np.sum(op.rosen_der(z) ** 2)), x, name="rosen_der_norm"),
    # Iteration with closures.
    case(newton, 1.3, name="newton_secant"),
    case(newton_fp, 1.3, name="newton_fprime"),
    # Steffensen acceleration with _lazywhere.
    case(fixed, 1.3, name="fixed_point"),
    # Python class root finder: bracketing.
    case(toms, 1.3, name="toms748"),
    # C solver calling a Python closure: implicit-function rule.
    case(brentq, 0.7, name="brentq"),
    # Python BFGS with C-free line search; unrolled gradient.
    case(bfgs, 0.6, name="bfgs"),
)
