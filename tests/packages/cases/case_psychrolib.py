"""PsychroLib: plain Python psychrometrics: a module-global unit system, a Newton loop, range checks."""

import psychrolib

from tests.corpus import case

psychrolib.SetUnitSystem(psychrolib.SI)


def hum_ratio(t, rh, pressure):
    return psychrolib.GetHumRatioFromRelHum(t, rh, pressure) * 1e3


def enthalpy(t, rh, pressure):
    return psychrolib.GetMoistAirEnthalpy(t, psychrolib.GetHumRatioFromRelHum(t, rh, pressure)) / 1e3


def dew_point(t, rh):
    return psychrolib.GetTDewPointFromRelHum(t, rh)


def relhum_from_wetbulb(t, wet_bulb, pressure):
    return psychrolib.GetRelHumFromTWetBulb(t, wet_bulb, pressure)


def moist_volume(t, rh, altitude):
    ratio = psychrolib.GetHumRatioFromRelHum(t, rh, psychrolib.GetStandardAtmPressure(altitude))
    return psychrolib.GetMoistAirVolume(t, ratio, psychrolib.GetStandardAtmPressure(altitude))


CASES = (
    case(hum_ratio, 25.0, 0.6, 101325.0),
    case(enthalpy, 25.0, 0.6, 101325.0),
    # A Newton loop with a convergence test.
    case(dew_point, 25.0, 0.6),
    case(relhum_from_wetbulb, 25.0, 18.0, 101325.0),
    case(moist_volume, 25.0, 0.6, 500.0),
)
