"""Polyfills of `reversed` for OrderedDicts, and of `next` with a default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def reversed_view(view: Any, length: int) -> Iterator[Any]:
    """The items of a dict or a view of one, from the last.

    They are taken together when the first is asked for; a value replaced later is not seen.
    """
    index = length
    items: list[Any] = []
    while True:
        if len(view) != length:
            raise RuntimeError("dictionary changed size during iteration")
        if index == length:
            items = [item for item in view]
        index -= 1
        if index < 0:
            return
        yield items[index]


def next_default(iterator: Any, default: Any) -> Any:
    """`next(iterator, default)`; of one argument it is an operation of the IR."""
    try:
        return next(iterator)
    except StopIteration:
        return default
