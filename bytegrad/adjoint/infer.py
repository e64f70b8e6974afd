"""The kinds of all values of a function and of what it calls, for given kinds of its arguments.

What has no tangent is plain data (numbers, arrays, text, and tuples and lists of such) or a function that is known:
so no operation here runs code that is not seen, and none has a side effect.  Anything else is declined.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from bytegrad.adjoint.exact_types import arithmetic_type
from bytegrad.adjoint.kinds import (
    ABSENT,
    NUMBERS,
    UNKNOWN,
    DeclinedError,
    InPlaceError,
    Items,
    Iter,
    Kind,
    List,
    Local,
    Named,
    Passive,
    Real,
    Record,
    any_active,
    is_active,
    join,
    kind_of_constant,
    same,
)
from bytegrad.adjoint.known import RANGE_ITERATOR
from bytegrad.adjoint.program import Instance, World
from bytegrad.ir.nodes import Block, Const, Instr, Operand, Raise, Return, Value
from bytegrad.ir.ops import BINARY, COMPARE, UNARY

LARGEST = 200
"""Programs of more functions than this are not looked through."""


class Inference:
    """The kinds in a whole program: the function and all that it calls, each call by itself."""

    def __init__(self, world: World, operations: dict[str, Infer]) -> None:
        self.world, self.operations = world, operations
        self.instances: list[Instance] = []
        self.changed = True
        self.begins_again = False
        """Whether something that was taken to have no tangent has one."""

    def run(self, target: FunctionType, kinds: list[Kind]) -> Instance:
        """Infer until nothing changes."""
        root = self.instance(target, None)
        while self.changed:
            self.changed, met = False, List.met
            self.pass_arguments(root, kinds)
            for instance in [*self.instances]:
                self.walk(instance)
            if self.begins_again:
                self.begins_again, self.changed = False, True
                for instance in self.instances:
                    instance.forget()
            self.changed |= List.met != met
        return root

    def instance(self, target: FunctionType, caller: Instance | None) -> Instance:
        above = caller
        while above is not None and above.caller is not None:
            # The first call returns something else than those that it leads to.
            if above.target is target:
                return above
            above = above.caller
        if len(self.instances) >= LARGEST:
            raise DeclinedError("the program is large")
        ir, facts = self.world.function(target)
        made = Instance(target, ir, facts, caller, self.instances)
        self.instances.append(made)
        self.changed = True
        return made

    def pass_arguments(self, callee: Instance, kinds: list[Kind]) -> None:
        if len(kinds) != len(callee.ir.params):
            raise DeclinedError("arguments are packed")
        for param, kind in zip(callee.ir.params, kinds, strict=True):
            self.meet(callee, param, kind)

    def meet(self, instance: Instance, value: Operand, kind: Kind | None) -> None:
        """`value` may be of this kind too."""
        if self.world.in_rows and kind == Real(True):
            kind = Real(False)
        before = instance.kinds.get(value)
        after = join(before, kind)
        if after is not None and not same(before, after):
            instance.kinds[value] = after
            self.changed = True

    def put(self, container: List, kind: Kind | None) -> None:
        """An item of this kind is put into `container`."""
        before = container.item
        container.put(kind)
        self.changed |= not same(before, container.item)

    # one function ------------------------------------------------------------------------------------------

    def walk(self, instance: Instance) -> None:
        """The blocks that are reached without an exception: one that is raised ends the forward code."""
        for block in instance.ir.blocks:
            if block in instance.reached and all(param in instance.kinds for param in block.params):
                self.walk_block(instance, block)

    def walk_block(self, instance: Instance, block: Block) -> None:
        if isinstance(block.terminator, Raise):
            return
        for instr in block.instrs:
            kinds = [instance.kind(arg) for arg in instr.args]
            if None in kinds:
                return
            infer = self.operations.get(instr.op)
            if infer is None:
                raise DeclinedError(f"the operation {instr.op}")
            for value, kind in zip(instr.results, infer(self, instance, instr), strict=True):
                self.meet(instance, value, kind)
        if isinstance(block.terminator, Return):
            returned = instance.kind(block.terminator.value)
            after = join(instance.result, Iter(instance.yielded) if instance.is_generator else returned)
            self.changed |= not same(instance.result, after)
            instance.result = after
        for edge in block.terminator.edges():
            self.changed |= edge.target not in instance.reached
            instance.reached.add(edge.target)
            for param, arg in zip(edge.target.params, edge.args, strict=True):
                self.meet(instance, param, instance.kind(arg))


Infer: TypeAlias = Callable[[Inference, Instance, Instr], "tuple[Kind | None, ...]"]


def item_of(kind: Kind) -> Kind | None:
    """The kind of what comes out when something of this kind is iterated."""
    if isinstance(kind, (List, Iter)):
        return kind.item
    if isinstance(kind, Items):
        found: Kind | None = None
        for part in kind.parts:
            found = join(found, part)
        return found
    if isinstance(kind, Real):
        if kind.plain:
            raise DeclinedError("a number is iterated")
        return kind
    if isinstance(kind, (Local, Named, Record)):
        raise DeclinedError("a function, a dict or an object is iterated")
    return Passive(int) if kind.type in (range, RANGE_ITERATOR) else UNKNOWN


def fixed(kind: Kind | None) -> Any:
    """The object that is known when compiling, or ABSENT."""
    return kind.value if isinstance(kind, Passive) else ABSENT


# operations -------------------------------------------------------------------------------------------------


_NOT_NUMBERS = (str, bytes, type(None), list, dict, tuple, set, complex)
_UNCHANGED = (*NUMBERS, str, tuple, type(None))
IN_PLACE = {op for op in BINARY if op.startswith("i") and op[1:] in BINARY}


def elementwise(kinds: list[Kind]) -> Kind:
    """The kind of an elementwise function of numbers and arrays."""
    if not all([isinstance(kind, (Real, Passive)) for kind in kinds]):
        raise DeclinedError("arithmetic on containers")
    if any([isinstance(kind, Passive) and kind.type in _NOT_NUMBERS for kind in kinds]):
        raise DeclinedError("arithmetic with what is no real number")
    return Real(all([kind.plain if isinstance(kind, Real) else fixed_type(kind) in NUMBERS for kind in kinds]))


def _arithmetic(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    kinds = [at.sure(arg) for arg in instr.args]
    first = kinds[0]
    if instr.op in IN_PLACE and isinstance(first, Passive) and first.type not in _UNCHANGED:
        raise InPlaceError("data are changed in place")
    if isinstance(first, List) and instr.op in ("mul", "add"):
        return (_joined_list(inference, at, instr, kinds),)
    if any([fixed_type(kind) is type(None) for kind in kinds]):
        return (None,)  # a variable that has its first value yet; if it stays so, the code raises
    if instr in at.written:
        return (Real(False),)
    if any_active(kinds):
        known = inference.world.known(at.facts.operator(instr.op))
        return (elementwise(kinds) if known is None else known.kind(kinds, {}),)
    types = {arg: kind.type if isinstance(kind, Passive) else None for arg, kind in zip(instr.args, kinds, strict=True)}
    return (Passive(arithmetic_type(instr.op, instr.args, types)),)  # type: ignore[arg-type]


def _joined_list(inference: Inference, at: Instance, instr: Instr, kinds: list[Kind]) -> Kind:
    """``xs * n`` and ``xs + ys``."""
    made = at.lists.setdefault(instr, List())
    for kind in kinds if instr.op == "add" else kinds[:1]:
        if not isinstance(kind, List):
            raise DeclinedError("a list is joined to something else")
        inference.put(made, kind.item)
    return made


def _compare(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    kinds = [at.sure(arg) for arg in instr.args]
    plain = [kind.plain if isinstance(kind, Real) else fixed_type(kind) in (*NUMBERS, str) for kind in kinds]
    return (Passive(bool if all(plain) else None),)


def fixed_type(kind: Kind) -> type | None:
    """The exact type of a value without a tangent, where it is known."""
    return kind.type if isinstance(kind, Passive) else None


def _boolean(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    return (Passive(bool),)


def _getitem(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    owner, key = at.sure(instr.args[0]), instr.args[1]
    if isinstance(owner, List):
        if fixed_type(at.sure(key)) is slice:
            made = at.lists.setdefault(instr, List())
            inference.put(made, owner.item)
            return (made,)
        return (owner.item,)
    if isinstance(owner, Items):
        if isinstance(key, Const) and type(key.value) is int and -len(owner.parts) <= key.value < len(owner.parts):
            return (owner.parts[key.value],)
        if fixed_type(at.sure(key)) is not int:
            raise DeclinedError("part of a tuple")
        return (item_of(owner),)
    if isinstance(owner, Named):
        name = fixed(at.kind(key))
        if name not in owner.keys:
            raise DeclinedError("a key that is not known")
        return (owner.parts[owner.keys.index(name)],)
    if isinstance(owner, Iter):
        raise DeclinedError("an iterator is indexed")
    if isinstance(owner, Real) and any_active([at.sure(key)]):
        raise DeclinedError("an index has a tangent")
    return (owner if isinstance(owner, Real) else UNKNOWN,)


def _setitem(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    owner, key, value = [at.sure(arg) for arg in instr.args]
    if not isinstance(owner, List) or not owner.fresh or fixed_type(key) is not int:
        raise DeclinedError("something is stored")
    inference.put(owner, value)
    return ()


def _append(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    owner, value = [at.sure(arg) for arg in instr.args]
    grow(inference, instr.op, owner, value)
    return ()


GROWING: dict[Any, str] = {list.append: "list_append", list.extend: "list_extend"}
"""Methods that are operations of the IR as well."""


def grow(inference: Inference, op: str, owner: Kind, value: Kind) -> None:
    """Something is put at the end of a list."""
    if not isinstance(owner, List) or not owner.fresh:
        raise DeclinedError("something is appended")
    inference.put(owner, item_of(value) if op == "list_extend" else value)


def _tuple(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    return (Items(tuple([at.sure(arg) for arg in instr.args])),)


def _list(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    made = at.lists.setdefault(instr, List())
    for arg in instr.args:
        inference.put(made, at.kind(arg))
    return (made,)


def _dict(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    keys: list[Any] = [arg.value if isinstance(arg, Const) else None for arg in instr.args[0::2]]
    parts = [at.sure(arg) for arg in instr.args[1::2]]
    if not any_active(parts):
        return (Passive(dict),)
    if len({*keys}) != len(keys) or not all([type(key) is str for key in keys]):
        raise DeclinedError("a dict whose keys are no names")
    return (Named(tuple(keys), tuple(parts)),)


def _slice(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    return (Passive(slice),)


def _unpack(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    source = at.sure(instr.args[0])
    if isinstance(source, Items) and len(source.parts) == len(instr.results):
        return source.parts
    return (item_of(source),) * len(instr.results)


def _iter(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    source = at.sure(instr.args[0])
    if isinstance(source, Passive):
        return (Passive(RANGE_ITERATOR if source.type is range else None),)
    return (Iter(item_of(source)),)


def _next(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    item = item_of(at.sure(instr.args[0]))
    # What comes next is known to be one object only until there is no more.
    return (Passive(item.type) if isinstance(item, Passive) else item,)


def _attribute(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    owner, name = at.sure(instr.args[0]), instr.static
    module = fixed(owner)
    if isinstance(module, ModuleType):
        try:
            return (kind_of_constant(inference.world.attribute(at.facts, module, name)),)
        except AttributeError:
            raise DeclinedError(f"the variable {name} of a module") from None
    if instr.op == "load_method":
        try:
            return (Passive(None, inference.world.method(owner, name)),)
        except AttributeError:
            raise DeclinedError(f"the method {name}") from None
    if isinstance(owner, Real) and not owner.plain:
        if name == "T":
            return (owner,)
        if name in ("shape", "ndim", "size", "dtype"):
            return (Passive(int if name in ("ndim", "size") else None),)
    if isinstance(owner, Passive) and owner.value is ABSENT:
        return (UNKNOWN,)
    raise DeclinedError(f"the attribute {name}")


def _load_global(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    return (inference.world.global_kind(at.target, at.facts, instr.static),)


def split_call(at: Instance, instr: Instr) -> tuple[Any, tuple[Operand, ...], dict[str, Operand]]:
    """The callee that is known when compiling, the positional arguments and the keywords of a call."""
    callee = fixed(at.kind(instr.args[0]))
    args = instr.args[1:]
    if instr.op == "call_method" and isinstance(fixed(at.kind(instr.args[1])), ModuleType):
        args = args[1:]
    names = instr.static or ()
    n = len(args) - len(names)
    return callee, args[:n], dict(zip(names, args[n:], strict=True))


def _call(inference: Inference, at: Instance, instr: Instr) -> tuple[Kind | None, ...]:
    made_here = at.sure(instr.args[0])
    if isinstance(made_here, Local):
        return inference.operations["call_local"](inference, at, instr)
    callee, args, keywords = split_call(at, instr)
    if not callable(callee):
        raise DeclinedError("it is not known what is called")
    own = inference.world.is_own(callee)
    if own and callee in GROWING and len(args) == 2 and not keywords:  # noqa: PLR2004
        grow(inference, GROWING[callee], at.sure(args[0]), at.sure(args[1]))
        return (Passive(type(None)),)
    kinds = [at.sure(arg) for arg in args]
    known = None if inference.world.looks_into(callee, kinds, keywords) else inference.world.known(callee)
    if known is not None:
        found = known.kind(kinds, {name: at.sure(arg) for name, arg in keywords.items()})
        return (Real(False) if instr in at.written else found,)
    if own and callee is list and len(args) == 1 and not keywords:
        made = at.lists.setdefault(instr, List())
        inference.put(made, item_of(kinds[0]))
        return (made,)
    written = inference.world.written(callee, len(args))
    if written is None:
        raise DeclinedError(f"{callee!r} is called")
    if instr not in at.calls:
        at.calls[instr] = inference.instance(written, at)
    inference.pass_arguments(at.calls[instr], [at.sure(arg) for arg in arranged(written, args, keywords)])
    return (at.calls[instr].result,)


def is_simple(default: Any) -> bool:
    """Whether what is passed by default is a number, text or a function."""
    return type(default) in (*NUMBERS, str, type(None)) or callable(default)


def arranged(target: FunctionType, args: tuple[Operand, ...], keywords: dict[str, Operand]) -> list[Operand]:
    """The arguments of a call, one for each parameter."""
    code, defaults = target.__code__, target.__defaults__ or ()
    count = code.co_argcount
    names = code.co_varnames[: count + code.co_kwonlyargcount]
    given = {**dict(zip(names, args, strict=False)), **keywords}
    missing = {
        **dict(zip(names[count - len(defaults) : count], defaults, strict=True)),
        **(target.__kwdefaults__ or {}),
    }
    if len(args) > count or not {*keywords} <= {*names[len(args) :]}:
        raise DeclinedError("arguments do not fit")
    found: list[Operand] = []
    for name in names:
        if name in given:
            found.append(given[name])
        elif name in missing and is_simple(missing[name]):
            found.append(Const(missing[name]))
        else:
            raise DeclinedError(f"the argument {name}")
    return found


INFER: dict[str, Infer] = {
    **dict.fromkeys((*BINARY, *UNARY), _arithmetic),
    **dict.fromkeys(COMPARE, _compare),
    **dict.fromkeys(("is_", "is_not", "not_", "truth", "contains", "not_contains", "is_done"), _boolean),
    **dict.fromkeys(("getattr", "load_method"), _attribute),
    **dict.fromkeys(("list_append", "list_extend"), _append),
    **dict.fromkeys(("call", "call_method"), _call),
    "getitem": _getitem,
    "setitem": _setitem,
    "tuple": _tuple,
    "list": _list,
    "dict": _dict,
    "slice": _slice,
    "unpack": _unpack,
    "iter": _iter,
    "next": _next,
    "load_global": _load_global,
}
"""The kinds of the results of each operation; others are declined."""

__all__ = ["INFER", "Inference", "Value", "arranged", "is_active", "split_call"]
