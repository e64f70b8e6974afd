"""geopy, as its users call it.

Geodesic distance through geographiclib and operator-overloaded Distance objects; Point parses/normalises floats.
"""

from geopy.distance import geodesic, great_circle

from tests.corpus import case


def geod(p, q):
    return geodesic(p, q).km


def gc(p, q):
    return great_circle(p, q).miles


def total(p, q, r):
    return (geodesic(p, q) + geodesic(q, r)).meters / 100000.0


def dest(lat, lon, d, b):
    return great_circle(kilometers=d).destination((lat, lon), b).latitude


CASES = (
    # Point.__new__ with float() conversions.
    case(gc, (41.49, -71.31), (41.5, -81.69), name="great_circle"),
    # Delegates to geographiclib.
    case(geod, (41.49, -71.31), (41.5, -81.69), name="geodesic"),
    # __add__ on Distance objects.
    case(total, (41.49, -71.31), (41.5, -81.69), (39.0, -90.0), name="path_sum"),
    case(dest, 41.49, -71.31, 500.0, 35.0, name="destination"),
)
