"""The Python functions of `scipy.special`: sums of exponentials, and combinatorial functions of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.declare import adjoint, partials
from bytegrad.rules.numpy.broadcast import keep, project
from bytegrad.rules.numpy.structure import conjugate
from bytegrad.rules.scipy.refusal import refused


@adjoint(sp.logsumexp)
def logsumexp_rule(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """Each element has its part of the sum; where the sum is infinite, the infinite elements share equally."""
    result = sp.logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)
    y, sign = result if return_sign else (result, 1.0)

    def logsumexp_pullback(result_bar: Any) -> Any:
        y_bar, sign_bar = result_bar if return_sign else (result_bar, None)
        weight = 0.0 if y_bar is None else y_bar
        if sign_bar is not None and np.iscomplexobj(sign):
            weight = weight + 1j * np.imag(conjugate(sign) * sign_bar)
        shape = np.broadcast(a, 1.0 if b is None else b).shape
        weight, top, direction = (keep(np.broadcast_to(value, np.shape(y)), shape, axis) for value in (weight, y, sign))
        equal = np.equal(a, top)
        share = np.exp(np.where(equal, 0.0, a) - np.where(equal, 0.0, top))
        share = np.where(np.isinf(top), share / np.maximum(np.sum(np.abs(share), axis=axis, keepdims=True), 1), share)
        b_bar = weight * conjugate(share / direction)
        a_bar = b_bar if b is None else b_bar * conjugate(b)
        return project(a_bar, a), None, None if b is None else project(b_bar, b)

    return result, logsumexp_pullback


@adjoint(sp.softmax)
def softmax_rule(x: Any, axis: Any = None) -> Any:
    """``x_bar = y * (y_bar - sum(y_bar * y))``, with conjugates."""
    y = sp.softmax(x, axis=axis)

    def softmax_pullback(y_bar: Any) -> Any:
        weighted = y_bar * conjugate(y)
        return (project(weighted - conjugate(y) * np.sum(weighted, axis=axis, keepdims=True), x),)

    return y, softmax_pullback


@adjoint(sp.log_softmax)
def log_softmax_rule(x: Any, axis: Any = None) -> Any:
    """``x_bar = y_bar - exp(y) * sum(y_bar)``, with conjugates."""
    y = sp.log_softmax(x, axis=axis)

    def log_softmax_pullback(y_bar: Any) -> Any:
        return (project(y_bar - conjugate(np.exp(y)) * np.sum(y_bar, axis=axis, keepdims=True), x),)

    return y, log_softmax_pullback


def multigamma_slope(a: Any, d: int) -> Any:
    """The derivative of ``multigammaln(a, d)`` in `a`."""
    return np.sum(sp.psi(np.expand_dims(a, -1) - np.arange(int(d)) / 2), axis=-1)


partials(sp.multigammaln, "a d -> y", lambda a, d: multigamma_slope(a, d), lambda d: refused("multigammaln", "d"))
if hasattr(sp, "softplus"):  # new in scipy 1.15
    partials(sp.softplus, "x -> y", lambda x: sp.expit(x))


@adjoint(sp.lambertw)
def lambertw_rule(z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """``w = z exp(-w)``."""
    w = sp.lambertw(z, k, tol)

    def lambertw_pullback(w_bar: Any) -> Any:
        return (project(w_bar * conjugate(np.exp(-w) / (1 + w)), z),)

    return w, lambertw_pullback


@adjoint(sp.zeta)
def zeta_rule(x: Any, q: Any = None, out: Any = None) -> Any:
    """The slope in `q` of Hurwitz's zeta function; none in `x`."""
    y = sp.zeta(x, q)

    def zeta_pullback(y_bar: Any) -> Any:
        slope = None if q is None else project(y_bar * -np.multiply(x, sp.zeta(np.add(x, 1), q)), q)
        return refused("zeta", "x"), slope

    return y, zeta_pullback


@adjoint(sp.comb)
def comb_rule(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """The slopes of `binom`; exact results are integers of integers."""
    y = sp.comb(N, k, exact=exact, repetition=repetition)

    def comb_pullback(y_bar: Any) -> Any:
        if exact or repetition:
            return refused("comb", "N"), refused("comb", "k")
        # Outside of 0 <= k <= N the result is constant.
        inside = np.not_equal(y, 0)
        n, r = np.where(inside, N, 1.0), np.where(inside, k, 0.0)
        between = sp.psi(n - r + 1)
        by_n, by_k = y * (sp.psi(n + 1) - between), y * (between - sp.psi(r + 1))
        return project(y_bar * by_n, N), project(y_bar * by_k, k)

    return y, comb_pullback


@adjoint(sp.perm)
def perm_rule(N: Any, k: Any, exact: bool = False) -> Any:
    """As `comb_rule`, for ``gamma(N + 1) / gamma(N - k + 1)``."""
    y = sp.perm(N, k, exact)

    def perm_pullback(y_bar: Any) -> Any:
        if exact:
            return refused("perm", "N"), refused("perm", "k")
        inside = np.not_equal(y, 0)
        n, r = np.where(inside, N, 1.0), np.where(inside, k, 0.0)
        by_k = y * sp.psi(n - r + 1)
        return project(y_bar * (y * sp.psi(n + 1) - by_k), N), project(y_bar * by_k, k)

    return y, perm_pullback


@adjoint(sp.factorial)
def factorial_rule(n: Any, exact: bool = False, extend: str = "zero") -> Any:
    """The slope of ``gamma(n + 1)``, where that is not replaced by zero."""
    y = sp.factorial(n, exact, extend)

    def factorial_pullback(y_bar: Any) -> Any:
        if exact:
            return (refused("factorial", "n"),)
        argument = np.where(np.equal(y, 0), 1.0, n)
        return (project(y_bar * conjugate(y * sp.psi(argument + 1)), n),)

    return y, factorial_pullback
