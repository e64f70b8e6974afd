"""Partial derivatives with a point where the plain formula is not finite; each says what it gives there.

The table of docs/conventions.md lists these points.  Away from them the functions are the plain formulas, so
they can be differentiated again.  They use arithmetic rather than branches: inputs are arrays or numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.numpy.broadcast import kind_of


def quotient(a: Any, b: Any) -> Any:
    """``a / b``, and `a` where `b` is 0: for quotients that are 0 / 0 at a kink and 0 by convention."""
    return a / (b + (b == 0))


def over_square(x: Any, r: Any) -> Any:
    """``x / r**2`` without overflow, and `x` where the radius `r` is 0: for functions of an angle."""
    return quotient(quotient(x, r), r)


def leg(x: Any) -> Any:
    """``sqrt(1 - x*x)``; for complex x on the sheet where it is ``cos(arcsin(x))``, signs of zeros included."""
    return np.sqrt(-(x - 1) * (x - -1) if np.iscomplexobj(x) else (1 - x) * (1 + x))


def slope_or_zero(scale: float, y: Any) -> Any:
    """``scale / y``, and 0 where `y` is 0: the slopes of roots at 0."""
    return scale / (y + (y == 0)) * (y != 0)


def reciprocal_slope(y: Any) -> Any:
    """The derivative of ``1 / x`` where it is `y`; 0 for integers, whose reciprocals are truncated."""
    return -y * y if kind_of(y) in "fcO" else y * 0.0


def share(a: Any, b: Any, y: Any) -> Any:
    """The part of `y`, the larger (or smaller) of `a` and `b`, that is `a`: 1, 0, or a half at a tie."""
    return np.equal(a, y) / (1.0 + np.equal(a, b))


def power_base(a: Any, b: Any, y: Any) -> Any:
    """The derivative of ``a ** b`` in `a`; at ``a == 0`` it is 0 for every exponent 0 <= b < 1."""
    a, b = _of_kind(a, y), _of_kind(b, y)
    exponent = np.real(b)
    if np.ndim(b) == 0 and exponent >= 1:
        return b * np.power(a, b - 1)
    flat = np.equal(a, 0) & (exponent >= 0) & (exponent < 1)
    return np.where(flat, 0, b * np.power(np.where(flat, 1, a), b - 1))


def power_exponent(a: Any, b: Any, y: Any) -> Any:
    """The derivative of ``a ** b`` in `b`, ``y * log(a)``; 0 at ``a == 0``, NaN for a real ``a < 0``."""
    a = _of_kind(a, y)
    return y * np.log(np.where(np.equal(a, 0), 1, a))


def log_share(a: Any, b: Any, y: Any, power: Any) -> Any:
    """The part of ``y = log(exp(a) + exp(b))`` that `a` has, ``exp(a - y)``; a half where both are -inf or inf.

    `power` is `np.exp` or `np.exp2`, after the base of the logarithm.
    """
    equal = np.equal(a, y)
    gap = np.where(equal, 0, a) - np.where(equal, 0, y)
    return np.where(equal & np.equal(a, b) & np.isinf(y), 0.5, power(gap))


def clip_share(a: Any, low: Any, high: Any, y: Any) -> Any:
    """The part of ``y = minimum(maximum(a, low), high)`` that is `a`."""
    raised = np.maximum(a, low)
    return share(a, low, raised) * share(raised, high, y)


def clip_low_share(a: Any, low: Any, high: Any, y: Any) -> Any:
    """The part of ``y = minimum(maximum(a, low), high)`` that is `low`."""
    raised = np.maximum(a, low)
    return share(low, a, raised) * share(raised, high, y)


def clip_high_share(a: Any, low: Any, high: Any, y: Any) -> Any:
    """The part of ``y = minimum(maximum(a, low), high)`` that is `high`."""
    return share(high, np.maximum(a, low), y)


def _of_kind(x: Any, y: Any) -> Any:
    """`x` as an array or numpy scalar of floating or complex dtype, complex if `y` is.

    Integers to negative powers are an error and Python's own ``**`` answers differently from numpy's.
    """
    kind = kind_of(y)
    if kind == "O":
        return x
    if kind == "c":
        return x + 0j if kind_of(x) != "c" else x
    return x if kind_of(x) == "f" else x * 1.0
