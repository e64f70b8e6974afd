"""Functions that arrange elements, for arrays whose first axis numbers directions: the axes meant are those behind it.

Each gets, first, which of its arguments have that axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.adjoint.kinds import DeclinedError
from bytegrad.rules.batched import Flags, axis_behind, fit
from bytegrad.runtime.directions import row_of
from bytegrad.runtime.sight import MINDING, OF_CONTAINERS

Function = Callable[..., Any]


def along_axis(function: Function, default: int | None, place: int = 1) -> Function:
    """`function` of an array and, as argument number `place`, an axis; None means all elements in one row."""

    def shifted(flags: Flags, x: Any, *args: Any, **keywords: Any) -> Any:
        if len(args) >= place:
            args, axis = (*args[: place - 1], *args[place:]), args[place - 1]
        else:
            axis = keywords.pop("axis", default)
        if axis is None:
            x, axis = x.reshape(x.shape[0], -1), 0
        return function(x, *args, axis=axis_behind(axis, x), **keywords)

    return shifted


def between_axes(function: Function) -> Function:
    """`function` of an array and two axes, or tuples of such."""

    def shifted(flags: Flags, x: Any, one: Any, other: Any) -> Any:
        return function(x, axis_behind(one, x), axis_behind(other, x))

    return shifted


def of_diagonals(function: Function) -> Function:
    """`function` of the diagonals of the first two axes."""

    def shifted(flags: Flags, x: Any, offset: int = 0) -> Any:
        return function(x, offset, 1, 2)

    return shifted


def of_last_axes(function: Function) -> Function:
    """`function` of the last two axes, of which there are as many as without directions."""

    def same(flags: Flags, x: Any, *args: Any) -> Any:
        if np.ndim(x) <= 2:
            raise DeclinedError("a matrix is made of a row")
        return function(x, *args)

    return same


def diag_rows(flags: Flags, x: Any, k: int = 0) -> Any:
    """``np.diag``."""
    if np.ndim(x) != 2 or k:
        return np.diagonal(x, k, 1, 2)
    n = np.shape(x)[1]
    return x.reshape(-1, n, 1) * np.eye(n)


def squeeze_rows(flags: Flags, x: Any, axis: Any = None) -> Any:
    """``np.squeeze``."""
    if axis is None:
        axis = tuple([n for n, length in enumerate(np.shape(x)) if n and length == 1])
    else:
        axis = axis_behind(axis, x)
    return np.squeeze(x, axis=axis)


def expand_dims_rows(flags: Flags, x: Any, axis: Any) -> Any:
    """``np.expand_dims`` at one place."""
    return np.expand_dims(x, axis + 1 if axis >= 0 else axis)


# several arrays -----------------------------------------------------------------------------------------------


def joined(function: Function, default: int = 0) -> Function:
    """`function` of arrays and an axis."""

    def shifted(flags: Flags, items: Any, axis: Any = default) -> Any:
        arrays = [row_of(item) for item in items]
        if axis is None:
            arrays, axis = [array.reshape(len(array), -1) for array in arrays], 0
        return function(arrays, axis=axis + 1 if axis >= 0 else axis)

    return shifted


def hstack_rows(flags: Flags, items: Any) -> Any:
    """``np.hstack``."""
    arrays = [_at_least(row_of(item), 1) for item in items]
    return np.concatenate(arrays, axis=1 if np.ndim(arrays[0]) == 2 else 2)


def vstack_rows(flags: Flags, items: Any) -> Any:
    """``np.vstack``."""
    return np.concatenate([_at_least(row_of(item), 2) for item in items], axis=1)


def column_stack_rows(flags: Flags, items: Any) -> Any:
    """``np.column_stack``."""
    arrays = [row_of(item) for item in items]
    return np.concatenate([x.reshape(*x.shape, 1) if np.ndim(x) == 2 else x for x in arrays], axis=2)


def _at_least(x: Any, axes: int) -> Any:
    missing = axes - (np.ndim(x) - 1)
    return x if missing <= 0 else x.reshape(len(x), *(1,) * missing, *np.shape(x)[1:])


def array_rows(flags: Flags, items: Any, dtype: Any = None) -> Any:
    """``np.array``."""
    return asarray_rows(flags, items) if isinstance(items, (list, tuple)) else np.copy(items)


def asarray_rows(flags: Flags, items: Any, dtype: Any = None) -> Any:
    """``np.asarray`` of an array, or of numbers, arrays and lists of such; `dtype` is that of a float."""
    if isinstance(items, (list, tuple)):
        return np.stack([row_of(asarray_rows(flags, item)) for item in items], axis=1)
    return items


def append_rows(flags: Flags, x: Any, values: Any) -> Any:
    """``np.append`` without an axis."""
    arrays = [row_of(asarray_rows(flags, part)) for part in (x, values)]
    return np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)


# products -----------------------------------------------------------------------------------------------------


def outer_rows(flags: Flags, a: Any, b: Any) -> Any:
    """``np.outer``."""
    return _flat(a, flags[0]).reshape(_rows(a, flags[0]), -1, 1) * _flat(b, flags[1]).reshape(_rows(b, flags[1]), 1, -1)


def vdot_rows(flags: Flags, a: Any, b: Any) -> Any:
    """``np.vdot``."""
    return np.sum(_flat(a, flags[0]) * _flat(b, flags[1]), axis=1)


def inner_rows(flags: Flags, a: Any, b: Any) -> Any:
    """``np.inner`` of vectors."""
    if any([np.ndim(x) - flag != 1 for x, flag in zip((a, b), flags, strict=True)]):
        raise DeclinedError("an inner product of matrices")
    return np.sum(a * b, axis=-1)


def _rows(x: Any, flag: bool) -> int:
    return int(np.shape(x)[0]) if flag else 1


def _flat(x: Any, flag: bool) -> Any:
    return np.reshape(x, (_rows(x, flag), -1))


def einsum_rows(flags: Flags, subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """``np.einsum``: the axis of directions gets a letter of its own."""
    return np.einsum(with_letter(subscripts, flags[1:]), *operands, optimize=optimize)


def with_letter(subscripts: str, flags: Flags) -> str:
    """`subscripts` with one more letter in front of the operands that are flagged, and of the result."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    if not arrow:
        letters = sorted({*inputs} - {*",."})
        output = "".join([letter for letter in letters if inputs.count(letter) == 1])
        output = "..." + output if "..." in inputs else output
    new = next(letter for letter in "zyxwvutsrqponmlkjihgfedcba" if letter not in subscripts)
    parts = [new * flag + part for part, flag in zip(inputs.split(","), flags, strict=True)]
    return f"{','.join(parts)}->{new}{output}"


def pad_rows(flags: Flags, x: Any, width: Any) -> Any:
    """``np.pad`` with zeros."""
    pairs = [(int(before), int(after)) for before, after in np.broadcast_to(width, (np.ndim(x) - 1, 2))]
    return np.pad(x, [(0, 0), *pairs])


def broadcast_to_rows(flags: Flags, x: Any, shape: Any) -> Any:
    """``np.broadcast_to``."""
    shape = shape if isinstance(shape, (tuple, list)) else (shape,)
    missing = len(shape) - (np.ndim(x) - 1)
    return np.broadcast_to(x.reshape(len(x), *(1,) * missing, *np.shape(x)[1:]), (len(x), *shape))


def take_along_axis_rows(flags: Flags, x: Any, indices: Any, axis: Any) -> Any:
    """``np.take_along_axis`` at places that are the same for all."""
    if axis is None or flags[1]:
        raise DeclinedError("elements along all axes")
    return np.take_along_axis(x, np.expand_dims(indices, 0), axis_behind(axis, x))


def cross_rows(flags: Flags, a: Any, b: Any) -> Any:
    """``np.cross`` of vectors in the last axis."""
    return np.cross(fit(0, flags, a, b) if flags[0] else a, fit(1, flags, a, b) if flags[1] else b)


MINDING.update(
    {
        np.flip: along_axis(np.flip, None),
        np.roll: along_axis(np.roll, None, 2),
        np.repeat: along_axis(np.repeat, None, 2),
        np.take: along_axis(np.take, None, 2),
        np.swapaxes: between_axes(np.swapaxes),
        np.moveaxis: between_axes(np.moveaxis),
        np.trace: of_diagonals(np.trace),
        np.ndarray.trace: of_diagonals(np.trace),
        np.diagonal: of_diagonals(np.diagonal),
        np.ndarray.diagonal: of_diagonals(np.diagonal),
        np.triu: of_last_axes(np.triu),
        np.tril: of_last_axes(np.tril),
        np.diag: diag_rows,
        np.squeeze: squeeze_rows,
        np.ndarray.squeeze: squeeze_rows,
        np.expand_dims: expand_dims_rows,
        np.concatenate: joined(np.concatenate),
        np.stack: joined(np.stack),
        np.hstack: hstack_rows,
        np.vstack: vstack_rows,
        np.column_stack: column_stack_rows,
        np.array: array_rows,
        np.asarray: asarray_rows,
        np.append: append_rows,
        np.outer: outer_rows,
        np.vdot: vdot_rows,
        np.inner: inner_rows,
        np.einsum: einsum_rows,
        np.pad: pad_rows,
        np.broadcast_to: broadcast_to_rows,
        np.cross: cross_rows,
        np.take_along_axis: take_along_axis_rows,
    }
)
OF_CONTAINERS.update((np.concatenate, np.stack, np.hstack, np.vstack, np.column_stack, np.array, np.asarray, np.append))
