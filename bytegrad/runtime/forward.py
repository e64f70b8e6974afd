"""Functions of values and tangents, made from the IR: for programs that only compute.

They are ordinary functions of floats, arrays, lists and tuples, cached per code object and kinds of arguments.  Where
a program is not seen through (it may have side effects, or meets what there is no form for) there is none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from bytegrad.adjoint.array_writes import WRITING
from bytegrad.adjoint.batch import Batch, Known, batch
from bytegrad.adjoint.infer import Inference
from bytegrad.adjoint.kinds import (
    ABSENT,
    DeclinedError,
    InPlaceError,
    Items,
    Kind,
    Local,
    Named,
    Passive,
    Real,
    Record,
    is_active,
)
from bytegrad.adjoint.local_functions import LOCALLY
from bytegrad.adjoint.objects import with_objects
from bytegrad.adjoint.program import Instance
from bytegrad.adjoint.tangents import forward_code
from bytegrad.codegen.straight import emit_straight
from bytegrad.ir.nodes import Const, Function, Instr, Operand
from bytegrad.runtime import registry
from bytegrad.runtime.compile import holds
from bytegrad.runtime.facts import WorldFacts
from bytegrad.runtime.forward_rules import alone, forward_rule
from bytegrad.runtime.reliance import Reliance, rely_as, relying
from bytegrad.runtime.sight import (
    CALLABLE,
    CHANGING,
    DTYPES,
    ELEMENTWISE,
    HELPERS,
    KEEPING,
    MINDING,
    MOST_DATA,
    NUMBERS,
    OF_CONTAINERS,
    OF_SHAPE,
    PRODUCTS,
    REDUCTIONS,
    TEXTS,
    Sight,
    class_attribute,
    form_of,
    is_plain,
    kind_of,
    kind_of_variable,
    only_floats,
    signature,
    signature_of_data,
    variable_of,
)
from bytegrad.runtime.structure import attributes

CAPACITY = 512


@dataclass(slots=True)
class Forward:
    """A function of values and tangents, and what was taken as fixed when it was made."""

    function: Callable[..., Any]
    plain: bool
    """Whether it computes with nothing but floats."""
    failed: set[Any] = field(default_factory=set)
    """Ways of computing many directions at once that were found not to be possible."""
    multiplies: bool = False
    """Whether it multiplies matrices, as far as that is seen."""
    facts: list[WorldFacts] = field(default_factory=list)
    variables: list[tuple[FunctionType | None, str, Any]] = field(default_factory=list)
    """Of enclosing functions: where (None stands for the function itself), by name, with what their kinds depend on."""
    objects: list[tuple[dict[str, Any], str, Any]] = field(default_factory=list)
    """Global variables that are objects of the user's, with what their kinds depend on."""
    globals: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    """Data in global variables."""
    attributes: list[tuple[ModuleType | type, str, Any]] = field(default_factory=list)
    """What modules and classes had under which names."""
    lead: tuple[Any, ...] = ()
    """Arguments before those that are passed: the object of a method, those of a partial function."""
    targets: list[tuple[FunctionType, Any, Any, Any]] = field(default_factory=list)
    """The functions that were looked into, with their code, their defaults, and those of keywords."""
    data: list[tuple[FunctionType | None, str, int]] = field(default_factory=list)
    """Arrays that functions read (None stands for the function itself), by name, with their numbers of axes."""

    @property
    def code(self) -> Any:
        """What tells whether two are of the same program."""
        return getattr(self.function, "__code__", None)


# compiling --------------------------------------------------------------------------------------------------


_CACHE: OrderedDict[tuple[Any, ...], tuple[Any, Forward | None, Reliance]] = OrderedDict()
_NEVER = (None, None, Reliance())
_LOCK = threading.RLock()


def forward_of(
    f: Any, args: tuple[Any, ...], moved: tuple[int, ...], slope: bool, batched: bool = False
) -> Forward | None:
    """The forward function of `f` for such `args`, of which those numbered by `moved` have tangents.

    It takes the arguments, each of those followed by its tangent, and returns ``(y, y_dot)``, or `y_dot` alone if it
    is the `slope` that is asked for.  If it is `batched`, arrays and their tangents have a first axis that numbers
    directions.  None if there is no such function: nothing has been called then.
    """
    pushing = None if batched else forward_rule(f)
    if pushing is not None:
        return Forward(alone(pushing, len(args), moved, slope), False)
    f, lead, named = unwrapped(f)
    args, moved = (*lead, *args), tuple([n + len(lead) for n in moved])
    if type(f) is not FunctionType or registry.lookup(f):
        return None
    try:
        args, extra = with_defaults(f, args, named)
        signatures = tuple([signature(arg) if n in moved else signature_of_data(arg) for n, arg in enumerate(args)])
        if batched:
            signatures = (*signatures, *[arg.ndim if type(arg) is np.ndarray else None for arg in args])
        key = (f.__code__, f.__code__ in CHANGING, id(f.__globals__), signatures, moved, slope, batched)
        with _LOCK:
            namespace, found, reliance = _CACHE.get(key, _NEVER)
            known = namespace is f.__globals__ and reliance.holds and (found is None or still_holds(found, f))
            if known:
                rely_as(reliance)
            else:
                with relying() as reliance:
                    found = _compile(f, args, moved, slope, batched)
                _CACHE[key] = (f.__globals__, found, reliance)
                while len(_CACHE) > CAPACITY:
                    _CACHE.popitem(last=False)
        if found is None or not data_are_apart(found, f, args, moved):
            return None
    except (DeclinedError, TypeError, RecursionError):
        # What cannot be hashed, or holds itself.
        return None
    if lead:
        found = replace(found, lead=lead)
    if f.__closure__ and isinstance(found.function, FunctionType):
        found = replace(found, function=rebound(found.function, f))
    if extra and isinstance(found.function, FunctionType):
        found = replace(found, function=rebound(found.function, f))
        found.function.__defaults__ = extra
    return found


def unwrapped(f: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The function that a method, a partial function or an object that is called comes to, and what it is given."""
    lead: tuple[Any, ...] = ()
    named: dict[str, Any] = {}
    while type(f) is not FunctionType and not registry.lookup(f):
        if type(f) is MethodType:
            f, lead = f.__func__, (f.__self__, *lead)
        elif type(f) is partial:
            f, lead, named = f.func, (*f.args, *lead), {**f.keywords, **named}
        elif is_plain(type(f)) and class_attribute(type(f), "__call__") is not ABSENT:
            f, lead = class_attribute(type(f), "__call__"), (f, *lead)
        else:
            break
    return f, lead, named


def with_defaults(
    f: FunctionType, args: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The arguments with those by name, and those that `f` has by default, if these are simple; and these.

    Raises: DeclinedError for a name of no parameter.
    """
    names, defaults = f.__code__.co_varnames[: f.__code__.co_argcount], f.__defaults__ or ()
    simple = {
        name: value
        for name, value in zip(names[len(names) - len(defaults) :], defaults, strict=True)
        if type(value) in (*NUMBERS, *TEXTS)
    }
    given = {**simple, **named}
    missing = names[len(args) :]
    if not {*named} <= {*missing}:
        raise DeclinedError("a keyword that is no parameter")
    extra = tuple([given[name] for name in missing if name in given])
    return ((*args, *extra), extra) if len(extra) == len(missing) else (args, ())


def rebound(function: FunctionType, f: FunctionType) -> FunctionType:
    """The same code, with the variables of `f`."""
    return FunctionType(function.__code__, f.__globals__, function.__name__, None, f.__closure__)


def _compile(
    f: FunctionType, args: tuple[Any, ...], moved: tuple[int, ...], slope: bool, batched: bool
) -> Forward | None:
    sight = Sight(f, batched)
    inference = Inference(sight, with_objects({**LOCALLY, **WRITING}))
    try:
        kinds: list[Kind] = [
            kind_of(arg, batched) if n in moved else kind_of_variable(arg) for n, arg in enumerate(args)
        ]
        entry = inference.run(f, kinds)
        if not is_active(entry.result) or not (slope or isinstance(entry.result, Real)):
            return None
        axes = {n: arg.ndim for n, arg in enumerate(args) if type(arg) is np.ndarray} if len(moved) == len(args) else {}
        link = _Link(slope, axes if batched else None)
        function = link.compiled(entry)
    except InPlaceError:
        if f.__code__ in CHANGING:
            return None
        CHANGING.add(f.__code__)
        return _compile(f, args, moved, slope, batched)
    except (DeclinedError, RecursionError):
        # A function that the program makes, and that holds itself, has no kind.
        return None
    plain = all(not has_arrays(kind) for instance in inference.instances for kind in instance.kinds.values())
    return Forward(
        function,
        plain,
        multiplies=link.multiplies,
        facts=sight.facts,
        variables=sight.variables,
        objects=sight.objects,
        globals=sight.globals,
        attributes=sight.attributes,
        targets=sight.targets,
        data=link.data,
    )


def has_arrays(kind: Kind | None) -> bool:
    """Whether values with tangents may be arrays."""
    if isinstance(kind, Real):
        return not kind.plain
    if isinstance(kind, Local):
        return has_arrays(kind.parts)
    if isinstance(kind, (Items, Named, Record)):
        parts = kind.parts.values() if isinstance(kind, Record) else kind.parts
        return any([has_arrays(part) for part in parts])
    return False if kind is None or isinstance(kind, Passive) else has_arrays(kind.item)


class _Link:
    """Makes functions of inferred instances, callees first."""

    def __init__(self, slope: bool, axes: dict[int, int] | None = None) -> None:
        self.slope, self.axes = slope, axes or {}
        self.batched = axes is not None
        self.made: dict[Instance, FunctionType] = {}
        self.begun: set[Instance] = set()
        self.data: list[tuple[FunctionType | None, str, int]] = []
        self.multiplies = False
        self.flags: dict[Any, list[bool]] = {}
        """Which parameters of the functions made have the axis of directions, if they are batched."""

    def compiled(self, at: Instance) -> FunctionType:
        if at in self.made:
            return self.made[at]
        free = at.target.__closure__ if at.free is None else None
        if at in self.begun:
            raise DeclinedError("a function with variables of others calls itself")
        self.begun.add(at)
        kinds = [at.kind(param) for param in at.ir.params] + ([] if at.free is None else [at.free])
        flags = [flag for kind in kinds for flag in ((True, True) if is_active(kind) else (False,))]
        if not free:
            # It is there before it has its code, since it may call itself.
            made = FunctionType(_NO_CODE, at.target.__globals__, at.target.__name__)
            self.made[at], self.flags[made] = made, flags
        ir, tracked = forward_code(at, HELPERS, form_of, self.compiled, self.slope)
        self.multiplies |= any([multiplies(instr) for block in ir.blocks for instr in block.instrs])
        if self.batched:
            axes = self.axes if at.caller is None else {}
            numbers: dict[Operand, int] = {
                param: axes[n // 2] for n, param in enumerate(ir.params) if n // 2 in axes and param in tracked
            }
            numbers.update(self._axes_of_data(at, ir))
            batch(
                ir,
                tracked,
                numbers,
                self.flags,
                Batch(HELPERS, MINDING, ELEMENTWISE[0], Known(OF_SHAPE, PRODUCTS, OF_CONTAINERS, REDUCTIONS, KEEPING)),
            )
        code = emit_straight(ir, at.target.__code__, "forward", at.target.__code__.co_freevars if free else ())
        if free:
            made = FunctionType(code, at.target.__globals__, code.co_name, None, free)
            self.made[at], self.flags[made] = made, flags
        else:
            made.__code__ = code
        return made

    def _axes_of_data(self, at: Instance, ir: Function) -> dict[Operand, int]:
        """The numbers of axes of the arrays that a function reads, which are noted."""
        found: dict[Operand, int] = {}
        for block in ir.blocks:
            for instr in block.instrs:
                if instr.op in ("load_global", "load_cell"):
                    value = data_of(at.target, instr.static)
                    if type(value) is np.ndarray:
                        found[instr.result] = value.ndim
                        self.data.append((None if at.caller is None else at.target, instr.static, value.ndim))
        return found


def multiplies(instr: Instr) -> bool:
    """Whether an operation is a product of matrices, or may lead to one."""
    callee = instr.args[0] if instr.op == "call" else None
    return instr.op == "matmul" or (isinstance(callee, Const) and callee.value in _MULTIPLYING)


_MULTIPLYING = (np.matmul, np.dot, np.ndarray.dot, np.inner, np.tensordot, np.einsum, np.convolve)


def data_of(function: FunctionType, name: str) -> Any:
    """The value of a variable that `function` reads, of an enclosing function or global."""
    if name in function.__code__.co_freevars:
        return variable_of(function, name)
    return function.__globals__.get(name)


_NO_CODE = (lambda: None).__code__


# what was taken as fixed ------------------------------------------------------------------------------------


def still_holds(found: Forward, f: FunctionType) -> bool:
    """Whether globals and variables are what they were when the code was made."""
    if not all([holds(facts.assumptions, facts.kinds, facts.namespace) for facts in found.facts]):
        return False
    if not all([held_by(owner, name) is value for owner, name, value in found.attributes]):
        return False
    if not all([target.__code__ is code and target.__defaults__ is given for target, code, given, _ in found.targets]):
        return False
    if not all([same_defaults(target.__kwdefaults__, named) for target, _, _, named in found.targets]):
        return False
    if not all([np.ndim(data_of(place or f, name)) == axes for place, name, axes in found.data]):
        return False
    if not all([signature_of_data(namespace.get(name)) == then for namespace, name, then in found.objects]):
        return False
    return all([signature_of_data(variable_of(place or f, name)) == then for place, name, then in found.variables])


def held_by(owner: ModuleType | type, name: str) -> Any:
    """What a module or a class has under a name."""
    return class_attribute(owner, name) if isinstance(owner, type) else vars(owner).get(name)


def same_defaults(now: dict[str, Any] | None, then: dict[str, Any] | None) -> bool:
    """Whether the defaults of keywords are the same objects."""
    if not now or not then:
        return not now and not then
    return now.keys() == then.keys() and all([now[name] is value for name, value in then.items()])


def data_are_apart(found: Forward, f: FunctionType, args: tuple[Any, ...], moved: tuple[int, ...]) -> bool:
    """Whether data outside of the arguments are numbers, arrays and text, and none is part of an argument."""
    data = outside(found, f)
    data += [arg for n, arg in enumerate(args) if n not in moved]
    seen: dict[int, Any] = {}
    arrays: list[Any] = []
    for n in moved:
        collect(args[n], seen, arrays)
    return all([_is_apart(value, seen, arrays) for value in data])


def outside(found: Forward, f: FunctionType) -> list[Any]:
    """The data that the program reads by other names than its arguments."""
    values = [variable_of(place or f, name) for place, name, _ in found.variables]
    data = [value for value in values if not isinstance(value, CALLABLE)]
    return data + [namespace.get(name, found) for namespace, name in found.globals]


def _is_apart(value: Any, seen: dict[int, Any], arrays: list[Any]) -> bool:
    kind = type(value)
    if kind in NUMBERS or kind in TEXTS:
        return True
    if kind is np.ndarray:
        # Partial derivatives of small integers would overflow.
        return value.dtype in DTYPES and not any([np.may_share_memory(value, array) for array in arrays])
    if kind in (list, tuple):
        if id(value) in seen or len(value) > MOST_DATA:
            return False
        return all([_is_apart(item, seen, arrays) for item in value])
    if is_plain(kind):
        return id(value) not in seen and all([_is_apart(item, seen, arrays) for _, item in attributes(value)])
    if isinstance(value, CALLABLE):
        return True
    return kind in (np.float64, np.int64, np.bool_)


def collect(value: Any, seen: dict[int, Any], arrays: list[Any]) -> None:
    """Note the lists and arrays in an argument; raise DeclinedError if one comes twice."""
    kind = type(value)
    if kind is np.ndarray:
        if any([np.may_share_memory(value, array) for array in arrays]):
            raise DeclinedError("an array comes twice")
        arrays.append(value)
    elif kind in (list, tuple, dict):
        if id(value) in seen and kind is not tuple:
            raise DeclinedError("a container comes twice")
        seen[id(value)] = value
        if kind is dict:
            for item in value.values():
                collect(item, seen, arrays)
        elif not only_floats(value):
            for item in value:
                collect(item, seen, arrays)
    elif is_plain(kind):
        if id(value) in seen:
            raise DeclinedError("an object comes twice")
        seen[id(value)] = value
        for _, item in attributes(value):
            collect(item, seen, arrays)
