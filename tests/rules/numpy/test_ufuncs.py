"""Every elementwise ufunc: its partials, and what the engine adds to them (broadcasting, dtypes, masks)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy import complex_parts, two_outputs, ufuncs  # noqa: F401  (they register the rules)
from bytegrad.rules.numpy.elementwise import elementwise_rule
from bytegrad.rules.numpy.ufuncs import CLIP
from bytegrad.runtime import registry
from tests.rules.numpy.array_cases import (
    A,
    C,
    Case,
    F,
    M,
    N,
    P,
    U,
    case,
    check,
    frozen,
    parametrize,
    start_numbers,
    strided,
)
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("ufuncs")

# Everywhere differentiable, or on the whole real line but for a jump.
REAL = [
    np.negative, np.positive, np.square, np.cbrt, np.absolute, np.fabs, np.reciprocal,
    np.exp, np.exp2, np.expm1, np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh,
    np.rad2deg, np.degrees, np.deg2rad, np.radians, np.conjugate, np.sign, np.real, np.imag, np.angle,
    np.modf, np.frexp,
]  # fmt: skip
POSITIVE = [np.sqrt, np.log, np.log2, np.log10, np.log1p]
INSIDE = [np.arcsin, np.arccos, np.arctanh]
COMPLEX = [
    np.negative, np.positive, np.square, np.sqrt, np.reciprocal, np.absolute, np.conjugate, np.sign,
    np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p,
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan,
    np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh,
    np.real, np.imag, np.angle,
]  # fmt: skip
BINARY = [
    np.add, np.subtract, np.multiply, np.divide, np.copysign, np.heaviside, np.nextafter,
    np.logaddexp, np.logaddexp2, np.arctan2, np.hypot, np.maximum, np.minimum, np.fmax, np.fmin,
]  # fmt: skip
BINARY_COMPLEX = [np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.maximum, np.minimum]
DOMAINS = [*((f, A) for f in REAL), *((f, P) for f in POSITIVE), *((f, U) for f in INSIDE)]
DOMAINS.append((np.arccosh, lambda *shape: P(*shape) + 1.1))

ONE_INPUT = [
    row
    for fn, numbers in DOMAINS
    for row in (
        case(fn, numbers(5)),
        case(fn, numbers(2, 3)),
        case(fn, strided(numbers(3, 2))),
        case(fn, frozen(numbers(2))),
        case(fn, numbers()),
        case(fn, numbers()[()]),
        case(fn, float(numbers())),
        case(fn, numbers(0, 3)),
        case(fn, numbers(4).astype(np.float32)),
        case(fn, numbers(2).astype(np.float32)[0]),
        case(fn, numbers(3).astype(np.longdouble)),
    )
]
ONE_COMPLEX = [
    row
    for fn in COMPLEX
    for row in (
        case(fn, C(6)),
        case(fn, 3 * C(4) + 1),
        case(fn, C(3).astype(np.complex64)),
        case(fn, C()),
        case(fn, complex(C())),
        case(fn, C(0)),
    )
]
KEYWORDS = [
    case(fn, numbers(2, 3), where=M(2, 3), out=(None,) * fn.nout)
    for fn, numbers in [*DOMAINS, *((f, C) for f in COMPLEX)]
    if isinstance(fn, np.ufunc)
]
KEYWORDS += [
    case(fn, numbers(3), dtype=numbers(1).dtype, order="K", casting="same_kind")
    for fn, numbers in [*DOMAINS, *((f, C) for f in COMPLEX if f is not np.absolute)]
    if isinstance(fn, np.ufunc) and fn is not np.frexp
]
TWO_INPUTS = [
    row
    for fn in BINARY
    for row in (
        case(fn, A(4), A(4)),
        case(fn, A(2, 3), A(3)),
        case(fn, A(2, 1), A(1, 3)),
        case(fn, A(2, 3), 0.7),
        case(fn, -0.6, A(2)),
        case(fn, A(3), A()[()]),
        case(fn, A(), A()),
        case(fn, 1.3, -0.4),
        case(fn, strided(A(2, 3)), A(2, 3).T.copy().T),
        case(fn, A(0), A(1)),
        case(fn, A(2, 0), A(2, 1)),
        case(fn, F(3), F(3)),
        case(fn, F(3), A(3)),
        case(fn, F(2, 2), 0.3),
        case(fn, A(2, 3), A(3), where=M(2, 3), out=None),
        case(fn, A(3), A(3), where=np.array([[True], [False]]), out=None),
        case(fn, A(2), 1.7, dtype=np.float64, order="F"),
    )
]
# With divisors away from 0: near it the jumps are close together.
MODULO = [
    row
    for fn in (np.remainder, np.fmod, np.divmod)
    for row in (
        case(fn, 3 * A(2, 4), 1.1 + P(4)),
        case(fn, 3 * A(4), -1.1 - P(4)),
        case(fn, 7.3, -2.1),
        case(fn, -7.3, 2.1),
        case(fn, A(3, 1), np.float64(0.75)),
        case(fn, A(2, 3), 0.7 + P(3), where=M(2, 3), out=(None,) * fn.nout),
        case(fn, F(4), F(4) + np.float32(3)),
        case(fn, A(0), 2.0),
        case(fn, N(4) + 30, np.array([4.123, 5.237, 6.341, 7.457])).as_reals(),
    )
]
TWO_COMPLEX = [
    row
    for fn in BINARY_COMPLEX
    for row in (
        case(fn, C(4), C(4)),
        case(fn, C(2, 3), C(3)),
        case(fn, C(3), P(3)),
        case(fn, P(2, 1), C(2)),
        case(fn, 1.2, C(2)),
        case(fn, C(2), 1.5 + 0.5j),
        case(fn, C(3), C(3), where=M(3), out=None),
        case(fn, C(2).astype(np.complex64), C(2).astype(np.complex64)),
    )
]
POWERS = [
    case(np.power, P(4), A(4)),
    case(np.power, P(2, 3), A(3), where=M(2, 3), out=None),
    case(np.power, A(4), 2),
    case(np.power, A(4), 3.0).only(0),
    case(np.power, A(4), -2).only(0),
    case(np.power, A(4), 1).only(0),
    case(np.power, A(4), 0).only(0),
    case(np.power, A(4), np.array([0, 1, 2, 3])),
    case(np.power, A(4), np.array([-1.0, 0.0, 1.0, 2.0])).only(0),
    case(np.power, np.array([0.0, 1.0, -1.0]), 2),
    case(np.power, np.array([0.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0])).only(0),
    case(np.power, P(3), 0.5),
    case(np.power, -0.5, 3).only(0),
    case(np.power, 2, A(3)),
    case(np.power, 2, 3.5),
    case(np.power, P(2), np.float32(1.5)).loosely(1e-5),
    case(np.power, P(2).astype(np.float32), P(2).astype(np.float32)),
    case(np.power, N(3), 2).as_reals(),
    case(np.power, N(3), np.array([0, 1, 2])).as_reals(),
    case(np.power, P(3), C(3)),
    case(np.power, -P(3), C(3)),
    case(np.power, C(3), 2),
    case(np.power, A(3), A(3), dtype=complex),
    case(np.float_power, P(3), A(3)),
    case(np.float_power, F(3), 2),
    case(np.float_power, N(3), 2).as_reals(),
    case(np.float_power, A(2, 2), 3.0).only(0),
]
INTEGERS = [
    *(case(fn, N(3), N(3) + 10).as_reals() for fn in (np.add, np.subtract, np.multiply, np.divide, np.hypot)),
    *(case(fn, N(3), A(3)).as_reals() for fn in (np.add, np.multiply, np.divide, np.arctan2, np.maximum)),
    *(case(fn, N(3)).as_reals() for fn in (np.square, np.sqrt, np.log, np.exp, np.absolute, np.sin, np.negative)),
    *(case(fn, 3).as_reals() for fn in (np.square, np.sqrt, np.log1p, np.negative)),
    case(np.log1p, np.array([255, 100], np.uint8)).as_reals().loosely(1e-2),
    case(np.arctan, np.array([100, -128], np.int8)).as_reals().loosely(1e-2),
    case(np.arccosh, np.array([200, 3], np.uint8)).as_reals().loosely(1e-2),
    case(np.multiply, N(3), True).only(0).as_reals(),
    case(np.multiply, A(3), M(3)),
    case(np.power, 2, 3).only(0).as_reals(),
]
OTHERS = [
    case(np.ldexp, A(3), np.array([2, -1, 0])),
    case(np.ldexp, A(2, 3), 3),
    case(np.ldexp, F(2), np.array([1, 2], np.int8)),
    case(np.ldexp, A(3), np.array([2, -1, 0]), where=M(3), out=None),
    case(np.heaviside, np.array([0.0, 1.0, 0.0]), A(3)).only(1),
    case(CLIP, 2 * A(9), -1.0, 1.0),
    case(CLIP, 2 * A(3, 4), A(4) - 1, A(3, 1) + 1),
    case(CLIP, A(3), 0.9, -0.7),
    case(np.sqrt, A(4), dtype=complex),
    case(np.log, A(4), dtype=complex),
    case(np.arcsin, 3 * A(4), dtype=complex),
    case(np.arccosh, A(4), signature="D->D"),
    case(np.multiply, A(3), A(3), dtype=np.float32, casting="same_kind").loosely(1e-2),
    case(np.add, A(2), A(2), signature="dd->d", subok=False),
    case(np.angle, C(4), True),
    case(np.angle, C(4), deg=True),
    case(np.angle, A(3), deg=True),
]
_same = A(4)
OTHERS += [case(fn, _same, _same) for fn in (np.add, np.subtract, np.multiply, np.divide, np.logaddexp, np.hypot)]
ROWS = [*ONE_INPUT, *ONE_COMPLEX, *KEYWORDS, *TWO_INPUTS, *MODULO, *TWO_COMPLEX, *POWERS, *INTEGERS, *OTHERS]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


inf = np.inf
nan = np.nan

# (function, arguments, the partials): docs/conventions.md has this table.
KINKS: list[tuple[Any, tuple[float, ...], tuple[float, ...]]] = [
    (np.absolute, (0.0,), (0.0,)),
    (np.absolute, (-0.0,), (0.0,)),
    (np.fabs, (0.0,), (0.0,)),
    (np.sqrt, (0.0,), (0.0,)),
    (np.cbrt, (0.0,), (0.0,)),
    (np.maximum, (1.0, 1.0), (0.5, 0.5)),
    (np.minimum, (1.0, 1.0), (0.5, 0.5)),
    (np.fmax, (1.0, 1.0), (0.5, 0.5)),
    (np.fmax, (nan, 1.0), (0.0, 1.0)),
    (np.fmin, (1.0, nan), (1.0, 0.0)),
    (np.maximum, (-inf, 1.0), (0.0, 1.0)),
    (np.maximum, (inf, 1.0), (1.0, 0.0)),
    (np.maximum, (nan, 1.0), (0.0, 0.0)),
    (np.hypot, (0.0, 0.0), (0.0, 0.0)),
    (np.arctan2, (0.0, 0.0), (0.0, 0.0)),
    (np.arctan2, (3e200, 4e200), (0.16e-200, -0.12e-200)),
    (np.copysign, (0.0, -1.0), (0.0, 0.0)),
    (np.power, (0.0, 0.0), (0.0, 0.0)),
    (np.power, (0.0, 1.0), (1.0, 0.0)),
    (np.power, (0.0, 2.0), (0.0, 0.0)),
    (np.power, (0.0, 0.5), (0.0, 0.0)),
    (np.power, (5.0, 0.0), (0.0, np.log(5.0))),
    (np.logaddexp, (-inf, -inf), (0.5, 0.5)),
    (np.logaddexp, (inf, inf), (0.5, 0.5)),
    (np.logaddexp, (-inf, 2.0), (0.0, 1.0)),
    (np.logaddexp, (inf, 2.0), (1.0, 0.0)),
    (np.logaddexp, (1000.0, -1000.0), (1.0, 0.0)),
    (np.logaddexp2, (-inf, -inf), (0.5, 0.5)),
    (CLIP, (1.0, 1.0, 2.0), (0.5, 0.5, 0.0)),
    (CLIP, (2.0, 1.0, 2.0), (0.5, 0.0, 0.5)),
    (CLIP, (0.0, 3.0, 2.0), (0.0, 0.0, 1.0)),
    (np.sign, (0.0,), (0.0,)),
    (np.log, (0.0,), (inf,)),
    (np.arcsin, (1.0,), (0.0,)),
    (np.arcsin, (-1.0,), (0.0,)),
    (np.arccos, (1.0,), (0.0,)),
    (np.arccos, (-1.0,), (0.0,)),
    (np.arccosh, (1.0,), (0.0,)),
    (np.arctanh, (1.0,), (inf,)),
]


@pytest.mark.parametrize(("fn", "args", "expected"), KINKS)
def test_kink(fn: Any, args: tuple[float, ...], expected: tuple[float, ...]) -> None:
    arrays = tuple(np.array([x]) for x in args)
    with np.errstate(all="ignore"):
        for rule in registry.lookup(fn):
            table = rule.rule if isinstance(rule, registry.Adjoint) else elementwise_rule(fn, rule)
            cotangents = table(*arrays)[1](np.ones(1))
    np.testing.assert_allclose([0.0 if c is None else c[0] for c in cotangents], expected, rtol=1e-14)


@pytest.mark.parametrize("fn", [np.multiply, np.power, np.arctan2, np.maximum, np.divide])
def test_only_active_arguments_get_cotangents(fn: Any) -> None:
    (rule,) = registry.lookup(fn)
    evaluate = elementwise_rule(fn, rule)
    a, b = A(2, 3), P(3)
    with np.errstate(invalid="ignore"):
        both = evaluate(np.abs(a), b)[1](np.ones((2, 3)))
    first = evaluate(np.abs(a), b, active=(True, False))[1](np.ones((2, 3)))
    second = evaluate(np.abs(a), b, active=(False, True))[1](np.ones((2, 3)))
    assert first[1] is None and second[0] is None
    np.testing.assert_array_equal(first[0], both[0])
    np.testing.assert_array_equal(second[1], both[1])


def test_negative_base_does_not_spoil_its_own_cotangent() -> None:
    (rule,) = registry.lookup(np.power)
    with np.errstate(all="ignore"):
        a_bar, b_bar = elementwise_rule(np.power, rule)(np.array([-2.0]), np.array([3.0]))[1](np.ones(1))
    assert a_bar == [12.0] and np.isnan(b_bar)
    with np.errstate(all="raise"):
        elementwise_rule(np.power, rule)(np.array([-2.0]), np.array([3.0]), active=(True, False))[1](np.ones(1))


@pytest.mark.parametrize("fn", [np.log, np.sqrt, np.exp, np.square, np.arccosh, np.reciprocal])
def test_zero_cotangents_stop_nan(fn: Any) -> None:
    (rule,) = registry.lookup(fn)
    x = np.array([2.0, 0.0, -1.0, nan, inf])
    with np.errstate(all="ignore"):
        (x_bar,) = elementwise_rule(fn, rule)(x)[1](np.array([1.0, 0.0, 0.0, 0.0, 0.0]))
    assert np.isfinite(x_bar).all() and x_bar[0] != 0 and not x_bar[1:].any()


def test_object_arrays_keep_their_own_arithmetic() -> None:
    a, b = np.array([Fraction(1, 2), Fraction(2, 3)]), np.array([Fraction(3, 2), Fraction(5, 3)])
    ones = np.array([Fraction(1), Fraction(1)])
    for fn, expected in ((np.add, (ones, ones)), (np.multiply, (b, a)), (np.divide, (1 / b, -a / b**2))):
        (rule,) = registry.lookup(fn)
        cotangents = elementwise_rule(fn, rule)(a, b)[1](ones)
        np.testing.assert_array_equal(cotangents, expected)
        assert all(type(x) is Fraction for x_bar in cotangents for x in x_bar)
    (rule,) = registry.lookup(np.power)
    assert elementwise_rule(np.power, rule)(a, 3, active=(True, False))[1](ones)[0].tolist() == (3 * a * a).tolist()


def test_missing_parts_of_pairs_are_absent() -> None:
    for fn, args in ((np.divmod, (7.0, 3.0)), (np.modf, (1.5,)), (np.frexp, (1.5,))):
        (rule,) = registry.lookup(fn)
        assert set(rule.rule(*args)[1]((None, None))) == {None}


def test_every_ufunc_has_a_rule_or_is_declared() -> None:
    products = {np.matmul, np.vecdot, np.matvec, np.vecmat}
    names = [getattr(module, name) for module in (np, np._core.umath) for name in dir(module)]
    ufuncs_of_numpy = {x for x in names if isinstance(x, np.ufunc)} - products
    assert not {ufunc.__name__ for ufunc in ufuncs_of_numpy if not registry.lookup(ufunc)}
