"""What bytegrad makes of a function, stage by stage, as text: what ``python -m bytegrad.ir`` prints."""

from __future__ import annotations

import dis
import io
import re
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any

import bytegrad.runtime.bind  # noqa: F401 - the compiler asks the runtime what it can do
from bytegrad.adjoint.augmented import Augmented, augmented_ir
from bytegrad.codegen.generic import guards_of
from bytegrad.codegen.pullback import emit_pullback
from bytegrad.errors import ArgumentError
from bytegrad.ir.nodes import Function, Instr
from bytegrad.ir.passes.normalise import normalise
from bytegrad.ir.printer import Printer, dump
from bytegrad.lift import lift
from bytegrad.lift.decode import argument_names
from bytegrad.runtime.binding import TYPED
from bytegrad.runtime.compile import SUSPENDS, compile_adjoint, differentiate, emitted
from bytegrad.runtime.slots import HELPERS

Types = Sequence[type | None]


def show(function: Callable[..., Any], stage: str = "ir", types: Types = ()) -> str:
    """The text of `function` at `stage`: "bytecode", "ir", "primal", "pullback" or "code".

    `types` are the exact types of its arguments, which the last three stages are specialised to; None is any type.
    Raises: ArgumentError for what has no bytecode, an unknown stage or the wrong number of types;
    UnsupportedError for code that cannot be transformed.

    >>> def area(r): return 3.0 * r * r
    >>> print(show(area, "pullback", [float]))
    def area.pullback():
    b0(%0, %1):
      %2: float, %3: float = unpack_record %0 [2]
      %4 = mul %1, %2
      %5 = mul %1, %3
      %6 = mul %4, 3.0
      %7 = add %5, %6
      %8 = tuple %7
      return %8
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        raise ArgumentError(f"{function!r} has no bytecode", fixes="give a Python function")
    return show_code(code, getattr(function, "__globals__", {}), stage, types)


def show_code(code: CodeType, namespace: dict[str, Any], stage: str = "ir", types: Types = ()) -> str:
    """As `show`, of the code object of a function whose globals are `namespace`."""
    names = argument_names(code)
    if stage not in STAGES:
        raise ArgumentError(f"no stage {stage!r}", fixes=f"one of {', '.join(STAGES)}")
    if types and len(types) != len(names):
        raise ArgumentError(f"{len(types)} types for the {len(names)} parameters of {code.co_name}: {', '.join(names)}")
    # Types that compiled code is not specialised to are compiled as any type.
    key = tuple(kind if kind in TYPED else None for kind in types) or (None,) * len(names)
    return STAGES[stage](code, namespace, key)


def _bytecode(code: CodeType, namespace: dict[str, Any], types: Types) -> str:
    """The original, as `dis` shows it."""
    return _disassembled(code)


def _ir(code: CodeType, namespace: dict[str, Any], types: Types) -> str:
    """The lifted function, normalised."""
    function = lift(code).function
    normalise(function)
    return dump(function)


def _primal(code: CodeType, namespace: dict[str, Any], types: Types) -> str:
    """The augmented primal, and for each instruction how it is reversed."""
    made = differentiate(code, namespace, tuple(types), _unwinds(code))
    augmented = augmented_ir(made.found, made.storage, guards_of(made.found))
    notes = _notes(augmented)
    normalise(augmented.function)
    return _annotated(augmented.function, notes)


def _notes(augmented: Augmented) -> dict[Instr, str]:
    """How each instruction is reversed, but for those that are not."""
    modes = augmented.modes
    notes = {instr: mode for instr, mode in modes.items() if mode != "native"}
    makers = {instr.result: instr for instr in modes if instr.op == "make_function"}
    for instr, mode in modes.items():
        # Normalisation makes the two one.
        if instr.op == "set_function_attribute" and mode != "native" and instr.args[0] in makers:
            notes[makers[instr.args[0]]] = mode
    return notes


def _pullback(code: CodeType, namespace: dict[str, Any], types: Types) -> str:
    """The pullback as it is emitted."""
    made = differentiate(code, namespace, tuple(types), _unwinds(code))
    emit_pullback(made.pullback, code, made.taped, HELPERS)
    return dump(made.pullback, types=True)


def _code(code: CodeType, namespace: dict[str, Any], types: Types) -> str:
    """Both emitted code objects, as `dis` shows them."""
    made = compile_adjoint(code, namespace, tuple(types), _unwinds(code))
    pair = (("the augmented primal", made.augmented), ("the pullback", emitted(made.pullback).__code__))
    return "\n\n".join(f"# {title}\n{_disassembled(emitted)}" for title, emitted in pair)


STAGES: dict[str, Callable[[CodeType, dict[str, Any], Types], str]] = {
    "bytecode": _bytecode,
    "ir": _ir,
    "primal": _primal,
    "pullback": _pullback,
    "code": _code,
}


def _unwinds(code: CodeType) -> bool:
    """Whether a record is left when an exception leaves the function: here only where it always is."""
    return bool(code.co_flags & SUSPENDS)


def _annotated(function: Function, notes: dict[Instr, str]) -> str:
    """The dump of `function`, with a comment after each instruction that there is a note about."""
    lines = iter(Printer(function, types=True).lines())
    found = [next(lines)]
    for block in function.blocks:
        found.append(next(lines))
        for instr in block.instrs:
            line, note = next(lines), notes.get(instr)
            found.append(line if note is None else f"{line:<48}  # {note}")
        found.append(next(lines))
        if block.handler is not None:
            found.append(next(lines))
    return "\n".join(found)


def _disassembled(code: CodeType) -> str:
    """`dis` of `code` alone, without what differs from run to run: the addresses of objects, the order of sets."""
    out = io.StringIO()
    dis.dis(code, file=out, depth=0)
    text = out.getvalue()
    for const in code.co_consts:
        if type(const) is frozenset and const:
            text = text.replace(repr(const), f"frozenset({{{', '.join(sorted(map(repr, const)))}}})")
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text).rstrip()
