from __future__ import annotations

import numpy as np

from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize

X = A(5)
REPEATED = np.array([0.5, 1.5, 0.5, -1.0])


@parametrize(
    case(np.sort, A(5)),
    case(np.sort, A(3, 4), axis=0),
    case(np.sort, A(3, 4), axis=None),
    case(np.sort, A(3, 4), kind="heapsort"),
    case(np.sort, A(3, 4), stable=True),
    case(np.sort, C(4)),
    case(np.sort, A(0)),
    case(np.sort, [2.5, 0.5, 1.5]),
    case(np.sort_complex, C(4)),
    case(np.sort_complex, A(4)),
    case(np.partition, A(7), 3),
    case(np.partition, A(3, 7), [2, 4], axis=1),
    case(np.partition, A(3, 4), 1, axis=None, kind="introselect"),
)
def test_sorted(row: Case) -> None:
    check(row)


@parametrize(
    case(np.unique, A(5)),
    case(np.unique, A(2, 3), return_index=True),
    case(np.unique, A(5), return_inverse=True, return_counts=True),
    case(np.unique, A(3, 2), axis=0),
    case(np.unique, A(3, 2), axis=-1, return_index=True),
    case(np.unique, A(5), equal_nan=False),
    case(np.unique, C(4)),
    case(np.unique_all, A(4)),
    case(np.unique_counts, A(2, 2)),
    case(np.unique_inverse, A(4)),
    case(np.unique_values, A(4)),
    case(np.union1d, A(3), A(4)),
    case(np.setdiff1d, A(4), np.array([7, 8])),
    case(np.setdiff1d, A(4), A(2), assume_unique=True),
    case(np.setxor1d, A(3), A(2)),
    case(np.setxor1d, A(3), A(2), assume_unique=True),
    case(np.intersect1d, A(3), A(2)),
)
def test_sets(row: Case) -> None:
    check(row)


def test_one_of_equal_elements_gets_the_cotangent() -> None:
    y, pullback = np_rule(np.unique)(REPEATED)
    np.testing.assert_array_equal(pullback(np.array([1.0, 2.0, 3.0]))[0], [2.0, 3.0, 0.0, 1.0])
    y, pullback = np_rule(np.intersect1d)(X, X[1:3], return_indices=True)
    x_bar, part_bar = pullback((np.ones(2), None, None))
    np.testing.assert_array_equal(x_bar, [0, 1, 1, 0, 0])
    np.testing.assert_array_equal(part_bar, [0, 0])
    y, pullback = np_rule(np.unique)(REPEATED, sorted=False) if "sorted" in np.unique.__doc__ else (y, None)
    if pullback is not None:
        np.testing.assert_array_equal(pullback(y)[0], [0.5, 1.5, 0.0, -1.0])


def test_ties_of_sort() -> None:
    for target, args in ((np.sort, ()), (np.partition, (2,))):
        y, pullback = np_rule(target)(np.array([1.0, np.nan, 1.0, 0.5]), *args)
        (x_bar,) = pullback(np.array([1.0, 2.0, 3.0, 4.0]))
        assert x_bar[3] == 1.0 and x_bar[1] == 4.0 and x_bar[0] + x_bar[2] == 5.0, y
