"""Function -> text, the one format: what tests compare, what ``python -m bytegrad.ir`` shows, what `parse` reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bytegrad.ir.constants import literal, type_name
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Raise, Return, Terminator, Value


def dump(function: Function, *, types: bool = False) -> str:
    """The text of `function`; equal functions have equal texts, whatever their values' and blocks' numbers are.

    With `types`, a value whose type is known is written ``%3: float`` where it is defined.

    >>> x, y = Value(7), Value(9)
    >>> body = Block(4, [x], [Instr("mul", (x, Const(2.0)), (y,))], Return(y))
    >>> print(dump(Function("double", [body], ("x",))))
    def double(x):
    b0(%0):
      %1 = mul %0, 2.0
      return %1
    """
    return "\n".join(Printer(function, types=types).lines())


class Printer:
    """Writes parts of one function, with the numbers that `dump` gives them."""

    def __init__(self, function: Function, *, types: bool = False) -> None:
        """Of `function`, with the types of values where they are defined if `types`."""
        self._function = function
        self._types = types
        self._blocks = {block: f"b{i}" for i, block in enumerate(function.blocks)}
        self._values: dict[Value, str] = {}

    def lines(self) -> list[str]:
        """The lines of the whole function.  Once they are made, every part has its number."""
        lines = [f"def {self._function.name}({', '.join(self._function.names)}):"]
        for block in self._function.blocks:
            params = ", ".join(map(self._definition, block.params))
            lines.append(f"{self.block(block)}({params}):" if params else f"{self.block(block)}:")
            lines.extend(f"  {self.instr(instr)}" for instr in block.instrs)
            lines.append(f"  {self.terminator(block.terminator)}")
            if block.handler is not None:
                lines.append(f"  except -> {self.edge(block.handler)}")
        return lines

    def block(self, block: Block) -> str:
        """``b2``; ``b?`` for a block that the function does not list."""
        return self._blocks.get(block, "b?")

    def instr(self, instr: Instr) -> str:
        """``%1, %2 = unpack %0 [2]``."""
        results = f"{', '.join(map(self._definition, instr.results))} = " if instr.results else ""
        args = f" {', '.join(map(self.operand, instr.args))}" if instr.args else ""
        static = f" [{literal(instr.static)}]" if instr.static is not None else ""
        return f"{results}{instr.op}{args}{static}"

    def terminator(self, terminator: Terminator) -> str:
        """``br %2 ? b1(%1, 1) : b2(1)``."""
        return _TERMINATORS[type(terminator)](self, terminator)

    def edge(self, edge: Edge) -> str:
        """``b1(%1, 1)``."""
        args = ", ".join(map(self.operand, edge.args))
        return f"{self.block(edge.target)}({args})" if args else self.block(edge.target)

    def operand(self, operand: Any) -> str:
        """``%3`` or a constant."""
        if isinstance(operand, Value):
            return self._values.setdefault(operand, f"%{len(self._values)}")
        return literal(operand.value) if isinstance(operand, Const) else f"?{type(operand).__name__}"

    def _definition(self, value: Value) -> str:
        name = self.operand(value)
        return f"{name}: {type_name(value.type)}" if self._types and value.type is not None else name


def _branch(printer: Printer, branch: Branch) -> str:
    condition = printer.operand(branch.condition)
    return f"br {condition} ? {printer.edge(branch.then)} : {printer.edge(branch.otherwise)}"


_TERMINATORS: dict[type, Callable[[Printer, Any], str]] = {
    Jump: lambda printer, jump: f"jump {printer.edge(jump.edge)}",
    Branch: _branch,
    Return: lambda printer, returned: f"return {printer.operand(returned.value)}",
    Raise: lambda printer, raised: "raise",
}
