"""Forward code of functions that a program makes for itself, and of the variables that they share."""

from __future__ import annotations

from bytegrad.adjoint.duals import Duals, Emit
from bytegrad.adjoint.infer import fixed
from bytegrad.adjoint.kinds import ABSENT, Items, Kind, List, Local, is_active, is_nothing
from bytegrad.adjoint.local_functions import arranged_locally, operands_of
from bytegrad.ir.graph import in_cycle
from bytegrad.ir.nodes import Const, Instr, Operand


def _make_cell(g: Duals, instr: Instr) -> None:
    first = instr.args[0]
    cell = g.at.sure(instr.result)
    assert isinstance(cell, List)
    bound = not is_nothing(g.at.sure(first))
    y = g.out.emit("list", *([g.value(first)] if bound else []))
    if is_active(cell) and cell.item is not None:
        g.set(instr.result, y, g.out.emit("list", *([g.moved(first, cell.item)] if bound else [])))
    else:
        g.values[instr.result] = y


def _free_cell(g: Duals, instr: Instr) -> None:
    if g.at.free is None:
        if _is_shared(g, instr):
            known = fixed(_item(g, instr.result))
            loaded = g.out.emit("load_cell", static=instr.static) if known is ABSENT else Const(known)
            g.values[instr.result] = g.out.emit("list", loaded)
        return
    assert g.free is not None
    place = Const(g.at.target.__code__.co_freevars.index(instr.static))
    y = g.out.emit("getitem", g.free, place)
    if is_active(g.at.kind(instr.result)):
        assert g.free_dot is not None
        g.set(instr.result, y, g.out.emit("getitem", g.free_dot, place))
    else:
        g.values[instr.result] = y


def _item(g: Duals, operand: Operand) -> Kind | None:
    cell = g.at.sure(operand)
    return cell.item if isinstance(cell, List) else None


def _is_shared(g: Duals, cell: Instr) -> bool:
    """Whether anything but a load of its value is done with a variable."""
    instrs = [instr for block in g.at.ir.blocks for instr in block.instrs]
    return any(cell.result in instr.args and instr.op != "load_cell" for instr in instrs)


def _load_cell(g: Duals, instr: Instr) -> None:
    cell = instr.args[0]
    if cell in g.at.outer:
        value = g.out.emit("load_cell", static=instr.static, line=instr.line)
        value.type = g.type_of(instr.result)
        g.values[instr.result] = value
        return
    y = g.out.emit("getitem", g.value(cell), Const(0), line=instr.line)
    if not g.active(instr.result):
        y.type = g.type_of(instr.result)
        g.values[instr.result] = y
        return
    g.loaded(instr.result, y, g.out.emit("getitem", g.dots[cell], Const(0), line=instr.line))


def _store_cell(g: Duals, instr: Instr) -> None:
    cell, value = instr.args
    kind = g.at.sure(cell)
    assert isinstance(kind, List)
    callee = Const(list.append) if _is_first(g, instr, kind) else g.helper("put")
    g.out.emit("call", callee, g.value(cell), g.value(value), line=instr.line)
    if is_active(kind) and kind.item is not None:
        g.out.emit("call", callee, g.dots[cell], g.moved(value, kind.item), line=instr.line)


def _is_first(g: Duals, store: Instr, cell: List) -> bool:
    """Whether a variable has no value before it is stored here, and so is an empty list."""
    if cell.inside:
        return False
    cycles = in_cycle(g.at.ir)
    for block in g.at.ir.blocks:
        for instr in block.instrs:
            same = instr.args and instr.args[0] is store.args[0]
            if instr.op == "store_cell" and same and (instr is not store or block in cycles):
                return False
            if instr.op == "make_cell" and instr.result is store.args[0] and not is_nothing(g.at.sure(instr.args[0])):
                return False
    return True


def _make_function(g: Duals, instr: Instr) -> None:
    parts = operands_of(g.at.ir, instr)
    values = [Const(None) if isinstance(part, Const) and part.value == () else g.value(part) for part in parts]
    y = g.out.emit("tuple", *values, line=instr.line)
    if not g.active(instr.result):
        g.values[instr.result] = y
        return
    dots = [Const(None) if isinstance(part, Const) else g.dot(part) or Const(None) for part in parts]
    g.set(instr.result, y, g.out.emit("tuple", *dots, line=instr.line))


def call_local(g: Duals, instr: Instr) -> None:
    """A call of a function that the program made."""
    function, callee = instr.args[0], g.at.calls[instr]
    kind = g.at.sure(function)
    assert isinstance(kind, Local)
    closure, defaults = kind.parts.parts
    assert isinstance(defaults, Items)
    assert callee.free is not None

    def part(owner: Operand, place: int, kind: Kind) -> Operand:
        found = g.out.emit("getitem", owner, Const(place), line=instr.line)
        if is_active(kind):
            g.track(found, kind)
        return found

    def dot_of(place: int, kind: Kind) -> Operand | None:
        return None if dot is None or not is_active(kind) else part(dot, place, kind)

    value, dot = g.value(function), g.dot(function)
    passed: list[Operand] = []
    placed = arranged_locally(kind.code, instr, len(defaults.parts))
    for param, arg in zip(callee.ir.params, placed, strict=True):
        wanted = callee.sure(param)
        if isinstance(arg, int):
            own = defaults.parts[arg]
            given = part(part(value, 1, defaults), arg, own)
            passed.append(given)
            if is_active(wanted):
                moved = dot_of(1, defaults) if is_active(own) else None
                passed.append(g.converted(given, own, None if moved is None else part(moved, arg, own), wanted))
        else:
            passed.append(g.value(arg))
            if is_active(wanted):
                passed.append(g.moved(arg, wanted))
    cells = part(value, 0, closure)
    passed.append(cells)
    if is_active(callee.free):
        passed.append(g.converted(cells, closure, dot_of(0, closure), callee.free))
    g.called(instr, callee, passed)


def _yield(g: Duals, instr: Instr) -> None:
    assert g.yielded is not None
    value = instr.args[0]
    g.out.emit("call", Const(list.append), g.yielded, g.value(value), line=instr.line)
    if g.yielded_dot is not None:
        assert g.at.yielded is not None
        moved = g.moved(value, g.at.yielded)
        g.out.emit("call", Const(list.append), g.yielded_dot, moved, line=instr.line)
    g.values[instr.result] = Const(None)


EMIT_LOCALLY: dict[str, Emit] = {
    "make_cell": _make_cell,
    "free_cell": _free_cell,
    "load_cell": _load_cell,
    "store_cell": _store_cell,
    "make_function": _make_function,
    "set_function_attribute": lambda g, instr: None,
    "yield": _yield,
}

__all__ = ["EMIT_LOCALLY", "call_local"]
