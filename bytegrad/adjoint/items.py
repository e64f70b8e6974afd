"""Loads of a slot that is known already: the second `x[i]` is the first, and a load after a store is what was stored.

So a slot is guarded, saved and reversed once for all its loads between two writes.  Nothing is known across an
operation that may run other code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bytegrad.adjoint.known import Analysis, callee_of, is_item
from bytegrad.ir.graph import Predecessor, predecessors
from bytegrad.ir.nodes import Block, Const, Instr, Operand, Value
from bytegrad.ir.ops import GUARDING, REFINING

Slot = tuple[Operand, Any]
Slots = dict[Slot, Operand]
_QUIET = frozenset(("inline", "refine", "build", "cell", "global", "slot", "turn", "parts"))
_QUIET_OPS = frozenset(
    ("is_", "is_not", *GUARDING, "check", "iter", "next", "is_done", "slice", "load_global", "load_method", "getattr")
)


def share_loads(found: Analysis, settle: Callable[[Instr], None]) -> bool:
    """Turn loads of known slots into ``same``; tell whether there were any.

    From the first one on each operation is asked to `settle` its type and mode anew, for what follows depends on it:
    in ``q[0] * q[0]`` the second load is a float if the first one is, and then the product runs no other code.
    """
    fresh = _fresh_containers(found)
    ways = predecessors(found.function)
    ends: dict[Block, Slots] = {}
    shared = False
    for block in found.order:
        known = _known_at_start(ways[block], ends)
        for instr in block.instrs:
            if shared:
                settle(instr)
            if _step(instr, known, fresh, found):
                shared = True
                settle(instr)
        ends[block] = known
    return shared


def _known_at_start(ways: list[Predecessor], ends: dict[Block, Slots]) -> Slots:
    """What is known on every way into a block; nothing at the head of a loop, or where exceptions are handled."""
    if not ways or any(kind != "jump" or source not in ends for source, _, kind in ways):
        return {}
    first, *others = [ends[source] for source, _, _ in ways]
    return {slot: value for slot, value in first.items() if all(other.get(slot) is value for other in others)}


def _fresh_containers(found: Analysis) -> set[Operand]:
    """Values that are containers made here: no two of them are the same object."""
    fresh: set[Operand] = set()
    for block in found.order:
        for instr in block.instrs:
            if instr.op in ("list", "dict") or (instr.op == "call" and callee_of(instr, found) in (list, dict)):
                fresh.update(instr.results)
    return fresh


def _step(instr: Instr, known: Slots, fresh: set[Operand], found: Analysis) -> bool:
    if instr in found.ignored and instr.op in ("getitem", "setitem") and is_item(instr):
        # What is loaded there has no cotangent, and what is loaded elsewhere has.
        if instr.op == "setitem":
            _forget(_slot(instr), known, fresh)
    elif instr.op == "getitem" and is_item(instr):
        slot = _slot(instr)
        if slot in known:
            instr.op, instr.args = "same", (known[slot],)
            found.modes[instr] = "refine"
            return True
        known[slot] = instr.result
    elif instr.op in REFINING:
        for slot, value in known.items():
            if value is instr.args[0]:
                known[slot] = instr.result
    elif instr.op == "setitem" and is_item(instr):
        _forget(_slot(instr), known, fresh)
        if isinstance(instr.args[2], Value):
            known[_slot(instr)] = instr.args[2]
    elif not _is_quiet(instr, found):
        known.clear()
    return False


def _slot(instr: Instr) -> Slot:
    container, key = instr.args[0], instr.args[1]
    return (container, (type(key.value), key.value) if isinstance(key, Const) else key)


def _forget(written: Slot, known: Slots, fresh: set[Operand]) -> None:
    """Drop what a write may have changed."""
    container, key = written
    for slot in list(known):
        if slot[0] is container:
            # 1, True and 1.0 are one key of a dict.
            apart = isinstance(key, tuple) and isinstance(slot[1], tuple) and key[1] != slot[1][1]
            # A negative index may be the same slot as another one.
            apart = apart and not any(isinstance(k[1], int) and k[1] < 0 for k in (key, slot[1]))
        else:
            apart = slot[0] in fresh and container in fresh
        if not apart:
            del known[slot]


def _is_quiet(instr: Instr, found: Analysis) -> bool:
    """Whether an operation runs no code that could write to a container."""
    mode = found.modes[instr]
    if mode == "native" and instr in found.ignored:
        return False  # it runs as it stands, whatever it is
    if mode in _QUIET or (mode == "native" and instr.op in _QUIET_OPS):
        return True
    if mode != "native":
        return False
    if instr.op in ("call", "call_method"):
        return callee_of(instr, found) in (range, len, float, int, bool, abs, isinstance)
    return instr.op in ("lt", "le", "eq", "ne", "gt", "ge", "truth", "not_") and all(
        isinstance(a, Const) or a.type in (int, float, bool) for a in instr.args
    )
