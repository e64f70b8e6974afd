"""numpy's dates and spans of time: whole numbers of units, which carry no derivative and hinder none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient

NOON = np.datetime64("2020-01-01T12:00")
MIDNIGHT = np.datetime64("2020-01-01T00:00")
HOUR = np.timedelta64(1, "h")

FACTORS: list[tuple[Callable[[], Any], float]] = [
    (lambda: (NOON - MIDNIGHT) / HOUR, 12.0),
    (lambda: np.divide(NOON - MIDNIGHT, HOUR), 12.0),
    (lambda: (NOON - MIDNIGHT) // np.timedelta64(5, "h"), 2.0),
    (lambda: (NOON - MIDNIGHT) % np.timedelta64(5, "h") / HOUR, 2.0),
    (lambda: abs(MIDNIGHT - NOON) / HOUR, 12.0),
    (lambda: -(MIDNIGHT - NOON) * 2 / HOUR, 24.0),
    (lambda: (NOON + HOUR - MIDNIGHT) / HOUR, 13.0),
    (lambda: float((NOON - MIDNIGHT).astype("timedelta64[h]").astype(float)), 12.0),
    (lambda: np.sum((np.array([NOON, MIDNIGHT]) - MIDNIGHT) / HOUR), 12.0),
    (lambda: (NOON - MIDNIGHT).item().total_seconds() / 3600, 12.0),
]


@pytest.mark.parametrize(("factor", "wanted"), FACTORS, ids=range(len(FACTORS)))
def test_the_derivative_by_what_they_multiply(factor: Callable[[], Any], wanted: float) -> None:
    assert gradient(lambda x: x * factor(), 1.5) == (wanted,)
    assert gradient(lambda x: float(x[0] * factor()), np.array([1.5]))[0] == [wanted]


def test_a_span_that_depends_on_an_argument_counts_whole_units() -> None:
    assert gradient(lambda x: x + np.timedelta64(1000, "ms") * x / HOUR, 1.5) == (1.0,)
