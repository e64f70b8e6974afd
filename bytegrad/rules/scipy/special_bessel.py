"""Bessel, Kelvin and Struve functions and hypergeometric ones of `scipy.special`.

The derivative in the argument is a combination of neighbouring orders; in the order there is none.  The scaled
functions with absolute values in their factors (`jve`, `ive`, ...) are differentiated for real arguments only.
Source: NIST Digital Library of Mathematical Functions, dlmf.nist.gov, chapters 10, 11, 13, 15, 16.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from bytegrad.rules.declare import partials
from bytegrad.rules.scipy.limits import regular_quotient
from bytegrad.rules.scipy.refusal import refused

SQRT_PI = math.sqrt(math.pi)
SPHERICAL_JN, SPHERICAL_YN = _ufuncs._spherical_jn_d, _ufuncs._spherical_yn_d
SPHERICAL_IN, SPHERICAL_KN = _ufuncs._spherical_in_d, _ufuncs._spherical_kn_d

# integer orders 0 and 1
partials(sp.j0, "x -> y", lambda x: -sp.j1(x))
partials(sp.j1, "x -> y", lambda x, y: sp.j0(x) - regular_quotient(y, x, 0.5))
partials(sp.y0, "x -> y", lambda x: -sp.y1(x))
partials(sp.y1, "x -> y", lambda x, y: sp.y0(x) - y / x)
partials(sp.i0, "x -> y", lambda x: sp.i1(x))
partials(sp.i1, "x -> y", lambda x, y: sp.i0(x) - regular_quotient(y, x, 0.5))
partials(sp.k0, "x -> y", lambda x: -sp.k1(x))
partials(sp.k1, "x -> y", lambda x, y: -sp.k0(x) - y / x)
partials(sp.i0e, "x -> y", lambda x, y: sp.i1e(x) - np.sign(x) * y)
partials(sp.i1e, "x -> y", lambda x, y: sp.i0e(x) - regular_quotient(y, x, 0.5) - np.sign(x) * y)
partials(sp.k0e, "x -> y", lambda x, y: y - sp.k1e(x))
partials(sp.k1e, "x -> y", lambda x, y: y - sp.k0e(x) - y / x)


def real_argument(name: str, x: Any) -> Any:
    """1 for a real `x`: a factor of derivatives that hold on the real line only; refused for a complex one."""
    return refused(name, "complex z") if np.iscomplexobj(x) else 1.0


# any order; of yn and kn any whole one, to which scipy truncates
partials(sp.jv, "v z -> y", lambda v: refused("jv", "v"), lambda v, z: (sp.jv(v - 1, z) - sp.jv(v + 1, z)) / 2)
if sp.jn is not sp.jv:
    partials(sp.jn, "v z -> y", lambda v: refused("jn", "v"), lambda v, z: (sp.jv(v - 1, z) - sp.jv(v + 1, z)) / 2)
partials(
    sp.yn,
    "n x -> y",
    lambda n: refused("yn", "n"),
    lambda n, x: (sp.yv(np.trunc(n) - 1, x) - sp.yv(np.trunc(n) + 1, x)) / 2,
)
partials(sp.yv, "v z -> y", lambda v: refused("yv", "v"), lambda v, z: (sp.yv(v - 1, z) - sp.yv(v + 1, z)) / 2)
partials(sp.iv, "v z -> y", lambda v: refused("iv", "v"), lambda v, z: (sp.iv(v - 1, z) + sp.iv(v + 1, z)) / 2)
partials(
    sp.kn,
    "n x -> y",
    lambda n: refused("kn", "n"),
    lambda n, x: -(sp.kv(np.trunc(n) - 1, x) + sp.kv(np.trunc(n) + 1, x)) / 2,
)
partials(sp.kv, "v z -> y", lambda v: refused("kv", "v"), lambda v, z: -(sp.kv(v - 1, z) + sp.kv(v + 1, z)) / 2)
partials(
    sp.jve,
    "v z -> y",
    lambda v: refused("jve", "v"),
    lambda v, z: (sp.jve(v - 1, z) - sp.jve(v + 1, z)) / 2 * real_argument("jve", z),
)
partials(
    sp.yve,
    "v z -> y",
    lambda v: refused("yve", "v"),
    lambda v, z: (sp.yve(v - 1, z) - sp.yve(v + 1, z)) / 2 * real_argument("yve", z),
)
partials(
    sp.ive,
    "v z -> y",
    lambda v: refused("ive", "v"),
    lambda v, z, y: ((sp.ive(v - 1, z) + sp.ive(v + 1, z)) / 2 - np.sign(z) * y) * real_argument("ive", z),
)
partials(
    sp.kve, "v z -> y", lambda v: refused("kve", "v"), lambda v, z, y: y - (sp.kve(v - 1, z) + sp.kve(v + 1, z)) / 2
)
partials(
    sp.hankel1,
    "v z -> y",
    lambda v: refused("hankel1", "v"),
    lambda v, z: (sp.hankel1(v - 1, z) - sp.hankel1(v + 1, z)) / 2,
)
partials(
    sp.hankel2,
    "v z -> y",
    lambda v: refused("hankel2", "v"),
    lambda v, z: (sp.hankel2(v - 1, z) - sp.hankel2(v + 1, z)) / 2,
)
partials(
    sp.hankel1e,
    "v z -> y",
    lambda v: refused("hankel1e", "v"),
    lambda v, z, y: (sp.hankel1e(np.real(v) - 1, z) - sp.hankel1e(np.real(v) + 1, z)) / 2 - 1j * y,
)
partials(
    sp.hankel2e,
    "v z -> y",
    lambda v: refused("hankel2e", "v"),
    lambda v, z, y: (sp.hankel2e(np.real(v) - 1, z) - sp.hankel2e(np.real(v) + 1, z)) / 2 + 1j * y,
)

# spherical ones: the derivative is a function of its own, whose derivative the differential equation gives
partials(_ufuncs._spherical_jn, "n z -> y", lambda n: refused("spherical_jn", "n"), lambda n, z: SPHERICAL_JN(n, z))
partials(_ufuncs._spherical_yn, "n z -> y", lambda n: refused("spherical_yn", "n"), lambda n, z: SPHERICAL_YN(n, z))
partials(_ufuncs._spherical_in, "n z -> y", lambda n: refused("spherical_in", "n"), lambda n, z: SPHERICAL_IN(n, z))
partials(_ufuncs._spherical_kn, "n z -> y", lambda n: refused("spherical_kn", "n"), lambda n, z: SPHERICAL_KN(n, z))
partials(
    SPHERICAL_JN,
    "n z -> d",
    lambda n: refused("spherical_jn", "n"),
    lambda n, z, d: -2 / z * d - (1 - n * (n + 1) / z**2) * _ufuncs._spherical_jn(n, z),
)
partials(
    SPHERICAL_YN,
    "n z -> d",
    lambda n: refused("spherical_yn", "n"),
    lambda n, z, d: -2 / z * d - (1 - n * (n + 1) / z**2) * _ufuncs._spherical_yn(n, z),
)
partials(
    SPHERICAL_IN,
    "n z -> d",
    lambda n: refused("spherical_in", "n"),
    lambda n, z, d: -2 / z * d + (1 + n * (n + 1) / z**2) * _ufuncs._spherical_in(n, z),
)
partials(
    SPHERICAL_KN,
    "n z -> d",
    lambda n: refused("spherical_kn", "n"),
    lambda n, z, d: -2 / z * d + (1 + n * (n + 1) / z**2) * _ufuncs._spherical_kn(n, z),
)

# Kelvin functions: solutions of x**2 y'' + x y' = i x**2 y, real and imaginary parts
partials(sp.ber, "x -> y", lambda x: sp.berp(x))
partials(sp.bei, "x -> y", lambda x: sp.beip(x))
partials(sp.ker, "x -> y", lambda x: sp.kerp(x))
partials(sp.kei, "x -> y", lambda x: sp.keip(x))
partials(sp.berp, "x -> d", lambda x, d: -sp.bei(x) - regular_quotient(d, x, 0.0))
partials(sp.beip, "x -> d", lambda x, d: sp.ber(x) - regular_quotient(d, x, 0.5))
partials(sp.kerp, "x -> d", lambda x, d: -sp.kei(x) - d / x)
partials(sp.keip, "x -> d", lambda x, d: sp.ker(x) - d / x)

# Struve functions and integrals of these and of Bessel functions
partials(
    sp.struve,
    "v x -> y",
    lambda v: refused("struve", "v"),
    lambda v, x: (sp.struve(v - 1, x) - sp.struve(v + 1, x) + np.power(x / 2, v) / (SQRT_PI * sp.gamma(v + 1.5))) / 2,
)
partials(
    sp.modstruve,
    "v x -> y",
    lambda v: refused("modstruve", "v"),
    lambda v, x: (
        (sp.modstruve(v - 1, x) + sp.modstruve(v + 1, x) + np.power(x / 2, v) / (SQRT_PI * sp.gamma(v + 1.5))) / 2
    ),
)
partials(sp.itstruve0, "x -> y", lambda x: sp.struve(0, x))
partials(sp.itmodstruve0, "x -> y", lambda x: sp.modstruve(0, x))
partials(sp.it2struve0, "x -> y", lambda x: -sp.struve(0, x) / x)

# hypergeometric functions
partials(sp.hyp0f1, "v z -> y", lambda v: refused("hyp0f1", "v"), lambda v, z: sp.hyp0f1(v + 1.0, z) / v)
partials(
    sp.hyp1f1,
    "a b z -> y",
    lambda a: refused("hyp1f1", "a"),
    lambda b: refused("hyp1f1", "b"),
    lambda a, b, z: a / b * sp.hyp1f1(a + 1, b + 1, z),
)
partials(
    sp.hyp2f1,
    "a b c z -> y",
    lambda a: refused("hyp2f1", "a"),
    lambda b: refused("hyp2f1", "b"),
    lambda c: refused("hyp2f1", "c"),
    lambda a, b, c, z: a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z),
)
partials(
    sp.hyperu,
    "a b x -> y",
    lambda a: refused("hyperu", "a"),
    lambda b: refused("hyperu", "b"),
    lambda a, b, x: -a * sp.hyperu(a + 1, b + 1, x),
)
partials(
    sp.wright_bessel,
    "a b x -> y",
    lambda a: refused("wright_bessel", "a"),
    lambda b: refused("wright_bessel", "b"),
    lambda a, b, x: sp.wright_bessel(a, a + b, x),
)
partials(
    sp.log_wright_bessel,
    "a b x -> y",
    lambda a: refused("log_wright_bessel", "a"),
    lambda b: refused("log_wright_bessel", "b"),
    lambda a, b, x, y: np.exp(sp.log_wright_bessel(a, a + b, x) - y),
)
