"""What forward code tells the compiler, which reads types and rules, about numbers."""

from __future__ import annotations

from typing import Any


def plain(x: Any) -> Any:
    """`x`, which is known to be a float, or a row of floats: one for each of several directions."""
    return x


def taken(tangents: Any, index: int) -> Any:
    """A float out of a list of tangents that are not varied: it carries no derivative."""
    return tangents[index]


def taken_next(tangents: Any) -> Any:
    """As `taken`, out of an iterator."""
    return next(tangents)
