"""`np.clip` and `np.nan_to_num`, with every keyword."""

from __future__ import annotations

import numpy as np
import pytest

from bytegrad.rules.numpy import limits  # noqa: F401  (it registers the rules)
from bytegrad.runtime import registry
from tests.rules.numpy.array_cases import A, C, Case, F, M, N, case, check, parametrize, run, start_numbers
from tests.rules.numpy.functional import functional_rules
from tests.rules.numpy.second_order import check_second_order, of_second_order

start_numbers("limits")

BAD = np.array([0.4, np.nan, -0.7, np.inf, -np.inf, 1.3])

ROWS = [
    case(np.clip, 2 * A(9), -1.1, 1.2),
    case(np.clip, 2 * A(9), -1.1, None),
    case(np.clip, 2 * A(9), None, 1.2),
    case(np.clip, A(3), None, None),
    case(np.clip, 2 * A(3, 4), A(4) - 1, A(3, 1) + 1),
    case(np.clip, 2 * A(9), a_min=-1.1, a_max=1.2),
    case(np.clip, 2 * A(9), min=-1.1, max=1.2),
    case(np.clip, 2 * A(9), max=1.2),
    case(np.clip, 2 * A(9), min=-1.1),
    case(np.clip, A(3)),
    case(np.clip, A(9), 0.8, -0.8),
    case(np.clip, 0.4, -0.3, 0.3),
    case(np.clip, A(), -0.3, 0.3),
    case(np.clip, F(5), np.float32(-0.6), 0.6),
    case(np.clip, A(3, 2), -1.0, 1.0, where=np.ones((3, 2), bool)),
    case(np.clip, N(5), 2, 6).as_reals(),
    case(np.clip, N(5), 2.5, 6.5).as_reals(),
    case(np.clip, C(5), -0.5 + 0j, 0.5 + 0j).fixed(1, 2),
    case(np.clip, A(0), -1.0, 1.0),
    case(np.clip, [0.3, 0.9], 0.1, 0.5),
    case(np.ndarray.clip, 2 * A(9), -1.1),
    case(np.ndarray.clip, 2 * A(9), None, 1.2),
    case(np.ndarray.clip, 2 * A(3, 4), A(4) - 1, A(3, 1) + 1),
    case(np.ndarray.clip, 2 * A(9), max=1.2),
    case(np.ndarray.clip, 2 * A(9), min=-1.1),
    case(np.ndarray.clip, 2 * A(9), -1.1, max=1.2),
    case(np.ndarray.clip, A(3)),
    case(np.nan_to_num, A(4)),
    case(np.nan_to_num, BAD[:3]),
    case(np.nan_to_num, BAD, nan=0.4, posinf=3.0, neginf=-2.0),
    case(np.nan_to_num, BAD, True, 0.4, 3.0, -2.0),
    case(np.nan_to_num, BAD.reshape(2, 3), nan=0.5, posinf=1, neginf=-1),
    case(np.nan_to_num, np.concatenate([BAD, BAD[::-1]]).view(complex), nan=0.5, posinf=1.0, neginf=-1.0),
    case(np.nan_to_num, BAD.astype(np.float32)[:4], posinf=np.float32(2.0)),
    case(np.nan_to_num, np.nan, nan=0.5),
    case(np.nan_to_num, 0.7),
    case(np.nan_to_num, N(3)).as_reals(),
]


@parametrize(*ROWS)
def test_rule(row: Case) -> None:
    check(row)


@parametrize(*of_second_order(ROWS))
def test_second_order(row: Case) -> None:
    check_second_order(row, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("args", "expected"),
    [((1.0, 1.0, 2.0), (0.5, 0.5, 0.0)), ((2.0, 1.0, 2.0), (0.5, 0.0, 0.5)), ((0.0, 3.0, 2.0), (0.0, 0.0, 1.0))],
)
def test_clip_at_its_bounds(args: tuple[float, ...], expected: tuple[float, ...]) -> None:
    _, pull = run(np.clip, (np.array(args[0]), *args[1:]), {})
    assert tuple(float(pull(1.0)[i]) for i in range(3)) == expected


def test_writing_replacements_in_place_is_left_to_numpys_own_code() -> None:
    (rule,) = functional_rules(np.nan_to_num)
    assert isinstance(rule, registry.Adjoint)
    assert rule.rule(BAD.copy(), copy=False) is NotImplemented


def test_clip_with_a_mask() -> None:
    a = 2 * A(2, 3)
    with np.errstate(all="ignore"):
        _, pull = run(np.clip, (a, -1.0, 1.0), {"where": M(2, 3), "out": None})
    expected = np.where(M(2, 3) & (abs(a) < 1), 1.0, 0.0)
    np.testing.assert_array_equal(pull(np.ones((2, 3)))[0], expected)
