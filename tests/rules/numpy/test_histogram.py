"""Histograms in one and more dimensions, with every keyword."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad.rules.numpy import histogram  # noqa: F401  (it registers the rules)
from tests.rules.numpy.array_cases import A, C, Case, F, N, P, case, check, parametrize, run, start_numbers
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("histograms")

EDGES = np.array([-2.3, -0.71, 0.11, 0.53, 2.2])
INNER = np.array([-1.03, -0.71, 0.11, 0.53])
PLACES = np.array([0, 2, 1, 2, 5])

ROWS = [
    case(np.bincount, PLACES, A(5)),
    case(np.bincount, PLACES, weights=A(5), minlength=9),
    case(np.bincount, PLACES, weights=F(5)),
    case(np.bincount, PLACES, weights=A(5).tolist()),
    case(np.bincount, PLACES),
    case(np.bincount, np.zeros(0, int), A(0), 3),
    *(
        case(np.histogram_bin_edges, A(12), *args, **keywords)
        for args, keywords in (
            ((), {}),
            ((4,), {}),
            ((EDGES,), {}),
            ((4, (-1.0, 1.5)), {}),
            ((), {"bins": 3, "weights": P(12)}),
            (("sturges",), {}),
            ((EDGES.tolist(),), {}),
        )
    ),
    *(
        case(np.histogram, A(12), *args, **keywords)
        for args, keywords in (
            ((), {"weights": A(12)}),
            ((4,), {"weights": A(12)}),
            ((4,), {"density": True}),
            ((EDGES,), {"weights": P(12)}),
            ((EDGES,), {"weights": P(12), "density": True}),
            ((EDGES, None, True), {}),
            ((INNER,), {"weights": P(12)}),
            ((INNER,), {"weights": P(12), "density": True}),
            ((4, (-1.03, 1.51)), {"weights": P(12), "density": True}),
            ((5, (-1.03, 1.51)), {"weights": C(12)}),
            ((4,), {"weights": F(12)}),
            (("sturges",), {"density": True}),
            ((4,), {"weights": N(12)}),
            ((4,), {"density": False}),
        )
    ),
    case(np.histogram, A(3, 4), bins=3, weights=A(3, 4)),
    case(np.histogram, F(8), bins=3, density=True),
    case(np.histogram, A(0), bins=3),
    case(np.histogram, np.array([0.5, 0.5]), bins=2).fixed(0),
    case(np.histogram, [0.2, 0.7, 0.4], 3, weights=[1.0, 2.0, 3.0]),
    case(np.histogramdd, A(12, 2), weights=A(12)),
    case(np.histogramdd, A(12, 2), 3, density=True),
    case(np.histogramdd, A(12, 2), (3, 4), weights=P(12), density=True),
    case(np.histogramdd, A(12, 2), [EDGES, INNER], weights=P(12), density=True),
    case(np.histogramdd, A(12, 2), (EDGES, 3), weights=P(12)),
    case(np.histogramdd, A(12, 2), 3, [(-1.03, 1.51), None], weights=P(12), density=True),
    case(np.histogramdd, A(12, 2), 3, ((-1.03, 1.51), (-1.5, 1.2)), weights=P(12)),
    case(np.histogramdd, [A(12), A(12), A(12)], 2, density=True),
    case(np.histogramdd, A(12), 3, weights=P(12)),
    case(np.histogramdd, A(12, 2), np.stack([EDGES, EDGES]), weights=P(12), density=True),
    case(np.histogram2d, A(12), A(12), weights=A(12)),
    case(np.histogram2d, A(12), A(12), 3, density=True),
    case(np.histogram2d, A(12), A(12), EDGES, weights=P(12), density=True),
    case(np.histogram2d, A(12), A(12), [EDGES, INNER], weights=P(12)),
    case(np.histogram2d, A(12), A(12), bins=[3, 2], range=[[-1.03, 1.51], [-1.5, 1.2]], density=True),
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(row for row in ROWS if row.fn not in (np.histogramdd, np.histogram2d)))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("fn", "args", "missing"),
    [
        (np.histogram, (A(6), 3), (None, np.ones(4))),
        (np.histogram, (A(6), 3), (np.ones(3), None)),
        (np.histogramdd, (A(6, 2), 3), (None, [np.ones(4), None])),
        (np.histogram2d, (A(6), A(6), 3), (np.ones((3, 3)), None, None)),
    ],
)
def test_absent_parts(fn: Any, args: tuple[Any, ...], missing: tuple[Any, ...]) -> None:
    """A pair with a missing part has the cotangents of the pair with zeros there."""
    y, pull = run(fn, args, {"weights": P(6)})
    edges = y[1] if fn is np.histogramdd else y[1:]
    parts = missing[1] if fn is np.histogramdd else missing[1:]
    filled = [np.zeros(len(edge)) if part is None else part for edge, part in zip(edges, parts, strict=True)]
    counts = np.zeros(y[0].shape) if missing[0] is None else missing[0]
    full = pull((counts, filled) if fn is np.histogramdd else (counts, *filled))
    part = pull(missing)
    np.testing.assert_array_equal(part[0], full[0])
    if part.get("weights") is not None:
        np.testing.assert_array_equal(part["weights"], full["weights"])


def test_samples_on_edges_and_outside() -> None:
    samples = np.array([0.0, 1.0, 2.0, 2.5, -0.5, np.nan])
    _, pull = run(np.histogram, (samples, np.array([0.0, 1.0, 2.0])), {"weights": np.ones(6)})
    np.testing.assert_array_equal(pull((np.array([3.0, 7.0]), None))["weights"], [3.0, 7.0, 7.0, 0.0, 0.0, 0.0])
