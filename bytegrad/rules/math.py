"""Rules of `math`: every public function, as a line of partials where it is elementwise.

A partial raises nowhere where its function did not: no overflow and no division by zero.  Where a derivative is
infinite at the border of the domain (`sqrt` and `cbrt` at 0, `asin` and `acos` at 1, `acosh` at 1), and at the kinks
of `fabs`, `hypot`, `dist` and `copysign`, it is 0 by convention, so that it does not spoil the rest of a gradient.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable, partials, polyfill
from bytegrad.rules.operators import log_slope_of_power, slope_of_power

LOG_2 = math.log(2.0)
LOG_10 = math.log(10.0)
DEGREE = math.pi / 180.0
EXACT_FLOAT = 2.0**53  # floats of this size and above are whole numbers
MAX_EXPONENT = 1024  # 2.0 ** 1024 overflows

# --- exponentials, logarithms, roots ---------------------------------------------------------------

partials(math.exp, "x -> y", lambda y: y)
partials(math.exp2, "x -> y", lambda y: y * LOG_2)
partials(math.expm1, "x -> y", lambda x: math.exp(x))  # y + 1 has no digits left for x << 0
partials(math.log1p, "x -> y", lambda x: 1 / (1 + x))
# Two divisions: 1 / x is right for an int that is too large for a float.
partials(math.log2, "x -> y", lambda x: 1 / x / LOG_2)
partials(math.log10, "x -> y", lambda x: 1 / x / LOG_10)
partials(math.sqrt, "x -> y", lambda y: 0.5 / y if y else 0.0)
partials(math.cbrt, "x -> y", lambda y: 1 / (3 * y * y) if y else 0.0)


@adjoint(math.log)
def log_rule(x: Any, base: Any) -> Any:
    """``math.log(x, base)``; the case without a base is the line below."""
    y = math.log(x, base)

    def log_pullback(y_bar: Any) -> Any:
        log_base = math.log(base)
        return y_bar * (1 / x) / log_base, -y_bar * y * (1 / base) / log_base

    return y, log_pullback


partials(math.log, "x -> y", lambda x: 1 / x)

partials(
    math.pow,
    "x n -> y",
    lambda x, n, y: n * x ** (n - 1) if n >= 1 else slope_of_power(x, n, y),
    lambda x, n, y: y * math.log(x) if x > 0 else log_slope_of_power(x, n, y),
)

# --- trigonometric and hyperbolic functions --------------------------------------------------------

partials(math.sin, "x -> y", lambda x: math.cos(x))
partials(math.cos, "x -> y", lambda x: -math.sin(x))
partials(math.tan, "x -> y", lambda y: 1 + y * y)
partials(math.asin, "x -> y", lambda x: 1 / math.sqrt((1 - x) * (1 + x)) if x * x != 1 else 0.0)
partials(math.acos, "x -> y", lambda x: -1 / math.sqrt((1 - x) * (1 + x)) if x * x != 1 else 0.0)
partials(math.atan, "x -> y", lambda x: 1 / (1 + x * x))
# Divided twice, because the square of a length overflows and underflows where the length does not.
partials(
    math.atan2,
    "y x -> angle",
    lambda y, x: x / math.hypot(x, y) / math.hypot(x, y) if x or y else 0.0,
    lambda y, x: -y / math.hypot(x, y) / math.hypot(x, y) if x or y else 0.0,
)
partials(math.sinh, "x -> y", lambda x: math.cosh(x))
partials(math.cosh, "x -> y", lambda x: math.sinh(x))
partials(math.tanh, "x -> y", lambda y: 1 - y * y)
partials(math.asinh, "x -> y", lambda x: 1 / math.hypot(1, x))
partials(math.acosh, "x -> y", lambda x: 1 / (math.sqrt(x - 1) * math.sqrt(x + 1)) if x != 1 else 0.0)
partials(math.atanh, "x -> y", lambda x: 1 / ((1 - x) * (1 + x)))
partials(math.degrees, "x -> y", lambda: 1 / DEGREE)
partials(math.radians, "x -> y", lambda: DEGREE)

# --- error and gamma functions ---------------------------------------------------------------------

partials(math.erf, "x -> y", lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x))
partials(math.erfc, "x -> y", lambda x: -2 / math.sqrt(math.pi) * math.exp(-x * x))


def digamma(x: float) -> float:
    """The derivative of `math.lgamma`, for any x that is not 0, -1, -2, ...; NaN at minus infinity.

    Plain arithmetic, so that it is differentiated like any other code: its derivatives are the polygamma functions.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3.5, 6.3.7 and 6.3.18.

    >>> round(digamma(1.0), 14)  # minus the Euler-Mascheroni constant
    -0.57721566490153
    """
    if math.isinf(x):
        return x if x > 0 else math.nan
    result = 0.0
    if x <= 0:
        result = -math.pi / math.tan(math.pi * (x - round(x)))
        x = 1 - x
    while x < 10:  # from here on the series below is exact but for rounding
        result -= 1 / x
        x += 1
    z = 1 / x / x
    tail = 1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * (691 / 32760 - z / 12)))))
    return result + math.log(x) - 0.5 / x - z * tail


partials(math.gamma, "x -> y", lambda x, y: y * digamma(x))
partials(math.lgamma, "x -> y", lambda x: digamma(x))

# --- signs, remainders, the parts of a float -------------------------------------------------------

partials(math.fabs, "x -> y", lambda x: math.copysign(1.0, x) if x else 0.0)
partials(
    math.copysign, "x sign -> y", lambda x, sign: math.copysign(1.0, x) * math.copysign(1.0, sign) if x else 0.0, None
)


def whole(x: float) -> float:
    """The whole number that `x` is but for rounding; infinities and NaN stay."""
    return float(round(x)) if abs(x) < EXACT_FLOAT else x


# Both are x - n * divisor with a whole n, rounded differently; y tells which, `x / divisor` only nearly.
for _remainder in (math.fmod, math.remainder):
    partials(_remainder, "x divisor -> y", lambda: 1, lambda x, divisor, y: whole((y - x) / divisor) if divisor else y)

# The exponent counts like that of `x * 2 ** i`.
partials(math.ldexp, "x i -> y", lambda i: math.ldexp(1.0, i) if i < MAX_EXPONENT else math.inf, lambda y: y * LOG_2)


@adjoint(math.frexp)
def frexp_rule(x: Any, /) -> Any:
    """x = mantissa * 2 ** exponent, with the exponent a piecewise constant."""
    mantissa, exponent = math.frexp(x)

    def frexp_pullback(y_bar: Any) -> Any:
        mantissa_bar = y_bar[0]
        if mantissa_bar is None:
            return (None,)
        # mantissa / x is 2 ** -exponent, and does not overflow.  x - x is NaN for an infinite x.
        return (mantissa_bar * (mantissa / x) if x and x - x == 0 else mantissa_bar,)

    return (mantissa, exponent), frexp_pullback


@adjoint(math.modf)
def modf_rule(x: Any, /) -> Any:
    """The fractional part moves with x, the integral part is piecewise constant."""

    def modf_pullback(y_bar: Any) -> Any:
        return (y_bar[0],)

    return math.modf(x), modf_pullback


@adjoint(math.nextafter)
def nextafter_rule(x: Any, towards: Any, /, **options: Any) -> Any:
    """The result is x but for some units in the last place, or `towards` once that is reached."""
    y = math.nextafter(x, towards, **options)
    arrived = y == towards and x != towards

    def nextafter_pullback(y_bar: Any) -> Any:
        return (None, y_bar) if arrived else (y_bar, None)

    return y, nextafter_pullback


if hasattr(math, "fma"):
    partials(math.fma, "x y z -> result", lambda y: y, lambda x: x, lambda: 1)

# --- sums, products, distances ---------------------------------------------------------------------


# What C reads without running Python code.  Other items are converted one by one first, in Python.
_PLAIN = {float, int, bool, np.float64}


def _is_plain(sequence: Any) -> bool:
    """Whether `sequence` is a list or tuple of plain real numbers."""
    return type(sequence) in (list, tuple) and set(map(type, sequence)) <= _PLAIN


def _real(item: Any) -> float:
    """The float for which the functions of `math` take `item`, or their TypeError."""
    return item if type(item) is float else math.ldexp(item, 0)


def _like(sequence: Any, cotangents: list[Any]) -> Any:
    """`cotangents` as the type of `sequence`, with None for its bools, which are not differentiable."""
    kept = [None if isinstance(x, bool) else x_bar for x, x_bar in zip(sequence, cotangents, strict=True)]
    return tuple(kept) if isinstance(sequence, tuple) else kept


@adjoint(math.hypot)
def hypot_rule(*coordinates: Any) -> Any:
    """``math.hypot`` of any number of coordinates; the case of two is the line below."""
    y = math.hypot(*coordinates)

    def hypot_pullback(y_bar: Any) -> Any:
        return tuple([y_bar * (x / y) if y else 0.0 for x in coordinates])

    return y, hypot_pullback


partials(math.hypot, "a b -> y", lambda a, y: a / y if y else 0.0, lambda b, y: b / y if y else 0.0)


@polyfill(math.dist)
def dist(p: Iterable[Any], q: Iterable[Any], /) -> float:
    """`math.dist` for whatever the rule below declines: any iterables, of anything with a float."""
    a, b = tuple(p), tuple(q)
    if len(a) != len(b):
        raise ValueError("both points must have the same number of dimensions")
    pairs = [(_real(x), _real(y)) for x, y in zip(a, b, strict=True)]
    return math.dist([x for x, _ in pairs], [y for _, y in pairs])


@adjoint(math.dist)
def dist_rule(p: Any, q: Any, /) -> Any:
    """The Euclidean distance of two lists or tuples of numbers."""
    if not (_is_plain(p) and _is_plain(q)):
        return NotImplemented
    y = math.dist(p, q)
    p, q = p[:], q[:]  # the caller may change lists later on
    differences = [a - b for a, b in zip(p, q, strict=True)]

    def dist_pullback(y_bar: Any) -> Any:
        p_bar = [y_bar * (difference / y) if y else 0.0 for difference in differences]
        return _like(p, p_bar), _like(q, [-x_bar for x_bar in p_bar])

    return y, dist_pullback


@polyfill(math.fsum)
def fsum(seq: Iterable[Any], /) -> float:
    """`math.fsum` for whatever the rule below declines: it reads the items one by one, as C does."""
    return math.fsum([_real(item) for item in seq])


@adjoint(math.fsum)
def fsum_rule(seq: Any, /) -> Any:
    """The exact sum of a list or tuple of numbers."""
    if not _is_plain(seq):
        return NotImplemented
    items = seq[:]

    def fsum_pullback(y_bar: Any) -> Any:
        return (_like(items, [y_bar] * len(items)),)

    return math.fsum(seq), fsum_pullback


@polyfill(math.prod)
def prod(iterable: Iterable[Any], /, *, start: Any = 1) -> Any:
    """`math.prod`, which is this loop in C."""
    result = start
    for item in iterable:
        result = result * item
    return result


def _declare_sumprod(sumprod: Any) -> None:
    """`math.sumprod` is newer than the oldest Python: its rules are declared where it exists."""

    @polyfill(sumprod)
    def sumprod_in_python(p: Iterable[Any], q: Iterable[Any], /) -> Any:
        """For whatever the rule below declines.  C does better than sum products, but only up to other numbers."""
        left_items, right_items, end = iter(p), iter(q), object()
        left, right, total = [], [], None
        for x in left_items:
            y = next(right_items, end)
            if y is end:
                unequal = True
                break
            if total is None and type(x) in _PLAIN and type(y) in _PLAIN:
                left.append(x)
                right.append(y)
            else:
                total = sumprod(left, right) if total is None else total
                total = total + x * y
        else:
            unequal = next(right_items, end) is not end
        total = sumprod(left, right) if total is None else total
        if unequal:
            raise ValueError("Inputs are not the same length")
        return total

    @adjoint(sumprod)
    def sumprod_rule(p: Any, q: Any, /) -> Any:
        """The exact inner product of two lists or tuples of numbers."""
        if not (_is_plain(p) and _is_plain(q)):
            return NotImplemented
        y = sumprod(p, q)
        p, q = p[:], q[:]

        def sumprod_pullback(y_bar: Any) -> Any:
            return _like(p, [y_bar * b for b in q]), _like(q, [y_bar * a for a in p])

        return y, sumprod_pullback


if hasattr(math, "sumprod"):
    _declare_sumprod(math.sumprod)

# --- what carries no derivative --------------------------------------------------------------------

# Piecewise constant: roundings, and the size of the last bit.
non_differentiable(math.floor, math.ceil, math.trunc, math.ulp)
# Answers to a question.
non_differentiable(math.isclose, math.isfinite, math.isinf, math.isnan)
# Number theory and counting: they have values at ints only, and no neighbours to compare with.
non_differentiable(math.gcd, math.lcm, math.isqrt, math.factorial, math.comb, math.perm)
