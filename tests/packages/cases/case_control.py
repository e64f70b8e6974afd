"""python-control, as its users call it.

LTI system classes, polynomial arithmetic with numpy arrays of arrays, expm-based responses, Riccati equations.
"""

import control as ct
import numpy as np

from tests.corpus import case


def dcgain(k, a, b):
    return float(ct.dcgain(ct.feedback(ct.tf([k], [1.0, a, b]), 1)))


def mag(k, a, w):
    return float(np.abs(ct.tf([k, 1.0], [1.0, a, 2.0])(1j * w)))


def pole(a, b):
    p = ct.poles(ct.ss([[0.0, 1.0], [-b, -a]], [[0.0], [1.0]], [[1.0, 0.0]], 0))
    return float(np.sum(p.real**2 + p.imag**2))


def step(k, a):
    t, y = ct.step_response(ct.ss([[0.0, 1.0], [-2.0, -a]], [[0.0], [k]], [[1.0, 0.0]], 0), np.linspace(0, 2, 6))
    return float(np.sum(y))


def lqr(q, r):
    K, S, E = ct.lqr(np.array([[0.0, 1.0], [-2.0, -0.5]]), np.array([[0.0], [1.0]]), np.diag([q, 1.0]), np.array([[r]]))
    return float(np.sum(K))


def discrete(a):
    sysd = ct.ss([[a, 0.1], [0.0, 0.8]], [[0.0], [1.0]], [[1.0, 0.0]], 0, dt=0.1)
    t, y = ct.forced_response(sysd, inputs=np.array([1.0, 0.5, 0.2, 0.0, 0.0, 0.0]))
    return float(np.sum(y))


CASES = (
    # Complex polyval, object arrays.
    case(mag, 3.0, 0.7, 1.3, name="tf_magnitude"),
    # Polynomial convolution.
    case(dcgain, 3.0, 0.7, 2.0, name="dcgain_feedback"),
    # Time loop with setitem.
    case(discrete, 0.9, name="discrete_response"),
    # Scipy.linalg.expm.
    case(step, 1.3, 0.6, name="step_response"),
    # Eigvals.
    case(pole, 0.6, 2.0, name="poles"),
    # Riccati: ordered Schur (C/LAPACK), needs an adjoint rule.
    case(lqr, 2.0, 0.5, name="lqr"),
)
