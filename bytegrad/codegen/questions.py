"""Emits questions (truth, membership, comparisons, ``len``) and the calls that ``raise`` makes.

What builtin types answer is asked for as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bytecode import Label

from bytegrad.adjoint.known import Analysis, callee_of, type_of
from bytegrad.adjoint.questions import ASKING, BY_ITEMS, OF_TRUTH, asks_by_call, may_answer, only_decides
from bytegrad.codegen.quiet import QUIET
from bytegrad.codegen.sites import leave_no_step
from bytegrad.codegen.trampoline import take_callee, trampoline
from bytegrad.ir.nodes import Block, Instr, Operand
from bytegrad.ir.ops import COMPARE

if TYPE_CHECKING:
    from bytegrad.codegen.ways import Ways


def is_asked(e: Ways, instr: Instr) -> bool:
    """Whether an instruction is a question that may be one to an object of the user's."""
    if instr.op == "call":
        return asks_by_call(instr, e.found)
    return instr.op in OF_TRUTH or instr.op in ("contains", "not_contains") or instr.op in COMPARE


def emit_question(e: Ways, instr: Instr, native: Callable[[], None], ask: Callable[[], None]) -> None:
    """The question about what is on the stack; `ask` asks the runtime, with the operands as a tuple on the stack."""
    asm, slow, end = e.asm, Label(), Label()
    by_name = _by_name(instr, e.found)
    for name in reversed([*by_name]):
        asm.store(name)
    leave_no_step(e, instr)
    for name, (operand, kind) in by_name.items():
        if kind in ("compare", "decide") and type_of(operand) in BY_ITEMS:
            asm.jump(slow)
            break
        if may_answer(operand):
            asm.call_const(type, name)
            asm.const(QUIET[kind])
            asm.emit("CONTAINS_OP", 0)
            asm.jump_if("false", slow)
    for name in by_name:
        asm.load(name)
    native()
    if instr in e.storage.records:
        asm.const(None)
        e.store_record(instr)
    asm.jump(end)
    asm.place(slow)
    searched = instr.op in ("contains", "not_contains")
    for name in reversed([*by_name]) if searched else by_name:
        asm.load(name)
    asm.emit("BUILD_TUPLE", len(by_name))
    ask()
    asm.place(end)


def _by_name(instr: Instr, found: Analysis) -> dict[str, tuple[Operand, str]]:
    """The operands in the order of the stack: the local that each is kept in, and as what it is asked."""
    if instr.op in ("contains", "not_contains"):
        container, item = instr.args
        return {"$o": (item, "item"), "$b": (container, "contains")}
    if instr.op in COMPARE:
        kind = "decide" if only_decides(instr, found) else "compare"
        return {"$o": (instr.args[0], kind), "$b": (instr.args[1], kind)}
    callee = callee_of(instr, found) if instr.op == "call" else bool
    return {"$o": (instr.args[-1], ASKING[callee])}


def ask(e: Ways, code: Any, instr: Instr) -> None:
    """A question, by the decoded instruction or by a call of a builtin."""
    if instr.op != "call":
        emit_question(e, instr, lambda: e.asm.replay(code), lambda: ask_runtime(e, instr))
        return
    take = "$o"
    e.asm.store(take)
    take_callee(e, instr)
    e.asm.load(take)

    def native() -> None:
        e.asm.store(take)
        e.asm.call_const_local("$f", take)

    emit_question(e, instr, native, lambda: ask_runtime(e, instr))


def ask_runtime(e: Ways, instr: Instr) -> None:
    """Ask the runtime about the operands, which are a tuple on the stack."""
    e.asm.store("$a")
    trampoline(e, instr)


def emit_truth(e: Ways, block: Block, last: Any, index: int) -> bool:
    """Before the jump at `index` on the truth of what is on the stack: put that in its place, where it is asked for.

    The value itself stays below it if the jump is one that keeps it; tells whether it is.
    """
    asked = [i for i in block.instrs if i.op == "truth" and i.origin == index and e.found.modes[i] == "generic"]
    keeps = "_OR_POP" in last.name and bool(asked)
    if keeps:
        e.asm.emit("COPY", 1)
    for instr in asked:
        emit_question(e, instr, lambda: None, lambda instr=instr: ask_runtime(e, instr))  # type: ignore[misc]
    return keeps


def emit_raise(e: Ways, block: Block, index: int) -> None:
    """Before a ``raise``: the runtime calls the classes among its operands, whose record is that of the raising."""
    asm = e.asm
    instr = next((i for i in block.instrs if i.origin == index and e.found.modes[i] == "raise"), None)
    if instr is None:
        return

    def store() -> None:
        asm.store("$a")
        asm.call_const(e.runtime.raised, "$a")
        asm.store("$n")

    asm.emit("BUILD_TUPLE", len(instr.args))
    asm.store("$a")
    trampoline(e, instr, store=store)
    asm.emit("UNPACK_SEQUENCE", len(instr.args))
