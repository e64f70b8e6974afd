"""Every row of the rules' tests, differentiated by the engine: dispatch, sinks and sources, not only the rule."""

from __future__ import annotations

import pytest

from tests.rules.numpy.array_cases import Case
from tests.rules.numpy.engine_rows import check, check_out, rows, takes_out

ROWS = [(name, row) for name, row in rows() if name != "test_goal_names"]


@pytest.mark.parametrize(
    "row", [row for _, row in ROWS], ids=[f"{name}-{i}-{row}" for i, (name, row) in enumerate(ROWS)]
)
def test_row_through_the_engine(row: Case) -> None:
    check(row)


WRITING = [(name, row) for name, row in ROWS if takes_out(row)]


@pytest.mark.parametrize(
    "row", [row for _, row in WRITING], ids=[f"{name}-{i}-{row}" for i, (name, row) in enumerate(WRITING)]
)
def test_row_with_out(row: Case) -> None:
    check_out(row)
