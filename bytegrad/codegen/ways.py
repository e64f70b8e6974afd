"""How an augmented primal goes from block to block: edges, guards, loops, and the ways out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.adjoint.known import RANGE_ITERATOR, Analysis, type_of
from bytegrad.adjoint.passive import Passive
from bytegrad.adjoint.reverse import is_unwinding
from bytegrad.adjoint.storage import Storage
from bytegrad.codegen.assemble import Assembler
from bytegrad.codegen.generic import emit_send
from bytegrad.codegen.indices import emit_turn
from bytegrad.codegen.layout import Layout, find
from bytegrad.codegen.questions import emit_raise, emit_truth
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Instr, Jump, Operand, Return, Value
from bytegrad.ir.ops import SELF
from bytegrad.lift.builder import FrameState, is_marker
from bytegrad.lift.function import Lifted

if TYPE_CHECKING:
    from bytegrad.codegen.runtime_functions import Runtime


class Ways:
    """The part of the emitter that ends blocks."""

    asm: Assembler
    counters: dict[Operand, str]
    exits: list[Block]
    found: Analysis
    in_namespace: bool
    labels: dict[Block, Label]
    ends: list[Callable[[], None]]
    late: list[Callable[[], None]]
    before: dict[Block, list[Callable[[], None]]]
    layout: Layout
    lifted: Lifted
    missed: dict[int, type] | None
    nulls: set[tuple[int, int]]
    passive: Passive | None
    pullback: Any
    runtime: Runtime
    storage: Storage
    suspends: bool
    taped: bool
    ways: dict[Block, list[tuple[Block, Edge, str]]]

    if TYPE_CHECKING:

        def layout_name(self, value: Value) -> str: ...
        def push_value(self, value: Value, block: Block) -> None: ...
        def store_record(self, instr: Instr) -> None: ...
        def _load_variable(self, name: str) -> None: ...
        def _guards(self, block: Block) -> bool: ...
        def _region(self, index: int) -> None: ...
        def _terminates(self, index: int) -> bool: ...

    def _record(self, block: Block, target: Block) -> None:
        """Append the block's values to the tape, if the entry of `target` does not have them too."""
        if not self.storage.records_before(block, target):
            return
        entries, asm = self.storage.entries[block], self.asm
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
            self._record(block, terminator.edge.target)
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
            emit_raise(self, block, index)
            asm.replay(last)

    def _guard(self, block: Block, terminator: Branch, following: Block | None) -> None:
        """Go on in the other copy if the value is not of the type that was guessed."""
        asm = self.asm
        (value,), kind = block.instrs[-1].args, block.instrs[-1].result.type
        assert isinstance(value, Value)
        if value.type is not kind:
            asm.callee(lambda: asm.const(type))
            self._push_guarded(self.found.refined.get(value, value), self.lifted.states[block])
            asm.call(1)
            asm.const(kind)
            asm.emit("IS_OP", 0)
            asm.jump_if("false", self._leave_label(block, terminator.otherwise))
        self._record(block, terminator.then.target)
        self._edge(terminator.then)
        self.go(terminator.then.target, following)

    def _push_guarded(self, value: Operand, state: FrameState) -> None:
        """Push `value` on top of the two slots of a callee."""
        if value in state.stack:
            self.asm.emit("COPY", len(state.stack) - state.stack.index(value) + 2)
            return
        name = find(value, state)
        assert name is not None
        self.asm.load(name)

    def _leave_label(self, block: Block, edge: Edge) -> Label:
        """Where a failed guard goes: what waits on the stack for calls is put as the other copy wants it."""
        label = Label()

        def stretch() -> None:
            self.asm.place(label)
            self._note_miss(block)
            self._mend_stack(block, edge.target)
            self._record(block, edge.target)
            self._edge(edge)
            self.asm.jump(self.labels[edge.target])

        self.late.append(stretch)
        return label

    def _note_miss(self, block: Block) -> None:
        """Say what the value was, so that the next code for this function need not guess."""
        if self.missed is None:
            return
        asm = self.asm
        (value,) = block.instrs[-1].args
        asm.callee(lambda: asm.const(self.runtime.miss))
        self._push_guarded(self.found.refined.get(value, value), self.lifted.states[block])
        asm.const(self.missed)
        asm.const(self.lifted.ends[block] - 1)
        asm.call(3)
        asm.emit("POP_TOP")

    def _mend_stack(self, block: Block, target: Block) -> None:
        """What the other copy wants otherwise on the stack: NULLs of waiting calls, iterators that give pairs.

        NULLs that it has as None, and the other way round: a method that was loaded natively out of a module stands
        over its NULL, and not under it, where NULL comes first.
        """
        mine, theirs = self.lifted.states[block].stack, self.lifted.entries[target].stack
        apart = [i for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) if self._differ(a, b)]
        if not apart:
            return
        swapped = {i - 1: i for i in apart if CURRENT.null_first and self._is_method(theirs[i])}
        lowest = min(apart[0], *swapped) if swapped else apart[0]
        for depth in range(len(mine) - 1, lowest - 1, -1):
            self.asm.store(f"$s{depth}")
        for depth in range(lowest, len(mine)):
            if not is_marker(theirs[depth]):
                self._load_for(f"$s{swapped.get(depth, depth)}", mine[depth], theirs[depth])
            elif self._is_none(theirs[depth]):
                self.asm.const(None)
            else:
                self.asm.emit("PUSH_NULL")

    def _is_method(self, marker: Operand) -> bool:
        return isinstance(marker, Const) and marker.value is SELF

    def _load_for(self, place: str, mine: Any, theirs: Any) -> None:
        if self._gives_items(mine, theirs):
            self.asm.call_const(self.runtime.paired, place)
        else:
            self.asm.load(place)

    def _gives_items(self, mine: Any, theirs: Any) -> bool:
        """Whether an iterator is that of a range or of lists here, and of whatever it may be in the other copy."""
        if mine in self.found.sequences or mine in self.found.rows:
            return mine is not theirs
        return type_of(mine) is RANGE_ITERATOR and type_of(theirs) is not RANGE_ITERATOR

    def _differ(self, mine: Any, theirs: Any) -> bool:
        if is_marker(theirs):
            return self._is_none(mine) is not self._is_none(theirs)
        return not is_marker(mine) and self._gives_items(mine, theirs)

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
        if name == "JUMP_BACKWARD_NO_INTERRUPT" and self.asm.linker.has(self.labels[target]):
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
            if self.in_namespace:
                asm.emit("COPY", 1)
                asm.load("$gen")
                asm.emit("STORE_ATTR", "value")
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
        taken = self._taken(terminator, flow, last)
        stay = terminator.otherwise if taken is terminator.then else terminator.then
        if flow in ("for", "send"):
            self._iterate(block, taken, stay, last, index, following)
            return
        asm, carried = self.asm, self.storage.carriers.get(block)
        keeps = emit_truth(self, block, last, index)
        if not carried:
            self._record(block, stay.target)
        label = self.way_label(block if carried else None, taken)
        name = f"POP_{last.name.removesuffix('_OR_POP')}".replace("JUMP_IF", "JUMP_FORWARD_IF") if keeps else last.name
        asm.emit(self._forward(name, label), label)
        if keeps:
            asm.emit("POP_TOP")
        if carried:
            self._record(block, stay.target)
        self._edge(stay)
        self.go(stay.target, following)

    def _taken(self, terminator: Branch, flow: str, last: Any) -> Edge:
        """The edge on which the original instruction jumps."""
        jumps_when_true = flow in ("for", "send") or "IF_TRUE" in last.name or last.name.endswith("IF_NONE")
        return terminator.then if jumps_when_true else terminator.otherwise

    def way_label(self, block: Block | None, edge: Edge) -> Label:
        """The target's label, or that of a stretch of code that notes the edge, and the values of `block`.

        It lies before the target if that is still to come, and is of the line that it comes from: going back to the
        code of a line is one more line to those who trace.
        """
        records = block is not None and self.storage.records_before(block, edge.target)
        if edge.target not in self.storage.edges and not records:
            return self.labels[edge.target]
        label, location = Label(), self.asm.location

        def stretch() -> None:
            self.asm.place(label)
            self.asm.location = location
            if block is not None:
                self._record(block, edge.target)
            self._edge(edge)
            self.asm.jump(self.labels[edge.target])

        self.before.setdefault(edge.target, []).append(stretch)
        return label

    def _forward(self, name: str, label: Label) -> str:
        """The conditional jump for a label that may now lie the other way."""
        if self.asm.linker.has(label):
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

    def _iterate(self, block: Block, taken: Edge, stay: Edge, last: Any, index: int, following: Block | None) -> None:
        """FOR_ITER and SEND: what the block records is known only after the step, on both ways."""
        asm = self.asm
        instr = block.instrs[-2]
        generic = self.found.modes[instr] == "generic"
        send = generic and last.name == "SEND"
        label = Label()
        if send:
            asm.emit("COPY", 2)
            asm.store("$it")
            if block.handler is not None and self.storage.unwound:
                asm.call_const(self.runtime.sending, "$ctx", "$it")
                asm.store("$n")

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
            self._record(block, taken.target)
            self._edge(taken)
            asm.jump(self.labels[taken.target])

        self.ends.append(done)
        asm.emit(last.name, label)
        if send:
            emit_send(self, instr, finished=False)
        elif generic:
            asm.emit("UNPACK_SEQUENCE", 2)
            self.store_record(instr)
        else:
            emit_turn(self, instr)
        if instr.result in self.layout.stash:
            asm.emit("COPY", 1)
            asm.store(self.layout.stash[instr.result])
        self._record(block, stay.target)
        self._edge(stay)
        self.go(stay.target, following)
