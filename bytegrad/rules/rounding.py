"""Rounding to decimals: steps without a derivative, unless it only removes the last digits of a float.

Steps that are smaller than the square root of the precision are out of sight of any difference: what is rounded to
such decimals stands for the number itself, and its cotangent passes through.  The table of docs/conventions.md says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, alias, non_differentiable
from bytegrad.rules.numpy.broadcast import project

SMALLEST = 2.0**-26
"""The square root of the precision of a float: a smaller relative step is not seen."""

non_differentiable(round, np.round)


def passes(x: Any, decimals: Any) -> Any:
    """Where rounding to that many decimals keeps the number. Shapes: those of `x`."""
    return 10.0**-decimals <= SMALLEST * np.maximum(np.abs(x), 1)


def _rounded(function: Callable[..., Any], x: Any, decimals: Any) -> Any:
    """What a rule returns for ``function(x, decimals)``: it declines coarser steps."""
    if type(decimals) is not int or decimals < 1 or not _is_inexact(x):
        return NotImplemented
    kept = passes(x, decimals)
    if not np.any(kept):
        return NotImplemented

    def rounded_pullback(y_bar: Any) -> Any:
        return project(y_bar * kept, x), None

    return function(x, decimals), rounded_pullback


def _is_inexact(x: Any) -> bool:
    """Whether `x` is made of floats or complex numbers; of Python's other numbers (`Decimal`) it is not asked."""
    if type(x) is float:
        return True
    if isinstance(x, (list, tuple)):
        x = np.asarray(x)
    return isinstance(x, (np.ndarray, np.inexact)) and x.dtype.kind in "fc"


@adjoint(round)
def round_rule(number: Any, ndigits: Any = None) -> Any:
    """Of Python's floats and numpy's."""
    return _rounded(round, number, ndigits)


@adjoint(np.round)
def array_round_rule(a: Any, decimals: Any = 0, out: Any = None) -> Any:
    """Element by element."""
    return NotImplemented if out is not None else _rounded(np.round, a, decimals)


for _function in (np.around, np.ndarray.round, np.generic.round):
    alias(_function, np.round)
