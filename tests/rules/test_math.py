"""The rules of `math`, against the plain call and central differences."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad.rules.math
from bytegrad.rules.math import digamma
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Partials, Polyfill
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

ANYWHERE = (-2.3, -0.4, 1e-3, 0.7, 3.1, 21.5)
POSITIVE = (1e-3, 0.4, 1.0, 2.7, 35.0)

UNARY = [
    *cases(math.exp, *ANYWHERE),
    *cases(math.exp2, *ANYWHERE),
    *cases(math.expm1, *ANYWHERE, -40.0, 1e-9),
    *cases(math.log, *POSITIVE, 1e200, 1e-200),
    *cases(math.log2, *POSITIVE, 1e200, 1e-200),
    *cases(math.log10, *POSITIVE, 1e200, 1e-200),
    *cases(math.log1p, -0.9, -0.4, 1e-9, *POSITIVE, 1e200),
    *cases(math.sqrt, *POSITIVE, 1e200, 1e-200),
    *cases(math.cbrt, -3.0, -0.2, *POSITIVE, 1e200, -1e-200),
    *cases(math.sin, *ANYWHERE),
    *cases(math.sin, 1e3, step=1e-4),
    *cases(math.cos, *ANYWHERE),
    *cases(math.cos, 1e3, step=1e-4),
    *cases(math.tan, *ANYWHERE),
    *cases(math.asin, -0.98, -0.3, 0.0, 0.5, 0.97, step=0.01),
    *cases(math.acos, -0.98, -0.3, 0.0, 0.5, 0.97, step=0.01),
    *cases(math.atan, *ANYWHERE, 1e200, 0.0),
    *cases(math.sinh, *ANYWHERE),
    *cases(math.sinh, -700.0, step=1e-3),
    *cases(math.cosh, *ANYWHERE),
    *cases(math.cosh, -700.0, step=1e-3),
    *cases(math.tanh, *ANYWHERE),
    *cases(math.asinh, *ANYWHERE, 0.0),
    *cases(math.acosh, 1.05, 1.5, 3.0, 1e3, 1e200, step=0.01),
    *cases(math.atanh, -0.98, -0.3, 0.0, 0.5, 0.97, step=0.01),
    *cases(math.degrees, *ANYWHERE),
    *cases(math.radians, *ANYWHERE),
    *cases(math.erf, *ANYWHERE, 0.0, 1e200),
    *cases(math.erfc, *ANYWHERE, 0.0, 1e200, step=1e-3),
    *cases(math.gamma, -3.7, -0.4, 0.3, 1.0, 2.5, 9.9, 30.5),
    *cases(math.lgamma, -3.7, -0.4, 0.3, 1.0, 2.5, 9.9, 30.5, 1e10, -20.25),
    *cases(math.fabs, -2.3, 0.7, 1e200),
]
BINARY = [
    *cases(math.pow, (1.7, 2.3), (0.3, -1.4), (2.0, 0.5), (5.0, 1.0), (0.2, 0.0), (30.0, -2.0)),
    *cases(math.atan2, (0.3, -1.2), (0.3, 1.2), (-0.3, -1.2), (-0.3, 1.2), (0.3, 0.0), (0.0, 0.5), (1e200, 2e200)),
    *cases(math.copysign, (2.0, 1.0), (2.0, -1.0), (-2.0, 1.0), (-2.0, -1.0), (0.5, -1e-3)),
    *cases(math.fmod, (7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (-7.3, -2.0), (0.3, 0.7), (1.0, 0.06)),
    *cases(math.remainder, (7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (-6.7, -2.0), (0.3, 0.7)),
    *cases(math.hypot, (3.0, 4.0), (-3.0, 4.0), (0.0, -2.0), (1e200, 2e200), (1e-200, -3e-200)),
    *cases(math.log, (3.0, 2.0), (0.3, 10.0), (5.0, 0.5), (1.0, 7.0)),
]
OTHERS = [
    *cases(math.ldexp, (0.7, 3), (-0.7, -3), (1e-300, 1500)),
    *cases(math.frexp, 0.7, -3.3, 1.5e200, 1.5e-200),
    *cases(math.modf, 0.7, -3.3, 17.25),
    *cases(math.hypot, (), (-2.0,), (1.0, -2.0, 0.5), (0.5, 0.0, 1.0, 2.0)),
    *cases(math.dist, ([0.7, 1.9], [0.3, -0.4]), ((0.7, 1.9, 1.2), [0.3, 2, 0.5]), ((0.5,), (-0.5,))),
    *cases(math.fsum, ([0.1, 0.2, 0.3],), ((1e16, 1.0, -1e16, 0.5),), ([],), ([1, 2.5, True],)),
    case(math.nextafter, 0.7, 1.0, step=1e-3),
    case(math.nextafter, 0.7, -math.inf, step=1e-3),
]
if hasattr(math, "fma"):
    OTHERS += cases(math.fma, (0.7, 1.9, -0.4), (-2.0, 1e5, 3.0))
if hasattr(math, "sumprod"):
    OTHERS += cases(math.sumprod, ([0.7, 1.9], [0.3, -0.4]), ((1, 2.5, 0.5), [0.3, 2, True]), ([], ()))

# Points of all kinds, for what must not raise.
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3, -3, 0, 1, 1e-200, -1e-200, 5e-324, 1e200, -1e200, 1.7e308]
SPECIAL += [math.inf, -math.inf, math.nan, Fraction(1, 3)]


@pytest.mark.parametrize("row", UNARY + BINARY + OTHERS, ids=str)
def test_first_order(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("row", [row for row in UNARY + BINARY if 1e-6 < max(map(abs, row.args)) < 100], ids=str)
def test_second_order(row: Case) -> None:
    if row.function is not math.log or len(row.args) == 1:
        check_second(row)


@pytest.mark.parametrize("row", [row for row in UNARY + BINARY if max(map(abs, row.args)) < 100], ids=str)
def test_ints_are_taken_too(row: Case) -> None:
    ints = tuple(round(x) for x in row.args)
    try:
        row.function(*ints)
    except (ValueError, ZeroDivisionError):
        return
    _, pullback = apply(case(row.function, *ints))
    _, expected = apply(case(row.function, *map(float, ints)))
    assert [x for x in pullback(1.0) if x is not None] == pytest.approx([x for x in expected(1.0) if x is not None])


FUNCTIONS = [getattr(math, name) for name in dir(math) if callable(getattr(math, name)) and not name.startswith("_")]
ELEMENTWISE = [
    (function, len(rule.names))
    for function in FUNCTIONS
    for rule in registry.lookup(function)
    if isinstance(rule, Partials) and function not in (math.ldexp, getattr(math, "fma", None))
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_function_has_a_rule(function: Any) -> None:
    assert registry.lookup(function)


@pytest.mark.parametrize(("function", "count"), ELEMENTWISE)
def test_partials_never_raise(function: Any, count: int) -> None:
    for args in itertools.product(SPECIAL, repeat=count):
        check_never_raises(function, *args)


@pytest.mark.parametrize("i", [-2000, -5, 0, 1023, 1024, 5000])
def test_ldexp_never_raises(i: int) -> None:
    for x in (0.0, 5e-324, 1e-300, 0.7, math.inf):
        check_never_raises(math.ldexp, x, i)


def test_huge_ints() -> None:
    huge = 10**400
    for function in (math.log, math.log2, math.log10):
        check_never_raises(function, huge)
    _, pullback = apply(case(math.log, huge, 10))
    assert pullback(1.0)[0] == 0.0


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (math.sqrt, (0.0,)),
        (math.cbrt, (-0.0,)),
        (math.fabs, (0.0,)),
        (math.asin, (1.0,)),
        (math.asin, (-1.0,)),
        (math.acos, (1.0,)),
        (math.acosh, (1.0,)),
        (math.atan2, (0.0, 0.0)),
        (math.hypot, (0.0, 0.0)),
        (math.copysign, (0.0, 1.0)),
        (math.pow, (0.0, 0.5)),
    ],
)
def test_zero_at_kinks(function: Any, args: tuple[float, ...]) -> None:
    found = slopes(partials_of(function, len(args)), args, function(*args))
    assert all(slope == 0.0 for slope in found if slope is not None)


def test_distances_at_their_kink() -> None:
    assert apply(case(math.hypot, 0.0, 0.0, 0.0))[1](1.0) == (0.0, 0.0, 0.0)
    assert apply(case(math.dist, [1.0, 2.0], (1.0, 2.0)))[1](1.0) == ([0.0, 0.0], (0.0, 0.0))


@pytest.mark.parametrize(
    ("x", "n", "in_x", "in_n"),
    [
        (-2.0, 3.0, 12.0, math.nan),
        (-2.0, -1.0, -0.25, math.nan),
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 1.0, 1.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
        (1e-200, -1.0, -math.inf, -math.inf),
        (1e-200, 2.0, 2e-200, -0.0),
    ],
)
def test_power_at_the_border_of_its_domain(x: float, n: float, in_x: float, in_n: float) -> None:
    y = math.pow(x, n)
    found = slopes(partials_of(math.pow, 2), (x, n), y)
    assert found[0] == pytest.approx(in_x)
    assert found[1] == pytest.approx(in_n, nan_ok=True) or (x, n) == (1e-200, -1.0)


def test_digamma_against_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    for x in (1e-8, 0.1, 1.0, 1.5, 3.3, 9.99, 10.0, 1e3, 1e12, -0.3, -1.5, -7.9, -50.25):
        assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-13), x
    assert digamma(math.inf) == math.inf
    assert math.isnan(digamma(-math.inf))


@pytest.mark.parametrize(("m", "function"), [(0, math.fmod), (1, math.remainder)])
def test_remainders_count_whole_quotients(m: int, function: Any) -> None:
    rule = partials_of(function, 2)
    # 1.0 / 0.1 rounds to 10, but 0.1 goes nine times into 1.0, or ten times with a tiny negative rest.
    assert slopes(rule, (1.0, 0.1), function(1.0, 0.1))[1] == (-9.0, -10.0)[m]
    assert slopes(rule, (5.0, math.inf), function(5.0, math.inf))[1] == 0.0


def test_nextafter_arrives() -> None:
    above = math.nextafter(1.0, 2.0)
    assert apply(case(math.nextafter, 1.0, above))[1](3.0) == (None, 3.0)
    assert apply(case(math.nextafter, 1.0, 1.0))[1](3.0) == (3.0, None)


def polyfill_of(function: Any) -> Any:
    return next(rule.function for rule in registry.lookup(function) if isinstance(rule, Polyfill))


def outcome(function: Any, *args: Any, **kwargs: Any) -> str:
    try:
        return repr(function(*args, **kwargs))
    except Exception as error:
        return repr(error)


SEQUENCES = [[], [1, 2], [0.1, 0.2, 0.3], (1e16, 1.0, -1e16), [True, 2], [Fraction(1, 3), 2.0], [1.5, "a"], 5, [1j, 2]]
SEQUENCES += [np.array([0.1, 0.2]), {1.0: 2}, [10**400], [math.inf, -math.inf], [np.float64(0.1), np.float32(0.2)]]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=repr)
def test_polyfills_of_sums_and_products(sequence: Any) -> None:
    for function in (math.fsum, math.prod):
        assert outcome(polyfill_of(function), sequence) == outcome(function, sequence)
    assert outcome(polyfill_of(math.prod), sequence, start=0.5) == outcome(math.prod, sequence, start=0.5)


@pytest.mark.parametrize("p", SEQUENCES, ids=repr)
def test_polyfills_of_pairs(p: Any) -> None:
    for q in SEQUENCES:
        for function in (math.dist, getattr(math, "sumprod", None)):
            if function is not None:
                assert outcome(polyfill_of(function), p, q) == outcome(function, p, q)


def test_polyfills_read_iterators_lazily() -> None:
    read = []

    def items() -> Any:
        for item in (1.0, "bad", 2.0):
            read.append(item)
            yield item

    with pytest.raises(TypeError, match="must be real number, not str"):
        polyfill_of(math.fsum)(items())
    assert read == [1.0, "bad"]


def test_derivatives_are_differentiable() -> None:
    # What works on sequences is replaced by Python code elsewhere.
    elsewhere = (isinstance, type, len, list, tuple, set, map, zip)
    assert not unknown_callables(bytegrad.rules.math, elsewhere)
