"""Rules of the builtins on numbers, and of the methods and attributes of int, float, complex, Fraction and Decimal.

Methods that spell an operator have the operator's rule.  What turns a number into text or bytes (`float.hex`,
`int.to_bytes`, `Decimal.as_tuple`, `__format__`, ...) has no rule on purpose: an active number that enters it and
could come back as a number is an error, not a zero.
"""

from __future__ import annotations

import numbers
import operator
import statistics
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, alias, non_differentiable, partials
from bytegrad.rules.operators import is_numpy, log_slope_of_power, slope_of_abs, slope_of_mod, slope_of_power
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Partials

NUMBERS = (int, float, complex, Fraction, Decimal)

# --- builtins --------------------------------------------------------------------------------------

alias(abs, operator.abs)


@adjoint(pow)
def pow_rule(base: Any, exp: Any, mod: Any = None) -> Any:
    """`pow` with keywords; a third argument makes it number theory, which is declined.  Else see `operator.pow`."""
    if mod is not None or is_numpy(base) or is_numpy(exp):
        return NotImplemented
    y = pow(base, exp)

    def pow_pullback(y_bar: Any) -> Any:
        in_base, in_exp = slope_of_power(base, exp, y), log_slope_of_power(base, exp, y)
        return y_bar * in_base.conjugate(), y_bar * in_exp.conjugate()

    return y, pow_pullback


alias(pow, operator.pow)

partials(numbers.Rational.__float__, "x -> y", lambda: 1)
# The string or array in `float("1.5")` and `float(array)` gets its cotangent like a number: the engine knows them.
partials(float, "x -> y", lambda: 1)


_ABSENT = object()


@adjoint(complex)
def complex_rule(real: Any = _ABSENT, imag: Any = _ABSENT) -> Any:
    """`complex` with keywords; without them, see the two lines below."""
    # An imaginary part of 0 is not the same as none: it loses the sign of a zero, and refuses a string.
    parts = {name: part for name, part in (("real", real), ("imag", imag)) if part is not _ABSENT}

    def complex_pullback(z_bar: Any) -> Any:
        return z_bar, z_bar * -1j

    return complex(**parts), complex_pullback


partials(complex, "real imag -> z", lambda: 1, lambda: 1j)
partials(complex, "real -> z", lambda: 1)
partials(Decimal, "value -> y", lambda: 1)
partials(
    Fraction,
    "numerator denominator -> y",
    lambda denominator: Fraction(1, denominator),
    lambda denominator, y: -y / denominator,
)
partials(Fraction, "numerator -> y", lambda: 1)

# Rounding to whole numbers is piecewise constant; a bool is not a quantity.
non_differentiable(int, bool)

# The constructors as methods, for subclasses that pass on to them.
partials(float.__new__, "cls x -> y", None, lambda: 1)
partials(complex.__new__, "cls real imag -> z", None, lambda: 1, lambda: 1j)
partials(complex.__new__, "cls real -> z", None, lambda: 1)
partials(Decimal.__new__, "cls value -> y", None, lambda: 1)
non_differentiable(int.__new__, bool.__new__)


def _declare_divmod(operation: Any, reflected: bool = False) -> None:
    """Of (quotient, remainder), the quotient is piecewise constant."""

    @adjoint(operation)
    def divmod_rule(a: Any, b: Any) -> Any:
        if not (_is_scalar(a) and _is_scalar(b)):
            return NotImplemented
        y = operation(a, b)

        def divmod_pullback(y_bar: Any) -> Any:
            remainder_bar = y_bar[1]
            if remainder_bar is None:
                return None, None
            dividend, divisor = (b, a) if reflected else (a, b)
            divisor_bar = remainder_bar * slope_of_mod(dividend, divisor)
            return (divisor_bar, remainder_bar) if reflected else (remainder_bar, divisor_bar)

        return y, divmod_pullback


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (int, float, Fraction, Decimal, np.generic))


_declare_divmod(divmod)

# --- methods that spell an operator ----------------------------------------------------------------

_UNARY = {"__pos__": operator.pos, "__neg__": operator.neg, "__abs__": operator.abs, "__invert__": operator.invert}
_BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "mod": operator.mod,
    "pow": operator.pow,
    "lshift": operator.lshift,
}
_CONVERSIONS = ("__float__", "__complex__")
_COMPARISONS = ("__lt__", "__le__", "__eq__", "__ne__", "__ge__", "__gt__", "__bool__", "__hash__", "__sizeof__")
_ROUNDINGS = (
    *("__int__", "__index__", "__trunc__", "__floor__", "__ceil__", "__round__", "limit_denominator"),
    *("__floordiv__", "__rfloordiv__", "__rshift__", "__rrshift__"),
    *("quantize", "to_integral", "to_integral_exact", "to_integral_value", "adjusted", "logb"),
)
_BITS = ("__and__", "__rand__", "__or__", "__ror__", "__xor__", "__rxor__", "bit_length", "bit_count")
_QUESTIONS = (
    *("is_integer", "is_canonical", "is_finite", "is_infinite", "is_nan", "is_normal", "is_qnan", "is_signed"),
    *("is_snan", "is_subnormal", "is_zero", "number_class", "radix", "same_quantum"),
    *("compare", "compare_signal", "compare_total", "compare_total_mag"),
)
_NOT_DIFFERENTIABLE = _COMPARISONS + _ROUNDINGS + _BITS + _QUESTIONS


def _declare_reflected(method: Any, operation: Any) -> None:
    """`method(b, a)` is `operation(a, b)`."""
    for rule in reversed(registry.lookup(operation)):
        assert isinstance(rule, Partials)
        registry.register(method, Partials(rule.names[::-1], rule.output, rule.functions[::-1]))


def _declare_operator_methods(kind: type) -> None:
    """Give the operator methods that `kind` itself defines the rules of their operators."""
    methods = vars(kind)
    for name, operation in _UNARY.items():
        if name in methods:
            alias(methods[name], operation)
    for name, operation in _BINARY.items():
        if f"__{name}__" in methods:
            alias(methods[f"__{name}__"], operation)
        if f"__r{name}__" in methods:
            _declare_reflected(methods[f"__r{name}__"], operation)
    for name in ("__divmod__", "__rdivmod__"):
        if name in methods:
            _declare_divmod(methods[name], reflected=name == "__rdivmod__")
    for name in _CONVERSIONS:
        if name in methods:
            partials(methods[name], "x -> y", lambda: 1)
    non_differentiable(*[methods[name] for name in _NOT_DIFFERENTIABLE if name in methods])


for _kind in NUMBERS:
    _declare_operator_methods(_kind)
non_differentiable(*[method for name, method in vars(bool).items() if name in (*_NOT_DIFFERENTIABLE, "__invert__")])

# --- other methods ---------------------------------------------------------------------------------

_method: Any
for _method in (int.conjugate, float.conjugate, Decimal.conjugate):
    partials(_method, "x -> y", lambda: 1)


@adjoint(complex.conjugate)
def conjugate_rule(z: complex) -> Any:
    """The conjugate, whose pullback is conjugation too."""

    def conjugate_pullback(y_bar: Any) -> Any:
        return (y_bar.conjugate(),)

    return z.conjugate(), conjugate_pullback


def _declare_integer_ratio(method: Any) -> None:
    """x = numerator / denominator, the denominator taken for a constant.

    This is right for whatever depends on the ratio alone, as `Fraction(*x.as_integer_ratio())` and the sums of
    `statistics`; anything else that one can do with the two ints has no derivative.
    """

    @adjoint(method)
    def integer_ratio_rule(x: Any) -> Any:
        y = method(x)

        def integer_ratio_pullback(y_bar: Any) -> Any:
            numerator_bar = y_bar[0]
            return (None if numerator_bar is None else numerator_bar * y[1],)

        return y, integer_ratio_pullback


for _method in (int.as_integer_ratio, float.as_integer_ratio, Decimal.as_integer_ratio, Fraction.as_integer_ratio):
    _declare_integer_ratio(_method)

partials(Fraction.from_float, "f -> y", lambda: 1)
partials(Fraction.from_decimal, "dec -> y", lambda: 1)

# --- Decimal ---------------------------------------------------------------------------------------

# With a context of its own, a call has one argument more than its partials: that is refused, not guessed.
partials(Decimal.from_float, "f -> y", lambda: 1)
partials(Decimal.sqrt, "x -> y", lambda y: 1 / (2 * y) if y else 0)
partials(Decimal.exp, "x -> y", lambda y: y)
partials(Decimal.ln, "x -> y", lambda x: 1 / x)
partials(Decimal.log10, "x -> y", lambda x: 1 / (x * Decimal(10).ln()))
partials(Decimal.copy_abs, "x -> y", lambda x, y: slope_of_abs(x, y))
partials(Decimal.copy_negate, "x -> y", lambda: -1)
partials(Decimal.copy_sign, "x other -> y", lambda x, y: (1 if y == x else -1) if x else 0, None)
partials(Decimal.fma, "x other third -> y", lambda other: other, lambda x: x, lambda: 1)
partials(Decimal.remainder_near, "x other -> y", lambda: 1, lambda x, other, y: ((y - x) / other).to_integral_value())
partials(Decimal.scaleb, "x other -> y", lambda other: Decimal(10) ** other, lambda y: y * Decimal(10).ln())
for _method in (Decimal.max, Decimal.max_mag, Decimal.min, Decimal.min_mag):
    partials(_method, "x other -> y", lambda x, y: 1 if x == y else 0, lambda x, y: 0 if x == y else 1)
# The same number: in other digits, or a neighbour.
for _method in (Decimal.canonical, Decimal.normalize, Decimal.next_minus, Decimal.next_plus):
    partials(_method, "x -> y", lambda: 1)
partials(Decimal.next_toward, "x other -> y", lambda: 1, None)

# --- statistics ------------------------------------------------------------------------------------


def _declare_sqrt_of_ratio(functions: Iterable[Any]) -> None:
    """sqrt(n / m), which `statistics` takes in integers (`math.isqrt`), through which nothing would flow."""
    for function in functions:
        partials(function, "n m -> y", lambda n, y: y / (2 * n) if n else 0, lambda m, y: -y / (2 * m))


_declare_sqrt_of_ratio(
    getattr(statistics, name) for name in ("_float_sqrt_of_frac", "_decimal_sqrt_of_frac") if hasattr(statistics, name)
)

# --- attributes ------------------------------------------------------------------------------------


def _same(x: Any, y_bar: Any) -> Any:
    """The attribute is the number itself."""
    return y_bar


def _nothing(x: Any, y_bar: Any) -> Any:
    """The attribute does not depend on the number."""
    return None


def _of_real(z: Any, y_bar: Any) -> Any:
    return complex(y_bar, 0.0)


def _of_imag(z: Any, y_bar: Any) -> Any:
    return complex(0.0, y_bar)


def _of_numerator(x: Any, y_bar: Any) -> Any:
    """As for `as_integer_ratio`: the denominator counts as a constant."""
    return y_bar * x.denominator


# type -> attribute -> (the object, the attribute's cotangent) -> the object's cotangent, None where nothing flows.
ATTRIBUTES: dict[type, dict[str, Callable[[Any, Any], Any]]] = {
    int: {"real": _same, "imag": _nothing, "numerator": _same, "denominator": _nothing},
    float: {"real": _same, "imag": _nothing},
    complex: {"real": _of_real, "imag": _of_imag},
    np.generic: {"T": _same, "real": _same, "imag": _nothing},
    np.complexfloating: {"T": _same, "real": _of_real, "imag": _of_imag},
    Decimal: {"real": _same, "imag": _nothing},
    Fraction: {
        "real": _same,
        "imag": _nothing,
        "numerator": _of_numerator,
        "denominator": _nothing,
        "_numerator": _of_numerator,
        "_denominator": _nothing,
    },
}
