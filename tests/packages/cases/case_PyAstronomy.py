"""PyAstronomy: Kepler ellipse / Markley solver, Planck function, unit-less classes over numpy."""

import numpy as np
from PyAstronomy import pyasl

from tests.corpus import case


def ellipse(a, per, e, tau, Om, w, i):
    ke = pyasl.KeplerEllipse(a, per, e=e, tau=tau, Omega=Om, w=w, i=i)
    p = ke.xyzPos(0.37)
    return float(p[0] + 2 * p[1] - p[2])


def markley(M, e):
    return pyasl.MarkleyKESolver().getE(M, e)


def planck(T):
    return float(pyasl.planck(T, 5e-07)) * 1e-13


def velocity(e, w):
    ke = pyasl.KeplerEllipse(1.2, 2.5, e=e, tau=0.3, Omega=20.0, w=w, i=60.0)
    return float(np.sum(ke.xyzVel(np.array([0.4, 0.9])) ** 2))


def angdist(r1, d1, r2, d2):
    return float(pyasl.getAngDist(r1, d1, r2, d2))


CASES = (
    # Class methods only.
    case(markley, 1.3, 0.4, name="markley"),
    case(planck, 5500.0, name="planck"),
    case(angdist, 112.0, 10.0, 100.0, 12.5, name="angular_distance"),
    # Np.zeros + setitem rows.
    case(ellipse, 1.2, 2.5, 0.3, 0.1, 20.0, 35.0, 60.0, name="kepler_ellipse"),
    case(velocity, 0.3, 35.0, name="kepler_velocity"),
)
