"""geographiclib: Karney's geodesics in plain Python.

Newton loops, lists filled in place by index, classmethods, divmod and fmod tricks, error-free sums, Clenshaw series.
"""

from geographiclib.geodesic import Geodesic
from geographiclib.polygonarea import PolygonArea

from tests.corpus import case

EARTH = Geodesic.WGS84


def inverse(lat1, lon1, lat2, lon2):
    return EARTH.Inverse(lat1, lon1, lat2, lon2)["s12"] / 1000.0


def azimuth(lat1, lon1, lat2, lon2):
    return EARTH.Inverse(lat1, lon1, lat2, lon2)["azi1"]


def direct(lat, lon, azi, s12):
    r = EARTH.Direct(lat, lon, azi, s12 * 1000.0)
    return r["lat2"] + 0.1 * r["lon2"]


def ellipsoid(a, f):
    return Geodesic(a * 1e6, f).Inverse(10.0, 20.0, 40.0, 70.0)["s12"] / 1e6


def polygon_area(points):
    polygon = PolygonArea(EARTH)
    for lat, lon in points:
        polygon.AddPoint(lat, lon)
    return polygon.Compute()[2] / 1e9


def line_position(lat, lon, azi, s):
    return EARTH.Line(lat, lon, azi).Position(s * 1000.0)["azi2"]


CASES = (
    # A Newton solve for the azimuth.
    case(inverse, 41.0, -73.0, 51.5, 0.5),
    case(azimuth, 41.0, -73.0, 51.5, 0.5),
    case(direct, 41.0, -73.0, 53.0, 5500.0),
    # The gradient with respect to the ellipsoid: an object built inside.
    case(ellipsoid, 6.378137, 0.0033528),
    # Accumulator objects, mutated at each vertex.
    case(polygon_area, [[10.0, 10.0], [12.0, 20.0], [20.0, 21.0], [18.0, 9.0]]),
    case(line_position, 41.0, -73.0, 53.0, 5500.0),
)
