"""Derivatives from values alone: what gradients are held to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

STEP = 0.02
"""The first step, relative to the size of the variable."""
SMALLEST = 0.1
"""Variables nearer to 0 are moved as far as this one."""
_ROUNDS = 8
_SHRINK = 1.6
_HALVINGS = 12


@dataclass(slots=True, frozen=True)
class Slope:
    """A derivative by differences: its value, and how far the last estimates of it were apart."""

    value: float
    spread: float


def first_step(x: float, step: float = STEP) -> float:
    """How far to move a variable whose value is `x`."""
    return step * max(abs(x), SMALLEST)


def slope(f: Callable[[float], float], step: float) -> Slope:
    """The derivative of `f` at 0: central differences of shrinking steps, extrapolated to step 0.

    Where `f` cannot be called, or is not finite, the steps begin closer to 0.
    Source: C. J. F. Ridders, Advances in Engineering Software 4 (1982) 75-76; Numerical Recipes, section 5.7.

    >>> round(slope(lambda x: (1 + x) ** 3, 0.1).value, 9)
    3.0
    """
    step = _defined(f, step)
    best, spread = math.nan, math.inf
    previous: list[float] = []
    for _ in range(_ROUNDS):
        row = [(f(step) - f(-step)) / (2.0 * step)]
        factor = _SHRINK * _SHRINK
        for j, coarser in enumerate(previous):
            row.append((row[j] * factor - coarser) / (factor - 1.0))
            factor *= _SHRINK * _SHRINK
            error = max(abs(row[-1] - row[j]), abs(row[-1] - coarser))
            if error <= spread:
                best, spread = row[-1], error
        previous, step = row, step / _SHRINK
    return Slope(best, spread)


def _defined(f: Callable[[float], float], step: float) -> float:
    """`step`, or the largest one of its halves on both sides of which `f` has a finite value."""
    for _ in range(_HALVINGS):
        try:
            if math.isfinite(f(step)) and math.isfinite(f(-step)):
                return step
        except (ArithmeticError, ValueError):
            pass
        step /= 2.0
    return step


def remainders(f: Callable[[float], float], gradient: float, step: float, count: int = 6) -> list[tuple[float, float]]:
    """Pairs of a step h and ``|f(h) - f(0) - h * gradient|``, each step half of the one before.

    If `gradient` is the derivative, the remainders go down with the square of the step (Taylor's theorem).

    >>> [(h, round(r / h**2, 6)) for h, r in remainders(lambda x: (1 + x) ** 2, 2.0, 0.5, count=2)]
    [(0.5, 1.0), (0.25, 1.0)]
    """
    step, at_zero = _defined(f, step), f(0.0)
    steps = [step / 2**k for k in range(count)]
    return [(h, abs(f(h) - at_zero - h * gradient)) for h in steps]
