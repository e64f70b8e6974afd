"""Which operands certainly carry no cotangent: constants, what is made of constants, and what no derivative reaches.

The runtime is told, so that it need not compute cotangents of the factor in ``2.0 * w`` or of a table that is
written out in the code, and that what is made of constants alone stays inactive.
"""

from __future__ import annotations

from bytegrad.adjoint.known import BY_IDENTITY, Analysis, call_operands, type_of
from bytegrad.ir.nodes import Const, Instr, Operand, Value

_DISPLAYS = frozenset(("list", "tuple", "set"))
_GROWS = frozenset(("list_extend", "list_append", "set_add", "set_update"))


class Operands(tuple[str, ...]):
    """The keywords of a call, with `active`: for each operand that is passed, whether it may carry a cotangent."""

    active: tuple[bool, ...]


class Passive:
    """Answers for one analysed function."""

    def __init__(self, found: Analysis) -> None:
        self.found = found
        self.made: dict[Operand, Instr] = {}
        self.used: dict[Operand, list[Instr | None]] = {}
        for block in found.order:
            for instr in block.instrs:
                for result in instr.results:
                    self.made[result] = instr
                for arg in instr.args:
                    self.used.setdefault(arg, []).append(instr)
            for edge in block.successors():
                for arg in edge.args:
                    self.used.setdefault(arg, []).append(None)

    def static(self, instr: Instr) -> object:
        """The static operand of `instr`, with what is known of its operands."""
        if instr.op in ("call", "call_method"):
            operands = call_operands(instr, self.found) if instr.op == "call" else instr.args[2:]
            active = tuple([not self.is_passive(operand, instr) for operand in operands])
            if all(active):
                return instr.static
            made = Operands(instr.static or ())
            made.active = active
            return made
        if instr.static is None and instr.op not in ("getitem", "delitem"):
            active = tuple([not self.is_passive(operand, instr) for operand in instr.args])
            return None if all(active) else active
        return instr.static

    def is_passive(self, operand: Operand, user: Instr, depth: int = 0) -> bool:
        """Whether `operand` of `user` carries no cotangent, neither by value nor in its items."""
        if isinstance(operand, Const):
            return True
        kind = type_of(operand)
        if operand in self.found.active:
            return kind is tuple and self._is_constant_display(operand, user, depth)
        if kind in BY_IDENTITY or kind is tuple:
            return self._is_constant_display(operand, user, depth)
        return True

    def _is_constant_display(self, operand: Value, user: Instr, depth: int) -> bool:
        """Whether it is a display of constants that only `user` gets to see."""
        made = self.made.get(operand)
        if made is None or made.op not in _DISPLAYS or depth > _DEEPEST:
            return False
        if not all(self.is_passive(arg, made, depth + 1) for arg in made.args):
            return False
        for use in self.used[operand]:
            if use is user:
                continue
            if use is None or use.op not in _GROWS or use.args[0] is not operand:
                return False
            if not all(self.is_passive(arg, use, depth + 1) for arg in use.args[1:]):
                return False
        return True


_DEEPEST = 4
