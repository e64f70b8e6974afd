"""Emits IR that computes: ordinary code without an original, such as the function of values and tangents."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from bytecode import Compare, Label
from bytecode.instr import FreeVar, InstrLocation

from bytegrad.codegen.allocate import allocate
from bytegrad.codegen.blocks import BlockEmitter
from bytegrad.cpython import CURRENT
from bytegrad.cpython.common import BINARY_OPERATORS
from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Block, Branch, Function, Instr
from bytegrad.ir.ops import CALLABLES, COMPARE
from bytegrad.ir.passes.thread_jumps import thread_jumps

CO_FLAGS = 0x1 | 0x2
CO_NESTED = 0x10


def emit_straight(function: Function, like: CodeType, suffix: str, free: tuple[str, ...]) -> CodeType:
    """The code object of `function`, with the file of `like` and these free variables."""
    thread_jumps(function)
    function.blocks = rpo(function)
    names = []
    for number, param in enumerate(function.params):
        param.home = f"p{number}"
        names.append(param.home)
    emitter = _Emitter(function, tuple(names))
    emitter.emit(len(free))
    blocks = function.blocks
    widest = max((len(i.args) + len(i.results) for b in blocks for i in b.instrs), default=0)
    longest = max((len(e.args) for b in blocks for e in b.successors()), default=0)
    return emitter.asm.finish(
        like,
        like.co_name,
        qualname=f"{like.co_qualname}.{suffix}",
        argcount=len(names),
        posonlyargcount=len(names),
        freevars=free,
        flags=CO_FLAGS | (CO_NESTED if free else 0),
        stacksize=2 * widest + longest + emitter.depth + 8,
    )


class _Emitter(BlockEmitter):
    def __init__(self, function: Function, argnames: tuple[str, ...]) -> None:
        super().__init__(function, allocate(function, frozenset()), argnames)

    def emit(self, free: int) -> None:
        blocks = self.function.blocks
        if free:
            self.asm.emit("COPY_FREE_VARS", free)
        self.asm.emit("RESUME", 0)
        for index, block in enumerate(blocks):
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            self.asm.place(self.labels[block])
            loop = len(block.instrs) > 1 and block.instrs[-2].op == "next" and block.instrs[-1].op == "is_done"
            for instr in block.instrs[:-2] if loop else block.instrs:
                self.locate(instr)
                self.expression(instr, 0)
                self.store_results(instr)
            if loop:
                self._advance(block, following)
            else:
                self.terminate(block, following)
        while self.late:
            self.late.pop(0)()

    def locate(self, instr: Instr) -> None:
        if instr.line is not None:
            self.asm.location = InstrLocation(instr.line, None, None, None)

    def expression(self, instr: Instr, depth: int) -> None:
        _EXPRESSIONS.get(instr.op, _call_of_operator)(self, instr)

    def _advance(self, block: Block, following: Block | None) -> None:
        """The next item of an iterator: FOR_ITER, which jumps when there is none."""
        asm, step, branch = self.asm, block.instrs[-2], block.terminator
        assert isinstance(branch, Branch)
        exhausted = Label()

        def stretch() -> None:
            asm.place(exhausted)
            for name in CURRENT.for_exit:
                asm.emit(name)
            self.go(branch.then, None)

        self.locate(step)
        self.push(step.args[0])
        asm.emit("FOR_ITER", exhausted)
        self.store_results(step)
        asm.emit("POP_TOP")
        self.late.append(stretch)
        self.go(branch.otherwise, following)


# operations -------------------------------------------------------------------------------------------------

_Emit = Callable[[_Emitter, Instr], None]


def _call_of_operator(e: _Emitter, instr: Instr) -> None:
    """By the callable that the operation stands for."""
    e.asm.callee(lambda: e.asm.const(CALLABLES[instr.op]))
    e.push_all(instr.args, 2)
    e.asm.call(len(instr.args))


def _operation(*names: object) -> _Emit:
    """Operands, then one instruction."""

    def emit(e: _Emitter, instr: Instr) -> None:
        e.push_all(instr.args, 0)
        e.asm.emit(*names)  # type: ignore[arg-type]

    return emit


def _subscript(e: _Emitter, instr: Instr) -> None:
    e.push_all(instr.args, 0)
    e.asm.emit(*CURRENT.subscript)


def _store(e: _Emitter, instr: Instr) -> None:
    owner, key, value = instr.args
    e.push_all((value, owner, key), 0)
    e.asm.emit("STORE_SUBSCR")


def _display(name: str) -> _Emit:
    def emit(e: _Emitter, instr: Instr) -> None:
        e.push_all(instr.args, 0)
        e.asm.emit(name, len(instr.args))

    return emit


def _dict(e: _Emitter, instr: Instr) -> None:
    e.push_all(instr.args, 0)
    e.asm.emit("BUILD_MAP", len(instr.args) // 2)


def _truth(e: _Emitter, instr: Instr) -> None:
    e.push_all(instr.args, 0)
    for name in CURRENT.to_bool:
        e.asm.emit(name)


def _not(e: _Emitter, instr: Instr) -> None:
    _truth(e, instr)
    e.asm.emit("UNARY_NOT")


def _contains(e: _Emitter, instr: Instr) -> None:
    container, item = instr.args
    e.push_all((item, container), 0)
    e.asm.emit("CONTAINS_OP", int(instr.op == "not_contains"))


def _attribute(e: _Emitter, instr: Instr) -> None:
    e.push(instr.args[0])
    e.asm.emit("LOAD_ATTR", CURRENT.attribute(instr.static))


def _call(e: _Emitter, instr: Instr) -> None:
    """A call; the last arguments are passed by the names in `static`."""
    callee, *args = instr.args
    e.asm.callee(lambda: e.push(callee))
    e.push_all(tuple(args), 2)
    e.asm.call(len(args), instr.static or ())


def _unpack(e: _Emitter, instr: Instr) -> None:
    e.push(instr.args[0])
    e.asm.emit("UNPACK_SEQUENCE", len(instr.results))


def _load_global(e: _Emitter, instr: Instr) -> None:
    e.asm.emit("LOAD_GLOBAL", (False, instr.static))


def _load_free(e: _Emitter, instr: Instr) -> None:
    e.asm.emit("LOAD_DEREF", FreeVar(instr.static))


def _raise(e: _Emitter, instr: Instr) -> None:
    e.push_all(instr.args, 0)
    e.asm.emit("RAISE_VARARGS", len(instr.args))


_EXPRESSIONS: dict[str, _Emit] = {
    **{name: _operation("BINARY_OP", number) for number, name in enumerate(BINARY_OPERATORS)},
    **{name: _operation("COMPARE_OP", getattr(Compare, name.upper())) for name in COMPARE},
    **dict.fromkeys(("contains", "not_contains"), _contains),
    "neg": _operation("UNARY_NEGATIVE"),
    "is_": _operation("IS_OP", 0),
    "is_not": _operation("IS_OP", 1),
    "iter": _operation("GET_ITER"),
    "truth": _truth,
    "not_": _not,
    "getitem": _subscript,
    "setitem": _store,
    "getattr": _attribute,
    "tuple": _display("BUILD_TUPLE"),
    "list": _display("BUILD_LIST"),
    "dict": _dict,
    "slice": _display("BUILD_SLICE"),
    "unpack": _unpack,
    "raise": _raise,
    "call": _call,
    "load_global": _load_global,
    "load_cell": _load_free,
}
"""How each operation is emitted; the others are calls of what `operator` has for them."""
