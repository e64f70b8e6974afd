"""The intermediate representation: `dump` writes a function as text, `parse` reads it back."""

from bytegrad.ir.parse import parse
from bytegrad.ir.printer import dump

__all__ = ["dump", "parse"]
