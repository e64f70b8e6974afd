"""`np.cov` and `np.corrcoef`.

The deviations from the (weighted) mean add up to 0, and so the mean itself needs no cotangent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import project
from bytegrad.rules.numpy.structure import adjoint_matrix, any_complex, narrows

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]

MATRIX = 2


@adjoint(np.cov)
def cov_rule(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    dtype: Any = None,
) -> Any:
    """The covariance matrix of the rows of `m` and `y`, or of their columns."""
    if any_complex(aweights) or narrows(m, dtype) or narrows(y, dtype):
        return NotImplemented
    c = np.cov(m, y, rowvar, bias, ddof, fweights, aweights, dtype=dtype)

    def cov_pullback(c_bar: Any) -> tuple[Any, ...]:
        x = _variables(m, rowvar) if y is None else np.concatenate([_variables(m, rowvar), _second(y, rowvar)])
        freedom = (0 if bias else 1) if ddof is None else ddof
        x_bar, f_bar, a_bar = _cotangents(x, freedom, fweights, aweights, np.reshape(c_bar, (len(x), len(x))))
        n = len(_variables(m, rowvar))
        m_bar = x_bar[:n] if rowvar or np.ndim(m) <= 1 else x_bar[:n].T
        y_bar = None
        if y is not None:
            upright = rowvar or np.ndim(y) <= 1 or np.shape(y)[0] == 1
            y_bar = project(np.reshape(x_bar[n:] if upright else x_bar[n:].T, np.shape(y)), y)
        return project(np.reshape(m_bar, np.shape(m)), m), y_bar, None, None, None, f_bar, a_bar

    return c, cov_pullback


def _variables(m: Any, rowvar: bool) -> Any:
    """`m` with one row for each variable, as numpy reads it.  Shapes: -> (variables, observations)."""
    x = np.atleast_2d(np.asarray(m)) * 1.0
    return x.T if not rowvar and np.ndim(m) != 1 else x


def _second(y: Any, rowvar: bool) -> Any:
    """As `_variables`, of the second argument: a single row is one variable in any case."""
    x = np.atleast_2d(np.asarray(y)) * 1.0
    return x.T if not rowvar and x.shape[0] != 1 else x


def _cotangents(x: Any, ddof: Any, fweights: Any, aweights: Any, c_bar: Any) -> tuple[Any, Any, Any]:
    """The cotangents of the variables and of both kinds of weights.  Shapes: x (k, n), c_bar (k, k)."""
    f = np.ones(x.shape[1]) if fweights is None else np.asarray(fweights) * 1.0
    a = np.ones(x.shape[1]) if aweights is None else np.asarray(aweights) * 1.0
    w = f * a
    total = np.sum(w)
    deviations = x - np.sum(x * w, axis=1, keepdims=True) / total
    # With weights of observations the freedom lost is that of the effective number of observations.
    lost = ddof if aweights is None else ddof * np.sum(w * a) / total
    size = total - lost
    x_bar = ((c_bar + adjoint_matrix(c_bar)) @ deviations) * w / size
    if fweights is None and aweights is None:
        return x_bar, None, None
    each = np.real(np.sum(np.conjugate(deviations) * (c_bar @ deviations), axis=0)) / size
    size_bar = -np.sum(each * w) / size
    if aweights is None:
        return x_bar, project(each + size_bar, fweights), None
    w_bar = each + size_bar * (1 - ddof * (a / total - np.sum(w * a) / total**2))
    a_bar = project(w_bar * f - size_bar * ddof * w / total, aweights)
    return x_bar, None if fweights is None else project(w_bar * a, fweights), a_bar


@adjoint(np.corrcoef)
def corrcoef_rule(x: Any, y: Any = None, rowvar: bool = True, dtype: Any = None) -> Any:
    """The covariances over the standard deviations; nothing flows into the diagonal, which is 1."""
    if narrows(x, dtype) or narrows(y, dtype):
        return NotImplemented
    r = np.corrcoef(x, y, rowvar, dtype=dtype)
    c, cov_pullback = cov_rule(x, y, rowvar, dtype=dtype)

    def corrcoef_pullback(r_bar: Any) -> tuple[Any, ...]:
        if np.ndim(c) != MATRIX:
            return None, None
        deviations = np.sqrt(np.real(np.diag(c)))
        scale = deviations[:, None] * deviations[None, :]
        part = r_bar / scale
        coupling = np.real(np.conjugate(part) * c)
        deviations_bar = -(np.sum(coupling, axis=1) + np.sum(coupling, axis=0)) / deviations
        c_bar = part + np.diag(deviations_bar / (2 * deviations))
        x_bar, y_bar, *_ = cov_pullback(c_bar)
        return x_bar, y_bar

    return r, corrcoef_pullback
