"""Rules of `scipy.special`; this module holds the error function, gamma and elementary functions.

One line each: inputs, output, derivatives.  A derivative in an order or a degree that has no expression is refused
when it is asked for.  At removable singularities (`exprel` at 0, `spence` at 1) the derivatives are the limits.
Source: NIST Digital Library of Mathematical Functions, dlmf.nist.gov, chapters 5 to 8, 25.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from bytegrad.rules.declare import non_differentiable, partials
from bytegrad.rules.scipy.incomplete import betainc_by_a, betainc_by_b, gammainc_by_a
from bytegrad.rules.scipy.limits import divided, exprel_slope, rgamma_slope, spence_slope, trigamma
from bytegrad.rules.scipy.refusal import refused

SQRT_PI = math.sqrt(math.pi)
SQRT_2_PI = math.sqrt(2 * math.pi)
LOG_10 = math.log(10)
LOG_2 = math.log(2)
DEGREE = math.pi / 180


non_differentiable(sp.gammasgn, sp.round, sp.bernoulli, sp.euler, sp.factorial2, sp.factorialk, sp.stirling2)

# elementary functions; scipy has its own of some that numpy has
partials(sp.cbrt, "x -> y", lambda y: divided(1 / 3, y * y))
partials(sp.exp2, "x -> y", lambda y: y * LOG_2)
partials(sp.exp10, "x -> y", lambda y: y * LOG_10)
partials(sp.expm1, "x -> y", lambda y: y + 1)
partials(sp.log1p, "x -> y", lambda x: 1 / (x - -1))
partials(sp.exprel, "x -> y", lambda x, y: exprel_slope(x, y))
partials(sp.cosm1, "x -> y", lambda x: -np.sin(x))
partials(sp.sindg, "x -> y", lambda x: DEGREE * sp.cosdg(x))
partials(sp.cosdg, "x -> y", lambda x: -DEGREE * sp.sindg(x))
partials(sp.tandg, "x -> y", lambda y: DEGREE * (1 + y * y))
partials(sp.cotdg, "x -> y", lambda y: -DEGREE * (1 + y * y))
partials(sp.radian, "d m s -> y", lambda: DEGREE, lambda: DEGREE / 60, lambda: DEGREE / 3600)
partials(sp.powm1, "x p -> y", lambda x, p: p * np.power(x, p - 1), lambda x, y: (y + 1) * np.log(x))
partials(_ufuncs._log1pmx, "x -> y", lambda x: -x / (1 + x))
partials(_ufuncs._log1mexp, "x -> y", lambda x, y: -np.exp(x - y))
partials(_ufuncs._cospi, "x -> y", lambda x: -np.pi * _ufuncs._sinpi(x))
partials(_ufuncs._sinpi, "x -> y", lambda x: np.pi * _ufuncs._cospi(x))

# logistic functions
partials(sp.expit, "x -> y", lambda y: y * (1 - y))
partials(sp.log_expit, "x -> y", lambda x: sp.expit(-x))
partials(sp.logit, "x -> y", lambda x: 1 / (x * (1 - x)))

# x log y and its relatives: at x = 0 the derivative is that of the plain formula
partials(sp.xlogy, "x y -> z", lambda y: np.log(y), lambda x, y: x / y)
partials(sp.xlog1py, "x y -> z", lambda y: np.log1p(y), lambda x, y: x / (1 + y))
partials(sp.entr, "x -> y", lambda x: -np.log(x) - 1)
partials(sp.rel_entr, "x y -> z", lambda x, y: np.log(x / y) + 1, lambda x, y: -x / y)
partials(sp.kl_div, "x y -> z", lambda x, y: np.log(x / y), lambda x, y: 1 - x / y)
partials(
    sp.huber,
    "d r -> y",
    lambda d, r: np.where(np.abs(r) <= d, 0.0, np.abs(r) - d),
    lambda d, r: np.where(np.abs(r) <= d, r, d * np.sign(r)),
)
partials(
    sp.pseudo_huber,
    "d r -> y",
    lambda d, r: 2 * d * (np.sqrt(1 + (r / d) ** 2) - 1) - r * r / (d * np.sqrt(1 + (r / d) ** 2)),
    lambda d, r: r / np.sqrt(1 + (r / d) ** 2),
)
partials(
    sp.boxcox,
    "x p -> y",
    lambda x, p: np.power(x, p - 1),
    lambda x, p, y: np.where(p == 0, np.log(x) ** 2 / 2, divided((p * y + 1) * np.log(x) - y, p)),
)
partials(
    sp.boxcox1p,
    "x p -> y",
    lambda x, p: np.power(1 + x, p - 1),
    lambda x, p, y: np.where(p == 0, np.log1p(x) ** 2 / 2, divided((p * y + 1) * np.log1p(x) - y, p)),
)
partials(
    sp.inv_boxcox,
    "x p -> y",
    lambda x, p, y: y / (1 + p * x),
    lambda x, p, y: np.where(p == 0, -y * x * x / 2, y * divided(x / (1 + p * x) - divided(np.log1p(p * x), p), p)),
)
partials(
    sp.inv_boxcox1p,
    "x p -> y",
    lambda x, p, y: (1 + y) / (1 + p * x),
    lambda x, p, y: np.where(
        p == 0, -(1 + y) * x * x / 2, (1 + y) * divided(x / (1 + p * x) - divided(np.log1p(p * x), p), p)
    ),
)

# error function
partials(sp.erf, "x -> y", lambda x: 2 / SQRT_PI * np.exp(-x * x))
partials(sp.erfc, "x -> y", lambda x: -2 / SQRT_PI * np.exp(-x * x))
partials(sp.erfcx, "x -> y", lambda x, y: 2 * x * y - 2 / SQRT_PI)
partials(sp.erfi, "x -> y", lambda x: 2 / SQRT_PI * np.exp(x * x))
partials(sp.dawsn, "x -> y", lambda x, y: 1 - 2 * x * y)
partials(sp.wofz, "x -> y", lambda x, y: 2j / SQRT_PI - 2 * x * y)
partials(sp.erfinv, "x -> y", lambda y: SQRT_PI / 2 * np.exp(y * y))
partials(sp.erfcinv, "x -> y", lambda y: -SQRT_PI / 2 * np.exp(y * y))
partials(sp.ndtr, "x -> y", lambda x: np.exp(-x * x / 2) / SQRT_2_PI)
partials(sp.log_ndtr, "x -> y", lambda x, y: np.exp(-x * x / 2 - y) / SQRT_2_PI)
partials(sp.ndtri, "x -> y", lambda y: SQRT_2_PI * np.exp(y * y / 2))
partials(sp.ndtri_exp, "x -> y", lambda x, y: SQRT_2_PI * np.exp(x + y * y / 2))
partials(
    sp.owens_t,
    "h a -> y",
    lambda h, a: -np.exp(-h * h / 2) * sp.erf(a * h / math.sqrt(2)) / (2 * SQRT_2_PI),
    lambda h, a: np.exp(-h * h * (1 + a * a) / 2) / (2 * np.pi * (1 + a * a)),
)

# gamma and beta functions
partials(sp.gamma, "x -> y", lambda x, y: y * sp.psi(x))
partials(sp.gammaln, "x -> y", lambda x: sp.psi(x))
partials(sp.loggamma, "x -> y", lambda x: sp.psi(x))
partials(sp.rgamma, "x -> y", lambda x, y: rgamma_slope(x, y))
partials(sp.psi, "x -> y", lambda x: trigamma(x))
partials(sp.polygamma, "n x -> y", lambda n: refused("polygamma", "n"), lambda n, x: sp.polygamma(np.add(n, 1), x))
partials(
    sp.beta,
    "a b -> y",
    lambda a, b, y: y * (sp.psi(a) - sp.psi(a + b)),
    lambda a, b, y: y * (sp.psi(b) - sp.psi(a + b)),
)
partials(sp.betaln, "a b -> y", lambda a, b: sp.psi(a) - sp.psi(a + b), lambda a, b: sp.psi(b) - sp.psi(a + b))
partials(
    sp.binom,
    "n k -> y",
    lambda n, k, y: y * (sp.psi(n + 1) - sp.psi(n - k + 1)),
    lambda n, k, y: y * (sp.psi(n - k + 1) - sp.psi(k + 1)),
)
partials(sp.poch, "z m -> y", lambda z, m, y: y * (sp.psi(z + m) - sp.psi(z)), lambda z, m, y: y * sp.psi(z + m))
partials(_ufuncs._lgam1p, "x -> y", lambda x: sp.psi(x + 1))
partials(_ufuncs._riemann_zeta, "x -> y", lambda x: refused("zeta", "x"))
partials(_ufuncs._zeta, "x q -> y", lambda x: refused("zeta", "x"), lambda x, q: -x * _ufuncs._zeta(x + 1, q))
partials(sp.zetac, "x -> y", lambda x: refused("zetac", "x"))
partials(
    sp.gammainc,
    "a x -> y",
    lambda a, x: gammainc_by_a(a, x),
    lambda a, x: np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a)),
)
partials(
    sp.gammaincc,
    "a x -> y",
    lambda a, x: -gammainc_by_a(a, x),
    lambda a, x: -np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a)),
)
partials(
    sp.gammaincinv,
    "a p -> x",
    lambda a, x: -gammainc_by_a(a, x) * np.exp(x + sp.gammaln(a) - sp.xlogy(a - 1, x)),
    lambda a, x: np.exp(x + sp.gammaln(a) - sp.xlogy(a - 1, x)),
)
partials(
    sp.gammainccinv,
    "a p -> x",
    lambda a, x: -gammainc_by_a(a, x) * np.exp(x + sp.gammaln(a) - sp.xlogy(a - 1, x)),
    lambda a, x: -np.exp(x + sp.gammaln(a) - sp.xlogy(a - 1, x)),
)
partials(
    sp.betainc,
    "a b x -> y",
    lambda a, b, x: betainc_by_a(a, b, x),
    lambda a, b, x: betainc_by_b(a, b, x),
    lambda a, b, x: np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b)),
)
partials(
    sp.betaincc,
    "a b x -> y",
    lambda a, b, x: -betainc_by_a(a, b, x),
    lambda a, b, x: -betainc_by_b(a, b, x),
    lambda a, b, x: -np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b)),
)
partials(
    sp.betaincinv,
    "a b p -> x",
    lambda a, b, x: -betainc_by_a(a, b, x) * np.exp(sp.betaln(a, b) - sp.xlogy(a - 1, x) - sp.xlog1py(b - 1, -x)),
    lambda a, b, x: -betainc_by_b(a, b, x) * np.exp(sp.betaln(a, b) - sp.xlogy(a - 1, x) - sp.xlog1py(b - 1, -x)),
    lambda a, b, x: np.exp(sp.betaln(a, b) - sp.xlogy(a - 1, x) - sp.xlog1py(b - 1, -x)),
)
partials(
    sp.betainccinv,
    "a b p -> x",
    lambda a, b, x: -betainc_by_a(a, b, x) * np.exp(sp.betaln(a, b) - sp.xlogy(a - 1, x) - sp.xlog1py(b - 1, -x)),
    lambda a, b, x: -betainc_by_b(a, b, x) * np.exp(sp.betaln(a, b) - sp.xlogy(a - 1, x) - sp.xlog1py(b - 1, -x)),
    lambda a, b, x: -np.exp(sp.betaln(a, b) - sp.xlogy(a - 1, x) - sp.xlog1py(b - 1, -x)),
)

# integrals of elementary functions
partials(sp.exp1, "x -> y", lambda x: -np.exp(-x) / x)
partials(sp.expi, "x -> y", lambda x: np.exp(x) / x)
partials(_ufuncs._scaled_exp1, "x -> y", lambda x, y: y * (1 + 1 / x) - 1)
partials(
    sp.expn,
    "n x -> y",
    lambda n: refused("expn", "n"),
    lambda n, x: (
        -np.where(np.equal(np.trunc(n), 0), np.exp(-x) * (1 + 1 / x) / x, sp.expn(np.maximum(np.trunc(n) - 1, 0), x))
    ),
)
partials(sp.spence, "x -> y", lambda x: spence_slope(x))
partials(
    _ufuncs._lambertw,
    "z k tol -> w",
    lambda w: np.exp(-w) / (1 + w),
    lambda k: refused("lambertw", "k"),
    lambda tol: refused("lambertw", "tol"),
)
partials(sp.wrightomega, "z -> w", lambda w: w / (1 + w))
