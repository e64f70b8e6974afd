"""The abstract interpreter: walks the decoded code with symbolic locals and stack, and records SSA blocks.

Each decoded instruction belongs to exactly one block.  In a protected region an instruction that may raise has
a block of its own, so that the way to its handler is one edge of the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType
from typing import Any

from bytecode import Label
from bytecode.instr import TryBegin

from bytegrad.cpython import CURRENT
from bytegrad.errors import UnsupportedError
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Raise, Return, Value
from bytegrad.ir.ops import GUARDS, NEVER_RAISES, UNBOUND
from bytegrad.lift.builder import Builder, FrameState, is_marker
from bytegrad.lift.decode import Handler, Program, decode

SUSPENDING = frozenset({"YIELD_VALUE"})
"""Instructions at which the function may be left for good: each has a block of its own."""


class Lifted:
    """A lifted function with what emission needs to replay it.

    `starts` and `ends` give each block's range of decoded instructions; `states` the frame at its end, before
    its terminator; `entries` the frame at its beginning.
    """

    def __init__(self, function: Function, program: Program) -> None:
        self.function = function
        self.program = program
        self.starts: dict[Block, int] = {}
        self.ends: dict[Block, int] = {}
        self.entries: dict[Block, FrameState] = {}
        self.states: dict[Block, FrameState] = {}
        self.handler_of: dict[Block, Handler] = {}
        self.unwind: Handler | None = None
        """Where exceptions go that the function does not handle, if that is to be recorded."""
        self.copies: dict[Block, int] = {}
        """0 for the speculating copy of the code, 1 for the one that assumes nothing."""
        self.pushes: dict[tuple[int, int], tuple[Operand, ...]] = {}
        """What each instruction of each copy leaves on the stack."""
        self.markers: dict[Const, tuple[int, int]] = {}
        self.slots: dict[Instr, Const] = {}

    def handler(self, index: int) -> Handler | None:
        """What protects the instruction at `index`."""
        return self.program.handlers[index] or self.unwind


Points = Mapping[int, tuple[str | None, type]]
"""Instructions after which a value is guessed to be of a type: on top of the stack (None), or in a local."""


def lift(code: CodeType, points: Points | None = None, unwinds: bool = False) -> Lifted:
    """The IR of `code`, before any pass.

    With `points` there are two copies of the code: the first one guards at each point that a value is of a type and
    takes it as one from there on; where a guard fails, it goes on in the second copy, at the same place.

    If the function `unwinds`, exceptions that leave it pass through a block of their own.

    Raises: UnsupportedError for an opcode that is refused.
    """
    return _Machine(decode(code), points or {}, unwinds).run()


class _Machine:
    """Interprets block after block; states are merged into block parameters where ways meet."""

    def __init__(self, program: Program, points: Points, unwinds: bool) -> None:
        self.program = program
        self.points = points
        self.copy = 0
        self.builder = Builder()
        self.builder.code = program.code
        self.blocks: dict[tuple[int, int], Block] = {}
        self.order: list[Block] = []
        merges = _merge_points(program)
        self.merges = (merges, merges | {index + 1 for index in points})
        self.work: list[tuple[int, int]] = []
        self.block = Block(0)
        code = program.code
        function = Function(code.co_qualname, [], program.argnames, code)
        self.lifted = Lifted(function, program)
        self.end = len(program.instrs)
        if unwinds:
            self.lifted.unwind = Handler(self.end, 0, True, TryBegin(Label(), True, 0))
            for points_ in self.merges:
                points_.add(self.end)

    # control of the walk -----------------------------------------------------------------------------------

    def run(self) -> Lifted:
        self._enter_function()
        while self.work:
            self.copy, start = self.work.pop()
            self._interpret(start)
        self.lifted.function.blocks = self.order
        self.lifted.markers, self.lifted.slots = self.builder.markers, self.builder.slots
        return self.lifted

    def _enter_function(self) -> None:
        b, code = self.builder, self.program.code
        entry = self._new_block()
        for name in self.program.argnames:
            value = b.value()
            entry.params.append(value)
            b.state.locals[name] = value
        for name in code.co_freevars:
            b.state.locals[name] = b.call("free_cell", static=name)
        entry.instrs.extend(b.pending)
        b.pending.clear()
        self.lifted.starts[entry] = self.lifted.ends[entry] = 0
        self.lifted.entries[entry] = b.state.copy()
        self.lifted.states[entry] = b.state.copy()
        entry.terminator = Jump(self._edge(0, b.state))

    def _new_block(self, copy: int | None = None) -> Block:
        block = Block(len(self.order))
        self.order.append(block)
        self.lifted.copies[block] = self.copy if copy is None else copy
        return block

    def _edge(self, start: int, state: FrameState, copy: int | None = None) -> Edge:
        """An edge to the block that begins at `start`, made now if this is the first way to it."""
        copy = self.copy if copy is None else copy
        block = self.blocks.get((copy, start))
        if block is None:
            block = self.blocks[copy, start] = self._new_block(copy)
            entry = state.copy()
            if start in self.merges[copy]:
                self._parametrise(block, entry)
            self.lifted.entries[block] = entry
            self.work.append((copy, start))
        if start not in self.merges[copy]:
            return Edge(block)
        return Edge(block, self._arguments(self.lifted.entries[block], state))

    def _parametrise(self, block: Block, entry: FrameState) -> None:
        for name in sorted(self.lifted_names()):
            entry.locals[name] = self._param(block)
        entry.stack[:] = [slot if is_marker(slot) else self._param(block) for slot in entry.stack]

    def lifted_names(self) -> list[str]:
        code = self.program.code
        return [*code.co_varnames, *code.co_cellvars, *code.co_freevars]

    def _param(self, block: Block) -> Value:
        value = self.builder.value()
        block.params.append(value)
        self.builder.params.add(value)
        return value

    def _arguments(self, entry: FrameState, state: FrameState) -> list[Operand]:
        names = sorted(self.lifted_names())
        args = [state.locals.get(name) or Const(UNBOUND) for name in names]
        return args + [slot for slot, into in zip(state.stack, entry.stack, strict=True) if not is_marker(into)]

    # one block ---------------------------------------------------------------------------------------------

    def _interpret(self, start: int) -> None:
        self.block = self.blocks[self.copy, start]
        self.builder.state = self.lifted.entries[self.block].copy()
        self.lifted.starts[self.block] = start
        if start == self.end:
            self._unwind()
            return
        index = start
        while True:
            instr = self.program.instrs[index]
            opcode = CURRENT.opcodes.get(instr.name)
            if opcode is None:
                raise self._refusal(instr)
            before = self._step(index, instr, opcode)
            index += 1
            if opcode.flow != "next":
                self._seal(index)
                self._leave(index - 1, opcode.flow)
                return
            if self.copy == 0 and index - 1 in self.points:
                self._speculate(index)
                return
            raising = before and (self.lifted.handler(index - 1) is not None or instr.name in SUSPENDING)
            known = index in self.merges[self.copy] or (self.copy, index) in self.blocks
            if raising or known or self._region_changes(index):
                self._seal(index)
                self.block.terminator = Jump(self._edge(index, self.builder.state))
                return

    def _speculate(self, index: int) -> None:
        """Guard that the value at hand is of one type; the other copy goes on with whatever else it is."""
        b = self.builder
        name, kind = self.points[index - 1]
        value = self._speculated(name)
        check, refine = GUARDS[kind]
        guard = b.call(check, value)
        refined = b.call(refine, value)
        self.block.instrs.extend(b.pending)
        b.pending.clear()
        self._seal(index)
        other = self._edge(index, FrameState(b.state.locals, b.translated(b.state.stack, 1)), copy=1)
        if name is None:
            b.state.stack = [refined if slot is value else slot for slot in b.state.stack]
        else:
            b.state.locals[name] = refined
        self.block.terminator = Branch(guard, self._edge(index, b.state), other)

    def _speculated(self, name: str | None) -> Operand:
        if name is not None:
            return self.builder.state.locals[name]
        stack = self.builder.state.stack
        return next(slot for slot in reversed(stack) if not is_marker(slot))

    def _region_changes(self, index: int) -> bool:
        return self.lifted.handler(index) is not self.lifted.handler(index - 1)

    def _unwind(self) -> None:
        """An exception leaves the function: what has happened so far can be reversed from here."""
        b = self.builder
        b.origin, b.line = -1, None
        b.effect("unwind", b.state.stack[-1])
        self.block.instrs.extend(b.pending)
        b.pending.clear()
        self._seal(self.end)
        self.block.terminator = Raise()

    def _step(self, index: int, instr: Any, opcode: Any) -> bool:
        """Run one row; tell whether it may raise in a protected region."""
        b = self.builder
        b.copy, b.origin, b.line = self.copy, index, instr.location.lineno if instr.location else None
        b.protected = self.lifted.handler(index) is not None
        before = b.state.copy()
        n = opcode.arity(instr.arg)
        stack = b.state.stack
        inputs = stack[len(stack) - n :]
        del stack[len(stack) - n :]
        pushed = opcode.row(b, instr.arg, *inputs) if opcode.pops else opcode.row(b, instr.arg)
        stack.extend(pushed)
        self.lifted.pushes[self.copy, index] = tuple(pushed)
        raising = any(i.op not in NEVER_RAISES for i in b.pending)
        handler = self.lifted.handler(index)
        alone = instr.name in SUSPENDING
        if (alone or (handler is not None and raising)) and self.block.instrs:
            self._split(index, before)
        if handler is not None and raising:
            self.block.handler = self._handler_edge(handler, before)
            self.lifted.handler_of[self.block] = handler
        self.block.instrs.extend(b.pending)
        b.pending.clear()
        return raising or alone

    def _split(self, index: int, before: FrameState) -> None:
        """Go on in a new block, reached only from the one at hand."""
        self.lifted.ends[self.block] = index
        self.lifted.states[self.block] = before
        block = self._new_block()
        self.block.terminator = Jump(Edge(block))
        self.block = block
        self.blocks.setdefault((self.copy, index), block)
        self.lifted.starts[block] = index
        self.lifted.entries[block] = before.copy()

    def _handler_edge(self, handler: Handler, before: FrameState) -> Edge:
        state = FrameState(before.locals, before.stack[: handler.depth])
        known = (self.copy, handler.target) in self.blocks
        extra = [Const("lasti")] if handler.push_lasti else []
        if not known:
            caught = self.builder.value()
            state.stack = [*state.stack, *extra, caught]
            edge = self._edge(handler.target, FrameState(before.locals, state.stack))
            block = self.blocks[self.copy, handler.target]
            entry = self.lifted.entries[block]
            exc = entry.stack[-1]
            assert isinstance(exc, Value)
            self._demote(block, edge, exc, entry, bool(extra))
            return edge
        target = self.blocks[self.copy, handler.target]
        entry = self.lifted.entries[target]
        into = FrameState(entry.locals, entry.stack[: handler.depth])
        return Edge(target, self._arguments(into, state))

    def _demote(self, block: Block, edge: Edge, exc: Value, entry: FrameState, lasti: bool) -> None:
        """Make the exception the result of an instruction `caught`, and lasti a constant, instead of parameters."""
        for _ in range(2 if lasti else 1):
            block.params.pop()
            edge.args.pop()
        if lasti:
            entry.stack[-2] = Const("lasti")
        block.instrs.append(Instr("caught", (), (exc,)))

    def _seal(self, index: int) -> None:
        self.lifted.ends[self.block] = index
        self.lifted.states[self.block] = self.builder.state.copy()

    def _leave(self, index: int, flow: str) -> None:
        """Give the block its terminator, after the instruction at `index`."""
        b = self.builder
        block, target = self.block, self.program.targets[index]
        if flow == "stop":
            block.terminator = Return(b.result) if b.result is not None else Raise()
            b.result = None
        elif flow == "jump":
            assert target is not None
            block.terminator = Jump(self._edge(target, b.state))
        elif flow == "branch":
            self._branch(block, target, index)
        else:
            self._iterate(block, target, index, flow)

    def _branch(self, block: Block, target: int | None, index: int) -> None:
        b = self.builder
        assert target is not None and b.condition is not None
        taken = FrameState(b.state.locals, [*b.state.stack, *b.taken_pushes])
        jump, stay = self._edge(target, taken), self._edge(index + 1, b.state)
        if not b.jumps_when:
            jump, stay = stay, jump
        block.terminator = Branch(b.condition, jump, stay)

    def _iterate(self, block: Block, target: int | None, index: int, flow: str) -> None:
        """FOR_ITER and SEND: one result, which is the item (or what is yielded) if the iterator is not done."""
        b = self.builder
        assert target is not None
        value = b.state.stack[-1]
        done = b.call("is_done" if flow == "for" else "is_returned", value)
        block.instrs.extend(b.pending)
        b.pending.clear()
        if flow == "for":
            finished = FrameState(b.state.locals, b.state.stack[:-2])
            exhausted = self._edge(target + len(CURRENT.for_exit), finished)
        else:
            keep = b.state.stack if CURRENT.send_keeps_iterator else [*b.state.stack[:-2], value]
            exhausted = self._edge(target, FrameState(b.state.locals, keep))
        block.terminator = Branch(done, exhausted, self._edge(index + 1, b.state))

    def _refusal(self, instr: Any) -> UnsupportedError:
        code = self.program.code
        reason = CURRENT.unsupported.get(instr.name, "unknown instruction")
        return UnsupportedError(
            f"cannot differentiate {reason} ({instr.name})",
            where=(code.co_qualname, code.co_filename, self.builder.line),
            fixes=f"write a rule for {code.co_name} (docs/adding-a-rule.md)",
        )


def _merge_points(program: Program) -> set[int]:
    """Indices at which several ways meet, or that handle exceptions."""
    count: dict[int, int] = {}
    falls = True
    skip = len(CURRENT.for_exit)
    for index, instr in enumerate(program.instrs):
        count[index] = count.get(index, 0) + falls
        target = program.targets[index]
        opcode = CURRENT.opcodes.get(instr.name)
        flow = opcode.flow if opcode is not None else "stop"
        if target is not None:
            if flow == "for":
                target += skip
            count[target] = count.get(target, 0) + 1
        falls = flow not in ("jump", "stop")
    merges = {index for index, n in count.items() if n > 1}
    return merges | {handler.target for handler in program.handlers if handler is not None}
