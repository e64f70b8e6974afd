"""Emits what goes through the runtime: calls and operations whose types are not known when compiling.

The runtime *resolves*: it says which augmented function to call with which arguments, returns, and the emitted
code makes the call.  So no frame of ours stands between two frames of the user.  A step of the protocol is a tuple
``(function, arguments, next)``: the function returns ``(record, value)``; `next`, if not None, takes that pair and
gives another step; a step without a function is the end, with the pair as its arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.adjoint.known import Analysis, callee_of
from bytegrad.codegen.array_runs import emit_in_run
from bytegrad.codegen.bound_calls import bound_call
from bytegrad.codegen.callees import called
from bytegrad.codegen.exact import is_exact, on_exact_types
from bytegrad.codegen.operator_sites import operator_site
from bytegrad.codegen.questions import ask, is_asked
from bytegrad.codegen.short_calls import short_call, short_of
from bytegrad.codegen.sites import Site, call, has_short_way, load_attribute, store_attribute
from bytegrad.codegen.trampoline import take_callee, trampoline
from bytegrad.cpython import CURRENT
from bytegrad.ir.nodes import Const, Instr, Value

if TYPE_CHECKING:
    from bytegrad.codegen.assemble import Assembler
    from bytegrad.codegen.primal import PrimalEmitter
    from bytegrad.codegen.ways import Ways


def emit_generic(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """Replace the decoded instruction `code` by a call of the runtime for `instr`."""
    asm = e.asm
    if instr.op == "cleanup_throw":
        _end_of_throw(e, code, instr)
        return
    arrange = _ARRANGE.get(code.name)
    if instr in e.found.runs:
        emit_in_run(e, code, instr, lambda: take_callee(e, instr), lambda store: trampoline(e, instr, store=store))
        return
    if instr in e.found.bound:
        pair = Label()
        bound_call(e, instr, lambda: take_callee(e, instr), lambda: trampoline(e, instr, None, pair), pair)
        _results(e, code, instr)
        return
    if is_asked(e, instr):
        ask(e, code, instr)
        return
    if is_exact(e, code, instr):
        end, unpack, again = Label(), Label(), Label()
        site = on_exact_types(e, code, instr, end, lambda: take_callee(e, instr), unpack, again)
        asm.store("$a")
        trampoline(e, instr, site, unpack, again)
        _results(e, code, instr)
        asm.place(end)
        return
    short = short_of(e, code, instr)
    if short is not None:
        end = Label()
        short_call(e, code, instr, short, end, lambda: take_callee(e, instr))
        _after_short_call(e, code, instr, end)
        asm.place(end)
        return
    if has_short_way(e, code, instr):
        _with_short_way(e, code, instr)
        return
    if arrange is not None:
        arrange(e, code, instr)
    elif instr.op in ("call", "call_method", "call_ex"):
        _take_call_apart(e, code, instr)
    elif instr.op in _DEEP:
        _copy_target(e, code, len(instr.args) - 1)
    else:
        _pack(e, instr)
    asm.store("$a")
    trampoline(e, instr)
    _results(e, code, instr)


def _after_short_call(e: PrimalEmitter, code: Any, instr: Instr, end: Label) -> None:
    """The operands are no arrays, and on the stack: a method of that name may be the user's, and so may an operator."""
    asm, unpack, again = e.asm, Label(), Label()
    if instr.op == "call_method" and has_short_way(e, code, instr) and called(instr, e.origins)[0] == "method":

        def ask(site: Site) -> None:
            asm.store("$a")
            trampoline(e, instr, site, unpack)

        call(e, instr, ask, unpack, end, lambda: None)
        return
    site = None
    names = ("$p0", "$p1")
    if instr.op == "matmul":
        for name in reversed(names):
            asm.store(name)
        unknown = Label()
        site = operator_site(e, instr, names, unknown, unpack, again)
        asm.place(unknown)
        for name in names:
            asm.load(name)
    passed = len(instr.args) - {"matmul": 0, "call": 1, "call_method": 2}[instr.op]
    asm.emit("BUILD_TUPLE", passed)
    asm.store("$a")
    trampoline(e, instr, site, unpack, again)


def _with_short_way(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """The same behind a short way, for what the runtime has found to be simple."""
    asm, pair, end = e.asm, Label(), Label()

    def ask(site: Site) -> None:
        asm.store("$a")
        trampoline(e, instr, site, pair)

    if instr.op == "setattr":
        store_attribute(e, code, instr, ask, end)
        _results(e, code, instr)
        asm.place(end)
        return
    if instr.op in ("getattr", "load_method"):
        load_attribute(e, code, instr, ask, pair, end)
        asm.place(end)
    else:
        if code.name == "CALL_KW":
            asm.emit("POP_TOP")
        call(e, instr, ask, pair, end, lambda: take_callee(e, instr))
        asm.place(end)
    _results(e, code, instr)


def emit_entry_pairs(e: PrimalEmitter, instr: Instr) -> None:
    """Make the iterator that is a generator expression's argument give pairs; `pairs` is told that it is one."""
    (iterator,) = instr.args
    assert isinstance(iterator, Value)
    name = e.lifted.program.argnames[e.found.order[0].params.index(iterator)]
    e.asm.load(name)
    e.asm.const(True)
    e.asm.emit("BUILD_TUPLE", 2)
    e.asm.store("$a")
    trampoline(e, instr)
    e.asm.emit("GET_ITER")
    e.asm.store(name)


def emit_count(e: PrimalEmitter) -> None:
    """Count the values that a generator has yielded, so that its reversal knows which one it is asked about."""
    asm = e.asm
    asm.load("$gen")
    asm.emit("LOAD_ATTR", CURRENT.attribute("count"))
    asm.const(1)
    asm.emit("BINARY_OP", 0)
    asm.load("$gen")
    asm.emit("STORE_ATTR", "count")


def emit_yield(asm: Assembler, instrs: list[Any], index: int, returned: Any) -> None:
    """YIELD_VALUE with the RESUME after it, which tells the interpreter whether a generator waits for an inner one.

    Where `CURRENT.throw_jumps`, a throw that ends the inner generator looks for a SEND just before, and goes on where
    that would jump to, with what was returned instead of the iterator: here, to a step that is done at once.
    """
    delegates = CURRENT.throw_jumps and instrs[index - 1].name == "SEND"
    thrown, go_on = Label(), Label()
    if delegates:
        to_yield = Label()
        asm.jump(to_yield)
        asm.emit("SEND", thrown)
        asm.place(to_yield)
    asm.replay(instrs[index])
    asm.replay(instrs[index + 1])
    if delegates:
        asm.jump(go_on)
        asm.place(thrown)
        asm.store("$a")
        asm.call_const(returned, "$it", "$a")
        asm.const(None)
        asm.place(go_on)


def _end_of_throw(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """An exception that was thrown in left the inner iterator: if it returned, this is its last step."""
    e.asm.emit("COPY", 3)
    e.asm.store("$it")
    e.asm.replay(code)
    emit_send(e, instr, finished=True)


def emit_send(e: Ways, instr: Instr, finished: bool) -> None:
    """After SEND: the record of this step of the inner iterator, which waits in ``$it``."""
    asm = e.asm
    asm.callee(lambda: asm.const(e.runtime.sent))
    asm.load("$ctx")
    asm.load("$it")
    asm.const(finished)
    asm.call(3)
    e.store_record(instr)


def _pack(e: PrimalEmitter, instr: Instr) -> None:
    """The operands, in the order of the IR, as one tuple."""
    for n in _SWAPS.get(instr.op, ()):
        e.asm.emit("SWAP", n)
    named = instr.op in _NAMED
    if named:
        e.asm.load("$ns")
    e.asm.emit("BUILD_TUPLE", len(instr.args) + named)


_NAMED = frozenset(("load_name", "store_name"))
"""Operations on the namespace of a class or module, which they get after their operands."""
_SWAPS = {"setitem": (2, 3), "setattr": (2,)}
_DEEP = frozenset(("list_append", "list_extend", "set_add", "set_update", "map_add", "dict_update", "dict_merge"))


def _copy_target(e: PrimalEmitter, code: Any, n: int) -> None:
    """``items`` on top of the stack go into a container further down."""
    asm = e.asm
    asm.emit("BUILD_TUPLE", n)
    asm.store("$a")
    asm.emit("COPY", code.arg)
    asm.load("$a")
    if n == 1:
        asm.emit("UNPACK_SEQUENCE", 1)
    else:
        asm.emit("UNPACK_SEQUENCE", n)
        asm.emit("SWAP", n)
    asm.emit("BUILD_TUPLE", n + 1)


def _slice(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """Two bounds on the stack stand for the key."""
    e.build_slice(instr)
    _pack(e, instr)


def _kept_operands(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """The two operands stay on the stack."""
    e.asm.emit("COPY", 2)
    e.asm.emit("COPY", 2)
    _pack(e, instr)


def _exit_operands(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """``__exit__`` and the exception stay on the stack, under and over the saved state."""
    e.asm.emit("COPY", 4)
    e.asm.emit("COPY", 2)
    _pack(e, instr)


def _kept_operand(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """The operand stays on the stack."""
    e.asm.emit("COPY", 1)
    _pack(e, instr)


def _namespace_and_cell(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """A class's own name comes before the variable of the function around it."""
    if code.name == "LOAD_CLASSDEREF":
        e.asm.load("$ns")
    e.asm.emit(CURRENT.load_cell, code.arg)
    e.asm.emit("BUILD_TUPLE", 2)


_ARRANGE: dict[str, Callable[[PrimalEmitter, Any, Instr], None]] = {
    "BINARY_SLICE": _slice,
    "STORE_SLICE": _slice,
    "WITH_EXCEPT_START": _exit_operands,
    "MATCH_KEYS": _kept_operands,
    "GET_ANEXT": _kept_operand,
    "LOAD_CLASSDEREF": _namespace_and_cell,
    "LOAD_FROM_DICT_OR_DEREF": _namespace_and_cell,
}


def _take_call_apart(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """Leave the arguments as a tuple, and the callee in ``$f``."""
    asm = e.asm
    if instr.op == "call_ex":
        asm.emit("BUILD_TUPLE", len(instr.args) - 1)
    else:
        if code.name == "CALL_KW":
            asm.emit("POP_TOP")
        passed = len(instr.args) - (2 if instr.op == "call_method" else 1)
        asm.emit("BUILD_TUPLE", passed)
    asm.store("$a")
    take_callee(e, instr)
    asm.load("$a")


def _results(e: PrimalEmitter, code: Any, instr: Instr) -> None:
    """The value is on the stack: shape it as the instruction would have."""
    asm = e.asm
    if instr.op == "pairs":
        # So that this is an ordinary loop when it is differentiated in turn.
        asm.emit("GET_ITER")
    if not instr.results:
        asm.emit("POP_TOP")
    elif len(instr.results) > 1 or instr.op in ("unpack", "unpack_ex"):
        asm.emit("UNPACK_SEQUENCE", len(instr.results))
    elif instr.op == "load_method" or (code.name == "LOAD_SUPER_ATTR" and code.arg[0]):
        asm.const(None)
        if code.name == "LOAD_SUPER_ATTR" and CURRENT.null_first:
            asm.emit("SWAP", 2)


def guards_of(found: Analysis) -> dict[Value, Any]:
    """Values whose identity emitted code relies on: callees of native and inline calls, attributes of known type."""
    guards: dict[Value, Any] = {}
    for instr, mode in found.modes.items():
        relied_on = mode in ("native", "inline") or any(value.type is not None for value in instr.results)
        if instr.op in ("call", "call_method") and relied_on:
            callee = instr.args[0]
            if isinstance(callee, Value) and callee_of(instr, found) is not None:
                guards[callee] = found.fixed[callee]
        for value in instr.results:
            if value in found.fixed and value.type is not None:
                guards[value] = found.fixed[value]
    return guards


def emit_guard(e: PrimalEmitter, index: int) -> None:
    """After a load that emitted code relies on: take note if it is not what it was, so that the pullback is refused."""
    asm = e.asm
    pushed = e.lifted.pushes[e.copy, index]
    for instr in e.instrs_at.get((e.copy, index), ()):
        for value in instr.results:
            if value in e.guards and value in pushed:
                depth = len(pushed) - pushed.index(value)
                if instr.op == "load_method" and CURRENT.null_first and (e.copy, index) not in e.nulls:
                    # A function of a module is no method: the NULL stands below it, not above.
                    depth = 1
                asm.emit("COPY", depth)
                asm.const(e.guards[value])
                asm.emit("IS_OP", 0)
                _unless(e)
            elif e.found.modes[instr] == "global" and value.type is not None and value in pushed:
                _type_guard(e, len(pushed) - pushed.index(value), value.type)


def _type_guard(e: PrimalEmitter, depth: int, kind: type) -> None:
    asm = e.asm
    asm.emit("COPY", depth)
    asm.store("$a")
    asm.call_const(type, "$a")
    asm.const(kind)
    asm.emit("IS_OP", 0)
    _unless(e)


def _unless(e: PrimalEmitter) -> None:
    """If the guard on top of the stack does not hold: say so, aside, and go on."""
    asm, location = e.asm, e.asm.location
    stale, back = Label(), Label()
    asm.jump_if("false", stale)
    asm.place(back)

    def stretch() -> None:
        before, asm.location = asm.location, location
        asm.place(stale)
        asm.call_const(e.runtime.stale)
        asm.emit("POP_TOP")
        asm.jump(back)
        asm.location = before

    e.late.append(stretch)


__all__ = [
    "Const",
    "emit_count",
    "emit_entry_pairs",
    "emit_generic",
    "emit_guard",
    "emit_send",
    "emit_yield",
    "guards_of",
]
