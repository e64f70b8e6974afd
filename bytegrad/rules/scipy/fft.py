"""Rules of `scipy.fft`: the transforms that numpy has too, and those to cosines and sines.

The transposed matrix of a cosine or sine transform is that of another one, up to factors at the ends of the axis.
Source: the definitions in scipy's documentation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.fft as sf

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import project
from bytegrad.rules.numpy.fft import BACKS, _resized, one_axis_pullback, several_axes_pullback

non_differentiable(sf.next_fast_len, sf.prev_fast_len, sf.get_workers, sf.fhtoffset)


def _one_axis(name: str) -> None:
    def transform_rule(
        x: Any,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        **plan: Any,
    ) -> Any:
        y = getattr(sf, name)(x, n, axis, norm, False, workers, **plan)
        return y, one_axis_pullback(x, y, name, n, axis, norm)

    adjoint(getattr(sf, name))(transform_rule)


def _several_axes(name: str, default: Any) -> None:
    def transform_rule(
        x: Any,
        s: Any = None,
        axes: Any = default,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        **plan: Any,
    ) -> Any:
        y = getattr(sf, name)(x, s, axes, norm, False, workers, **plan)
        s = (s,) if isinstance(s, int) else s
        own_axes = (axes,) if isinstance(axes, int) else axes
        pullback = several_axes_pullback
        if name.startswith(("hfft", "ihfft")):
            pullback = _through_conjugate
        return y, pullback(x, y, name, s, own_axes, norm)

    adjoint(getattr(sf, name))(transform_rule)


_SAME = {"hfft": "irfft", "ihfft": "rfft"}
_OPPOSITE: dict[Any, Any] = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _through_conjugate(x: Any, y: Any, name: str, s: Any, axes: Any, norm: Any) -> Any:
    """The pullback of `hfftn` and its relatives: real transforms of, or conjugated after, with the other norm."""
    kind = name.removesuffix("n").removesuffix("2")
    real_pullback = several_axes_pullback(x, y, _SAME[kind] + "n", s, axes, _OPPOSITE[norm])

    def transform_pullback(y_bar: Any) -> Any:
        if kind == "ihfft":
            return real_pullback(np.conjugate(y_bar))
        return (np.conjugate(real_pullback(y_bar)[0]),)

    return transform_pullback


for _name in BACKS:
    _one_axis(_name)
    _several_axes(f"{_name}n", None)
    _several_axes(f"{_name}2", (-2, -1))


# Cosine and sine transforms.


def _scale(norm: str | None, inverse: bool, points: int) -> float:
    """The factor that a normalisation brings; `points` is the number of points of the transform's full period."""
    if norm == "ortho":
        return 1 / math.sqrt(points)
    return 1 / points if (norm == "forward") != inverse else 1.0


def _ends(n: int, first: float, last: float, ndim: int, axis: int) -> Any:
    """Factors along an axis that are 1 but at its ends."""
    factors = np.ones(n)
    factors[0] *= first
    factors[-1] *= last
    return factors.reshape((-1,) + (1,) * (ndim - axis % ndim - 1))


_INVERSE_KIND = {1: 1, 2: 3, 3: 2, 4: 4}
_ROOT = math.sqrt(2)
# The factors at the first and last element before and after the transform that `orthogonalize` brings.
_ORTHOGONAL: dict[tuple[str, int], tuple[float, float, float, float]] = {
    ("dct", 1): (_ROOT, _ROOT, 1 / _ROOT, 1 / _ROOT),
    ("dct", 2): (1.0, 1.0, 1 / _ROOT, 1.0),
    ("dct", 3): (_ROOT, 1.0, 1.0, 1.0),
    ("dst", 2): (1.0, 1.0, 1.0, 1 / _ROOT),
    ("dst", 3): (1.0, _ROOT, 1.0, 1.0),
}
# As a product with the plain transform of the other kind: factors before it and after it.
_TRANSPOSED: dict[tuple[str, int], tuple[float, float, float, float]] = {
    ("dct", 1): (2.0, 2.0, 0.5, 0.5),
    ("dct", 2): (2.0, 1.0, 1.0, 1.0),
    ("dct", 3): (1.0, 1.0, 0.5, 1.0),
    ("dst", 2): (1.0, 2.0, 1.0, 1.0),
    ("dst", 3): (1.0, 1.0, 1.0, 0.5),
}
_NONE = (1.0, 1.0, 1.0, 1.0)


def transposed(name: str, kind: int, y_bar: Any, axis: int, norm: str | None, orthogonal: Any) -> Any:
    """The transposed matrix of the transform `name` ("dct", "idct", "dst", "idst") of the given kind, times y_bar."""
    inverse, family = name.startswith("i"), name.removeprefix("i")
    kind = _INVERSE_KIND[kind] if inverse else kind
    n, ndim = np.shape(y_bar)[axis], np.ndim(y_bar)
    full = 2 * (n + {("dct", 1): -1, ("dst", 1): 1}.get((family, kind), 0))
    y_bar = y_bar * _scale(norm, inverse, full)
    before, after = _NONE[:2], _NONE[2:]
    if orthogonal is None:
        orthogonal = norm == "ortho"
    if orthogonal:
        factors = _ORTHOGONAL.get((family, kind), _NONE)
        before, after = factors[:2], factors[2:]
        y_bar = y_bar * _ends(n, *after, ndim, axis)
    first, last, first_after, last_after = _TRANSPOSED.get((family, kind), _NONE)
    plain = getattr(sf, family)(y_bar * _ends(n, first, last, ndim, axis), _INVERSE_KIND[kind], axis=axis)
    return plain * _ends(n, first_after * before[0], last_after * before[1], ndim, axis)


def _trigonometric(name: str) -> None:
    def transform_rule(
        x: Any,
        type: Any = 2,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        orthogonalize: Any = None,
    ) -> Any:
        y = getattr(sf, name)(x, type, n, axis, norm, False, workers, orthogonalize)
        size = np.shape(x)[axis]

        def transform_pullback(y_bar: Any) -> Any:
            return (_resized(transposed(name, type, y_bar, axis, norm, orthogonalize), size, axis),)

        return y, transform_pullback

    adjoint(getattr(sf, name))(transform_rule)


def _trigonometric_over_axes(name: str) -> None:
    def transform_rule(
        x: Any,
        type: Any = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: Any = False,
        workers: Any = None,
        *,
        orthogonalize: Any = None,
    ) -> Any:
        y = getattr(sf, name)(x, type, s, axes, norm, False, workers, orthogonalize=orthogonalize)
        shape = np.shape(x)
        count = len(shape) if s is None else np.size(s)
        own_axes = range(len(shape) - count, len(shape)) if axes is None else np.ravel(axes).tolist()

        def transform_pullback(y_bar: Any) -> Any:
            for axis in own_axes:
                turned = transposed(name.removesuffix("n"), type, y_bar, axis, norm, orthogonalize)
                y_bar = _resized(turned, shape[axis], axis)
            return (y_bar,)

        return y, transform_pullback

    adjoint(getattr(sf, name))(transform_rule)


for _name in ("dct", "idct", "dst", "idst"):
    _trigonometric(_name)
    _trigonometric_over_axes(f"{_name}n")


@adjoint(sf.fftshift)
def fftshift_rule(x: Any, axes: Any = None) -> Any:
    """Shifted back."""

    def fftshift_pullback(y_bar: Any) -> Any:
        return (np.fft.ifftshift(y_bar, axes),)

    return sf.fftshift(x, axes), fftshift_pullback


@adjoint(sf.ifftshift)
def ifftshift_rule(x: Any, axes: Any = None) -> Any:
    """Shifted back."""

    def ifftshift_pullback(y_bar: Any) -> Any:
        return (np.fft.fftshift(y_bar, axes),)

    return sf.ifftshift(x, axes), ifftshift_pullback


def _frequencies(name: str) -> None:
    """Declare the rule of `fftfreq` or `rfftfreq`, inversely proportional to the sample spacing."""

    def frequencies_rule(n: Any, d: Any = 1.0, **options: Any) -> Any:
        y = getattr(sf, name)(n, d, **options)

        def frequencies_pullback(y_bar: Any) -> Any:
            return None, project(y_bar * np.conj(y / -d), d)

        return y, frequencies_pullback

    adjoint(getattr(sf, name))(frequencies_rule)


_frequencies("fftfreq")
_frequencies("rfftfreq")
