"""Distribution functions of `scipy.special`, and the private ones that `scipy.stats` uses.

Numbers of events are constants: the derivative in them is refused.
Source: the definitions in scipy's documentation, as incomplete gamma and beta functions.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from bytegrad.rules.declare import non_differentiable, partials
from bytegrad.rules.scipy.incomplete import beta_density, betainc_by_a, betainc_by_b, gamma_density, gammainc_by_a
from bytegrad.rules.scipy.probability import f_density, poisson_mass, student_by_df, student_density, voigt_slope
from bytegrad.rules.scipy.refusal import refused

SQRT_2_PI = math.sqrt(2 * math.pi)

# gamma: the integral up to x (gdtr) or from x on (gdtrc) of the density with rate a and shape b
partials(
    sp.gdtr,
    "a b x -> y",
    lambda a, b, x: x * gamma_density(b, a * x),
    lambda a, b, x: gammainc_by_a(b, a * x),
    lambda a, b, x: a * gamma_density(b, a * x),
)
partials(
    sp.gdtrc,
    "a b x -> y",
    lambda a, b, x: -x * gamma_density(b, a * x),
    lambda a, b, x: -gammainc_by_a(b, a * x),
    lambda a, b, x: -a * gamma_density(b, a * x),
)
partials(
    sp.gdtrix,
    "a b p -> x",
    lambda a, x: -x / a,
    lambda a, b, x: -gammainc_by_a(b, a * x) / (a * gamma_density(b, a * x)),
    lambda a, b, x: 1 / (a * gamma_density(b, a * x)),
)
partials(
    sp.gdtria,
    "p b x -> a",
    lambda b, x, a: 1 / (x * gamma_density(b, a * x)),
    lambda b, x, a: -gammainc_by_a(b, a * x) / (x * gamma_density(b, a * x)),
    lambda x, a: -a / x,
)
partials(
    sp.gdtrib,
    "a p x -> b",
    lambda a, x, b: -x * gamma_density(b, a * x) / gammainc_by_a(b, a * x),
    lambda a, x, b: 1 / gammainc_by_a(b, a * x),
    lambda a, x, b: -a * gamma_density(b, a * x) / gammainc_by_a(b, a * x),
)

# chi square
partials(
    sp.chdtr,
    "v x -> y",
    lambda v, x: gammainc_by_a(v / 2, x / 2) / 2,
    lambda v, x: gamma_density(v / 2, x / 2) / 2,
)
partials(
    sp.chdtrc,
    "v x -> y",
    lambda v, x: -gammainc_by_a(v / 2, x / 2) / 2,
    lambda v, x: -gamma_density(v / 2, x / 2) / 2,
)
partials(
    sp.chdtri,
    "v p -> x",
    lambda v, x: -gammainc_by_a(v / 2, x / 2) / gamma_density(v / 2, x / 2),
    lambda v, x: -2 / gamma_density(v / 2, x / 2),
)
partials(
    sp.chndtr,
    "x df nc -> y",
    lambda x, df, nc: _ufuncs._ncx2_pdf(x, df, nc),
    lambda df: refused("chndtr", "df"),
    lambda x, df, nc, y: (sp.chndtr(x, df + 2, nc) - y) / 2,
)
partials(
    _ufuncs._ncx2_pdf,
    "x k nc -> y",
    # Of the mixture of central densities, term by term: the simpler one ends at two degrees of freedom.
    lambda x, k, nc, y: np.where(
        k > 2,
        (_ufuncs._ncx2_pdf(x, np.where(k > 2, k - 2, k), nc) - y) / 2,
        y * ((k / 2 - 1) / x - 0.5) + nc / (2 * x) * _ufuncs._ncx2_pdf(x, k + 2, nc),
    ),
    lambda k: refused("ncx2.pdf", "df"),
    lambda x, k, nc, y: (_ufuncs._ncx2_pdf(x, k + 2, nc) - y) / 2,
)

# Poisson: up to k events (pdtr) or more (pdtrc) at the mean m
partials(sp.pdtr, "k m -> y", lambda k: refused("pdtr", "k"), lambda k, m: -poisson_mass(np.floor(k), m))
partials(sp.pdtrc, "k m -> y", lambda k: refused("pdtrc", "k"), lambda k, m: poisson_mass(np.floor(k), m))
partials(sp.pdtri, "k p -> m", lambda k: refused("pdtri", "k"), lambda k, m: -1 / poisson_mass(np.floor(k), m))

# binomial: up to k of n (bdtr) or more (bdtrc) at the probability p; scipy truncates the numbers
partials(
    sp.bdtr,
    "k n p -> y",
    lambda k: refused("bdtr", "k"),
    lambda n: refused("bdtr", "n"),
    lambda k, n, p: -beta_density(np.floor(k) + 1, np.trunc(n) - np.floor(k), p),
)
partials(
    sp.bdtrc,
    "k n p -> y",
    lambda k: refused("bdtrc", "k"),
    lambda n: refused("bdtrc", "n"),
    lambda k, n, p: beta_density(np.floor(k) + 1, np.trunc(n) - np.floor(k), p),
)
partials(
    sp.bdtri,
    "k n y -> p",
    lambda k: refused("bdtri", "k"),
    lambda n: refused("bdtri", "n"),
    lambda k, n, p: -1 / beta_density(np.floor(k) + 1, np.trunc(n) - np.floor(k), p),
)
partials(
    sp.nbdtr,
    "k n p -> y",
    lambda k: refused("nbdtr", "k"),
    lambda n: refused("nbdtr", "n"),
    lambda k, n, p: beta_density(np.trunc(n), np.trunc(k) + 1, p),
)
partials(
    sp.nbdtrc,
    "k n p -> y",
    lambda k: refused("nbdtrc", "k"),
    lambda n: refused("nbdtrc", "n"),
    lambda k, n, p: -beta_density(np.trunc(n), np.trunc(k) + 1, p),
)
partials(
    sp.nbdtri,
    "k n y -> p",
    lambda k: refused("nbdtri", "k"),
    lambda n: refused("nbdtri", "n"),
    lambda k, n, p: 1 / beta_density(np.trunc(n), np.trunc(k) + 1, p),
)

# Student's t
partials(sp.stdtr, "df t -> y", lambda df, t: student_by_df(df, t), lambda df, t: student_density(df, t))
partials(
    sp.stdtrit,
    "df p -> t",
    lambda df, t: -student_by_df(df, t) / student_density(df, t),
    lambda df, t: 1 / student_density(df, t),
)
partials(
    sp.stdtridf,
    "p t -> df",
    lambda t, df: 1 / student_by_df(df, t),
    lambda t, df: -student_density(df, t) / student_by_df(df, t),
)

# F: betainc(dfn / 2, dfd / 2, dfn x / (dfd + dfn x))
partials(
    sp.fdtr,
    "dfn dfd x -> y",
    lambda dfn, dfd, x: (
        betainc_by_a(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) / 2 + f_density(dfn, dfd, x) * x / dfn
    ),
    lambda dfn, dfd, x: (
        betainc_by_b(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) / 2 - f_density(dfn, dfd, x) * x / dfd
    ),
    lambda dfn, dfd, x: f_density(dfn, dfd, x),
)
partials(
    sp.fdtrc,
    "dfn dfd x -> y",
    lambda dfn, dfd, x: (
        -betainc_by_a(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) / 2 - f_density(dfn, dfd, x) * x / dfn
    ),
    lambda dfn, dfd, x: (
        -betainc_by_b(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) / 2 + f_density(dfn, dfd, x) * x / dfd
    ),
    lambda dfn, dfd, x: -f_density(dfn, dfd, x),
)
partials(
    sp.fdtri,
    "dfn dfd p -> x",
    lambda dfn, dfd, x: (
        -betainc_by_a(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) / (2 * f_density(dfn, dfd, x)) - x / dfn
    ),
    lambda dfn, dfd, x: (
        -betainc_by_b(dfn / 2, dfd / 2, dfn * x / (dfd + dfn * x)) / (2 * f_density(dfn, dfd, x)) + x / dfd
    ),
    lambda dfn, dfd, x: 1 / f_density(dfn, dfd, x),
)

# normal: the mean (nrdtrimn) or the deviation (nrdtrisd) at which p is the probability up to x
partials(
    sp.nrdtrimn,
    "p std x -> mn",
    lambda p, std: -std * SQRT_2_PI * np.exp(sp.ndtri(p) ** 2 / 2),
    lambda p: -sp.ndtri(p),
    lambda: 1,
)
partials(
    sp.nrdtrisd,
    "mn p x -> std",
    lambda p: -1 / sp.ndtri(p),
    lambda p, std: -std / sp.ndtri(p) * SQRT_2_PI * np.exp(sp.ndtri(p) ** 2 / 2),
    lambda p: 1 / sp.ndtri(p),
)

# Kolmogorov and Smirnov
partials(sp.kolmogorov, "x -> y", lambda x: _ufuncs._kolmogp(x))
partials(sp.kolmogi, "p -> x", lambda x: 1 / _ufuncs._kolmogp(x))
partials(_ufuncs._kolmogc, "x -> y", lambda x: -_ufuncs._kolmogp(x))
partials(_ufuncs._kolmogci, "p -> x", lambda x: -1 / _ufuncs._kolmogp(x))
partials(sp.smirnov, "n d -> y", lambda n: refused("smirnov", "n"), lambda n, d: _ufuncs._smirnovp(n, d))
partials(sp.smirnovi, "n p -> d", lambda n: refused("smirnovi", "n"), lambda n, d: 1 / _ufuncs._smirnovp(n, d))

# Voigt
partials(
    sp.voigt_profile,
    "x sigma gamma -> y",
    lambda x, sigma, gamma: np.real(voigt_slope(x, sigma, gamma)),
    lambda x, sigma, gamma, y: -(y + np.real(voigt_slope(x, sigma, gamma) * (x + 1j * gamma))) / sigma,
    lambda x, sigma, gamma: -np.imag(voigt_slope(x, sigma, gamma)),
)

# inverses in the parameters
partials(
    sp.btdtria,
    "p b x -> a",
    lambda b, x, a: 1 / betainc_by_a(a, b, x),
    lambda b, x, a: -betainc_by_b(a, b, x) / betainc_by_a(a, b, x),
    lambda b, x, a: -beta_density(a, b, x) / betainc_by_a(a, b, x),
)
partials(
    sp.btdtrib,
    "a p x -> b",
    lambda a, x, b: -betainc_by_a(a, b, x) / betainc_by_b(a, b, x),
    lambda a, x, b: 1 / betainc_by_b(a, b, x),
    lambda a, x, b: -beta_density(a, b, x) / betainc_by_b(a, b, x),
)
partials(
    sp.chdtriv,
    "p x -> v",
    lambda x, v: 2 / gammainc_by_a(v / 2, x / 2),
    lambda x, v: -gamma_density(v / 2, x / 2) / gammainc_by_a(v / 2, x / 2),
)

# private functions of scipy.stats; quantiles of integers are constant
non_differentiable(_ufuncs._binom_ppf, _ufuncs._binom_isf, _ufuncs._nbinom_ppf, _ufuncs._nbinom_isf)
partials(
    _ufuncs._cauchy_ppf,
    "p loc scale -> x",
    lambda loc, scale, x: np.pi * scale * (1 + ((x - loc) / scale) ** 2),
    lambda: 1,
    lambda loc, scale, x: (x - loc) / scale,
)
partials(
    _ufuncs._cauchy_isf,
    "p loc scale -> x",
    lambda loc, scale, x: -np.pi * scale * (1 + ((x - loc) / scale) ** 2),
    lambda: 1,
    lambda loc, scale, x: (x - loc) / scale,
)
partials(
    _ufuncs._iv_ratio, "v x -> r", lambda v: refused("iv ratio", "v"), lambda v, x, r: 1 - r * r - (2 * v - 1) / x * r
)
partials(
    _ufuncs._beta_pdf,
    "x a b -> y",
    lambda x, a, b, y: y * ((a - 1) / x - (b - 1) / (1 - x)),
    lambda x, a, b, y: y * (np.log(x) - sp.psi(a) + sp.psi(a + b)),
    lambda x, a, b, y: y * (np.log1p(-x) - sp.psi(b) + sp.psi(a + b)),
)
partials(
    _ufuncs._beta_ppf,
    "p a b -> x",
    lambda a, b, x: 1 / beta_density(a, b, x),
    lambda a, b, x: -betainc_by_a(a, b, x) / beta_density(a, b, x),
    lambda a, b, x: -betainc_by_b(a, b, x) / beta_density(a, b, x),
)
partials(
    _ufuncs._binom_pmf,
    "k n p -> y",
    lambda k: refused("binom.pmf", "k"),
    lambda n: refused("binom.pmf", "n"),
    lambda k, n, p, y: y * (k / p - (n - k) / (1 - p)),
)
partials(
    _ufuncs._binom_cdf,
    "k n p -> y",
    lambda k: refused("binom.cdf", "k"),
    lambda n: refused("binom.cdf", "n"),
    lambda k, n, p: -beta_density(np.floor(k) + 1, np.trunc(n) - np.floor(k), p),
)
partials(
    _ufuncs._binom_sf,
    "k n p -> y",
    lambda k: refused("binom.sf", "k"),
    lambda n: refused("binom.sf", "n"),
    lambda k, n, p: beta_density(np.floor(k) + 1, np.trunc(n) - np.floor(k), p),
)
partials(
    _ufuncs._nbinom_pmf,
    "k n p -> y",
    lambda k: refused("nbinom.pmf", "k"),
    lambda k, n, p, y: y * (sp.psi(n + k) - sp.psi(n) + np.log(p)),
    lambda k, n, p, y: y * (n / p - k / (1 - p)),
)
partials(
    _ufuncs._nbinom_cdf,
    "k n p -> y",
    lambda k: refused("nbinom.cdf", "k"),
    lambda k, n, p: betainc_by_a(n, np.floor(k) + 1, p),
    lambda k, n, p: beta_density(n, np.floor(k) + 1, p),
)
partials(
    _ufuncs._nbinom_sf,
    "k n p -> y",
    lambda k: refused("nbinom.sf", "k"),
    lambda k, n, p: -betainc_by_a(n, np.floor(k) + 1, p),
    lambda k, n, p: -beta_density(n, np.floor(k) + 1, p),
)
partials(_ufuncs._cosine_cdf, "x -> y", lambda x: np.where(np.abs(x) < np.pi, (1 + np.cos(x)) / (2 * np.pi), 0.0))
partials(_ufuncs._cosine_invcdf, "p -> x", lambda x: 2 * np.pi / (1 + np.cos(x)))
