"""Sparse matrices made of active elements: products, sums, conversions, parts."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse import linalg

import bytegrad
from bytegrad.testing import check_gradient

DATA = np.array([1.2, 0.7, 2.1, 0.4, 1.5])
X = np.array([0.5, 1.5, 2.0])
WEIGHTS = np.arange(1.0, 10.0).reshape(3, 3)
ROWS = [0, 1, 2, 0, 2]


def matrix(data, columns=(1, 0, 2, 2, 1)):
    return sparse.coo_matrix((data, (ROWS, columns)), shape=(3, 3))


def with_equal_places(data):
    return matrix(data, (1, 0, 2, 1, 1))


def compressed(data, columns=(1, 2, 0, 2, 1)):
    return sparse.csr_matrix((data, columns, [0, 2, 3, 5]), shape=(3, 3))


def weighed(made):
    return np.sum(made.toarray() * WEIGHTS)


def in_order(data, x):
    made = compressed(data * x[0], (2, 0, 0, 2, 1))
    made.sort_indices()
    return made.data @ np.arange(5.0)


def without_zeros(data, x):
    made = sparse.csr_matrix(np.outer(x, [0.0, 1.0, 2.0]))
    made.eliminate_zeros()
    return np.sum(made.data**2 * np.arange(6.0)) * data[0]


def assigned(data, x):
    made = matrix(data).tocsr()
    made[0, 1] = x[0] * x[1]
    return np.sum(made @ x)


PROGRAMS = {
    "coo @ vector": lambda data, x: X @ (matrix(data) @ x),
    "csr @ vector": lambda data, x: X @ (matrix(data).tocsr() @ x),
    "csc @ vector": lambda data, x: X @ (matrix(data).tocsc() @ x),
    "dia @ vector": lambda data, x: X @ (sparse.diags([x, data[:2]], [0, 1]) @ x),
    "coo @ matrix": lambda data, x: np.sum((matrix(data) @ np.outer(x, x)) * WEIGHTS),
    "csr @ matrix": lambda data, x: np.sum((matrix(data).tocsr() @ np.outer(x, x)) * WEIGHTS),
    "csc @ matrix": lambda data, x: np.sum((matrix(data).tocsc() @ np.outer(x, x)) * WEIGHTS),
    "sparse @ sparse": lambda data, x: weighed(matrix(data).tocsr() @ with_equal_places(data * x[0]).tocsr()),
    "sparse @ sparse, with zeros": lambda data, x: np.sum(
        (matrix(data * x[0]).tocsr() @ compressed(np.array([0.0, 1, 0, 2, 0]))).toarray() * WEIGHTS
    ),
    "equal places": lambda data, x: np.sum(with_equal_places(data).tocsr().toarray() ** 2 * WEIGHTS) * x[0],
    "equal places, csc": lambda data, x: np.sum(with_equal_places(data * x[1]).tocsc().toarray() ** 2 * WEIGHTS),
    "solved": lambda data, x: np.sum(
        linalg.spsolve((matrix(data).tocsr() @ matrix(data).tocsr().T) + sparse.eye(3), x) * X
    ),
    "solved, elements in no order": lambda data, x: np.sum(
        linalg.spsolve(matrix(data).tocsr() @ compressed(data).T, x) * X
    ),
    "coo to dense": lambda data, x: weighed(matrix(data * x[0])),
    "sum": lambda data, x: weighed(matrix(data).tocsr() + with_equal_places(data).tocsr() * x[0]),
    "difference": lambda data, x: weighed(matrix(data) - with_equal_places(data) * x[0]),
    "elementwise": lambda data, x: weighed(matrix(data).tocsr().multiply(with_equal_places(data * x[0]).tocsr())),
    "maximum": lambda data, x: weighed(matrix(data).tocsr().maximum(with_equal_places(data * x[0]).tocsr())),
    "scaled rows": lambda data, x: weighed(matrix(data).tocsr().multiply(x[:, np.newaxis])),
    "transposed": lambda data, x: X @ (matrix(data).tocsr().T @ x),
    "sums": lambda data, x: float((matrix(data).tocsr().sum(axis=1).T @ x).item()) + matrix(data).tocsr().sum(),
    "diagonal": lambda data, x: np.sum(matrix(data).tocsr().diagonal() * x),
    "element": lambda data, x: matrix(data).tocsr()[0, 1] * x[0] + matrix(data).tocsr()[2, 2],
    "elements": lambda data, x: np.sum(matrix(data).tocsr()[[0, 2, 0], [1, 2, 0]]) * x[0],
    "rows": lambda data, x: np.sum(matrix(data).tocsr()[1:, :] @ x) + np.sum(matrix(data).tocsr()[[2, 0]] @ x),
    "columns": lambda data, x: matrix(data).tocsr()[:, [1, 2]].sum() * x[0],
    "of dense": lambda data, x: np.sum(sparse.csr_matrix(np.outer(x, x)) @ x) * data[0],
    "of index pointers": lambda data, x: np.sum(compressed(data) @ x),
    "stacked": lambda data, x: np.sum(
        sparse.hstack([matrix(data).tocsr(), compressed(data)], "csr") @ np.concatenate([x, x])
    ),
    "blocks": lambda data, x: np.sum(
        sparse.bmat([[matrix(data), None], [None, matrix(data)]]).tocsr() @ np.concatenate([x, x])
    ),
    "kron": lambda data, x: sparse.kron(matrix(data), matrix(data)).tocsr().power(2).sum() * x[0],
    "diagonals to csr": lambda data, x: np.sum((sparse.eye(3) * x[0] + matrix(data)) @ x),
    "sorted": in_order,
    "without zeros": without_zeros,
    "assigned": assigned,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient(name):
    check_gradient(PROGRAMS[name], DATA.copy(), X.copy(), order=1)


@pytest.mark.parametrize("trans", ["N", "T", "H"])
def test_systems_with_factors(trans):
    def program(data, x, turn):
        made = (matrix(data) * (1.0 + 0.3j * turn) + sparse.eye(3)).tocsc()
        solve, factors = linalg.factorized(made), linalg.splu(made)
        y = solve(x * (1.0 + 0j))
        return weighed(linalg.inv(made)) + np.sum(factors.solve(np.outer(y, x), trans=trans) * WEIGHTS)

    check_gradient(lambda *args: (program(*args).real, program(*args).imag), DATA.copy(), X.copy(), 0.7)


def test_the_factors_themselves_have_no_rule():
    with pytest.raises(bytegrad.NoRuleError):
        bytegrad.gradient(lambda data: linalg.splu((matrix(data) + sparse.eye(3)).tocsc()).U.diagonal().sum(), DATA)


def test_second_order():
    check_gradient(PROGRAMS["csr @ vector"], DATA.copy(), X.copy(), order=2)


def test_what_stores_numbers_in_lists_of_an_array_is_refused():
    def stored(x):
        made = sparse.lil_matrix((3, 3))
        made[0, 1] = x * x
        return np.sum(made.tocsr() @ X)

    for _ in range(3):  # also where the memory of the result has held the same number before
        assert stored(1.3) == 1.3**2 * 1.5
        with pytest.raises(bytegrad.NoRuleError, match="lil_insert"):
            bytegrad.gradient(stored, 1.3)
