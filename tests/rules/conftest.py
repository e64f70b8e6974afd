"""The tests of numpy's and scipy's rules are numeric: `tools/test_all.py` runs them on one Python."""

from __future__ import annotations

from pathlib import Path

import pytest

NUMERIC = {Path(__file__).parent / name for name in ("numpy", "scipy")}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if NUMERIC & {*item.path.parents}:
            item.add_marker("numeric")
