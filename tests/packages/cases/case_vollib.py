"""vollib over py_lets_be_rational (pure Python rational approximations)."""

from vollib.black import black
from vollib.black_scholes import black_scholes
from vollib.black_scholes.greeks import analytical
from vollib.black_scholes.implied_volatility import implied_volatility

from tests.corpus import case


def bs(S, K, t, r, s):
    return black_scholes("c", S, K, t, r, s)


def vega(S, K, t, r, s):
    return analytical.vega("c", S, K, t, r, s)


def iv(price, S, K, t, r):
    return implied_volatility(price, S, K, t, r, "c")


def bl(F, K, t, r, s):
    return black("p", F, K, t, r, s)


CASES = (
    # May dispatch to the C lets_be_rational if installed: record says which.
    case(bs, 100.0, 95.0, 0.5, 0.02, 0.25, name="black_scholes"),
    case(vega, 100.0, 95.0, 0.5, 0.02, 0.25, name="vega"),
    case(bl, 100.0, 95.0, 0.5, 0.02, 0.25, name="black_put"),
    # Householder iteration.
    case(iv, 11.0, 100.0, 95.0, 0.5, 0.02, name="implied_vol"),
)
