"""`np.interp`: the compiled loop has the rule; numpy's own Python code, which folds periods, is transformed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy._core import multiarray

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import masked, project, weigh
from bytegrad.rules.numpy.gather import scatter_add

Pullback = Callable[[Any], tuple[Any, ...]]

COMPILED = multiarray.interp
COMPILED_COMPLEX = multiarray.interp_complex


def interpolation(function: Callable[..., Any], x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    """Value and pullback of ``function(x, xp, fp, left, right)``.

    At a point of `xp` the derivative in x is that of the piece to the right, at the last one that to the left.
    """
    y = function(x, xp, fp, left, right)

    def interpolation_pullback(y_bar: Any) -> tuple[Any, ...]:
        places, heights = np.asarray(xp) * 1.0, np.asarray(fp) * 1.0
        queries = np.asarray(x)
        below, above = queries < places[0], queries > places[-1]
        left_bar, right_bar = masked(y_bar, below), masked(y_bar, above)
        fp_bar: Any = 0
        if left is None:
            fp_bar = fp_bar + scatter_add(places.shape, [0], np.reshape(np.sum(left_bar), (1,)))
        if right is None:
            fp_bar = fp_bar + scatter_add(places.shape, [len(places) - 1], np.reshape(np.sum(right_bar), (1,)))
        outside = below | above
        inner = np.where(outside, places[0], queries)
        x_bar, xp_bar, inside_bar = _inside(inner, places, heights, masked(y_bar, ~outside))
        return (
            project(x_bar, x),
            project(xp_bar, xp),
            project(fp_bar + inside_bar, fp),
            None if left is None else project(np.sum(left_bar), left),
            None if right is None else project(np.sum(right_bar), right),
        )

    return y, interpolation_pullback


def _inside(x: Any, xp: Any, fp: Any, y_bar: Any) -> tuple[Any, Any, Any]:
    """The cotangents of x, xp and fp for points between the first and the last of `xp`."""
    if len(xp) == 1:
        total = np.reshape(np.sum(y_bar), (1,))
        return np.zeros(x.shape), np.zeros(1), total
    piece = np.clip(np.searchsorted(xp, x, "right") - 1, 0, len(xp) - 2)
    width = xp[piece + 1] - xp[piece]
    part = (x - xp[piece]) / width
    slope = (fp[piece + 1] - fp[piece]) / width
    x_bar = np.real(weigh(y_bar, slope))
    ends = np.concatenate([np.ravel(piece), np.ravel(piece + 1)])
    xp_bar = np.concatenate([np.ravel(-x_bar * (1 - part)), np.ravel(-x_bar * part)])
    fp_bar = np.concatenate([np.ravel(y_bar * (1 - part)), np.ravel(y_bar * part)])
    return x_bar, scatter_add(xp.shape, ends, xp_bar), scatter_add(xp.shape, ends, fp_bar)


@adjoint(COMPILED)
def compiled_interp_rule(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> tuple[Any, Pullback]:
    """The loop over real heights."""
    answer: tuple[Any, Pullback] = interpolation(COMPILED, x, xp, fp, left, right)
    return answer


@adjoint(COMPILED_COMPLEX)
def compiled_complex_rule(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> tuple[Any, Pullback]:
    """The loop over complex heights."""
    answer: tuple[Any, Pullback] = interpolation(COMPILED_COMPLEX, x, xp, fp, left, right)
    return answer


@adjoint(np.interp)
def interp_rule(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Without a period, numpy's Python code only chooses the loop; with one it is transformed."""
    if period is not None:
        return NotImplemented
    return interpolation(np.interp, x, xp, fp, left, right)
