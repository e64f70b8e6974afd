"""Emits a pullback: expressions on the stack, everything that is needed twice in a fast local."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from bytecode import Label
from bytecode.instr import InstrLocation

from bytegrad.codegen.allocate import allocate, remove_unused
from bytegrad.codegen.blocks import BlockEmitter
from bytegrad.cpython import CURRENT
from bytegrad.cpython.common import BINARY_OPERATORS
from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Function, Instr, Operand, Value
from bytegrad.ir.ops import COMPARE
from bytegrad.ir.passes.fold_zeros import fold_zeros
from bytegrad.ir.passes.thread_jumps import thread_jumps

PARAMS = ("$ctx", "$record", "$seed")
CO_OPTIMIZED = 0x1 | 0x2
CO_GENERATOR = 0x20


def emit_pullback(function: Function, like: CodeType, taped: bool, helpers: dict[str, Callable[..., Any]]) -> CodeType:
    """The code object of ``pullback($ctx, $record, $seed)``; `helpers` are the runtime's functions by operation."""
    fold_zeros(function)
    remove_unused(function)
    thread_jumps(function)
    function.blocks = rpo(function)
    return _Emitter(function, like, taped, helpers).emit()


class _Emitter(BlockEmitter):
    def __init__(self, function: Function, like: CodeType, taped: bool, helpers: dict[str, Callable[..., Any]]) -> None:
        for param, name in zip(function.params, PARAMS[1:], strict=True):
            param.home = name
        super().__init__(function, allocate(function), PARAMS)
        self.like, self.taped, self.helpers = like, taped, helpers
        self.exhausted = Label()
        self.used_labels: set[int] = set()

    def emit(self) -> CodeType:
        blocks = self.function.blocks
        self.yields = any(i.op == "yield" for b in blocks for i in b.instrs)
        self.suspends = self.yields or bool(self.like.co_flags & 0x2A0)
        if self.suspends:
            self.asm.emit("RETURN_GENERATOR")
            self.asm.emit("POP_TOP")
        self.asm.emit("RESUME", 0)
        for index, block in enumerate(blocks):
            self.asm.place(self.labels[block])
            for instr in block.instrs:
                if not (len(instr.results) == 1 and instr.results[0] in self.places.deferred):
                    self._statement(instr)
            self.terminate(block, blocks[index + 1] if index + 1 < len(blocks) else None)
        while self.late:
            self.late.pop(0)()
        self._after_tape()
        widest = max((len(i.args) + len(i.results) for b in blocks for i in b.instrs), default=0)
        longest = max((len(e.args) for b in blocks for e in b.successors()), default=0)
        return self.asm.finish(
            self.like,
            self.like.co_name,
            qualname=f"{self.like.co_qualname}.pullback",
            argcount=3,
            posonlyargcount=3,
            flags=CO_OPTIMIZED | (CO_GENERATOR if self.suspends else 0),
            stacksize=2 * widest + longest + self.depth + 8,
        )

    def _after_tape(self) -> None:
        """Where the tape's iterator would lead if it were exhausted, which it never is."""
        if id(self.exhausted) in self.used_labels:
            self.asm.place(self.exhausted)
            for name in CURRENT.for_exit:
                self.asm.emit(name)
            self.asm.const(None)
            self.asm.emit("RETURN_VALUE")

    # statements and expressions ----------------------------------------------------------------------------

    def _statement(self, instr: Instr) -> None:
        if instr.line is not None:
            self.asm.location = InstrLocation(instr.line, None, None, None)
        special = _STATEMENTS.get(instr.op)
        if special is not None:
            special(self, instr)
            return
        self.expression(instr, 0)
        self.store_results(instr)

    def expression(self, instr: Instr, depth: int) -> None:
        self.depth = max(self.depth, depth + len(instr.args) + 4)
        _EXPRESSIONS.get(instr.op, _helper)(self, instr, depth)

    def push_method(self, owner: Operand, name: str) -> None:
        self.push(owner)
        self.asm.emit("LOAD_ATTR", CURRENT.attribute(name))

    def place_of(self, value: Operand) -> str:
        assert isinstance(value, Value)
        return self.places.places[value]


# operations -------------------------------------------------------------------------------------------------


def _binary(e: _Emitter, instr: Instr, depth: int) -> None:
    e.push_all(instr.args, depth)
    e.asm.emit("BINARY_OP", BINARY_OPERATORS.index(instr.op))


def _compare(e: _Emitter, instr: Instr, depth: int) -> None:
    e.push_all(instr.args, depth)
    e.asm.emit("COMPARE_OP", CURRENT.comparison(instr.op))


def _negate(e: _Emitter, instr: Instr, depth: int) -> None:
    e.push_all(instr.args, depth)
    e.asm.emit("UNARY_NEGATIVE")


def _is(e: _Emitter, instr: Instr, depth: int) -> None:
    e.push_all(instr.args, depth)
    e.asm.emit("IS_OP", 0)


def _tuple(e: _Emitter, instr: Instr, depth: int) -> None:
    e.push_all(instr.args, depth)
    e.asm.emit("BUILD_TUPLE", len(instr.args))


def _call(e: _Emitter, instr: Instr, depth: int) -> None:
    callee, *args = instr.args
    e.asm.callee(lambda: e.push(callee, depth))
    e.push_all(tuple(args), depth + 2)
    e.asm.call(len(args))


def _helper(e: _Emitter, instr: Instr, depth: int) -> None:
    """By a function of the runtime, which gets the context first and what is static last."""
    helper = e.helpers[instr.op]
    e.asm.callee(lambda: e.asm.const(helper))
    e.asm.load("$ctx")
    e.push_all(instr.args, depth + 3)
    e.asm.const(instr.static)
    e.asm.call(len(instr.args) + 2)
    if len(instr.results) > 1 or (len(instr.results) == 1 and instr.op in _TUPLES):
        e.asm.emit("UNPACK_SEQUENCE", len(instr.results))
    elif not instr.results:
        e.asm.emit("POP_TOP")


_TUPLES = frozenset(("split", "take_items", "take_keys", "take_slice", "take_view", "reverse_checked"))


def _shadow(e: _Emitter, instr: Instr, depth: int) -> None:
    """The shadow of an object: mostly one that has been made before and is found by the object's id."""
    asm, found = e.asm, Label()
    place = e.place_of(instr.args[0])

    def get() -> None:
        asm.load("$ctx")
        asm.emit("LOAD_ATTR", CURRENT.attribute("shadows"))
        asm.emit("LOAD_ATTR", CURRENT.attribute("get"))

    asm.callee(get)
    asm.call_const(id, place)
    asm.call(1)
    asm.emit("COPY", 1)
    asm.jump_if("not_none", found)
    asm.emit("POP_TOP")
    asm.callee(lambda: asm.const(e.helpers["shadow"]))
    asm.load("$ctx")
    asm.load(place)
    asm.call(2)
    asm.place(found)


def _accum(e: _Emitter, instr: Instr, depth: int) -> None:
    e.asm.callee(lambda: e.asm.const(e.helpers["accum"]))
    e.push_all(instr.args, depth + 2)
    e.asm.call(2)


def _select(e: _Emitter, instr: Instr, depth: int) -> None:
    """The second operand if the first is true, else the third; the other one is not computed."""
    condition, chosen, other = instr.args
    otherwise, end = Label(), Label()
    e.push(condition, depth)
    for name in CURRENT.to_bool:
        e.asm.emit(name)
    e.asm.jump_if("false", otherwise)
    e.push(chosen, depth)
    e.asm.jump(end)
    e.asm.place(otherwise)
    e.push(other, depth)
    e.asm.place(end)


def _reverse(e: _Emitter, instr: Instr) -> None:
    """Call the reversal that heads a record; a record of None means that there is nothing to reverse."""
    asm = e.asm
    record, seed = instr.args
    absent, end = Label(), Label()
    asm.load(e.place_of(record))
    asm.jump_if("none", absent)

    def load() -> None:
        asm.load(e.place_of(record))
        asm.const(0)
        asm.emit(*CURRENT.subscript)

    asm.callee(load)
    asm.load("$ctx")
    asm.load(e.place_of(record))
    e.push(seed, 5)
    asm.call(3)
    asm.jump(end)
    asm.place(absent)
    asm.const((0,) * len(instr.results))
    asm.place(end)
    if any(e.places.used.get(r) for r in instr.results):
        asm.emit("UNPACK_SEQUENCE", len(instr.results))
        e.store_results(instr)
    else:
        asm.emit("POP_TOP")


def _yield(e: _Emitter, instr: Instr) -> None:
    e.push(instr.args[0])
    e.asm.emit(*CURRENT.yield_value)
    e.asm.emit("RESUME", 1)
    e.store_results(instr)


def _pop(e: _Emitter, instr: Instr) -> None:
    """The next entry of the tape, from its end: by FOR_ITER, which is cheaper than a call."""
    e.asm.load("$tape")
    e.asm.emit("FOR_ITER", e.exhausted)
    e.used_labels.add(id(e.exhausted))
    if len(instr.results) > 1:
        e.asm.emit("UNPACK_SEQUENCE", len(instr.results))
    e.store_results(instr)
    e.asm.emit("POP_TOP")


def _unpack_record(e: _Emitter, instr: Instr) -> None:
    """The record is ``(pullback, *values)``, with the tape at its end if there is one."""
    asm = e.asm
    if not instr.results and not e.taped:
        return
    asm.load("$record")
    asm.emit("UNPACK_SEQUENCE", 1 + len(instr.results) + e.taped)
    asm.emit("POP_TOP")
    e.store_results(instr)
    if e.taped:
        asm.store("$tape")
        asm.call_const(reversed, "$tape")
        # So that this is ordinary Python when it is differentiated in turn.
        asm.emit("GET_ITER")
        asm.store("$tape")


def _add_slot(e: _Emitter, instr: Instr) -> None:
    """``shadow[key] += bar``: in place where the cotangent is a float, else by the shadow itself.

    A new slot is one that mostly has nothing yet.
    """
    shadow, key, bar = instr.args
    asm, end = e.asm, Label()
    place = e.places.places.get(bar) if isinstance(bar, Value) else None
    if place is None:
        e.push(bar)
        place = "$bar"
        asm.store(place)
    if not instr.static:
        asm.call_const(type, place)
        asm.const(float)
        asm.emit("IS_OP", 0)
        asm.jump_if("false", _by_the_shadow(e, shadow, key, place, end))
    if instr.op == "add_new_slot":
        asm.callee(lambda: e.push_method(shadow, "get"))
        e.push(key, 3)
        asm.const(0)
        asm.call(2)
        asm.load(place)
        asm.emit("BINARY_OP", BINARY_OPERATORS.index("add"))
        e.push_all((shadow, key), 1)
    else:
        e.push_all((shadow, key), 0)
        asm.emit("COPY", 2)
        asm.emit("COPY", 2)
        asm.emit(*CURRENT.subscript)
        asm.load(place)
        asm.emit("BINARY_OP", BINARY_OPERATORS.index("add"))
        asm.emit("SWAP", 3)
        asm.emit("SWAP", 2)
    asm.emit("STORE_SUBSCR")
    asm.place(end)


def _by_the_shadow(e: _Emitter, shadow: Operand, key: Operand, place: str, end: Label) -> Label:
    """A stretch aside that adds the cotangent in `place`, if there is one, by the shadow's method."""
    asm, aside, there, location = e.asm, Label(), Label(), e.asm.location

    def stretch() -> None:
        asm.location = location
        asm.place(aside)
        asm.load(place)
        asm.const(0)
        asm.emit("IS_OP", 0)
        asm.jump_if("false", there)
        asm.jump(end)
        asm.place(there)
        asm.callee(lambda: e.push_method(shadow, "add"))
        e.push(key, 3)
        asm.load(place)
        asm.call(2)
        asm.emit("POP_TOP")
        asm.jump(end)

    e.late.append(stretch)
    return aside


def _take_slot(e: _Emitter, instr: Instr) -> None:
    """``bar = shadow[key]; shadow[key] = 0``."""
    shadow, key = instr.args
    asm = e.asm
    e.push_all((shadow, key), 0)
    asm.emit(*CURRENT.subscript)
    e.store_results(instr)
    asm.const(0)
    e.push_all((shadow, key), 1)
    asm.emit("STORE_SUBSCR")


_EXPRESSIONS: dict[str, Callable[[_Emitter, Instr, int], None]] = {
    **dict.fromkeys(BINARY_OPERATORS, _binary),
    **dict.fromkeys(COMPARE, _compare),
    "neg": _negate,
    "is_": _is,
    "tuple": _tuple,
    "call": _call,
    "accum": _accum,
    "shadow": _shadow,
    "select": _select,
}
_STATEMENTS: dict[str, Callable[[_Emitter, Instr], None]] = {
    "reverse": _reverse,
    "pop": _pop,
    "yield": _yield,
    "add_slot": _add_slot,
    "add_new_slot": _add_slot,
    "take_slot": _take_slot,
    "unpack_record": _unpack_record,
}
