"""Functions of numpy at their poles, at Python's numbers: infinite, without an error, and 0 where it was not taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient, hessian, hessian_reverse, hvp, jvp

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

POLES: list[tuple[Any, Any]] = [
    (np.log, 0.0),
    (np.log, 0),
    (np.log2, 0.0),
    (np.log10, 0.0),
    (np.log1p, -1.0),
    (np.arctanh, 1.0),
    (np.reciprocal, 0.0),
]


@pytest.mark.parametrize(("f", "pole"), POLES, ids=lambda v: getattr(v, "__name__", repr(v)))
def test_the_derivative_is_infinite(f: Any, pole: Any) -> None:
    expected = gradient(lambda x: f(x[0]), np.array([float(pole)]))[0][0]
    assert np.isinf(expected)
    assert gradient(f, pole) == (expected,)
    assert gradient(lambda x: f(x) * 2.0 + x, pole) == (expected,)
    assert gradient(lambda xs: f(xs[0]), [pole]) == ([expected],)
    assert jvp(lambda x: f(x) + 0.0, (pole,), (1.0,))[1] == expected


TINY = float(np.finfo(float).tiny)
# At 0.0 the branch, or the argument, with the pole is not taken.
NOT_TAKEN: list[Callable[[Any], Any]] = [
    lambda c: np.where(c > 0, np.log(c), 3.0) * 1.0,
    lambda c: np.where(c > 0, 1.0 / np.maximum(c, TINY), 3.0) * 1.0,
    lambda c: np.where(c > 0, 1.0 / np.float64(c), 3.0),
    lambda c: np.where(c > 0, np.log1p(c - 1.0), 3.0),
    lambda c: np.select([c > 0], [np.log(c)], 3.0),
    lambda c: np.maximum(np.log(c), -3.0),
    lambda c: np.fmax(np.log(c), -3.0),
    lambda c: np.clip(np.log(c), -3.0, 3.0),
    lambda c: np.nan_to_num(np.log(c)),
]


@pytest.mark.parametrize("number", range(len(NOT_TAKEN)))
@pytest.mark.parametrize("kind", [float, np.float64])
def test_what_was_not_taken_leaves_no_nan(number: int, kind: Any) -> None:
    def f(c: Any) -> Any:
        return NOT_TAKEN[number](c) + c * c

    zero = kind(0.0)
    assert gradient(f, zero) == (0.0,)
    assert jvp(f, (zero,), (1.0,))[1] == 0.0
    for second in (hessian(f, zero), hessian_reverse(f, zero), hvp(f, zero, 1.0)):
        assert second == 2.0
