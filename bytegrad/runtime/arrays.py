"""The memory model of arrays: cotangents by identity of the memory, and the undo log of what was overwritten.

Each active array that owns memory has one `ArrayShadow`; a view of it is a `Region` of that shadow, with the same
offset, strides and shape.  So reading or writing through views needs nothing of its own.  The cotangents themselves
are kept by the sweep (`Arrays.owned` and `Arrays.lent`), not by the shadows: a shadow is an identity.

An array without a shadow is inactive: it does not depend on a differentiated argument, and no cotangent of it is
computed.  Arrays become active as differentiated arguments, as results of rules with active operands, and when an
active value is stored into them.
"""

from __future__ import annotations

import weakref
from array import array as typed_array
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_files import File, Mappings, file_of
from bytegrad.runtime.array_memory import Alias, address, content, first_array, readable, seen_field
from bytegrad.runtime.array_shadows import ArrayShadow, Layout, Numberless, Region, Reinterpreted, Reshaped
from bytegrad.runtime.fitting import cotangent_dtype
from bytegrad.runtime.tangent import Poison
from bytegrad.runtime.where import user_frame

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


def two_faces() -> UnsupportedError:
    """What is said of a write into memory that an `array.array` has together with arrays of numpy."""
    return UnsupportedError(
        "cannot differentiate a write into memory that is both an array.array's and an array's of numpy",
        where=user_frame(),
        fixes="let numpy copy it (np.array), or let one of the two be the only one that is used",
    )


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
        "borrowed",
        "captured",
        "careful",
        "exposed",
        "files",
        "foreign",
        "lent",
        "log",
        "mapped",
        "once",
        "owned",
        "poisons",
        "position",
        "replay",
        "shadows",
        "stained",
        "twice",
        "views",
        "walked",
    )  # fmt: skip

    def __init__(self) -> None:
        self.shadows: dict[int, ArrayShadow] = {}
        self.captured: dict[int, Any] = {}
        self.views: list[Any] = []
        """Inactive views whose content a record needs."""
        self.foreign: dict[int, tuple[Any, Any]] = {}
        """By id, objects that are no arrays and lend their memory, and an array over it."""
        self.walked: dict[int, tuple[Any, tuple[Any, ...]]] = {}
        """By id, each `np.nditer` and its operands, which it does not tell any more when it is closed."""
        self.exposed: dict[int, Any] = {}
        """By address, owners of memory whose address the program has asked for."""
        self.stained: dict[int, Any] = {}
        """Those of whose memory it is not known what was written into it."""
        self.files: dict[File, Mappings] = {}
        self.mapped: dict[int, Mappings] = {}
        """By id of owners of memory that is a file's, the mappings of that file."""
        self.borrowed: set[int] = set()
        """Owners of memory that is also that of an `array.array`."""
        self.careful = True
        """Whether products of cotangents and derivatives are looked at: a zero cotangent stays 0 whatever that is."""
        self.once = False
        """Whether code of the user's runs in the sweep, which then is made only once."""
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
        """What was noted of exactly these operands: by identity, which all empty tuples share."""
        return self._active if operands is self._operands and operands else None

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
            owner = self.exposed_at(address(array))
            known = self.foreign[id(base)] = (base, first_array(array, base) if owner is None else owner)
            if isinstance(base, typed_array):
                self.borrowed.add(id(known[1]))
            self._note_file(file_of(array, base), known[1])
            if id(base) in self.stained:
                self.stain(base)
        return known[1]

    def _note_file(self, file: File | None, root: Any) -> None:
        """Note that the memory of `root` is a file's."""
        if file is not None:
            mappings = self.files.setdefault(file, Mappings())
            mappings.roots.append(root)
            self.mapped[id(root)] = mappings
            mappings.activate_others(self)

    def is_of_file(self, array: Any) -> bool:
        """Whether the memory of `array` is a file's."""
        return bool(self.mapped) and id(self.root(array)) in self.mapped

    def expose(self, array: Any) -> None:
        """The address of the memory of `array` is given away: another object may lend it to other arrays."""
        root = self.root(array)
        self.exposed[address(root)] = root

    def exposed_at(self, place: int) -> Any:
        """The owner of the memory at an address that was given away; None for any other."""
        for start, root in self.exposed.items():
            if start <= place < start + root.nbytes:
                return root
        return None

    def lent_by(self, lender: Any) -> Any:
        """The array over the memory of an object that is no array; None if it lends none."""
        known = self.foreign.get(id(lender))
        return None if known is None else known[1]

    def stain(self, lender: Any) -> None:
        """Something may have been written into the memory of `lender`: arrays over it are active."""
        self.stained[id(lender)] = lender
        root = self.lent_by(lender)
        dtype = None if root is None or id(root) in self.shadows else cotangent_dtype(root.dtype)
        if dtype is not None:
            self.add(root, dtype)

    def _operand_of(self, iterator: Any, element: Any) -> Any:
        """The owner of the memory that `np.nditer` is looking at: one of its operands, unless it works on copies."""
        place = address(element)
        known = self.walked.get(id(iterator))
        if known is None:
            known = self.walked[id(iterator)] = (iterator, iterator.operands)
        for operand in known[1]:
            root = self.root(operand)
            start = address(root)
            if start <= place < start + max(root.nbytes, 1):
                return root
        if any(self.shadow(operand) is not None for operand in known[1]):
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
        base = array.base
        if base is None:
            return self.shadows.get(id(array))
        root = base if type(base) is ndarray and base.base is None else self.root(array)
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
        region = Region(shadow, root, view)
        if view.dtype is root.dtype:
            return region
        seen = seen_field(view, root)
        if seen is not root.dtype and seen == view.dtype and getattr(region.dtype, "itemsize", None) != seen.itemsize:
            return Numberless(region)
        if region.dtype is None or not readable(seen, view.dtype):
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
        vars(np.ndarray)["shape"].__set__(array, shape)  # past the property of a subclass
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
        elif root is array:
            self.captured[key] = root
        else:
            self.captured.setdefault(key, array)
            self.views.append(array)

    def constants(self) -> list[Any]:
        """The inactive arrays, and views of such, whose content a record needs."""
        return [array for array in (*self.captured.values(), *self.views) if self.shadow(array) is None]

    def is_captured(self, array: Any) -> bool:
        """Whether what is overwritten in `array` has to be saved."""
        key = id(array if array.base is None else self.root(array))
        if self.borrowed and key in self.borrowed:
            raise two_faces()
        if self.mapped and key in self.mapped:
            self.mapped[key].note_written(self, key)
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
