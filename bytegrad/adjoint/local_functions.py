"""Functions that a program makes for itself: lambdas, local functions, comprehensions, generator expressions.

They become functions of the variables that they share as well, which are lists of one item; so a closure needs no code
object of its own at run time, and is a tuple of such lists.  A generator expression is run at once, where the
next call takes all of it, so that nothing that it reads can change meanwhile: it is of finite
length, and nothing else happens meanwhile that could be seen.
"""

from __future__ import annotations

from types import CellType, CodeType, FunctionType
from typing import Any

from bytegrad.adjoint.infer import INFER, Infer, Inference, fixed
from bytegrad.adjoint.kinds import (
    DeclinedError,
    Items,
    Kind,
    List,
    Local,
    Passive,
    is_nothing,
    join,
    kind_of_constant,
    same,
)
from bytegrad.adjoint.program import Instance
from bytegrad.ir.nodes import Const, Function, Instr, Jump, Operand

_ATTRIBUTES = HAS_DEFAULTS, HAS_NAMED_DEFAULTS, HAS_ANNOTATIONS, HAS_CLOSURE = 1, 2, 4, 8

Kinds = tuple["Kind | None", ...]


def _make_cell(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    made = at.lists.setdefault(instr, List())
    first = at.sure(instr.args[0])
    if not is_nothing(first):
        inference.put(made, first)
    return (made,)


def _free_cell(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    name = instr.static
    if at.free is not None:
        return (at.free.parts[at.target.__code__.co_freevars.index(name)],)
    at.outer[instr.result] = name
    made = at.lists.setdefault(instr, List(given=True))
    inference.put(made, inference.world.content(at.target, name))
    return (made,)


def _load_cell(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    cell = at.sure(instr.args[0])
    return (cell.item if isinstance(cell, List) else None,)


def _store_cell(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    cell, value = at.sure(instr.args[0]), at.sure(instr.args[1])
    if not isinstance(cell, List) or not cell.fresh:
        raise DeclinedError("a variable of an enclosing function is stored")
    if at.free is not None:
        cell.stored_inside()
    inference.put(cell, value)
    return ()


def operands_of(ir: Function, making: Instr) -> tuple[Operand, Operand]:
    """The shared variables and the defaults of a function that is made, each a tuple.

    Some Pythons give it them when it is made, some right afterwards.
    """
    flags = [flag for flag in _ATTRIBUTES if making.static[1] & flag]
    given: dict[int, Operand] = dict(zip(flags, making.args, strict=True))
    for block in ir.blocks:
        for instr in block.instrs:
            if instr.op == "set_function_attribute" and instr.args[0] is making.result:
                given[instr.static] = instr.args[1]
    if HAS_NAMED_DEFAULTS in given:
        raise DeclinedError("defaults of keywords")
    return given.get(HAS_CLOSURE, Const(())), given.get(HAS_DEFAULTS, Const(()))


def _make_function(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    parts = tuple(
        [kind_of_constant(o.value) if isinstance(o, Const) else at.sure(o) for o in operands_of(at.ir, instr)]
    )
    return (Local(instr.static[0], Items(parts)),)


_LOADS = frozenset(("load_global", "load_cell", "free_cell", "getattr", "load_method"))


def check_taken_at_once(inference: Inference, at: Instance, making: Instr) -> None:
    """Raise DeclinedError unless what `making` would compute lazily is computed by the very next call.

    Otherwise what it reads may change meanwhile.
    """
    block = next(block for block in at.ir.blocks if making in block.instrs)
    following = block.instrs[block.instrs.index(making) + 1 :]
    while True:
        for instr in following:
            if making.result in instr.args:
                callee = fixed(at.kind(instr.args[0]))
                if instr.op == "call" and inference.world.takes_at_once(callee):
                    return
                raise DeclinedError("an iterator is kept")
            if instr.op not in _LOADS:
                raise DeclinedError("something is done before an iterator is taken")
        if not isinstance(block.terminator, Jump) or making.result in block.terminator.edge.args:
            raise DeclinedError("an iterator is kept")
        block = block.terminator.edge.target
        following = block.instrs


def _call(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    if fixed(at.kind(instr.args[0])) is map:
        check_taken_at_once(inference, at, instr)
    return INFER["call"](inference, at, instr)


def _call_local(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    callee = at.sure(instr.args[0])
    assert isinstance(callee, Local)
    if instr not in at.calls:
        at.calls[instr] = inference.instance(stand_in(callee.code, at.target.__globals__), at)
    made = at.calls[instr]
    if made.is_generator:
        check_taken_at_once(inference, at, instr)
    if made.target.__code__ is not callee.code:
        raise DeclinedError("it is not known which function is called")
    closure, defaults = callee.parts.parts
    assert isinstance(closure, Items)
    assert isinstance(defaults, Items)
    free = join(made.free, closure)
    assert isinstance(free, Items)
    inference.changed |= not same(made.free, free)
    made.free = free
    placed = arranged_locally(callee.code, instr, len(defaults.parts))
    inference.pass_arguments(made, [defaults.parts[arg] if isinstance(arg, int) else at.sure(arg) for arg in placed])
    return (made.result,)


def stand_in(code: CodeType, namespace: dict[str, Any]) -> FunctionType:
    """A function of this code, for what is asked of functions."""
    return FunctionType(code, namespace, code.co_name, None, tuple([CellType() for _ in code.co_freevars]))


def arranged_locally(code: CodeType, instr: Instr, defaults: int) -> list[Operand | int]:
    """The arguments of a call, one for each parameter; a number is that of a default."""
    if instr.op == "call_bound":
        return [*instr.args[1:]]
    args, keywords = instr.args[1:], instr.static or ()
    count = len(args) - len(keywords)
    names = code.co_varnames[: code.co_argcount]
    by_name = dict(zip(keywords, args[count:], strict=True))
    if count > len(names) or not {*keywords} <= {*names[count:]}:
        raise DeclinedError("arguments do not fit")
    found: list[Operand | int] = [*args[:count]]
    for place, name in enumerate(names[count:], count):
        behind = place - len(names) + defaults
        if name not in by_name and behind < 0:
            raise DeclinedError(f"the argument {name}")
        found.append(by_name.get(name, behind))
    return found


def _yield(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    before = at.yielded
    at.yielded = join(before, at.sure(instr.args[0]))
    inference.changed |= not same(before, at.yielded)
    return (Passive(type(None)),)


LOCALLY: dict[str, Infer] = {
    **INFER,
    "call": _call,
    "make_cell": _make_cell,
    "free_cell": _free_cell,
    "load_cell": _load_cell,
    "store_cell": _store_cell,
    "make_function": _make_function,
    "set_function_attribute": lambda inference, at, instr: (),
    "call_local": _call_local,
    "yield": _yield,
}
"""The kinds of the results of all operations."""
