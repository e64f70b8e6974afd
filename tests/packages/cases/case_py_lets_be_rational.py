"""py_lets_be_rational, as its users call it.

Pure Python Jaeckel implied volatility: many branches, while loops, rational functions, erfc by Cody.
"""

import py_lets_be_rational as lbr

from tests.corpus import case


def black(F, K, s, T):
    return lbr.black(F, K, s, T, 1.0)


def iv(price, F, K, T):
    return lbr.implied_volatility_from_a_transformed_rational_guess(price, F, K, T, 1.0)


def cdf(x):
    return lbr.norm_cdf(x)


def nb(x, s):
    return lbr.normalised_black(x, s, 1.0)


CASES = (
    case(cdf, 0.7, name="norm_cdf"),
    case(black, 100.0, 110.0, 0.3, 0.7, name="black"),
    case(nb, -0.1, 0.4, name="normalised_black"),
    # Two Householder steps, branches.
    case(iv, 6.0, 100.0, 110.0, 0.7, name="implied_vol"),
)
