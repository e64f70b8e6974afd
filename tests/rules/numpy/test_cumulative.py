"""Cumulative sums and products, with every keyword."""

from __future__ import annotations

import numpy as np

from bytegrad.rules.numpy import cumulative  # noqa: F401  (it registers the rules)
from bytegrad.runtime import registry
from tests.rules.numpy.array_cases import A, C, Case, F, N, P, case, check, parametrize, start_numbers, strided
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("cumulative")

WITH_ZEROS = np.array([[0.7, 0.0, -1.2, 0.5], [1.1, 0.4, 0.0, 0.0], [0.3, -0.6, 0.8, 1.9]])

ROWS = [
    row
    for fn in (np.cumsum, np.cumprod)
    for row in (
        case(fn, A(5)),
        case(fn, A(3, 4)),
        case(fn, A(3, 4), axis=0),
        case(fn, A(3, 4), -1),
        case(fn, A()),
        case(fn, 0.6),
        case(fn, [0.3, -0.4, 0.8]),
        case(fn, A(0)),
        case(fn, A(2, 0, 3), axis=1),
        case(fn, F(4), dtype=np.float64),
        case(fn, A(4), 0, float, None),
        case(fn, C(3, 2), axis=1),
        case(fn, A(3), dtype=complex),
        case(fn, N(2, 2)).as_reals(),
        case(fn, 5 + P(3), dtype=int),
        case(fn, strided(A(3, 4)), axis=1),
        case(fn, WITH_ZEROS),
        case(fn, WITH_ZEROS, axis=0),
        case(fn, WITH_ZEROS, axis=1),
        case(fn, WITH_ZEROS + 0j, axis=1),
    )
]
ROWS += [
    row
    for fn in (np.cumulative_sum, np.cumulative_prod)
    for row in (
        case(fn, A(5)),
        case(fn, A(3, 4), axis=0),
        case(fn, A(3, 4), axis=1, include_initial=True),
        case(fn, A(4), include_initial=True),
        case(fn, A(3, 4), axis=-1, dtype=np.float64),
        case(fn, C(3), include_initial=True),
        case(fn, WITH_ZEROS, axis=1, include_initial=True),
        case(fn, F(3), dtype=np.float64, include_initial=True),
        case(fn, A(0), include_initial=True),
    )
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


def test_methods_share_the_rules_of_the_functions() -> None:
    for name in ("cumsum", "cumprod"):
        assert registry.lookup(getattr(np.ndarray, name)) == registry.lookup(getattr(np, name))
