"""Derivatives of the incomplete gamma and beta functions in their parameters, which scipy does not have.

Both are sums of positive terms whose logarithms have simple derivatives, so the sum of the terms times those is
accurate to rounding error of the function itself.  Where few terms do not suffice, the upper tail of the gamma
function is integrated by Gauss and Laguerre's rule.
Source: NIST Digital Library of Mathematical Functions, 8.7.1, 8.17.8, 8.17.4.
"""

from __future__ import annotations

from collections.abc import Callable
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
    return _gammainc_slope(a, x, _first)


def gammainc_by_a_twice(a: Any, x: Any) -> Any:
    """The second derivative of ``gammainc(a, x)`` in `a`."""
    return _gammainc_slope(a, x, _second)


def _first(slope: Any, curvature: Any) -> Any:
    """The derivative of a term, over the term: `slope` and `curvature` are those of its logarithm."""
    return slope


def _second(slope: Any, curvature: Any) -> Any:
    """The second derivative of a term, over the term."""
    return slope**2 + curvature


def _gammainc_slope(a: Any, x: Any, order: Any) -> Any:
    a, x = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(x, dtype=float))
    inside = (a > 0) & (x > 0) & np.isfinite(x)
    a_safe, x_safe = np.where(inside, a, 1.0), np.where(inside, x, 1.0)
    tail = x_safe > a_safe + 10 + 6 * np.sqrt(a_safe)
    near = _lower_gamma_by_a(a_safe, np.where(tail, a_safe, x_safe), order)
    slope = np.where(tail, -_upper_gamma_by_a(a_safe, np.where(tail, x_safe, a_safe + 10), order), near)
    return np.where(inside, slope, 0.0)[()]


def _lower_gamma_by_a(a: Any, x: Any, order: Any) -> Any:
    """By ``P(a, x) = x**a exp(-x) sum_k x**k / gamma(a + k + 1)``, term by term."""
    log_x = np.log(x)
    term = np.exp(a * log_x - x - sp.gammaln(a + 1))
    digamma, trigamma = sp.psi(a + 1), sp.polygamma(1, a + 1)
    total = term * order(log_x - digamma, -trigamma)
    for k in range(1, MOST_TERMS):
        term = term * x / (a + k)
        digamma, trigamma = digamma + 1 / (a + k), trigamma - 1 / (a + k) ** 2
        step = term * order(log_x - digamma, -trigamma)
        total = total + step
        if np.all((np.abs(step) <= SMALLEST_TERM * np.abs(total)) & (a + k > x)):
            break
    return total


def _upper_gamma_by_a(a: Any, x: Any, order: Any) -> Any:
    """By the integral of ``t**(a - 1) exp(-t) / gamma(a)`` from `x` on, differentiated under the integral."""
    a, x = np.expand_dims(a, -1), np.expand_dims(x, -1)
    # exp(-scale * s) is about how fast the integrand falls
    scale = np.maximum(1 - (a - 1) / x, 0.1)
    t = x + NODES / scale
    log_integrand = (a - 1) * np.log(t) - t + NODES - sp.gammaln(a) - np.log(scale)
    return np.sum(WEIGHTS * np.exp(log_integrand) * order(np.log(t) - sp.psi(a), -sp.polygamma(1, a)), axis=-1)


def gamma_density(a: Any, x: Any) -> Any:
    """The density of the gamma distribution of shape `a` and scale 1."""
    return np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


partials(
    gammainc_by_a,
    "a x -> y",
    gammainc_by_a_twice,
    lambda a, x: gamma_density(a, x) * (np.log(x) - sp.psi(a)),
)
partials(
    gammainc_by_a_twice,
    "a x -> y",
    lambda a: refused("gammainc (third derivative)", "a"),
    lambda a, x: gamma_density(a, x) * ((np.log(x) - sp.psi(a)) ** 2 - sp.polygamma(1, a)),
)


def betainc_by_a(a: Any, b: Any, x: Any) -> Any:
    """The derivative of ``betainc(a, b, x)`` in `a`."""
    return _betainc_slope(a, b, x, (1, 0))


def betainc_by_b(a: Any, b: Any, x: Any) -> Any:
    """The derivative of ``betainc(a, b, x)`` in `b`."""
    return _betainc_slope(a, b, x, (0, 1))


def betainc_by_aa(a: Any, b: Any, x: Any) -> Any:
    """The second derivative of ``betainc(a, b, x)`` in `a`."""
    return _betainc_slope(a, b, x, (2, 0))


def betainc_by_ab(a: Any, b: Any, x: Any) -> Any:
    """The second derivative of ``betainc(a, b, x)`` in `a` and `b`."""
    return _betainc_slope(a, b, x, (1, 1))


def betainc_by_bb(a: Any, b: Any, x: Any) -> Any:
    """The second derivative of ``betainc(a, b, x)`` in `b`."""
    return _betainc_slope(a, b, x, (0, 2))


_TERMS: dict[tuple[int, int], Callable[..., Any]] = {
    (1, 0): lambda by_a, by_b, both, first, second: by_a,
    (0, 1): lambda by_a, by_b, both, first, second: by_b,
    (2, 0): lambda by_a, by_b, both, first, second: by_a**2 + both - first,
    (1, 1): lambda by_a, by_b, both, first, second: by_a * by_b + both,
    (0, 2): lambda by_a, by_b, both, first, second: by_b**2 + both - second,
}
"""By how many times in `a` and in `b`, the derivative of a term, over the term: by those of its logarithm."""


def _betainc_slope(a: Any, b: Any, x: Any, times: tuple[int, int]) -> Any:
    a, b, x = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (a, b, x)))
    inside = (a > 0) & (b > 0) & (x > 0) & (x < 1)
    a, b, x = np.where(inside, a, 1.0), np.where(inside, b, 1.0), np.where(inside, x, 0.5)
    # The series converges fast below the mean; above it 1 - I(b, a, 1 - x) is summed.
    above = x > (a + 1) / (a + b + 2)
    below = _lower_beta_slope(np.where(above, 1.0, a), np.where(above, 1.0, b), np.where(above, 0.1, x), times)
    mirrored = _lower_beta_slope(
        np.where(above, b, 1.0), np.where(above, a, 1.0), np.where(above, 1 - x, 0.1), times[::-1]
    )
    return np.where(inside, np.where(above, -mirrored, below), 0.0)[()]


def _lower_beta_slope(a: Any, b: Any, x: Any, times: tuple[int, int]) -> Any:
    """By ``I = x**a (1 - x)**b sum_n gamma(a + b + n) x**n / (gamma(a + n + 1) gamma(b))``, term by term."""
    log_x, log_rest = np.log(x), np.log1p(-x)
    term = np.exp(a * log_x + b * log_rest - sp.betaln(a, b) - np.log(a))
    both, first, second = _polygammas(a + b), _polygammas(a + 1), _polygammas(b)
    total, derivative = np.zeros_like(x), _TERMS[times]
    for n in range(MOST_TERMS):
        if n > 0:
            term = term * x * (a + b + n - 1) / (a + n)
            both, first = _next_polygammas(both, a + b + n - 1), _next_polygammas(first, a + n)
        by_a, by_b = log_x + both[0] - first[0], log_rest + both[0] - second[0]
        step = term * derivative(by_a, by_b, both[1], first[1], second[1])
        total = total + step
        if n > 0 and np.all((np.abs(step) <= SMALLEST_TERM * np.abs(total)) | (term == 0)):
            break
    return total


def _polygammas(z: Any) -> tuple[Any, Any]:
    """The first and the second derivative of the logarithm of ``gamma(z)``."""
    return sp.psi(z), sp.polygamma(1, z)


def _next_polygammas(at: tuple[Any, Any], z: Any) -> tuple[Any, Any]:
    """Those at `z` + 1, of those at `z`."""
    return at[0] + 1 / z, at[1] - 1 / z**2


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """The density of the beta distribution."""
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


def _density_by_a(a: Any, b: Any, x: Any) -> Any:
    """The derivative of the logarithm of the density in `a`."""
    return np.log(x) - sp.psi(a) + sp.psi(a + b)


def _density_by_b(a: Any, b: Any, x: Any) -> Any:
    """The derivative of the logarithm of the density in `b`."""
    return np.log1p(-x) - sp.psi(b) + sp.psi(a + b)


partials(
    betainc_by_a,
    "a b x -> y",
    betainc_by_aa,
    betainc_by_ab,
    lambda a, b, x: beta_density(a, b, x) * _density_by_a(a, b, x),
)
partials(
    betainc_by_b,
    "a b x -> y",
    betainc_by_ab,
    betainc_by_bb,
    lambda a, b, x: beta_density(a, b, x) * _density_by_b(a, b, x),
)


partials(
    betainc_by_aa,
    "a b x -> y",
    lambda a: refused("betainc (third derivative)", "a"),
    lambda b: refused("betainc (third derivative)", "b"),
    lambda a, b, x: beta_density(a, b, x) * (_density_by_a(a, b, x) ** 2 + sp.polygamma(1, a + b) - sp.polygamma(1, a)),
)
partials(
    betainc_by_ab,
    "a b x -> y",
    lambda a: refused("betainc (third derivative)", "a"),
    lambda b: refused("betainc (third derivative)", "b"),
    lambda a, b, x: beta_density(a, b, x) * (_density_by_a(a, b, x) * _density_by_b(a, b, x) + sp.polygamma(1, a + b)),
)
partials(
    betainc_by_bb,
    "a b x -> y",
    lambda a: refused("betainc (third derivative)", "a"),
    lambda b: refused("betainc (third derivative)", "b"),
    lambda a, b, x: beta_density(a, b, x) * (_density_by_b(a, b, x) ** 2 + sp.polygamma(1, a + b) - sp.polygamma(1, b)),
)
