"""pygeodesy, as its users call it.

Very large pure Python geodesy tool kit; subclassed floats, properties, named tuples, validators everywhere.
"""

from pygeodesy import formy
from pygeodesy import utm as utmm
from pygeodesy.ellipsoidalVincenty import LatLon as LLV
from pygeodesy.sphericalTrigonometry import LatLon as LLS

from tests.corpus import case


def haversine(lat1, lon1, lat2, lon2):
    return formy.haversine(lat1, lon1, lat2, lon2) / 1000.0


def vincenty(lat1, lon1, lat2, lon2):
    return LLV(lat1, lon1).distanceTo(LLV(lat2, lon2)) / 1000.0


def spherical(lat1, lon1, d, b):
    return LLS(lat1, lon1).destination(d * 1000.0, b).lat


def utm(lat, lon):
    return utmm.toUtm8(lat, lon).easting / 1000.0


def ecef(lat, lon, h):
    from pygeodesy import Ellipsoids
    from pygeodesy.ecef import EcefKarney

    r = EcefKarney(Ellipsoids.WGS84).forward(lat, lon, h)
    return (r.x + 0.5 * r.y - r.z) / 1000000.0


def cosine_law(lat1, lon1, lat2, lon2):
    return formy.cosineLaw(lat1, lon1, lat2, lon2) / 1000.0


a = (41.0, -73.0, 51.5, 0.5)

CASES = (
    case(haversine, *a, name="haversine"),
    case(cosine_law, *a, name="cosine_law"),
    # Iteration with tolerance; objects.
    case(vincenty, *a, name="vincenty"),
    case(spherical, 41.0, -73.0, 500.0, 53.0, name="spherical_destination"),
    # Krueger series, classes.
    case(utm, 52.2, 5.3, name="utm_easting"),
    case(ecef, 52.2, 5.3, 120.0, name="ecef"),
)
