"""astral: solar position in plain Python and math, with datetime arithmetic in the outer layer."""

import datetime

from astral import Observer, SunDirection, sun

from tests.corpus import case

WHEN = datetime.datetime(2024, 5, 1, 15, 30, tzinfo=datetime.UTC)


def declination(century):
    return sun.sun_declination(century)


def eq_of_time(century):
    return sun.eq_of_time(century)


def hour_angle(lat, dec, zen):
    return sun.hour_angle(lat, dec, zen, SunDirection.RISING)


def zenith(lat, lon):
    return sun.zenith(Observer(lat, lon, 0.0), WHEN, with_refraction=False)


def zenith_azimuth_refraction(lat, lon):
    z, a = sun.zenith_and_azimuth(Observer(lat, lon, 0.0), WHEN, with_refraction=True)
    return z + 0.1 * a


CASES = (
    case(declination, 0.243),
    case(eq_of_time, 0.243),
    case(hour_angle, 51.5, 15.2, 90.833),
    # A dataclass Observer, whose __setattr__ validates and converts.
    case(zenith, 51.5, -0.1),
    case(zenith_azimuth_refraction, 51.5, -0.1),
)
