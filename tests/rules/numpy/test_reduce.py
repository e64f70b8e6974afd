"""Sums, products, extrema, moments and averages, with every keyword."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy import reduce  # noqa: F401  (it registers the rules)
from tests.rules.numpy.array_cases import (
    A,
    C,
    Case,
    F,
    M,
    N,
    P,
    case,
    check,
    frozen,
    parametrize,
    run,
    start_numbers,
    strided,
)
from tests.rules.numpy.functional import functional_rules
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("reduce")

WITH_ZEROS = np.array([[0.7, 0.0, -1.2, 0.5], [1.1, 0.4, 0.0, 0.0], [0.3, -0.6, 0.8, 1.9]])
MOMENTS = (np.var, np.std)

SIMPLE = [
    row
    for fn in (np.sum, np.prod, np.max, np.min, np.amax, np.amin, np.mean, np.var, np.std, np.ptp, np.average)
    for row in (
        case(fn, A(5)),
        case(fn, A(3, 4)),
        case(fn, A(3, 4), axis=0),
        case(fn, A(3, 4), -1),
        case(fn, A(2, 3, 4), axis=(0, 2)),
        case(fn, A(2, 3, 2), axis=(-1, 0), keepdims=True),
        case(fn, A(3, 2), keepdims=True),
        case(fn, A(3, 2), axis=()),
        case(fn, A(2, 1), axis=1),
        case(fn, A()),
        case(fn, A()[()]),
        case(fn, 0.7),
        case(fn, [0.3, -0.4, 0.8]),
        case(fn, [[0.3, -0.4], (0.8, 1.1)], axis=1),
        case(fn, F(3, 4), axis=1),
        case(fn, strided(A(3, 4)), axis=0),
        case(fn, frozen(A(4))),
        case(fn, N(3, 2), axis=0).as_reals().fixed("axis"),
    )
]
EMPTY = [case(fn, A(3, 0), axis=0) for fn in (np.sum, np.prod, np.max, np.min, np.mean, np.var, np.std, np.ptp)]
HOLOMORPHIC = [
    row
    for fn in (np.sum, np.prod, np.mean, np.var, np.std, np.average)
    for row in (
        case(fn, C(4)),
        case(fn, C(3, 4), axis=1),
        case(fn, C(2, 3).astype(np.complex64), axis=0, keepdims=True),
    )
]
MASKED = [
    row
    for fn in (np.sum, np.prod, np.mean, np.var, np.std)
    for row in (
        case(fn, A(3, 4), where=M(3, 4)),
        case(fn, A(3, 4), axis=1, where=M(3, 4)),
        case(fn, A(2, 3, 4), axis=(0, 1), where=M(3, 1), keepdims=True),
        case(fn, C(3, 4), axis=1, where=M(4)),
    )
]
TYPED = [
    row
    for fn in (np.sum, np.prod, np.mean, np.var, np.std)
    for row in (
        case(fn, F(4), dtype=np.float64),
        case(fn, N(4), dtype=np.float64).as_reals(),
        case(fn, F(2, 3), 1, np.float64, None),
        case(fn, A(4), None, np.float32).loosely(1e-2),
    )
]
TYPED += [case(fn, A(4), dtype=complex) for fn in (np.sum, np.prod, np.mean)]
TYPED += [case(fn, 5 + P(4), dtype=int) for fn in (np.sum, np.prod, np.mean)]
INITIAL = [
    row
    for fn in (np.sum, np.prod, np.max, np.min, np.amax, np.amin)
    for row in (
        case(fn, A(3, 4), initial=0.3),
        case(fn, A(3, 4), axis=1, initial=-0.3, keepdims=True),
        case(fn, A(3, 4), axis=1, initial=0.2, where=M(3, 4)),
        case(fn, A(3, 4), axis=(0, 1), initial=5.0),
        case(fn, A(3, 4), axis=0, initial=-5.0),
        case(fn, A(0), initial=0.7),
        case(fn, F(3), initial=np.float32(0.25)),
    )
]
INITIAL += [case(fn, C(3), initial=0.3 + 0.1j) for fn in (np.sum, np.prod)]
PRODUCTS = [
    case(np.prod, WITH_ZEROS),
    case(np.prod, WITH_ZEROS, axis=0),
    case(np.prod, WITH_ZEROS, axis=1),
    case(np.prod, WITH_ZEROS[1:2, 2:], axis=1),
    case(np.prod, np.array([2.0, 0.0, 3.0])),
    case(np.prod, np.array([0.0])),
    case(np.prod, WITH_ZEROS + 0j, axis=1),
    case(np.prod, WITH_ZEROS.astype(np.float32), axis=1),
    case(np.prod, np.array([2, 0, 3])).as_reals(),
    case(np.prod, WITH_ZEROS, axis=1, where=WITH_ZEROS != 0),
    case(np.prod, WITH_ZEROS, axis=1, where=WITH_ZEROS > 0.5, initial=0.6),
]
FREEDOM = [
    row
    for fn in MOMENTS
    for row in (
        case(fn, A(4), ddof=1),
        case(fn, A(3, 4), axis=1, ddof=0.5),
        case(fn, A(3, 4), axis=1, correction=1),
        case(fn, A(3, 4), axis=0, correction=0.25, keepdims=True),
        case(fn, A(3, 4), axis=1, ddof=1, where=M(3, 4)),
        case(fn, A(3, 4), axis=1, mean=A(3, 1)),
        case(fn, A(3, 4), mean=A(1, 1), correction=1),
        case(fn, A(3, 4), axis=1, mean=A(3, 1), where=M(3, 4)),
        case(fn, C(3, 4), axis=1, mean=C(3, 1)),
        case(fn, A(3, 4), 1, None, None, 1, True),
    )
]
AVERAGES = [
    case(np.average, A(4), weights=P(4)),
    case(np.average, A(3, 4), weights=P(3, 4)),
    case(np.average, A(3, 4), 1, P(4)),
    case(np.average, A(3, 4), axis=0, weights=P(3)),
    case(np.average, A(3, 4), axis=-1, weights=P(3, 4), keepdims=True),
    case(np.average, A(2, 3, 4), axis=(0, 2), weights=P(2, 4)),
    case(np.average, A(2, 3, 4), axis=(2, 0), weights=P(4, 2)),
    case(np.average, A(2, 3, 4), axis=(0, 1, 2), weights=P(2, 3, 4), keepdims=True),
    case(np.average, A(3, 4), axis=1, weights=[0.1, 0.2, 0.3, 0.6]),
    case(np.average, A(4), returned=True),
    case(np.average, A(3, 4), axis=1, returned=True),
    case(np.average, A(3, 4), axis=1, weights=P(4), returned=True),
    case(np.average, A(3, 4), axis=1, weights=P(4), returned=True, keepdims=True),
    case(np.average, C(3), weights=P(3)),
    case(np.average, A(3), weights=1 + C(3)),
    case(np.average, F(3), weights=P(3).astype(np.float32)),
    case(np.average, N(3), weights=P(3)).as_reals(),
    case(np.average, [0.3, 0.5], weights=[0.4, 0.7]),
]
ROWS = [*SIMPLE, *EMPTY, *HOLOMORPHIC, *MASKED, *TYPED, *INITIAL, *PRODUCTS, *FREEDOM, *AVERAGES]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


KINKS: list[tuple[Any, list[float], list[float]]] = [
    (np.max, [2.0, 2.0, 1.0], [0.5, 0.5, 0.0]),
    (np.min, [2.0, 2.0, 2.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
    (np.max, [np.nan, 2.0], [0.0, 0.0]),
    (np.ptp, [2.0, 2.0], [0.0, 0.0]),
    (np.std, [2.0, 2.0], [0.0, 0.0]),
    (np.std, [2.0], [0.0]),
    (np.prod, [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]),
    (np.prod, [0.0, 3.0, 5.0], [15.0, 0.0, 0.0]),
]


@pytest.mark.parametrize(("fn", "a", "expected"), KINKS)
def test_kink(fn: Any, a: list[float], expected: list[float]) -> None:
    _, pull = run(fn, (np.array(a),), {})
    np.testing.assert_array_equal(pull(1.0)[0], expected)


def test_object_arrays_keep_their_own_arithmetic() -> None:
    a = np.array([Fraction(1, 2), Fraction(2, 3), Fraction(4)])
    for fn, expected in (
        (np.sum, [1, 1, 1]),
        (np.prod, [Fraction(8, 3), 2, Fraction(1, 3)]),
        (np.max, [0, 0, 1]),
        (np.mean, [Fraction(1, 3)] * 3),
    ):
        _, pull = run(fn, (a,), {})
        assert pull(Fraction(1))[0].tolist() == expected


def test_methods_share_the_rules_of_the_functions() -> None:
    for name in ("sum", "prod", "max", "min", "mean", "var", "std"):
        rules = functional_rules(getattr(np, name))
        assert functional_rules(getattr(np.ndarray, name)) == rules
        assert functional_rules(getattr(np.generic, name)) == rules


def test_cotangent_of_a_large_sum_takes_no_memory() -> None:
    a = np.ones((1000, 1000))
    _, pull = run(np.sum, (a,), {})
    assert pull(1.0)[0].strides == (0, 0)


def test_none_flows_into_the_total_of_an_unweighted_average() -> None:
    _, pull = run(np.average, (np.ones(3),), {"returned": True})
    assert pull((None, 1.0))[0] is None
