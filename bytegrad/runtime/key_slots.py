"""The slots of keys, which may be numbers with cotangents of their own."""

from __future__ import annotations

from typing import Any


class KeySlot:
    """The slot of a dict's key, which may be a number with a cotangent of its own, next to that of its value."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __hash__(self) -> int:
        return ~hash(self.key)

    def __eq__(self, other: object) -> bool:
        return type(other) is KeySlot and (self.key is other.key or bool(self.key == other.key))

    def __repr__(self) -> str:
        return f"KeySlot({self.key!r})"
