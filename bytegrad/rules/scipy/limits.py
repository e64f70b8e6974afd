"""Derivatives of special functions at points where their plain formulas are 0 / 0 or not finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.scipy.refusal import refused


def divided(a: Any, b: Any) -> Any:
    """``a / b``, and 0 where `b` is 0: for the branch that is not taken there."""
    zero = np.equal(b, 0)
    return np.where(zero, 0.0, a / np.where(zero, 1.0, b))


def exprel_slope(x: Any, y: Any) -> Any:
    """The derivative of ``y = (exp(x) - 1) / x``: ``(exp(x) - y) / x``, by its series near 0."""
    near = np.less(np.abs(x), 0.1)
    series = 1 / 2 + x * (1 / 3 + x * (1 / 8 + x * (1 / 30 + x * (1 / 144 + x * (1 / 840 + x * (1 / 5760))))))
    return np.where(near, series, (np.exp(x) - y) / np.where(near, 1.0, x))


def spence_slope(x: Any) -> Any:
    """The derivative of `spence`, ``log(x) / (1 - x)``, which is -1 at 1."""
    near = np.equal(x, 1)
    return np.where(near, 0.5 * (x - 1) - 1, np.log(np.where(near, 1.0, x)) / np.where(near, 1.0, 1 - x))


def rgamma_slope(x: Any, y: Any) -> Any:
    """The derivative of ``1 / gamma(x)``, which at the poles -n of gamma is ``(-1)**n * n!``."""
    pole = np.equal(y, 0) & np.less_equal(np.real(x), 0)
    safe = np.where(pole, 1.0, x)
    n = np.where(pole, -np.real(x), 0.0)
    return np.where(pole, np.cos(np.pi * n) * sp.gamma(n + 1), -y * sp.psi(safe))


def trigamma(x: Any) -> Any:
    """The derivative of the digamma function of real numbers."""
    return refused("psi", "complex x") if np.iscomplexobj(x) else sp.polygamma(1, x)


def regular_quotient(a: Any, b: Any, limit: Any) -> Any:
    """``a / b``, and `limit` where `b` is 0."""
    zero = np.equal(b, 0)
    return np.where(zero, limit, a / np.where(zero, 1.0, b))
