"""Text -> function, the inverse of `dump`, so that tests of passes go from text to text."""

from __future__ import annotations

import re
from collections.abc import Callable

from bytegrad.ir.nodes import (
    Block,
    Branch,
    Const,
    Edge,
    Function,
    Instr,
    Jump,
    Operand,
    Raise,
    Return,
    Terminator,
    Value,
)
from bytegrad.ir.reader import LineReader, ParseError

__all__ = ["ParseError", "parse"]


def parse(text: str) -> Function:
    """The function that `text` describes.

    Indentation, blank lines and what follows a ``#`` do not matter.  The text is not verified: it may use a value
    that nothing defines, which is how the verifier is tested.
    Raises: ParseError for text that is not in the format of `dump`.

    >>> function = parse('''
    ...     def double(x):
    ...     b0(%0):
    ...       %1 = mul %0, 2.0
    ...       return %1
    ... ''')
    >>> function.blocks[0].instrs[0].args[1]
    Const(value=2.0)
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.partition("#")[0].strip()]
    if not lines:
        raise ParseError(1, "a function", "nothing")
    name, names = _header(*lines[0])
    return Function(name, _Parser().blocks([LineReader(*line) for line in lines[1:]]), names)


def _header(number: int, line: str) -> tuple[str, tuple[str, ...]]:
    match = re.fullmatch(r"\s*def (.+)\(([^()]*)\):\s*(?:#.*)?", line)
    if match is None:
        raise ParseError(number, "'def name(x, y):'", repr(line.strip()))
    return match[1], tuple(name.strip() for name in match[2].split(",") if name.strip())


class _Parser:
    """The values and blocks met so far, by the numbers they have in the text."""

    def __init__(self) -> None:
        self._values: dict[str, Value] = {}
        self._blocks: dict[str, Block] = {}
        self._first_use: dict[str, LineReader] = {}

    def blocks(self, lines: list[LineReader]) -> list[Block]:
        """The blocks that `lines` describe."""
        starts = [i for i, line in enumerate(lines) if line.starts_block()]
        if not starts or starts[0] != 0:
            number, found_text = (lines[0].number, repr(lines[0].text.strip())) if lines else (1, "no more lines")
            raise ParseError(number, "a block such as 'b0(%0):'", found_text)
        found: dict[str, Block] = {}
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            name = lines[start].take_block()
            if name in found:
                raise ParseError(lines[start].number, f"one block {name}", f"a second {name}")
            found[name] = self._block(name)
            self._fill(found[name], lines[start], lines[start + 1 : end])
        for name, line in self._first_use.items():
            if name not in found:
                raise ParseError(line.number, "a block that is there", name)
        return list(found.values())

    def _block(self, name: str) -> Block:
        return self._blocks.setdefault(name, Block(int(name[1:])))

    def _value(self, name: str) -> Value:
        return self._values.setdefault(name, Value(int(name[1:])))

    # Lines ------------------------------------------------------------------------------------------------------

    def _fill(self, block: Block, header: LineReader, lines: list[LineReader]) -> None:
        block.params = header.take_listed(lambda: self._definition(header))
        header.take(":")
        header.take_end()
        if lines and lines[-1].at("except"):
            block.handler = self._handler(lines.pop())
        if not lines:
            raise ParseError(header.number, "a terminator in the block", "no line")
        block.instrs = [self._instr(line) for line in lines[:-1]]
        block.terminator = self._terminator(lines[-1])

    def _handler(self, line: LineReader) -> Edge:
        line.take("except")
        line.take("->")
        edge = self._edge(line)
        line.take_end()
        return edge

    def _instr(self, line: LineReader) -> Instr:
        results: list[Value] = []
        if line.at_value():
            results = line.take_sequence(lambda: self._definition(line))
            line.take("=")
        op = line.take_op()
        args = [] if line.at("[") or line.at_end() else line.take_sequence(lambda: self._operand(line))
        static = None
        if line.at("["):
            line.take("[")
            static = line.take_literal()
            line.take("]")
        line.take_end()
        return Instr(op, tuple(args), tuple(results), static)

    def _terminator(self, line: LineReader) -> Terminator:
        read = _TERMINATORS.get(line.first())
        if read is None:
            raise ParseError(line.number, "a terminator ('jump', 'br', 'return' or 'raise')", repr(line.text.strip()))
        line.take(line.first())
        terminator = read(self, line)
        line.take_end()
        return terminator

    # Parts of lines ---------------------------------------------------------------------------------------------

    def _jump(self, line: LineReader) -> Jump:
        return Jump(self._edge(line))

    def _branch(self, line: LineReader) -> Branch:
        condition = self._operand(line)
        line.take("?")
        then = self._edge(line)
        line.take(":")
        return Branch(condition, then, self._edge(line))

    def _return(self, line: LineReader) -> Return:
        return Return(self._operand(line))

    def _raise(self, line: LineReader) -> Raise:
        return Raise()

    def _edge(self, line: LineReader) -> Edge:
        name = line.take_block()
        self._first_use.setdefault(name, line)
        return Edge(self._block(name), line.take_listed(lambda: self._operand(line)))

    def _operand(self, line: LineReader) -> Operand:
        return self._value(line.take_value()) if line.at_value() else Const(line.take_literal("an operand"))

    def _definition(self, line: LineReader) -> Value:
        value = self._value(line.take_value())
        if line.at(":"):
            line.take(":")
            value.type = line.take_type()
        return value


_TERMINATORS: dict[str, Callable[[_Parser, LineReader], Terminator]] = {
    "jump": _Parser._jump,
    "br": _Parser._branch,
    "return": _Parser._return,
    "raise": _Parser._raise,
}
