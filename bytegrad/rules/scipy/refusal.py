"""Parameters without a derivative: an error when a derivative is asked for, rather than a silent zero."""

from __future__ import annotations

from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.tangent import Poison


def _no_rule(function: str, parameter: str) -> NoRuleError:
    return NoRuleError(
        f"scipy's {function} has no derivative rule in its parameter {parameter!r}",
        fixes=f"hold {parameter!r} constant; or declare a rule with bytegrad.adjoint; "
        "or bytegrad.non_differentiable if the result is not to depend on it",
    )


def refused(function: str, parameter: str) -> Any:
    """Raise: scipy's `function` has no derivative in `parameter` that could be expressed.

    For partial derivatives, which are computed only where they are asked for.
    Raises: NoRuleError, always.
    """
    raise _no_rule(function, parameter)


def poisoned(function: str, parameter: str) -> Poison:
    """The cotangent of such a parameter, for pullbacks: an error only if it reaches somebody."""
    return Poison(_no_rule(function, parameter))


non_differentiable(refused, poisoned)
