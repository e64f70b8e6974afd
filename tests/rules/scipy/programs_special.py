"""Calls of every function of `scipy.special` that is to be differentiable, by its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

X = np.array([0.37, 1.21, 2.3])
S = np.array([-1.3, -0.42, 0.55])
U = np.array([0.22, 0.51, 0.83])
V = np.array([0.9, 1.7, 0.6])
M = np.array([[0.3, -1.2, 0.8], [1.1, 0.4, -0.6]])


def one(f: Any, *points: Any) -> list[Any]:
    """An array, a number and a column for the one argument of a function, with keywords of ufuncs."""
    return [
        *[(f, x) for x in points],
        *[(lambda x: f(x), float(x[1])) for x in points],
    ]


def in_plane(f: Any, x: Any, y: Any) -> tuple[Any, ...]:
    """A call at complex numbers, of real variables."""
    return (lambda x, y: f(x + 1j * y), x, y)


PROGRAMS: dict[str, list[Any]] = {
    "beta": [(sp.beta, X, V), (lambda a: sp.beta(a, V[:, None]), X), (sp.beta, 0.7, 1.2)],
    "betainc": [(sp.betainc, X, V, U), (lambda a, x: sp.betainc(a, 1.5, x[:, None]), X, U)],
    "betaln": [(sp.betaln, X, V), (sp.betaln, 0.7, X)],
    "boxcox": [(sp.boxcox, X, S), (sp.boxcox, X, 0.3), (lambda x: sp.boxcox(x, 0.0), X)],
    "boxcox1p": [(sp.boxcox1p, X, S), (sp.boxcox1p, X, 0.3), (lambda x: sp.boxcox1p(x, 0.0), X)],
    "comb": [(lambda n, k: sp.comb(n, k), X + 3, V), (lambda n: sp.comb(n, 2.5), 5.3)],
    "dawsn": [*one(sp.dawsn, S), in_plane(sp.dawsn, X, S)],
    "digamma": [*one(sp.digamma, X, S)],
    "entr": one(sp.entr, X),
    "erf": [*one(sp.erf, S), in_plane(sp.erf, X, S)],
    "erfc": [*one(sp.erfc, S), in_plane(sp.erfc, X, S)],
    "erfcinv": one(sp.erfcinv, U),
    "erfcx": [*one(sp.erfcx, S), in_plane(sp.erfcx, X, S)],
    "erfinv": one(sp.erfinv, U),
    "exp1": [*one(sp.exp1, X), in_plane(sp.exp1, X, V)],
    "expi": [*one(sp.expi, X), in_plane(sp.expi, X, V)],
    "expit": one(sp.expit, S),
    "expn": [(lambda x: sp.expn(2, x), X), (lambda x: sp.expn(np.array([0, 1, 3]), x), X)],
    "factorial": [(sp.factorial, X), (lambda x: sp.factorial(x), 2.3), (lambda x: sp.factorial(x, exact=False), X)],
    "fresnel": [(sp.fresnel, X), (lambda x: sp.fresnel(x)[1], 0.7)],
    "gamma": [*one(sp.gamma, X, S), in_plane(sp.gamma, X, V)],
    "gammainc": [(sp.gammainc, X, V), (lambda a: sp.gammainc(a, V[:, None]), X), (sp.gammainc, 0.7, 1.2)],
    "gammaincc": [(sp.gammaincc, X, V), (sp.gammaincc, 0.7, 1.2)],
    "gammaln": one(sp.gammaln, X, S),
    "hyp1f1": [(lambda x: sp.hyp1f1(X, V, x), S), (lambda x: sp.hyp1f1(0.5, 1.5, x), 0.4)],
    "hyp2f1": [(lambda x: sp.hyp2f1(0.5, 1.5, 2.5, x), U - 0.3)],
    "i0": one(sp.i0, S),
    "i0e": one(sp.i0e, S),
    "i1": one(sp.i1, S),
    "i1e": one(sp.i1e, S),
    "iv": [(lambda x: sp.iv(2, x), X), (lambda x: sp.iv(0.7, x), X)],
    "ive": [(lambda x: sp.ive(2, x), X), (lambda x: sp.ive(0.7, x), X)],
    "j0": one(sp.j0, S),
    "j1": one(sp.j1, S),
    "jn": [(lambda x: sp.jn(2, x), X), (lambda x: sp.jn(np.array([0, 1, 3]), x), X)],
    "kl_div": [(sp.kl_div, X, V), (sp.kl_div, 0.7, X)],
    "log_ndtr": one(sp.log_ndtr, S),
    "log_softmax": [
        (sp.log_softmax, S),
        (lambda x: sp.log_softmax(x, axis=0), M),
        (lambda x: sp.log_softmax(x, axis=(0, 1)), M),
    ],
    "loggamma": [*one(sp.loggamma, X), in_plane(sp.loggamma, X, V)],
    "logit": one(sp.logit, U),
    "logsumexp": [
        (sp.logsumexp, M),
        (lambda x: sp.logsumexp(x, axis=1), M),
        (lambda x: sp.logsumexp(x, axis=0, keepdims=True), M),
        (lambda x, b: sp.logsumexp(x, axis=1, b=b), M, np.abs(M)),
        (lambda x, b: sp.logsumexp(x, axis=1, b=b, return_sign=True)[0], M, M),
        (lambda x: sp.logsumexp([x, 2 * x, 1.0]), 0.3),
    ],
    "multigammaln": [(lambda a: sp.multigammaln(a, 2), X + 1), (lambda a: sp.multigammaln(a, 3), 2.4)],
    "ndtr": one(sp.ndtr, S),
    "ndtri": one(sp.ndtri, U),
    "owens_t": [(sp.owens_t, S, X), (sp.owens_t, 0.4, X)],
    "poch": [(sp.poch, X, V), (sp.poch, 1.3, X)],
    "polygamma": [(lambda x: sp.polygamma(1, x), X), (lambda x: sp.polygamma(np.array([0, 1, 2]), x), X)],
    "psi": one(sp.psi, X),
    "rel_entr": [(sp.rel_entr, X, V), (sp.rel_entr, 0.7, X)],
    "rgamma": [*one(sp.rgamma, X), in_plane(sp.rgamma, X, V)],
    "sici": [(sp.sici, X), (lambda x: sp.sici(x)[1], 0.7)],
    "softmax": [(sp.softmax, S), (lambda x: sp.softmax(x, axis=0), M), (lambda x: sp.softmax(x, axis=(0, 1)), M)],
    "spence": [*one(sp.spence, X), in_plane(sp.spence, X, V)],
    "sph_harm_y": [
        (lambda theta, phi: sp.sph_harm_y(2, 1, theta, phi), X, V),
        (lambda theta, phi: sp.sph_harm_y(np.array([1, 2, 3]), np.array([0, -1, 2]), theta, phi), X, V),
        (lambda theta, phi: sp.sph_harm_y(3, 2, theta, phi), 0.7, 1.2),
    ],
    "wofz": [in_plane(sp.wofz, X, V), (lambda x: sp.wofz(x * 1j), 0.4)],
    "xlog1py": [(sp.xlog1py, S, X), (sp.xlog1py, 0.4, X)],
    "xlogy": [(sp.xlogy, S, X), (sp.xlogy, 0.4, X)],
    "y0": one(sp.y0, X),
    "y1": one(sp.y1, X),
    "yn": [(lambda x: sp.yn(2, x), X)],
    "zeta": [(lambda q: sp.zeta(2.5, q), X + 1), (lambda q: sp.zeta(np.array([2.0, 3.0, 1.5]), q), X)],
}
