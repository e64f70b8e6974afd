"""Instructions, labels and protected regions -> a code object.

The package `bytecode` could do it, but takes most of the time of compiling for it.  What differs between Pythons is
asked of it, once for each opcode: how many cache entries follow, and which way a jump goes.  The formats of the tables
are CPython's own.

Source: CPython, Objects/locations.md and Objects/exception_handling_notes.txt.
"""

from __future__ import annotations

import opcode
from dataclasses import dataclass
from itertools import accumulate
from types import CodeType
from typing import Any

from bytecode import Bytecode, Compare, ConcreteInstr, Instr, Label
from bytecode.instr import CellVar, FreeVar, opcode_has_argument

from bytegrad.errors import UnsupportedError

_WIDTH = 8
"""Bits of an operand; wider ones take one EXTENDED_ARG for each further byte."""
_BYTE = 255
_RUN = 8
"""Units of code that an entry of the location table can stand for."""
_CODES = {"none": 15, "long": 14, "no column": 13, "one line": 10}
_SHORT_COLUMN, _SHORT_SPAN, _LINES, _COLUMN = 80, 16, 3, 128
"""What the short forms of locations can express: columns, spans, lines ahead."""


@dataclass(slots=True, eq=False)
class Region:
    """Instructions from `start` to before `stop` that an exception leaves for `target`."""

    target: Label
    depth: int
    push_lasti: bool
    start: int
    stop: int = 0


_LEAVING = ("JUMP_FORWARD", "JUMP_BACKWARD", "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE")


class _Spelling(dict[int, bytes]):
    """How an opcode is written: by its operand, with the units that follow it."""

    def __init__(self, name: str) -> None:
        self.code = code = opcode.opmap[name]
        written = ConcreteInstr(name, 0) if opcode_has_argument(code) else ConcreteInstr(name)
        self.encode = _ENCODERS.get(_kind(name, code))
        self.leaves = name in _LEAVING
        self.backward = written.is_backward_rel_jump()
        self.units = 1 + written.use_cache_opcodes()
        """How many units it takes with an operand of one byte."""

    def __missing__(self, operand: int) -> bytes:
        extended = [(_EXTENDED, operand >> place * _WIDTH & 0xFF) for place in range(_further(operand), 0, -1)]
        pairs = [*extended, (self.code, operand & 0xFF), *[(0, 0)] * (self.units - 1)]
        found = self[operand] = b"".join(map(bytes, pairs))
        return found


def _further(operand: int) -> int:
    """How many bytes an operand has besides the first one."""
    return (operand.bit_length() - 1) // _WIDTH if operand > _BYTE else 0


def _kind(name: str, code: int) -> str:
    kinds = {"const": opcode.hasconst, "local": opcode.haslocal, "name": opcode.hasname, "cell": opcode.hasfree}
    return "compare" if name == "COMPARE_OP" else next((kind for kind, codes in kinds.items() if code in codes), "int")


def _comparison(kind: Compare) -> int:
    written = Bytecode([Instr("COMPARE_OP", kind)]).to_concrete_bytecode(compute_exception_stack_depths=False)
    operand: int = written[0].arg
    return operand


_SPELLINGS: dict[str, _Spelling] = {}
_COMPARISONS: dict[Compare, int] = {}
_EXTENDED = opcode.opmap["EXTENDED_ARG"]


class Linker:
    """Takes instructions in order; `code_object` writes them down."""

    def __init__(self) -> None:
        self.spelled: list[_Spelling] = []
        self.operands: list[Any] = []
        self.locations: list[tuple[int, Any]] = []
        """Where the location is another one than before, and which."""
        self.labels: dict[Label, int] = {}
        self.jumps: list[tuple[int, Label]] = []
        self.regions: list[Region] = []
        self.consts: list[Any] = []
        self.names: dict[str, int] = {}
        self.locals: dict[str, int] = {}
        self._const_at: dict[Any, int] = {}
        self._in_cells: list[int] = []
        self._location: Any = None

    # taking ------------------------------------------------------------------------------------------------

    def add(self, name: str, operand: Any, location: Any) -> None:
        """One instruction, its operand as `bytecode` has it; a location of None is that of the one before."""
        spelled = _SPELLINGS.get(name)
        if spelled is None:
            spelled = _SPELLINGS[name] = _Spelling(name)
        if location is not self._location and location is not None:
            self._location = location
            self.locations.append((len(self.spelled), location))
        kind = type(operand)
        if kind is Label:
            self.jumps.append((len(self.spelled), operand))
            operand = 0
        elif kind is CellVar or kind is FreeVar:
            self._in_cells.append(len(self.spelled))
        elif spelled.encode is not None:
            operand = spelled.encode(self, operand)
        elif kind is not int:
            operand = int(operand)
        self.spelled.append(spelled)
        self.operands.append(operand)

    def const(self, value: Any) -> int:
        """The index of a constant."""
        key = _identity(value) if type(value) in _BY_VALUE else id(value)
        index = self._const_at.get(key)
        if index is None:
            index = self._const_at[key] = len(self.consts)
            self.consts.append(value)
        return index

    def local(self, name: str) -> int:
        """The index of a fast local."""
        return self.locals.setdefault(name, len(self.locals))

    def named(self, operand: Any) -> int:
        """The operand of what names an attribute or a global; some have flags as well, the lowest one first."""
        if type(operand) is str:
            return self.names.setdefault(operand, len(self.names))
        *flags, name = operand
        value = self.names.setdefault(name, len(self.names)) << len(flags)
        return value + sum(flag << place for place, flag in enumerate(flags))

    def compared(self, operand: Any) -> int:
        """The operand of a comparison."""
        if operand not in _COMPARISONS:
            _COMPARISONS[operand] = _comparison(operand)
        return _COMPARISONS[operand]

    def place(self, label: Label) -> None:
        """The next instruction is where jumps to `label` go."""
        self.labels[label] = len(self.spelled)

    def has_left(self) -> bool:
        """Whether what comes next is only reached by jumps."""
        here = len(self.spelled)
        return here > 0 and self.spelled[-1].leaves and here not in self.labels.values()

    def has(self, label: Label) -> bool:
        """Whether `label` has its place, so that a jump to it goes back."""
        return label in self.labels

    def begin(self, target: Label, depth: int, push_lasti: bool) -> Region:
        """What follows is left for `target` by an exception, with the stack cut to `depth`."""
        region = Region(target, depth, push_lasti, len(self.spelled))
        self.regions.append(region)
        return region

    def end(self, region: Region) -> None:
        """What follows is outside of `region`."""
        region.stop = len(self.spelled)

    # writing -----------------------------------------------------------------------------------------------

    def code_object(self, like: CodeType, cells: tuple[str, ...], free: tuple[str, ...], **changes: Any) -> CodeType:
        """The code object: file and first line as in `like`, `changes` in the words of `code.replace`."""
        self._place_cells(cells, free)
        starts = self._lay_out()
        return like.replace(
            co_nlocals=len(self.locals),
            co_code=self._code(starts),
            co_consts=tuple(self.consts),
            co_names=tuple(self.names),
            co_varnames=tuple(self.locals),
            co_cellvars=cells,
            co_freevars=free,
            co_linetable=self._location_table(like.co_firstlineno, starts),
            co_exceptiontable=self._exception_table(starts),
            **changes,
        )

    def _place_cells(self, cells: tuple[str, ...], free: tuple[str, ...]) -> None:
        """Cells that are no locals come behind those, then the free variables."""
        places = dict(self.locals)
        for name in cells:
            places.setdefault(name, len(places))
        first_free = len(places)
        for index in self._in_cells:
            variable = self.operands[index]
            is_free = type(variable) is FreeVar
            self.operands[index] = first_free + free.index(variable.name) if is_free else places[variable.name]

    def _lay_out(self) -> list[int]:
        """Where each instruction starts, in units, and where the last one ends; jumps get their operands."""
        spelled, operands = self.spelled, self.operands
        sizes = [entry.units for entry in spelled]
        for index, operand in enumerate(operands):
            if operand > _BYTE:
                sizes[index] += _further(operand)
        while True:
            starts = [*accumulate(sizes, initial=0)]
            grown = False
            for index, label in self.jumps:
                distance = starts[self.labels[label]] - starts[index + 1]
                entry = spelled[index]
                operands[index] = operand = -distance if entry.backward else distance
                assert operand >= 0, "a jump in the wrong direction"
                if operand > _BYTE and (size := entry.units + _further(operand)) > sizes[index]:
                    sizes[index], grown = size, True
            if not grown:
                self._check_reach()
                return starts

    def _check_reach(self) -> None:
        """From 3.12 on the interpreter keeps the distance of a SEND in 16 bits, whatever its operand says."""
        for index, _ in self.jumps:
            if self.operands[index] > _REACH and self.spelled[index] is _SPELLINGS.get("SEND"):
                raise UnsupportedError("await or yield from in a function whose code is too long", fixes="split it up")

    def _code(self, starts: list[int]) -> bytes:
        written = [entry[operand] for entry, operand in zip(self.spelled, self.operands, strict=True)]
        for index, _ in self.jumps:
            # A jump that was wider before others moved keeps its room.
            missing = starts[index + 1] - starts[index] - len(written[index]) // 2
            written[index] = bytes((_EXTENDED, 0)) * missing + written[index]
        return b"".join(written)

    def _location_table(self, line: int, starts: list[int]) -> bytes:
        table = bytearray()
        location: Any = None
        begun = 0
        for index, found in self.locations:
            if found == location:
                continue
            line = _write_location(table, starts[index] - begun, location, line)
            location, begun = found, starts[index]
        _write_location(table, starts[-1] - begun, location, line)
        return bytes(table)

    def _exception_table(self, starts: list[int]) -> bytes:
        table = bytearray()
        for region in self.regions:
            begin, length = starts[region.start], starts[region.stop] - starts[region.start]
            if not length:
                continue
            fields = (begin, length, starts[self.labels[region.target]], region.depth << 1 | region.push_lasti)
            for place, value in enumerate(fields):
                written = _big_endian(value)
                written[0] |= 0x80 if place == 0 else 0
                table += written
        return bytes(table)


_REACH = (1 << 16) - 8
_ENCODERS: dict[str, Any] = {
    "const": Linker.const, "local": Linker.local, "name": Linker.named, "compare": Linker.compared,
    "cell": Linker.local,
}  # fmt: skip


_BY_VALUE = frozenset((str, int, tuple, float, complex, bytes))


def _identity(value: Any) -> Any:
    """What is the same of equal constants, which may be one object or several: whether they are must not show."""
    kind = type(value)
    if kind is str or kind is int:
        return (kind, value)
    if kind is tuple:
        return (kind, *map(_identity, value))
    return (kind, repr(value)) if kind in _BY_VALUE else id(value)


def _big_endian(value: int) -> bytearray:
    """Six bits a byte, the highest first; a bit in each says whether another follows."""
    written = bytearray([value & 63])
    while value := value >> 6:
        written.insert(0, value & 63 | 64)
    return written


def _little_endian(value: int) -> bytearray:
    """Six bits a byte, the lowest first."""
    written = bytearray()
    while value > 63:  # noqa: PLR2004 - what fits into six bits
        written.append(value & 63 | 64)
        value >>= 6
    written.append(value)
    return written


def _write_location(table: bytearray, units: int, location: Any, line: int) -> int:
    """Entries for `units` of code at `location`, the line before being `line`; the line then."""
    while units > 0:
        code, rest = _location_form(location, line)
        table.append(0x80 | code << 3 | min(units, _RUN) - 1)
        table += rest
        line = line if location is None or location.lineno is None else location.lineno
        units -= _RUN
    return line


def _location_form(location: Any, line: int) -> tuple[int, bytes | bytearray]:
    """The shortest form of a location: its code and the bytes that follow."""
    if location is None:
        return _CODES["no column"], _little_endian(0)
    if location.lineno is None:
        return _CODES["none"], b""
    ahead, column, end = location.lineno - line, location.col_offset, location.end_col_offset
    if column is None or end is None:
        return _CODES["no column"], _signed(ahead)
    if location.end_lineno == location.lineno:
        if ahead == 0 and column < _SHORT_COLUMN and 0 <= end - column < _SHORT_SPAN:
            return column >> 3, bytes(((column & 7) << 4 | end - column,))
        if 0 <= ahead < _LINES and column < _COLUMN and end < _COLUMN:
            return _CODES["one line"] + ahead, bytes((column, end))
    lines = location.end_lineno - location.lineno
    return _CODES["long"], (
        _signed(ahead) + _little_endian(lines) + _little_endian(column + 1) + _little_endian(end + 1)
    )


def _signed(value: int) -> bytearray:
    return _little_endian(-value << 1 | 1 if value < 0 else value << 1)
