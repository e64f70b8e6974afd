"""PyFENG: option models as attrs classes over numpy; FFT pricing, scipy.stats/special."""

import numpy as np
import pyfeng as pf

from tests.corpus import case


def bsm(s, S, K, T):
    return float(pf.Bsm(s, intr=0.02).price(K, S, T))


def sabr(s, vov, rho, K):
    return float(pf.SabrHagan2002(s, vov=vov, rho=rho, beta=0.5).price(K, 100.0, 1.0))


def norm(s, K):
    return np.sum(pf.Norm(s).price(np.array([90.0, 100.0, 110.0]) + K, 100.0, 1.2))


def heston(s, vov, rho, mr):
    return float(pf.HestonFft(s, vov=vov, rho=rho, mr=mr, theta=0.05).price(np.array([105.0]), 100.0, 1.0)[0])


def kirk(s1, s2, rho):
    return float(pf.BsmSpreadKirk(np.array([s1, s2]), rho=rho).price(5.0, np.array([100.0, 96.0]), 1.0))


def cev(s, b):
    return float(pf.Cev(s, beta=b).price(105.0, 100.0, 1.0))


CASES = (
    # Attrs classes, scipy.stats.norm cdf.
    case(bsm, 0.2, 100.0, 105.0, 1.2, name="bsm"),
    case(norm, 20.0, 1.0, name="normal_model"),
    case(kirk, 0.2, 0.3, 0.4, name="spread_kirk"),
    case(sabr, 2.0, 0.5, -0.25, 105.0, name="sabr_hagan"),
    # Complex characteristic function, scipy.fft, interpolation.
    case(heston, 0.04, 0.5, -0.5, 1.5, name="heston_fft"),
)
