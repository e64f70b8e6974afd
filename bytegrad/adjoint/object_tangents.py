"""Forward code of objects of the user's classes, and of calls with an argument for each parameter."""

from __future__ import annotations

from bytegrad.adjoint.duals import Duals, Emit
from bytegrad.adjoint.kinds import DeclinedError, Kind, Record, is_active
from bytegrad.adjoint.local_tangents import call_local
from bytegrad.ir.nodes import Const, Instr, Operand


def _part(kind: Kind, name: str) -> Kind | None:
    return kind.parts.get(name) if isinstance(kind, Record) else None


def load_attribute(g: Duals, instr: Instr) -> None:
    """The attribute, and its tangent out of the dict."""
    owner, kind = instr.args[0], g.at.sure(instr.args[0])
    if isinstance(kind, Record) and not kind.given:
        y = g.out.emit("getitem", g.value(owner), Const(instr.static), line=instr.line)
        y.type = g.type_of(instr.result)
        g.values[instr.result] = y
    else:
        (y,) = g.plainly(instr)
    if g.active(instr.result):
        g.loaded(instr.result, y, g.out.emit("getitem", g.dots[owner], Const(instr.static), line=instr.line))


def _store_attribute(g: Duals, instr: Instr) -> None:
    owner, value = instr.args
    part = _part(g.at.sure(owner), instr.static)
    g.out.emits("setitem", 0, g.value(owner), Const(instr.static), g.value(value), line=instr.line)
    if part is not None and is_active(part):
        g.out.emits("setitem", 0, g.dots[owner], Const(instr.static), g.moved(value, part), line=instr.line)


def _bare_object(g: Duals, instr: Instr) -> None:
    kind = g.at.sure(instr.result)
    assert isinstance(kind, Record)
    if kind.given:
        raise DeclinedError("an object that may have come from outside")
    y = g.out.emit("dict", line=instr.line)
    if g.active(instr.result):
        g.set(instr.result, y, g.out.emit("dict", line=instr.line))
    else:
        g.values[instr.result] = y


def _same_object(g: Duals, instr: Instr) -> None:
    of: Operand = instr.args[0]
    g.values[instr.result] = g.value(of)
    if g.active(of):
        g.dots[instr.result] = g.dots[of]


def _call_bound(g: Duals, instr: Instr) -> None:
    callee = g.at.calls[instr]
    if callee.free is not None:
        call_local(g, instr)
        return
    g.call(instr, callee, instr.args[1:])


EMIT_OBJECTS: dict[str, Emit] = {
    "setattr": _store_attribute,
    "set_directly": _store_attribute,
    "bare_object": _bare_object,
    "same_object": _same_object,
    "call_bound": _call_bound,
}

__all__ = ["EMIT_OBJECTS", "load_attribute"]
