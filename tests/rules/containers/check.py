"""One function for every test here: value, state, gradient and repeatability of a differentiated call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import bytegrad
from tests.differences import flat_gradient, fresh, numerical_gradient, same

RELATIVE_TOLERANCE = 1e-6


def check(fn: Callable[..., Any], *args: Any) -> None:
    """Fail unless `fn` is differentiated right at `args`, and does what a plain call does.

    The gradient is that of central differences along the arguments as they were; the value and what is left of the
    arguments are those of a plain call; the pullback gives the same answer when it is called again.
    """
    plain_args, call_args = fresh(args), fresh(args)
    wanted = fn(*plain_args)
    y, back = bytegrad.pullback(fn, *call_args)
    assert same(y, wanted), (y, wanted)
    assert same(call_args, plain_args), "after pullback"
    first, doubled, again = (flat_gradient(back(seed), args) for seed in (1.0, 2.0, 1.0))
    assert same(call_args, plain_args), "after back"
    differences = numerical_gradient(fn, args)
    scale = max(map(abs, differences), default=0.0)
    assert first == pytest.approx(differences, rel=0, abs=RELATIVE_TOLERANCE * scale + 1e-12)
    assert first == again
    assert doubled == pytest.approx([2 * x for x in first], rel=1e-12)
