"""Functions of values and tangents, made from the IR: for programs that only compute.

They are ordinary functions of floats, arrays, lists and tuples, cached per code object and kinds of arguments.  Where
a program is not seen through (it may have side effects, or meets what there is no form for) there is none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from types import FunctionType, MethodType
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
from bytegrad.runtime.forward_code import Forward, data_are_apart, data_of, still_holds
from bytegrad.runtime.forward_rules import alone, forward_rule
from bytegrad.runtime.reliance import Reliance, rely_as, relying
from bytegrad.runtime.sight import (
    CHANGING,
    ELEMENTWISE,
    HELPERS,
    KEEPING,
    MINDING,
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
    signature,
    signature_of_data,
)

CAPACITY = 512


# compiling --------------------------------------------------------------------------------------------------


_CACHE: OrderedDict[tuple[Any, ...], tuple[Any, Forward, Reliance]] = OrderedDict()
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
        return Forward(alone(pushing, len(args), moved, slope))
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
            # A decline is looked at again like the rest: the next closure of the same code may have other variables.
            if namespace is f.__globals__ and reliance.holds and still_holds(found, f):
                rely_as(reliance)
            else:
                with relying() as reliance:
                    found = _compile(f, args, moved, slope, batched)
                _CACHE[key] = (f.__globals__, found, reliance)
                while len(_CACHE) > CAPACITY:
                    _CACHE.popitem(last=False)
        if found.declined or not data_are_apart(found, f, args, moved):
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


def _compile(f: FunctionType, args: tuple[Any, ...], moved: tuple[int, ...], slope: bool, batched: bool) -> Forward:
    sight = Sight(f, batched)
    inference = Inference(sight, with_objects({**LOCALLY, **WRITING}))
    axes = {n: arg.ndim for n, arg in enumerate(args) if type(arg) is np.ndarray} if len(moved) == len(args) else {}
    link = _Link(slope, axes if batched else None)
    made = Forward(
        _nothing,
        facts=sight.facts,
        variables=sight.variables,
        objects=sight.objects,
        globals=sight.globals,
        attributes=sight.attributes,
        targets=sight.targets,
        data=link.data,
        declined=True,
    )
    try:
        kinds: list[Kind] = [
            kind_of(arg, batched) if n in moved else kind_of_variable(arg) for n, arg in enumerate(args)
        ]
        entry = inference.run(f, kinds)
        if not is_active(entry.result) or not (slope or isinstance(entry.result, Real)):
            return made
        function = link.compiled(entry)
    except InPlaceError:
        if f.__code__ in CHANGING:
            return made
        CHANGING.add(f.__code__)
        return _compile(f, args, moved, slope, batched)
    except (DeclinedError, RecursionError):
        # A function that the program makes, and that holds itself, has no kind.
        return made
    plain = all(not has_arrays(kind) for instance in inference.instances for kind in instance.kinds.values())
    return replace(made, function=function, plain=plain, multiplies=link.multiplies, declined=False)


def _nothing(*args: Any) -> Any:
    """What a program has that is not seen through."""
    raise AssertionError("never called")


_NEVER = (None, Forward(_nothing, declined=True), Reliance())


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


_NO_CODE = (lambda: None).__code__
