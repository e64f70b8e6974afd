"""Functions of values and tangents, made from the IR: for programs that only compute.

They are ordinary functions of floats, arrays, lists and tuples, cached per code object and kinds of arguments.  Where
a program is not seen through (it may have side effects, or meets what there is no form for) there is none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.forms import Elementwise, Form
from bytegrad.adjoint.infer import Inference, Instance
from bytegrad.adjoint.kinds import DeclinedError, Items, Kind, List, Passive, Real, is_active, join
from bytegrad.adjoint.tangents import forward_code
from bytegrad.codegen.straight import emit_straight
from bytegrad.errors import UnsupportedError
from bytegrad.ir.nodes import Function
from bytegrad.runtime import registry
from bytegrad.runtime.compile import holds, prepare
from bytegrad.runtime.facts import WorldFacts
from bytegrad.runtime.registry import Adjoint, NonDifferentiable, Partials, Polyfill, Primitive, Resolver

FORMS: dict[Any, Form] = {}
"""What is known of callables that are not looked into; `bytegrad.rules.tangents` fills it."""
WRITTEN: dict[Any, Callable[..., Any]] = {}
"""Python functions that are looked into in place of builtins."""
HELPERS: dict[str, Callable[..., Any]] = {}
"""Functions that forward code calls, by name."""

CAPACITY = 512
_NOT_PLAIN = 0x2AC
_CALLABLE = (FunctionType, BuiltinFunctionType, ModuleType, type, np.ufunc, type(np.sum))
_NUMBERS = (float, int, bool)
_TEXTS = (str, type(None), slice, type(...), range)
_DTYPES = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))
_MOST_DATA = 4096
"""Lists and tuples of more items are not looked through at every call."""


@dataclass(slots=True)
class Forward:
    """A function of values and tangents, and what was taken as fixed when it was made."""

    function: FunctionType
    plain: bool
    """Whether it computes with nothing but floats."""
    facts: list[WorldFacts] = field(default_factory=list)
    variables: list[tuple[FunctionType | None, str, Kind]] = field(default_factory=list)
    """Of enclosing functions: where (None stands for the function itself), by name, with their kinds."""
    globals: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    """Data in global variables."""
    attributes: list[tuple[ModuleType, str, Any]] = field(default_factory=list)
    """What modules had under which names."""
    targets: list[tuple[FunctionType, Any, Any]] = field(default_factory=list)
    """The functions that were looked into, with their code and their defaults."""


class Sight:
    """What inference is told about the world; it notes what was taken as fixed."""

    def __init__(self, entry: FunctionType) -> None:
        self.entry = entry
        self.facts: list[WorldFacts] = []
        self.variables: list[tuple[FunctionType | None, str, Kind]] = []
        self.globals: list[tuple[dict[str, Any], str]] = []
        self.attributes: list[tuple[ModuleType, str, Any]] = []
        self.targets: list[tuple[FunctionType, Any, Any]] = []

    def function(self, target: FunctionType) -> tuple[Function, Facts]:
        code = target.__code__
        if code.co_flags & _NOT_PLAIN or code.co_kwonlyargcount or code.co_cellvars:
            raise DeclinedError(f"{code.co_qualname} takes packed arguments, suspends, or shares its variables")
        try:
            ir = prepare(code).function
        except UnsupportedError as error:
            raise DeclinedError(str(error)) from None
        facts = WorldFacts(target.__globals__)
        self.facts.append(facts)
        if target is not self.entry:
            self.targets.append((target, code, target.__defaults__))
        return ir, facts

    def attribute(self, facts: Facts, module: ModuleType, name: str) -> Any:
        found = facts.attribute(module, name)
        self.attributes.append((module, name, found))
        return found

    def known(self, callee: Any) -> Form | None:
        return form_of(callee)

    def written(self, callee: Any) -> FunctionType | None:
        found = WRITTEN.get(callee, callee)
        if type(found) is not FunctionType or not are_own(callee):
            return None
        own = found.__module__.partition(".")[0] == "bytegrad"
        return None if found is callee and (own or registry.lookup(callee)) else found

    def method(self, owner: Kind, name: str) -> Any:
        if isinstance(owner, List):
            return getattr(list, name)
        if isinstance(owner, Real) and not owner.plain:
            return getattr(np.ndarray, name)
        raise AttributeError(name)

    def content(self, function: FunctionType, variable: str) -> Kind:
        place = None if function is self.entry else function
        found = kind_of_variable(variable_of(function, variable))
        self.variables.append((place, variable, found))
        return found

    def global_kind(self, function: FunctionType, facts: Facts, name: str) -> Kind:
        try:
            value = facts.global_value(name)
        except KeyError:
            kind = facts.global_type(name)
            if kind is None:
                self.globals.append((function.__globals__, name))
            return Passive(kind)
        return Passive(type(value), value)


def variable_of(function: FunctionType, name: str) -> Any:
    """The value of a variable of an enclosing function."""
    try:
        return (function.__closure__ or ())[function.__code__.co_freevars.index(name)].cell_contents
    except ValueError:
        raise DeclinedError(f"the variable {name} is not bound") from None


def kind_of_variable(value: Any) -> Passive:
    """The kind of data outside of the arguments."""
    if isinstance(value, _CALLABLE):
        return Passive(type(value), value)
    return Passive(type(value) if type(value) in _NUMBERS else None)


def form_of(callee: Any) -> Form | None:
    """What is known of a callable by the table, or by its partial derivatives; None where a user's rule is in force."""
    try:
        found = FORMS.get(callee)
    except TypeError:
        return None
    if not are_own(callee):
        return None
    if found is not None:
        return found
    rules = registry.lookup(callee)
    if rules and isinstance(rules[0], Partials):
        return elementwise_form(callee, rules[0])
    return None


def elementwise_form(callee: Any, rule: Partials) -> Form | None:
    """The form that partial derivatives make; None for what is neither of `operator`, `math` nor numpy's ufuncs."""
    module = getattr(callee, "__module__", None)
    in_python = module in ("math", "_operator", "builtins")
    if not in_python and not isinstance(callee, np.ufunc):
        return None
    plain = None if module in ("_operator", "builtins") else in_python

    def result(kinds: list[Kind]) -> type | None:
        return float if plain else None

    return Elementwise(rule.names, rule.output, rule.functions, result, plain)


def are_own(callee: Any) -> bool:
    """Whether all rules for `callee` are the library's own."""
    rules = registry.lookup(callee)
    alone = len(rules) == 1
    return all([_module_of(rule, alone).partition(".")[0] == "bytegrad" for rule in rules])


def _module_of(rule: Any, alone: bool) -> str:
    """The module that a rule was written in, as far as it can be told: nobody says a thing twice."""
    if isinstance(rule, NonDifferentiable):
        return "bytegrad" if alone else ""
    if isinstance(rule, Partials):
        return next((f.__module__ for f in rule.functions if f is not None), "bytegrad")
    for kind, name in ((Adjoint, "rule"), (Polyfill, "function"), (Primitive, "augmented"), (Resolver, "resolve")):
        if isinstance(rule, kind):
            return str(getattr(rule, name).__module__)
    return ""


# compiling --------------------------------------------------------------------------------------------------


_CACHE: OrderedDict[tuple[Any, ...], tuple[Any, Forward | None]] = OrderedDict()
_LOCK = threading.RLock()


def forward_of(f: Any, args: tuple[Any, ...], moved: tuple[int, ...], slope: bool) -> Forward | None:
    """The forward function of `f` for such `args`, of which those numbered by `moved` have tangents.

    It takes the arguments, each of those followed by its tangent, and returns ``(y, y_dot)``, or `y_dot` alone if it
    is the `slope` that is asked for.  None if there is no such function: nothing has been called then.
    """
    if type(f) is not FunctionType or registry.lookup(f):
        return None
    try:
        signatures = tuple([signature(arg) if n in moved else type(arg) for n, arg in enumerate(args)])
        key = (f.__code__, id(f.__globals__), signatures, moved, slope, registry.version())
        with _LOCK:
            namespace, found = _CACHE.get(key, (None, None))
            if namespace is not f.__globals__ or (found is not None and not still_holds(found, f)):
                found = _compile(f, args, moved, slope)
                _CACHE[key] = (f.__globals__, found)
                while len(_CACHE) > CAPACITY:
                    _CACHE.popitem(last=False)
        if found is None or not data_are_apart(found, f, args, moved):
            return None
    except (DeclinedError, TypeError):
        return None
    if f.__closure__:
        found = Forward(rebound(found.function, f), found.plain)
    return found


def rebound(function: FunctionType, f: FunctionType) -> FunctionType:
    """The same code, with the variables of `f`."""
    return FunctionType(function.__code__, f.__globals__, function.__name__, None, f.__closure__)


def _compile(f: FunctionType, args: tuple[Any, ...], moved: tuple[int, ...], slope: bool) -> Forward | None:
    sight = Sight(f)
    inference = Inference(sight)
    try:
        kinds: list[Kind] = [kind_of(arg) if n in moved else kind_of_variable(arg) for n, arg in enumerate(args)]
        entry = inference.run(f, kinds)
        if not is_active(entry.result) or not (slope or isinstance(entry.result, Real)):
            return None
        function = _Link(slope).compiled(entry)
    except DeclinedError:
        return None
    plain = all(not has_arrays(kind) for instance in inference.instances for kind in instance.kinds.values())
    return Forward(function, plain, sight.facts, sight.variables, sight.globals, sight.attributes, sight.targets)


def has_arrays(kind: Kind | None) -> bool:
    """Whether values with tangents may be arrays."""
    if isinstance(kind, Real):
        return not kind.plain
    if isinstance(kind, Items):
        return any([has_arrays(part) for part in kind.parts])
    return False if kind is None or isinstance(kind, Passive) else has_arrays(kind.item)


class _Link:
    """Makes functions of inferred instances, callees first."""

    def __init__(self, slope: bool) -> None:
        self.slope = slope
        self.made: dict[Instance, FunctionType | None] = {}

    def compiled(self, at: Instance) -> FunctionType:
        if at in self.made:
            known = self.made[at]
            if known is None:
                raise DeclinedError("a function that calls itself")
            return known
        self.made[at] = None
        ir = forward_code(at, HELPERS, form_of, self.compiled, self.slope)
        code = emit_straight(ir, at.target.__code__, "forward")
        made = FunctionType(code, at.target.__globals__, code.co_name, None, at.target.__closure__)
        self.made[at] = made
        return made


# what was taken as fixed ------------------------------------------------------------------------------------


def still_holds(found: Forward, f: FunctionType) -> bool:
    """Whether globals and variables are what they were when the code was made."""
    if not all([holds(facts.assumptions, facts.kinds, facts.namespace) for facts in found.facts]):
        return False
    if not all([vars(module).get(name) is value for module, name, value in found.attributes]):
        return False
    if not all([target.__code__ is code and target.__defaults__ is given for target, code, given in found.targets]):
        return False
    for place, name, kind in found.variables:
        now = kind_of_variable(variable_of(place or f, name))
        assert isinstance(kind, Passive)
        if now.type is not kind.type or now.value is not kind.value:
            return False
    return True


def data_are_apart(found: Forward, f: FunctionType, args: tuple[Any, ...], moved: tuple[int, ...]) -> bool:
    """Whether data outside of the arguments are numbers, arrays and text, and none is part of an argument."""
    data = [variable_of(place or f, name) for place, name, kind in found.variables if _is_data(kind)]
    data += [namespace.get(name, found) for namespace, name in found.globals]
    data += [arg for n, arg in enumerate(args) if n not in moved]
    seen: dict[int, Any] = {}
    arrays: list[Any] = []
    for n in moved:
        collect(args[n], seen, arrays)
    return all([_is_apart(value, seen, arrays) for value in data])


def _is_data(kind: Kind) -> bool:
    return isinstance(kind, Passive) and not isinstance(kind.value, _CALLABLE)


def _is_apart(value: Any, seen: dict[int, Any], arrays: list[Any]) -> bool:
    kind = type(value)
    if kind in _NUMBERS or kind in _TEXTS:
        return True
    if kind is np.ndarray:
        # Partial derivatives of small integers would overflow.
        return value.dtype in _DTYPES and not any([np.may_share_memory(value, array) for array in arrays])
    if kind in (list, tuple):
        if id(value) in seen or len(value) > _MOST_DATA:
            return False
        return all([_is_apart(item, seen, arrays) for item in value])
    return kind in (np.float64, np.int64, np.bool_)


def collect(value: Any, seen: dict[int, Any], arrays: list[Any]) -> None:
    """Note the lists and arrays in an argument; raise DeclinedError if one comes twice."""
    kind = type(value)
    if kind is np.ndarray:
        if any([np.may_share_memory(value, array) for array in arrays]):
            raise DeclinedError("an array comes twice")
        arrays.append(value)
    elif kind in (list, tuple):
        if id(value) in seen and kind is list:
            raise DeclinedError("a list comes twice")
        seen[id(value)] = value
        if not only_floats(value):
            for item in value:
                collect(item, seen, arrays)


def only_floats(items: Any) -> bool:
    """Whether these are floats and nothing else."""
    return {*map(type, items)} == {float}


def signature(value: Any) -> Any:
    """What the kind of an argument depends on."""
    kind = type(value)
    if kind is float:
        return kind
    if kind is np.ndarray and value.dtype == np.float64:
        return kind
    if kind is list:
        return (list, float) if only_floats(value) else (list, frozenset(map(signature, value)))
    if kind is tuple:
        return (tuple, *[signature(item) for item in value])
    raise DeclinedError(f"an argument of type {kind}")


def kind_of(value: Any) -> Kind:
    """The kind of an argument that has a tangent."""
    kind = type(value)
    if kind is list:
        items: Kind | None = None
        for item in value[:1] if only_floats(value) else value:
            items = join(items, kind_of(item))
        return List(items, given=True)
    if kind is tuple:
        return Items(tuple([kind_of(item) for item in value]))
    return Real(kind is float)
