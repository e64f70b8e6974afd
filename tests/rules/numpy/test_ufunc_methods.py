"""`reduce`, `accumulate`, `reduceat`, `outer` and `at`, with every keyword, of every ufunc that has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy import ufunc_methods  # noqa: F401  (it registers the rules)
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
    run,
    start_numbers,
    strided,
)
from tests.rules.numpy.functional import functional_rules
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("ufunc_methods")

SYMMETRIC = [
    np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot,
]  # fmt: skip
ORDERED = [np.subtract, np.divide, np.copysign, np.heaviside, np.nextafter]
HOLOMORPHIC = [np.add, np.subtract, np.multiply, np.divide]
WITH_ZEROS = np.array([[0.7, 0.0, -1.2, 0.5], [1.1, 0.4, 0.0, 0.0], [0.3, -0.6, 0.8, 1.9]])

REDUCE = [
    row
    for fn in SYMMETRIC
    for row in (
        case(fn.reduce, A(5)),
        case(fn.reduce, A(3, 4)),
        case(fn.reduce, A(3, 4), 1),
        case(fn.reduce, A(2, 3, 2), axis=(0, 2)),
        case(fn.reduce, A(2, 3, 2), axis=(-1, 0), keepdims=True),
        case(fn.reduce, A(3, 2), axis=None),
        case(fn.reduce, A(3, 2), axis=()),
        case(fn.reduce, A(1, 3)),
        case(fn.reduce, A(), axis=None),
        case(fn.reduce, 0.7),
        case(fn.reduce, A(3, 4), axis=1, initial=0.37),
        case(fn.reduce, A(3, 4), axis=None, initial=-0.37, keepdims=True),
        case(fn.reduce, A(3, 4), axis=1, where=M(3, 4), initial=0.21),
        case(fn.reduce, A(2, 3, 4), axis=(0, 2), where=M(3, 1), initial=0.3),
        case(fn.reduce, A(0, 3), axis=0, initial=0.4),
        case(fn.reduce, A(3, 0), axis=0),
        case(fn.reduce, F(2, 3), axis=1),
        case(fn.reduce, F(2, 3), axis=1, dtype=np.float64),
        case(fn.reduce, strided(A(3, 4)), axis=0),
        case(fn.reduce, frozen(A(4)), 0, None, None, True),
        case(fn.reduce, N(4), dtype=float).as_reals(),
    )
]
REDUCE += [
    row
    for fn in ORDERED
    for row in (
        case(fn.reduce, 0.4 + P(4)),
        case(fn.reduce, A(3, 4), axis=1, keepdims=True),
        case(fn.reduce, A(2, 3, 2), axis=1),
        case(fn.reduce, A(1, 2), axis=0),
        case(fn.reduce, P(3, 2), axis=0, initial=0.7),
    )
]
REDUCE += [
    row
    for fn in HOLOMORPHIC
    for row in (
        case(fn.reduce, C(4)),
        case(fn.reduce, C(3, 2), axis=1, keepdims=True),
        case(fn.reduce, C(3, 4), axis=1, initial=0.5 + 0.2j, where=M(3, 4)),
        case(fn.reduce, A(3), dtype=complex),
    )
]
REDUCE += [
    case(np.add.reduce, A(3, 4), axis=1, where=M(3, 4)),
    case(np.multiply.reduce, A(3, 4), axis=1, where=M(3, 4)),
    case(np.logaddexp.reduce, A(3, 4), axis=1, where=M(3, 4)),
    case(np.hypot.reduce, A(3, 4), axis=1, where=M(3, 4)),
    case(np.add.reduce, A(0), axis=0),
    case(np.multiply.reduce, A(0, 2), axis=0),
    case(np.add.reduce, A(3), dtype=np.int64).loosely(1e-9),
    case(np.add.reduce, N(3)).as_reals(),
    case(np.multiply.reduce, N(3)).as_reals(),
    case(np.maximum.reduce, N(5)).as_reals(),
    case(np.subtract.reduce, A(3, 4), axis=1, where=M(3, 4), initial=0.5),
    case(np.divide.reduce, A(3, 4), axis=1, where=M(3, 4), initial=0.5),
    case(np.power.reduce, 1 + P(3, 2)),
    case(np.power.reduce, 1 + P(3, 3), where=M(3, 3), initial=1.3),
    case(np.float_power.reduce, 1 + P(3, 2)),
    case(np.arctan2.reduce, P(3, 2)),
    case(np.fmod.reduce, np.array([13.7, 5.1, 1.3])),
    case(np.remainder.reduce, np.array([13.7, 5.1, 1.3])),
    case(np.multiply.reduce, WITH_ZEROS, axis=0),
    case(np.multiply.reduce, WITH_ZEROS, axis=1),
    case(np.multiply.reduce, WITH_ZEROS, axis=None),
    case(np.multiply.reduce, WITH_ZEROS + 0j, axis=1),
    case(np.multiply.reduce, WITH_ZEROS.reshape(3, 2, 2), axis=(0, 2), keepdims=True),
    case(np.multiply.reduce, WITH_ZEROS, axis=1, initial=1.5),
    case(np.multiply.reduce, WITH_ZEROS, axis=1, where=WITH_ZEROS != 0.7, initial=0.0),
    case(np.maximum.reduce, C(4)),
]
ACCUMULATE = [
    row
    for fn in [*SYMMETRIC, *ORDERED, np.arctan2]
    for row in (
        case(fn.accumulate, A(5)),
        case(fn.accumulate, A(3, 4), axis=1),
        case(fn.accumulate, A(3, 4), -2),
        case(fn.accumulate, A(1)),
        case(fn.accumulate, A(0, 2)),
        case(fn.accumulate, A(2, 0)),
        case(fn.accumulate, F(4), dtype=np.float64),
        case(fn.accumulate, strided(A(9, 2))),
    )
]
ACCUMULATE += [case(fn.accumulate, C(3, 5), axis=1) for fn in HOLOMORPHIC]
ACCUMULATE += [
    case(np.multiply.accumulate, WITH_ZEROS, axis=0),
    case(np.multiply.accumulate, WITH_ZEROS, axis=1),
    case(np.multiply.accumulate, WITH_ZEROS + 0j, axis=1),
    case(np.multiply.accumulate, N(4)).as_reals(),
    case(np.add.accumulate, N(4)).as_reals(),
    case(np.add.accumulate, A(4), dtype=complex),
    case(np.add.accumulate, A(4), dtype=int),
    case(np.power.accumulate, 1 + P(3)),
    case(np.power.accumulate, 1 + P(3, 2), 0, float),
    case(np.float_power.accumulate, 1 + P(3, 3), axis=1),
    case(np.fmod.accumulate, np.array([13.7, 5.1, 1.3])),
    case(np.remainder.accumulate, np.array([[13.7, 5.1, 1.3]]), axis=1),
]
REDUCEAT = [
    row
    for fn in [*SYMMETRIC, *ORDERED]
    for row in (
        case(fn.reduceat, A(6), [0, 2, 5]),
        case(fn.reduceat, A(6), np.array([0, 4, 1, 5, 2])),
        case(fn.reduceat, A(3, 6), [2, 2, 4], axis=1),
        case(fn.reduceat, A(6, 2), [1, 3], 0, None),
    )
]
REDUCEAT += [
    case(np.multiply.reduceat, WITH_ZEROS, [0, 2], axis=1),
    case(np.add.reduceat, F(5), [0, 3], dtype=np.float64),
    case(np.add.reduceat, C(5), [0, 3]),
    case(np.multiply.reduceat, C(5), [0, 3]),
    case(np.add.reduceat, N(5), [0, 3]).only(0).as_reals(),
    case(np.maximum.reduceat, N(5), [0, 3]).only(0).as_reals(),
    case(np.add.reduceat, A(5), np.array([], int)),
]
OUTER = [
    row
    for fn in [*SYMMETRIC, *ORDERED, np.arctan2]
    for row in (
        case(fn.outer, A(3), A(2)),
        case(fn.outer, A(2, 2), A(3)),
        case(fn.outer, A(2), 0.7),
        case(fn.outer, 0.4, A(2)),
        case(fn.outer, 0.4, 0.9),
        case(fn.outer, A(0), A(2)),
        case(fn.outer, F(2), F(3)),
        case(fn.outer, strided(A(2, 2)), A(), order="C"),
    )
]
OUTER += [case(fn.outer, C(2), C(3)) for fn in HOLOMORPHIC]
OUTER += [
    case(np.multiply.outer, C(2), A(3)),
    case(np.power.outer, P(3), A(2)),
    case(np.multiply.outer, N(2), A(2)).as_reals(),
    case(np.float_power.outer, P(3), A(2)),
    case(np.fmod.outer, 5 * A(3), 1 + P(2)),
    case(np.remainder.outer, 5 * A(3), 1 + P(2)),
    case(np.ldexp.outer, A(3), np.array([1, -2])),
]
ROWS = [*REDUCE, *ACCUMULATE, *REDUCEAT, *OUTER]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


def written(fn: Any, a: Any, *operands: Any) -> Any:
    """The content that `fn` (``np.add.at``, ...) leaves in a copy of `a`."""
    new = np.array(a)
    fn(new, *operands)
    return new


REPEATED = np.array([2, 0, 2, 2, 1])
BINARY_AT = [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.hypot, np.logaddexp]
AT = [
    row
    for fn in BINARY_AT
    for row in (
        (fn.at, A(4), REPEATED, A(5)),
        (fn.at, A(4), REPEATED, 0.7),
        (fn.at, A(3, 2), [0, 2, 0], A(3, 2)),
        (fn.at, A(3, 2), ([0, 2, 0], [1, 1, 1]), A(3)),
        (fn.at, A(3, 2), (slice(None), [1, 1]), A(2)),
        (fn.at, A(4), np.array([True, False, True, False]), A(2)),
        (fn.at, A(4), slice(1, 3), A(2)),
        (fn.at, A(4), [], 0.4),
    )
]
AT += [(fn.at, A(4), REPEATED) for fn in (np.negative, np.sin, np.square)]
AT += [
    (fn.at, 1.1 + P(4) if fn is np.arccosh else 0.4 * P(4), [3, 1])
    for fn in vars(np).values()
    if isinstance(fn, np.ufunc) and fn.nin == 1 and isinstance(registry.lookup(fn)[0], registry.Partials)
]
AT += [(fn.at, P(4), REPEATED, P(5)) for fn in (np.arctan2, np.fmax, np.fmin, np.float_power, np.logaddexp2)]
AT += [(fn.at, 3 * P(4), [1, 0, 3], 1.1 + P(3)) for fn in (np.fmod, np.remainder, np.copysign)]
AT += [
    (np.multiply.at, C(4), REPEATED, C(5)),
    (np.add.at, C(4), REPEATED, A(5)),
    (np.divide.at, C(4), REPEATED, C(5)),
    (np.power.at, P(4), REPEATED, U(5)),
]


@pytest.mark.parametrize("row", range(len(AT)))
def test_at(row: int) -> None:
    """The rule of `at` gives the new content; it is checked as a function of the old content and the operand."""
    fn, *args = AT[row]

    def content(a: Any, *operands: Any) -> Any:
        return written(fn, a, *operands)

    registry.register(content, functional_rules(fn)[0])
    called = case(content, *args)
    check(called)
    for checkable in of_second_order([called]):
        check_second_order(checkable, np.random.default_rng(2))


KINKS: list[tuple[Any, list[float], list[float]]] = [
    (np.maximum.reduce, [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    (np.minimum.reduce, [1.0, 1.0, 1.0, 2.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
    (np.maximum.reduce, [1.0, np.nan, 3.0], [0.0, 0.0, 0.0]),
    (np.fmax.reduce, [1.0, np.nan, 3.0], [0.0, 0.0, 1.0]),
    (np.hypot.reduce, [0.0, 0.0], [0.0, 0.0]),
    (np.logaddexp.reduce, [-np.inf, 1.0, -np.inf], [0.0, 1.0, 0.0]),
    (np.logaddexp.reduce, [-np.inf, -np.inf], [0.5, 0.5]),
    (np.logaddexp.reduce, [np.inf, 1.0], [1.0, 0.0]),
    (np.logaddexp.reduce, [900.0, -900.0], [1.0, 0.0]),
    (np.multiply.reduce, [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]),
    (np.multiply.reduce, [1e-200, 1e-200, 3.0], [3e-200, 3e-200, 0.0]),
    (np.multiply.reduce, [1e200, 1e200, 0.0], [0.0, 0.0, np.inf]),
]


@pytest.mark.parametrize(("fn", "a", "expected"), KINKS)
def test_kink(fn: Any, a: list[float], expected: list[float]) -> None:
    with np.errstate(all="ignore"):
        _, pull = run(fn, (np.array(a),), {})
    np.testing.assert_allclose(pull(1.0)[0], expected, rtol=1e-13)


def test_tie_with_initial_is_shared() -> None:
    _, pull = run(np.maximum.reduce, (np.array([1.0, 2.0]),), {"initial": 2.0})
    cotangents = pull(1.0)
    np.testing.assert_array_equal(cotangents[0], [0.0, 0.5])
    assert cotangents["initial"] == 0.5


def test_mask_without_neutral_element_is_declined() -> None:
    (rule,) = registry.lookup(np.fmod.reduce)
    assert isinstance(rule, registry.Adjoint)
    assert rule.rule(np.array([3.0, 2.0]), where=np.array([True, False]), initial=7.0) is NotImplemented


@pytest.mark.parametrize("fn", [np.power, np.arctan2])
def test_reductions_that_numpy_gets_wrong_are_declined(fn: Any) -> None:
    """On some processors these forget the running result: then there is no rule, elsewhere it is right."""
    a = 1 + P(9)
    wrong = not np.isclose(fn.reduce(a), fn.accumulate(a)[-1])
    for method, args in ((fn.reduce, (a,)), (fn.reduceat, (a, [0]))):
        (rule,) = registry.lookup(method)
        assert isinstance(rule, registry.Adjoint)
        assert (rule.rule(*args) is NotImplemented) == wrong


def test_methods_of_steps_and_comparisons_are_declared() -> None:
    for method in (np.logical_or.reduce, np.greater.outer, np.floor.at, np.bitwise_and.accumulate, np.lcm.reduceat):
        assert registry.lookup(method) == [registry.NON_DIFFERENTIABLE]


def test_accumulate_is_not_quadratic() -> None:
    _, pull = run(np.maximum.accumulate, (np.sin(np.arange(200_000.0)),), {})
    assert pull(np.ones(200_000))[0].sum() == 200_000
