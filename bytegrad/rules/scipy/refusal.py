"""Parameters without a derivative: an error when a derivative is asked for, rather than a silent zero."""

from __future__ import annotations

from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.rules.declare import non_differentiable


def refused(function: str, parameter: str) -> Any:
    """Raise: scipy's `function` has no derivative in `parameter` that could be expressed.

    Raises: NoRuleError, always.
    """
    raise NoRuleError(
        f"scipy's {function} has no derivative rule in its parameter {parameter!r}",
        fixes=f"hold {parameter!r} constant; or declare a rule with bytegrad.adjoint; "
        "or bytegrad.non_differentiable if the result is not to depend on it",
    )


non_differentiable(refused)
