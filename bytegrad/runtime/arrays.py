"""The memory model of arrays: cotangents by identity of the memory, and the undo log of what was overwritten.

Each active array that owns memory has one `ArrayShadow`; a view of it is a `Region` of that shadow, with the same
offset, strides and shape.  So reading or writing through views needs nothing of its own.  The cotangents themselves
are kept by the sweep (`Arrays.owned` and `Arrays.lent`), not by the shadows: a shadow is an identity.

An array without a shadow is inactive: it does not depend on a differentiated argument, and no cotangent of it is
computed.  Arrays become active as differentiated arguments, as results of rules with active operands, and when an
active value is stored into them.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.fitting import cotangent_dtype, fitted, holds_twice
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray
REMEMBERED = 8
"""Views whose regions are remembered, for loops over their elements."""
HELD_BYTES = 1024
"""An active array of up to this size lives as long as its context; of larger ones only the identity is kept."""


class _Death(weakref.ref):  # type: ignore[type-arg]
    """Tells the context when a large active array is gone, so that its id may be another's."""

    __slots__ = ("key", "shadows")

    key: int
    shadows: dict[int, Any]


def _forget(death: Any) -> None:
    death.shadows.pop(death.key, None)


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
            bar, fresh = fitted(bar, self.shape, self.dtype), False
        total = arrays.owned.get(self)
        if total is not None:
            total += bar
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
        if self.large:
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


class Layout:
    """How the elements of an array lie in the memory that it owns; `strides` are those of its cotangent."""

    __slots__ = ("c_order", "itemsize", "strides")

    def __init__(self, array: Any, dtype: Any) -> None:
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
    """The part of a shadow that belongs to a view of the array."""

    __slots__ = ("dtype", "offset", "overlaps", "shadow", "shape", "strides", "whole")

    def __init__(self, shadow: ArrayShadow, view: Any, offset: int) -> None:
        itemsize = shadow.laid_out().itemsize
        scale = shadow.dtype.itemsize // itemsize
        dtype = view.dtype
        self.shadow = shadow
        self.shape = view.shape
        self.strides = view.strides if scale == 1 else tuple([stride * scale for stride in view.strides])
        self.offset = offset * scale
        self.dtype = cotangent_dtype(dtype)
        self.whole = view.nbytes == itemsize * _count(shadow.shape)
        self.overlaps = holds_twice(view)

    def window(self, arrays: Arrays) -> Any:
        """This part of the cotangent for reading and writing in place."""
        total = self.shadow.total(arrays)
        if not self.shadow.laid_out().c_order:
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
            bar = fitted(bar, self.shape, self.dtype)
        if self.overlaps:
            self._absorb_overlapping(arrays, bar)
        elif self.whole and not (shadow in arrays.owned or shadow in arrays.lent):
            arrays.owned[shadow] = shadow.laid_out().new(shadow.shape, shadow.dtype)
            self.window(arrays)[...] = bar
        else:
            window = self.window(arrays)
            window += bar
        return ZERO

    def _absorb_overlapping(self, arrays: Arrays, bar: Any) -> None:
        """Elements that appear several times in the view get the sum."""
        repeated = tuple([axis for axis, stride in enumerate(self.strides) if stride == 0])
        window = self.window(arrays)
        if repeated:
            bar = np.add.reduce(bar, axis=repeated)
            window = window[(*[0 if stride == 0 else slice(None) for stride in self.strides], ...)]
        if holds_twice(window):
            flat = self.shadow.total(arrays).ravel("K")
            np.add.at(flat, self._places(window.shape, window.strides), bar)
        else:
            window += bar

    def _take_overlapping(self, arrays: Arrays, window: Any) -> Any:
        """What elements that are one in memory have gathered is given to the first of them."""
        flat = self.shadow.total(arrays).ravel("K")
        places = self._places(self.shape, self.strides)
        bar = np.zeros(self.shape, self.dtype)
        _, first = np.unique(places, return_index=True)
        bar.reshape(-1)[first] = flat[places.reshape(-1)[first]]
        window[...] = 0
        return bar

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
        if arrays.poisons and self.shadow in arrays.poisons:
            return arrays.poisons[self.shadow]
        window = self.window(arrays)
        if self.overlaps:
            return self._take_overlapping(arrays, window)
        if self.whole:
            arrays.owned.pop(self.shadow)
            return window
        bar = window.copy()
        window[...] = 0
        return bar


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count


class Arrays:
    """What one context knows of arrays.

    `shadows` are the active arrays by id of the owner of the memory; `captured` the inactive ones whose content a
    record needs.  The log has ``(array, key, old content)`` for each write into such memory; `position` is how
    many of its entries are in force.
    """

    __slots__ = (
        "_active",
        "_operands",
        "_regions",
        "captured",
        "foreign",
        "lent",
        "log",
        "owned",
        "poisons",
        "position",
        "replay",
        "shadows",
        "twice",
    )  # fmt: skip

    def __init__(self) -> None:
        self.shadows: dict[int, ArrayShadow] = {}
        self.captured: dict[int, Any] = {}
        self.foreign: dict[int, tuple[Any, Any]] = {}
        self.twice: set[int] = set()
        """Owners of memory that two differentiated arguments have in common."""
        self._operands: Any = None
        self._regions: dict[int, tuple[Any, Any]] = {}
        self._active: tuple[bool, ...] = ()
        self.log: list[tuple[Any, Any, Any]] = []
        self.position = 0
        self.owned: dict[ArrayShadow, Any] = {}
        self.lent: dict[ArrayShadow, Any] = {}
        self.poisons: dict[ArrayShadow, Poison] = {}
        self.replay: list[tuple[Any, Any, Any]] = []

    # operands of the call at hand --------------------------------------------------------------------------

    def note(self, operands: tuple[Any, ...], active: tuple[bool, ...]) -> None:
        """Note which of the positional `operands`, and of the keywords after them, may carry a cotangent."""
        self._operands, self._active = operands, active

    def noted(self, operands: tuple[Any, ...]) -> tuple[bool, ...] | None:
        """What was noted of exactly these operands."""
        return self._active if operands is self._operands else None

    # identity ----------------------------------------------------------------------------------------------

    def root(self, array: Any) -> Any:
        """The array that owns the memory of `array`."""
        base = array.base
        while base is not None:
            if type(base) is not ndarray and not isinstance(base, ndarray):
                return self._beyond(array, base)
            array, base = base, base.base
        return array

    def _beyond(self, array: Any, base: Any) -> Any:
        """The owner where the memory is lent by an object that is no array."""
        if type(base) is np.nditer:
            return self._operand_of(base, array)
        while True:
            inner = base.obj if type(base) is memoryview else getattr(base, "base", None)
            if inner is None or type(base) is Alias:
                break
            if isinstance(inner, ndarray):
                return self.root(inner)
            base = inner
        known = self.foreign.get(id(base))
        if known is None:
            known = self.foreign[id(base)] = (base, _first_array(array, base))
        return known[1]

    def _operand_of(self, iterator: Any, element: Any) -> Any:
        """The owner of the memory that `np.nditer` is looking at: one of its operands, unless it works on copies."""
        place = address(element)
        for operand in iterator.operands:
            root = self.root(operand)
            start = address(root)
            if start <= place < start + max(root.nbytes, 1):
                return root
        if any(self.shadow(operand) is not None for operand in iterator.operands):
            raise UnsupportedError(
                "np.nditer iterates over copies of an array that depends on a differentiated argument",
                fixes="leave out the flags that make it buffer or cast, or loop over the array itself",
            )
        return element

    def shadow(self, array: Any) -> ArrayShadow | None:
        """The shadow of the memory of `array`; None if it is inactive."""
        return self.shadows.get(id(array if array.base is None else self.root(array)))

    def part(self, array: Any) -> Any:
        """The shadow or region that belongs to `array`; None if it is inactive."""
        if array.base is None:
            return self.shadows.get(id(array))
        root = self.root(array)
        shadow = self.shadows.get(id(root))
        return None if shadow is None else self._region(shadow, root, array)

    def _region(self, shadow: ArrayShadow, root: Any, view: Any) -> Any:
        if view is root:
            return shadow
        known = self._regions.get(id(view))
        if known is not None and known[0] is view:
            return known[1]
        region = self._new_region(shadow, root, view)
        if len(self._regions) >= REMEMBERED:
            self._regions.clear()
        self._regions[id(view)] = (view, region)
        return region

    def _new_region(self, shadow: ArrayShadow, root: Any, view: Any) -> Any:
        region = Region(shadow, view, address(view) - address(root) if view.size else 0)
        if not _readable(root.dtype, view.dtype) or region.dtype is None:
            return Reinterpreted(region, root.dtype, view.dtype)
        return region

    def activate(self, array: Any) -> Any:
        """Make the memory of `array` active; its shadow or region, or None if it can have no cotangent."""
        root = array if array.base is None else self.root(array)
        key = id(root)
        shadow = self.shadows.get(key)
        if shadow is None:
            dtype = cotangent_dtype(root.dtype)
            if dtype is None:
                return None
            shadow = self.add(root, dtype)
            if key in self.captured:
                shadow.captured, shadow.hold = True, root
        return shadow if root is array else self._region(shadow, root, array)

    def add(self, array: Any, dtype: Any) -> ArrayShadow:
        """Make an array active that owns its memory, with cotangents of `dtype`."""
        key = id(array)
        shadow = self.shadows[key] = ArrayShadow(array, dtype)
        if array.nbytes > HELD_BYTES:
            shadow.layout, shadow.large = Layout(array, dtype), True
            if array.base is None:
                death = shadow.hold = _Death(array, _forget)
                death.key, death.shadows = key, self.shadows
        return shadow

    def reshaped(self, array: Any, shape: Any) -> None:
        """Set the shape of `array` in place."""
        shadow = self.shadows.get(id(array))
        if shadow is not None and not shadow.laid_out().c_order:
            raise UnsupportedError(
                "the shape of an array in Fortran's order that depends on a differentiated argument is set in place",
                fixes="use reshape",
            )
        array.shape = shape
        self._regions.pop(id(array), None)
        if shadow is not None:
            self.shadows[id(array)] = Reshaped(shadow, array)

    # content -----------------------------------------------------------------------------------------------

    def capture(self, array: Any) -> None:
        """Note that a record needs the content of `array` as it is now."""
        root = array if array.base is None else self.root(array)
        key = id(root)
        shadow = self.shadows.get(key)
        if shadow is not None:
            shadow.captured = True
        elif key not in self.captured:
            self.captured[key] = root

    def is_captured(self, array: Any) -> bool:
        """Whether what is overwritten in `array` has to be saved."""
        key = id(array if array.base is None else self.root(array))
        shadow = self.shadows.get(key)
        if shadow is None:
            return key in self.captured
        if self.twice and key in self.twice:
            raise UnsupportedError(
                "an array that was passed as two differentiated arguments is written: they cannot be independent",
                fixes="pass a copy of it as one of the two",
            )
        return shadow.captured

    def save(self, array: Any, key: Any, old: Any) -> None:
        """Note that ``array[key]``, now something else, was `old`."""
        if array.flags.writeable:  # else nothing was written (numpy lets an array be copied onto itself)
            self.log.append((array.view(ndarray), key, old))
            self.position += 1

    # sweeps ------------------------------------------------------------------------------------------------

    def undo_to(self, mark: int) -> None:
        """Bring the content of memory back to what it was when the log had `mark` entries."""
        while self.position > mark:
            self.position -= 1
            array, key, old = self.log[self.position]
            self.replay.append((array, key, content(array, key)))
            array[key] = old

    def finish(self) -> None:
        """Leave memory as the primal left it, and no cotangents."""
        while self.replay:
            array, key, new = self.replay.pop()
            array[key] = new
        self.position = len(self.log)
        self.owned.clear()
        self.lent.clear()
        self.poisons.clear()


class Reinterpreted:
    """A view of active memory as numbers of another kind: loud if a cotangent of it is asked for."""

    overlaps = False
    __slots__ = ("region", "text")

    def __init__(self, region: Region, own: Any, other: Any) -> None:
        self.region = region
        self.text = f"the bits of an active array of {own} were read or written as {other}"

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """No cotangent can go through bits."""
        raise UnsupportedError(self.text, fixes="convert with astype, or use a view of the same dtype")

    def take(self, ctx: Any, y_bar: Any = None) -> Any:
        """No cotangent can come from bits."""
        return self.absorb(ctx, None) if self.present(ctx.arrays) else None

    def present(self, arrays: Arrays) -> bool:
        """Whether there is a cotangent of the whole at all."""
        return self.region.present(arrays)

    def window(self, arrays: Arrays) -> Any:
        """There is none."""
        raise UnsupportedError(self.text, fixes="convert with astype, or use a view of the same dtype")


class Alias:
    """Lends the memory of an array that is passed twice, so that each of the two has its own cotangent."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.__array_interface__ = array.__array_interface__


def aliased(array: Any) -> Any:
    """Another array with the memory of `array`, and a shadow of its own."""
    return np.asarray(Alias(array))


# memory -----------------------------------------------------------------------------------------------------


def content(array: Any, key: Any) -> Any:
    """A copy of ``array[key]``."""
    value = array[key]
    return value.copy() if isinstance(value, (ndarray, np.void)) else value


_WORD = ctypes.c_size_t
_DATA = object.__basicsize__
"""Where an array object keeps the address of its data."""


def _address_by_interface(array: Any) -> int:
    return array.__array_interface__["data"][0]


def address(array: Any) -> int:
    """The address of the first element of `array`; the array's own account of it takes six times as long."""
    return _WORD.from_address(id(array) + _DATA).value


if address(np.arange(4)[1:]) == 0 or any(address(a) != _address_by_interface(a) for a in (np.ones(3), np.ones(9)[2:])):
    address = _address_by_interface


def _first_array(array: Any, lender: Any) -> Any:
    """An array over all the memory of `lender`, of the dtype with which it was first met."""
    try:
        return np.frombuffer(lender, array.dtype)
    except (TypeError, ValueError, BufferError):
        return array


def _readable(own: Any, other: Any) -> bool:
    """Whether elements of a view of dtype `other` are elements, fields or parts of elements of dtype `own`."""
    if own is other or own == other:
        return True
    if own.kind == "V":
        return True
    return own.kind in "fc" and other.kind in "fc" and np.empty(0, own).real.dtype == np.empty(0, other).real.dtype
