"""iapws: steam tables: sums over dicts of coefficient lists, objects with dozens of attributes."""

from iapws import IAPWS97
from iapws._iapws import _Viscosity
from iapws.iapws97 import _PSat_T, _Region1, _Region2

from tests.corpus import case


def region1_enthalpy(temperature, pressure):
    return _Region1(temperature, pressure)["h"] / 1000.0


def region2_entropy(temperature, pressure):
    d = _Region2(temperature, pressure)
    return d["s"] + d["v"]


def psat(temperature):
    return _PSat_T(temperature)


def viscosity(rho, temperature):
    return _Viscosity(rho, temperature) * 1e3


def state_object(temperature, pressure):
    w = IAPWS97(T=temperature, P=pressure)
    return w.rho / 1000.0 + w.mu * 1e3 + w.k


def turbine(p1, t1, p2):
    s1 = IAPWS97(T=t1, P=p1)
    s2 = IAPWS97(P=p2, s=s1.s)
    return (s1.h - s2.h) / 100.0


CASES = (
    case(psat, 450.0),
    # A dict of properties.
    case(region1_enthalpy, 320.0, 3.0),
    case(region2_entropy, 700.0, 3.0),
    case(viscosity, 998.0, 320.0),
    # Dispatch on keywords, attributes.
    case(state_object, 320.0, 3.0),
    # Forward and backward equations.
    case(turbine, 8.0, 780.0, 3.0),
)
