"""Densities that are derivatives of distribution functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.scipy.incomplete import beta_density, betainc_by_a

SQRT_PI = math.sqrt(math.pi)


def poisson_mass(k: Any, m: Any) -> Any:
    """The probability of `k` events at the mean `m`."""
    return np.exp(sp.xlogy(k, m) - m - sp.gammaln(k + 1))


def f_density(dfn: Any, dfd: Any, x: Any) -> Any:
    """The density of the F distribution."""
    return beta_density(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) * dfn * dfd / (dfd + dfn * x) ** 2


def student_density(df: Any, t: Any) -> Any:
    """The density of Student's distribution."""
    return np.exp(-(df + 1) / 2 * np.log1p(t * t / df) - sp.betaln(df / 2, 0.5)) / np.sqrt(df)


def student_by_df(df: Any, t: Any) -> Any:
    """The derivative of Student's distribution function in the degrees of freedom."""
    # For t < 0 it is betainc(df / 2, 1 / 2, df / (df + t**2)) / 2, for t > 0 one minus that.
    u = df / (df + t * t)
    by_u = student_density(df, t) * t / (2 * df)
    return -np.sign(t) * betainc_by_a(df / 2, 0.5, u) / 4 - by_u


def voigt_slope(x: Any, sigma: Any, gamma: Any) -> Any:
    """The derivative of the Voigt profile, as the real part of an analytic function of ``x + i gamma``."""
    z = (x + 1j * gamma) / (sigma * math.sqrt(2))
    slope = 2j / SQRT_PI - 2 * z * sp.wofz(z)
    return slope / (2 * SQRT_PI * sigma * sigma)
