"""A thin assembler: instructions by name, calls and jumps spelled as the running Python wants them."""

from __future__ import annotations

from types import CodeType
from typing import Any

from bytecode import Bytecode, CompilerFlags, Instr, Label
from bytecode.instr import CellVar, FreeVar, InstrLocation, TryBegin, TryEnd

from bytegrad.cpython import CURRENT

NO_LINE = InstrLocation(None, None, None, None)
"""Where inserted instructions are that belong to no line: tracing and coverage do not see them."""
STACK_RESERVE = 24
"""Stack that inserted instructions may need on top of the user's own."""


class Assembler:
    """Collects instructions, labels and protected regions in order."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.location: InstrLocation | None = None
        self.placed: set[int] = set()
        self._region: tuple[TryBegin, TryBegin] | None = None

    # instructions ------------------------------------------------------------------------------------------

    def emit(self, name: str, arg: Any = None) -> None:
        instr = Instr(name, location=self.location) if arg is None else Instr(name, arg, location=self.location)
        self.items.append(instr)

    def const(self, value: Any) -> None:
        self.items.append(Instr("LOAD_CONST", value, location=self.location))

    def load(self, name: str) -> None:
        self.items.append(Instr("LOAD_FAST", name, location=self.location))

    def store(self, name: str) -> None:
        self.items.append(Instr("STORE_FAST", name, location=self.location))

    def call(self, n: int) -> None:
        """Call what `callee` pushed with `n` arguments."""
        for name, arg in CURRENT.emit_call(n):
            self.emit(name, arg)

    def callee(self, load: Any) -> None:
        """Push a callable, by the function `load`, together with the NULL that a call expects."""
        if CURRENT.null_first:
            self.emit("PUSH_NULL")
        load()
        if not CURRENT.null_first:
            self.emit("PUSH_NULL")

    def call_const(self, function: Any, *names: str) -> None:
        """Call `function` with the values of fast locals."""
        self.callee(lambda: self.const(function))
        for name in names:
            self.load(name)
        self.call(len(names))

    def call_const_local(self, function: str, *names: str) -> None:
        """Call the function in a fast local with the values of fast locals."""
        self.callee(lambda: self.load(function))
        for name in names:
            self.load(name)
        self.call(len(names))

    # control -----------------------------------------------------------------------------------------------

    def place(self, label: Label) -> None:
        self.items.append(label)
        self.placed.add(id(label))

    def jump(self, label: Label) -> None:
        self.emit("JUMP_BACKWARD" if id(label) in self.placed else "JUMP_FORWARD", label)

    def jump_if(self, kind: str, label: Label) -> None:
        """Jump forward on the top of the stack: `kind` is "none", "not_none", "true" or "false"."""
        self.emit(CURRENT.names[f"jump_if_{kind}"], label)

    def region(self, wanted: TryBegin | None, target: Label | None = None) -> None:
        """Protect what follows as the original region `wanted` did; None ends protection."""
        if self._region is not None and self._region[0] is wanted:
            return
        if self._region is not None:
            self.items.append(TryEnd(self._region[1]))
            self._region = None
        if wanted is not None:
            begin = TryBegin(target, wanted.push_lasti, wanted.stack_depth)
            self.items.append(begin)
            self._region = (wanted, begin)

    # code --------------------------------------------------------------------------------------------------

    def finish(self, like: CodeType, name: str, argnames: tuple[str, ...], **changes: Any) -> CodeType:
        """The code object: file, first line and flags as in `like`."""
        self.region(None)
        code = Bytecode(self.items)
        code.name, code.qualname = name, changes.get("qualname", name)
        code.filename, code.first_lineno = like.co_filename, like.co_firstlineno
        code.argnames = list(argnames)
        code.argcount = changes["argcount"]
        code.posonlyargcount = changes["posonlyargcount"]
        code.kwonlyargcount = changes.get("kwonlyargcount", 0)
        code.flags = CompilerFlags(changes["flags"])
        code.cellvars = list(changes.get("cellvars", ()))
        code.freevars = list(changes.get("freevars", ()))
        code.docstring = changes.get("docstring")
        depth = changes["stacksize"] + STACK_RESERVE
        return code.to_code(stacksize=depth, compute_exception_stack_depths=False)


def cell_variable(code: CodeType, name: str) -> Any:
    """The operand that names a cell of `code`."""
    return CellVar(name) if name in code.co_cellvars else FreeVar(name)
