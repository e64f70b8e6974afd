"""Ufuncs of two outputs: `divmod`, `modf`, `frexp`.  One of the two is a step function.

Their pullbacks take a pair of cotangents, either of which may be None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import masked, project, weigh

Pullback = Callable[[Any], tuple[Any, ...]]


@adjoint(np.divmod)
def divmod_rule(a: Any, b: Any, *, where: Any = True, **keywords: Any) -> tuple[Any, Pullback]:
    """Only the remainder, ``a - quotient * b``, varies; the quotient is a step function."""
    y = np.divmod(a, b, where=where, **keywords)

    def divmod_pullback(y_bar: Any) -> tuple[Any, ...]:
        remainder_bar = y_bar[1]
        if remainder_bar is None:
            return None, None
        b_bar = weigh(remainder_bar, -y[0])
        return project(masked(remainder_bar, where), a), project(masked(b_bar, where), b)

    return y, divmod_pullback


@adjoint(np.modf)
def modf_rule(x: Any, *, where: Any = True, **keywords: Any) -> tuple[Any, Pullback]:
    """Only the fractional part varies; the integral part is a step function."""
    y = np.modf(x, where=where, **keywords)

    def modf_pullback(y_bar: Any) -> tuple[Any, ...]:
        fractional_bar = y_bar[0]
        return (None if fractional_bar is None else project(masked(fractional_bar, where), x),)

    return y, modf_pullback


@adjoint(np.frexp)
def frexp_rule(x: Any, *, where: Any = True, **keywords: Any) -> tuple[Any, Pullback]:
    """The mantissa is ``x / 2**exponent``; the exponent is a step function."""
    y = np.frexp(x, where=where, **keywords)

    def frexp_pullback(y_bar: Any) -> tuple[Any, ...]:
        mantissa_bar = y_bar[0]
        if mantissa_bar is None:
            return (None,)
        return (project(masked(weigh(mantissa_bar, np.exp2(-1.0 * y[1])), where), x),)

    return y, frexp_pullback
