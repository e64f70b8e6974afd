"""Python's own standard library as the unmodified third party."""

import cmath
import collections
import colorsys
import contextlib
import copy
import dataclasses
import functools
import heapq
import itertools
import math
import operator
import random
import statistics
import types

from tests.corpus import case


def colorsys_yiq(r, g, b):
    return colorsys.rgb_to_yiq(r, g, b)[1]


def colorsys_hls(r, g, b):
    hue, lightness, saturation = colorsys.rgb_to_hls(r, g, b)
    return hue + 2 * lightness + 3 * saturation


def colorsys_hsv_to_rgb(h, s, v):
    r, g, b = colorsys.hsv_to_rgb(h, s, v)
    return r + 2 * g + 3 * b


def normaldist(mu, sigma, x):
    d = statistics.NormalDist(mu, sigma)
    return d.pdf(x) + d.cdf(x) + d.overlap(statistics.NormalDist(0.1, 1.0))


def complex_math(x, y):
    z = cmath.sqrt(complex(x, y)) * cmath.exp(complex(0.0, x))
    return z.real + cmath.phase(z) + abs(z)


def math_vector(p, q):
    return math.dist(p, q) + math.hypot(*p) + math.fsum(p) + math.prod(q)


def fmean_geomean(xs):
    return statistics.fmean(xs) + statistics.geometric_mean(xs)


def linear_regression(x, y):
    slope, intercept = statistics.linear_regression(x, y)
    return slope + 0.5 * intercept


def correlation(x, y):
    return statistics.correlation(x, y)


def functools_itertools(xs):
    a = functools.reduce(lambda s, t: s * 0.5 + t * t, xs, 1.0)
    b = sum(itertools.accumulate(xs, operator.mul))
    c = sum(x * y for x, y in itertools.pairwise(xs)) + sum(itertools.starmap(pow, zip(xs, (2, 3, 2))))
    return a + b + c


def heapq_sorted(xs):
    h = list(xs)
    heapq.heapify(h)
    a = heapq.heappop(h)
    heapq.heappush(h, a * a + 1.0)
    return heapq.heappop(h) * 2 + heapq.nlargest(2, xs)[1] + sorted(xs, key=lambda t: -t)[0] * a


def random_reparam(mu, sigma):
    g = random.Random(5)
    return g.gauss(mu, sigma) + g.uniform(mu, sigma) + g.triangular(0.0, mu, sigma)


@dataclasses.dataclass
class Vector:
    x: float
    y: float = 2.0

    def norm(self):
        return math.sqrt(self.x**2 + self.y**2)


def dataclasses_copy(x, y):
    p = dataclasses.replace(Vector(x), y=y)
    q = copy.deepcopy(p)
    q.x *= 3
    d = dataclasses.asdict(q)
    return p.norm() + d["x"] * d["y"] + sum(dataclasses.astuple(p))


def containers(x, y):
    named = collections.namedtuple("named", "a b")(x, y)
    queue = collections.deque([named.a, named.b], maxlen=2)
    queue.append(named.a * named.b)
    chained = collections.ChainMap({"u": queue[0]}, {"v": queue[1]})
    sums = collections.defaultdict(float)
    for k, v in (("p", x), ("p", y), ("q", x * x)):
        sums[k] += v
    namespace = types.SimpleNamespace(z=chained["u"] * chained["v"])
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: None)
        out = namespace.z + sums["p"] * sums["q"] + functools.partial(pow, named.a)(3)
    return out + operator.itemgetter(1)(named) + operator.attrgetter("z")(namespace)


def statistics_exact(x):
    return statistics.variance(x) + statistics.mean(x)


NUMBERS = [0.7, 1.9, 1.2]
CASES = (
    case(colorsys_yiq, 0.8, 0.3, 0.2),
    # Branches of min and max, a modulo.
    case(colorsys_hls, 0.8, 0.3, 0.25),
    # int() of a float, % 6.
    case(colorsys_hsv_to_rgb, 0.35, 0.6, 0.8),
    # erf, slots, properties.
    case(normaldist, 0.3, 1.2, 0.9),
    case(complex_math, 0.7, -1.1, name="cmath"),
    case(math_vector, NUMBERS, [0.3, 0.4, 2.0]),
    # fsum over a generator and over a map.
    case(fmean_geomean, NUMBERS),
    # sumprod since 3.12, sums of generators before.
    case(linear_regression, [0.0, 1.0, 2.0], NUMBERS),
    case(correlation, [0.0, 1.5, 2.0], NUMBERS),
    case(functools_itertools, NUMBERS),
    # Values travel through C containers and comparisons.
    case(heapq_sorted, NUMBERS),
    # Plain Python formulas over C's random().
    case(random_reparam, 0.3, 1.2),
    # deepcopy, replace, asdict, an __init__ made by exec.
    case(dataclasses_copy, 0.7, 1.3),
    case(containers, 0.7, 1.3),
    # mean and variance go through as_integer_ratio and exact arithmetic on ints: a rule or an error, never 0.
    case(statistics_exact, NUMBERS),
)
