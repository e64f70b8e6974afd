"""Differences, trapezoids, unwrapping and `np.gradient`, with every keyword."""

from __future__ import annotations

import numpy as np
import pytest

from bytegrad.rules.numpy import differences, finite_gradient  # noqa: F401  (they register the rules)
from tests.rules.numpy.array_cases import A, C, Case, F, N, P, U, case, check, parametrize, run, start_numbers, strided
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("differences")

DIFF = [
    case(np.diff, A(5)),
    case(np.diff, A(5), 2),
    case(np.diff, A(5), n=3),
    case(np.diff, A(5), n=0),
    case(np.diff, A(5), n=7),
    case(np.diff, A(1)),
    case(np.diff, A(3, 4)),
    case(np.diff, A(3, 4), axis=0),
    case(np.diff, A(3, 4), 2, -2),
    case(np.diff, A(5), prepend=0.3),
    case(np.diff, A(5), append=-0.3),
    case(np.diff, A(5), prepend=A(2), append=A(3)),
    case(np.diff, A(3, 4), axis=0, prepend=A(2, 4), append=0.7),
    case(np.diff, A(3, 4), axis=1, prepend=0.7, append=A(3, 1), n=2),
    case(np.diff, C(4), prepend=1.5),
    case(np.diff, F(4)),
    case(np.diff, N(4), prepend=0.5).as_reals().fixed("n"),
    case(np.diff, strided(A(3, 4)), axis=0),
    case(np.diff, A(2, 0)),
    case(np.ediff1d, A(5)),
    case(np.ediff1d, A(2, 3)),
    case(np.ediff1d, A(4), to_end=0.3),
    case(np.ediff1d, A(4), to_begin=A(2), to_end=A(1, 3)),
    case(np.ediff1d, A(4), A(2), 0.4),
    case(np.ediff1d, A(1)),
    case(np.ediff1d, A(0)),
    case(np.ediff1d, A(0), to_begin=0.4),
    case(np.ediff1d, C(3), to_begin=1 + 1j),
    case(np.ediff1d, F(3), to_end=np.float32(0.5)),
    case(np.ediff1d, [0.3, 0.5, 0.9]),
]
TRAPEZOID = [
    case(np.trapezoid, A(5)),
    case(np.trapezoid, A(5), dx=0.3),
    case(np.trapezoid, A(5), A(5)),
    case(np.trapezoid, A(3, 4)),
    case(np.trapezoid, A(3, 4), axis=0),
    case(np.trapezoid, A(3, 4), A(3), axis=0),
    case(np.trapezoid, A(3, 4), A(3, 4), 1.0, 0),
    case(np.trapezoid, A(2, 3, 4), A(3), axis=1),
    case(np.trapezoid, A(2, 3, 4), A(2, 3, 4), axis=-1),
    case(np.trapezoid, A(3, 4), A(1, 4)),
    case(np.trapezoid, A(3, 4), dx=A(3)),
    case(np.trapezoid, C(4), A(4)),
    case(np.trapezoid, A(4), C(4)),
    case(np.trapezoid, C(4), dx=0.7),
    case(np.trapezoid, F(4), F(4)),
    case(np.trapezoid, N(4), A(4)).as_reals(),
    case(np.trapezoid, A(1)),
    case(np.trapezoid, [0.2, 0.5, 0.1], [0.0, 0.4, 1.0]),
]
TURNING = np.cumsum(A(7) * 2.4)
UNWRAP = [
    case(np.unwrap, TURNING),
    case(np.unwrap, TURNING, 2.0).fixed(1),
    case(np.unwrap, TURNING, discont=4.0),
    case(np.unwrap, TURNING, period=1.3),
    case(np.unwrap, np.stack([TURNING, 2 * TURNING]), axis=-1, period=2.1),
    case(np.unwrap, np.stack([TURNING, 2 * TURNING, -TURNING]), axis=0),
    case(np.unwrap, TURNING.astype(np.float32)),
    case(np.unwrap, A(1)),
]
EVEN = np.arange(6.0) * 0.5
GRADIENT = [
    case(np.gradient, A(5)),
    case(np.gradient, A(2)),
    case(np.gradient, A(5), edge_order=2),
    case(np.gradient, A(3), edge_order=2),
    case(np.gradient, A(5), 0.3),
    case(np.gradient, A(5), 0.3, edge_order=2),
    case(np.gradient, A(6), np.cumsum(P(6))),
    case(np.gradient, A(6), np.cumsum(P(6)), edge_order=2),
    case(np.gradient, A(6), EVEN).only(0),
    case(np.gradient, A(3, 4)),
    case(np.gradient, A(3, 4), edge_order=2),
    case(np.gradient, A(3, 4), 0.4),
    case(np.gradient, A(3, 4), 0.4, 0.7),
    case(np.gradient, A(3, 4), 0.4, np.cumsum(P(4)), edge_order=2),
    case(np.gradient, A(3, 4), np.cumsum(P(4)), axis=1),
    case(np.gradient, A(3, 4), axis=0),
    case(np.gradient, A(3, 4, 3), 0.5, 0.7, axis=(2, 0)),
    case(np.gradient, A(3, 4, 3), np.cumsum(P(3)), np.cumsum(P(4)), axis=(-1, 1), edge_order=2),
    case(np.gradient, C(5), np.cumsum(P(5)), edge_order=2),
    case(np.gradient, C(4), 0.3),
    case(np.gradient, F(5), 0.5),
    case(np.gradient, N(5), np.cumsum(P(5))).as_reals().fixed("edge_order"),
    case(np.gradient, A(5), np.array([0, 1, 3, 4, 7])).as_reals(),
    case(np.gradient, [0.2, 0.5, 0.9], [0.0, 1.0, 3.0]),
]
ROWS = [*DIFF, *TRAPEZOID, *UNWRAP, *GRADIENT]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient_varies_with_equal_distances(edge_order: int) -> None:
    """numpy drops to one distance where all are equal: the derivative is still that of the neighbours."""
    f, y_bar = A(6), U(6)
    _, pull = run(np.gradient, (f, EVEN), {"edge_order": edge_order})
    step = 1e-6
    slopes = []
    for i in range(6):
        moved = np.where(np.arange(6) == i, step, 0.0)
        rise = np.gradient(f, EVEN + moved, edge_order=edge_order) - np.gradient(f, EVEN - moved, edge_order=edge_order)
        slopes.append(y_bar @ rise / (2 * step))
    np.testing.assert_allclose(pull(y_bar)[1], slopes, rtol=1e-6, atol=1e-6)


def test_only_some_results_of_gradient_have_cotangents() -> None:
    f = A(3, 4)
    _, pull = run(np.gradient, (f, 0.5, 0.7), {})
    _, first = run(np.gradient, (f, 0.5), {"axis": 0})
    cotangents = pull((f, None))
    np.testing.assert_array_equal(cotangents[0], first(f)[0])
    assert cotangents[2] is None
