"""Gradients of calls of scipy through the engine, against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad import withgradient
from tests.differences import flat_gradient, numerical_gradient


def check_gradient(f: Callable[..., Any], *args: Any, tolerance: float = 1e-7, exact: bool = True) -> None:
    """Hold value and gradient of ``f(*args)`` to the plain call and to differences; `exact` values to the last bit."""
    value, gradient = withgradient(f, *args)
    expected = f(*args)
    if exact:
        assert value == expected
    else:
        np.testing.assert_allclose(value, expected, rtol=1e-12)
    ours = np.array([x for bar, arg in zip(gradient, args, strict=True) for x in flat_gradient(bar, arg)])
    theirs = np.array(numerical_gradient(f, args))
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * max(1.0, np.max(np.abs(theirs))))
