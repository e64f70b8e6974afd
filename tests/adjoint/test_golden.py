"""The augmented primal and the pullback of a part of the corpus, for the types of its own arguments, as stored."""

from __future__ import annotations

from typing import Any

import pytest

from bytegrad.lift.decode import argument_names
from bytegrad.stages import show
from tests.conftest import Golden
from tests.golden.chosen import CHOSEN


@pytest.mark.parametrize("stage", ["primal", "pullback"])
@pytest.mark.parametrize("name", CHOSEN)
def test_adjoint(name: str, stage: str, golden: Golden) -> None:
    chosen = CHOSEN[name]
    fn: Any = chosen.fn
    simple = len(argument_names(fn.__code__)) == len(chosen.args)
    golden.check(f"{stage}/{name}", show(fn, stage, [type(arg) for arg in chosen.args] if simple else ()))
