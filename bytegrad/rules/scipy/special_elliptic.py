"""Elliptic integrals of `scipy.special`, in the parameter m; at m = 0 their derivatives are the limits.

Source: NIST Digital Library of Mathematical Functions, 19.4, 19.18, 19.8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.declare import partials
from bytegrad.rules.scipy.limits import regular_quotient
from bytegrad.rules.scipy.refusal import refused

partials(sp.ellipk, "m -> y", lambda m, y: regular_quotient(sp.ellipe(m) / (1 - m) - y, 2 * m, np.pi / 8))
partials(sp.ellipkm1, "p -> y", lambda p, y: -regular_quotient(sp.ellipe(1 - p) / p - y, 2 * (1 - p), np.pi / 8))
partials(sp.ellipe, "m -> y", lambda m, y: regular_quotient(y - sp.ellipk(m), 2 * m, -np.pi / 8))


def incomplete_root(phi: Any, m: Any) -> Any:
    """``sqrt(1 - m sin(phi)**2)``."""
    return np.sqrt(1 - m * np.sin(phi) ** 2)


def first_kind_by_m(phi: Any, m: Any, y: Any) -> Any:
    """The derivative of ``y = ellipkinc(phi, m)`` in `m`."""
    arc = np.sin(2 * phi)
    numerator = sp.ellipeinc(phi, m) - (1 - m) * y - m * arc / (2 * incomplete_root(phi, m))
    return regular_quotient(numerator, 2 * m * (1 - m), (2 * phi - arc) / 8)


partials(
    sp.ellipkinc,
    "phi m -> y",
    lambda phi, m: 1 / incomplete_root(phi, m),
    lambda phi, m, y: first_kind_by_m(phi, m, y),
)
partials(
    sp.ellipeinc,
    "phi m -> y",
    lambda phi, m: incomplete_root(phi, m),
    lambda phi, m, y: regular_quotient(y - sp.ellipkinc(phi, m), 2 * m, -(2 * phi - np.sin(2 * phi)) / 8),
)

# Carlson's symmetric integrals
partials(
    sp.elliprf,
    "x y z -> r",
    lambda x, y, z: -sp.elliprd(y, z, x) / 6,
    lambda x, y, z: -sp.elliprd(x, z, y) / 6,
    lambda x, y, z: -sp.elliprd(x, y, z) / 6,
)
partials(sp.elliprc, "x y -> r", lambda x, y: -sp.elliprd(y, y, x) / 6, lambda x, y: -sp.elliprd(x, y, y) / 3)
partials(
    sp.elliprg,
    "x y z -> r",
    lambda x, y, z: (sp.elliprf(x, y, z) - x * sp.elliprd(y, z, x) / 3) / 4,
    lambda x, y, z: (sp.elliprf(x, y, z) - y * sp.elliprd(x, z, y) / 3) / 4,
    lambda x, y, z: (sp.elliprf(x, y, z) - z * sp.elliprd(x, y, z) / 3) / 4,
)


partials(
    sp.elliprd,
    "x y z -> r",
    lambda x: refused("elliprd", "x"),
    lambda y: refused("elliprd", "y"),
    lambda z: refused("elliprd", "z"),
)
partials(
    sp.elliprj,
    "x y z p -> r",
    lambda x: refused("elliprj", "x"),
    lambda y: refused("elliprj", "y"),
    lambda z: refused("elliprj", "z"),
    lambda p: refused("elliprj", "p"),
)


def mean_slope(a: Any, b: Any, y: Any) -> Any:
    """The derivative in `a` of ``y = agm(a, b) = pi (a + b) / (4 K(m))`` with ``m = ((a - b) / (a + b))**2``."""
    total, m = a + b, ((a - b) / (a + b)) ** 2
    k = sp.ellipk(m)
    # Times dm/da = 4 b (a - b) / total**3, with the factor of m in it taken out of K'(m): finite for a = b.
    slope_of_k = regular_quotient(sp.ellipe(m) / (1 - m) - k, 2 * m, np.pi / 8)
    return y / total - y / k * slope_of_k * 4 * b * (a - b) / total**3


partials(sp.agm, "a b -> y", lambda a, b, y: mean_slope(a, b, y), lambda a, b, y: mean_slope(b, a, y))
