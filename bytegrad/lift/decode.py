"""Code object -> decoded instructions, with jump targets and exception handlers resolved to indices.

The package `bytecode` decodes.  Exception-handler depths are conserved: recomputing them miscompiles code in
which a value waits on the stack while an inlined ``finally`` runs.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from opcode import opmap
from types import CodeType
from typing import Any

import bytecode
from bytecode import Bytecode, Label
from bytecode.instr import TryBegin, TryEnd

from bytegrad.cpython import CURRENT
from bytegrad.errors import UnsupportedError


@dataclass(slots=True, eq=False)
class Handler:
    """Where an exception goes: index of the handler, depth to cut the stack to, whether lasti is pushed."""

    target: int
    depth: int
    push_lasti: bool
    region: TryBegin


@dataclass(slots=True)
class Program:
    """A decoded code object.  `handlers[i]` protects instruction `i`; `targets[i]` is where it jumps."""

    code: CodeType
    instrs: list[bytecode.Instr]
    targets: list[int | None]
    handlers: list[Handler | None]
    items: list[Any]
    """Everything in order, labels and try marks included: what emission replays."""
    positions: list[int]
    """Index in `items` of each instruction."""
    argnames: tuple[str, ...]


def unclash(code: CodeType) -> CodeType:
    """Rename locals that share the name of a free variable, which `bytecode` would confuse, and those that an
    earlier differentiation added, which would clash with ours."""
    names = {name: f"{name}${i}" for i, name in enumerate(sorted(set(code.co_freevars) & set(code.co_varnames)))}
    names.update((name, f"@{name}") for name in code.co_varnames if name[0] in "$@")
    if not names:
        return code
    return code.replace(
        co_varnames=tuple(names.get(name, name) for name in code.co_varnames),
        co_cellvars=tuple(names.get(name, name) for name in code.co_cellvars),
    )


def _stand_in(code: CodeType) -> CodeType:
    """Operands that `bytecode` does not know, replaced by some that it does and that no compiler writes."""
    written = code.co_code
    for unknown in CURRENT.unknown_operands:
        code_of_it = opmap[unknown.opcode]
        pair = bytes((code_of_it, unknown.operand))
        if pair in written:
            units = [written[at : at + 2] for at in range(0, len(written), 2)]
            other = bytes((code_of_it, unknown.stand_in))
            written = b"".join([other if unit == pair else unit for unit in units])
    return code if written is code.co_code else code.replace(co_code=written)


def _with_their_own(item: Any) -> Any:
    """An instruction with its own operand again."""
    for unknown in CURRENT.unknown_operands:
        if isinstance(item, bytecode.Instr) and item.name == unknown.opcode and item.arg == unknown.stand_in:
            return bytecode.Instr(item.name, unknown.named, location=item.location)
    return item


def argument_names(code: CodeType) -> tuple[str, ...]:
    """Names of the parameters as locals: positional, keyword-only, ``*args``, ``**kwargs``."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    return code.co_varnames[:count]


def decode(code: CodeType) -> Program:
    """Decode `code`; the result is not to be changed: it is given again when the same code is decoded soon.

    Raises: UnsupportedError if `bytecode` cannot read it.
    """
    known, program = _RECENT.get(id(code), (None, None))
    if program is None or known is not code:
        program = _decode(unclash(code))
        _RECENT[id(code)] = (code, program)
        while len(_RECENT) > _MOST_RECENT:
            _RECENT.popitem(last=False)
    return program


_RECENT: OrderedDict[int, tuple[CodeType, Program]] = OrderedDict()
"""By the id of the code: it is compiled for several types of arguments, one soon after the other."""
_MOST_RECENT = 64


def _decode(code: CodeType) -> Program:
    try:
        read = Bytecode.from_code(_stand_in(code), conserve_exception_block_stackdepth=True)
    except (ValueError, IndexError) as error:
        raise UnsupportedError(
            f"the bytecode of {code.co_qualname} cannot be read: {error}",
            where=(code.co_qualname, code.co_filename, code.co_firstlineno),
            fixes="write a rule for the function (docs/adding-a-rule.md)",
        ) from error
    items = [_with_their_own(item) for item in read] if CURRENT.unknown_operands else list(read)
    return _resolve(code, [one for item in items for one in _apart(item)] if CURRENT.two_in_one else items)


def _apart(item: Any) -> list[Any]:
    """Two instructions for one that does the work of two: what emission adds may not fit its short operands."""
    names = CURRENT.two_in_one.get(item.name) if isinstance(item, bytecode.Instr) else None
    if names is None:
        return [item]
    return [bytecode.Instr(name, arg, location=item.location) for name, arg in zip(names, item.arg, strict=True)]


def _resolve(code: CodeType, items: list[Any]) -> Program:
    instrs: list[bytecode.Instr] = []
    positions: list[int] = []
    label_at: dict[int, int] = {}
    regions: list[TryBegin | None] = []
    region: TryBegin | None = None
    for position, item in enumerate(items):
        if isinstance(item, bytecode.Instr):
            instrs.append(item)
            positions.append(position)
            regions.append(region)
        elif isinstance(item, Label):
            label_at[id(item)] = len(instrs)
        elif isinstance(item, TryBegin):
            region = item
        elif isinstance(item, TryEnd):
            region = None
    targets = [label_at[id(i.arg)] if isinstance(i.arg, Label) else None for i in instrs]
    made: dict[int, Handler] = {}
    handlers: list[Handler | None] = []
    for current in regions:
        if current is None:
            handlers.append(None)
            continue
        if id(current) not in made:
            depth = current.stack_depth
            made[id(current)] = Handler(label_at[id(current.target)], int(depth), current.push_lasti, current)
        handlers.append(made[id(current)])
    return Program(code, instrs, targets, handlers, items, positions, argument_names(code))
