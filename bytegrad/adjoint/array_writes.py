"""Forward code of writes into arrays that the program makes itself: what is written to the tangent at the same place.

An array and its tangent are laid out alike, so that a view of the one is a view of the other wherever numpy makes one.
Only what is certainly made by the function that writes into it is written to: nothing that came from elsewhere.  What
is another array than its operands has a tangent of its own.
"""

from __future__ import annotations

from bytegrad.adjoint.duals import Duals
from bytegrad.adjoint.infer import IN_PLACE, INFER, Infer, Inference, split_call
from bytegrad.adjoint.kinds import NUMBERS, DeclinedError, Kind, List, Passive, Real, any_active, is_active
from bytegrad.adjoint.program import Instance
from bytegrad.ir.graph import predecessors
from bytegrad.ir.nodes import Const, Function, Instr, Operand, Value
from bytegrad.ir.ops import BINARY, UNBOUND

FRESH = frozenset(BINARY) - IN_PLACE
"""Arithmetic: it gives an array that nobody else has, or a number."""


def makers(ir: Function, target: Operand) -> set[Instr] | None:
    """The calls, and the arithmetic, that make what may be `target`; None if it may be something else."""
    definitions = {value: instr for block in ir.blocks for instr in block.instrs for value in instr.results}
    homes = {param: (block, n) for block in ir.blocks for n, param in enumerate(block.params)}
    found: set[Instr] = set()
    seen: set[Operand] = set()
    todo = [target]
    while todo:
        operand = todo.pop()
        if operand in seen or (isinstance(operand, Const) and operand.value is UNBOUND):
            continue
        seen.add(operand)
        made_by = definitions.get(operand) if isinstance(operand, Value) else None
        if made_by is not None and (made_by.op in ("call", "call_method") or made_by.op in FRESH):
            found.add(made_by)
        elif made_by is not None and made_by.op in (*IN_PLACE, "getitem"):
            todo.append(made_by.args[0])
        elif operand in homes and homes[operand][0] is not ir.blocks[0]:
            block, place = homes[operand]
            todo += [edge.args[place] for _, edge, _ in predecessors(ir)[block]]
        else:
            return None
    return found


def may_be_written(inference: Inference, at: Instance, target: Operand) -> set[Instr]:
    """What makes `target`: calls of functions that make arrays; and arithmetic, if numbers are not changed in place.

    Raises: DeclinedError if it may be anything else.
    """
    found = makers(at.ir, target)
    for instr in found or ():
        known = at.kind(instr.args[0]) is not None
        makes = inference.world.in_place if instr.op in FRESH else _is_maker(inference, at, instr)
        if known and not makes:
            found = None
            break
    if found is None:
        raise DeclinedError("something is stored that was not made here")
    return found


def _is_maker(inference: Inference, at: Instance, instr: Instr) -> bool:
    return inference.world.makes_arrays(split_call(at, instr)[0])


def note_write(inference: Inference, at: Instance, target: Operand, kinds: list[Kind]) -> None:
    """Something of these kinds is written into `target`, which then has a tangent if they have."""
    found = may_be_written(inference, at, target)
    if any([is_active(kind) for kind in kinds]) and not found <= at.written:
        at.written |= found
        inference.begins_again = True


def _set_item(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    owner, key, value = instr.args
    if isinstance(at.sure(owner), List):
        return INFER["setitem"](inference, at, instr)
    kind = at.sure(value)
    if is_active(at.sure(key)) or not isinstance(kind, (Real, Passive)):
        raise DeclinedError("an index has a tangent, or no number is stored")
    note_write(inference, at, owner, [kind])
    return ()


def _in_place(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    kinds = [at.sure(arg) for arg in instr.args]
    out_of_place = Instr(instr.op[1:], instr.args, instr.results, instr.static, instr.line)
    if is_update(at.ir, instr) and not _is_item_of_list(at, instr.args[0]):
        at.updates.add(instr)
        return INFER[out_of_place.op](inference, at, out_of_place)
    first = kinds[0]
    if first == Real(True) or not isinstance(first, (Real, Passive)) or getattr(first, "type", None) in NUMBERS:
        return INFER[instr.op](inference, at, instr)
    try:
        note_write(inference, at, instr.args[0], kinds)
    except DeclinedError:
        return INFER[instr.op](inference, at, instr)
    at.in_place.add(instr)
    INFER[out_of_place.op](inference, at, out_of_place)
    return (Real(False) if any_active(kinds) else Passive(),)


def _is_item_of_list(at: Instance, operand: Operand) -> bool:
    """Whether it is read out of a list, whose item may be a view that others see."""
    return any(
        [
            operand in instr.results
            and instr.op == "getitem"
            and not isinstance(at.sure(instr.args[0]), (Real, Passive))
            for block in at.ir.blocks
            for instr in block.instrs
        ]
    )


WRITING: dict[str, Infer] = {**dict.fromkeys(IN_PLACE, _in_place), "setitem": _set_item}
"""The kinds of the results of operations that write."""


def is_update(ir: Function, instr: Instr) -> bool:
    """Whether it is the operation of ``array[key] += value``, of which nothing else is used."""
    instrs = [other for block in ir.blocks for other in block.instrs]
    users = [other for other in instrs if instr.result in other.args]
    readers = [other for other in instrs if instr.args[0] in other.args]
    passed = [arg for block in ir.blocks for edge in block.successors() for arg in edge.args]
    loaded = next((other for other in instrs if instr.args[0] in other.results), None)
    if loaded is None or loaded.op != "getitem" or len(users) != 1 or readers != [instr]:
        return False
    if instr.result in passed or instr.args[0] in passed:
        return False
    return users[0].op == "setitem" and users[0].args[:2] == loaded.args and users[0].args[2] is instr.result


# emission ---------------------------------------------------------------------------------------------------


def emit_set_item(g: Duals, instr: Instr) -> None:
    """The same of the tangent."""
    owner, key, value = instr.args
    g.plainly(instr)
    if g.active(owner):
        moved = g.moved(value, Real(False))
        g.out.emits("setitem", 0, g.dots[owner], g.value(key), moved, line=instr.line)


def made(g: Duals, instr: Instr, dot: Operand | None) -> None:
    """The array that `instr` makes will be written to: its tangent gets memory of its own, laid out alike."""
    y = g.value(instr.result)
    args = (y,) if dot is None else (y, dot)
    own = g.out.emit("call", g.helper("zeros_alike" if dot is None else "alike"), *args, line=instr.line)
    g.set(instr.result, y, own)


def emit_in_place(g: Duals, instr: Instr, y: Operand, dot: Operand) -> None:
    """`y` and its tangent are what the first operand, and its tangent, become."""
    target = instr.args[0]
    moved = g.moved(target, Real(False))
    both = [
        g.out.emit("call", g.helper("written"), before, after, line=instr.line)
        for before, after in ((g.value(target), y), (moved, dot))
    ]
    g.set(instr.result, *both)


__all__ = ["WRITING", "emit_in_place", "emit_set_item", "made"]
