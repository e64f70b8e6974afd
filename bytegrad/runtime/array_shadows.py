"""Shadows: the identities of active arrays, to which sweeps attach cotangents, and the parts that belong to views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_memory import address
from bytegrad.runtime.fitting import cotangent_dtype, fitted, holds_twice, wider
from bytegrad.runtime.tangent import ZERO, Poison

if TYPE_CHECKING:
    from bytegrad.runtime.arrays import Arrays

ndarray = np.ndarray


class ArrayShadow:
    """The identity of one active array that owns its memory.

    `dtype` and `shape` are those of its cotangent; `captured` says that a record needs the array's content, so that
    what is overwritten has to be saved.  `hold` is the array itself, or tells when it is gone.
    """

    overlaps = False
    __slots__ = ("captured", "dtype", "hold", "large", "layout", "shape")

    def __init__(self, array: Any, dtype: Any) -> None:
        self.dtype = dtype
        self.shape = array.shape
        self.captured = self.large = False
        self.hold = array
        self.layout: Layout | None = None

    def laid_out(self) -> Layout:
        """Where the elements of the array are in its memory."""
        layout = self.layout
        if layout is None:
            layout = self.layout = Layout(self.hold, self.dtype)
        return layout

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """Add `bar` to the cotangent.  If it is `fresh`, nobody else has it, and it may become the cotangent."""
        arrays = ctx.arrays
        if type(bar) is not ndarray or bar.dtype is not self.dtype or bar.shape != self.shape:
            if isinstance(bar, Poison):
                arrays.poisons[self] = bar
                return ZERO
            bar, fresh = fitted(bar, self.shape, wider(bar, self.dtype)), False
        total = arrays.owned.get(self)
        if total is not None:
            gather(total, bar)
            return ZERO
        lent = arrays.lent
        if self in lent:
            self._become_owned(arrays, lent.pop(self), bar)
        elif fresh and self.large and bar.strides == self.laid_out().strides:
            arrays.owned[self] = bar
        else:
            lent[self] = bar
        return ZERO

    def _become_owned(self, arrays: Arrays, first: Any, second: Any) -> None:
        if self.dtype.kind == "V":
            total = arrays.lent[self] = first.copy()
            gather(total, second)
        elif self.large and first.dtype == second.dtype == self.dtype:
            arrays.owned[self] = total = self.laid_out().new(self.shape, self.dtype)
            np.add(first, second, total)
        else:
            total = first + second
            arrays.lent[self] = total if type(total) is ndarray else np.asarray(total)

    def total(self, arrays: Arrays) -> Any:
        """The cotangent, as an array of the sweep's own that may be written; zeros if there is none yet."""
        total = arrays.owned.get(self)
        if total is None:
            layout, lent = self.laid_out(), arrays.lent.pop(self, None)
            if lent is None:
                total = layout.new(self.shape, self.dtype, np.zeros)
            else:
                total = layout.new(self.shape, self.dtype)
                total[...] = lent
            arrays.owned[self] = total
        return total

    def present(self, arrays: Arrays) -> bool:
        """Whether there is a cotangent at all."""
        return self in arrays.owned or self in arrays.lent or self in arrays.poisons

    def take(self, ctx: Any, y_bar: Any = None) -> Any:
        """The cotangent, leaving it absent; None if it is."""
        arrays = ctx.arrays
        bar = arrays.owned.pop(self, None)
        if bar is None:
            bar = arrays.lent.pop(self, None)
        if arrays.poisons:
            return arrays.poisons.get(self, bar)
        return bar

    def poison(self, arrays: Arrays) -> Poison | None:
        """What makes the cotangent unknown, if anything does; the cotangent stays."""
        return arrays.poisons.get(self)

    def window(self, arrays: Arrays) -> Any:
        """The cotangent for reading and writing in place."""
        return self.total(arrays)


class Reshaped(ArrayShadow):
    """The same array after ``array.shape = ...``; `inner` is what it was before."""

    __slots__ = ("inner",)

    def __init__(self, inner: ArrayShadow, array: Any) -> None:
        super().__init__(array, inner.dtype)
        self.inner = inner
        self.captured = inner.captured
        self.hold, self.layout = inner.hold, Layout(array, inner.dtype)

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """Add `bar` to the cotangent."""
        if isinstance(bar, Poison):
            return self.inner.absorb(ctx, bar)
        bar = fitted(bar, self.shape, self.dtype)
        return self.inner.absorb(ctx, bar.reshape(self.inner.shape))

    def total(self, arrays: Arrays) -> Any:
        """The cotangent, as a view of the whole that may be written."""
        return self.inner.total(arrays).reshape(self.shape)

    def present(self, arrays: Arrays) -> bool:
        """Whether there is a cotangent at all."""
        return self.inner.present(arrays)

    def take(self, ctx: Any, y_bar: Any = None) -> Any:
        """The cotangent, leaving it absent; None if it is."""
        bar = self.inner.take(ctx)
        return bar.reshape(self.shape) if isinstance(bar, ndarray) else bar

    def poison(self, arrays: Arrays) -> Poison | None:
        """What makes the cotangent unknown, if anything does."""
        return self.inner.poison(arrays)


def gather(total: Any, bar: Any) -> None:
    """Add `bar` to `total` in place, field by field in records; fields without cotangents are left."""
    if total.dtype.kind != "V":
        total += bar
        return
    for name in total.dtype.names or ():
        gather(total[name], bar[name])


def gather_at(total: Any, key: Any, bar: Any) -> None:
    """As `gather` into ``total[key]``, where `key` may name elements repeatedly."""
    if total.dtype.kind != "V":
        np.add.at(total, key, bar)
        return
    for name in total.dtype.names or ():
        gather_at(total[name], key, bar[name])


class Layout:
    """How the elements of an array lie in the memory that it owns; `strides` are those of its cotangent.

    `start` is the address of the first element, once it has been asked for.
    """

    __slots__ = ("c_order", "itemsize", "nbytes", "start", "strides")

    def __init__(self, array: Any, dtype: Any) -> None:
        self.nbytes = array.nbytes
        self.start = 0
        self.itemsize = itemsize = array.itemsize
        self.c_order = array.flags.c_contiguous
        self.strides = array.strides
        if dtype.itemsize != itemsize:
            self.strides = tuple([stride // itemsize * dtype.itemsize for stride in array.strides])

    def new(self, shape: tuple[int, ...], dtype: Any, make: Any = np.empty) -> Any:
        """An array of `shape`, laid out like this, of zeros or uninitialised."""
        if self.c_order:
            return make(shape, dtype)
        steps = [(n - 1) * stride for n, stride in zip(shape, self.strides, strict=True)]
        size = 0 if 0 in shape else sum(steps) // dtype.itemsize + 1
        return ndarray(shape, dtype, make(size, dtype), 0, self.strides)


class Region:
    """The part of a shadow that belongs to a view of the array.

    `whole` says that it is all of it, `plain` that it is all of it in its order, `turned` that it is its transpose.
    """

    __slots__ = ("dtype", "offset", "overlaps", "plain", "shadow", "shape", "strides", "turned", "whole")

    def __init__(self, shadow: ArrayShadow, root: Any, view: Any) -> None:
        layout = shadow.layout or shadow.laid_out()
        if not layout.start:
            layout.start = address(root)
        self.shadow = shadow
        self.shape = view.shape
        strides = view.strides
        self.offset = address(view) - layout.start if view.size else 0
        if view.dtype is root.dtype and shadow.dtype.itemsize == layout.itemsize:
            self.dtype = shadow.dtype
        else:
            scale = shadow.dtype.itemsize // layout.itemsize
            strides, self.offset = tuple([stride * scale for stride in strides]), self.offset * scale
            self.dtype = cotangent_dtype(view.dtype)
        self.strides = strides
        self.whole = view.nbytes == layout.nbytes
        self.overlaps = holds_twice(view)
        self.plain = self.turned = False
        if self.whole and self.dtype is shadow.dtype and layout.c_order and self.offset == 0:
            self.plain = view.flags.c_contiguous
            self.turned = (
                len(strides) == _MATRIX and strides == layout.strides[::-1] and view.shape == shadow.shape[::-1]
            )

    def window(self, arrays: Arrays) -> Any:
        """This part of the cotangent for reading and writing in place."""
        shadow = self.shadow
        total = arrays.owned.get(shadow)
        if total is None or type(shadow) is not ArrayShadow:
            total = shadow.total(arrays)
        if not shadow.laid_out().c_order:
            total = total.ravel("K")
        return ndarray(self.shape, self.dtype, total, self.offset, self.strides)

    def present(self, arrays: Arrays) -> bool:
        """Whether there is a cotangent of the whole at all."""
        return self.shadow.present(arrays)

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """Add `bar` to this part of the cotangent."""
        arrays, shadow = ctx.arrays, self.shadow
        if type(bar) is not ndarray or bar.dtype is not self.dtype or bar.shape != self.shape:
            if isinstance(bar, Poison):
                arrays.poisons[shadow] = bar
                return ZERO
            bar, fresh = fitted(bar, self.shape, self.dtype), False
        if self.plain:
            return shadow.absorb(ctx, bar if bar.shape == shadow.shape else bar.reshape(shadow.shape), fresh)
        if self.turned:
            return shadow.absorb(ctx, bar.T)
        if self.overlaps:
            self._absorb_overlapping(arrays, bar)
        elif self.whole and not (shadow in arrays.owned or shadow in arrays.lent):
            arrays.owned[shadow] = shadow.laid_out().new(shadow.shape, shadow.dtype)
            self.window(arrays)[...] = bar
        else:
            gather(self.window(arrays), bar)
        return ZERO

    def _absorb_overlapping(self, arrays: Arrays, bar: Any) -> None:
        """Elements that appear several times in the view get the sum."""
        repeated = tuple([axis for axis, stride in enumerate(self.strides) if stride == 0])
        window = self.window(arrays)
        if repeated:
            bar = np.add.reduce(bar, axis=repeated)
            window = window[(*[0 if stride == 0 else slice(None) for stride in self.strides], ...)]
        if holds_twice(window):
            np.add.at(self._flat(arrays), self._places(window.shape, window.strides), bar)
        else:
            gather(window, bar)

    def _take_overlapping(self, arrays: Arrays, window: Any) -> Any:
        """What elements that are one in memory have gathered is given to the first of them."""
        flat, places = self._flat(arrays), self._places(self.shape, self.strides)
        bar = np.zeros(self.shape, self.dtype)
        _, first = np.unique(places, return_index=True)
        bar.reshape(-1)[first] = flat[places.reshape(-1)[first]]
        window[...] = 0
        return bar

    def _flat(self, arrays: Arrays) -> Any:
        """The memory of the whole cotangent as elements of this part's dtype."""
        total = self.shadow.total(arrays).ravel("K")
        step = self.dtype.itemsize
        if any(number % step for number in (total.nbytes, self.offset, *self.strides)):
            raise UnsupportedError(
                f"overlapping views of {self.dtype} in records of {self.shadow.dtype.itemsize} bytes",
                fixes="copy the field before it is looked at through windows",
            )
        return total if total.dtype == self.dtype else total.view(self.dtype)

    def _places(self, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
        """Where each element of a window lies in the memory, counted in elements."""
        places = np.full(shape, self.offset, np.intp)
        for axis, (n, stride) in enumerate(zip(shape, strides, strict=True)):
            places += (np.arange(n) * stride).reshape((n,) + (1,) * (len(shape) - axis - 1))
        return places // self.dtype.itemsize

    def take(self, ctx: Any, y_bar: Any = None) -> Any:
        """This part of the cotangent, leaving it zero; None if there is none."""
        arrays = ctx.arrays
        if not self.present(arrays):
            return None
        poison = self.poison(arrays)
        if poison is not None:
            return poison
        window = self.window(arrays)
        if self.overlaps:
            return self._take_overlapping(arrays, window)
        if self.whole:
            arrays.owned.pop(self.shadow)
            return window
        bar = window.copy()
        window[...] = 0
        return bar

    def poison(self, arrays: Arrays) -> Poison | None:
        """What makes the cotangent of the whole unknown, if anything does; the cotangent stays."""
        return self.shadow.poison(arrays)


_MATRIX = 2


class Numberless:
    """A field of records that has no cotangent: truth values, texts, integers that are narrower than a cotangent.

    An integer that depends on a differentiated one is not put there silently (`array_items`).
    """

    overlaps = False
    __slots__ = ("dtype", "region", "shape")

    def __init__(self, region: Region) -> None:
        self.region = region
        self.shape, self.dtype = region.shape, np.dtype(float)

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """There is nothing to add to, but that it is unknown."""
        return self.region.absorb(ctx, bar) if isinstance(bar, Poison) else ZERO

    def take(self, ctx: Any, y_bar: Any = None) -> Any:
        """None, unless that is unknown."""
        return self.poison(ctx.arrays)

    def present(self, arrays: Arrays) -> bool:
        """Whether there is a cotangent of the whole at all."""
        return self.region.present(arrays)

    def poison(self, arrays: Arrays) -> Poison | None:
        """What makes the cotangent of the whole unknown, if anything does."""
        return self.region.poison(arrays)

    def window(self, arrays: Arrays) -> Any:
        """Zeros of nobody's."""
        return np.zeros(self.shape)


class Reinterpreted:
    """A view of active memory as numbers of another kind: loud if a cotangent of it is asked for."""

    overlaps = False
    __slots__ = ("region", "text")

    def __init__(self, region: Region, own: Any, other: Any) -> None:
        self.region = region
        self.text = f"the bits of an active array of {own} were read or written as {other}"

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """No cotangent can go through bits; one that is unknown anyway stays so."""
        if isinstance(bar, Poison):
            ctx.arrays.poisons[self.region.shadow] = bar
            return ZERO
        raise UnsupportedError(self.text, fixes="convert with astype, or use a view of the same dtype")

    def take(self, ctx: Any, y_bar: Any = None) -> Any:
        """No cotangent can come from bits."""
        if not self.present(ctx.arrays):
            return None
        return self.poison(ctx.arrays) or self.absorb(ctx, None)

    def present(self, arrays: Arrays) -> bool:
        """Whether there is a cotangent of the whole at all."""
        return self.region.present(arrays)

    def poison(self, arrays: Arrays) -> Poison | None:
        """What makes the cotangent of the whole unknown, if anything does."""
        return self.region.poison(arrays)

    def window(self, arrays: Arrays) -> Any:
        """There is none."""
        raise UnsupportedError(self.text, fixes="convert with astype, or use a view of the same dtype")
