"""Matrix equations of `scipy.linalg`: Sylvester, Lyapunov and Riccati.

Each pullback solves the adjoint of the linearised equation once; the other cotangents are products with that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.structure import adjoint_matrix


@adjoint(sl.solve_sylvester)
def solve_sylvester_rule(a: Any, b: Any, q: Any) -> Any:
    """``a x + x b = q``."""
    x = sl.solve_sylvester(a, b, q)

    def solve_sylvester_pullback(x_bar: Any) -> Any:
        q_bar = sl.solve_sylvester(adjoint_matrix(a), adjoint_matrix(b), x_bar)
        back = adjoint_matrix(x)
        return -np.matmul(q_bar, back), -np.matmul(back, q_bar), q_bar

    return x, solve_sylvester_pullback


@adjoint(sl.solve_continuous_lyapunov)
def solve_continuous_lyapunov_rule(a: Any, q: Any) -> Any:
    """``a x + x a^H = q``."""
    x = sl.solve_continuous_lyapunov(a, q)

    def solve_continuous_lyapunov_pullback(x_bar: Any) -> Any:
        q_bar = sl.solve_continuous_lyapunov(adjoint_matrix(a), x_bar)
        return -np.matmul(q_bar, adjoint_matrix(x)) - np.matmul(adjoint_matrix(q_bar), x), q_bar

    return x, solve_continuous_lyapunov_pullback


if sl.solve_lyapunov is not sl.solve_continuous_lyapunov:
    adjoint(sl.solve_lyapunov)(solve_continuous_lyapunov_rule)


@adjoint(sl.solve_discrete_lyapunov)
def solve_discrete_lyapunov_rule(a: Any, q: Any, method: Any = None) -> Any:
    """``x - a x a^H = q``."""
    x = sl.solve_discrete_lyapunov(a, q, method)

    def solve_discrete_lyapunov_pullback(x_bar: Any) -> Any:
        q_bar = sl.solve_discrete_lyapunov(adjoint_matrix(a), x_bar, method)
        a_bar = np.matmul(np.matmul(q_bar, a), adjoint_matrix(x)) + np.matmul(np.matmul(adjoint_matrix(q_bar), a), x)
        return a_bar, q_bar

    return x, solve_discrete_lyapunov_pullback


@adjoint(sl.solve_continuous_are)
def solve_continuous_are_rule(
    a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True
) -> Any:
    """``a^H x + x a - x b r^-1 b^H x + q = 0``; the generalised equation has no rule."""
    if e is not None or s is not None:
        return NotImplemented
    x = sl.solve_continuous_are(a, b, q, r, balanced=balanced)

    def solve_continuous_are_pullback(x_bar: Any) -> Any:
        gain = np.linalg.solve(r, np.matmul(adjoint_matrix(b), x))
        closed = a - np.matmul(b, gain)
        q_bar = sl.solve_continuous_lyapunov(closed, -x_bar)
        both = np.matmul(x, q_bar + adjoint_matrix(q_bar))
        back = adjoint_matrix(gain)
        return both, -np.matmul(both, back), q_bar, np.matmul(np.matmul(gain, q_bar), back)

    return x, solve_continuous_are_pullback


@adjoint(sl.solve_discrete_are)
def solve_discrete_are_rule(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True) -> Any:
    """``a^H x a - x - a^H x b (r + b^H x b)^-1 b^H x a + q = 0``; the generalised equation has no rule."""
    if e is not None or s is not None:
        return NotImplemented
    x = sl.solve_discrete_are(a, b, q, r, balanced=balanced)

    def solve_discrete_are_pullback(x_bar: Any) -> Any:
        from_input = np.matmul(adjoint_matrix(b), x)
        gain = np.linalg.solve(r + np.matmul(from_input, b), np.matmul(from_input, a))
        closed = a - np.matmul(b, gain)
        q_bar = sl.solve_discrete_lyapunov(closed, x_bar)
        both = np.matmul(np.matmul(x, closed), q_bar + adjoint_matrix(q_bar))
        back = adjoint_matrix(gain)
        return both, -np.matmul(both, back), q_bar, np.matmul(np.matmul(gain, q_bar), back)

    return x, solve_discrete_are_pullback
