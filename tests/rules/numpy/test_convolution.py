"""`np.convolve` and `np.correlate` in all modes, lengths and orders."""

from __future__ import annotations

import numpy as np

from bytegrad.rules.numpy import convolution  # noqa: F401  (it registers the rules)
from tests.rules.numpy.array_cases import A, C, Case, F, N, case, check, parametrize, start_numbers, strided
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("convolution")

MODES = ("full", "same", "valid")
ROWS = [
    row
    for fn in (np.convolve, np.correlate)
    for row in (
        *(case(fn, A(m), A(n), mode) for m, n in ((5, 3), (3, 5), (4, 4), (6, 2), (2, 6)) for mode in MODES),
        *(case(fn, C(m), C(n), mode=mode) for m, n in ((5, 2), (2, 5)) for mode in MODES),
        case(fn, A(4), A(3)),
        case(fn, A(1), A(4)),
        case(fn, A(4), C(3)),
        case(fn, C(4), A(2)),
        case(fn, F(4), F(3)),
        case(fn, F(4), A(3)),
        case(fn, N(4), A(3)).as_reals(),
        case(fn, [0.2, 0.4, 0.1], [1.5, -0.5]),
        case(fn, strided(A(5)), A(2)),
    )
]
ROWS += [case(np.convolve, 0.7, A(3)), case(np.convolve, A(3), 0.7, "valid")]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))
