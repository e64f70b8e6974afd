"""Compiled functions of scipy without a rule are errors where a cotangent reaches them, whatever they return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

lapack = pytest.importorskip("scipy.linalg.lapack")

from bytegrad import gradient  # noqa: E402
from bytegrad.errors import NoRuleError  # noqa: E402

A = np.array([[2.0, 0.3], [0.1, 1.0]])
PROGRAMS: list[Callable[[Any], Any]] = [
    lambda a: lapack.dtrtri(a)[0][0, 0],
    lambda a: np.sum(lapack.dgebal(a)[0]),
    lambda a: lapack.dlange("1", a),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_results_of_arrays_and_numbers(program: Callable[[Any], Any]) -> None:
    with pytest.raises(NoRuleError):
        gradient(program, A)


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_of_constants_they_are_constants(program: Callable[[Any], Any]) -> None:
    assert gradient(lambda x: x * program(A), 3.0) == (program(A),)
