"""Rules of `operator`: what `+`, `*`, `**`, `%`, comparisons and their in-place forms do to cotangents.

The same lines serve int, float, complex, Fraction, Decimal, numpy scalars and arrays.  A partial therefore begins
with the case of floats, which the engine inlines, and leaves the others to a named helper.  Factors are written as
ints, and a quotient is taken in the arithmetic of the result, so that Fraction and Decimal stay exact.

Not here: `matmul` (numpy's), `getitem` and other operations on containers, `attrgetter` and its like.
"""

from __future__ import annotations

import cmath
import math
import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable, partials


def is_numpy(value: Any) -> bool:
    """Whether `value` is a numpy array or scalar (np.float64 is a float too: ask this first)."""
    return isinstance(value, (np.ndarray, np.generic))


# --- the four operations, and signs --------------------------------------------------------------


def slope_of_abs(x: Any, y: Any) -> Any:
    """The partial of y = abs(x): the sign, for complex x the conjugate of x / abs(x); 0 at 0.

    The conjugate, because a partial d of a real y stands for y_dot = Re(d * x_dot).
    """
    if is_numpy(x):
        if np.iscomplexobj(x):
            return np.where(y == 0, 0, np.conj(x) / np.where(y == 0, 1, y))[()]  # a scalar for scalars
        return np.sign(x)
    if isinstance(x, complex):
        return x.conjugate() / y if y else 0
    return 1 if x > 0 else -1 if x < 0 else 0 * x


def inverse(b: Any, y: Any) -> Any:
    """1 / b in the arithmetic of y: the inverse of an int is a Fraction if y is one, and numpy's of 0 is infinite."""
    if isinstance(y, (Fraction, Decimal)) and isinstance(b, int):
        return type(y)(1) / b
    if is_numpy(y) and not is_numpy(b) and not b:
        return np.divide(1.0, b)
    return 1 / b


def slope_of_mod(a: Any, b: Any) -> Any:
    """The partial of a % b in b: minus the whole quotient, as a float where numpy's could be unsigned."""
    if is_numpy(a) or is_numpy(b):
        return (a // b) * -1.0
    return -(a // b)


operation: Any
for operation in (operator.add, operator.iadd):
    partials(operation, "a b -> y", lambda: 1, lambda: 1)
for operation in (operator.sub, operator.isub):
    partials(operation, "a b -> y", lambda: 1, lambda: -1)
for operation in (operator.mul, operator.imul):
    partials(operation, "a b -> y", lambda b: b, lambda a: a)
for operation in (operator.truediv, operator.itruediv):
    partials(
        operation,
        "a b -> y",
        lambda b, y: 1 / b if type(y) is float else inverse(b, y),
        lambda b, y: -y / b,
    )
for operation in (operator.mod, operator.imod):
    partials(
        operation,
        "a b -> y",
        lambda: 1,
        lambda a, b, y: -(a // b) if type(y) is float else slope_of_mod(a, b),
    )

partials(operator.pos, "a -> y", lambda: 1)
partials(operator.neg, "a -> y", lambda: -1)
partials(
    operator.abs,
    "a -> y",
    lambda a, y: (1 if a > 0 else -1 if a < 0 else 0 * a) if type(a) is float else slope_of_abs(a, y),
)


# --- powers --------------------------------------------------------------------------------------


def slope_of_power(x: Any, n: Any, y: Any) -> Any:
    """The partial of y = x ** n in x; where x is 0 it is 0 for 0 <= n < 1 (as for sqrt), never an exception.

    ``x ** (n - 1)`` may divide by zero or overflow where ``x ** n`` did neither, but only for n < 1 and
    abs(x) <= 1, and there ``y / x`` does as well.
    """
    if is_numpy(x) or is_numpy(n):
        return _slope_of_array_power(x, n)
    order = n.real
    if order > 1 or n == 1 or abs(x) > 1:
        return n * x ** (n - 1)
    return n * y / x if x else 0


def _slope_of_array_power(x: Any, n: Any) -> Any:
    # Integers would overflow sooner than floats, wrap below zero if unsigned, and refuse negative exponents.
    x = x * 1.0
    if isinstance(n, (int, float)) and n >= 1:
        return n * x ** (n - 1)
    n = n * 1.0
    singular = (x == 0) & (np.real(n) >= 0) & (np.real(n) < 1)
    return np.where(singular, 0.0, n * np.where(singular, 1.0, x) ** (n - 1))[()]


def log_slope_of_power(x: Any, n: Any, y: Any) -> Any:
    """The partial of y = x ** n in n: y * log(x); 0 where x is 0, and NaN where x < 0 and y is real.

    For x < 0 a real power exists at single n only, so there is no derivative in n; it is a quiet NaN, and
    computed only where a cotangent of n is asked for.
    """
    if is_numpy(x) or is_numpy(n):
        return _log_slope_of_array_power(x, y)
    if not x:
        return 0
    if isinstance(y, complex):
        return y * cmath.log(x)
    if isinstance(y, Decimal):
        return y * Decimal(x).ln() if x > 0 else Decimal("NaN")
    return y * math.log(x) if x > 0 else math.nan


def _log_slope_of_array_power(x: Any, y: Any) -> Any:
    x = x * 1.0
    if np.iscomplexobj(y):
        return y * np.log(np.where(x == 0, 1.0, x) + 0j)
    return y * np.log(np.where(x > 0, x, np.where(x == 0, 1.0, math.nan)))


# The names are those of the builtin `pow`, which shares the rule.
for operation in (operator.pow, operator.ipow):
    partials(
        operation,
        "base exp -> y",
        lambda base, exp, y: exp * base ** (exp - 1) if type(y) is float and exp >= 1 else slope_of_power(base, exp, y),
        lambda base, exp, y: y * math.log(base) if type(y) is float and base > 0 else log_slope_of_power(base, exp, y),
    )


# --- operations on the bits of ints ----------------------------------------------------------------

# These two are arithmetic: ~a is -a - 1, and a << k is a * 2 ** k.
for operation in (operator.invert, operator.inv):
    partials(operation, "a -> y", lambda: -1)
for operation in (operator.lshift, operator.ilshift):
    partials(operation, "a k -> y", lambda k: 2.0**k, lambda y: y * 0.6931471805599453)  # log(2)

# Piecewise constant: division and shift that round to whole numbers.
non_differentiable(operator.floordiv, operator.ifloordiv, operator.rshift, operator.irshift)


def _declare_bitwise(operation: Any, operands: tuple[type, ...]) -> None:
    """Nothing flows through `operation` on ints.  Sets, dicts and Counters also have it, and carry values."""

    @adjoint(operation)
    def bitwise_rule(a: Any, b: Any) -> Any:
        if not (isinstance(a, operands) and isinstance(b, operands)):
            return NotImplemented

        def bitwise_pullback(y_bar: Any) -> Any:
            return None, None

        return operation(a, b), bitwise_pullback


for operation in (operator.and_, operator.or_, operator.xor):
    _declare_bitwise(operation, (int, np.ndarray, np.generic))
for operation in (operator.iand, operator.ior, operator.ixor):
    _declare_bitwise(operation, (int, np.generic))  # on an array these write into it: the engine's business


# --- what carries no derivative --------------------------------------------------------------------

non_differentiable(operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt)
non_differentiable(operator.is_, operator.is_not, operator.not_, operator.truth)
non_differentiable(operator.contains, operator.countOf, operator.indexOf, operator.length_hint)
non_differentiable(operator.index)  # an index selects; it is not measured
