"""`numpy.fft`: every transform is linear, and its pullback is another of these transforms.

The adjoint of a transform with one normalisation is the opposite transform with the opposite one: `fft` with
"backward" scales by 1, as does `ifft` with "forward".  Real transforms leave out half of the coefficients, which
the pullback weighs with 2 or 1/2.  Transforms over several axes go back axis by axis, last one first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import project

Norm = Literal["backward", "ortho", "forward"] | None

_OPPOSITE: dict[Norm, Norm] = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _resized(x: Any, size: int, axis: int) -> Any:
    """`x` cropped or padded with zeros to `size` along `axis`."""
    old = np.shape(x)[axis]
    if old == size:
        return x
    axis_number = axis % np.ndim(x)
    if old > size:
        return x[(slice(None),) * axis_number + (slice(size),)]
    padding = [(0, size - old) if i == axis_number else (0, 0) for i in range(np.ndim(x))]
    return np.pad(x, padding)


def _half_weights(n: int, middle: float, ndim: int, axis: int) -> Any:
    """Weights of the ``n // 2 + 1`` coefficients of a real transform: 1 where they stand alone, else `middle`."""
    weights = np.full(n // 2 + 1, middle)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    return weights.reshape((-1,) + (1,) * (ndim - axis % ndim - 1))


def _fft_bar(y_bar: Any, n: int, axis: int, norm: Norm) -> Any:
    return np.fft.ifft(y_bar, n, axis, _OPPOSITE[norm])


def _ifft_bar(y_bar: Any, n: int, axis: int, norm: Norm) -> Any:
    return np.fft.fft(y_bar, n, axis, _OPPOSITE[norm])


def _rfft_bar(y_bar: Any, n: int, axis: int, norm: Norm) -> Any:
    return np.fft.irfft(y_bar * _half_weights(n, 0.5, np.ndim(y_bar), axis), n, axis, _OPPOSITE[norm])


def _irfft_bar(y_bar: Any, n: int, axis: int, norm: Norm) -> Any:
    return np.fft.rfft(y_bar, n, axis, _OPPOSITE[norm]) * _half_weights(n, 2.0, np.ndim(y_bar), axis)


def _hfft_bar(y_bar: Any, n: int, axis: int, norm: Norm) -> Any:
    return np.conjugate(_irfft_bar(y_bar, n, axis, _OPPOSITE[norm]))


def _ihfft_bar(y_bar: Any, n: int, axis: int, norm: Norm) -> Any:
    return _rfft_bar(np.conjugate(y_bar), n, axis, _OPPOSITE[norm])


Back = Callable[[Any, int, int, Norm], Any]

BACKS: dict[str, Back] = {
    "fft": _fft_bar,
    "ifft": _ifft_bar,
    "rfft": _rfft_bar,
    "ihfft": _ihfft_bar,
    "irfft": _irfft_bar,
    "hfft": _hfft_bar,
}
"""The pullbacks of the transforms over one axis."""
COMPLEX_PART = {"rfft": "fft", "irfft": "ifft", "hfft": "fft", "ihfft": "ifft"}
"""What a real transform does over all axes but the last."""


def is_halved(name: str) -> bool:
    """Whether a transform has real results of half the coefficients, so that n is the size of the result."""
    return name.startswith(("irfft", "hfft"))


def one_axis_pullback(x: Any, y: Any, name: str, n: int | None, axis: int, norm: Norm) -> Any:
    """The pullback of the transform `y` of `x` over one axis, which is called `name` in numpy and scipy."""
    size = np.shape(x)[axis]
    points = np.shape(y)[axis] if is_halved(name) else size if n is None else n
    back = BACKS[name]

    def transform_pullback(y_bar: Any) -> Any:
        return (_resized(back(y_bar, points, axis, norm), size, axis),)

    return transform_pullback


def several_axes_pullback(x: Any, y: Any, name: str, s: Any, axes: Any, norm: Norm) -> Any:
    """The pullback of the transform `y` of `x` over several axes, which is called `name` in numpy and scipy."""
    last = name.removesuffix("n").removesuffix("2")
    halved = is_halved(name)
    steps = _steps(np.shape(x), np.shape(y), s, axes, halved)
    backs = [BACKS[COMPLEX_PART.get(last, last)]] * (len(steps) - 1) + [BACKS[last]]

    def transform_pullback(y_bar: Any) -> Any:
        for i in reversed(_order(len(steps), halved)):
            axis, size, points = steps[i]
            y_bar = _resized(backs[i](y_bar, points, axis, norm), size, axis)
        return (y_bar,)

    return transform_pullback


def _steps(
    shape: tuple[int, ...], y_shape: tuple[int, ...], s: Any, axes: Any, halved: bool
) -> list[tuple[int, int, int]]:
    """Axis, size before the transform and number of points of each of the transforms over one axis."""
    if axes is None:
        axes = range(len(shape)) if s is None else range(len(shape) - len(s), len(shape))
    axes = [axis % len(shape) for axis in axes]
    s = [None] * len(axes) if s is None else list(s)
    points = [shape[axis] if size is None or size == -1 else size for axis, size in zip(axes, s, strict=True)]
    if halved:
        points[-1] = y_shape[axes[-1]]
    # An axis may be named several times; each transform but the first one of it finds the size that another made.
    steps: list[tuple[int, int, int]] = [(0, 0, 0)] * len(axes)
    current = dict(enumerate(shape))
    for i in _order(len(axes), halved):
        steps[i] = (axes[i], current[axes[i]], points[i])
        current[axes[i]] = points[i]
    return steps


def _order(count: int, halved: bool) -> list[int]:
    """The order in which numpy transforms the axes: last one first, but the half-complex one always last."""
    return list(range(count)) if halved else list(range(count - 1, -1, -1))


def _one_axis(name: str) -> None:
    """Declare the rule of numpy's transform `name` over one axis."""
    target = getattr(np.fft, name)

    def transform_rule(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
        y = target(a, n, axis, norm)
        return y, one_axis_pullback(a, y, name, n, axis, norm)

    adjoint(target)(transform_rule)


def _several_axes(name: str, default: Any) -> None:
    """Declare the rule of numpy's transform `name` over several axes."""
    target = getattr(np.fft, name)

    def transform_rule(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        y = target(a, s, axes, norm)
        return y, several_axes_pullback(a, y, name, s, axes, norm)

    adjoint(target)(transform_rule)


for _name in BACKS:
    _one_axis(_name)
for _name in ("fft", "ifft", "rfft", "irfft"):
    _several_axes(f"{_name}n", None)
    _several_axes(f"{_name}2", (-2, -1))


@adjoint(np.fft.fftshift)
def fftshift_rule(x: Any, axes: Any = None) -> Any:
    """Shifted back."""

    def fftshift_pullback(y_bar: Any) -> Any:
        return (np.fft.ifftshift(y_bar, axes),)

    return np.fft.fftshift(x, axes), fftshift_pullback


@adjoint(np.fft.ifftshift)
def ifftshift_rule(x: Any, axes: Any = None) -> Any:
    """Shifted back."""

    def ifftshift_pullback(y_bar: Any) -> Any:
        return (np.fft.fftshift(y_bar, axes),)

    return np.fft.ifftshift(x, axes), ifftshift_pullback


@adjoint(np.fft.fftfreq)
def fftfreq_rule(n: Any, d: Any = 1.0, device: Any = None) -> Any:
    """Inversely proportional to the sample spacing."""
    return _frequencies(np.fft.fftfreq(n, d, device), d)


@adjoint(np.fft.rfftfreq)
def rfftfreq_rule(n: Any, d: Any = 1.0, device: Any = None) -> Any:
    """Inversely proportional to the sample spacing."""
    return _frequencies(np.fft.rfftfreq(n, d, device), d)


def _frequencies(y: Any, d: Any) -> Any:
    """`y`, which is inversely proportional to the sample spacing `d`, and its pullback."""

    def frequencies_pullback(y_bar: Any) -> Any:
        return None, project(y_bar * np.conj(y / -d), d)

    return y, frequencies_pullback
