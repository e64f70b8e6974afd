"""Blocks of code under ``with ignore():``, which run as they stand."""

from __future__ import annotations

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.known import Analysis, call_operands, callee_of
from bytegrad.ir.nodes import Block, Instr, Operand

IGNORED = "ignored"
"""What is fixed of an ``enter_with`` whose block is ignored."""
_KEPT = frozenset(("refine", "cell", "global", "native"))
"""Modes that stay in an ignored block: variables are stored there as anywhere."""
_SUSPENDS = frozenset(("yield", "send", "get_awaitable", "yield_from_iter", "cleanup_throw", "async_gen_wrap"))
"""Operations by which the block would be left and entered again."""


def find_ignored(found: Analysis, facts: Facts) -> frozenset[Instr]:
    """The instructions of all blocks that are ignored; their ``enter_with`` is marked."""
    makers: dict[Operand, Instr] = {v: instr for block in found.order for instr in block.instrs for v in instr.results}
    ignored: set[Instr] = set()
    for block in found.order:
        for place, instr in enumerate(block.instrs):
            made = makers.get(instr.args[0]) if instr.op == "enter_with" else None
            if made is not None and _is_ignore(made, found, facts):
                body = _body(found, block, place + 1, instr.results[0])
                if not any(inner.op in _SUSPENDS for inner in body):
                    instr.static = IGNORED
                    ignored |= body
    return frozenset(ignored)


def _is_ignore(made: Instr, found: Analysis, facts: Facts) -> bool:
    if made.op not in ("call", "call_method") or made.static or call_operands(made, found):
        return False
    callee = callee_of(made, found)
    return callee is not None and facts.ignores(callee)


def _body(found: Analysis, first: Block, begin: int, leave: Operand) -> set[Instr]:
    """What runs until `leave`, the manager's ``__exit__``, is called: from an instruction of `first` on."""
    body: set[Instr] = set()
    pending, seen = [(first, begin)], {first, *_handlers(found, leave)}
    while pending:
        block, start = pending.pop()
        for instr in block.instrs[start:]:
            if instr.op == "call" and instr.args[0] is leave:
                break
            body.add(instr)
        else:
            # What the last instruction raises, which may be the one that enters, goes to the handler.
            edges = block.successors() if block.instrs[start:] else block.terminator.edges()
            targets = [edge.target for edge in edges if edge.target not in seen]
            seen.update(targets)
            pending += [(target, 0) for target in targets]
    return body


def _handlers(found: Analysis, leave: Operand) -> set[Block]:
    """The blocks on the way from an exception that leaves the body to the manager's ``__exit__``."""
    before: dict[Block, list[Block]] = {}
    for block in found.order:
        for edge in block.terminator.edges():
            before.setdefault(edge.target, []).append(block)
    handlers: set[Block] = set()
    pending = [b for b in found.order if any(i.op == "exit_with" and i.args[0] is leave for i in b.instrs)]
    while pending:
        block = pending.pop()
        if block not in handlers:
            handlers.add(block)
            if not any(instr.op == "caught" for instr in block.instrs):
                pending += before.get(block, ())
    return handlers


def mode_in(mode: str) -> str:
    """How an operation is reversed in an ignored block that is reversed by `mode` elsewhere."""
    return mode if mode in _KEPT else "native"
