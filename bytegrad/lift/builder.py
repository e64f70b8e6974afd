"""What an opcode's row sees of the machine: a way to record instructions and to read and write variables."""

from __future__ import annotations

from types import CodeType
from typing import Any

from bytegrad.ir.nodes import Const, Instr, Operand, Value
from bytegrad.ir.ops import NULL, SELF, UNBOUND

VIEWING = frozenset(("locals", "vars", "eval", "exec"))
"""Builtins that may read the variables of the function that calls them."""
CO_OPTIMIZED = 0x01


def place_of(code: CodeType) -> tuple[str, int, str]:
    """What tells the functions of a program from each other."""
    return (code.co_filename, code.co_firstlineno, code.co_qualname)


class FrameState:
    """Abstract locals and stack at a point.  Cells live in `locals` under their variable's name."""

    __slots__ = ("locals", "stack")

    def __init__(self, locals_: dict[str, Operand], stack: list[Operand]) -> None:
        self.locals = locals_
        self.stack = stack

    def copy(self) -> FrameState:
        return FrameState(dict(self.locals), list(self.stack))


class Builder:
    """Records the instructions of one block after the other."""

    def __init__(self) -> None:
        self.state = FrameState({}, [])
        self.pending: list[Instr] = []
        """Instructions of the decoded instruction at hand, not yet put into a block."""
        self.keywords: tuple[str, ...] = ()
        self.origin = -1
        self.line: int | None = None
        self.condition: Operand | None = None
        self.jumps_when = True
        self.taken_pushes: tuple[Operand, ...] = ()
        self.result: Operand | None = None
        self.protected = False
        """Whether an exception of the instruction at hand goes to a handler."""
        self.params: set[Value] = set()
        """Block parameters: variables that may have no value yet."""
        self.owners: dict[Value, Operand] = {}
        self.copy = 0
        self.markers: dict[Const, tuple[int, int]] = {}
        self.marks: dict[tuple[int, int], Const] = {}
        """The instruction that pushed each NULL or SELF."""
        self.slots: dict[Instr, Const] = {}
        """The marker that each call finds under its arguments."""
        self.code: CodeType | None = None
        self.named: dict[Operand, str] = {}
        """Globals that look at the variables of their caller, which are loaded to be called."""
        self._count = 0

    # values ------------------------------------------------------------------------------------------------

    def value(self) -> Value:
        self._count += 1
        return Value(self._count - 1)

    def calls(self, op: str, n: int, *args: Operand, static: Any = None) -> tuple[Value, ...]:
        """Record `op` with `n` results."""
        results = tuple(self.value() for _ in range(n))
        self.pending.append(Instr(op, args, results, static, self.line, self.origin))
        if op == "load_global" and static in VIEWING:
            self.named[results[0]] = static
        return results

    def call(self, op: str, *args: Operand, static: Any = None) -> Value:
        return self.calls(op, 1, *args, static=static)[0]

    def effect(self, op: str, *args: Operand, static: Any = None) -> None:
        self.calls(op, 0, *args, static=static)

    def truth(self, value: Operand) -> Operand:
        """`bool(value)`; values that are bools by construction stay as they are."""
        if isinstance(value, Const) or (self.pending and value in self.pending[-1].results and self._is_bool()):
            return value
        return self.call("truth", value)

    def _is_bool(self) -> bool:
        return self.pending[-1].op in ("is_", "is_not", "not_", "contains", "not_contains", "truth", "exc_match")

    # variables ---------------------------------------------------------------------------------------------

    def load_local(self, name: Any) -> Operand:
        """A local, or on 3.13 also the cell of a variable."""
        return self.state.locals.get(getattr(name, "name", name)) or Const(UNBOUND)

    def check_local(self, name: Any) -> Operand:
        """A local, by an instruction that raises if it has no value."""
        value = self.load_local(name)
        if not self.protected:
            return value
        if value in self.params or (isinstance(value, Const) and value.value is UNBOUND):
            self.effect("check", value)
        return value

    def store_local(self, name: Any, value: Operand) -> None:
        self.state.locals[getattr(name, "name", name)] = value

    def delete_local(self, name: Any) -> None:
        self.state.locals[getattr(name, "name", name)] = Const(UNBOUND)

    def cell(self, variable: Any) -> Operand:
        return self.state.locals[variable.name]

    def make_cell(self, variable: Any) -> None:
        name = getattr(variable, "name", variable)
        old = self.state.locals.get(name) or Const(UNBOUND)
        self.state.locals[name] = self.call("make_cell", old, static=name)

    # calls -------------------------------------------------------------------------------------------------

    def method(self, owner: Operand, name: str) -> Value:
        """The bound method `owner.name`, for a call that follows."""
        method = self.call("load_method", owner, static=name)
        self.owners[method] = owner
        return method

    def marker(self, what: Any) -> Const:
        """A NULL or SELF, which remembers the instruction that pushed it."""
        return self.marker_at(what, self.copy, self.origin)

    def marker_at(self, what: Any, copy: int, origin: int) -> Const:
        """The one marker that an instruction of a copy of the code pushes."""
        key = (copy, origin)
        if key not in self.marks:
            self.marks[key] = Const(what)
            self.markers[self.marks[key]] = key
        return self.marks[key]

    def translated(self, stack: list[Operand], copy: int) -> list[Operand]:
        """A stack as another copy of the code has it: with markers of its own."""
        return [
            self.marker_at(slot.value, copy, self.markers[slot][1]) if isinstance(slot, Const) and slot in self.markers
            else slot
            for slot in stack
        ]  # fmt: skip

    def call_function(self, first: Operand, second: Operand, args: tuple[Operand, ...], keywords: Any) -> Value:
        """A call whose two slots under the arguments are `first` and `second`, in the order of the stack.

        One of them is NULL and the other the callable; or `first` is a method and `second` SELF; or `first` is
        the callable and `second` its first argument.
        """
        if first in self.named or second in self.named:
            self.view()
        static = tuple(keywords) or None
        marker = next((s for s in (first, second) if is_marker(s)), None)
        if marker is None:
            return self.call("call", first, second, *args, static=static)
        callee = second if marker is first else first
        owner = self.owners.get(callee) if isinstance(callee, Value) else None
        if owner is None or marker is first:
            result = self.call("call", callee, *args, static=static)
        else:
            result = self.call("call_method", callee, owner, *args, static=static)
        assert isinstance(marker, Const)
        self.slots[self.pending[-1]] = marker
        return result

    def view(self) -> None:
        """The function that is called next may read the variables by their names."""
        code = self.code
        if code is None or not code.co_flags & CO_OPTIMIZED:
            return
        found = [(name, value) for name, value in self.state.locals.items() if isinstance(value, Value)]
        cells = {*code.co_cellvars, *code.co_freevars}
        names = tuple([(name, name in cells) for name, _ in found])
        self.effect("view", *[value for _, value in found], static=(place_of(code), names))

    def call_star(self, first: Operand, second: Operand, args: tuple[Operand, ...]) -> Value:
        """``callable(*args, **kwargs)``: one of the two slots is NULL."""
        marker, callee = (first, second) if is_marker(first) else (second, first)
        result = self.call("call_ex", callee, *args)
        assert isinstance(marker, Const)
        self.slots[self.pending[-1]] = marker
        return result

    # control -----------------------------------------------------------------------------------------------

    def branch_if(self, condition: Operand, taken_pushes: tuple[Operand, ...] = ()) -> None:
        self.condition, self.jumps_when, self.taken_pushes = condition, True, taken_pushes

    def branch_unless(self, condition: Operand, taken_pushes: tuple[Operand, ...] = ()) -> None:
        self.condition, self.jumps_when, self.taken_pushes = condition, False, taken_pushes

    def returns(self, value: Operand) -> None:
        self.result = value

    def raises(self) -> None:
        self.result = None


def is_marker(operand: Operand) -> bool:
    """Whether a stack slot is the same on every way to a merge, and so needs no parameter."""
    return isinstance(operand, Const) and (operand.value is NULL or operand.value is SELF)
