"""Rules of `scipy.sparse.linalg`: iterative solvers on dense arrays, differentiated as the solutions that they find."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse.linalg as sparse_linalg

from bytegrad.rules.declare import adjoint
from bytegrad.rules.scipy.linalg import solved_bars


def register() -> None:
    """Declare the rules of `scipy.sparse`; importing this module has done that."""


def _iterative(name: str) -> None:
    """Declare the rule of a solver; how exactly it has solved is constant."""

    def solver_rule(A: Any, b: Any, x0: Any = None, **options: Any) -> Any:
        if not isinstance(A, np.ndarray) or options.get("callback") is not None:
            return NotImplemented
        result = getattr(sparse_linalg, name)(A, b, x0, **options)

        def solver_pullback(result_bar: Any) -> Any:
            if result_bar[0] is None:
                return None, None
            a_bar, b_bar = solved_bars(A, np.ravel(result[0]), np.ravel(result_bar[0]), True)
            return a_bar, np.reshape(b_bar, np.shape(b))

        return result, solver_pullback

    adjoint(getattr(sparse_linalg, name))(solver_rule)


for _name in ("bicg", "bicgstab", "cg", "cgs", "gcrotmk", "gmres", "lgmres", "minres", "qmr", "tfqmr"):
    _iterative(_name)
