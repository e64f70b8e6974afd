"""Types whose objects answer questions without calling anything of the user's that would have to be reversed."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

import numpy as np

_NUMBERS = {bool, int, float, complex, np.bool_, np.float64, np.int64, type(None)}
_TEXTS = {str, bytes}
_CONTAINERS = {list, tuple, dict, set, frozenset, range, deque, np.ndarray}
_OF_C = (_NUMBERS | _TEXTS | _CONTAINERS | {type, slice, type(...)}) - {tuple}


class Quiet(set[type]):
    """Exact types that answer without asking anybody: builtin ones, and what is found of the user's classes.

    What is found holds for one differentiation, and until a class is changed.
    """

    __hash__ = object.__hash__  # type: ignore[assignment]  # it is a constant of code
    learned: ClassVar[list[tuple[Quiet, type]]] = []

    def learn(self, kind: type) -> None:
        """Note that `kind` is quiet as well."""
        self.add(kind)
        self.learned.append((self, kind))


QUIET = {
    "truth": Quiet(_NUMBERS | _TEXTS | _CONTAINERS),
    "contains": Quiet(_TEXTS | _CONTAINERS),
    "item": Quiet(_NUMBERS | _TEXTS),
    "any": Quiet(_OF_C),
    "key": Quiet(_OF_C),
    "told": Quiet(_OF_C),
    "compare": Quiet(_NUMBERS | _TEXTS | {np.ndarray}),
    "decide": Quiet(_NUMBERS | _TEXTS | {np.ndarray}),
}
"""By what a value is asked for; comparisons are told apart by whether only the truth of the answer matters."""


def forget_quiet() -> None:
    """Drop what was found of the user's classes."""
    while Quiet.learned:
        quiet, kind = Quiet.learned.pop()
        quiet.discard(kind)
