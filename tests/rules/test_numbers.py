"""The rules of the builtins on numbers, and of the methods and attributes of the number types."""

from __future__ import annotations

import inspect
import math
import operator
import random
import statistics
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad.rules.numbers
import bytegrad.rules.random
from bytegrad import gradient, partials
from bytegrad.rules.numbers import ATTRIBUTES, NUMBERS
from bytegrad.rules.rounding import round_rule
from bytegrad.runtime import registry
from bytegrad.runtime.registry import NON_DIFFERENTIABLE, Adjoint
from tests.rules.scalar_cases import Case, apply, case, cases, check, partials_of, slopes, unknown_callables

Z = 0.7 - 1.2j
ROWS = [
    *cases(abs, -2.3, 0.7, Z),
    *cases(pow, (1.7, 2.3), (-1.3, 2), (Z, 0.5)),
    *cases(divmod, (7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (7, 2.5)),
    *cases(float, -2.3, 0.7),
    *cases(complex, (0.7, -1.2), (Z, 0.5), (0.5, Z), 0.7, Z),
    *cases(float.__add__, (0.7, -1.2)),
    *cases(float.__radd__, (0.7, -1.2)),
    *cases(float.__sub__, (0.7, -1.2)),
    *cases(float.__rsub__, (0.7, -1.2)),
    *cases(float.__truediv__, (0.7, -1.2)),
    *cases(float.__rtruediv__, (0.7, -1.2)),
    *cases(float.__mod__, (7.3, 2.0)),
    *cases(float.__rmod__, (2.0, 7.3)),
    *cases(float.__divmod__, (7.3, 2.0)),
    *cases(float.__rdivmod__, (2.0, 7.3)),
    *cases(float.__pow__, (1.7, 2.3)),
    *cases(float.__rpow__, (2.3, 1.7)),
    *cases(float.__abs__, -2.3),
    *cases(float.__neg__, -2.3),
    *cases(float.__float__, -2.3),
    *cases(float.conjugate, -2.3),
    *cases(complex.__mul__, (Z, 1j)),
    *cases(complex.__rmul__, (Z, 0.5j)),
    *cases(complex.__rtruediv__, (Z, 0.5j)),
    *cases(complex.__abs__, Z),
    *cases(complex.conjugate, Z),
]


def test_keywords() -> None:
    y, pullback = apply(case(pow, base=1.7, exp=2))
    assert y == pow(1.7, 2)
    assert pullback(3.0) == pytest.approx((3.0 * 3.4, 3.0 * y * math.log(1.7)))
    assert apply(case(pow, Fraction(1, 3), exp=3))[1](Fraction(3))[0] == 1
    y, pullback = apply(case(complex, 0.5, imag=2.0))
    assert y == complex(0.5, 2.0)
    assert pullback(3.0 + 1j) == (3.0 + 1j, 1.0 - 3.0j)
    assert repr(apply(case(complex, real=complex(1.0, -0.0)))[0]) == "(1-0j)"
    with pytest.raises(AssertionError, match="no rule takes"):
        apply(case(pow, 3, 4, 5))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row: Case) -> None:
    check(row)


def test_constructors_of_subclasses() -> None:
    class Metres(float):
        pass

    _, pullback = apply(case(float.__new__, Metres, 2.0))
    assert pullback(3.0) == [None, 3.0]
    _, pullback = apply(case(complex.__new__, complex, 2.0, 1.0))
    assert pullback(3.0 + 1j) == [None, 3.0 + 1j, 1.0 - 3.0j]


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [(Fraction, Fraction(7, 3), Fraction(1, 2)), (Decimal, Decimal("7.3"), Decimal("-0.5")), (int, 7, 2)],
)
def test_methods_have_the_rules_of_their_operators(kind: Any, a: Any, b: Any) -> None:
    names = [name for name in ("add", "sub", "mul", "truediv", "mod", "pow") if hasattr(kind, f"__{name}__")]
    for name in names:
        function = getattr(operator, name)
        expected = slopes(partials_of(function, 2), (a, b), function(a, b))
        for method, args, wanted in (
            (getattr(kind, f"__{name}__"), (a, b), expected),
            (getattr(kind, f"__r{name}__"), (b, a), expected[::-1]),
        ):
            y = method(*args)
            assert y == function(a, b)
            assert repr(slopes(partials_of(method, 2), args, y)) == repr(wanted)


def test_not_implemented_is_passed_on() -> None:
    y, pullback = apply(case(float.__divmod__, 1.5, Fraction(1, 2)))
    assert y is NotImplemented
    assert pullback((None, None)) == (None, None)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((Fraction(7, 3), Fraction(1, 2)), (3, -12)),
        ((Fraction(-7, 3), 2), (3, 6)),
        ((Decimal("7.3"), 2), (3, Decimal(-9))),
        ((Decimal("-7.3"), 2), (3, Decimal(9))),
    ],
)
def test_divmod_is_exact(args: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    _, pullback = apply(case(divmod, *args))
    kind = type(args[0])
    got = pullback((None, kind(3)))
    assert got == expected
    assert [type(x) for x in got] == [kind, kind]
    assert pullback((kind(1), None)) == (None, None)


def test_divmod_of_other_types_is_declined() -> None:
    rules = [rule.rule for rule in registry.lookup(divmod) if isinstance(rule, Adjoint)]
    rule = next(rule for rule in rules if rule.__module__ == bytegrad.rules.numbers.__name__)
    assert rule(timedelta(hours=5), timedelta(hours=2)) is NotImplemented


def test_fractions_are_made_exactly() -> None:
    assert slopes(partials_of(Fraction, 2), (3, 4), Fraction(3, 4)) == [Fraction(1, 4), Fraction(-3, 16)]
    assert slopes(partials_of(Fraction, 1), (0.5,), Fraction(0.5)) == [1]
    assert slopes(partials_of(Fraction.from_float, 1), (0.5,), Fraction(1, 2)) == [1]


# Decimal, against differences taken in Decimal.
X, W = Decimal("0.7"), Decimal("-2.3")
DECIMAL_METHODS = [
    (Decimal.sqrt, (X,)),
    (Decimal.exp, (W,)),
    (Decimal.ln, (X,)),
    (Decimal.log10, (X,)),
    (Decimal.copy_abs, (W,)),
    (Decimal.copy_negate, (W,)),
    (Decimal.copy_sign, (X, W)),
    (Decimal.copy_sign, (W, W)),
    (Decimal.fma, (X, W, Decimal(3))),
    (Decimal.remainder_near, (Decimal("7.3"), W)),
    (Decimal.max, (X, W)),
    (Decimal.min, (X, W)),
    (Decimal.max_mag, (X, W)),
    (Decimal.min_mag, (X, W)),
    (Decimal.canonical, (X,)),
    (Decimal.conjugate, (X,)),
    (Decimal.__add__, (X, W)),
    (Decimal.__rsub__, (X, W)),
    (Decimal.__rtruediv__, (X, W)),
    (Decimal.__pow__, (X, W)),
    (Decimal.__rpow__, (W, X)),
    (Decimal.__mod__, (Decimal("7.3"), W)),
    (Decimal.__abs__, (W,)),
]


@pytest.mark.parametrize(("method", "args"), DECIMAL_METHODS)
def test_decimal_methods(method: Any, args: tuple[Decimal, ...]) -> None:
    found = slopes(partials_of(method, len(args)), args, method(*args))
    h = Decimal("1e-9")
    for i, slope in enumerate(found):
        above, below = (method(*args[:i], args[i] + s, *args[i + 1 :]) for s in (h, -h))
        assert type(slope) in (int, Decimal, type(None))
        assert abs((slope or 0) - (above - below) / (2 * h)) < Decimal("1e-15")


def test_decimal_scale_and_roots_at_zero() -> None:
    assert slopes(partials_of(Decimal.scaleb, 2), (X, 3), X.scaleb(3))[0] == 1000
    assert slopes(partials_of(Decimal.sqrt, 1), (Decimal(0),), Decimal(0)) == [0]


@pytest.mark.parametrize("x", [0.1, -3.75, 7, Fraction(-7, 3), Decimal("0.3")], ids=repr)
def test_integer_ratio_is_that_of_a_constant_denominator(x: Any) -> None:
    (numerator, denominator), pullback = apply(case(type(x).as_integer_ratio, x))
    # The way back through `numerator / denominator` gives what was put in.
    (numerator_bar,) = pullback((3.0 / denominator, -3.0 * numerator / denominator**2))
    assert numerator_bar == pytest.approx(3.0)
    assert pullback((None, 1.0)) == (None,)


SHAPE = {"device", "dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size", "strides"}
"""Attributes of numpy's numbers that are no numbers which a derivative could have."""
ELSEWHERE = SHAPE | {"base", "data", "flat"}
"""And those that tests/rules/numpy/test_ndarray.py is about."""


def test_attributes() -> None:
    assert ATTRIBUTES[complex]["real"](Z, 2.0) == 2 + 0j
    assert ATTRIBUTES[complex]["imag"](Z, 2.0) == 2j
    assert ATTRIBUTES[float]["real"](0.5, 2.0) == 2.0
    assert ATTRIBUTES[float]["imag"](0.5, 2.0) is None
    assert ATTRIBUTES[Fraction]["numerator"](Fraction(2, 3), 2.0) == 6.0
    assert ATTRIBUTES[Fraction]["denominator"](Fraction(2, 3), 2.0) is None
    for kind, attributes in ATTRIBUTES.items():
        data = {name for name in dir(kind) if not callable(getattr(kind, name)) and not name.startswith("__")}
        assert data - (ELSEWHERE if issubclass(kind, np.generic) else {"_abc_impl"}) == attributes.keys()


def test_square_roots_of_statistics() -> None:
    for name in ("_float_sqrt_of_frac", "_decimal_sqrt_of_frac"):
        function = getattr(statistics, name)
        n, m = 10**12 + 1, 3 * 10**11
        y = function(n, m)
        in_n, in_m = slopes(partials_of(function, 2), (n, m), y)
        assert float(y) == pytest.approx(math.sqrt(n / m))
        assert float(in_n) == pytest.approx((math.sqrt((n + 1000) / m) - math.sqrt((n - 1000) / m)) / 2000, rel=1e-5)
        assert float(in_m) == pytest.approx((math.sqrt(n / (m + 1000)) - math.sqrt(n / (m - 1000))) / 2000, rel=1e-5)
        assert slopes(partials_of(function, 2), (0, 1), function(0, 1)) == [0, 0]


# What must not be a quiet zero: the ways of a number into text, bytes and digits.
LOUD = {
    *("__repr__", "__str__", "__format__", "__getnewargs__", "__reduce__", "__getattribute__", "__copy__"),
    *("__deepcopy__", "__getformat__", "fromhex", "from_bytes", "to_bytes", "hex", "as_tuple", "to_eng_string"),
    *("logical_and", "logical_invert", "logical_or", "logical_xor", "rotate", "shift"),
}


@pytest.mark.parametrize("kind", [*NUMBERS, bool], ids=lambda kind: kind.__name__)
def test_every_method_has_a_rule_or_is_loud(kind: type) -> None:
    public = {n: m for n, m in vars(kind).items() if not n.startswith("_") or (n.startswith("__") and n.endswith("__"))}
    methods = {n for n, m in public.items() if callable(getattr(kind, n)) and not inspect.isclass(m)}
    without = {name for name in methods if not registry.rules_of(getattr(kind, name))}
    # `Fraction.__new__` is Python code, behind the rule of Fraction.
    assert without - {"__new__"} <= LOUD
    assert not {name for name in LOUD & methods if not name.startswith("__") and name not in without}


def test_roundings_carry_nothing() -> None:
    assert registry.lookup(round)[-1] is NON_DIFFERENTIABLE
    for digits in (None, 0, -2, 2, 7):
        assert round_rule(1.25, digits) is NotImplemented
    for function in (
        int,
        bool,
        float.__int__,
        float.__floordiv__,
        float.__round__,
        int.bit_length,
        float.__lt__,
    ):
        assert registry.lookup(function)[0] is NON_DIFFERENTIABLE


@pytest.mark.parametrize("kind", [np.float32, np.longdouble, complex, np.complex64], ids=lambda kind: kind.__name__)
def test_roundings_of_last_digits_of_any_kind(kind: Any) -> None:
    x = np.array([0.25, 1.5], kind)
    for f in (lambda x: np.round(x, 9), lambda x: x.round(9), lambda x: np.round([x[0], x[1]], 9)):
        assert gradient(lambda x, f=f: np.sum(f(x)).real, x)[0].tolist() == [1, 1]
        assert gradient(lambda x, f=f: np.sum(f(x) * x).real, x)[0].dtype == x.dtype
    assert gradient(lambda x: np.sum(np.round(x, 2)).real, x)[0] is None


def test_derivatives_are_differentiable() -> None:
    assert not unknown_callables(bytegrad.rules.numbers, elsewhere=(isinstance, type))


def test_draws_are_constants_and_formulas_are_not() -> None:
    for function in (random.random, random.getrandbits, random.Random.random, random.Random.getrandbits):
        assert registry.lookup(function)[0] is NON_DIFFERENTIABLE
    for name in ("gauss", "uniform", "normalvariate", "choice", "betavariate", "triangular", "sample", "randint"):
        assert not registry.lookup(getattr(random.Random, name))
        assert not registry.lookup(getattr(random, name))


def test_partials_of_functions_that_make_arrays_of_numbers() -> None:
    def squared(x: float) -> Any:
        return np.asarray(x * x)

    def spread(x: float) -> Any:
        return np.array([1.0, 2.0]) * x

    partials(squared, "x -> y", lambda x: 2 * x)
    partials(spread, "x -> y", lambda x: np.array([1.0, 2.0]))

    def looped(x: float) -> Any:
        total = 0.0
        for i in range(3):
            total = total + squared(x + i)
        return total

    for _ in range(4):
        assert gradient(looped, 1.0) == (12.0,)
    assert gradient(lambda x: float(squared(x)) * x, 3.0) == (27.0,)
    assert gradient(lambda x: np.sum(spread(x) ** 2), 3.0) == (30.0,)
    assert gradient(lambda xs: sum(squared(x) for x in xs), [3.0, 2.0]) == ([6.0, 4.0],)
