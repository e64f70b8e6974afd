"""Values from compiled code: with the derivative of a Python computation of the same thing, or with none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.scipy.refusal import refused


def attached(value: Any, smooth: Any) -> Any:
    """`value` (a copy of an array), to be differentiated as `smooth`, which is equal to it but for rounding."""
    return np.array(value) if isinstance(value, np.ndarray) else value


@adjoint(attached)
def attached_rule(value: Any, smooth: Any) -> Any:
    """The cotangent goes to `smooth`."""

    def attached_pullback(y_bar: Any) -> Any:
        return None, y_bar

    return attached(value, smooth), attached_pullback


@non_differentiable
def natively(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The value of a call, as it stands."""
    return function(*args, **options)


def unknown(value: Any, what: tuple[str, str], *sources: Any) -> Any:
    """`value`, which depends on `sources` in a way that has no rule."""
    return value


@adjoint(unknown)
def unknown_rule(value: Any, what: tuple[str, str], *sources: Any) -> Any:
    """A cotangent is an error."""

    def unknown_pullback(_: Any) -> Any:
        return None, None, *[refused(*what) for _ in sources]

    return np.array(value) if isinstance(value, np.ndarray) else value, unknown_pullback
