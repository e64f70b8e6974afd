"""The page of rules is current for the versions that it names, and numpy has no gap that is not known."""

from __future__ import annotations

import numpy as np
import pytest

scipy = pytest.importorskip("scipy")

from tools import rule_coverage  # noqa: E402 - it needs scipy


def test_the_page_is_current() -> None:
    text = rule_coverage.PAGE.read_text(encoding="utf-8")
    if rule_coverage.versions() not in text:
        pytest.skip("made with other versions of numpy and scipy")
    assert text == rule_coverage.page(), "run: python -m tools.rule_coverage --write"


@pytest.mark.parametrize("module", [np.linalg, np.fft])
def test_no_function_is_missing(module: object) -> None:
    found = {name: rule_coverage.kind_of(value) for name, value in rule_coverage.members(module).items()}
    assert "missing" not in found.values()
