"""Recursive filters of `scipy.signal`: `lfilter` and `sosfilt`.

A filter solves ``a * y = b * x + zi`` for y, where ``*`` is the convolution, `a` and `b` are divided by ``a[0]`` and
`zi` stands at the beginning; what is left of both sides beyond the end of y is the final state.  The pullback
solves the adjoint equation, which is a filter running backwards, and correlates its solution with x and y.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.signal as sg

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.structure import conjugate


@adjoint(sg.lfilter)
def lfilter_rule(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """In the coefficients, the signal and the initial state."""
    result = sg.lfilter(b, a, x, axis, zi)

    def lfilter_pullback(result_bar: Any) -> Any:
        y, (y_bar, state_bar) = (result, (result_bar, None)) if zi is None else (result[0], result_bar)
        b_bar, a_bar, x_bar, zi_bar = filter_bars(b, a, x, y, axis, y_bar, state_bar)
        b_bar, a_bar = np.reshape(b_bar, np.shape(b)), np.reshape(a_bar, np.shape(a))
        return b_bar, a_bar, x_bar, None, None if zi is None else unbroadcast(zi_bar, zi)

    return result, lfilter_pullback


def filter_bars(b: Any, a: Any, x: Any, y: Any, axis: int, y_bar: Any, state_bar: Any) -> tuple[Any, Any, Any, Any]:
    """The cotangents of coefficients, signal and initial state of a filter with the result `y`.

    Shapes: state_bar, that of the final state, and the initial state's have the order of the filter along `axis`.
    """
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    count = max(len(a), len(b))
    leading = a[0]
    plain_b, plain_a = b / leading, a / leading
    x, y = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    size = np.shape(y)[-1]
    bar = np.zeros(np.shape(y)) if y_bar is None else np.moveaxis(y_bar, axis, -1)
    # The cotangents of the two sides of the equation: beyond the end they are the final state's.
    beyond = np.zeros((*np.shape(y)[:-1], count - 1)) if state_bar is None else np.moveaxis(state_bar, axis, -1)
    tail = np.concatenate([np.zeros(np.shape(y)), beyond], axis=-1)
    inner = _backwards([1.0], plain_a, bar - _backwards(plain_a, [1.0], tail)[..., :size])
    sides_bar = np.concatenate([inner, beyond], axis=-1)
    x_bar = _backwards(plain_b, [1.0], sides_bar)[..., :size]
    plain_b_bar = _lagged(sides_bar, x, len(b))
    plain_a_bar = -_lagged(sides_bar, y, len(a))
    scale = conjugate(leading)
    b_bar, a_bar = plain_b_bar / scale, plain_a_bar / scale
    shrinking = np.sum(b_bar * conjugate(plain_b)) + np.sum(a_bar * conjugate(plain_a))
    a_bar = a_bar - shrinking * (np.arange(len(a)) == 0)
    zi_bar = sides_bar[..., : count - 1]
    return b_bar, a_bar, np.moveaxis(x_bar, -1, axis), np.moveaxis(zi_bar, -1, axis)


def _backwards(b: Any, a: Any, x: Any) -> Any:
    """The adjoint of the filter with coefficients `b` and `a`, along the last axis."""
    return np.flip(sg.lfilter(conjugate(np.asarray(b)), conjugate(np.asarray(a)), np.flip(x, -1)), -1)


def _lagged(sides_bar: Any, x: Any, count: int) -> Any:
    """The sums of ``sides_bar[n] * conj(x[n - lag])`` for `count` lags."""
    size = np.shape(x)[-1]
    return np.stack([np.sum(sides_bar[..., lag : lag + size] * conjugate(x)) for lag in range(count)])


@adjoint(sg.sosfilt)
def sosfilt_rule(sos: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """Section by section."""
    result = sg.sosfilt(sos, x, axis, zi)

    def sosfilt_pullback(result_bar: Any) -> Any:
        y_bar, states_bar = (result_bar, None) if zi is None else result_bar
        signals = _between_sections(sos, x, axis, zi)
        sos_bars: list[Any] = []
        zi_bars: list[Any] = []
        for i in range(len(sos) - 1, -1, -1):
            state_bar = None if states_bar is None else states_bar[i]
            b_bar, a_bar, y_bar, zi_bar = filter_bars(
                sos[i, :3], sos[i, 3:], signals[i], signals[i + 1], axis, y_bar, state_bar
            )
            sos_bars.insert(0, np.concatenate([b_bar, a_bar]))
            zi_bars.insert(0, zi_bar)
        return np.stack(sos_bars), y_bar, None, None if zi is None else np.stack(zi_bars)

    return result, sosfilt_pullback


def _between_sections(sos: Any, x: Any, axis: int, zi: Any) -> Sequence[Any]:
    """The signals before, between and after the sections."""
    signals = [x]
    for i in range(len(sos)):
        state = None if zi is None else zi[i]
        filtered = sg.lfilter(sos[i, :3], sos[i, 3:], signals[-1], axis, state)
        signals.append(filtered if zi is None else filtered[0])
    return signals
