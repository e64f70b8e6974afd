"""The rules of `operator`, for every kind of number: against differences, and exactly where the numbers are exact."""

from __future__ import annotations

import itertools
import math
import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad.rules.operators
from bytegrad.runtime import registry
from bytegrad.runtime.registry import NON_DIFFERENTIABLE, Adjoint
from tests.rules.scalar_cases import (
    Case,
    apply,
    case,
    cases,
    check,
    check_never_raises,
    check_second,
    partials_of,
    slopes,
    unknown_callables,
)

Z = 0.7 - 1.2j
REAL = [
    *cases(operator.add, (0.7, -1.2), (1e200, 3.0), (2, 0.5)),
    *cases(operator.sub, (0.7, -1.2), (1e200, 3.0), (2, 0.5)),
    *cases(operator.mul, (0.7, -1.2), (0.0, 3.0), (1e200, 1e-200), (2, 0.5)),
    *cases(operator.truediv, (0.7, -1.2), (0.0, 3.0), (1e200, 1e-20), (2, 0.5), (0.5, 2)),
    *cases(operator.mod, (7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (-7.3, -2.0), (0.3, 0.7), (7, 2.5), (0.3, math.inf)),
    *cases(operator.pow, (1.7, 2.3), (0.3, -1.4), (2.0, 0.5), (5.0, 1.0), (0.2, 0.0), (30.0, -2.0), (2.0, 3.0)),
    *cases(operator.pow, (-1.3, 2), (-1.3, -3), (0.7, 0), (0.0, 2), (0.0, 1), (3, 0.5), (3, -1.5), (1e-100, 2)),
    *cases(operator.pos, -2.3, 0.7),
    *cases(operator.neg, -2.3, 0.7),
    *cases(operator.abs, -2.3, 0.7, 1e200),
]
COMPLEX = [
    *cases(operator.add, (Z, 0.5), (0.5, Z), (Z, 1j)),
    *cases(operator.sub, (Z, 0.5), (0.5, Z), (Z, 1j)),
    *cases(operator.mul, (Z, 0.5), (0.5, Z), (Z, 1j), (Z, 0j)),
    *cases(operator.truediv, (Z, 0.5), (0.5, Z), (Z, 1j), (0j, Z)),
    *cases(operator.pow, (Z, 2), (Z, 0.5), (Z, -1), (Z, Z), (2.0, Z), (-8.0, 1 / 3), (-0.5, -0.7), (Z, 0), (0j, 2)),
    *cases(operator.pos, Z),
    *cases(operator.neg, Z),
    *cases(operator.abs, Z, 3 + 4j, 1e-200j),
]
IN_PLACE = {
    getattr(operator, name): getattr(operator, "i" + name)
    for name in "add sub mul truediv mod pow lshift and_ or_ xor floordiv rshift".replace("_", "").split()
    if hasattr(operator, name)
}


@pytest.mark.parametrize("row", REAL + COMPLEX, ids=str)
def test_first_order(row: Case) -> None:
    check(row)
    if row.function in IN_PLACE:
        check(case(IN_PLACE[row.function], *row.args))


@pytest.mark.parametrize(
    "row", [row for row in REAL if all(isinstance(x, float) and 0 < abs(x) < 100 for x in row.args)], ids=str
)
def test_second_order(row: Case) -> None:
    check_second(row)


def test_second_order_of_powers_at_zero() -> None:
    # The partial in the base is itself differentiated: it must not be a constant 0 where the base is 0.
    rule = partials_of(operator.pow, 2)
    for n, expected in ((2.0, 2.0), (3.0, 0.0), (1.0, 0.0)):
        above, below = (slopes(rule, (h, n), h**n)[0] for h in (1e-6, -1e-6))
        assert (above - below) / 2e-6 == pytest.approx(expected, abs=1e-5)


def exact(function: Any, *args: Any) -> list[Any]:
    """The slopes of `function`, of which the engine takes the product with an exact cotangent."""
    return slopes(partials_of(function, len(args)), args, function(*args))


THIRD, HALF = Fraction(1, 3), Fraction(1, 2)
EXACT = [
    (operator.add, (THIRD, 2), [1, 1]),
    (operator.sub, (THIRD, 2), [1, -1]),
    (operator.mul, (THIRD, 2), [2, THIRD]),
    (operator.truediv, (THIRD, 3), [THIRD, Fraction(-1, 27)]),
    (operator.truediv, (1, THIRD), [3, -9]),
    (operator.truediv, (HALF, THIRD), [3, Fraction(-9, 2)]),
    (operator.mod, (Fraction(7, 3), HALF), [1, -4]),
    (operator.mod, (Fraction(-7, 3), 2), [1, 2]),
    (operator.pow, (THIRD, 3), [THIRD, None]),
    (operator.pow, (THIRD, -2), [-54, None]),
    (operator.pow, (THIRD, 1), [1, None]),
    (operator.pow, (THIRD, 0), [0, None]),
    (operator.pow, (Fraction(0), 1), [1, None]),
    (operator.pow, (Fraction(0), 0), [0, None]),
    (operator.pow, (Fraction(-5, 2), -1), [Fraction(-4, 25), None]),
    (operator.abs, (-THIRD,), [-1]),
    (operator.abs, (Fraction(0),), [0]),
    (operator.neg, (THIRD,), [-1]),
]


@pytest.mark.parametrize(("function", "args", "expected"), EXACT)
def test_fractions_stay_exact(function: Any, args: tuple[Any, ...], expected: list[Any]) -> None:
    for slope, wanted in zip(exact(function, *args), expected, strict=True):
        if wanted is not None:
            assert slope == wanted
            assert type(slope) in (int, Fraction)


DECIMALS = [
    (operator.add, (Decimal("0.1"), 2), [1, 1]),
    (operator.mul, (Decimal("0.1"), Decimal("0.7")), [Decimal("0.7"), Decimal("0.1")]),
    (operator.truediv, (Decimal("0.1"), 4), [Decimal("0.25"), Decimal("-0.00625")]),
    (operator.truediv, (1, Decimal("0.1")), [Decimal(10), Decimal(-100)]),
    (operator.mod, (Decimal("-7.3"), 2), [1, 3]),
    (operator.pow, (Decimal("0.1"), 3), [Decimal("0.03"), Decimal("0.001") * Decimal("0.1").ln()]),
    (operator.pow, (Decimal("0.5"), -1), [Decimal(-4), 2 * Decimal("0.5").ln()]),
    (operator.pow, (2, Decimal("0.5")), [1 / Decimal(8).sqrt(), Decimal(2).sqrt() * Decimal(2).ln()]),
    (operator.pow, (Decimal(0), 2), [0, 0]),
    (operator.abs, (Decimal("-0.1"),), [-1]),
]


@pytest.mark.parametrize(("function", "args", "expected"), DECIMALS)
def test_decimals_stay_decimal(function: Any, args: tuple[Any, ...], expected: list[Any]) -> None:
    for slope, wanted in zip(exact(function, *args), expected, strict=True):
        assert type(slope) in (int, Decimal)
        assert abs(slope - wanted) <= abs(wanted) * Decimal("1e-26")


def test_power_of_negative_base_has_quiet_nan_in_the_exponent() -> None:
    assert math.isnan(exact(operator.pow, -1.5, 2)[1])
    assert math.isnan(exact(operator.pow, -1.5, 2.0)[1])
    assert exact(operator.pow, Decimal("-1.5"), 2)[1].is_nan()
    assert exact(operator.pow, 0.0, 2)[1] == 0
    assert exact(operator.pow, 0, 0) == [0, 0]


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3, -3, 0, 1, 1e-200, -1e-200, 5e-324, 1e200, 1.7e308, math.inf, -math.inf]
SPECIAL += [math.nan, THIRD, Fraction(-7, 2), Fraction(0), Z, 0j, 1e-200j, 2]
SPECIAL += [np.float64(0.0), np.float32(-2.5), np.int64(3), np.complex128(Z)]
DECIMAL = [Decimal(0), Decimal("0.5"), Decimal(-3), Decimal("1e-50000"), Decimal("7e50000"), 0, 3, -2]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's own, as in the primal
@pytest.mark.parametrize("values", [SPECIAL, DECIMAL], ids=["special", "decimal"])
@pytest.mark.parametrize(
    "function", [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.pow]
)
def test_partials_never_raise(function: Any, values: list[Any]) -> None:
    for args in itertools.product(values, repeat=2):
        try:
            check_never_raises(function, *args)
        except TypeError:
            with pytest.raises(TypeError):
                function(*args)


@pytest.mark.parametrize("x", [0.0, -0.0, 0, 0j, Fraction(0), Decimal(0), np.float64(0), np.complex128(0)], ids=repr)
def test_abs_is_flat_at_zero(x: Any) -> None:
    assert exact(operator.abs, x) == [0]


def test_abs_of_nan_stays_nan() -> None:
    assert math.isnan(exact(operator.abs, math.nan)[0])
    assert exact(operator.abs, -math.inf) == [-1]


# Arrays: each entry as a scalar would be; the engine does the broadcasting.
A = np.array([0.3, 1.0, 2.5, 7.0])
B = np.array([-1.5, 0.5, 2.0, -0.25])
ARRAYS = [
    (operator.truediv, (A, 3), (A, B)),
    (operator.mod, (A, B), (7.5, B), (A, 2)),
    (operator.pow, (A, B), (A, 2), (A, 0.5), (A, -1), (2, B), (np.arange(4), 3), (np.arange(1, 5), B)),
    (operator.pow, (A, np.array([0, 1, 2, 3])), (A + 1j * B, B), (A, B * 1j), (A, 2 + 1j), (A.astype("f4"), 3)),
    (operator.abs, (B,), (A + 1j * B,), (np.arange(-2, 2),)),
]


@pytest.mark.parametrize(("function", "args"), [(row[0], args) for row in ARRAYS for args in row[1:]])
def test_arrays_entry_by_entry(function: Any, args: tuple[Any, ...]) -> None:
    rule = partials_of(function, len(args))
    found = slopes(rule, args, function(*args))
    for i in range(4):
        entries = tuple(x[i].item() if isinstance(x, np.ndarray) else x for x in args)
        wanted = slopes(rule, entries, function(*entries))
        for slope, expected in zip(found, wanted, strict=True):
            entry = slope[i] if isinstance(slope, np.ndarray) else slope
            assert entry == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_array_powers_at_the_border_of_their_domain() -> None:
    x, n = np.array([0.0, 0.0, 0.0, 0.0, -2.0, -2.0]), np.array([0.0, 0.5, 1.0, 2.0, 2.0, 0.0])
    in_x, in_n = slopes(partials_of(operator.pow, 2), (x, n), x**n)
    np.testing.assert_array_equal(in_x, [0.0, 0.0, 1.0, 0.0, -4.0, 0.0])
    np.testing.assert_array_equal(in_n, [0.0, 0.0, 0.0, 0.0, math.nan, math.nan])


def test_small_and_unsigned_integers_do_not_wrap() -> None:
    two = np.array([2], dtype=np.int8)
    assert exact(operator.pow, two, 6)[0] == [192.0]
    assert exact(operator.pow, np.array([0, 3], dtype=np.uint8), np.array([0, 2], dtype=np.uint8))[0].tolist() == [0, 6]
    assert exact(operator.mod, np.uint8(7), np.uint8(2))[1] == -3.0
    assert exact(operator.mod, np.array([7], dtype=np.uint8), 2)[1].tolist() == [-3.0]


def test_numpy_scalars_keep_their_kind() -> None:
    assert not isinstance(exact(operator.abs, np.complex128(Z))[0], np.ndarray)
    assert not isinstance(exact(operator.pow, np.float32(2.0), 0.5)[0], np.ndarray)


def test_bits() -> None:
    assert exact(operator.lshift, 5, 3) == [8.0, pytest.approx(40 * math.log(2))]
    assert exact(operator.invert, 5) == [-1]
    for function in (operator.and_, operator.or_, operator.xor, operator.iand, operator.ior, operator.ixor):
        y, pullback = apply(case(function, 12, 10))
        assert y == function(12, 10)
        assert pullback(1.0) == (None, None)
        assert declines(function, {1: 2.0}, {3: 4.0})
        assert declines(function, {1.0}, {2.0})
    assert declines(operator.iand, np.array([3]), np.array([1]))


def declines(function: Any, *args: Any) -> bool:
    """Whether the rule here leaves a call to those that others have declared for containers."""
    rules = [rule.rule for rule in registry.lookup(function) if isinstance(rule, Adjoint)]
    rule = next(rule for rule in rules if rule.__module__ == bytegrad.rules.operators.__name__)
    return rule(*args) is NotImplemented


def test_comparisons_carry_nothing() -> None:
    for function in (operator.lt, operator.eq, operator.is_, operator.not_, operator.index, operator.floordiv):
        assert registry.lookup(function)[0] is NON_DIFFERENTIABLE


# What acts on containers, or on callables, is not a rule on numbers.
ELSEWHERE = {"getitem", "setitem", "delitem", "concat", "iconcat", "matmul", "imatmul"}
ELSEWHERE |= {"attrgetter", "itemgetter", "methodcaller", "call"}


@pytest.mark.parametrize("name", sorted({n for n in dir(operator) if not n.startswith("_")} - ELSEWHERE))
def test_every_operator_has_a_rule(name: str) -> None:
    assert registry.lookup(getattr(operator, name))


def test_derivatives_are_differentiable() -> None:
    assert not unknown_callables(bytegrad.rules.operators, elsewhere=(isinstance, type))
