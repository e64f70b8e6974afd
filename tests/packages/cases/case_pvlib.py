"""pvlib: solar irradiance models in numpy/pandas-agnostic Python."""

import numpy as np
from pvlib import atmosphere, iam, irradiance, pvsystem, singlediode, temperature

from tests.corpus import case


def haydavies(tilt, dhi, dni, zen):
    return irradiance.haydavies(tilt, 180.0, dhi, dni, 1360.0, zen, 190.0)


def klucher(tilt, dhi, ghi, zen):
    return float(irradiance.klucher(tilt, 180.0, dhi, ghi, zen, 190.0))


def cell(poa, ta, ws):
    return temperature.sapm_cell(poa, ta, ws, a=-3.47, b=-0.0594, deltaT=3.0)


def iamp(aoi, n):
    return float(iam.physical(aoi, n=n))


def airmass(z, p):
    return float(atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(z), p))


def bishop(v, IL, I0, Rs, Rsh, nNsVth):
    return float(
        singlediode.bishop88_i_from_v(
            np.array([v]),
            np.array([IL]),
            np.array([I0]),
            np.array([Rs]),
            np.array([Rsh]),
            np.array([nNsVth]),
            method="newton",
        )[0]
    )


def lambertw(v, IL, I0, Rs, Rsh, nNsVth):
    return float(pvsystem.i_from_v(v, IL, I0 * 1e-09, Rs, Rsh, nNsVth, method="lambertw"))


def perez(tilt, zen, dhi, dni):
    am = atmosphere.get_relative_airmass(zen)
    return float(irradiance.perez(tilt, 180.0, dhi, dni, 1360.0, zen, 190.0, am))


CASES = (
    case(cell, 900.0, 20.0, 3.0, name="sapm_cell_temperature"),
    # Np.maximum, cosd/sind helpers.
    case(haydavies, 30.0, 100.0, 800.0, 40.0, name="haydavies"),
    # Try: F.fillna except AttributeError: np.where; np.errstate.
    case(klucher, 30.0, 100.0, 700.0, 40.0, name="klucher"),
    # Np.where over branches, errstate.
    case(iamp, 55.0, 1.526, name="iam_physical"),
    case(airmass, 60.0, 98000.0, name="airmass"),
    # Np.digitize bins, coefficient table.
    case(perez, 30.0, 40.0, 100.0, 800.0, name="perez"),
    # Scipy.optimize.newton (Python) inside.
    case(bishop, 12.0, 7.0, 1e-06, 0.1, 20.0, 0.9, name="singlediode_newton"),
    # Scipy.special.lambertw, masks with setitem.
    case(lambertw, 0.45, 6.0, 1.0, 0.01, 50.0, 0.026, name="singlediode_lambertw"),
)
