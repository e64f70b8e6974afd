"""Orthogonal polynomials and spherical harmonics of `scipy.special`; there is no derivative in the degree.

The derivative of a polynomial of degree n is one of degree n - 1 of a neighbouring family, so it is finite at the
ends of the interval too.  Source: NIST Digital Library of Mathematical Functions, 18.9, 14.10, 14.30.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.declare import adjoint, partials
from bytegrad.rules.numpy.broadcast import project
from bytegrad.rules.scipy.refusal import refused


def lower(n: Any) -> Any:
    """The degree below `n`, or 0 if that is whole: the polynomial of degree -1 is undefined, and its factor 0."""
    below = np.subtract(n, 1)
    whole = np.equal(below, np.floor(below))
    below = np.where(whole, np.maximum(below, 0), below)
    return below.astype(int) if np.all(whole) else below


partials(
    sp.eval_legendre,
    "n x -> y",
    lambda n: refused("eval_legendre", "n"),
    lambda n, x: np.not_equal(n, 0) * sp.eval_gegenbauer(lower(n), 1.5, x),
)
partials(
    sp.eval_sh_legendre,
    "n x -> y",
    lambda n: refused("eval_sh_legendre", "n"),
    lambda n, x: 2 * np.not_equal(n, 0) * sp.eval_gegenbauer(lower(n), 1.5, 2 * x - 1),
)
partials(
    sp.eval_chebyt,
    "n x -> y",
    lambda n: refused("eval_chebyt", "n"),
    lambda n, x: n * sp.eval_chebyu(lower(n), x),
)
partials(
    sp.eval_chebyu,
    "n x -> y",
    lambda n: refused("eval_chebyu", "n"),
    lambda n, x: 2 * np.not_equal(n, 0) * sp.eval_gegenbauer(lower(n), 2.0, x),
)
partials(
    sp.eval_chebyc,
    "n x -> y",
    lambda n: refused("eval_chebyc", "n"),
    lambda n, x: n * sp.eval_chebys(lower(n), x),
)
partials(
    sp.eval_chebys,
    "n x -> y",
    lambda n: refused("eval_chebys", "n"),
    lambda n, x: np.not_equal(n, 0) * sp.eval_gegenbauer(lower(n), 2.0, x / 2),
)
partials(
    sp.eval_sh_chebyt,
    "n x -> y",
    lambda n: refused("eval_sh_chebyt", "n"),
    lambda n, x: 2 * n * sp.eval_chebyu(lower(n), 2 * x - 1),
)
partials(
    sp.eval_sh_chebyu,
    "n x -> y",
    lambda n: refused("eval_sh_chebyu", "n"),
    lambda n, x: 4 * np.not_equal(n, 0) * sp.eval_gegenbauer(lower(n), 2.0, 2 * x - 1),
)
partials(
    sp.eval_hermite,
    "n x -> y",
    lambda n: refused("eval_hermite", "n"),
    lambda n, x: 2 * n * sp.eval_hermite(lower(n), x),
)
partials(
    sp.eval_hermitenorm,
    "n x -> y",
    lambda n: refused("eval_hermitenorm", "n"),
    lambda n, x: n * sp.eval_hermitenorm(lower(n), x),
)
partials(
    sp.eval_laguerre,
    "n x -> y",
    lambda n: refused("eval_laguerre", "n"),
    lambda n, x: -1.0 * np.not_equal(n, 0) * sp.eval_genlaguerre(lower(n), 1.0, x),
)
partials(
    sp.eval_genlaguerre,
    "n alpha x -> y",
    lambda n: refused("eval_genlaguerre", "n"),
    lambda alpha: refused("eval_genlaguerre", "alpha"),
    lambda n, alpha, x: -1.0 * np.not_equal(n, 0) * sp.eval_genlaguerre(lower(n), alpha + 1.0, x),
)
partials(
    sp.eval_gegenbauer,
    "n alpha x -> y",
    lambda n: refused("eval_gegenbauer", "n"),
    lambda alpha: refused("eval_gegenbauer", "alpha"),
    lambda n, alpha, x: 2 * alpha * np.not_equal(n, 0) * sp.eval_gegenbauer(lower(n), alpha + 1.0, x),
)
partials(
    sp.eval_jacobi,
    "n alpha beta x -> y",
    lambda n: refused("eval_jacobi", "n"),
    lambda alpha: refused("eval_jacobi", "alpha"),
    lambda beta: refused("eval_jacobi", "beta"),
    lambda n, alpha, beta, x: (
        (n + alpha + beta + 1) / 2 * np.not_equal(n, 0) * sp.eval_jacobi(lower(n), alpha + 1.0, beta + 1.0, x)
    ),
)
partials(
    sp.eval_sh_jacobi,
    "n p q x -> y",
    lambda n: refused("eval_sh_jacobi", "n"),
    lambda p: refused("eval_sh_jacobi", "p"),
    lambda q: refused("eval_sh_jacobi", "q"),
    lambda n, p, q, x: n * sp.eval_sh_jacobi(lower(n), p + 2.0, q + 1.0, x),
)
partials(
    sp.lpmv,
    "m v x -> y",
    lambda m: refused("lpmv", "m"),
    lambda v: refused("lpmv", "v"),
    lambda m, v, x, y: (v * x * y - (v + m) * sp.lpmv(m, v - 1, x)) / (x * x - 1),
)


@adjoint(sp.sph_harm_y)
def sph_harm_y_rule(n: Any, m: Any, theta: Any, phi: Any, *, diff_n: int = 0) -> Any:
    """The slopes in both angles, of the values alone (``diff_n=0``); not at the poles, where phi is undefined."""
    if diff_n:
        return NotImplemented
    y = sp.sph_harm_y(n, m, theta, phi)

    def sph_harm_y_pullback(y_bar: Any) -> Any:
        above = np.sqrt((n - m) * (n + m + 1.0)) * np.exp(-1j * phi) * sp.sph_harm_y(n, m + 1, theta, phi)
        by_theta = m / np.tan(theta) * y + above
        theta_bar = project(y_bar * np.conjugate(by_theta), theta)
        phi_bar = project(y_bar * np.conjugate(1j * m * y), phi)
        return refused("sph_harm_y", "n"), refused("sph_harm_y", "m"), theta_bar, phi_bar

    return y, sph_harm_y_pullback
