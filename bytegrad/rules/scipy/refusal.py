"""Parameters without a derivative: an error if a derivative is asked for, rather than a silent zero."""

from __future__ import annotations

from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.tangent import Poison


def refused(function: str, parameter: str) -> Any:
    """The derivative or the cotangent in a parameter of scipy's `function` that has no derivative to be expressed.

    It is an error only if it reaches somebody: a parameter that is held constant is not disturbed.
    """
    return Poison(
        NoRuleError(
            f"scipy's {function} has no derivative rule in its parameter {parameter!r}",
            fixes=f"hold {parameter!r} constant; or declare a rule with bytegrad.adjoint; "
            "or bytegrad.non_differentiable if the result is not to depend on it",
        )
    )


non_differentiable(refused)
