"""numpy.polynomial, which is Python over arrays, and numpy's own helpers at that level."""

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.polynomial import legendre as legendre_series

from tests.corpus import case

X = np.array([0.0, 0.5, 1.1, 1.6, 2.0])
Y = np.array([0.3, 0.9, 0.4, 1.7, 2.2])


def polynomial_deriv(c, t):
    return Polynomial(c)(t) + Polynomial(c).deriv()(t)


def chebyshev_mul_integ(c):
    return float((Chebyshev(c) * Chebyshev(c)).integ()(0.4))


def legval(c, t):
    return float(legendre_series.legval(t, c))


def polyfit(y):
    return float(np.polyval(np.polyfit(X, y, 2), 0.9))


def roots(a, b):
    return float(np.max(np.roots([1.0, a, b]).real))


def gradient(y):
    return float(np.sum(np.gradient(y, X) ** 2))


def cov_corrcoef(a, b):
    return float(np.cov(a, b)[0, 1] + np.corrcoef(a, b)[0, 1])


def vectorize(a):
    return float(np.sum(np.vectorize(lambda u: u * u if u > 0.5 else 3 * u)(a)))


def percentile(a):
    return float(np.percentile(a, 35.0))


CASES = (
    # ABCPolyBase.
    case(polynomial_deriv, np.array([0.3, -0.7, 1.1]), 0.6),
    # A Clenshaw loop.
    case(legval, np.array([0.3, -0.7, 1.1, 0.2]), 0.6),
    # Operators, convolve, item assignment.
    case(chebyshev_mul_integ, np.array([0.3, -0.7, 1.1])),
    # out[tuple(slice)] = ...
    case(gradient, Y),
    # X -= avg in place.
    case(cov_corrcoef, Y, Y[::-1] ** 2),
    # frompyfunc: object arrays.
    case(vectorize, Y),
    # partition in C; lerp with out=.
    case(percentile, Y),
    # lstsq.
    case(polyfit, Y),
    # Eigenvalues of the companion matrix.
    case(roots, 0.5, -2.0),
)
