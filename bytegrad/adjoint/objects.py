"""Objects of the user's classes: attributes, methods, operators, properties, construction; and packed arguments.

An object that is given has a dict of the tangents of its attributes beside it; one that is made here is a dict itself.
Whatever runs a function of its class is spelled as a call of that function, with the object first; calls with packed
arguments are spelled as calls with an argument for each parameter.  What is not certain when compiling (which class,
which function) is declined, and so is whatever else may be done with an object.
"""

from __future__ import annotations

from types import FunctionType, MemberDescriptorType, MethodType
from typing import Any

from bytegrad.adjoint.infer import Infer, Inference, fixed, is_simple, split_call
from bytegrad.adjoint.kinds import (
    ABSENT,
    NUMBERS,
    DeclinedError,
    Items,
    Iter,
    Kind,
    List,
    Local,
    Named,
    Passive,
    Real,
    Record,
    kind_of_constant,
)
from bytegrad.adjoint.program import Instance
from bytegrad.ir.nodes import Const, Instr, Operand, Value
from bytegrad.ir.ops import BINARY, COMPARE

PACKS, PACKS_NAMED = 4, 8
DIRECT = "set_directly"
"""The operation that stores an attribute as `object.__setattr__` does."""

Kinds = tuple["Kind | None", ...]


def with_objects(operations: dict[str, Infer]) -> dict[str, Infer]:
    """The operations, where they are on objects and with packed arguments as well."""

    def of(op: str) -> Infer:
        handler = _OF_OBJECTS.get(op)

        def infer(inference: Inference, at: Instance, instr: Instr) -> Kinds:
            if instr in at.instead:
                return _run(inference, at, at.instead[instr]) or _NOTHING * len(instr.results)
            found = None if handler is None else handler(inference, at, instr)
            return operations[op](inference, at, instr) if found is None else found

        return infer

    return {
        **{op: of(op) for op in (*operations, *_OF_OBJECTS)},
        "call_bound": _call_bound,
        "bare_object": lambda inference, at, instr: (at.records.setdefault(instr, Record(instr.static)),),
    }


_NOTHING = (Passive(type(None), None),)


def _run(inference: Inference, at: Instance, instrs: list[Instr]) -> Kinds:
    """Infer one after the other; the results of the last one count."""
    found: Kinds = ()
    for instr in instrs:
        if any([at.kind(arg) is None for arg in instr.args]):
            return (None,) * len(instrs[-1].results)
        found = inference.operations[instr.op](inference, at, instr)
        for value, kind in zip(instr.results, found, strict=True):
            inference.meet(at, value, kind)
    return found


def _spell(inference: Inference, at: Instance, instr: Instr, *instrs: Instr) -> Kinds:
    """Take `instrs` for `instr` from now on."""
    at.instead[instr] = [*instrs]
    return _run(inference, at, at.instead[instr])


def _called(instr: Instr, function: Any, *args: Operand, names: tuple[str, ...] = ()) -> Instr:
    return Instr("call", (Const(function), *args), instr.results, names or None, instr.line)


def _names(instr: Instr) -> tuple[str, ...]:
    """The names of the last arguments of a call."""
    return (instr.static or ()) if instr.op in ("call", "call_method") else ()


# attributes -------------------------------------------------------------------------------------------------


def _attribute(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    owner, name = at.sure(instr.args[0]), instr.static
    if isinstance(fixed(owner), type):
        return _of_type(inference, fixed(owner), name)
    if not isinstance(owner, Record):
        return None
    on_class = inference.world.of_class(owner.cls, name)
    if type(on_class) is property:
        return _spell(inference, at, instr, _called(instr, on_class.fget, instr.args[0]))
    _check_no_setter(on_class)
    if name in owner.parts:
        return (owner.parts[name],)
    if on_class is ABSENT or type(on_class) is MemberDescriptorType:
        return (None,)
    if type(on_class) is staticmethod:
        return (kind_of_constant(on_class.__func__),)
    if instr.op == "load_method" and type(on_class) in (FunctionType, classmethod):
        bound: type = MethodType if type(on_class) is FunctionType else classmethod
        return (Passive(bound, getattr(on_class, "__func__", on_class)),)
    if type(on_class) in NUMBERS:
        return (kind_of_constant(on_class),)
    raise DeclinedError(f"the attribute {name} of a class")


def _of_type(inference: Inference, cls: type, name: str) -> Kinds:
    """What a class has for itself."""
    if cls is object and name == "__setattr__":
        return (Passive(None, object.__setattr__),)
    found = inference.world.of_class(cls, name) if type(cls) is type else ABSENT
    if type(found) is classmethod:
        return (Passive(classmethod, found.__func__),)
    if type(found) in (FunctionType, staticmethod):
        return (Passive(None, getattr(found, "__func__", found)),)
    if type(found) in NUMBERS:
        return (kind_of_constant(found),)
    raise DeclinedError(f"the attribute {name} of a class")


def _check_no_setter(on_class: Any) -> None:
    if type(on_class) is not MemberDescriptorType and hasattr(type(on_class), "__set__"):
        raise DeclinedError("an attribute that a descriptor looks after")


def _store(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    owner, value = at.sure(instr.args[0]), at.sure(instr.args[1])
    if not isinstance(owner, Record) or owner.given:
        raise DeclinedError("an attribute of something from outside is stored")
    if inference.world.of_class(owner.cls, "__setattr__") is not object.__setattr__ and instr.op != DIRECT:
        raise DeclinedError("an attribute of a class that looks after its attributes is stored")
    _check_no_setter(inference.world.of_class(owner.cls, instr.static))
    inference.changed |= owner.put(instr.static, value)
    return ()


# calls ------------------------------------------------------------------------------------------------------


def _call(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    callee = at.sure(instr.args[0])
    function = fixed(callee)
    if isinstance(callee, Record):
        behind = instr.args[2:] if instr.op == "call_method" else instr.args[1:]
        return _of_class(inference, at, instr, callee, "__call__", instr.args[0], *behind)
    if instr.op == "call_method" and isinstance(owner := at.sure(instr.args[1]), Record):
        args = instr.args[1:] if _type_of(callee) is MethodType else instr.args[2:]
        if _type_of(callee) is classmethod:
            args = (Const(owner.cls), *args)
        return _spell(inference, at, instr, _called(instr, function, *args, names=_names(instr)))
    if instr.op == "call_method" and isinstance(cls := fixed(at.kind(instr.args[1])), type) and cls is not object:
        args = (Const(cls), *instr.args[2:]) if _type_of(callee) is classmethod else instr.args[2:]
        return _spell(inference, at, instr, _called(instr, function, *args, names=_names(instr)))
    if isinstance(function, type) and inference.world.is_made_plainly(function):
        return _construct(inference, at, instr, function)
    if isinstance(callee, Local):
        return _pack(inference, at, instr, callee.code, (), {})
    if type(function) is FunctionType and inference.world.known(function) is None:
        defaults, named = function.__defaults__ or (), function.__kwdefaults__ or {}
        return _pack(inference, at, instr, function.__code__, defaults, named)
    if function is object.__setattr__:
        return _set(inference, at, instr)
    return _of_builtin(inference, at, instr, function)


def _set(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    """``object.__setattr__(self, name, value)``, as frozen dataclasses store their attributes."""
    owner, name, value = split_call(at, instr)[1][-3:]
    if not isinstance(name, Const) or type(name.value) is not str:
        raise DeclinedError("an attribute whose name is not known")
    return _spell(inference, at, instr, Instr(DIRECT, (owner, value), (), name.value, instr.line)) or _NOTHING


MOVING = (list.append,)
"""Functions that take any object and do nothing to it."""
OF_ITEMS = (len, zip, enumerate, reversed, iter, list, list.extend, isinstance)
"""Functions that do nothing to what is in a container."""


def _of_builtin(inference: Inference, at: Instance, instr: Instr, function: Any) -> Kinds | None:
    """A call of what is not looked into: only a few take objects."""
    kinds = [at.sure(arg) for arg in instr.args[1:]]
    record = next((kind for kind in kinds if isinstance(kind, Record)), None)
    if function in MOVING or not (record or any([holds_objects(kind) for kind in kinds])):
        return None
    if not inference.world.is_own(function):
        raise DeclinedError(f"a rule of the user's for {function!r}")
    if record is not None and function is isinstance and kinds[0] is record:
        classes = fixed(kinds[1]) if isinstance(kinds[1], Passive) else tuple([fixed(k) for k in _parts(kinds[1])])
        if _are_types(classes):
            return (Passive(bool, issubclass(record.cls, classes)),)
    if record is not None and function is type and len(kinds) == 1:
        return (Passive(type, record.cls),)
    if record is not None and function is len and len(kinds) == 1:
        return _of_class(inference, at, instr, record, "__len__", instr.args[1])
    written = callable(function) and inference.world.written(function, len(kinds)) is not None
    if written or (record is None and function in OF_ITEMS):
        return None
    raise DeclinedError(f"an object is passed to {function!r}")


def _parts(kind: Kind) -> tuple[Kind, ...]:
    return kind.parts if isinstance(kind, Items) else ()


def _are_types(classes: Any) -> bool:
    """Whether these are classes that do not say themselves what their instances are."""
    found = classes if isinstance(classes, tuple) else (classes,)
    return bool(found) and all([type(cls) is type for cls in found])


def _type_of(kind: Kind) -> type | None:
    return kind.type if isinstance(kind, Passive) else None


def _of_class(
    inference: Inference, at: Instance, instr: Instr, owner: Record, name: str, *args: Operand
) -> Kinds | None:
    """A call of a function that the class of `owner` has."""
    function = inference.world.of_class(owner.cls, name)
    if type(function) is not FunctionType:
        raise DeclinedError(f"the method {name}")
    return _spell(inference, at, instr, _called(instr, function, *args, names=_names(instr)))


def _construct(inference: Inference, at: Instance, instr: Instr, cls: type) -> Kinds:
    """``cls(...)``: a bare object, and a call of its `__init__`."""
    init = inference.world.of_class(cls, "__init__")
    _, args, keywords = split_call(at, instr)
    if type(init) is not FunctionType:
        if args or keywords or init is not object.__init__:
            raise DeclinedError("an object of a class without an __init__")
        return _spell(inference, at, instr, Instr("bare_object", (), instr.results, cls, instr.line))
    made = Value(-1)
    given = (Const(init), made, *args, *keywords.values())
    call = Instr("call", given, (Value(-1),), tuple(keywords) or None, instr.line)
    return _spell(
        inference,
        at,
        instr,
        Instr("bare_object", (), (made,), cls, instr.line),
        call,
        Instr("same_object", (made,), instr.results, None, instr.line),
    )


# packed arguments -------------------------------------------------------------------------------------------


def _pack(
    inference: Inference, at: Instance, instr: Instr, code: Any, defaults: tuple[Any, ...], by_default: dict[str, Any]
) -> Kinds | None:
    """A call of what takes ``*args`` or ``**kwargs``, with a tuple and a dict for them."""
    if not code.co_flags & (PACKS | PACKS_NAMED):
        return None
    _, positional, by_name = split_call(at, instr)
    count, named = code.co_argcount, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    missing = {**dict(zip(named[count - len(defaults) : count], defaults, strict=True)), **by_default}
    found: list[Operand] = [*positional[:count]]
    for name in named[len(found) :]:
        if name in by_name:
            found.append(by_name.pop(name))
        elif name in missing and is_simple(missing[name]):
            found.append(Const(missing[name]))
        else:
            raise DeclinedError(f"the argument {name}")
    packed: list[Instr] = []
    for flag, op, parts in (
        (PACKS, "tuple", [*positional[count:]]),
        (PACKS_NAMED, "dict", [part for name, value in by_name.items() for part in (Const(name), value)]),
    ):
        if code.co_flags & flag:
            packed.append(Instr(op, tuple(parts), (Value(-1),), None, instr.line))
            found.append(packed[-1].result)
        elif parts:
            raise DeclinedError("arguments do not fit")
    bound = Instr("call_bound", (instr.args[0], *found), instr.results, None, instr.line)
    return _spell(inference, at, instr, *packed, bound)


def _call_bound(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    """A call with an argument for each parameter."""
    callee = at.sure(instr.args[0])
    if isinstance(callee, Local):
        return inference.operations["call_local"](inference, at, instr)
    written = inference.world.written(fixed(callee), len(instr.args) - 1)
    if written is None:
        raise DeclinedError(f"{callee!r} is called")
    if instr not in at.calls:
        at.calls[instr] = inference.instance(written, at)
    inference.pass_arguments(at.calls[instr], [at.sure(arg) for arg in instr.args[1:]])
    return (at.calls[instr].result,)


def _call_star(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    """``f(*args)`` of a tuple."""
    kind = at.sure(instr.args[1])
    if len(instr.args) != 2 or not isinstance(kind, Items):  # noqa: PLR2004
        raise DeclinedError("a call with packed arguments")
    values = tuple([Value(-1) for _ in kind.parts])
    unpacked = Instr("unpack", (instr.args[1],), values, len(values), instr.line)
    call = Instr("call", (instr.args[0], *values), instr.results, None, instr.line)
    return _spell(inference, at, instr, unpacked, call)


# operators --------------------------------------------------------------------------------------------------

_NAMES = {"and_": "and", "or_": "or", "neg": "neg", "pos": "pos", "getitem": "getitem", "invert": "invert"}


def _operator(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    """An operator, where the class of an operand has a function for it."""
    kinds = [at.sure(arg) for arg in instr.args]
    if not any([isinstance(kind, Record) for kind in kinds]):
        return None
    name = _NAMES.get(instr.op, instr.op)
    first = kinds[0]
    if isinstance(first, Record):
        second = kinds[1] if len(kinds) > 1 else None
        if isinstance(second, Record) and second.cls is not first.cls:
            raise DeclinedError("an operator of objects of different classes")
        names = [name, name[1:]] if name[0] == "i" and name[1:] in (*BINARY, "and", "or") else [name]
        for own in names:
            if inference.world.of_class(first.cls, f"__{own}__") is not ABSENT:
                return _checked(_of_class(inference, at, instr, first, f"__{own}__", *instr.args))
    elif isinstance(kinds[-1], Record) and (first == Real(True) or _type_of(first) in NUMBERS):
        own = name[1:] if name[0] == "i" and name[1:] in BINARY else name
        own = _REFLECTED.get(own, f"r{own}")
        return _checked(_of_class(inference, at, instr, kinds[-1], f"__{own}__", instr.args[1], instr.args[0]))
    raise DeclinedError(f"the operator {instr.op} of an object")


_REFLECTED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def _checked(kinds: Kinds | None) -> Kinds | None:
    """The kinds, if it is not that an operator is not implemented."""
    if kinds is not None and any([fixed(kind) is NotImplemented for kind in kinds]):
        raise DeclinedError("an operator that is not implemented")
    return kinds


def _truth(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    owner = at.sure(instr.args[0])
    if isinstance(owner, Record):
        found = [inference.world.of_class(owner.cls, name) for name in ("__bool__", "__len__")]
        if found != [ABSENT, ABSENT]:
            raise DeclinedError("an object that says whether it is true")
        return (Passive(bool, instr.op == "truth"),)
    return None


def _compare(inference: Inference, at: Instance, instr: Instr) -> Kinds | None:
    """A comparison; that of containers would compare objects in them."""
    kinds = [at.sure(arg) for arg in instr.args]
    if any([holds_objects(kind) for kind in kinds if not isinstance(kind, Record)]):
        raise DeclinedError("objects in containers are compared")
    if instr.op in ("contains", "not_contains"):
        if any([isinstance(kind, Record) for kind in kinds]):
            raise DeclinedError("an object is looked for")
        return None
    return _operator(inference, at, instr)


def holds_objects(kind: Kind | None) -> bool:
    """Whether it is a container with objects in it."""
    if isinstance(kind, (List, Iter)):
        return isinstance(kind.item, Record) or holds_objects(kind.item)
    parts = kind.parts if isinstance(kind, (Items, Named)) else ()
    return any([isinstance(part, Record) or holds_objects(part) for part in parts])


def _same_object(inference: Inference, at: Instance, instr: Instr) -> Kinds:
    return (at.kind(instr.args[0]),)


_OF_OBJECTS: dict[str, Any] = {
    **dict.fromkeys((*BINARY, "neg", "pos", "invert", "getitem"), _operator),
    **dict.fromkeys((*COMPARE, "contains", "not_contains"), _compare),
    **dict.fromkeys(("getattr", "load_method"), _attribute),
    **dict.fromkeys(("call", "call_method"), _call),
    **dict.fromkeys(("truth", "not_"), _truth),
    "setattr": _store,
    DIRECT: _store,
    "call_ex": _call_star,
    "same_object": _same_object,
}

__all__ = ["with_objects"]
