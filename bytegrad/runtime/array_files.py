"""Memory that is a file: what is written into it can be read through another mapping of the file, or from the file.

No way leads from there to what was written.  So it is looked, when a sweep is over, whether a cotangent has come to
another mapping of a file into which something active was written, or to numbers like these that were read from files.
"""

from __future__ import annotations

import os
from mmap import mmap
from typing import Any

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_memory import address

File = tuple[Any, ...]


def file_of(array: Any, lender: Any) -> File | None:
    """What identifies the file that the memory of `array` is, which `lender` lends; None if it is none."""
    if not isinstance(lender, mmap):
        return None
    return _mapped_at(address(array)) or _named(getattr(array, "filename", None))


def _mapped_at(place: int) -> File | None:
    """The device and the number of the file that is mapped at an address, where the system tells."""
    try:
        with open("/proc/self/maps") as lines:
            for line in lines:
                span, _, _, device, number, *_ = line.split()
                first, last = [int(end, 16) for end in span.split("-")]
                if first <= place < last:
                    return (device, number) if number != "0" else None
    except OSError:
        pass
    return None


def _named(filename: Any) -> File | None:
    try:
        found = os.stat(filename)
    except (OSError, TypeError):
        return None
    return (found.st_dev, found.st_ino)


class Mappings:
    """The mappings of one file that have been met: the owners of their memory."""

    __slots__ = ("others", "roots", "written")

    def __init__(self) -> None:
        self.roots: list[Any] = []
        self.written: list[Any] = []
        """Those into which something was written."""
        self.others: list[Any] = []
        """Those that are active because of that."""

    def note_written(self, arrays: Any, key: int) -> None:
        """Something is written into the memory whose owner has the id `key`."""
        if not any([id(root) == key for root in (*self.written, *self.others)]):
            self.written += [root for root in self.roots if id(root) == key]
            self.activate_others(arrays)

    def activate_others(self, arrays: Any) -> None:
        """What is read through the other mappings may depend on what was written."""
        if self.written:
            for root in self.roots:
                if not any([root is known for known in (*self.written, *self.others)]):
                    self.others.append(root)
                    arrays.activate(root)

    def refuse(self, ctx: Any) -> None:
        """Raise UnsupportedError if a cotangent has come to another mapping, or to what was read from the file."""
        arrays = ctx.arrays
        if any([(part := arrays.part(root)) is not None and part.present(arrays) for root in self.others]):
            raise _refusal("mapped into memory twice")
        if "texts" in ctx.uses and any([_is_read(ctx.texts, root) for root in self.written]):
            raise _refusal("mapped into memory and read in another way")


def _is_read(texts: Any, root: Any) -> bool:
    return bool(texts.hold_numbers(root) or texts.hold(root.tobytes()))


def _refusal(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"cannot differentiate through a file that is {what}", fixes="use one array for what is written and read"
    )
