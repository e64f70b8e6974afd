"""Compiled functions below `numpy.linalg`: code may call them directly, and numpy does for subclasses of arrays.

Their values are their own; the derivatives are those of the public functions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.linalg import _umath_linalg

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.decompositions import cholesky_rule, eig_rule, eigh_rule, eigvals_rule, eigvalsh_rule
from bytegrad.rules.numpy.linalg import det_rule, inv_rule, slogdet_rule, solve_rule
from bytegrad.rules.numpy.svd import svd_rule


def _solve_vectors_rule(a: Any, b: Any) -> Any:
    """The last axis of `b` holds vectors, whatever other axes there are."""
    x, solve_pullback = solve_rule(a, np.expand_dims(b, -1))

    def vectors_pullback(x_bar: Any) -> Any:
        a_bar, b_bar = solve_pullback(np.expand_dims(x_bar, -1))
        return a_bar, np.squeeze(b_bar, -1)

    return x, vectors_pullback


RULES: dict[str, Callable[..., Any]] = {
    "cholesky_lo": cholesky_rule,
    "cholesky_up": partial(cholesky_rule, upper=True),
    "det": det_rule,
    "eig": eig_rule,
    "eigh_lo": eigh_rule,
    "eigh_up": partial(eigh_rule, UPLO="U"),
    "eigvals": eigvals_rule,
    "eigvalsh_lo": eigvalsh_rule,
    "eigvalsh_up": partial(eigvalsh_rule, UPLO="U"),
    "inv": inv_rule,
    "slogdet": slogdet_rule,
    "solve": solve_rule,
    "solve1": _solve_vectors_rule,
    "svd": partial(svd_rule, compute_uv=False),
    "svd_f": svd_rule,
    "svd_s": partial(svd_rule, full_matrices=False),
}
"""By the names of the compiled functions; numpy has not had all of them in every version."""


def _declare(gufunc: Any, rule: Callable[..., Any]) -> None:
    def gufunc_rule(a: Any, *others: Any, **options: Any) -> Any:
        y = gufunc(a, *others, **options)
        _, pullback = rule(a, *others)
        return y, pullback

    adjoint(gufunc)(gufunc_rule)


for _name, _rule in RULES.items():
    if hasattr(_umath_linalg, _name):
        _declare(getattr(_umath_linalg, _name), _rule)
