"""Rules of `scipy.fftpack`: the transforms of `scipy.fft` under older names, and real ones in a packed order."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft as sf
import scipy.fftpack as fp

from bytegrad.rules.declare import polyfill


def _fourier(name: str) -> None:
    transform = getattr(sf, name)

    @polyfill(getattr(fp, name))
    def along_axis(x: Any, n: Any = None, axis: Any = -1, overwrite_x: Any = False) -> Any:
        return transform(x, n, axis)


def _fourier_over_axes(name: str, default: Any) -> None:
    transform = getattr(sf, name)

    @polyfill(getattr(fp, name))
    def over_axes(x: Any, shape: Any = None, axes: Any = default, overwrite_x: Any = False) -> Any:
        return transform(x, shape, axes)


def _trigonometric(name: str) -> None:
    along, over = getattr(sf, name), getattr(sf, f"{name}n")

    @polyfill(getattr(fp, name))
    def along_axis(
        x: Any, type: Any = 2, n: Any = None, axis: Any = -1, norm: Any = None, overwrite_x: Any = False
    ) -> Any:
        return along(x, type, n, axis, norm if norm is not None or not inverse else "forward")

    @polyfill(getattr(fp, f"{name}n"))
    def over_axes(
        x: Any, type: Any = 2, shape: Any = None, axes: Any = None, norm: Any = None, overwrite_x: Any = False
    ) -> Any:
        return over(x, type, shape, axes, norm if norm is not None or not inverse else "forward")

    # The inverses of this module are not scaled, unless they are asked to be.
    inverse = name.startswith("i")


for _name in ("fft", "ifft"):
    _fourier(_name)
    _fourier_over_axes(f"{_name}n", None)
    _fourier_over_axes(f"{_name}2", (-2, -1))
for _name in ("dct", "idct", "dst", "idst"):
    _trigonometric(_name)


@polyfill(fp.rfft)
def rfft(x: Any, n: Any = None, axis: Any = -1, overwrite_x: Any = False) -> Any:
    """Real and imaginary parts after one another, without those that are zero. Shapes: (..., n) -> (..., n)."""
    y = np.moveaxis(sf.rfft(x, n, axis), axis, -1)
    count = np.shape(x)[axis] if n is None else n
    parts = np.stack([y.real, y.imag], axis=-1).reshape(*y.shape[:-1], -1)
    packed = np.concatenate([parts[..., :1], parts[..., 2 : count + 1]], axis=-1)
    return np.moveaxis(packed, -1, axis)


@polyfill(fp.irfft)
def irfft(x: Any, n: Any = None, axis: Any = -1, overwrite_x: Any = False) -> Any:
    """What `rfft` undoes. Shapes: (..., n) -> (..., n)."""
    packed = np.moveaxis(np.asarray(x), axis, -1)
    count = packed.shape[-1] if n is None else n
    held = packed[..., :count]
    missing = np.zeros((*held.shape[:-1], max(count + 2 - held.shape[-1], 1)), held.dtype)
    parts = np.concatenate([held[..., :1], 0 * held[..., :1], held[..., 1:], missing], axis=-1)
    pairs = parts[..., : 2 * (count // 2 + 1)]
    y = pairs[..., 0::2] + 1j * pairs[..., 1::2]
    return np.moveaxis(sf.irfft(y, count), -1, axis)
