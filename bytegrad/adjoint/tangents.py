"""What each operation does to tangents: the table that forward code is made by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bytegrad.adjoint.array_writes import emit_in_place, emit_set_item, made
from bytegrad.adjoint.batch import Tracked
from bytegrad.adjoint.duals import Compiled, Duals, Emit, Helpers
from bytegrad.adjoint.forms import Bilinear, Call, Form, Inactive, Linear, Pushed
from bytegrad.adjoint.infer import GROWING, IN_PLACE, arranged, item_of, split_call
from bytegrad.adjoint.kinds import DeclinedError, Iter, List, Local, Passive, Real, Record, any_active, is_active, same
from bytegrad.adjoint.local_tangents import EMIT_LOCALLY, call_local
from bytegrad.adjoint.object_tangents import EMIT_OBJECTS, load_attribute
from bytegrad.adjoint.program import Instance
from bytegrad.ir.nodes import Const, Function, Instr, Operand, Value
from bytegrad.ir.ops import BINARY, UNARY


def forward_code(
    instance: Instance, helpers: Helpers, form_of: Callable[[Any], Form | None], compiled: Compiled, slope: bool
) -> tuple[Function, Tracked]:
    """The IR that computes values and tangents.

    Its parameters are those of the function, each followed by its tangent if it has one.  It returns the value and
    the tangent, or the tangent alone if it is the function itself whose `slope` is asked for; where there is no
    tangent, the value.  The tangents of the arguments of a slope are not varied.  With it come the values of the
    forward code that have tangents, or are tangents.
    """
    duals = Duals(instance, helpers, form_of, compiled, slope, _EMIT)
    return duals.build(), duals.tracked


# operations -------------------------------------------------------------------------------------------------


def plainly(g: Duals, instr: Instr) -> None:
    """An operation that has no tangent."""
    g.plainly(instr)


def _arithmetic(g: Duals, instr: Instr) -> None:
    kind = g.at.sure(instr.result)
    if not is_active(kind):
        g.plainly(instr)
        return
    if isinstance(kind, List):
        _join(g, instr)
        return
    op = instr.op[1:] if instr.op in IN_PLACE else instr.op
    values = [g.value(arg) for arg in instr.args]
    kinds = [g.at.sure(arg) for arg in instr.args]
    if op != instr.op and kinds[0] == Real(False) and instr not in g.at.in_place | g.at.updates:
        # An array would be changed in place.
        values[0] = g.out.emit("call", g.helper("scalar"), values[0], line=instr.line)
        g.track(values[0], kinds[0])
    y = g.out.emit(op, *values, line=instr.line)
    if kind == Real(True):
        y.type = float
    if op in _QUIET or kind == Real(False):
        g.may_drop()
    callee = g.facts.operator(op)
    form = g.form_of(callee)
    if form is None:
        raise DeclinedError(f"the operation {op}")
    dots = [g.dot(arg) for arg in instr.args]
    if instr in g.at.written and not any(dots):
        g.values[instr.result] = y
        made(g, instr, None)
        return
    dot = g.tangent(form, Call(callee, tuple(values), (), kinds, dots, y, kind, instr.line))
    if instr in g.at.in_place:
        emit_in_place(g, instr, y, dot)
        return
    g.set(instr.result, y, dot)
    if instr in g.at.written:
        made(g, instr, dot)


def _join(g: Duals, instr: Instr) -> None:
    """``xs + ys`` and ``xs * n``."""
    (y,) = g.plainly(instr)
    dots = [g.dot(arg) for arg in instr.args]
    if instr.op == "add" and None in dots:
        raise DeclinedError("a list without tangents is joined")
    moved = [g.value(arg) if dot is None else dot for arg, dot in zip(instr.args, dots, strict=True)]
    g.set(instr.result, y, g.out.emit(instr.op, *moved, line=instr.line))


_QUIET = frozenset(("add", "sub", "mul", "neg", "pos"))
"""Arithmetic on floats that raises nothing; on arrays none does."""


def _getitem(g: Duals, instr: Instr) -> None:
    owner, key = instr.args
    if not g.active(instr.result):
        g.plainly(instr)
        return
    place = g.value(key)
    kind = g.at.sure(key)
    if isinstance(g.at.sure(owner), List) and isinstance(kind, Passive) and kind.type not in (int, slice):
        place = g.out.emit("call", g.helper("index"), place, line=instr.line)
    y = g.out.emit("getitem", g.value(owner), place, line=instr.line)
    container = g.at.sure(owner)
    if g.slope and isinstance(container, List) and container.given and g.at.kind(instr.result) == Real(True):
        dot = g.out.emit("call", g.helper("taken"), g.dots[owner], place, line=instr.line)
        g.may_drop()
        g.set(instr.result, g.told(y), dot)
        return
    dot = g.out.emit("getitem", g.dots[owner], place, line=instr.line)
    g.may_drop()
    g.loaded(instr.result, y, dot)


def _setitem(g: Duals, instr: Instr) -> None:
    owner, key, value = instr.args
    if not isinstance(g.at.sure(owner), List):
        emit_set_item(g, instr)
        return
    g.plainly(instr)
    kind = g.at.sure(owner)
    assert isinstance(kind, List)
    if is_active(kind) and kind.item is not None:
        g.out.emits("setitem", 0, g.dots[owner], g.value(key), g.moved(value, kind.item), line=instr.line)


def _append(g: Duals, instr: Instr) -> None:
    owner, value = instr.args
    _grow(g, instr.op, owner, value, instr.line)


def _grow(g: Duals, op: str, owner: Operand, value: Operand, line: int | None) -> None:
    """Something is put at the end of a list, and its tangent at the end of that of tangents."""
    kind = g.at.sure(owner)
    method = Const(list.append if op == "list_append" else list.extend)
    if op == "list_extend" and isinstance(g.at.sure(value), Iter):
        raise DeclinedError("an iterator is taken twice")
    g.out.emit("call", method, g.value(owner), g.value(value), line=line)
    if not is_active(kind):
        return
    assert isinstance(kind, List) and kind.item is not None
    if op == "list_append":
        dot: Operand | None = g.moved(value, kind.item)
    else:
        source = g.at.sure(value)
        whole = isinstance(source, List) and same(source.item, kind.item)
        dot = g.dot(value) if whole else None
    if dot is None:
        raise DeclinedError("what has no tangents is put to what has some")
    g.out.emit("call", method, g.dots[owner], dot, line=line)


def _tuple(g: Duals, instr: Instr) -> None:
    (y,) = g.plainly(instr)
    if g.active(instr.result):
        dots = [g.dot(arg) or Const(None) for arg in instr.args]
        g.set(instr.result, y, g.out.emit("tuple", *dots, line=instr.line))


def _dict(g: Duals, instr: Instr) -> None:
    (y,) = g.plainly(instr)
    if g.active(instr.result):
        moved = [arg if n % 2 == 0 else g.dot(arg) or Const(None) for n, arg in enumerate(instr.args)]
        g.set(instr.result, y, g.out.emit("dict", *moved, line=instr.line))


def _list(g: Duals, instr: Instr) -> None:
    (y,) = g.plainly(instr)
    kind = g.at.sure(instr.result)
    if is_active(kind):
        assert isinstance(kind, List) and kind.item is not None
        dots = [g.moved(arg, kind.item) for arg in instr.args]
        g.set(instr.result, y, g.out.emit("list", *dots, line=instr.line))


def _unpack(g: Duals, instr: Instr) -> None:
    source = instr.args[0]
    made = g.plainly(instr)
    if g.active(source):
        dots = g.out.emits("unpack", len(instr.results), g.dots[source], static=instr.static, line=instr.line)
        for result, y, dot in zip(instr.results, made, dots, strict=True):
            if g.active(result):
                g.loaded(result, y, dot)


def _attribute(g: Duals, instr: Instr) -> None:
    (load_attribute if isinstance(g.at.sure(instr.args[0]), Record) else _both)(g, instr)


def _both(g: Duals, instr: Instr) -> None:
    """The same of the tangent."""
    (y,) = g.plainly(instr)
    if g.active(instr.result):
        dot = g.out.emit(instr.op, g.dots[instr.args[0]], static=instr.static, line=instr.line)
        g.set(instr.result, y, dot)


def _load_method(g: Duals, instr: Instr) -> None:
    """Which function it is is known, but of a callable object that is an attribute."""
    if isinstance(g.at.sure(instr.result), Record):
        attribute = Instr("getattr", instr.args, instr.results, instr.static, instr.line)
        load_attribute(g, attribute)


def _next(g: Duals, instr: Instr) -> None:
    g.plainly(instr)
    iterator = instr.args[0]
    assert isinstance(iterator, Value)
    g.stepped = (iterator, instr.result)


def _call(g: Duals, instr: Instr) -> None:
    if isinstance(g.at.sure(instr.args[0]), Local):
        call_local(g, instr)
        return
    callee, args, keywords = split_call(g.at, instr)
    if instr in g.at.calls:
        g.call(instr, g.at.calls[instr], arranged(g.at.calls[instr].target, args, keywords))
        return
    if callee in GROWING:
        _grow(g, GROWING[callee], args[0], args[1], instr.line)
        g.values[instr.result] = Const(None)
        return
    if callee is list and args:
        _list_of(g, instr, args[0])
        return
    operands = (*args, *keywords.values())
    values = tuple([g.value(arg) for arg in operands])
    names = tuple(keywords)
    moving = g.active(instr.result) and (instr not in g.at.written or any_active([g.at.sure(arg) for arg in args]))
    form = g.form_of(callee) if moving else None
    if instr in g.at.written and isinstance(form, Inactive):
        form = None
    if isinstance(form, Pushed):
        kinds, dots = [g.at.sure(arg) for arg in operands], [g.dot(arg) for arg in operands]
        call = Call(callee, values, names, kinds, dots, Const(None), g.at.sure(instr.result), instr.line)
        g.set(instr.result, *form.both(g, call))
        return
    y = g.out.emit("call", Const(callee), *values, static=names or None, line=instr.line)
    y.type = g.type_of(instr.result)
    g.values[instr.result] = y
    if form is not None:
        if isinstance(form, (Linear, Bilinear)) or g.at.kind(instr.result) == Real(False):
            g.may_drop()
        kinds = [g.at.sure(arg) for arg in operands]
        dots = [g.dot(arg) for arg in operands]
        kind = g.at.sure(instr.result)
        call = Call(callee, values, names, kinds, dots, y, kind, instr.line)
        g.set(instr.result, y, g.tangent(form, call))
    if instr in g.at.written:
        made(g, instr, g.dots.get(instr.result))


def _list_of(g: Duals, instr: Instr, source: Operand) -> None:
    """``list(items)``."""
    y = g.out.emit("call", Const(list), g.value(source), line=instr.line)
    dot = g.dot(source)
    kind = g.at.sure(instr.result)
    if dot is None:
        if is_active(kind):
            raise DeclinedError("a list without tangents")
        g.values[instr.result] = y
        return
    assert isinstance(kind, List)
    if not same(item_of(g.at.sure(source)), kind.item):
        raise DeclinedError("a list of another structure")
    g.set(instr.result, y, g.out.emit("call", Const(list), dot, line=instr.line))


_EMIT: dict[str, Emit] = {
    **dict.fromkeys((*BINARY, *UNARY), _arithmetic),
    **dict.fromkeys(("truth", "not_"), plainly),
    "iter": _both,
    "getattr": _attribute,
    **dict.fromkeys(("list_append", "list_extend"), _append),
    **dict.fromkeys(("call", "call_method"), _call),
    **EMIT_LOCALLY,
    "load_method": _load_method,
    **EMIT_OBJECTS,
    "getitem": _getitem,
    "setitem": _setitem,
    "tuple": _tuple,
    "list": _list,
    "dict": _dict,
    "unpack": _unpack,
    "next": _next,
}
"""How the forward code of an operation is made; the others have no tangent and are what they are."""
