"""Rules of `scipy.signal`: convolutions and correlations, and linear filters.

All are linear in each argument.  The cotangent of a result is put into its place in the full convolution, and that
correlated with the other argument.  Spectra, windows and filter design are Python on top of these and of FFTs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.signal as sg

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.pad import pad_rule
from bytegrad.rules.numpy.structure import conjugate

non_differentiable(sg.choose_conv_method, sg.argrelmax, sg.argrelmin, sg.argrelextrema)

Convolver = Callable[[Any, Any], Any]


def _turned(x: Any, axes: Any) -> Any:
    """The conjugate of `x` with its elements in reverse order along `axes`."""
    return conjugate(np.flip(x, axes))


def _in_full(y_bar: Any, shape1: tuple[int, ...], shape2: tuple[int, ...], mode: str, axes: tuple[int, ...]) -> Any:
    """`y_bar` with zeros around it, where the result is a part of the full convolution.

    Mode "shifted" is what `correlate2d` calls "same": its middle is on the other side of an even kernel's.
    """
    padding = [(0, 0)] * y_bar.ndim
    for axis in axes:
        n1, n2 = shape1[axis], shape2[axis]
        before = {"full": 0, "same": (n2 - 1) // 2, "shifted": n2 // 2, "valid": min(n1, n2) - 1}[mode]
        padding[axis] = (before, n1 + n2 - 1 - before - y_bar.shape[axis])
    return np.pad(y_bar, padding)


def _convolved_bars(in1: Any, in2: Any, y_bar: Any, mode: str, axes: tuple[int, ...], valid: Convolver) -> Any:
    """The cotangents of both arguments of a convolution; `valid` is the convolution in mode "valid"."""
    full_bar = _in_full(y_bar, np.shape(in1), np.shape(in2), mode, axes)
    return (
        unbroadcast(valid(full_bar, _turned(in2, axes)), in1),
        unbroadcast(valid(full_bar, _turned(in1, axes)), in2),
    )


@adjoint(sg.convolve)
def convolve_rule(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """By the method that was asked for, back and forth."""
    y = sg.convolve(in1, in2, mode, method)
    return y, _convolution_pullback(in1, in2, mode, method)


def _convolution_pullback(in1: Any, in2: Any, mode: str, method: str) -> Any:
    axes = tuple(range(np.ndim(in1)))

    def valid(x: Any, kernel: Any) -> Any:
        return sg.convolve(x, kernel, "valid", method)

    def convolution_pullback(y_bar: Any) -> Any:
        if not axes:
            return y_bar * conjugate(in2), y_bar * conjugate(in1)
        return _convolved_bars(in1, in2, y_bar, mode, axes, valid)

    return convolution_pullback


@adjoint(sg.correlate)
def correlate_rule(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """A convolution with the second argument turned around and conjugated."""
    y = sg.correlate(in1, in2, mode, method)
    axes = tuple(range(np.ndim(in1)))
    pullback = _convolution_pullback(in1, _turned(in2, axes), mode, method)

    def correlate_pullback(y_bar: Any) -> Any:
        in1_bar, turned_bar = pullback(y_bar)
        return in1_bar, _turned(turned_bar, axes)

    return y, correlate_pullback


def _by_fft(name: str) -> None:
    """Declare the rule of `fftconvolve` or `oaconvolve`, which may leave axes out and broadcast along these."""

    def fftconvolve_rule(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
        y = getattr(sg, name)(in1, in2, mode, axes)
        ndim = np.ndim(in1)
        own_axes = tuple(range(ndim)) if axes is None else tuple(axis % ndim for axis in np.ravel(axes).tolist())

        def valid(x: Any, kernel: Any) -> Any:
            return sg.fftconvolve(x, kernel, "valid", own_axes)

        def fftconvolve_pullback(y_bar: Any) -> Any:
            if not own_axes:
                return unbroadcast(y_bar * conjugate(in2), in1), unbroadcast(y_bar * conjugate(in1), in2)
            return _convolved_bars(in1, in2, y_bar, mode, own_axes, valid)

        return y, fftconvolve_pullback

    adjoint(getattr(sg, name))(fftconvolve_rule)


_by_fft("fftconvolve")
_by_fft("oaconvolve")


@adjoint(sg.convolve2d)
def convolve2d_rule(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """A convolution of the first argument padded as the boundary says."""
    y = sg.convolve2d(in1, in2, mode, boundary, fillvalue)
    return y, _plane_pullback(in1, in2, mode, boundary, fillvalue)


@adjoint(sg.correlate2d)
def correlate2d_rule(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """As `convolve2d` with the second argument turned around and conjugated."""
    y = sg.correlate2d(in1, in2, mode, boundary, fillvalue)
    own_mode = "shifted" if mode == "same" else mode
    pullback = _plane_pullback(in1, _turned(in2, (0, 1)), own_mode, boundary, fillvalue)

    def correlate2d_pullback(y_bar: Any) -> Any:
        in1_bar, turned_bar = pullback(y_bar)
        return in1_bar, _turned(turned_bar, (0, 1))

    return y, correlate2d_pullback


_PAD_MODES: dict[str, dict[str, Any]] = {"wrap": {"mode": "wrap"}, "symm": {"mode": "symmetric"}}


def _plane_pullback(in1: Any, in2: Any, mode: str, boundary: str, fillvalue: Any) -> Any:
    axes = (0, 1)

    def valid(x: Any, kernel: Any) -> Any:
        return sg.convolve2d(x, kernel, "valid")

    def plane_pullback(y_bar: Any) -> Any:
        shape1, shape2 = np.shape(in1), np.shape(in2)
        if mode == "valid" or (boundary == "fill" and np.all(np.equal(fillvalue, 0))):
            return _convolved_bars(in1, in2, y_bar, mode, axes, valid)
        # The full result is the valid part for an argument padded by one less than the kernel on each side.
        padding = [(n - 1, n - 1) for n in shape2]
        options = _PAD_MODES.get(boundary, {"mode": "constant", "constant_values": fillvalue})
        padded, pad_pullback = pad_rule(in1, padding, **options)
        full_bar = _in_full(y_bar, shape1, shape2, mode, axes)
        padded_bar, in2_bar = _convolved_bars(padded, in2, full_bar, "valid", axes, valid)
        return pad_pullback(padded_bar)[0], in2_bar

    return plane_pullback


@adjoint(sg.upfirdn)
def upfirdn_rule(
    h: Any, x: Any, up: Any = 1, down: Any = 1, axis: Any = -1, mode: Any = "constant", cval: Any = 0
) -> Any:
    """Zeros in between, a convolution, and every `down`-th element of that; other boundaries have no rule."""
    if mode != "constant" or cval != 0:
        return NotImplemented
    y = sg.upfirdn(h, x, up, down, axis, mode, cval)

    def upfirdn_pullback(y_bar: Any) -> Any:
        last, kernel = np.moveaxis(x, axis, -1), np.reshape(h, (1,) * (np.ndim(x) - 1) + (-1,))
        stuffed = _stuffed(last, up, (np.shape(last)[-1] - 1) * up + 1)
        bar = np.moveaxis(y_bar, axis, -1)
        full_bar = _stuffed(bar, down, np.shape(stuffed)[-1] + np.shape(h)[0] - 1)
        ndim = np.ndim(x) - 1
        stuffed_bar = sg.convolve(full_bar, _turned(kernel, (ndim,)), "valid")
        # One convolution over all lines: the kernel's cotangent sums over them.
        kernel_bar = np.sum(
            sg.fftconvolve(full_bar, _turned(stuffed, (ndim,)), "valid", (ndim,)), axis=tuple(range(ndim))
        )
        return kernel_bar, np.moveaxis(stuffed_bar[..., ::up], -1, axis)

    return y, upfirdn_pullback


def _stuffed(x: Any, step: int, size: int) -> Any:
    """`x` with zeros between its elements along the last axis, and at its end up to `size`."""
    spread = np.concatenate([np.expand_dims(x, -1), np.zeros((*np.shape(x), step - 1))], axis=-1)
    flat = np.reshape(spread, (*np.shape(x)[:-1], -1))[..., :size]
    return np.pad(flat, [(0, 0)] * (np.ndim(x) - 1) + [(0, size - np.shape(flat)[-1])])
