"""Products of vectors, matrices and tensors: `matmul`, `dot`, `inner`, `outer`, `tensordot`, `kron`, `cross`, ...

For real f the cotangent of a complex z is df/dRe + i df/dIm, so the pullback of ``y = a @ b`` is
``a_bar = y_bar @ b^H`` and ``b_bar = a^H @ y_bar``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.structure import adjoint_matrix, conjugate, outline, restructure

Wants = tuple[bool, bool]
Bars = Callable[[Any, Any, Any, Wants], tuple[Any, Any]]


def _wanted(active: Sequence[bool] | None) -> Wants:
    """Which of two factors, the first arguments of a call, need a cotangent."""
    return (True, True) if active is None else (active[0], active[1])


def _needed(x1: Any, x2: Any, wants: Wants) -> tuple[Any, Any]:
    """The factors as far as a pullback needs them: the content of each is for the other's cotangent."""
    return x1 if wants[1] else outline(x1), x2 if wants[0] else outline(x2)


@adjoint(np.matmul)
def matmul_rule(x1: Any, x2: Any, *, active: Any = None, **options: Any) -> Any:
    """``x1_bar = y_bar @ x2^H`` and ``x2_bar = x1^H @ y_bar``, summed over broadcast stacks."""
    return np.matmul(x1, x2, **options), _core_pullback(_matmul_bars, x1, x2, options, _wanted(active))


@adjoint(np.linalg.matmul)
def linalg_matmul_rule(x1: Any, x2: Any, *, active: Any = None) -> Any:
    """As `matmul_rule`."""
    return np.linalg.matmul(x1, x2), _core_pullback(_matmul_bars, x1, x2, {}, _wanted(active))


def _matmul_bars(x1: Any, x2: Any, y_bar: Any, wants: Wants) -> Any:
    """The cotangents of both factors of a matrix product with numpy's rules for vectors and stacks."""
    ndim1, ndim2 = np.ndim(x1), np.ndim(x2)
    if ndim1 == ndim2 == 2:
        return (
            np.matmul(y_bar, adjoint_matrix(x2)) if wants[0] else None,
            np.matmul(adjoint_matrix(x1), y_bar) if wants[1] else None,
        )
    if ndim1 == ndim2 == 1:
        return np.multiply(y_bar, conjugate(x2)), np.multiply(y_bar, conjugate(x1))
    row = np.expand_dims(x1, 0) if ndim1 == 1 else x1
    column = np.expand_dims(x2, 1) if ndim2 == 1 else x2
    if ndim1 == 1:
        y_bar = np.expand_dims(y_bar, -2)
    if ndim2 == 1:
        y_bar = np.expand_dims(y_bar, -1)
    x1_bar = x2_bar = None
    if wants[0]:
        x1_bar = np.reshape(unbroadcast(np.matmul(y_bar, adjoint_matrix(column)), row), np.shape(x1))
    if wants[1]:
        x2_bar = np.reshape(unbroadcast(np.matmul(adjoint_matrix(row), y_bar), column), np.shape(x2))
    return x1_bar, x2_bar


def _core_pullback(bars: Bars, x1: Any, x2: Any, options: Any, wants: Wants) -> Any:
    """The pullback of a generalised ufunc of two arrays, with its ``axes=``, ``axis=`` and ``keepdims=``.

    `bars(x1, x2, y_bar, wants)` gives the cotangents where the core axes are the last ones.
    """
    x1, x2 = _needed(x1, x2, wants)
    if not options:

        def plain_pullback(y_bar: Any) -> Any:
            return bars(x1, x2, y_bar, wants)

        return plain_pullback
    keepdims = options.get("keepdims", False)
    axes = _core_axes(options.get("axes"), options.get("axis"), keepdims)
    if axes is None:
        return _core_pullback(bars, x1, x2, {}, wants)
    last = [tuple(range(-len(item), 0)) for item in axes]

    def axes_pullback(y_bar: Any) -> Any:
        if keepdims:
            y_bar = np.squeeze(y_bar, axis=axes[2] if len(axes) > 2 else -1)
        elif len(axes) > 2 and axes[2]:
            y_bar = np.moveaxis(y_bar, axes[2], last[2])
        turned = [np.moveaxis(x, own, end) for x, own, end in zip((x1, x2), axes, last, strict=False)]
        turned_bars = bars(turned[0], turned[1], y_bar, wants)
        return tuple(
            None if bar is None else np.moveaxis(bar, end, own)
            for bar, own, end in zip(turned_bars, axes, last, strict=False)
        )

    return axes_pullback


def _core_axes(axes: Any, axis: Any, keepdims: bool) -> list[tuple[int, ...]] | None:
    """The axes of both factors and perhaps the result, as tuples; None if they are the last ones."""
    if axes is None and axis is None and not keepdims:
        return None
    if axes is None:
        axes = [-1 if axis is None else axis] * (3 if keepdims else 2)
    return [tuple(item) if isinstance(item, (tuple, list)) else (item,) for item in axes]


def _vecdot_bars(x1: Any, x2: Any, y_bar: Any, wants: Wants) -> Any:
    """For ``sum(conj(x1) * x2, axis=-1)``."""
    y_bar = np.expand_dims(y_bar, -1)
    return (
        unbroadcast(conjugate(y_bar) * x2, x1) if wants[0] else None,
        unbroadcast(y_bar * x1, x2) if wants[1] else None,
    )


def _matvec_bars(x1: Any, x2: Any, y_bar: Any, wants: Wants) -> Any:
    """For ``x1 @ x2[..., None]``, without the last axis."""
    x1_bar = np.expand_dims(y_bar, -1) * conjugate(np.expand_dims(x2, -2))
    x2_bar = np.matmul(adjoint_matrix(x1), np.expand_dims(y_bar, -1))
    return unbroadcast(x1_bar, x1), unbroadcast(np.squeeze(x2_bar, -1), x2)


def _vecmat_bars(x1: Any, x2: Any, y_bar: Any, wants: Wants) -> Any:
    """For ``conj(x1)[..., None, :] @ x2``, without the second last axis."""
    x1_bar = conjugate(np.matmul(np.expand_dims(y_bar, -2), adjoint_matrix(x2)))
    x2_bar = np.expand_dims(x1, -1) * np.expand_dims(y_bar, -2)
    return unbroadcast(np.squeeze(x1_bar, -2), x1), unbroadcast(x2_bar, x2)


def _core_product(target: Any, bars: Bars) -> None:
    """Declare the rule of a generalised ufunc of two arrays."""

    def core_product_rule(x1: Any, x2: Any, *, active: Any = None, **options: Any) -> Any:
        return target(x1, x2, **options), _core_pullback(bars, x1, x2, options, _wanted(active))

    adjoint(target)(core_product_rule)


_core_product(np.vecdot, _vecdot_bars)
if hasattr(np, "matvec"):  # new in numpy 2.2
    _core_product(np.matvec, _matvec_bars)
    _core_product(np.vecmat, _vecmat_bars)


@adjoint(np.linalg.vecdot)
def linalg_vecdot_rule(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    """As for `np.vecdot`."""
    vecdot: Any = np.linalg.vecdot
    return vecdot(x1, x2, axis=axis), _core_pullback(_vecdot_bars, x1, x2, {"axis": axis}, (True, True))


@adjoint(np.dot)
def dot_rule(a: Any, b: Any, out: Any = None) -> Any:
    """A product with a number, a matrix product, or a contraction of the last axis with the second last."""
    return np.dot(a, b), _dot_pullback(a, b, (True, True))


@adjoint(np.dot)
def positional_dot_rule(a: Any = None, b: Any = None, /, out: Any = None, *, active: Any = None, **named: Any) -> Any:
    """As `dot_rule`, where the order of the arguments says which of them are active."""
    return NotImplemented if named else (np.dot(a, b), _dot_pullback(a, b, _wanted(active)))


def _dot_pullback(a: Any, b: Any, wants: Wants) -> Any:
    a, b = _needed(a, b, wants)

    def dot_pullback(y_bar: Any) -> Any:
        ndim1, ndim2 = np.ndim(a), np.ndim(b)
        if ndim1 == 0 or ndim2 == 0:
            return _scaled_bars(a, b, y_bar)
        if ndim1 <= 2 and ndim2 <= 2:
            return _matmul_bars(a, b, y_bar, wants)
        return _contracted_bars(a, b, y_bar, [ndim1 - 1], [max(ndim2 - 2, 0)])

    return dot_pullback


def _scaled_bars(a: Any, b: Any, y_bar: Any) -> Any:
    """The cotangents of a product with a number."""
    return unbroadcast(np.multiply(y_bar, conjugate(b)), a), unbroadcast(np.multiply(y_bar, conjugate(a)), b)


@adjoint(np.vdot)
def vdot_rule(a: Any, b: Any) -> Any:
    """``sum(conj(a) * b)`` over all elements."""
    y = np.vdot(a, b)

    def vdot_pullback(y_bar: Any) -> Any:
        return (
            np.reshape(conjugate(y_bar) * np.ravel(b), np.shape(a)),
            np.reshape(y_bar * np.ravel(a), np.shape(b)),
        )

    return y, vdot_pullback


@adjoint(np.inner)
def inner_rule(a: Any, b: Any) -> Any:
    """A contraction of the last axes."""
    y = np.inner(a, b)

    def inner_pullback(y_bar: Any) -> Any:
        ndim1, ndim2 = np.ndim(a), np.ndim(b)
        if ndim1 == 0 or ndim2 == 0:
            return _scaled_bars(a, b, y_bar)
        return _contracted_bars(a, b, y_bar, [ndim1 - 1], [ndim2 - 1])

    return y, inner_pullback


def _contracted_bars(a: Any, b: Any, y_bar: Any, a_axes: Any, b_axes: Any) -> Any:
    """The cotangents of `a` and `b` of their contraction over the given (non-negative) axes."""
    a_free = [axis for axis in range(np.ndim(a)) if axis not in a_axes]
    b_free = [axis for axis in range(np.ndim(b)) if axis not in b_axes]
    y_of_a, y_of_b = list(range(len(a_free))), list(range(len(a_free), len(a_free) + len(b_free)))
    # The result's axes: the free ones of a (or b), then the contracted ones in the other's order.
    a_bar = np.tensordot(y_bar, conjugate(b), axes=(y_of_b, b_free))
    b_bar = np.tensordot(y_bar, conjugate(a), axes=(y_of_a, a_free))
    a_order = a_free + [a_axes[i] for i in np.argsort(b_axes).tolist()]
    b_order = b_free + [b_axes[i] for i in np.argsort(a_axes).tolist()]
    return np.transpose(a_bar, np.argsort(a_order).tolist()), np.transpose(b_bar, np.argsort(b_order).tolist())


@adjoint(np.tensordot)
def tensordot_rule(a: Any, b: Any, axes: Any = 2) -> Any:
    """Contractions of the cotangent with the other factor."""
    return _tensordot(np.tensordot(a, b, axes), a, b, axes)


@adjoint(np.linalg.tensordot)
def linalg_tensordot_rule(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    """Contractions of the cotangent with the other factor."""
    return _tensordot(np.linalg.tensordot(x1, x2, axes=axes), x1, x2, axes)


def _tensordot(y: Any, a: Any, b: Any, axes: Any) -> Any:
    a_ndim, b_ndim = np.ndim(a), np.ndim(b)
    if np.ndim(axes) == 0:
        a_axes, b_axes = list(range(a_ndim - axes, a_ndim)), list(range(axes))
    else:
        a_axes, b_axes = (np.atleast_1d(item).tolist() for item in axes)
        a_axes, b_axes = [axis % a_ndim for axis in a_axes], [axis % b_ndim for axis in b_axes]

    def tensordot_pullback(y_bar: Any) -> Any:
        return _contracted_bars(a, b, y_bar, a_axes, b_axes)

    return y, tensordot_pullback


@adjoint(np.outer)
def outer_rule(a: Any, b: Any, out: Any = None) -> Any:
    """Products of the cotangent with the other factor."""
    return np.outer(a, b), _outer_pullback(a, b)


@adjoint(np.linalg.outer)
def linalg_outer_rule(x1: Any, x2: Any) -> Any:
    """Products of the cotangent with the other factor."""
    return np.linalg.outer(x1, x2), _outer_pullback(x1, x2)


def _outer_pullback(a: Any, b: Any) -> Any:
    def outer_pullback(y_bar: Any) -> Any:
        a_bar = np.matmul(y_bar, conjugate(np.ravel(b)))
        b_bar = np.matmul(conjugate(np.ravel(a)), y_bar)
        return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))

    return outer_pullback


@adjoint(np.kron)
def kron_rule(a: Any, b: Any) -> Any:
    """Contractions of the cotangent's blocks with the other factor."""
    y = np.kron(a, b)
    ndim = max(np.ndim(a), np.ndim(b))
    a_shape = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    b_shape = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    apart = tuple(size for pair in zip(a_shape, b_shape, strict=True) for size in pair)
    a_axes, b_axes = list(range(0, 2 * ndim, 2)), list(range(1, 2 * ndim, 2))

    def kron_pullback(y_bar: Any) -> Any:
        blocks = np.reshape(y_bar, apart)
        a_bar = np.tensordot(blocks, conjugate(np.reshape(b, b_shape)), axes=(b_axes, list(range(ndim))))
        b_bar = np.tensordot(blocks, conjugate(np.reshape(a, a_shape)), axes=(a_axes, list(range(ndim))))
        return np.reshape(a_bar, np.shape(a)), np.reshape(b_bar, np.shape(b))

    return y, kron_pullback


@adjoint(np.cross)
def cross_rule(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Any:
    """``a_bar = b x y_bar`` and ``b_bar = y_bar x a``; vectors of the plane have a third component 0."""
    if axis is not None:
        axisa = axisb = axisc = axis
    y = np.cross(a, b, axisa, axisb, axisc)
    return y, _cross_pullback(a, b, axisa, axisb, axisc)


@adjoint(np.linalg.cross)
def linalg_cross_rule(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    """``x1_bar = x2 x y_bar`` and ``x2_bar = y_bar x x1``."""
    return np.linalg.cross(x1, x2, axis=axis), _cross_pullback(x1, x2, axis, axis, axis)


def _cross_pullback(a: Any, b: Any, axisa: Any, axisb: Any, axisc: Any) -> Any:
    def cross_pullback(y_bar: Any) -> Any:
        a_vector, b_vector = _in_space(np.moveaxis(a, axisa, -1)), _in_space(np.moveaxis(b, axisb, -1))
        if np.shape(a)[axisa] == np.shape(b)[axisb] == 2:  # the result is the third component alone
            y_vector = np.expand_dims(y_bar, -1) * np.array([0.0, 0.0, 1.0])
        else:
            y_vector = np.moveaxis(y_bar, axisc, -1)
        a_bar = np.cross(conjugate(b_vector), y_vector)[..., : np.shape(a)[axisa]]
        b_bar = np.cross(y_vector, conjugate(a_vector))[..., : np.shape(b)[axisb]]
        return (
            np.moveaxis(unbroadcast(a_bar, np.moveaxis(a, axisa, -1)), -1, axisa),
            np.moveaxis(unbroadcast(b_bar, np.moveaxis(b, axisb, -1)), -1, axisb),
        )

    return cross_pullback


def _in_space(vectors: Any) -> Any:
    """Vectors of the plane with a third component 0; others unchanged."""
    if np.shape(vectors)[-1] == 3:
        return vectors
    return np.concatenate([vectors, np.zeros((*np.shape(vectors)[:-1], 1))], axis=-1)


@adjoint(np.linalg.multi_dot)
def multi_dot_rule(arrays: Any, *, out: Any = None) -> Any:
    """For each factor the product of the others around the cotangent, in the cheapest order too."""
    y = np.linalg.multi_dot(arrays)

    def multi_dot_pullback(y_bar: Any) -> Any:
        factors = [conjugate(np.asarray(array)) for array in arrays]
        if np.ndim(factors[0]) == 1:
            factors[0] = np.expand_dims(factors[0], 0)
        if np.ndim(factors[-1]) == 1:
            factors[-1] = np.expand_dims(factors[-1], 1)
        backwards = [np.transpose(factor) for factor in factors]
        middle = np.reshape(y_bar, (factors[0].shape[0], factors[-1].shape[1]))
        bars = []
        for i, array in enumerate(arrays):
            product = [*backwards[:i][::-1], middle, *backwards[:i:-1]]
            bars.append(restructure(np.reshape(np.linalg.multi_dot(product), np.shape(array)), array))
        return (bars if isinstance(arrays, list) else tuple(bars),)

    return y, multi_dot_pullback
