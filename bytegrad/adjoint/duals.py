"""The forward code of one function: its own operations, each followed by what it does to tangents.

A value that has a tangent stands beside it.  A list has a list of tangents beside it, a tuple a tuple, an iterator an
iterator that keeps pace: what moves values moves tangents in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bytegrad.adjoint.batch import ARRAY, CONTAINER, Tracked
from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.forms import Call, Elementwise, Form, Structural
from bytegrad.adjoint.infer import fixed
from bytegrad.adjoint.kinds import (
    ABSENT,
    NUMBERS,
    DeclinedError,
    Items,
    Kind,
    List,
    Named,
    Passive,
    Real,
    is_active,
    same,
    spelled_out,
)
from bytegrad.adjoint.program import Instance
from bytegrad.adjoint.ssa import Builder
from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Raise, Return, Value
from bytegrad.ir.passes.remove_dead import remove_dead

Helpers = dict[str, Any]
Compiled = Callable[[Instance], Any]


Emit = Callable[["Duals", Instr], None]


class Duals:
    """Builds the forward code of one instance."""

    def __init__(
        self,
        instance: Instance,
        helpers: Helpers,
        form_of: Callable[[Any], Form | None],
        compiled: Compiled,
        slope: bool,
        operations: dict[str, Emit],
    ) -> None:
        self.operations = operations
        self.at, self.helpers, self.form_of, self.compiled, self.slope = instance, helpers, form_of, compiled, slope
        self.facts: Facts = instance.facts
        self.out = Builder()
        self.writes = instance.writes
        self.selects = False
        self.values: dict[Operand, Operand] = {}
        self.dots: dict[Operand, Operand] = {}
        self.optional: set[Instr] = set()
        """What may be left out if its result is not used: tangents, and arithmetic that raises nothing."""
        self.tracked: Tracked = {}
        self.stepped: tuple[Value, Value] | None = None
        """The iterator and the item of the loop that begins at the end of this block."""

        self.free: Operand | None = None
        """The variables that a function shares which the program made, and their tangents."""
        self.free_dot: Operand | None = None
        self.yielded: Operand | None = None
        """The list of what a generator yields, and that of tangents."""
        self.yielded_dot: Operand | None = None

    def build(self) -> Function:
        out, ir = self.out, self.at.ir
        blocks = {block: out.block if n == 0 else out.new_block() for n, block in enumerate(ir.blocks)}
        for block, made in blocks.items():
            for param in block.params:
                made.params.append(self._define(param))
                if self.active(param):
                    self.dots[param] = dot = out.value()
                    self.track(dot, self.at.kind(param))
                    self.track(self.values[param], self.at.kind(param))
                    made.params.append(dot)
        self._add_free(out.blocks[0])
        self._tell_parameters(out.blocks[0])
        for block in rpo(ir):
            out.block = blocks[block]
            if block in self.at.reached:
                self._block(block, blocks)
        function = Function(f"{ir.name}.forward", out.blocks)
        function.blocks = rpo(function)
        remove_dead(function, self.optional)
        return function

    def _add_free(self, entry: Block) -> None:
        """Parameters for the variables that a function shares; lists for what it yields."""
        if self.at.free is not None:
            self.free = free = self.out.value()
            entry.params.append(free)
            if is_active(self.at.free):
                self.free_dot = dot = self.out.value()
                entry.params.append(dot)
                self.tracked[free] = self.tracked[dot] = CONTAINER
        if self.at.is_generator:
            self.yielded = self.out.emit("list")
            if is_active(self.at.yielded):
                self.yielded_dot = self.out.emit("list")
                self.tracked[self.yielded] = self.tracked[self.yielded_dot] = CONTAINER

    def _tell_parameters(self, entry: Block) -> None:
        """Parameters that are floats are known to be: whoever calls may not say it."""
        for param in self.at.ir.params:
            if self.at.kind(param) == Real(True):
                self.set(param, self.told(self.values[param]), self.told(self.dots[param]))

    def _block(self, block: Block, blocks: dict[Block, Block]) -> None:
        if isinstance(block.terminator, Raise):
            self.out.emits("raise", 0, self.helper("give_up"))
            return
        for instr in block.instrs:
            self._instruction(instr)
        terminator = block.terminator
        end = self.out.block
        if isinstance(terminator, Return):
            end.terminator = Return(self._returned(terminator.value))
        elif isinstance(terminator, Jump):
            self._jump(terminator.edge, blocks)
        else:
            assert isinstance(terminator, Branch)
            then, otherwise = self.out.new_block(), self.out.new_block()
            end.terminator = Branch(self.value(terminator.condition), Edge(then), Edge(otherwise))
            stepped, self.stepped = self.stepped, None
            self.out.block = then
            self._jump(terminator.then, blocks)
            self.out.block = otherwise
            if stepped is not None:
                self._step(*stepped)
            self._jump(terminator.otherwise, blocks)

    def _jump(self, edge: Edge, blocks: dict[Block, Block]) -> None:
        args: list[Operand] = []
        for param, arg in zip(edge.target.params, edge.args, strict=True):
            args.append(self.value(arg))
            if self.active(param):
                args.append(self.moved(arg, self.at.sure(param)))
        self.out.block.terminator = Jump(Edge(blocks[edge.target], args))

    def _returned(self, operand: Operand) -> Operand:
        kind = self.at.result
        value = self.value(operand) if self.yielded is None else self.out.emit("iter", self.yielded)
        if kind is None or not is_active(kind):
            return value
        dot = self.moved(operand, kind) if self.yielded_dot is None else self.out.emit("iter", self.yielded_dot)
        if self.slope and self.at.caller is None:
            return dot
        both = self.out.emit("tuple", value, dot)
        self.tracked[both] = CONTAINER
        return both

    def track(self, operand: Operand, kind: Kind | None) -> None:
        """Note that a value of the forward code is, or holds, what has a tangent, or is a tangent."""
        if isinstance(operand, Value):
            self.tracked[operand] = ARRAY if isinstance(kind, Real) else CONTAINER

    # values and tangents -----------------------------------------------------------------------------------

    def active(self, operand: Operand) -> bool:
        return is_active(self.at.kind(operand))

    def value(self, operand: Operand) -> Operand:
        """The operand of the forward code that is this value."""
        if isinstance(operand, Const):
            return operand
        known = fixed(self.at.kind(operand))
        return Const(known) if known is not ABSENT else self.values[operand]

    def dot(self, operand: Operand) -> Operand | None:
        """Its tangent, if it has one."""
        if not self.active(operand):
            return None
        return self.moved(operand, self.at.sure(operand))

    def moved(self, operand: Operand, kind: Kind) -> Operand:
        """The tangent of `operand` where something of `kind` is expected, zero if it has none."""
        return self.converted(self.value(operand), self.at.sure(operand), self.dots.get(operand), kind)

    def converted(self, value: Operand, kind: Kind, dot: Operand | None, wanted: Kind) -> Operand:
        """A tangent, brought to the structure of another kind."""
        kind, wanted = spelled_out(kind), spelled_out(wanted)
        if dot is not None and (same(kind, wanted) or not isinstance(wanted, (Items, Named))):
            return dot
        if isinstance(wanted, Real):
            return self.zero(value, kind)
        if isinstance(wanted, Items) and isinstance(kind, Items):
            keys: list[Any] = [*range(len(wanted.parts))]
            return self._built("tuple", self._converted_parts(value, kind, dot, wanted, keys))
        if isinstance(wanted, Named) and isinstance(kind, Named):
            parts = self._converted_parts(value, kind, dot, wanted, [*wanted.keys])
            pairs = [operand for pair in zip(map(Const, wanted.keys), parts, strict=True) for operand in pair]
            return self._built("dict", pairs)
        if isinstance(kind, Passive) and kind.value is not ABSENT:
            return Const(None)  # a variable without a value
        raise DeclinedError("a container without tangents goes where there are some")

    def _built(self, op: str, parts: list[Operand]) -> Operand:
        built = self.out.emit(op, *parts)
        self.tracked[built] = CONTAINER
        return built

    def _converted_parts(
        self, value: Operand, kind: Items | Named, dot: Operand | None, wanted: Items | Named, keys: list[Any]
    ) -> list[Operand]:
        parts: list[Operand] = []
        for key, have, want in zip(keys, kind.parts, wanted.parts, strict=True):
            if not is_active(want):
                parts.append(Const(None))
                continue
            part = self.out.emit("getitem", value, Const(key))
            part_dot = None
            if dot is not None and is_active(have):
                part_dot = self.out.emit("getitem", dot, Const(key))
                self.track(part, have)
                self.track(part_dot, have)
            parts.append(self.converted(part, have, part_dot, want))
        return parts

    def full(self, value: Operand, kind: Kind, dot: Operand | None) -> Operand:
        """The tangent with zeros in all places, for functions that are linear in all of it."""
        if isinstance(kind, Items):
            if all(isinstance(part, (Real, Passive)) for part in kind.parts):
                return self.converted(value, kind, dot, Items((Real(False),) * len(kind.parts)))
        elif isinstance(kind, (Real, Passive)):
            return self.converted(value, kind, dot, Real(False))
        if dot is None:
            raise DeclinedError("a container without tangents")
        return dot

    def zero(self, value: Operand, kind: Kind) -> Operand:
        """The tangent zero of a number or an array."""
        plain = kind.plain if isinstance(kind, Real) else isinstance(kind, Passive) and kind.type in NUMBERS
        if plain or (isinstance(kind, Passive) and kind.type is type(None)):
            return Const(0.0)
        if isinstance(value, Const):
            return Const(0.0)
        return self.out.emit("call", self.helper("zero_of"), value)

    def saved(self, operand: Operand) -> Operand:
        """A value of the primal, which is at hand."""
        return operand

    def helper(self, name: str) -> Const:
        return Const(self.helpers[name])

    def _define(self, value: Value) -> Value:
        made = self.out.value(float if self.at.kind(value) == Real(True) else value.type)
        self.values[value] = made
        return made

    def set(self, value: Value, operand: Operand, dot: Operand | None) -> None:
        """What `value` is in the forward code; a float is told to be one, for the sake of later differentiation."""
        self.values[value] = operand
        if dot is not None and self.active(value):
            self.dots[value] = dot
            self.track(dot, self.at.kind(value))
            self.track(operand, self.at.kind(value))

    def told(self, operand: Operand) -> Operand:
        """The same number, known to be a float by itself."""
        made = self.out.emit("call", self.helper("plain"), operand)
        made.type = float
        self.may_drop()
        return made

    def call(self, instr: Instr, callee: Instance, args: Sequence[Operand]) -> None:
        """Emit a call of forward code with the values of `args`, and the tangents of those that have one."""
        passed: list[Operand] = []
        for param, arg in zip(callee.ir.params, args, strict=True):
            passed.append(self.value(arg))
            if is_active(callee.kind(param)):
                passed.append(self.moved(arg, callee.sure(param)))
        self.called(instr, callee, passed)

    def called(self, instr: Instr, callee: Instance, passed: list[Operand]) -> None:
        """Emit a call of forward code: what it returns is the value, and the tangent if there is one."""
        y: Operand = self.out.emit("call", Const(self.compiled(callee)), *passed, line=instr.line)
        if is_active(callee.result):
            self.tracked[y] = CONTAINER
            y, dot = self.out.emits("unpack", 2, y, static=2, line=instr.line)
            self.loaded(instr.result, y, dot)
        else:
            self.values[instr.result] = y

    def loaded(self, value: Value, operand: Operand, dot: Operand | None) -> None:
        """As `set`, for what comes out of a container or a call."""
        if self.at.kind(value) == Real(True) and dot is not None:
            operand, dot = self.told(operand), self.told(dot)
        self.set(value, operand, dot)

    def tangent(self, form: Form, call: Call) -> Operand:
        """The tangent of a call's result."""
        block = self.out.block
        begin = len(block.instrs)
        self.track(call.y, call.kind)
        dot = form.tangent(self, call)
        if self.writes and isinstance(form, Elementwise):
            # The result is another array than its operands; its tangent may be one of theirs, which may be written to.
            dot = self.out.emit("pos", dot, line=call.line)
        for instr in block.instrs[begin:]:
            if any(arg in self.tracked for arg in instr.args):
                for result in instr.results:
                    self.track(result, call.kind)
        if not isinstance(form, Structural):
            self.optional.update(block.instrs[begin:])
        return dot

    def may_drop(self) -> None:
        """The operation that was just emitted may be left out."""
        self.optional.add(self.out.block.instrs[-1])

    # instructions ------------------------------------------------------------------------------------------

    def _instruction(self, instr: Instr) -> None:
        if instr in self.at.instead:
            for other in self.at.instead[instr]:
                self._instruction(other)
            return
        if any(self.at.kind(result) is None for result in instr.results):
            raise DeclinedError("nothing is known of a value")
        known = instr.results and all([fixed(self.at.kind(result)) is not ABSENT for result in instr.results])
        if known and instr not in self.at.calls:
            return
        emit = self.operations.get(instr.op)
        if emit is None:
            self.plainly(instr)  # without a tangent
        else:
            emit(self, instr)

    def plainly(self, instr: Instr) -> tuple[Value, ...]:
        """The operation itself."""
        args = [self.value(arg) for arg in instr.args]
        made = self.out.emits(instr.op, len(instr.results), *args, static=instr.static, line=instr.line)
        for value, result in zip(made, instr.results, strict=True):
            value.type = self.type_of(result)
            self.values[result] = value
        return made

    def type_of(self, result: Value) -> type | None:
        """The exact type of a value, where it is known."""
        kind = self.at.kind(result)
        return float if kind == Real(True) else kind.type if isinstance(kind, Passive) else None

    def stays(self, iterator: Value) -> bool:
        """Whether the tangents that come out are those of an argument, which are not varied."""
        made = next((i for block in self.at.ir.blocks for i in block.instrs if iterator in i.results), None)
        if not self.slope or made is None or made.op != "iter":
            return False
        source = self.at.kind(made.args[0])
        return isinstance(source, List) and source.given

    def _step(self, iterator: Value, item: Value) -> None:
        """The tangent of the next item."""
        kind = self.at.sure(item)
        if self.stays(iterator) and kind == Real(True):
            dot: Operand | None = self.out.emit("call", self.helper("taken_next"), self.dots[iterator])
            self.set(item, self.told(self.values[item]), dot)
            return
        dot = self.out.emit("call", Const(next), self.dots[iterator]) if self.active(iterator) else None
        if is_active(kind):
            self.loaded(item, self.values[item], dot)
