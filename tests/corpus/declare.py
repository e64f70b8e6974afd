"""How an entry of the corpus is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """A function and arguments at which it is smooth; `fn(*args)` is a float."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    name: str

    def __str__(self) -> str:
        return self.name


def case(fn: Callable[..., Any], *args: Any, name: str = "") -> Case:
    """An entry called `name`, or as the function is."""
    return Case(fn, args, name or fn.__name__)
