"""A value leaves what is differentiated and comes back: its derivative is right, or an error says why it is not.

Never is it silently absent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import bytegrad
from tests.differences import numerical_gradient
from tests.escapes import (
    array_functions,
    array_memory,
    buffers,
    handlers,
    hooks,
    interpreter,
    keys,
    memory,
    modules,
    outside,
    stdlib,
    text,
    values,
)

MODULES = (
    *(text, outside, buffers, memory, array_memory, array_functions),
    *(interpreter, handlers, hooks, keys, stdlib, modules, values),
)
ESCAPES = tuple(escape for module in MODULES for escape in module.ESCAPES)
POINT = 1.3


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda escape: escape.__name__)
def test_the_derivative_is_right_or_refused(escape: Callable[[float], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = float(escape(POINT))
        (slope,) = numerical_gradient(escape, (POINT,))
        try:
            value, (gradient,) = bytegrad.withgradient(escape, POINT)
        except bytegrad.BytegradError:
            return
    assert float(value) == wanted
    assert gradient is not None
    assert float(gradient) == pytest.approx(slope, rel=1e-5)
