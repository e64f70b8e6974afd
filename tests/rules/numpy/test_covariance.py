"""Covariances and correlations, with every keyword."""

from __future__ import annotations

import numpy as np

from bytegrad.rules.numpy import covariance  # noqa: F401  (it registers the rules)
from tests.rules.numpy.array_cases import A, C, Case, F, N, P, case, check, parametrize, start_numbers, strided
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("covariance")

ROWS = [
    case(np.cov, A(5)),
    case(np.cov, A(3, 5)),
    case(np.cov, A(3, 5), A(5)),
    case(np.cov, A(3, 5), A(2, 5)),
    case(np.cov, A(5), A(5)),
    case(np.cov, A(5, 3), rowvar=False),
    case(np.cov, A(5, 2), A(5, 3), rowvar=False),
    case(np.cov, A(5, 2), A(5), rowvar=False),
    case(np.cov, A(5), A(5), False),
    case(np.cov, A(3, 5), bias=True),
    case(np.cov, A(3, 5), ddof=0),
    case(np.cov, A(3, 5), ddof=2),
    case(np.cov, A(3, 5), fweights=np.array([1, 2, 1, 3, 1])),
    case(np.cov, A(3, 5), aweights=P(5)),
    case(np.cov, A(3, 5), aweights=P(5), ddof=0),
    case(np.cov, A(3, 5), aweights=P(5), ddof=2),
    case(np.cov, A(3, 5), aweights=P(5), bias=True),
    case(np.cov, A(3, 5), fweights=np.array([1, 2, 1, 3, 1]), aweights=P(5)),
    case(np.cov, A(3, 5), None, True, False, 0, np.array([1, 2, 1, 3, 1]), P(5)),
    case(np.cov, C(3, 5)),
    case(np.cov, C(3, 5), A(2, 5), aweights=P(5)),
    case(np.cov, A(3, 5), C(2, 5)),
    case(np.cov, F(3, 5), dtype=np.float64),
    case(np.cov, N(3, 4)).as_reals(),
    case(np.cov, strided(A(3, 5))),
    case(np.cov, [[0.3, 0.5, 0.9], [0.2, 0.8, 0.1]]),
    case(np.corrcoef, A(3, 5)),
    case(np.corrcoef, A(5), A(5)),
    case(np.corrcoef, A(5)),
    case(np.corrcoef, A(5, 3), rowvar=False),
    case(np.corrcoef, A(3, 5), A(2, 5), True),
    case(np.corrcoef, C(3, 5)),
    case(np.corrcoef, F(3, 5), dtype=np.float64),
    case(np.corrcoef, [0.3, 0.5, 0.9], [0.2, 0.8, 0.1]),
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))
