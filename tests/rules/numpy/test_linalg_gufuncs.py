from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.linalg import _umath_linalg

from bytegrad import withgradient
from bytegrad.rules.numpy.linalg_gufuncs import RULES
from tests.differences import flat_gradient, numerical_gradient

A = np.array([[[2.3, -0.4], [-0.4, 1.9]], [[1.1, 0.3], [0.3, 2.8]]])
B = np.array([[0.7, -1.2], [0.5, 1.4]])


@pytest.mark.parametrize("name", [name for name in RULES if hasattr(_umath_linalg, name)])
def test_compiled_functions(name: str) -> None:
    gufunc = getattr(_umath_linalg, name)
    others = {"solve": (B,), "solve1": (B,)}.get(name, ())

    def program(a: Any, *others: Any) -> Any:
        results = gufunc(a, *others)
        total = 0.0
        for part in results if isinstance(results, tuple) else (results,):
            total = total + np.sum(np.abs(part) ** 2 * np.arange(1.0, part.size + 1).reshape(part.shape))
        return total

    value, gradient = withgradient(program, A, *others)
    assert value == program(A, *others)
    ours = [x for bar, arg in zip(gradient, (A, *others), strict=True) for x in flat_gradient(bar, arg)]
    # Decompositions of Hermitian matrices read one triangle only.
    np.testing.assert_allclose(ours, numerical_gradient(program, (A, *others)), rtol=1e-6, atol=1e-6)


def test_solution_for_masked_arrays() -> None:
    def program(a: Any, b: Any) -> Any:
        return np.sum(np.asarray(np.linalg.solve(np.ma.asarray(a), b)) ** 2)

    _, gradient = withgradient(program, A[0], B)
    ours = [x for bar, arg in zip(gradient, (A[0], B), strict=True) for x in flat_gradient(bar, arg)]
    np.testing.assert_allclose(ours, numerical_gradient(program, (A[0], B)), rtol=1e-6, atol=1e-6)
