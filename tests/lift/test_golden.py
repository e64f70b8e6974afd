"""The IR of a part of the corpus, as stored: one text for all Pythons but where their compilers really differ."""

from __future__ import annotations

from typing import Any

import pytest

from bytegrad.stages import show
from tests.conftest import Golden
from tests.golden.chosen import CHOSEN


@pytest.mark.parametrize("name", CHOSEN)
def test_ir(name: str, golden: Golden) -> None:
    fn: Any = CHOSEN[name].fn
    golden.check(f"lift/{name}", show(fn))
