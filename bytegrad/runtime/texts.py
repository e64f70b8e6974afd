"""Texts and bytes by what they say: what was read as a number may be what another number was written as.

A text leaves what is differentiated in many ways: as a key, as a file's name or content, through a pipe, a logger, the
environment.  No way leads back through these.  But the text that comes in says what the text that went out said.  So
the reversal notes which texts it found read as numbers; a number that was written as one of them has a cotangent that
is not known.  Nothing is asked of the primal for this.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_NUMERAL = re.compile(r"\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?")
_DIGITS = re.compile(r"\d")
_TELLING = 4
"""How many digits make a numeral one that does not stand in two texts by chance."""
_WORD = 8
"""How many bytes make a number's memory."""


class Texts:
    """The texts of one differentiation that were read as numbers which have cotangents."""

    __slots__ = ("_numerals", "_packed", "_whole")

    def __init__(self) -> None:
        self._whole: set[str] = set()
        self._numerals: set[str] = set()
        self._packed: set[bytes] = set()

    def clear(self) -> None:
        """Forget what an earlier reversal has found."""
        self._whole.clear()
        self._numerals.clear()
        self._packed.clear()

    def note(self, text: str | bytes) -> None:
        """`text` was read as numbers, or something was that was made of it."""
        if isinstance(text, bytes):
            self._packed.add(text)
            text = text.decode("latin-1")
        self._whole.add(text.strip())
        self._numerals |= numerals(text)

    def hold(self, text: Any) -> bool:
        """Whether a text that was read says what `text` does."""
        if not self._whole or not isinstance(text, (str, bytes)):
            return False
        if isinstance(text, bytes):
            if len(text) >= _WORD and any([text in read or (read and read in text) for read in self._packed]):
                return True
            text = text.decode("latin-1")
        return text.strip() in self._whole or not self._numerals.isdisjoint(numerals(text))

    def note_numbers(self, numbers: Any) -> None:
        """The elements of an array were read from where texts are."""
        self._numerals |= numerals(_written(numbers))
        self._whole.update(_written(numbers).split())

    def hold_numbers(self, numbers: Any) -> bool:
        """Whether elements of an array, written as text, say what was read."""
        return bool(self._whole) and not self._numerals.isdisjoint(numerals(_written(numbers)))


def _written(numbers: Any) -> str:
    """The elements of an array as Python writes numbers."""
    return " ".join(map(repr, np.asarray(numbers).ravel().tolist()))


def numerals(text: str) -> set[str]:
    """The numerals in `text` that are long enough to tell where they come from, without a sign."""
    return {found for found in _NUMERAL.findall(text) if len(_DIGITS.findall(found.lstrip("0."))) >= _TELLING}
