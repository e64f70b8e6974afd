"""Calls of every method of `scipy.stats`' distributions that is to be differentiable, by its name."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

X = np.array([0.37, 1.21, 2.3])
S = np.array([-1.3, -0.42, 0.55])
U = np.array([0.22, 0.51, 0.83])
K = np.array([0, 1, 3])
LOC, SCALE = 0.13, 1.7

ALL = "cdf logcdf pdf logpdf sf logsf ppf isf"
# where, at which shapes, which methods: x, probabilities and shapes are arrays
CONTINUOUS: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "norm": (S, (), ALL),
    "cauchy": (S, (), ALL),
    "logistic": (S, (), ALL),
    "laplace": (S, (), ALL),
    "gumbel_l": (S, (), ALL),
    "gumbel_r": (S, (), ALL),
    "expon": (X, (), ALL),
    "gamma": (X, (X + 0.8,), ALL),
    "chi2": (X, (X + 0.8,), ALL),
    "beta": (U, (X + 0.8, X + 0.5), ALL),
    "pareto": (X + 1.2, (X + 0.8,), ALL),
    "gennorm": (S, (X + 0.8,), "cdf pdf logpdf sf ppf"),
    "t": (S, (X + 2,), ALL),
    "f": (X, (X + 2, X + 3), "cdf pdf logpdf sf ppf"),
    "lognorm": (X, (X,), ALL),
    "weibull_min": (X, (X + 0.8,), ALL),
    "uniform": (U, (), "cdf sf ppf isf pdf logpdf"),
    "triang": (U, (U / 1.3 + 0.1,), "cdf pdf logpdf ppf"),
    "truncnorm": (S / 3, (np.full(3, -1.1), np.full(3, 1.4)), "cdf pdf logpdf sf logcdf logsf"),
    "genextreme": (S / 3, (U + 0.1,), ALL),
    "invgamma": (X, (X + 0.8,), ALL),
    "rayleigh": (X, (), ALL),
    "halfnorm": (X, (), ALL),
    "vonmises": (S, (X,), "pdf logpdf"),
    "exponnorm": (S, (X,), "pdf logpdf"),
    "skewnorm": (S, (X,), "pdf logpdf"),
    "powerlaw": (U, (X,), ALL),
    "wrapcauchy": (X, (U,), "pdf logpdf"),
}
GIVEN = ["norm", "gamma", "beta", "pareto", "t"]
"""Distributions whose arguments are given by position as well."""
DISCRETE: dict[str, tuple[Any, tuple[Any, ...], str]] = {
    "bernoulli": (np.array([0, 1, 1]), (U,), "pmf logpmf cdf"),
    "binom": (K, (5, U), "pmf logpmf cdf sf"),
    "betabinom": (K, (5, X, X + 0.5), "pmf logpmf cdf"),
    "geom": (K + 1, (U,), "pmf logpmf cdf sf"),
    "nbinom": (K, (X + 1, U), "pmf logpmf cdf sf"),
    "poisson": (K, (X,), "pmf logpmf cdf sf"),
}


def continuous(name: str, method: str) -> list[Any]:
    """Calls with and without location and scale, by position, by name and frozen."""
    f, frozen = getattr(getattr(stats, name), method), getattr(stats, name)
    x, shapes, _ = CONTINUOUS[name]
    at = U if method in ("ppf", "isf") else x
    inner = at if method in ("ppf", "isf") else LOC + SCALE * at
    programs: list[Any] = [
        (lambda x, loc, scale: f(x, *shapes, loc=loc, scale=scale), inner, LOC, SCALE * np.ones(3)),
        (lambda x, loc, scale: getattr(frozen(*shapes, loc=loc, scale=scale), method)(x), inner, LOC, SCALE),
    ]
    return [(f, inner, *shapes, LOC, SCALE), *programs] if name in GIVEN else programs


def discrete(name: str, method: str) -> list[Any]:
    """Calls in the shapes, plain and frozen; counts are constant."""
    f, frozen = getattr(getattr(stats, name), method), getattr(stats, name)
    k, shapes, _ = DISCRETE[name]
    count = [shape for shape in shapes if isinstance(shape, int)]
    shapes = tuple([shape for shape in shapes if not isinstance(shape, int)])
    return [
        (lambda *shapes: f(k, *count, *shapes), *shapes),
        (lambda *shapes: f(k, *count, *shapes, loc=0), *[float(shape[1]) for shape in shapes]),
        (lambda *shapes: getattr(frozen(*count, *shapes), method)(k), *shapes),
    ]


COV = np.array([[1.3, 0.4], [0.4, 0.9]])
AT = np.array([[0.3, -0.4], [1.2, 0.5], [-0.7, 0.1]])
ALPHA = np.array([1.3, 2.1, 0.8])
SIMPLEX = np.array([0.2, 0.5, 0.3])
LOWER = np.array([[1.1, 0.0], [0.3, 0.8]])


def symmetric(m: Any) -> Any:
    """A covariance of any matrix near it: scipy reads both triangles or one, and refuses what is not symmetric."""
    return (m + m.T) / 2


PROGRAMS: dict[str, list[Any]] = {
    **{f"{name}.{method}": continuous(name, method) for name, row in CONTINUOUS.items() for method in row[2].split()},
    **{f"{name}.{method}": discrete(name, method) for name, row in DISCRETE.items() for method in row[2].split()},
    **{
        f"multivariate_normal.{method}": [
            (lambda x, mean, c, m=method: getattr(stats.multivariate_normal, m)(x, mean, symmetric(c)), AT, AT[0], COV),
            (lambda x, mean, c, m=method: getattr(stats.multivariate_normal(mean, symmetric(c)), m)(x), AT, AT[0], COV),
            (lambda x, c, m=method: getattr(stats.multivariate_normal, m)(x, 0.3, c), 0.7, 1.4),
        ]
        for method in ("pdf", "logpdf")
    },
    "multivariate_normal.entropy": [
        (lambda c: stats.multivariate_normal.entropy(AT[0], symmetric(c)), COV),
        (lambda c: stats.multivariate_normal(AT[0], symmetric(c)).entropy(), COV),
    ],
    **{
        f"dirichlet.{method}": [
            (lambda x, alpha, m=method: getattr(stats.dirichlet, m)(x / np.sum(x), alpha), SIMPLEX, ALPHA),
            (lambda alpha, m=method: getattr(stats.dirichlet(alpha), m)(SIMPLEX), ALPHA),
        ]
        for method in ("pdf", "logpdf")
    },
    **{
        f"multinomial.{method}": [
            (lambda p, m=method: getattr(stats.multinomial, m)(np.array([1, 3, 2]), 6, p / np.sum(p)), SIMPLEX),
        ]
        for method in ("pmf", "logpmf")
    },
    "gaussian_kde": [
        (lambda data, at: stats.gaussian_kde(data)(at), np.array([0.1, 0.5, 1.7, 2.0]), X),
        (lambda data, at: stats.gaussian_kde(data, bw_method=0.4).logpdf(at), np.array([0.1, 0.5, 1.7, 2.0]), X),
        (
            lambda data, at: stats.gaussian_kde(data).pdf(at),
            AT.T @ np.array([[1.0, 0.3, 0.2, 0.7, -1.1], [0.1, 1.3, -0.4, 0.2, 0.5], [0.4, -0.3, 1.2, -0.8, 0.6]]),
            COV,
        ),
        (lambda w: stats.gaussian_kde(np.array([0.1, 0.5, 1.7]), weights=w).evaluate(X), np.array([0.2, 0.5, 0.3])),
    ],
    "poisson.entropy": [(lambda mu: stats.poisson.entropy(mu), X)],
    "sem": [(lambda x: stats.sem(x), X), (lambda x: stats.sem(np.outer(x, x**2), axis=1, ddof=0), X)],
    "mode": [
        (lambda x: stats.mode(np.stack([x, x, x * 2])).mode, X),
        (lambda x: stats.mode(np.concatenate([x, x[:1]]), axis=None).mode, X),
    ],
}
