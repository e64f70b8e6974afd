"""yieldcurves, as its users call it.

Curve adapters built from operators (function objects composed by +, *), lambdas, __getattr__ forwarding,
interpolation classes.
"""

from yieldcurves import YieldCurve
from yieldcurves.nelsonsiegel import spot_rate

from tests.corpus import case


def ns(b0, b1, b2, tau):
    return float(spot_rate(3.0, beta0=b0, beta1=b1, beta2=b2, tau1=tau)) * 100


def df(r):
    c = YieldCurve(lambda t: r + 0.01 * t)
    return c.df(0.5, 2.5) * 10


def swap(rates):
    c = YieldCurve.from_interpolation([1.0, 2.0, 5.0, 10.0], rates)
    return c.swap(4.0) * 100


def zero(r):
    return YieldCurve(r).zero(1.0, 3.0) * 100


CASES = (
    # Float or callable dispatch.
    case(zero, 0.031, name="zero_rate"),
    case(df, 0.02, name="discount_factor"),
    case(ns, 0.03, -0.01, 0.02, 2.0, name="nelson_siegel"),
    # Interpolation + annuity loops.
    case(swap, [0.01, 0.015, 0.02, 0.024], name="swap_rate"),
)
