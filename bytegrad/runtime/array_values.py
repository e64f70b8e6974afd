"""Arrays as arguments and results of a differentiated call: seeds in, gradients out."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.runtime.array_fields import as_array, has_fields
from bytegrad.runtime.array_memory import aliased
from bytegrad.runtime.fitting import cotangent_dtype
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray


def face_of(value: Any) -> Any:
    """`value` itself, or of a record the array that shows its memory."""
    return as_array(value) if issubclass(type(value), np.void) and has_fields(value) else value


class ArrayValues:
    """What the context asks about arrays."""

    def is_array(self, value: Any) -> bool:
        """Whether cotangents of `value` are kept by identity of its memory."""
        return issubclass(type(value), ndarray) or (issubclass(type(value), np.void) and has_fields(value))

    def held(self, value: Any) -> list[Any]:
        """What is in an array, one after the other."""
        return list(np.ravel(value).tolist())

    def mark(self, ctx: Any, array: Any) -> None:
        """Make a differentiated argument active."""
        ctx.arrays.activate(face_of(array))

    def apart(self, ctx: Any, array: Any, others: list[Any]) -> Any:
        """`array`, or another face of it if its memory is among `others`; then it must not be written."""
        root = ctx.arrays.root(face_of(array))
        same = [
            other for other in map(face_of, others) if isinstance(other, ndarray) and ctx.arrays.root(other) is root
        ]
        if not same:
            return array
        other_face = aliased(face_of(array))
        for face in (same[0], other_face):
            ctx.arrays.activate(face)
            ctx.arrays.twice.add(id(ctx.arrays.root(face)))
        return other_face

    def absorb(self, ctx: Any, primal: Any, bar: Any) -> Any:
        """Add the cotangent `bar` of the array `primal`, if it is active."""
        part = ctx.arrays.part(face_of(primal))
        if part is None:
            return ZERO
        return part.absorb(ctx, bar)

    def gather(self, ctx: Any, primal: Any, bar: Any) -> Any:
        """The cotangent of the array `primal`, leaving it absent; None if it is."""
        if isinstance(bar, Poison):
            return bar
        part = ctx.arrays.part(face_of(primal))
        return None if part is None else part.take(ctx)

    def collect(self, ctx: Any, array: Any, bar: Any) -> Any:
        """The gradient of a differentiated argument, an array of the caller's own; None if nothing flows."""
        if isinstance(bar, Poison):
            raise bar.error
        arrays = ctx.arrays
        part = arrays.part(face_of(array))
        if part is None or not part.present(arrays):
            return None
        if arrays.poisons:
            poison = part.take(ctx)
            if isinstance(poison, Poison):
                raise poison.error
            return poison
        gradient = part.window(arrays)
        return gradient if gradient.base is None else gradient.copy()

    def one(self, y: Any) -> Any:
        """The seed of a scalar result that is an array."""
        return np.ones((), cotangent_dtype(y.dtype))

    def misfit(self, y: Any, seed: Any) -> str:
        """What the array `y` is that `seed` does not fit; nothing if it does."""
        if np.shape(seed) != y.shape:
            return f"is an array of shape {y.shape}"
        kind = np.asarray(seed).dtype.kind
        if kind not in "iufcbO":
            return "holds numbers"
        return "is real" if kind == "c" and y.dtype.kind in "fiu" and np.any(np.imag(seed)) else ""


ARRAYS = ArrayValues()
