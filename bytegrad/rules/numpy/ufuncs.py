"""The partial derivatives of numpy's elementwise functions: one line each.

`x`, `a`, `b` are inputs and `y` is the output.  Kinks (ties, roots at 0, ``0 ** 0``) are in kinks.py and listed
in docs/conventions.md.  Derivatives of inverse functions are factored so that they are right on the sheets that
numpy's branch cuts select: ``x - -1`` keeps the sign of a zero imaginary part, which ``x + 1`` does not.
Functions of two outputs and those that are not holomorphic are in two_outputs.py and complex_parts.py; `matmul`
and the other products over axes have rules of their own.
Source: Abramowitz and Stegun, Handbook of Mathematical Functions, chapters 4 and 6.
"""

from __future__ import annotations

import math

import numpy as np
from numpy._core import umath

from bytegrad.rules.declare import non_differentiable, partials
from bytegrad.rules.numpy.kinks import (
    clip_high_share,
    clip_low_share,
    clip_share,
    leg,
    log_share,
    over_square,
    power_base,
    power_exponent,
    quotient,
    reciprocal_slope,
    share,
    slope_or_zero,
)

LOG_2 = math.log(2)
LOG_10 = math.log(10)
DEGREE = math.pi / 180
BINARY = 2

# arithmetic
partials(np.add, "a b -> y", lambda: 1, lambda: 1)
partials(np.subtract, "a b -> y", lambda: 1, lambda: -1)
partials(np.multiply, "a b -> y", lambda b: b, lambda a: a)
partials(np.divide, "a b -> y", lambda b: 1 / b, lambda b, y: -y / b)
partials(np.remainder, "a b -> y", lambda: 1, lambda a, b: -(a // b))
partials(np.fmod, "a b -> y", lambda: 1, lambda a, b, y: (y - a) / b)
partials(np.negative, "x -> y", lambda: -1)
partials(np.positive, "x -> y", lambda: 1)
partials(np.reciprocal, "x -> y", lambda y: reciprocal_slope(y))
partials(np.square, "x -> y", lambda x: 2 * x)
partials(np.sqrt, "x -> y", lambda y: slope_or_zero(0.5, y))
partials(np.cbrt, "x -> y", lambda y: slope_or_zero(1 / 3, y * y))
partials(np.power, "a b -> y", lambda a, b, y: power_base(a, b, y), lambda a, b, y: power_exponent(a, b, y))
partials(np.float_power, "a b -> y", lambda a, b, y: power_base(a, b, y), lambda a, b, y: power_exponent(a, b, y))

# size and sign; `absolute` of complex x is real, its cotangent lies along x
partials(np.absolute, "x -> y", lambda x: np.sign(x).conjugate())
partials(np.fabs, "x -> y", lambda x: np.sign(x))
partials(np.copysign, "a b -> y", lambda a, b: np.sign(a) * np.copysign(1.0, b), None)
partials(np.heaviside, "a b -> y", None, lambda a: a == 0)
partials(np.nextafter, "a b -> y", lambda: 1, None)
partials(np.ldexp, "a b -> y", lambda b: np.exp2(b), None)

# exponentials and logarithms
partials(np.exp, "x -> y", lambda y: y)
partials(np.exp2, "x -> y", lambda y: y * LOG_2)
partials(np.expm1, "x -> y", lambda x: np.exp(x))  # y + 1 has no digits left for x << 0
partials(np.log, "x -> y", lambda x: 1 / x)
partials(np.log2, "x -> y", lambda x: 1 / (x * LOG_2))
partials(np.log10, "x -> y", lambda x: 1 / (x * LOG_10))
partials(np.log1p, "x -> y", lambda x: 1 / (1 + x))
partials(
    np.logaddexp,
    "a b -> y",
    lambda a, b, y: log_share(a, b, y, np.exp),
    lambda a, b, y: log_share(b, a, y, np.exp),
)
partials(
    np.logaddexp2,
    "a b -> y",
    lambda a, b, y: log_share(a, b, y, np.exp2),
    lambda a, b, y: log_share(b, a, y, np.exp2),
)

# trigonometric and hyperbolic functions and their inverses
partials(np.sin, "x -> y", lambda x: np.cos(x))
partials(np.cos, "x -> y", lambda x: -np.sin(x))
partials(np.tan, "x -> y", lambda y: 1 + y * y)
partials(np.arcsin, "x -> y", lambda x: slope_or_zero(1, leg(x)))
partials(np.arccos, "x -> y", lambda x: slope_or_zero(-1, leg(x)))
partials(np.arctan, "x -> y", lambda x: 1 / (1 + x * x))
partials(np.sinh, "x -> y", lambda x: np.cosh(x))
partials(np.cosh, "x -> y", lambda x: np.sinh(x))
partials(np.tanh, "x -> y", lambda y: 1 - y * y)
partials(np.arcsinh, "x -> y", lambda x: 1 / np.sqrt(x * x - -1))
partials(np.arccosh, "x -> y", lambda x: slope_or_zero(1, np.sqrt(x - 1) * np.sqrt(x - -1)))
partials(np.arctanh, "x -> y", lambda x: 1 / ((1 - x) * (1 + x)))
partials(
    np.arctan2,
    "a b -> y",
    lambda a, b: over_square(b, np.hypot(a, b)),
    lambda a, b: -over_square(a, np.hypot(a, b)),
)
partials(np.hypot, "a b -> y", lambda a, y: quotient(a, y), lambda b, y: quotient(b, y))
partials(np.rad2deg, "x -> y", lambda: 1 / DEGREE)
partials(np.degrees, "x -> y", lambda: 1 / DEGREE)
partials(np.deg2rad, "x -> y", lambda: DEGREE)
partials(np.radians, "x -> y", lambda: DEGREE)

# the larger and the smaller of two; ties are shared evenly
for _extremum in (np.maximum, np.minimum, np.fmax, np.fmin):
    partials(_extremum, "a b -> y", lambda a, b, y: share(a, b, y), lambda a, b, y: share(b, a, y))
CLIP = vars(umath)["clip"]
partials(
    CLIP,
    "a low high -> y",
    lambda a, low, high, y: clip_share(a, low, high, y),
    lambda a, low, high, y: clip_low_share(a, low, high, y),
    lambda a, low, high, y: clip_high_share(a, low, high, y),
)

# comparisons, truth, bits
non_differentiable(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
non_differentiable(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
non_differentiable(np.isfinite, np.isinf, np.isnan, np.isnat, np.signbit)
non_differentiable(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.bitwise_count, np.invert)
non_differentiable(np.left_shift, np.right_shift, np.gcd, np.lcm)

# steps: constant between jumps
non_differentiable(np.floor, np.ceil, np.trunc, np.rint, np.floor_divide, np.spacing)

# numpy's own, and its ufuncs of strings: those have no loops over numbers
non_differentiable(vars(umath)["_ones_like"])
for _ufunc in vars(umath).values():
    if isinstance(_ufunc, np.ufunc) and not _ufunc.types:
        non_differentiable(_ufunc)
