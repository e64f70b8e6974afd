"""Gradients by central differences, and comparison of nested values: `bytegrad.testing`, in the words of the tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from bytegrad.testing.compare import same
from bytegrad.testing.differences import STEP, first_step, slope
from bytegrad.testing.variables import flat_gradient, moved_args, variables_of
from bytegrad.testing.variables import fresh as copies


def leaves(args: Sequence[Any]) -> list[float]:
    """The real variables of `args`, in order."""
    return [variable.value for variable in variables_of(tuple(args))]


def fresh(args: Sequence[Any]) -> tuple[Any, ...]:
    """Arguments of the same value as `args`, which a call may mutate."""
    return copies(tuple(args))


def numerical_gradient(f: Callable[..., Any], args: Sequence[Any], step: float = STEP) -> list[float]:
    """The derivative of `f` in each real variable of `args`, to about 1e-9 of it for a smooth `f`."""
    point = leaves(args)

    def moved(index: int, by: float) -> float:
        numbers = [*point[:index], point[index] + by, *point[index + 1 :]]
        return float(f(*moved_args(tuple(args), iter(numbers))))

    return [
        ridders(lambda by, i=i: moved(i, by), first_step(x, step))  # type: ignore[misc]
        for i, x in enumerate(point)
    ]


def ridders(f: Callable[[float], float], step: float) -> float:
    """The derivative of `f` at 0; 0 where its values are infinite, which have no differences."""
    found = slope(f, step).value
    return 0.0 if math.isnan(found) else found


__all__ = ["flat_gradient", "fresh", "leaves", "numerical_gradient", "ridders", "same"]
