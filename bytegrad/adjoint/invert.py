"""How each kind of instruction is inverted: one function per mode, and one per operation where a mode has several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bytegrad.adjoint.derivative import contribution
from bytegrad.adjoint.known import Run, call_operands, callee_of, container_at_end, type_of
from bytegrad.adjoint.questions import only_decides
from bytegrad.ir.nodes import Block, Const, Instr, Operand

if TYPE_CHECKING:
    from bytegrad.adjoint.reverse import Reverser


def native(r: Reverser, instr: Instr) -> None:
    """No derivative: nothing to do."""


def inline(r: Reverser, instr: Instr) -> None:
    """By the partial derivatives of the callee, spelled out in the pullback."""
    if not r.found.wants(instr.result):
        return
    y_bar = _take(r, instr.result)
    if _absent(y_bar):
        return
    operands = call_operands(instr, r.found) if instr.op in ("call", "call_method") else instr.args
    rule = r.facts.partials(r.found.callees[instr])
    assert rule is not None
    names, output, derivatives = rule
    primal = dict(zip((*names, output), (*operands, instr.result), strict=True))
    for operand, derivative in zip(operands, derivatives, strict=True):
        if r.found.wants(operand) and derivative is not None:
            bar = contribution(r, y_bar, derivative, primal, instr.line)
            if bar is not None:
                if r.checked:
                    name = getattr(r.found.callees[instr], "__name__", instr.op)
                    r.out.emits("check_finite", 0, bar, r.saved(instr.result), static=name, line=instr.line)
                r.accumulate(operand, bar)


def _take(r: Reverser, value: Operand) -> Operand:
    """The finished cotangent of a value, at its definition; nothing reads it after that."""
    bar = r.take(value)
    r.out.write(r.variable(value), Const(0))
    return bar


def _absent(bar: Operand) -> bool:
    return isinstance(bar, Const) and type(bar.value) is int and bar.value == 0


def generic(r: Reverser, instr: Instr) -> None:
    """By the record that the runtime left."""
    run = r.found.runs.get(instr)
    if run is not None:
        if instr is run.instrs[-1]:
            _run(r, run)
        return
    bars_of = [_take(r, value) if r.found.wants(value) else Const(0) for value in instr.results]
    operands = instr.args[1:] if instr.op in ("call", "call_method", "call_ex") else instr.args
    record = r.saved(r.storage.record_of(instr, r.block))
    several = len(bars_of) > 1 or instr.op in ("unpack", "unpack_ex")
    seed: Operand = Const(0)
    if several:
        seed = r.out.emit("tuple", *bars_of)
    elif bars_of:
        seed = bars_of[0]
    op = "reverse_checked" if r.checked else "reverse"
    bars = r.out.emits(op, len(operands), record, seed, static=len(operands), line=instr.line)
    for operand, bar in zip(operands, () if only_decides(instr, r.found) else bars, strict=False):
        r.accumulate(operand, bar)


def _run(r: Reverser, run: Run) -> None:
    """By the one record of all its operations, where the last of them was."""
    results = [run.instrs[place].result for place in run.outs]
    seed = r.out.emit("tuple", *[_take(r, value) if r.found.wants(value) else Const(0) for value in results])
    last = run.instrs[-1]
    record = r.saved(r.storage.record_of(last, r.block))
    n = len(run.leaves)
    for leaf, bar in zip(run.leaves, r.out.emits("reverse", n, record, seed, static=n, line=last.line), strict=True):
        r.accumulate(leaf, bar)


def build(r: Reverser, instr: Instr) -> None:
    if instr not in r.found.runs:
        _BUILD[instr.op](r, instr)


def _tuple(r: Reverser, instr: Instr) -> None:
    """A tuple's cotangent is a tuple of its items' cotangents."""
    if not r.found.wants(instr.result) or not any(r.found.wants(a) for a in instr.args):
        return
    y_bar = _take(r, instr.result)
    if _absent(y_bar):
        return
    bars = r.out.emits("split", len(instr.args), y_bar, static=len(instr.args))
    for operand, bar in zip(instr.args, bars, strict=True):
        r.accumulate(operand, bar)


def _unpack(r: Reverser, instr: Instr) -> None:
    source = instr.args[0]
    bars = [_take(r, value) if r.found.wants(value) else Const(0) for value in instr.results]
    if r.found.wants(source) and not all(_absent(bar) for bar in bars):
        r.accumulate(source, r.out.emit("tuple", *bars))


def _container(r: Reverser, instr: Instr) -> None:
    """A fresh list, dict or set: its items' cotangents are in its shadow, under index or key."""
    items = instr.args[1::2] if instr.op == "dict" else instr.args
    keys: list[Operand] = []
    if instr.op != "list":
        keys = [r.saved(a) for a in (instr.args[0::2] if instr.op == "dict" else instr.args)]
    if instr.op == "dict" and any(r.found.wants(a) for a in instr.args[0::2]):
        of_keys = r.out.emits("take_keys", len(items), r.saved(instr.result), *keys, static=len(items))
        for operand, bar in zip(instr.args[0::2], of_keys, strict=True):
            r.accumulate(operand, bar)
    bars = r.out.emits("take_items", len(items), r.saved(instr.result), *keys, static=(instr.op, len(items)))
    for operand, bar in zip(items, bars, strict=True):
        r.accumulate(operand, bar)


def _slice(r: Reverser, instr: Instr) -> None:
    """What was read out of a slice is in its shadow, under the names of its attributes."""
    if any([r.found.wants(arg) for arg in instr.args]):
        n = len(instr.args)
        bars = r.out.emits("take_slice", n, r.saved(instr.result), static=n)
        for operand, bar in zip(instr.args, bars, strict=True):
            r.accumulate(operand, bar)


def _string(r: Reverser, instr: Instr) -> None:
    """A text from parts: whatever reaches it concerns each of them."""
    if r.found.wants(instr.result):
        y_bar = _take(r, instr.result)
        for operand in instr.args:
            r.accumulate(operand, y_bar)


_BUILD = {
    "slice": _slice,
    "string": _string,
    "convert": _string,
    "async_gen_wrap": _string,
    "tuple": _tuple,
    "unpack": _unpack,
    "list": _container,
    "dict": _container,
    "set": _container,
}


def cell(r: Reverser, instr: Instr) -> None:
    """A cell's content is the one slot of its shadow."""
    if instr.op == "load_cell":
        if r.found.wants(instr.result):
            bar = _take(r, instr.result)
            if not _absent(bar):
                r.out.emits("add_cell", 0, r.saved(instr.args[0]), bar)
    elif instr.op in ("make_cell", "store_cell"):
        value = instr.args[-1]
        the_cell = instr.result if instr.op == "make_cell" else instr.args[0]
        # Also where the new content has no cotangent: that of what was there before must not get it.
        if r.found.wants(value) or instr.op == "store_cell":
            r.accumulate(value, r.out.emit("take_cell", r.saved(the_cell)))


def global_(r: Reverser, instr: Instr) -> None:
    """A number read from a global: its shadow matters only if a global was written during the call."""
    if r.found.wants(instr.result):
        bar = _take(r, instr.result)
        if not _absent(bar):
            r.out.emits("add_global", 0, bar, static=(r.facts.namespace, instr.static))


def yield_(r: Reverser, instr: Instr) -> None:
    """``received = yield value`` becomes ``value_bar = yield received_bar``."""
    received_bar = _take(r, instr.result) if r.found.wants(instr.result) else Const(0)
    value_bar = r.out.emit("yield", received_bar)
    r.accumulate(instr.args[0], value_bar)


def view(r: Reverser, instr: Instr, owner: Block | None = None) -> None:
    """The variables were read by name: what that call left for each of them goes to what it was then."""
    place, names = instr.static
    bars = r.out.emits("take_view", len(names), static=(place, tuple([name for name, _ in names])), line=instr.line)
    for operand, bar, (_, is_cell) in zip(instr.args, bars, names, strict=True):
        if is_cell:
            r.out.emits("add_cell", 0, r.saved(operand, owner), bar)
        else:
            r.accumulate(operand, bar)


def function(r: Reverser, instr: Instr) -> None:
    """A function's positional defaults: what was not passed for them is in the function's shadow."""
    made, defaults = (instr.result, instr.args[0]) if instr.results else (instr.args[0], instr.args[1])
    if r.found.wants(defaults):
        r.accumulate(defaults, r.out.emit("take_defaults", r.saved(made), r.saved(defaults)))


def item(r: Reverser, instr: Instr) -> None:
    """A slot of a list or dict, whose shadow is at hand."""
    container, key = instr.args[0], instr.args[1]
    if instr.op == "getitem":
        if r.found.wants(instr.result):
            bar = _take(r, instr.result)
            if not _absent(bar):
                r.out.emits("add_slot", 0, r.shadow(container), r.key(instr, key), bar, static=_plain(r, instr))
        return
    bar = r.out.emit("take_slot", r.shadow(container), r.key(instr, key))
    r.accumulate(instr.args[2], bar)


def slot(r: Reverser, instr: Instr) -> None:
    """An attribute that is a slot of the object."""
    owner, name = instr.args[0], Const(instr.static)
    if instr.op == "setattr":
        r.accumulate(instr.args[1], r.out.emit("take_slot", r.shadow(owner), name))
    elif r.found.wants(instr.result):
        bar = _take(r, instr.result)
        if not _absent(bar):
            r.out.emits("add_slot", 0, r.shadow(owner), name, bar, static=_plain(r, instr))


def push(r: Reverser, instr: Instr) -> None:
    """An item came to the end of a list."""
    shadow = r.shadow(container_at_end(instr))
    r.accumulate(instr.args[-1], r.out.emit("take_slot", shadow, r.saved(r.found.keys[instr])))


def pop(r: Reverser, instr: Instr) -> None:
    """The last item left a list: what is its slot later was no slot before that."""
    if r.found.wants(instr.result):
        bar = _take(r, instr.result)
        if not _absent(bar):
            key = r.saved(r.found.keys[instr])
            r.out.emits("add_new_slot", 0, r.shadow(container_at_end(instr)), key, bar, static=_plain(r, instr))


def turn(r: Reverser, instr: Instr) -> None:
    """The item of a list that one turn of a loop is about."""
    if r.found.wants(instr.result) and instr.args[0] in r.found.sequences:
        bar = _take(r, instr.result)
        if not _absent(bar):
            shadow = r.shadow(r.found.sequences[instr.args[0]])
            r.out.emits("add_new_slot", 0, shadow, r.saved(r.found.keys[instr]), bar, static=_plain(r, instr))


def parts(r: Reverser, instr: Instr) -> None:
    """The items of several lists that one turn of a loop is about."""
    step = r.found.taken_apart[instr]
    for items, value in zip(r.found.rows[step.args[0]], instr.results, strict=True):
        if r.found.wants(value):
            bar = _take(r, value)
            if items is not None and not _absent(bar):
                key = r.saved(r.found.keys[step])
                r.out.emits("add_new_slot", 0, r.shadow(items), key, bar, static=value in r.found.plain)


def _plain(r: Reverser, instr: Instr) -> bool:
    """Whether the item is only used as a float: then its cotangent is a number."""
    return instr.result in r.found.plain


INVERT: dict[str, Any] = {
    "native": native,
    "inline": inline,
    "generic": generic,
    "raise": native,
    "build": build,
    "cell": cell,
    "global": global_,
    "yield": yield_,
    "view": view,
    "function": function,
    "refine": native,
    "item": item,
    "slot": slot,
    "push": push,
    "pop": pop,
    "turn": turn,
    "parts": parts,
}

__all__ = ["INVERT", "callee_of", "type_of"]
