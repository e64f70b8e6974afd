"""Rules of `cmath`.  The engine conjugates a partial and takes the real part for real arguments.

The derivative of an inverse function is the inverse of the derivative at its result: this way it is right on both
sides of a branch cut, where an expression of z would have to mind signed zeros.  As in `math`, it is 0 by convention
where it is infinite within the domain: for `sqrt` at 0, `asin` and `acos` at 1 and -1, `acosh` at 1, `asinh` at 1j.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

from bytegrad.rules.declare import adjoint, non_differentiable, partials

LOG_10 = math.log(10.0)

# --- exponentials, logarithms, roots ---------------------------------------------------------------

partials(cmath.exp, "z -> w", lambda w: w)
partials(cmath.log10, "z -> w", lambda z: 1 / z / LOG_10)
partials(cmath.sqrt, "z -> w", lambda w: 0.5 / w if w else 0)


@adjoint(cmath.log)
def log_rule(z: Any, base: Any) -> Any:
    """``cmath.log(z, base)``; the case without a base is the line below."""
    w = cmath.log(z, base)

    def log_pullback(w_bar: Any) -> Any:
        slope = 1 / cmath.log(base)
        return w_bar * (slope / z).conjugate(), -w_bar * (slope * w / base).conjugate()

    return w, log_pullback


partials(cmath.log, "z -> w", lambda z: 1 / z)

# --- trigonometric and hyperbolic functions --------------------------------------------------------


def inverse_of_one_plus_square(z: complex) -> complex:
    """1 / (1 + z * z), also where z * z overflows."""
    return 1 / (1 + z * z) if abs(z.real) + abs(z.imag) < 1 else 1 / z / (1 / z + z)


partials(cmath.sin, "z -> w", lambda z: cmath.cos(z))
partials(cmath.cos, "z -> w", lambda z: -cmath.sin(z))
partials(cmath.tan, "z -> w", lambda w: 1 + w * w)
partials(cmath.asin, "z -> w", lambda z, w: 1 / cmath.cos(w) if z * z != 1 else 0)
partials(cmath.acos, "z -> w", lambda z, w: -1 / cmath.sin(w) if z * z != 1 else 0)
partials(cmath.atan, "z -> w", lambda z: inverse_of_one_plus_square(z))
partials(cmath.sinh, "z -> w", lambda z: cmath.cosh(z))
partials(cmath.cosh, "z -> w", lambda z: cmath.sinh(z))
partials(cmath.tanh, "z -> w", lambda w: 1 - w * w)
partials(cmath.asinh, "z -> w", lambda z, w: 1 / cmath.cosh(w) if z * z != -1 else 0)
partials(cmath.acosh, "z -> w", lambda z, w: 1 / cmath.sinh(w) if z * z != 1 else 0)
partials(cmath.atanh, "z -> w", lambda z: inverse_of_one_plus_square(1j * z))

# --- polar coordinates: functions with real results or real arguments -------------------------------

# The angle is the imaginary part of log(z), hence a partial d of -1j / z: angle_dot = Re(d * z_dot).
partials(cmath.phase, "z -> angle", lambda z: -1j / z if z else 0)


@adjoint(cmath.polar)
def polar_rule(z: Any, /) -> Any:
    """Modulus and angle; at 0 neither moves, by convention."""
    r, angle = cmath.polar(z)

    def polar_pullback(y_bar: Any) -> Any:
        r_bar, angle_bar = y_bar
        if not r:
            return (0j,)
        direction = z / r
        radial = 0.0 if r_bar is None else r_bar
        tangential = 0.0 if angle_bar is None else angle_bar / r
        return ((radial + 1j * tangential) * direction,)

    return (r, angle), polar_pullback


partials(cmath.rect, "r angle -> z", lambda angle: cmath.rect(1.0, angle), lambda z: 1j * z)

# --- what carries no derivative --------------------------------------------------------------------

non_differentiable(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan)
