"""A thin assembler: instructions by name, calls and jumps spelled as the running Python wants them."""

from __future__ import annotations

from types import CodeType
from typing import Any

from bytecode import Instr, Label
from bytecode.instr import UNSET, CellVar, FreeVar, InstrLocation, TryBegin

from bytegrad.codegen.link import Linker, Region
from bytegrad.cpython import CURRENT

NO_LINE = InstrLocation(None, None, None, None)
"""Where inserted instructions are that belong to no line: tracing and coverage do not see them."""
STACK_RESERVE = 24
"""Stack that inserted instructions may need on top of the user's own."""


class Assembler:
    """Collects instructions, labels and protected regions in order."""

    def __init__(self) -> None:
        self.linker = Linker()
        self.location: InstrLocation | None = None
        self._region: tuple[TryBegin, Region] | None = None

    # instructions ------------------------------------------------------------------------------------------

    def emit(self, name: str, arg: Any = 0) -> None:
        self.linker.add(name, arg, self.location)

    def replay(self, instr: Instr) -> None:
        """An instruction of the user's, where it was."""
        self.linker.add(instr.name, 0 if instr.arg is UNSET else instr.arg, instr.location)

    def const(self, value: Any) -> None:
        self.linker.add("LOAD_CONST", value, self.location)

    def load(self, name: str) -> None:
        self.linker.add("LOAD_FAST", name, self.location)

    def store(self, name: str) -> None:
        self.linker.add("STORE_FAST", name, self.location)

    def call(self, n: int, names: tuple[str, ...] = ()) -> None:
        """Call what `callee` pushed with `n` arguments, the last ones by their names."""
        for name, arg in CURRENT.emit_call_by_name(n, names) if names else CURRENT.emit_call(n):
            self.emit(name, arg)

    def clear(self, *names: str) -> None:
        """Let go of what is in fast locals: it goes as early as it would in a plain call."""
        for name in names:
            self.const(None)
            self.store(name)

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
        self.linker.place(label)

    def jump(self, label: Label) -> None:
        self.emit("JUMP_BACKWARD" if self.linker.has(label) else "JUMP_FORWARD", label)

    def jump_if(self, kind: str, label: Label) -> None:
        """Jump forward on the top of the stack: `kind` is "none", "not_none", "true" or "false"."""
        self.emit(CURRENT.names[f"jump_if_{kind}"], label)

    def region(self, wanted: TryBegin | None, target: Label | None = None) -> None:
        """Protect what follows as the original region `wanted` did; None ends protection."""
        if self._region is not None and self._region[0] is wanted:
            return
        if self._region is not None:
            self.linker.end(self._region[1])
            self._region = None
        if wanted is not None:
            assert target is not None
            self._region = (wanted, self.linker.begin(target, int(wanted.stack_depth), wanted.push_lasti))

    # code --------------------------------------------------------------------------------------------------

    def start(self, argnames: tuple[str, ...], docstring: str | None = None) -> None:
        """Before the first instruction: the first locals in their order, and the first constant."""
        for name in argnames:
            self.linker.local(name)
        self.linker.const(docstring)

    def finish(self, like: CodeType, name: str, **changes: Any) -> CodeType:
        """The code object: file, first line and flags as in `like`."""
        self.region(None)
        return self.linker.code_object(
            like,
            tuple(changes.get("cellvars", ())),
            tuple(changes.get("freevars", ())),
            co_name=name,
            co_qualname=changes.get("qualname", name),
            co_argcount=changes["argcount"],
            co_posonlyargcount=changes["posonlyargcount"],
            co_kwonlyargcount=changes.get("kwonlyargcount", 0),
            co_flags=changes["flags"],
            co_stacksize=changes["stacksize"] + STACK_RESERVE,
        )


def cell_variable(code: CodeType, name: str) -> Any:
    """The operand that names a cell of `code`."""
    return CellVar(name) if name in code.co_cellvars else FreeVar(name)
