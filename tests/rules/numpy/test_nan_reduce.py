"""The reductions that leave NaN out, with every keyword."""

from __future__ import annotations

import numpy as np
import pytest

from bytegrad.rules.numpy import nan_reduce  # noqa: F401  (it registers the rules)
from tests.rules.numpy.array_cases import A, C, Case, M, N, P, case, check, parametrize, run, start_numbers
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("nan_reduce")


def holed(*shape: int) -> np.ndarray:
    """An array with a NaN in every row and column, at least two numbers left in each."""
    a = A(*shape)
    a[np.indices(shape).sum(axis=0) % 3 == 2] = np.nan
    return a


FUNCTIONS = [np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean, np.nanvar, np.nanstd]

ROWS = [
    row
    for fn in FUNCTIONS
    for row in (
        case(fn, holed(5)),
        case(fn, holed(4, 5)),
        case(fn, holed(4, 5), axis=0),
        case(fn, holed(4, 5), -1, keepdims=True),
        case(fn, holed(3, 4, 4), axis=(0, 2)),
        case(fn, A(3, 4), axis=1),
        case(fn, A(4)),
        case(fn, 0.7),
        case(fn, [0.3, np.nan, 0.8]),
        case(fn, holed(5).astype(np.float32)),
        case(fn, N(4)).as_reals(),
    )
]
ROWS += [
    row
    for fn in (np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd)
    for row in (
        case(fn, holed(4, 5) + 1j * A(4, 5), axis=1),
        case(fn, holed(6).astype(np.float32), dtype=np.float64),
        case(fn, holed(4, 5), where=M(4, 5)),
        case(fn, holed(4, 6), axis=1, where=np.arange(6) != 3),
    )
]
ROWS += [
    row
    for fn in (np.nansum, np.nanprod, np.nanmax, np.nanmin)
    for row in (
        case(fn, holed(4, 5), axis=1, initial=0.3),
        case(fn, holed(4, 5), axis=0, initial=-0.3, where=M(4, 5), keepdims=True),
    )
]
ROWS += [
    row
    for fn in (np.nanvar, np.nanstd)
    for row in (
        case(fn, holed(6), ddof=1),
        case(fn, holed(4, 5), axis=1, ddof=0.5),
        case(fn, holed(4, 5), axis=1, correction=1),
        case(fn, holed(4, 5), axis=1, mean=A(4, 1)),
        case(fn, holed(4, 5), axis=1, mean=A(4, 1), correction=0.5, keepdims=True),
        case(fn, A(4, 5), axis=1, mean=A(4, 1)),
        case(fn, holed(3, 5) + 0j, axis=1, mean=C(3, 1)),
    )
]
ROWS += [
    row
    for fn in (np.nancumsum, np.nancumprod)
    for row in (
        case(fn, holed(5)),
        case(fn, holed(4, 5)),
        case(fn, holed(4, 5), axis=1),
        case(fn, holed(4, 5), 0, float),
        case(fn, holed(5) + 1j * P(5)),
        case(fn, np.array([0.5, np.nan, 0.0, 2.0, 0.0])),
        case(fn, holed(4).astype(np.float32)),
    )
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


@pytest.mark.filterwarnings("ignore:All-NaN:RuntimeWarning", "ignore:Mean of empty:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")
@pytest.mark.parametrize("fn", [np.nanmax, np.nanmin, np.nanmean, np.nansum, np.nanprod, np.nanvar, np.nanstd])
def test_nothing_flows_to_nan(fn: object) -> None:
    _, pull = run(fn, (np.array([[np.nan, np.nan], [1.0, np.nan]]),), {"axis": 1})
    a_bar = pull(np.ones(2))[0]
    assert not a_bar[0].any() and a_bar[1, 1] == 0 and np.isfinite(a_bar).all()
