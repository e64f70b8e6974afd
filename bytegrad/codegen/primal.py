"""Emits the augmented primal: the user's own instructions, replayed, with what the pullback needs recorded.

Locals, stack, exception table, cells and line numbers stay those of the user's code; inserted instructions
leave the stack as they found it and keep their state in fast locals whose names begin with ``$``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from bytecode import Label

from bytegrad.adjoint.known import Analysis
from bytegrad.adjoint.reverse import exits_of, is_unwinding
from bytegrad.adjoint.passive import Passive
from bytegrad.adjoint.storage import Storage
from bytegrad.codegen.assemble import NO_LINE, Assembler, cell_variable
from bytegrad.codegen.generic import emit_count, emit_entry_pairs, emit_index, emit_generic, emit_send, emit_guard, guards_of
from bytegrad.codegen.layout import Layout, find, plan_layout
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Block, Branch, Edge, Instr, Jump, Operand, Return, Value
from bytegrad.lift.decode import Handler
from bytegrad.lift.builder import FrameState, is_marker
from bytegrad.lift.function import Lifted

Way = tuple[Block, Edge, str]

_SPLIT = {
    "LOAD_FAST_LOAD_FAST": ("LOAD_FAST", "LOAD_FAST"),
    "STORE_FAST_LOAD_FAST": ("STORE_FAST", "LOAD_FAST"),
    "STORE_FAST_STORE_FAST": ("STORE_FAST", "STORE_FAST"),
}
"""Two in one: taken apart, since our locals may not fit their short operands."""


@dataclass(slots=True)
class Runtime:
    """The functions of the runtime that emitted code calls, bound by the floor above."""

    generic: dict[str, Callable[..., Any]]
    stale: Callable[..., Any]
    sent: Callable[..., Any]
    exhausted: Callable[..., Any] = lambda record: None
    unwound: Callable[..., Any] = lambda ctx, following: None
    guarded: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """The functions of `generic` for calls whose exceptions may be caught: what they call records its unwinding."""


class PrimalEmitter:
    """Replays one function."""

    def __init__(
        self, lifted: Lifted, found: Analysis, storage: Storage, ways: dict[Block, list[Way]], pullback: Any, runtime: Runtime
    ) -> None:
        self.lifted, self.found, self.storage, self.runtime = lifted, found, storage, runtime
        self.ways = ways
        self.passive: Passive | None = None
        self.pullback = pullback
        self.asm = Assembler()
        self.code = lifted.program.code
        ours = {*storage.records.values(), *storage.edges.values(), *found.keys.values(), *storage.unwound.values()}
        if storage.exit is not None:
            ours.add(storage.exit)
        self.layout: Layout = plan_layout(lifted, found, storage, ours)
        self.labels = {block: Label() for block in found.order}
        self.handler_labels: dict[tuple[int, int], Label] = {}
        self.late: list[Callable[[], None]] = []
        self.stale = Label()
        self.guarded = False
        self.exits = exits_of(found.order)
        self.suspends = bool(self.code.co_flags & 0x2A0)
        self.taped = any(storage.entries.get(b) or b in storage.separate for b in storage.cyclic)
        self.instrs_at: dict[tuple[int, int], list[Instr]] = {}
        for block in found.order:
            for instr in block.instrs:
                self.instrs_at.setdefault((lifted.copies[block], instr.origin), []).append(instr)
        self.copy = 0
        self.begun = False
        self.nulls = self._nulls()
        self.apart = {
            (lifted.copies[b], i.origin)
            for b in found.order
            for i in b.instrs
            if found.modes[i] == "generic" and i.op in ("call", "call_method")
        }
        """Calls that are taken apart: what prepares them is left out."""
        self.guards = guards_of(found)
        self.handlers = {b.handler.target for b in found.order if b.handler is not None}
        self.handler_starts = {(lifted.copies[b], lifted.starts[b]) for b in self.handlers}

    def _nulls(self) -> set[tuple[int, int]]:
        """Instructions whose NULL has to be a None, since the call that it is for takes the stack apart."""
        found, lifted = self.found, self.lifted
        return {lifted.markers[m] for i, m in lifted.slots.items() if found.modes.get(i) == "generic"}

    # the whole ---------------------------------------------------------------------------------------------

    def emit(self) -> CodeType:
        lifted = self.lifted
        order = sorted(self.found.order[1:], key=lambda b: (lifted.copies[b], lifted.starts[b]))
        for index, block in enumerate(order):
            following = order[index + 1] if index + 1 < len(order) else None
            self._block(block, following)
        self.asm.region(None)
        self.asm.location = NO_LINE
        while self.late:
            self.late.pop(0)()
        if self.guarded:
            self.asm.place(self.stale)
            self.asm.call_const(self.runtime.stale)
            self.asm.emit("RETURN_VALUE")
        return self._finish()

    def _finish(self) -> CodeType:
        code = self.code
        n = code.co_argcount
        return self.asm.finish(
            code,
            code.co_name,
            # All locals in their order, which `locals()` shows; the parameters are the first of them.
            ("$ctx", *code.co_varnames),
            qualname=code.co_qualname,
            argcount=n + 1,
            posonlyargcount=max(code.co_posonlyargcount, 0) + 1,
            kwonlyargcount=code.co_kwonlyargcount,
            flags=code.co_flags,
            cellvars=code.co_cellvars,
            freevars=code.co_freevars,
            docstring=code.co_consts[0] if code.co_consts and isinstance(code.co_consts[0], str) else None,
            stacksize=code.co_stacksize + len(self.storage.frame) + self._widest_entry(),
        )

    def _widest_entry(self) -> int:
        return max(map(len, self.storage.entries.values()), default=0)

    def _prologue(self) -> None:
        """After the code's own prologue: our locals get their first values."""
        asm = self.asm
        asm.location = NO_LINE
        self.begun = True
        if self.suspends:
            asm.load("$ctx")
            asm.emit("COPY", 1)
            asm.store("$gen")
            asm.emit("LOAD_ATTR", CURRENT.attribute("ctx"))
            asm.store("$ctx")
        if self.storage.unwound:
            asm.const(None)
            asm.store("$n")
        for name in self.layout.initial:
            asm.const(None)
            asm.store(name)
        if self.taped:
            asm.emit("BUILD_LIST", 0)
            asm.store("$tape")
        self._stash_params(self.found.order[0])
        for instr in self.found.order[0].instrs:
            if instr.op == "pairs":
                emit_entry_pairs(self, instr)
            elif instr.op == "free_cell" and instr.result in self.layout.stash:
                self._load_variable(instr.static)
                asm.store(self.layout.stash[instr.result])
        self._edge(self.found.order[0].terminator.edges()[0])

    # blocks ------------------------------------------------------------------------------------------------

    def _block(self, block: Block, following: Block | None) -> None:
        asm = self.asm
        self.copy = self.lifted.copies[block]
        start, end = self.lifted.starts[block], self.lifted.ends[block]
        first = block is self.found.order[0].terminator.edges()[0].target
        if block in self.handlers:
            asm.region(None)
        asm.location = NO_LINE
        if not first:
            asm.place(self.labels[block])
            self._handler_label(block, start)
            self._enter(block)
        for index in range(start, end):
            if first and self._prologue_done(index):
                self._prologue()
                first = False
                asm.place(self.labels[block])
                self._enter(block)
            last = index == end - 1
            if last:
                self._handler_number(block)
            if not (last and self._terminates(index)):
                self._instruction(index, block)
        if first:
            self._prologue()
        self._terminate(block, following)

    def _prologue_done(self, index: int) -> bool:
        return self.lifted.program.instrs[index].name not in (
            "COPY_FREE_VARS", "MAKE_CELL", "RETURN_GENERATOR", "POP_TOP", "RESUME",
        ) or (index > 0 and self.lifted.program.instrs[index - 1].name == "RESUME")  # fmt: skip

    def _handler_label(self, block: Block, start: int) -> None:
        if block in self.handlers:
            self.asm.place(self.handler_labels.setdefault((self.copy, start), Label()))

    def _region(self, index: int) -> None:
        # Before our locals have their values there is nothing to record, and nothing to record it with.
        handler: Handler | None = self.lifted.handler(index) if self.begun else self.lifted.program.handlers[index]
        if handler is None or (self.copy, handler.target) not in self.handler_starts:
            self.asm.region(None)
        else:
            label = self.handler_labels.setdefault((self.copy, handler.target), Label())
            self.asm.region(handler.region, label)

    def _guards(self, block: Block) -> bool:
        """Whether the block ends with a guard of ours, after its last instruction."""
        return bool(block.instrs) and block.instrs[-1].op == "refine"

    def _terminates(self, index: int) -> bool:
        return CURRENT.opcodes[self.lifted.program.instrs[index].name].flow != "next"

    def _enter(self, block: Block) -> None:
        """At a block's beginning: push the edge's number if it has an entry of its own, stash parameters."""
        if block in self.storage.separate:
            self.asm.load("$tape")
            self.asm.load(self.layout_name(self.storage.edges[block]))
            self.asm.emit("LIST_APPEND", 1)
            self.asm.emit("POP_TOP")
        if block in self.storage.unwound:
            self.asm.call_const(self.runtime.unwound, "$ctx", "$n")
            self.asm.store(self.layout_name(self.storage.unwound[block]))
        self._stash_params(block)
        for instr in block.instrs:
            if instr.origin < 0 and instr.results and instr.results[0] in self.layout.stash:
                self._stash_slot(instr.results[0], block)

    def layout_name(self, value: Value) -> str:
        return self.layout.stash.setdefault(value, f"${len(self.layout.stash)}")

    def store_record(self, instr: Instr) -> None:
        """The record of a generic instruction is on the stack: keep it, if the pullback wants it."""
        record = self.storage.records.get(instr)
        if record is None:
            self.asm.emit("POP_TOP")
        else:
            self.asm.store(self.layout_name(record))

    def _stash_params(self, block: Block) -> None:
        late = {value for values in self.layout.late.values() for value in values}
        checked = self._checked(block)
        wanted = [param for param in block.params if param not in late]
        wanted += [value for value in self.layout.late.get(block, ()) if value not in checked]
        for value in wanted:
            if value in self.layout.stash:
                self._stash_slot(value, block)

    def _checked(self, block: Block) -> set[Operand]:
        """Values that may be unbound until an instruction of `block` has made sure of them."""
        late = self.layout.late.get(block)
        return {instr.args[0] for instr in block.instrs if instr.op == "check"} if late else set()

    def _stash_slot(self, value: Value, block: Block) -> None:
        entry = self.lifted.entries[block]
        name = find(value, entry)
        if name is not None:
            self._load_variable(name)
        else:
            self.asm.emit("COPY", len(entry.stack) - entry.stack.index(value))
        self.asm.store(self.layout.stash[value])

    def _load_variable(self, name: str) -> None:
        code = self.code
        if name in code.co_cellvars or name in code.co_freevars:
            self.asm.emit(CURRENT.load_cell, cell_variable(code, name))
        else:
            self.asm.load(name)

    # instructions ------------------------------------------------------------------------------------------

    def _instruction(self, index: int, block: Block) -> None:
        """One decoded instruction, as it stands or taken to the runtime, and the stashes of its results."""
        instr = self.lifted.program.instrs[index]
        asm = self.asm
        asm.location = instr.location
        self._region(index)
        records = self.instrs_at.get((self.copy, index), ())
        generic = next((i for i in records if self.found.modes[i] == "generic"), None)
        if instr.name == "YIELD_VALUE":
            self.leave_record(block)
            emit_count(self)
        item = next((i for i in records if i in self.found.keys), None)
        if item is not None:
            emit_index(self, item)
        if generic is not None:
            emit_generic(self, instr, generic)
        else:
            self.native(index, instr)
        self._stash_results(index, block)

    def native(self, index: int, instr: Any) -> None:
        asm = self.asm
        if instr.name == "PRECALL":
            # Emitted with its CALL: the interpreter takes it for granted that nothing stands between the two.
            return
        if instr.name == "KW_NAMES" and (self.copy, index + CURRENT.keywords_ahead) in self.apart:
            return
        if (self.copy, index) in self.nulls:
            _load_with_none(asm, instr)
        elif instr.name in _SPLIT:
            for name, arg in zip(_SPLIT[instr.name], instr.arg, strict=True):
                asm.emit(name, arg)
        elif instr.name == "CALL":
            asm.call(instr.arg)
        else:
            asm.items.append(instr.copy())
        emit_guard(self, index)

    def _stash_results(self, index: int, block: Block) -> None:
        pushed = self.lifted.pushes[self.copy, index]
        for instr in self.instrs_at.get((self.copy, index), ()):
            if instr.op == "check" and instr.args[0] in self.layout.late.get(block, ()):
                self.asm.load(self.lifted.program.instrs[index].arg)
                self.asm.store(self.layout.stash[instr.args[0]])
            for value in instr.results:
                if value in self.layout.stash and value in pushed:
                    self.asm.emit("COPY", len(pushed) - pushed.index(value))
                    self.asm.store(self.layout.stash[value])
                elif value in self.layout.stash and (name := find(value, self.lifted.states[block])):
                    self._load_variable(name)
                    self.asm.store(self.layout.stash[value])

    def push_value(self, value: Value, block: Block) -> None:
        """Push a saved value, at the end of `block`."""
        if value in self.layout.stash:
            self.asm.load(self.layout.stash[value])
            return
        name = find(value, self.lifted.states[block])
        assert name is not None
        self._load_variable(name)

    # ends --------------------------------------------------------------------------------------------------

    def _record(self, block: Block) -> None:
        """Append the block's values to the tape."""
        entries = self.storage.entries.get(block)
        if not entries:
            return
        asm = self.asm
        asm.load("$tape")
        for value in entries:
            self.push_value(value, block)
        if len(entries) > 1:
            asm.emit("BUILD_TUPLE", len(entries))
        asm.emit("LIST_APPEND", 1)
        asm.emit("POP_TOP")

    def _handler_number(self, block: Block) -> None:
        """Before an instruction that may raise: number the way to its handler."""
        if block.handler is not None:
            self._edge(block.handler)

    def _edge(self, edge: Edge) -> None:
        """Note by which edge the target is entered, where that is not certain."""
        number = self.storage.edges.get(edge.target)
        if number is None:
            return
        ways = self.ways[edge.target]
        index = next(i for i, (_, way, _) in enumerate(ways) if way is edge)
        self.asm.const(index)
        self.asm.store(self.layout_name(number))

    def _terminate(self, block: Block, following: Block | None) -> None:
        asm, terminator = self.asm, block.terminator
        if is_unwinding(block):
            self._unwind(block)
            return
        end = self.lifted.ends[block]
        index = end - 1
        last = self.lifted.program.instrs[index] if end > self.lifted.starts[block] else None
        explicit = last is not None and self._terminates(index) and not self._guards(block)
        if isinstance(terminator, Jump):
            self._record(block)
            self._edge(terminator.edge)
            if explicit and last is not None:
                asm.location = last.location
            self.go(terminator.edge.target, following, last.name if explicit and last is not None else None)
            return
        assert last is not None
        asm.location = last.location
        if self._guards(block):
            assert isinstance(terminator, Branch)
            self._guard(block, terminator, following)
            return
        self._region(index)
        if isinstance(terminator, Return):
            self._return(block, last)
        elif isinstance(terminator, Branch):
            self._branch(block, terminator, last, index, following)
        else:
            asm.items.append(last.copy())

    def _guard(self, block: Block, terminator: Branch, following: Block | None) -> None:
        """Go on in the other copy if the value is no float."""
        asm = self.asm
        self._record(block)
        value = block.instrs[-1].args[0]
        if value.type is not float:
            self._push_guarded(self.found.refined.get(value, value), self.lifted.states[block])
            asm.store("$a")
            asm.call_const(type, "$a")
            asm.const(float)
            asm.emit("IS_OP", 0)
            asm.jump_if("false", self._leave_label(block, terminator.otherwise))
        self._edge(terminator.then)
        self.go(terminator.then.target, following)

    def _push_guarded(self, value: Operand, state: FrameState) -> None:
        if value in state.stack:
            self.asm.emit("COPY", len(state.stack) - state.stack.index(value))
            return
        name = find(value, state)
        assert name is not None
        self.asm.load(name)

    def _leave_label(self, block: Block, edge: Edge) -> Label:
        """Where a failed guard goes: what waits on the stack for calls is put as the other copy wants it."""
        label = Label()

        def stretch() -> None:
            self.asm.place(label)
            self._mend_stack(block, edge.target)
            self._edge(edge)
            self.asm.jump(self.labels[edge.target])

        self.late.append(stretch)
        return label

    def _mend_stack(self, block: Block, target: Block) -> None:
        """NULLs that the other copy has as None, and the other way round."""
        mine, theirs = self.lifted.states[block].stack, self.lifted.entries[target].stack
        lowest = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) if self._differ(a, b)), None)
        if lowest is None:
            return
        for depth in range(len(mine) - 1, lowest - 1, -1):
            self.asm.store(f"$s{depth}")
        for depth in range(lowest, len(mine)):
            if not is_marker(theirs[depth]):
                self.asm.load(f"$s{depth}")
            elif self._is_none(theirs[depth]):
                self.asm.const(None)
            else:
                self.asm.emit("PUSH_NULL")

    def _differ(self, mine: Any, theirs: Any) -> bool:
        return is_marker(theirs) and self._is_none(mine) is not self._is_none(theirs)

    def _is_none(self, marker: Any) -> bool:
        """Whether a marker stands on the stack as a None."""
        return self.lifted.markers.get(marker) in self.nulls

    def _unwind(self, block: Block) -> None:
        """The exception goes on to the caller, who finds the record of what has happened."""
        asm = self.asm
        if self.suspends:
            self.leave_record(block)
            asm.const(True)
            asm.load("$gen")
            asm.emit("STORE_ATTR", "ended")
        else:
            self._number_exit(block)
            self.push_record(block)
            asm.load("$ctx")
            asm.emit("STORE_ATTR", "unwound")
        asm.emit("RERAISE", 1)

    def go(self, target: Block, following: Block | None, name: str | None = None) -> None:
        if target is following:
            return
        if name == "JUMP_BACKWARD_NO_INTERRUPT" and id(self.labels[target]) in self.asm.placed:
            self.asm.emit(name, self.labels[target])
        else:
            self.asm.jump(self.labels[target])

    def _return(self, block: Block, last: Any) -> None:
        asm = self.asm
        if last.name == "RETURN_CONST":
            asm.const(last.arg)
        if self.suspends:
            self.leave_record(block)
            asm.const(True)
            asm.load("$gen")
            asm.emit("STORE_ATTR", "ended")
            asm.emit("RETURN_VALUE")
            return
        self._number_exit(block)
        asm.region(None)
        self.push_record(block)
        asm.emit("SWAP", 2)
        asm.emit("BUILD_TUPLE", 2)
        asm.emit("RETURN_VALUE")

    def _number_exit(self, block: Block) -> None:
        if self.storage.exit is not None:
            self.asm.const(self.exits.index(block))
            self.asm.store(self.layout_name(self.storage.exit))

    def leave_record(self, block: Block) -> None:
        """A generator leaves its record with its state, at each ``yield`` and at the end."""
        self._number_exit(block)
        self.push_record(block)
        self.asm.load("$gen")
        self.asm.emit("STORE_ATTR", "record")

    def push_record(self, block: Block) -> None:
        asm = self.asm
        asm.const(self.pullback)
        for value in self.storage.frame:
            self.push_value(value, block)
        if self.taped:
            asm.load("$tape")
        asm.emit("BUILD_TUPLE", 1 + len(self.storage.frame) + self.taped)

    def _branch(self, block: Block, terminator: Branch, last: Any, index: int, following: Block | None) -> None:
        flow = CURRENT.opcodes[last.name].flow
        jump_target = self.lifted.program.targets[index]
        taken = self._taken(terminator, flow, last)
        stay = terminator.otherwise if taken is terminator.then else terminator.then
        if flow in ("for", "send"):
            self._iterate(block, taken, stay, last, index, following)
            return
        self._record(block)
        asm = self.asm
        label = self.way_label(taken, jump_target)
        asm.emit(self._forward(last.name, label), label)
        self._edge(stay)
        self.go(stay.target, following)

    def _taken(self, terminator: Branch, flow: str, last: Any) -> Edge:
        """The edge on which the original instruction jumps."""
        jumps_when_true = flow in ("for", "send") or "IF_TRUE" in last.name or last.name.endswith("IF_NONE")
        return terminator.then if jumps_when_true else terminator.otherwise

    def way_label(self, edge: Edge, _: int | None) -> Label:
        """The target's label, or that of a late stretch of code that notes the edge first."""
        if edge.target not in self.storage.edges:
            return self.labels[edge.target]
        label = Label()

        def stretch() -> None:
            self.asm.place(label)
            self._edge(edge)
            self.asm.jump(self.labels[edge.target])

        self.late.append(stretch)
        return label

    def _forward(self, name: str, label: Label) -> str:
        """The conditional jump for a label that may now lie the other way."""
        if id(label) in self.asm.placed:
            return name
        return name.replace("_BACKWARD_", "_FORWARD_")

    def _exhausted(self, instr: Instr) -> None:
        """Push the record of the step that ends a loop: the iterator may have run code on its way."""
        began = next((i for i in self.storage.records if i.op == "pairs" and i.results == instr.args), None)
        place = self.layout.stash.get(self.storage.records[began]) if began is not None else None
        if place is None or not self._always_set(began, instr):
            self.asm.const(None)
        else:
            self.asm.call_const(self.runtime.exhausted, place)

    def _always_set(self, began: Instr | None, instr: Instr) -> bool:
        """Whether a loop is only reached by way of its beginning, which then has left a record."""
        return began is not None and began.result is instr.args[0]

    def _iterate(
        self, block: Block, taken: Edge, stay: Edge, last: Any, index: int, following: Block | None
    ) -> None:
        """FOR_ITER and SEND: what the block records is known only after the step, on both ways."""
        asm = self.asm
        instr = block.instrs[-2]
        generic = self.found.modes[instr] == "generic"
        send = generic and last.name == "SEND"
        label = Label()
        if send:
            asm.emit("COPY", 2)
            asm.store("$it")

        def done() -> None:
            asm.place(label)
            if last.name == "FOR_ITER":
                for name in CURRENT.for_exit:
                    asm.emit(name)
            if send:
                emit_send(self, instr, finished=True)
            elif generic:
                self._exhausted(instr)
                self.store_record(instr)
            self._record(block)
            self._edge(taken)
            asm.jump(self.labels[taken.target])

        self.late.append(done)
        asm.emit(last.name, label)
        if send:
            emit_send(self, instr, finished=False)
        elif generic:
            asm.emit("UNPACK_SEQUENCE", 2)
            self.store_record(instr)
        if instr.result in self.layout.stash:
            asm.emit("COPY", 1)
            asm.store(self.layout.stash[instr.result])
        self._record(block)
        self._edge(stay)
        self.go(stay.target, following)


def _load_with_none(asm: Assembler, instr: Any) -> None:
    """An instruction that would push NULL, with a None in its place."""
    if instr.name == "PUSH_NULL":
        asm.const(None)
    elif instr.name == "LOAD_GLOBAL":
        if CURRENT.null_first:
            asm.const(None)
        asm.emit("LOAD_GLOBAL", (False, instr.arg[1]))
        if not CURRENT.null_first:
            asm.const(None)
    else:
        name = instr.arg if isinstance(instr.arg, str) else instr.arg[-1]
        _load_attribute(asm, instr, name)


def _load_attribute(asm: Assembler, instr: Any, name: str) -> None:
    if instr.name == "LOAD_SUPER_ATTR":
        asm.emit("LOAD_SUPER_ATTR", (False, instr.arg[1], name))
    else:
        asm.emit("LOAD_ATTR", CURRENT.attribute(name))
    asm.const(None)
    if CURRENT.null_first and instr.name == "LOAD_SUPER_ATTR":
        asm.emit("SWAP", 2)


