from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy.pad import pad_polyfill, pad_rule
from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, parametrize

COPYING = [
    *[case(np.pad, A(3), (2, 1), mode=mode) for mode in ("constant", "edge", "wrap", "reflect", "symmetric")],
    *[case(np.pad, A(2, 3), 4, mode) for mode in ("constant", "edge", "wrap", "reflect", "symmetric")],
    case(np.pad, A(2, 3), ((1, 2), (0, 1)), constant_values=1.5),
    case(np.pad, A(2, 3), ((1, 2), (0, 1)), constant_values=((0.5, 1.5), (2.5, 3.5))),
    case(np.pad, A(2, 3), 1, "constant", constant_values=A(2, 2)),
    case(np.pad, A(2), 1, constant_values=(0.5, 1.5)),
    case(np.pad, C(2, 3), ((1, 2),), "edge"),
    case(np.pad, A(4), {0: (1, 2)}, "reflect", reflect_type="even"),
    case(np.pad, A(2, 3), {-1: 2}),
    case(np.pad, [1.5, 2.5], 1, "wrap"),
    case(np.pad, A(0), 2),
    case(np.pad, A(2), 0, "wrap"),
]


@parametrize(*COPYING)
def test_copying_modes(row: Case) -> None:
    plain = not isinstance(row.args[0], list)
    check(row, second_order=plain, layouts=plain)


WRITTEN = [
    *[
        case(np.pad, A(2, 4), ((1, 2), (3, 1)), mode)
        for mode in ("linear_ramp", "maximum", "minimum", "mean", "median")
    ],
    *[
        case(np.pad, A(5), (2, 3), mode, stat_length=length)
        for mode in ("maximum", "minimum", "mean", "median")
        for length in (2, (1, 3), ((2, 9),))
    ],
    *[
        case(np.pad, A(2, 3), widths, mode, reflect_type="odd")
        for mode in ("reflect", "symmetric")
        for widths in (1, 5, ((7, 2), (0, 6)))
    ],
    case(np.pad, A(1, 3), 2, "reflect", reflect_type="odd"),
    case(np.pad, A(2, 3), 2, "linear_ramp", end_values=1.5),
    case(np.pad, A(2, 3), 2, "linear_ramp", end_values=((0.5, 1.5), (2.5, -1.5))),
    case(np.pad, A(2, 3), {0: 1}, "mean"),
]


@parametrize(*WRITTEN)
def test_other_modes(row: Case) -> None:
    np.testing.assert_array_equal(pad_polyfill(*row.args, **row.keywords), np.pad(*row.args, **row.keywords))
    check(row, second_order=False, layouts=False)


def test_integers_are_rounded_as_numpy_does() -> None:
    x = np.array([1, 2, 5, 9])
    for mode in ("mean", "median", "linear_ramp"):
        np.testing.assert_array_equal(pad_polyfill(x, 3, mode), np.pad(x, 3, mode))


def test_function_of_the_user() -> None:
    def fill(vector: Any, widths: Any, axis: int, keywords: dict[str, Any]) -> None:
        vector[: widths[0]] = keywords.get("value", 7.0) + axis
        vector[vector.size - widths[1] :] = vector[widths[0]]

    x = A(2, 3)
    for keywords in ({}, {"value": 2.0}):
        np.testing.assert_array_equal(
            pad_polyfill(x, ((1, 2), (2, 1)), fill, **keywords), np.pad(x, ((1, 2), (2, 1)), fill, **keywords)
        )
    assert pad_rule(x, 1, fill) is NotImplemented


def test_mode_empty_has_no_cotangent_outside() -> None:
    _, pullback = pad_rule(np.ones(2), 1, "empty")
    np.testing.assert_array_equal(pullback(np.array([np.nan, 2.0, 3.0, np.nan]))[0], [2.0, 3.0])


def test_errors_are_numpys() -> None:
    with pytest.raises(ValueError, match="unsupported keyword"):
        pad_rule(np.ones(2), 1, "edge", stat_length=2)
    with pytest.raises(ValueError, match="not supported"):
        pad_rule(np.ones(2), 1, "nonsense")
