"""Derivatives of the incomplete gamma and beta functions in their parameters, which scipy does not have.

Both are sums of positive terms whose logarithms have simple derivatives, so the sum of the terms times those is
accurate to rounding error of the function itself.  Where few terms do not suffice, the upper tail of the gamma
function is integrated by Gauss and Laguerre's rule.
Source: NIST Digital Library of Mathematical Functions, 8.7.1, 8.17.8, 8.17.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.declare import partials
from bytegrad.rules.scipy.refusal import refused

SMALLEST_TERM = 1e-17
MOST_TERMS = 20_000
NODES, WEIGHTS = sp.roots_laguerre(64)


def gammainc_by_a(a: Any, x: Any) -> Any:
    """The derivative of ``gammainc(a, x)`` in `a`."""
    a, x = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(x, dtype=float))
    inside = (a > 0) & (x > 0) & np.isfinite(x)
    a_safe, x_safe = np.where(inside, a, 1.0), np.where(inside, x, 1.0)
    tail = x_safe > a_safe + 10 + 6 * np.sqrt(a_safe)
    near = _lower_gamma_by_a(a_safe, np.where(tail, a_safe, x_safe))
    slope = np.where(tail, -_upper_gamma_by_a(a_safe, np.where(tail, x_safe, a_safe + 10)), near)
    return np.where(inside, slope, 0.0)[()]


def _lower_gamma_by_a(a: Any, x: Any) -> Any:
    """By ``P(a, x) = x**a exp(-x) sum_k x**k / gamma(a + k + 1)``, term by term."""
    log_x = np.log(x)
    term = np.exp(a * log_x - x - sp.gammaln(a + 1))
    digamma = sp.psi(a + 1)
    total = term * (log_x - digamma)
    for k in range(1, MOST_TERMS):
        term = term * x / (a + k)
        digamma = digamma + 1 / (a + k)
        step = term * (log_x - digamma)
        total = total + step
        if np.all((np.abs(step) <= SMALLEST_TERM * np.abs(total)) & (a + k > x)):
            break
    return total


def _upper_gamma_by_a(a: Any, x: Any) -> Any:
    """By the integral of ``t**(a - 1) exp(-t) (log(t) - psi(a)) / gamma(a)`` from `x` on."""
    a, x = np.expand_dims(a, -1), np.expand_dims(x, -1)
    # exp(-scale * s) is about how fast the integrand falls
    scale = np.maximum(1 - (a - 1) / x, 0.1)
    t = x + NODES / scale
    log_integrand = (a - 1) * np.log(t) - t + NODES - sp.gammaln(a) - np.log(scale)
    return np.sum(WEIGHTS * np.exp(log_integrand) * (np.log(t) - sp.psi(a)), axis=-1)


partials(
    gammainc_by_a,
    "a x -> y",
    lambda a: refused("gammainc (second derivative)", "a"),
    lambda a, x: np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a)) * (np.log(x) - sp.psi(a)),
)


def betainc_by_a(a: Any, b: Any, x: Any) -> Any:
    """The derivative of ``betainc(a, b, x)`` in `a`."""
    return _betainc_slopes(a, b, x)[0]


def betainc_by_b(a: Any, b: Any, x: Any) -> Any:
    """The derivative of ``betainc(a, b, x)`` in `b`."""
    return _betainc_slopes(a, b, x)[1]


def _betainc_slopes(a: Any, b: Any, x: Any) -> tuple[Any, Any]:
    a, b, x = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (a, b, x)))
    inside = (a > 0) & (b > 0) & (x > 0) & (x < 1)
    a, b, x = np.where(inside, a, 1.0), np.where(inside, b, 1.0), np.where(inside, x, 0.5)
    # The series converges fast below the mean; above it 1 - I(b, a, 1 - x) is summed.
    above = x > (a + 1) / (a + b + 2)
    first, second = np.where(above, b, a), np.where(above, a, b)
    by_first, by_second = _lower_beta_slopes(first, second, np.where(above, 1 - x, x))
    by_a = np.where(above, -by_second, by_first)
    by_b = np.where(above, -by_first, by_second)
    return np.where(inside, by_a, 0.0)[()], np.where(inside, by_b, 0.0)[()]


def _lower_beta_slopes(a: Any, b: Any, x: Any) -> tuple[Any, Any]:
    """By ``I = x**a (1 - x)**b sum_n gamma(a + b + n) x**n / (gamma(a + n + 1) gamma(b))``, term by term."""
    log_x, log_rest = np.log(x), np.log1p(-x)
    term = np.exp(a * log_x + b * log_rest - sp.betaln(a, b) - np.log(a))
    both, first, second = sp.psi(a + b), sp.psi(a + 1), sp.psi(b)
    by_a = term * (log_x + both - first)
    by_b = term * (log_rest + both - second)
    for n in range(1, MOST_TERMS):
        term = term * x * (a + b + n - 1) / (a + n)
        both, first = both + 1 / (a + b + n - 1), first + 1 / (a + n)
        a_step, b_step = term * (log_x + both - first), term * (log_rest + both - second)
        by_a, by_b = by_a + a_step, by_b + b_step
        done = (np.abs(a_step) <= SMALLEST_TERM * np.abs(by_a)) & (np.abs(b_step) <= SMALLEST_TERM * np.abs(by_b))
        if np.all(done | (term == 0)):
            break
    return by_a, by_b


partials(
    betainc_by_a,
    "a b x -> y",
    lambda a: refused("betainc (second derivative)", "a"),
    lambda b: refused("betainc (second derivative)", "b"),
    lambda a, b, x: (
        np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b)) * (np.log(x) - sp.psi(a) + sp.psi(a + b))
    ),
)
partials(
    betainc_by_b,
    "a b x -> y",
    lambda a: refused("betainc (second derivative)", "a"),
    lambda b: refused("betainc (second derivative)", "b"),
    lambda a, b, x: (
        np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))
        * (np.log1p(-x) - sp.psi(b) + sp.psi(a + b))
    ),
)
