"""What all emission of IR has in common: operands onto the stack, results into places, ways between blocks."""

from __future__ import annotations

from collections.abc import Callable

from bytecode import Label

from bytegrad.codegen.allocate import Allocation
from bytegrad.codegen.assemble import Assembler
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Operand, Return, Value


class BlockEmitter:
    """Emits the blocks of one function, whose values have their places; `expression` says what an operation is."""

    def __init__(self, function: Function, places: Allocation, argnames: tuple[str, ...]) -> None:
        self.function, self.places = function, places
        self.asm = Assembler()
        self.asm.start(argnames)
        self.labels = {block: Label() for block in function.blocks}
        self.late: list[Callable[[], None]] = []
        self.depth = 0

    def expression(self, instr: Instr, depth: int) -> None:
        """Push the results of `instr`."""
        raise NotImplementedError

    def store_results(self, instr: Instr) -> None:
        """The results are on the stack, the first one on top."""
        for value in instr.results:
            if self.places.used.get(value):
                self.asm.store(self.places.places[value])
            else:
                self.asm.emit("POP_TOP")

    def push(self, operand: Operand, depth: int = 0) -> None:
        if isinstance(operand, Const):
            self.asm.const(operand.value)
        elif operand in self.places.deferred:
            self.expression(self.places.deferred[operand], depth + 1)
        else:
            self.asm.load(self.places.places[operand])

    def push_all(self, operands: tuple[Operand, ...], depth: int) -> None:
        for index, operand in enumerate(operands):
            self.push(operand, depth + index)

    # ends --------------------------------------------------------------------------------------------------

    def terminate(self, block: Block, following: Block | None) -> None:
        terminator = block.terminator
        if isinstance(terminator, Return):
            self.push(terminator.value)
            self.asm.emit("RETURN_VALUE")
        elif isinstance(terminator, Jump):
            self.go(terminator.edge, following)
        elif isinstance(terminator, Branch):
            self.push(terminator.condition)
            label = self.way(terminator.otherwise)
            self.asm.jump_if("false", label)
            self.go(terminator.then, following)

    def way(self, edge: Edge) -> Label:
        label = Label()

        def stretch() -> None:
            self.asm.place(label)
            self.go(edge, None)

        self.late.append(stretch)
        return label

    def go(self, edge: Edge, following: Block | None) -> None:
        """Hand over the arguments, all read before any is written, and jump."""
        moves = []
        for param, arg in zip(edge.target.params, edge.args, strict=True):
            place = self.places.places[param]
            deferred = arg in self.places.deferred if isinstance(arg, Value) else False
            if deferred or isinstance(arg, Const) or self.places.places[arg] != place:
                moves.append((place, arg))
        for index, (_, arg) in enumerate(moves):
            self.push(arg, index)
        for place, _ in reversed(moves):
            self.asm.store(place)
        if edge.target is not following:
            self.asm.jump(self.labels[edge.target])
