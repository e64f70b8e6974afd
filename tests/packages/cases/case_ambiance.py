"""ambiance: the ICAO standard atmosphere: a class with arrays for state, masks, np.where layers."""

import numpy as np
from ambiance import Atmosphere

from tests.corpus import case


def density(h):
    return float(Atmosphere(h).density[0])


def speed_of_sound(h):
    return float(Atmosphere(h).speed_of_sound[0]) / 100.0


def profile(h):
    a = Atmosphere(h)
    return np.sum(a.pressure * a.kinematic_viscosity)


def geopotential(h):
    return np.sum(Atmosphere.geom2geop_height(h)) / 1e3


CASES = (
    # A static method.
    case(geopotential, 9000.0),
    # A float becomes a one-element array; digitize into layers.
    case(density, 9000.0),
    case(speed_of_sound, 8500.0),
    # Writes through masks.
    case(profile, np.array([2000.0, 13000.0, 25000.0])),
)
