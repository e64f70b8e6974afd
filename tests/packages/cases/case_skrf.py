"""scikit-rf: microwave networks: complex arrays, property setters, einsum/linalg, operator ** for cascading."""

import numpy as np
import skrf as rf
from skrf.media import DefinedGammaZ0

from tests.corpus import case

freq = rf.Frequency(1.0, 2.0, 3, unit="ghz")


def s2z(a, b):
    s = np.array([[[0.1 + a * 1j, 0.6], [0.6, b - 0.1j]]])
    return float(np.sum(np.abs(rf.network.s2z(s, np.array([[50.0, 50.0]])))))


def cascade(R, L):
    med = DefinedGammaZ0(freq, z0=50.0)
    n = med.resistor(R) ** med.inductor(L * 1e-09)
    return float(np.sum(np.abs(n.s[:, 0, 1]) ** 2))


def line(th, z):
    med = DefinedGammaZ0(freq, z0=50.0, gamma=1j * freq.w / 299792458.0)
    n = med.line(th, "deg", z0=z) ** med.resistor(20.0) ** med.short()
    return float(np.sum(np.angle(n.s[:, 0, 0])))


def zin(g, l):
    return float(np.sum(np.abs(rf.tlineFunctions.zl_2_zin(50.0, g + 30j, 0.2 + l * 1j))))


CASES = (
    case(zin, 20.0, 0.4, name="zl_2_zin"),
    # Complex batched matrix inverse.
    case(s2z, 0.2, 0.3, name="s2z"),
    # Network objects with property setters.
    case(cascade, 35.0, 4.0, name="lumped_cascade"),
    # Renormalisation, angle.
    case(line, 40.0, 75.0, name="shorted_line"),
)
