"""Medians, quantiles and percentiles, by every method, with every keyword."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy import quantile  # noqa: F401  (it registers the rules)
from tests.rules.numpy.array_cases import A, C, Case, F, N, case, check, parametrize, run, start_numbers, strided
from tests.rules.numpy.second_order import check_second_order, of_second_order
from tests.rules.numpy.test_nan_reduce import holed

start_numbers("quantile")

METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
]  # fmt: skip

ROWS = [
    row
    for fn in (np.median, np.nanmedian)
    for row in (
        case(fn, A(5)),
        case(fn, A(6)),
        case(fn, A(3, 4)),
        case(fn, A(3, 4), axis=0),
        case(fn, A(3, 5), -1, keepdims=True),
        case(fn, A(2, 3, 4), axis=(0, 2)),
        case(fn, A(2, 3, 4), axis=(2, 0), keepdims=True),
        case(fn, A(1)),
        case(fn, A()),
        case(fn, 0.4),
        case(fn, [0.4, 0.1, 0.8, 0.2]),
        case(fn, F(5)),
        case(fn, N(6)).as_reals(),
        case(fn, strided(A(3, 4)), axis=1, overwrite_input=False),
    )
]
ROWS += [case(np.median, C(5)), case(np.median, C(4, 3), axis=0)]
ROWS += [case(np.nanmedian, holed(4, 5), axis=axis) for axis in (None, 0, 1, (0, 1))]
ROWS += [
    row
    for fn, q in ((np.quantile, 0.37), (np.percentile, 37.0), (np.nanquantile, 0.37), (np.nanpercentile, 37.0))
    for row in (
        case(fn, A(5), q),
        case(fn, A(3, 4), q),
        case(fn, A(3, 4), q, axis=1),
        case(fn, A(3, 4), q, -2, keepdims=True),
        case(fn, A(2, 3, 4), q, axis=(2, 0)),
        case(fn, A(2, 3, 4), q, axis=(0, 2), keepdims=True),
        case(fn, A(7), q * np.array([0.2, 1.1, 2.3])),
        case(fn, A(7, 2), q * np.array([[0.2, 1.1], [2.3, 1.7]]), axis=0),
        case(fn, A(7, 2), q * np.array([0.2, 1.1]), axis=0, keepdims=True),
        case(fn, A(7), [0.1 * q, 2 * q]),
        case(fn, A(1), q),
        case(fn, A(5), q, None, None, False, "hazen", False),
        case(fn, F(5), np.float32(q)),
        case(fn, N(5), q).as_reals(),
        case(fn, strided(A(3, 4)), q, axis=0, overwrite_input=False),
        case(fn, A(6), 0.0).only(0),
        case(fn, A(6), q / 0.37).only(0),
    )
]
ROWS += [
    row
    for method in METHODS
    for row in (
        case(np.quantile, A(6), 0.43, method=method),
        case(np.quantile, A(5, 2), np.array([0.05, 0.31, 0.97]), axis=0, method=method),
        case(np.nanpercentile, holed(4, 5), np.array([13.0, 71.0]), axis=1, method=method),
    )
]
ROWS += [
    row
    for fn, q in ((np.quantile, 0.37), (np.percentile, 37.0), (np.nanquantile, 0.37), (np.nanpercentile, 37.0))
    for row in (
        case(fn, A(5), q, method="inverted_cdf", weights=N(5)),
        case(fn, A(3, 4), [q, 2 * q], axis=0, method="inverted_cdf", weights=np.arange(1, 13).reshape(3, 4)),
    )
]
ROWS += [
    case(np.quantile, A(3, 4), 0.37, axis=1, method="inverted_cdf", weights=np.array([0.5, 2.0, 1.0, 0.3])),
    case(np.percentile, A(3, 4, 2), 37.0, axis=(2, 0), method="inverted_cdf", weights=N(2, 3)),
    case(np.quantile, A(4), 0.37, method="inverted_cdf", weights=np.array([0, 2, 0, 3])),
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("fn", "args", "expected"),
    [
        (np.median, ([2.0, 2.0, 2.0],), [0.0, 1.0, 0.0]),
        (np.median, ([1.0, np.nan],), [0.0, 0.0]),
        (np.nanmedian, ([1.0, np.nan],), [1.0, 0.0]),
        (np.quantile, ([1.0, np.nan, 2.0], 0.5), [0.0, 0.0, 0.0]),
        (np.nanquantile, ([1.0, np.nan, 2.0], 0.5), [0.5, 0.0, 0.5]),
    ],
)
def test_ties_and_nan(fn: Any, args: tuple[Any, ...], expected: list[float]) -> None:
    _, pull = run(fn, (np.array(args[0]), *args[1:]), {})
    np.testing.assert_array_equal(pull(1.0)[0], expected)
