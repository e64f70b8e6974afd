"""uncertainties: its own forward mode: differentiation through someone else's dual numbers."""

from uncertainties import ufloat, umath

from tests.corpus import case


def nominal(a, b):
    return (ufloat(a, 0.1) * ufloat(b, 0.2) + 3.0).nominal_value


def std_dev(a, b, sa, sb):
    return (ufloat(a, sa) / ufloat(b, sb) - ufloat(a, sa) ** 2).std_dev


def umath_std(a, sa):
    return umath.sin(ufloat(a, sa) * 2.0).std_dev


CASES = (
    # Wrapped operators.
    case(nominal, 1.3, 0.7),
    # Lazy linear combinations; a dict of variables keyed by object.
    case(std_dev, 1.3, 0.7, 0.1, 0.2),
    # Tables of derivatives, as lambdas.
    case(umath_std, 1.3, 0.1),
)
