"""The pullback: the blocks of a function backwards, each instruction inverted.

The graph of the pullback mirrors the primal's: ``body(B)`` inverts the instructions of `B`; from there a
dispatch on the recorded edge leads to the predecessors, over one block per edge that hands the cotangents of
B's parameters to the operands that were passed for them.
"""

from __future__ import annotations

from collections.abc import Callable

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.invert import INVERT, view
from bytegrad.adjoint.known import Analysis, type_of
from bytegrad.adjoint.ssa import ZERO, Builder, is_zero
from bytegrad.adjoint.storage import Storage, carriers, is_suspension
from bytegrad.ir.graph import predecessors, rpo
from bytegrad.ir.nodes import Block, Const, Edge, Function, Instr, Operand, Return, Value

CO_VARKEYWORDS = 0x08
ONE_OBJECT = 256
"""Equal ints up to this one are the same object."""
Way = tuple[Block, Edge, str]


class Reverser:
    """Builds the pullback of one analysed function, and with it the storage that it needs."""

    def __init__(self, found: Analysis, storage: Storage, facts: Facts, checked: bool) -> None:
        self.found = found
        self.checked = checked
        """Whether each cotangent is looked at as soon as it is computed."""
        self.storage = storage
        self.facts = facts
        self.out = Builder()
        self.selects = True
        self.record, self.y_bar = self.out.value(), self.out.value()
        self.ways: dict[Block, list[Way]] = predecessors(found.function)
        self.bodies: dict[Block, Block] = {}
        self.dispatches: dict[Block, Block] = {}
        self.fills: dict[Block, Callable[[], None]] = {}
        self.shadows: dict[Value, Value] = {}
        self.popped: dict[Value, Value] = {}
        self.pops: dict[Block, list[tuple[Block, Instr]]] = {}
        """For each cyclic block, where its entry is popped: in its reversal, or on ways back to it."""
        self.steps: dict[Edge, Block] = {}
        storage.carriers = carriers(found.order, self.ways, storage.cyclic)
        self._number_keys()
        self.block = found.order[0]
        """The primal block that is being inverted."""

    def _number_keys(self) -> None:
        """Give each access of a list by an index that may be negative a value for the index from the beginning."""
        for block in self.found.order:
            for instr in block.instrs:
                mode = self.found.modes[instr]
                if mode in ("turn", "push", "pop") or (mode == "item" and needs_index(instr)):
                    self.found.keys[instr] = value = self.storage.fresh()
                    self.storage.defined[value] = block

    # the graph ---------------------------------------------------------------------------------------------

    def build(self) -> Function:
        out = self.out
        entry = out.block
        entry.params.extend((self.record, self.y_bar))
        for block in self.found.order:
            self.bodies[block] = out.new_block()
            raising = block.handler is not None or is_suspension(block)
            self.dispatches[block] = out.new_block() if raising else self.bodies[block]
            self.fills[self.bodies[block]] = self._body(block)
        self._choose(entry, exits_of(self.found.order))
        for block in self.found.order:
            self._connect(block)
        for block in self.storage.cyclic:
            self._place_pops(block)
        function = Function(f"{self.found.function.name}.pullback", out.blocks)
        ordered = rpo(function)
        for block in ordered:
            out.block = block
            if block in self.fills:
                self.fills[block]()
        out.complete()
        self._unpack_frame(entry)
        function.blocks = ordered
        return function

    def _choose(self, entry: Block, exits: list[Block]) -> None:
        """Go to the block by which the primal left."""
        out = self.out
        if not exits:
            entry.terminator = Return(Const((ZERO,) * len(self.found.function.params)))
            return
        ways = []
        for block in exits:
            seed = out.new_block()
            self.fills[seed] = self._seed(block)
            ways.append((seed, self.dispatches[block] if is_suspension(block) else self.bodies[block]))
        self.storage.exit = self.storage.fresh() if len(exits) > 1 else None
        if self.storage.exit is not None:
            self.storage.defined[self.storage.exit] = self.found.order[0]
        self._chain(entry, self.storage.exit, [seed for seed, _ in ways], self.found.order[0])
        for seed, body in ways:
            out.jump(seed, body)

    def _seed(self, block: Block) -> Callable[[], None]:
        terminator = block.terminator
        value = terminator.value if isinstance(terminator, Return) else block.instrs[-1].args[0]
        if is_unwinding(block):
            return lambda: None

        def fill() -> None:
            if self.found.wants(value):
                self.out.write(self.variable(value), self.y_bar)

        return fill

    def _chain(self, source: Block, number: Value | None, targets: list[Block], owner: Block) -> None:
        """Go from `source` to the target that the recorded `number` names."""
        out = self.out
        for index, target in enumerate(targets[:-1]):
            assert number is not None
            rest = targets[-1] if index == len(targets) - 2 else out.new_block()
            self._test(source, number, index, owner, target, rest)
            source = rest
        if len(targets) == 1:
            out.jump(source, targets[0])

    def _test(self, source: Block, number: Value, index: int, owner: Block, then: Block, rest: Block) -> None:
        out = self.out
        condition = out.value(bool)
        out.branch(source, condition, then, rest)
        before = self.fills.get(source)

        def fill() -> None:
            if before is not None:
                before()
            saved = self.saved(number, owner)
            # Small numbers are one object each, which is the quickest comparison; larger ones need not be.
            compare = "is_" if index <= ONE_OBJECT else "eq"
            out.block.instrs.append(Instr(compare, (saved, Const(index)), (condition,)))

        self.fills[source] = fill

    def _connect(self, block: Block) -> None:
        """Lead from the dispatch of `block` to its predecessors."""
        out, ways = self.out, self.ways[block]
        dispatch = self.dispatches[block]
        if dispatch is not self.bodies[block]:
            out.jump(self.bodies[block], dispatch)
        if not ways:
            self._finish(dispatch)
            return
        steps = []
        for source, edge, kind in ways:
            step = out.new_block()
            self.fills[step] = self._transfer(edge)
            if kind == "handler":
                self.fills[step] = self._unwound(self.fills[step], source, block)
            if kind == "handler" and is_suspension(source):
                self.fills[step] = self._thrown(self.fills[step], source)
            self.steps[edge] = step
            out.jump(step, self.bodies[source] if kind == "jump" else self.dispatches[source])
            steps.append(step)
        number = None
        if len(ways) > 1:
            number = self.storage.edge_of(block)
            if block in self.storage.cyclic and _may_skip_body(block, ways):
                self._pop_edge(block, dispatch, number)
        self._chain(dispatch, number, steps, block)

    def _pop_edge(self, block: Block, dispatch: Block, number: Value) -> None:
        """The number of the edge has its own entry on the tape, under that of the block's values."""
        self.storage.separate.add(block)
        before = self.fills.get(dispatch)

        def fill() -> None:
            if before is not None:
                before()
            self.storage.entries.setdefault(block, {})
            self.popped[number] = self.out.emit("pop", static=1)

        self.fills[dispatch] = fill

    def _transfer(self, edge: Edge) -> Callable[[], None]:
        """Hand the cotangents of the target's parameters to the operands of `edge`."""

        def fill() -> None:
            pairs = [
                (arg, self.take(param))
                for param, arg in zip(edge.target.params, edge.args, strict=True)
                if self.found.wants(arg) and self.found.wants(param)
            ]
            for param in edge.target.params:
                if self.found.wants(param):
                    self.out.write(self.variable(param), Const(ZERO))
            for arg, bar in pairs:
                self.accumulate(arg, bar)

        return fill

    def _thrown(self, transfer: Callable[[], None], source: Block) -> Callable[[], None]:
        """The generator was resumed by an exception: what it had yielded has its cotangent all the same."""

        def fill() -> None:
            transfer()
            value_bar = self.out.emit("yield", Const(ZERO))
            self.accumulate(source.instrs[-1].args[0], value_bar)

        return fill

    def _unwound(self, transfer: Callable[[], None], source: Block, handler: Block) -> Callable[[], None]:
        """Before the cotangents are handed over: reverse what the raising call had done when it was left."""
        calls = [i for i in source.instrs if self.found.modes.get(i) in ("generic", "raise")]
        if not calls:
            return transfer

        def fill() -> None:
            transfer()
            instr = calls[-1]
            operands = instr.args[1:] if instr.op in ("call", "call_method", "call_ex") else instr.args
            record = self.saved(self.storage.unwound_of(handler), handler)
            bars = self.out.emits("reverse", len(operands), record, Const(ZERO), static=len(operands))
            for operand, bar in zip(operands, bars, strict=True):
                self.accumulate(operand, bar)
            for viewed in [i for i in source.instrs if i.op == "view" and i.origin == instr.origin]:
                view(self, viewed, handler)

        return fill

    def _finish(self, dispatch: Block) -> None:
        before = self.fills.get(dispatch)

        def fill() -> None:
            if before is not None:
                before()
            params = self.found.function.params
            bars = [self.take(p) if self.found.wants(p) else Const(ZERO) for p in params]
            code = self.found.function.code
            if code is not None and code.co_flags & CO_VARKEYWORDS:
                bars[-1] = self.out.emit("take_all", self.saved(params[-1]))
            dispatch.terminator = Return(self.out.emit("tuple", *bars))

        self.fills[dispatch] = fill

    # one block ---------------------------------------------------------------------------------------------

    def _body(self, block: Block) -> Callable[[], None]:
        def fill() -> None:
            self.block = block
            for instr in reversed(block.instrs):
                INVERT[self.found.modes[instr]](self, instr)

        return fill

    def _place_pops(self, block: Block) -> None:
        """Pop the entry of a cyclic block at the beginning of its reversal, or on the ways that have one of its own."""
        carried = self.storage.carriers.get(block)
        edges = block.terminator.edges()
        places = [self.steps[e] for e in edges if e.target not in carried] if carried else [self.bodies[block]]
        self.pops[block] = [(place, Instr("pop", ())) for place in places]
        for place, pop in self.pops[block]:
            place.instrs.insert(0, pop)

    def saved(self, operand: Operand, owner: Block | None = None) -> Operand:
        """What the primal's `operand` is in the pullback."""
        operand = self.found.refined.get(operand, operand)
        if isinstance(operand, Const):
            return operand
        if operand in self.popped:
            return self.popped[operand]
        owner = owner or self.block
        self.storage.users.setdefault(operand, set()).add(owner)
        if self.storage.in_frame(operand, owner):
            return self.storage.frame.setdefault(operand, self.out.value(operand.type))
        return self._on_tape(operand, owner, self.out.block)

    def _on_tape(self, operand: Value, owner: Block, reader: Block) -> Operand:
        """A value of the owner's entry, or of the entries that have it in its place, for the block `reader`."""
        variable = ("saved", owner, operand)
        entry = self.storage.entries.setdefault(owner, {})
        if operand not in entry:
            entry[operand] = None
            self.out.homes[variable] = home = self.out.home(("saved", operand))
            for place, pop in self.pops[owner]:
                value = self.out.value(operand.type, home)
                pop.results += (value,)
                self.out.write(variable, value, place)
            for edge in owner.terminator.edges():
                if edge.target in self.storage.carriers.get(owner, ()):
                    carried = self._on_tape(operand, edge.target, self.bodies[edge.target])
                    self.out.write(variable, carried, self.steps[edge])
        return self.out.read(variable, reader)

    def shadow(self, container: Operand) -> Operand:
        """The shadow of a list or dict: found once per call where the container is the same throughout."""
        storage = self.storage
        container = self.found.refined.get(container, container)
        if isinstance(container, Value) and storage.defined[container] not in storage.cyclic:
            self.saved(container)
            if container not in self.shadows:
                self.shadows[container] = self.out.value()
            return self.shadows[container]
        return self.out.emit("shadow", self.saved(container))

    def key(self, instr: Instr, key: Operand) -> Operand:
        """The key of an item access as its shadow has it."""
        return self.saved(self.found.keys.get(instr, key))

    def _unpack_frame(self, entry: Block) -> None:
        """Put the instructions that read the record at the beginning, now that its layout is known."""
        for place, pop in [one for pops in self.pops.values() for one in pops]:
            pop.static = len(pop.results)
            if not pop.results:
                place.instrs.remove(pop)
        values = tuple(self.storage.frame.values())
        frame = self.storage.frame
        hoisted = [Instr("shadow", (frame[c],), (s,)) for c, s in self.shadows.items()]
        entry.instrs[:0] = [Instr("unpack_record", (self.record,), values, len(values)), *hoisted]

    # cotangents --------------------------------------------------------------------------------------------

    def take(self, value: Operand) -> Operand:
        """The cotangent of `value` so far."""
        return self.out.read(self.variable(value))

    def variable(self, value: Operand) -> tuple[str, Operand]:
        """What gathers the cotangent of `value`; a guarded value and the float that it is share it."""
        return ("bar", self.found.refined.get(value, value))

    def accumulate(self, operand: Operand, bar: Operand) -> None:
        """Add `bar` to the cotangent of `operand`."""
        if not self.found.wants(operand) or is_zero(bar):
            return
        variable = self.variable(operand)
        current = self.out.read(variable)
        if is_zero(current):
            self.out.write(variable, bar)
            return
        assert isinstance(operand, Value)
        op = "add" if operand.type in (int, float) else "accum"
        self.out.write(variable, self.out.emit(op, current, bar, home=self.out.home(variable)))


def exits_of(order: list[Block]) -> list[Block]:
    """The blocks by which a call may end: returns, and in generators every ``yield``."""
    return [b for b in order if isinstance(b.terminator, Return) or is_suspension(b) or is_unwinding(b)]


def is_unwinding(block: Block) -> bool:
    """Whether the function is left by an exception at the end of `block`."""
    return bool(block.instrs) and block.instrs[-1].op == "unwind"


def needs_index(instr: Instr) -> bool:
    """Whether the index of an item access has to be counted from the list's beginning first."""
    container, key = instr.args[0], instr.args[1]
    if type_of(container) is not list:
        return False
    return not (isinstance(key, Const) and key.value >= 0)


def _may_skip_body(block: Block, ways: list[Way]) -> bool:
    """Whether the reversal may begin at the block's dispatch, where its values have no entry on the tape."""
    return block.handler is not None or is_suspension(block) or any(kind == "handler" for _, _, kind in ways)


def reverse(found: Analysis, storage: Storage, facts: Facts, checked: bool = False) -> Function:
    """The pullback of the analysed function: ``(record, y_bar) -> cotangents of the parameters``."""
    return Reverser(found, storage, facts, checked).build()
