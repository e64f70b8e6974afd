"""Functions of complex numbers that are not holomorphic: their cotangents are not a product with a partial.

For a real function of z the cotangent is ``df/dRe z + i df/dIm z``.  Of real arguments these functions are the
identity or constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import masked, project
from bytegrad.rules.numpy.kinks import over_square, quotient

Pullback = Callable[[Any], tuple[Any, ...]]


@adjoint(np.conjugate)
def conjugate_rule(x: Any, *, where: Any = True, **keywords: Any) -> tuple[Any, Pullback]:
    """The cotangent of the conjugate is conjugated back."""
    y = np.conjugate(x, where=where, **keywords)

    def conjugate_pullback(y_bar: Any) -> tuple[Any, ...]:
        return (project(masked(np.conjugate(y_bar), where), x),)

    return y, conjugate_pullback


@adjoint(np.sign)
def sign_rule(x: Any, *, where: Any = True, **keywords: Any) -> tuple[Any, Pullback]:
    """``z / abs(z)`` turns with z and does not change with its size; constant for real numbers, 0 at 0."""
    y = np.sign(x, where=where, **keywords)

    def sign_pullback(y_bar: Any) -> tuple[Any, ...]:
        if not np.iscomplexobj(y):
            return (None,)
        across = y_bar - y * np.real(np.conjugate(y) * y_bar)
        return (project(masked(quotient(across, np.absolute(x)) * np.not_equal(x, 0), where), x),)

    return y, sign_pullback


@adjoint(np.real)
def real_rule(val: Any) -> tuple[Any, Pullback]:
    """The real part; the cotangent is real."""
    y = np.real(val)

    def real_pullback(y_bar: Any) -> tuple[Any, ...]:
        return (project(y_bar, val),)

    return y, real_pullback


@adjoint(np.imag)
def imag_rule(val: Any) -> tuple[Any, Pullback]:
    """The imaginary part, 0 for real numbers; the cotangent is imaginary."""
    y = np.imag(val)

    def imag_pullback(y_bar: Any) -> tuple[Any, ...]:
        return (project(y_bar * 1j, val) if np.iscomplexobj(val) or _asks_elements(val) else None,)

    return y, imag_pullback


def _asks_elements(val: Any) -> bool:
    """Whether the parts of `val` are those of its elements: of arrays of objects, before numpy 2.5 they are not."""
    return isinstance(val, np.ndarray) and val.dtype.kind == "O" and _OF_OBJECTS


_OF_OBJECTS = bool(np.array([1j], object).imag[0])


@adjoint(np.angle)
def angle_rule(z: Any, deg: bool = False) -> tuple[Any, Pullback]:
    """The angle varies across z, by ``1 / abs(z)``; constant for real numbers, 0 at 0."""
    y = np.angle(z, deg)

    def angle_pullback(y_bar: Any) -> tuple[Any, ...]:
        if not np.iscomplexobj(z):
            return (None,)
        across = over_square(1j * np.asarray(z), np.absolute(z))
        return (project(y_bar * across * (180 / np.pi if deg else 1.0), z),)

    return y, angle_pullback
