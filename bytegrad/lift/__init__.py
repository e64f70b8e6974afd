"""Code object -> IR."""

from bytegrad.lift.function import lift

__all__ = ["lift"]
