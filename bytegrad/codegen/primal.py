"""Emits the augmented primal: the user's own instructions, replayed, with what the pullback needs recorded.

Locals, stack, exception table, cells and line numbers stay those of the user's code; inserted instructions
leave the stack as they found it and keep their state in fast locals whose names begin with ``$``.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from bytecode import Label

from bytegrad.adjoint.known import Analysis
from bytegrad.adjoint.reverse import exits_of
from bytegrad.adjoint.storage import Storage
from bytegrad.codegen.assemble import NO_LINE, Assembler, cell_variable
from bytegrad.codegen.callees import origins
from bytegrad.codegen.exact_items import updates_items
from bytegrad.codegen.generic import (
    emit_count,
    emit_entry_pairs,
    emit_generic,
    emit_guard,
    emit_yield,
    guards_of,
)
from bytegrad.codegen.indices import emit_end_after, emit_end_before, emit_first_turn, emit_index, turn_counters
from bytegrad.codegen.layout import Layout, find, plan_layout
from bytegrad.codegen.loads import load_bound, load_with_none
from bytegrad.codegen.runtime_functions import Runtime
from bytegrad.codegen.trampoline import take_callee
from bytegrad.codegen.ways import Ways
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Block, Edge, Instr, Value
from bytegrad.ir.ops import REFINING
from bytegrad.lift.decode import Handler
from bytegrad.lift.function import Lifted

Way = tuple[Block, Edge, str]
CO_OPTIMIZED = 0x01

FAR = 4_000
"""Instructions after which the ends of loops are written.

From 3.12 on an interpreter that goes into a generator notes in 16 bits how far SEND or FOR_ITER jumps when it ends.
"""


class PrimalEmitter(Ways):
    """Replays one function."""

    def __init__(
        self,
        lifted: Lifted,
        found: Analysis,
        storage: Storage,
        ways: dict[Block, list[Way]],
        pullback: Any,
        runtime: Runtime,
        missed: dict[int, type] | None,
    ) -> None:
        self.missed = missed
        """By the index of an instruction, what its result turned out to be that was guessed to be a float."""
        self.lifted, self.found, self.storage, self.runtime = lifted, found, storage, runtime
        self.ways = ways
        self.passive = None
        self.pullback = pullback
        self.asm = Assembler()
        self.code = code = lifted.program.code
        # All locals in their order, which `locals()` shows; the parameters are the first of them.
        docstring = code.co_consts[0] if code.co_consts and isinstance(code.co_consts[0], str) else None
        self.asm.start(("$ctx", *code.co_varnames), docstring)
        ours = {*storage.records.values(), *storage.edges.values(), *found.keys.values(), *storage.unwound.values()}
        if storage.exit is not None:
            ours.add(storage.exit)
        self.layout: Layout = plan_layout(lifted, found, storage, ours)
        self.counters = turn_counters(self)
        self.labels = {block: Label() for block in found.order}
        self.handler_labels: dict[tuple[int, int], Label] = {}
        self.late: list[Callable[[], None]] = []
        self.before: dict[Block, list[Callable[[], None]]] = {}
        """What leads to a block, and is written before it if nothing falls through to it, else late."""
        self.ends: list[Callable[[], None]] = []
        """Where SEND and FOR_ITER go when the iterator has ended."""
        self.near = 0
        """Where such stretches were last written."""
        self.loads: dict[tuple[int, int], list[Value]] = {}
        """Values that are copied after the instruction that makes sure that they are there."""
        self.exits = exits_of(found.order)
        self.in_namespace = not self.code.co_flags & CO_OPTIMIZED
        """Whether it is the body of a class or of a module, whose variables are in a namespace."""
        self.suspends = bool(self.code.co_flags & 0x2A0) or self.in_namespace
        self.taped = any(storage.entries.get(b) or b in storage.separate for b in storage.cyclic)
        self.instrs_at: dict[tuple[int, int], list[Instr]] = {}
        for block in found.order:
            for instr in block.instrs:
                self.instrs_at.setdefault((lifted.copies[block], instr.origin), []).append(instr)
        self.origins = origins(found)
        self.displays = {i.result: i.args for block in found.order for i in block.instrs if i.op == "tuple"}
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
            if self.ends and len(self.asm.linker.spelled) - self.near > FAR:
                self._bring_near()
        self._write_out(self.ends)
        self._write_out([stretch for stretches in self.before.values() for stretch in stretches])
        self._write_out(self.late)
        return self._finish()

    def _write_out(self, stretches: list[Callable[[], None]]) -> None:
        self.asm.region(None)
        self.asm.location = NO_LINE
        while stretches:
            stretches.pop(0)()
        self.near = len(self.asm.linker.spelled)

    def _bring_near(self) -> None:
        """Write the ends of loops here: where SEND and FOR_ITER go must not be far away."""
        over = Label()
        self.asm.region(None)
        self.asm.location = NO_LINE
        self.asm.jump(over)
        self._write_out(self.ends)
        self.asm.place(over)

    def _finish(self) -> CodeType:
        code = self.code
        n = code.co_argcount
        return self.asm.finish(
            code,
            code.co_name,
            qualname=code.co_qualname,
            argcount=n + 1,
            posonlyargcount=max(code.co_posonlyargcount, 0) + 1,
            kwonlyargcount=code.co_kwonlyargcount,
            flags=code.co_flags,
            cellvars=code.co_cellvars,
            freevars=code.co_freevars,
            stacksize=code.co_stacksize + len(self.storage.frame) + self._widest_entry() + self._longest_run(),
        )

    def _widest_entry(self) -> int:
        return max(map(len, self.storage.entries.values()), default=0)

    def _longest_run(self) -> int:
        return max([len(run.leaves) + len(run.instrs) for run in self.found.runs.values()], default=0)

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
        if self.in_namespace:
            asm.load("$gen")
            asm.emit("LOAD_ATTR", CURRENT.attribute("namespace"))
            asm.store("$ns")
        if self.storage.unwound:
            asm.const(None)
            asm.store("$n")
        asm.clear(*self.layout.initial, *(["$v"] if updates_items(self) else []))
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
            if block in self.before and asm.linker.has_left():
                asm.region(None)
                for stretch in self.before.pop(block):
                    stretch()
                asm.location = NO_LINE
            asm.place(self.labels[block])
            self._handler_label(block, start)
            if start < end:
                asm.location = self.lifted.program.instrs[start].location
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
        return bool(block.instrs) and block.instrs[-1].op in REFINING

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
            self.asm.callee(lambda: self.asm.const(self.runtime.unwound))
            self.asm.load("$ctx")
            self.asm.load("$n")
            # The exception, under the callee and these: Python does not know yet that it is being handled.
            self.asm.emit("COPY", 5)
            self.asm.call(3)
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

    def build_slice(self, instr: Instr) -> None:
        """Make one of the two bounds on the stack, for `instr`: the user's instruction makes none itself."""
        self.asm.emit("BUILD_SLICE", 2)
        key = instr.args[1]
        if isinstance(key, Value) and key in self.layout.stash:
            self.asm.emit("COPY", 1)
            self.asm.store(self.layout.stash[key])

    def _stash_params(self, block: Block) -> None:
        late = {value for values in self.layout.late.values() for value in values}
        wanted = [param for param in block.params if param not in late]
        for value in self.layout.late.get(block, ()):
            index = self._first_load(value, block)
            if index is None:
                wanted.append(value)
            else:
                self.loads.setdefault((self.copy, index), []).append(value)
        for value in wanted:
            if value in self.layout.stash:
                self._stash_slot(value, block)

    def _first_load(self, value: Value, block: Block) -> int | None:
        """The instruction of `block` that makes sure, for the user's code, that the variable of `value` is bound."""
        name = find(value, self.lifted.entries[block])
        for index in range(self.lifted.starts[block], self.lifted.ends[block]):
            instr = self.lifted.program.instrs[index]
            names = instr.arg if isinstance(instr.arg, tuple) else (instr.arg,)
            if instr.name.startswith("LOAD_FAST") and name in names:
                return index
        return None

    def _stash_slot(self, value: Value, block: Block) -> None:
        entry = self.lifted.entries[block]
        name = find(value, entry)
        if name is None:
            self.asm.emit("COPY", len(entry.stack) - entry.stack.index(value))
        elif name in self.code.co_cellvars and value in self.found.function.params:
            # The parameter's cell was made by the code's own prologue, which ran before this.
            self.asm.emit("LOAD_DEREF", cell_variable(self.code, name))
        else:
            self._load_variable(name)
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
        if item is not None and item.op == "call_method":
            emit_end_before(self, item, _count(instr))
        elif item is not None and item.op != "list_append":
            emit_index(self, item)
        if generic is not None:
            emit_generic(self, instr, generic)
        else:
            self.native(index, instr)
            emit_first_turn(self, records)
        if item is not None and item.op == "list_append":
            emit_end_after(self, item, _count(instr))
        self._stash_results(index, block)

    def native(self, index: int, instr: Any) -> None:
        asm = self.asm
        before = self.lifted.program.instrs[index - 1].name if index else ""
        if instr.name == "PRECALL" or (instr.name == "RESUME" and before == "YIELD_VALUE"):
            # Emitted with its CALL or YIELD_VALUE: the interpreter expects nothing to stand between the two.
            return
        if instr.name == "KW_NAMES" and (self.copy, index + CURRENT.keywords_ahead) in self.apart:
            return
        if (self.copy, index) in self.nulls:
            load_with_none(asm, instr)
        elif any(
            [
                i.op == "load_method" and i.result in self.found.methods
                for i in self.instrs_at.get((self.copy, index), ())
            ]
        ):
            load_bound(asm, instr)
        elif instr.name == "YIELD_VALUE":
            emit_yield(asm, self.lifted.program.instrs, index, self.runtime.returned)
        elif instr.name == "CALL":
            self._restore_null(index, instr.arg)
            asm.call(instr.arg)
        else:
            asm.replay(instr)
        emit_guard(self, index)

    def _restore_null(self, index: int, passed: int) -> None:
        """Put the NULL of a call back that has become a None, for another call that the same callee was loaded for."""
        asm, lifted = self.asm, self.lifted
        call = next((i for i in self.instrs_at.get((self.copy, index), ()) if i in lifted.slots), None)
        if call is None or lifted.markers.get(lifted.slots[call]) not in self.nulls:
            return
        for place in reversed(range(passed)):
            asm.store(f"$s{place}")
        take_callee(self, call)
        asm.callee(lambda: asm.load("$f"))
        for place in range(passed):
            asm.load(f"$s{place}")

    def _stash_results(self, index: int, block: Block) -> None:
        pushed = self.lifted.pushes[self.copy, index]
        for value in self.loads.pop((self.copy, index), ()):
            self._stash_slot(value, block)
        for instr in self.instrs_at.get((self.copy, index), ()):
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


def _count(instr: Any) -> int:
    return int(instr.arg)
