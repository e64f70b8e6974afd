"""One line of a dump, cut into tokens and read from left to right."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from bytegrad.ir.constants import MARKERS, NAME_PATTERN, resolve, resolve_type

T = TypeVar("T")

_REAL = r"(?:\d+(?:\.\d*)?(?:e[-+]?\d+)?|inf|nan)"
_TOKEN = re.compile(
    rf"""
      (?P<space>   \s+ | \#.* )
    | (?P<value>   %\d+ )
    | (?P<name>    @(?:code:|object:)?{NAME_PATTERN} )
    | (?P<string>  b?"(?:[^"\\]|\\.)*" | b?'(?:[^'\\]|\\.)*' )
    | (?P<complex> \([-+]?{_REAL}[-+]{_REAL}j\) | [-+]?{_REAL}j\b )
    | (?P<number>  -?0x[0-9a-f]+\b | [-+]?{_REAL}(?![\w.]) )
    | (?P<word>    [^\W\d](?:[\w.$]|<[^<>]*>)* )
    | (?P<mark>    -> | [()\[\]{{}},:=?] )
    """,
    re.VERBOSE,
)
_WORDS = {"True": True, "False": False, "None": None, "Ellipsis": Ellipsis, **MARKERS}


class ParseError(ValueError):
    """A text is not in the format of `dump`: says in which `line`, what was `expected` and what was there."""

    def __init__(self, line: int, expected: str, found: str) -> None:
        """In line number `line`, `found` was there where `expected` was to be."""
        self.line = line
        self.expected = expected
        super().__init__(f"line {line}: expected {expected}, found {found}")


class LineReader:
    """The tokens of line `number`.  ``at_*`` look at the next token, ``take_*`` go past it or raise ParseError."""

    def __init__(self, number: int, text: str) -> None:
        """Raises: ParseError if `text` cannot be cut into tokens."""
        self.number = number
        self.text = text
        self._tokens = self._cut()
        self._next = 0

    def _cut(self) -> list[tuple[str, str]]:
        tokens = []
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise ParseError(self.number, "a token of the format", repr(self.text[position:]))
            if match.lastgroup != "space":
                tokens.append((str(match.lastgroup), match[0]))
            position = match.end()
        return tokens

    # Looking ----------------------------------------------------------------------------------------------------

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "the end of the line")

    def at(self, text: str) -> bool:
        """Whether the next token is `text`."""
        return self._peek()[1] == text and not self.at_end()

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._next >= len(self._tokens)

    def at_value(self) -> bool:
        """Whether the next token is a value such as ``%3``."""
        return self._peek()[0] == "value"

    def first(self) -> str:
        """The first token of the line."""
        return self._tokens[0][1] if self._tokens else ""

    def starts_block(self) -> bool:
        """Whether the line is a block's first, such as ``b0(%0):``."""
        return bool(self._tokens) and self._tokens[-1][1] == ":" and re.fullmatch(r"b\d+", self.first()) is not None

    # Taking -----------------------------------------------------------------------------------------------------

    def fail(self, expected: str) -> NoReturn:
        """Raise a ParseError that says that `expected` is not what comes next."""
        kind, text = self._peek()
        raise ParseError(self.number, expected, text if kind == "end" else repr(text))

    def take(self, text: str) -> None:
        """Go past the token `text`."""
        if not self.at(text):
            self.fail(repr(text))
        self._next += 1

    def take_end(self) -> None:
        """Make sure that nothing is left."""
        if not self.at_end():
            self.fail("the end of the line")

    def _take_kind(self, kind: str, pattern: str, expected: str) -> str:
        found, text = self._peek()
        if found != kind or re.fullmatch(pattern, text) is None:
            self.fail(expected)
        self._next += 1
        return text

    def take_value(self) -> str:
        """``%3``."""
        return self._take_kind("value", ".*", "a value such as %0")

    def take_block(self) -> str:
        """``b3``."""
        return self._take_kind("word", r"b\d+", "a block such as b0")

    def take_op(self) -> str:
        """The name of an operation."""
        return self._take_kind("word", r"\w+", "the name of an operation")

    def take_type(self) -> type:
        """The type after ``%3:``."""
        return resolve_type(self._take_kind("word", ".*", "a type"))

    def take_sequence(self, item: Callable[[], T], end: str = "") -> list[T]:
        """One or more items between commas; none, and a comma after the last, where the mark `end` follows."""
        items: list[T] = []
        while not (end and self.at(end)):
            items.append(item())
            if not self.at(","):
                break
            self.take(",")
        return items

    def take_listed(self, item: Callable[[], T]) -> list[T]:
        """Items in parentheses; none without parentheses."""
        if not self.at("("):
            return []
        self.take("(")
        items = self.take_sequence(item, end=")")
        self.take(")")
        return items

    # Constants --------------------------------------------------------------------------------------------------

    def take_literal(self, expected: str = "a constant") -> Any:
        """A constant, as `literal` writes it."""
        kind, text = self._peek()
        read = _LITERALS.get(kind)
        if read is not None:
            try:
                value = read(text)
            except (SyntaxError, ValueError) as error:
                raise ParseError(self.number, expected, repr(text)) from error
            self._next += 1
            return value
        if text in _WORDS:
            self._next += 1
            return _WORDS[text]
        nested = _NESTED.get(text)
        if nested is None or kind == "end":
            self.fail(expected)
        return nested(self)

    def _take_tuple(self) -> tuple[Any, ...]:
        self.take("(")
        items = self.take_sequence(self.take_literal, end=")")
        self.take(")")
        return tuple(items)

    def _take_frozenset(self) -> frozenset[Any]:
        self.take("frozenset")
        self.take("(")
        items = []
        if self.at("{"):
            self.take("{")
            items = self.take_sequence(self.take_literal, end="}")
            self.take("}")
        self.take(")")
        return frozenset(items)

    def _take_slice(self) -> slice:
        self.take("slice")
        parts = self._take_tuple()
        if len(parts) != len(("start", "stop", "step")):
            self.fail("slice(start, stop, step)")
        return slice(*parts)


def _read_number(text: str) -> int | float:
    if "x" in text:
        return int(text, 16)
    return int(text) if text.lstrip("+-").isdigit() else float(text)


_LITERALS: dict[str, Callable[[str], Any]] = {
    "string": ast.literal_eval,
    "complex": complex,
    "number": _read_number,
    "name": resolve,
}
_NESTED: dict[str, Callable[[LineReader], Any]] = {
    "(": LineReader._take_tuple,
    "frozenset": LineReader._take_frozenset,
    "slice": LineReader._take_slice,
}
