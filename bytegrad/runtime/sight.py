"""What forward mode sees of the world: which callables it knows, and data outside of the arguments."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any
from weakref import WeakSet

import numpy as np

from bytegrad.adjoint.facts import Facts
from bytegrad.adjoint.forms import Elementwise, Form, Pushed
from bytegrad.adjoint.kinds import ABSENT, DeclinedError, Items, Kind, List, Named, Passive, Real, Record, join
from bytegrad.adjoint.program import CO_GENERATOR
from bytegrad.errors import UnsupportedError
from bytegrad.ir.nodes import Function
from bytegrad.runtime import registry
from bytegrad.runtime.compile import prepare
from bytegrad.runtime.facts import WorldFacts
from bytegrad.runtime.forward_rules import calling, forward_rule
from bytegrad.runtime.registry import Adjoint, NonDifferentiable, Partials, Polyfill, Primitive, Resolver
from bytegrad.runtime.structure import attributes, has_state_of_c

FORMS: dict[Any, Form] = {}
"""What is known of callables that are not looked into; `bytegrad.rules.tangents` fills it."""
WRITTEN: dict[tuple[Any, int], Callable[..., Any]] = {}
"""Python functions that are looked into in place of builtins, by the number of arguments."""
HELPERS: dict[str, Callable[..., Any]] = {}
"""Functions that forward code calls, by name."""

MINDING: dict[Any, Callable[..., Any]] = {}
"""For functions of arrays others that leave the first axis alone; `bytegrad.rules.batched` fills it."""
OF_CONTAINERS: set[Any] = set()
"""Those of them that take lists or tuples of arrays."""
EAGER: set[Any] = set()
"""Functions that take all of an iterator before they return."""
MAKERS: set[Any] = set()
"""Functions whose results are arrays that nobody else has."""
OF_SHAPE: set[Any] = set()
"""Functions that make arrays of a shape that they are given first."""
REDUCTIONS: set[Any] = set()
"""Functions that reduce their first argument along the second, `axis`, or all of it."""
OF_NUMBERS: dict[Any, Any] = {}
"""For functions of numbers those of numpy that do the same to each element."""
KEEPING: set[Any] = set()
"""Functions whose result has as many axes as their first argument."""
PRODUCTS: set[Any] = set()
"""Functions that multiply matrices and vectors."""
ELEMENTWISE: list[Callable[[Any], bool]] = []
"""Tells whether a callable minds no axis."""

_SUSPENDS, _PACKS = 0x2A0, 0xC
CALLABLE = (FunctionType, BuiltinFunctionType, ModuleType, type, np.ufunc, type(np.sum))
NUMBERS = (float, int, bool)
TEXTS = (str, type(None), slice, type(...), range)
NUMBER_TYPES = (float, int, np.float64, np.float32)
"""Types of single numbers that may have tangents."""
VARIED = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.int64))
"""Kinds of numbers in arrays that may have tangents; partial derivatives of smaller integers would overflow."""
DTYPES = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))
MOST_DATA = 4096
"""Lists and tuples of more items are not looked through at every call."""


CHANGING: WeakSet[Any] = WeakSet()
"""The code of functions that change results of arithmetic in place which are arrays: this was seen when they ran."""


class Sight:
    """What inference is told about the world; it notes what was taken as fixed."""

    def __init__(self, entry: FunctionType, in_rows: bool = False) -> None:
        self.entry, self.in_rows = entry, in_rows
        self.in_place = entry.__code__ in CHANGING
        self.facts: list[WorldFacts] = []
        self.variables: list[tuple[FunctionType | None, str, Any]] = []
        self.objects: list[tuple[dict[str, Any], str, Any]] = []
        self.data: dict[int, tuple[Any, Kind]] = {}
        self.globals: list[tuple[dict[str, Any], str]] = []
        self.attributes: list[tuple[ModuleType | type, str, Any]] = []
        self.targets: list[tuple[FunctionType, Any, Any, Any]] = []

    def function(self, target: FunctionType) -> tuple[Function, Facts]:
        code = target.__code__
        flags = code.co_flags & (~CO_GENERATOR if code.co_name == "<genexpr>" else -1)
        packs = code.co_flags & _PACKS or code.co_kwonlyargcount
        if flags & _SUSPENDS or (packs and target is self.entry):
            raise DeclinedError(f"{code.co_qualname} takes packed arguments, or suspends")
        try:
            ir = prepare(code).function
        except UnsupportedError as error:
            raise DeclinedError(str(error)) from None
        facts = WorldFacts(target.__globals__)
        self.facts.append(facts)
        if target is not self.entry:
            self.targets.append((target, code, target.__defaults__, dict(target.__kwdefaults__ or {})))
        return ir, facts

    def takes_at_once(self, callee: Any) -> bool:
        return callee in EAGER

    def is_own(self, callee: Any) -> bool:
        return are_own(callee)

    def makes_arrays(self, callee: Any) -> bool:
        return callee in MAKERS and are_own(callee)

    def attribute(self, facts: Facts, module: ModuleType, name: str) -> Any:
        try:
            found = facts.attribute(module, name)
        except AttributeError:
            found = vars(module).get(name)
            if type(found) not in NUMBERS:
                raise
        self.attributes.append((module, name, found))
        return self.in_place_of(found)

    def in_place_of(self, callee: Any) -> Any:
        """The function that is called for `callee`: numbers may be rows of numbers."""
        return OF_NUMBERS.get(callee, callee) if self.in_rows and isinstance(callee, BuiltinFunctionType) else callee

    def known(self, callee: Any) -> Form | None:
        return form_of(callee)

    def written(self, callee: Any, count: int) -> FunctionType | None:
        found = WRITTEN.get((callee, count), callee)
        if type(found) is not FunctionType or not are_own(callee):
            return None
        own = found.__module__.partition(".")[0] == "bytegrad"
        return None if found is callee and (own or registry.lookup(callee)) else found

    def looks_into(self, callee: Any, kinds: list[Kind], keywords: dict[str, Any]) -> bool:
        return (
            (callee, len(kinds)) in WRITTEN
            and keywords.keys() <= {"axis"}
            and callee in FORMS
            and isinstance(kinds[0], Real)
            and are_own(callee)
        )

    def method(self, owner: Kind, name: str) -> Any:
        if isinstance(owner, List):
            return getattr(list, name)
        if (isinstance(owner, Real) and not owner.plain) or (isinstance(owner, Passive) and owner.type is np.ndarray):
            return getattr(np.ndarray, name)
        raise AttributeError(name)

    def of_class(self, cls: type, name: str) -> Any:
        found = class_attribute(cls, name)
        self.attributes.append((cls, name, found))
        return found

    def is_made_plainly(self, cls: type) -> bool:
        return is_plain(cls) and is_made_plainly(cls)

    def content(self, function: FunctionType, variable: str) -> Kind:
        place = None if function is self.entry else function
        value = variable_of(function, variable)
        self.variables.append((place, variable, signature_of_data(value)))
        return self.kind_of_data(value)

    def kind_of_data(self, value: Any) -> Kind:
        """The kind of data outside of the arguments: one kind for each object."""
        if id(value) not in self.data:
            self.data[id(value)] = value, kind_of_variable(value)
        return self.data[id(value)][1]

    def global_kind(self, function: FunctionType, facts: Facts, name: str) -> Kind:
        try:
            value = facts.global_value(name)
        except KeyError:
            value = function.__globals__.get(name)
            if has_objects(value):
                self.objects.append((function.__globals__, name, signature_of_data(value)))
                self.globals.append((function.__globals__, name))
                return self.kind_of_data(value)
            kind = facts.global_type(name)
            if kind is None:
                self.globals.append((function.__globals__, name))
            return Passive(kind)
        value = self.in_place_of(value)
        return Passive(type(value), value)


def variable_of(function: FunctionType, name: str) -> Any:
    """The value of a variable of an enclosing function."""
    try:
        return (function.__closure__ or ())[function.__code__.co_freevars.index(name)].cell_contents
    except ValueError:
        raise DeclinedError(f"the variable {name} is not bound") from None


def kind_of_variable(value: Any) -> Kind:
    """The kind of data outside of the arguments."""
    if isinstance(value, CALLABLE):
        return Passive(type(value), value)
    if not has_objects(value):
        return Passive(type(value) if type(value) in (*NUMBERS, np.ndarray) else None)
    if type(value) is list:
        items: Kind | None = None
        for item in value:
            items = join(items, kind_of_variable(item))
        return List(items, given=True)
    if type(value) is tuple:
        return Items(tuple([kind_of_variable(item) for item in value]))
    return Record(type(value), {name: kind_of_variable(held) for name, held in attributes(value)}, given=True)


def signature_of_data(value: Any) -> Any:
    """What the kind of data depends on."""
    if isinstance(value, CALLABLE):
        return value
    if not has_objects(value):
        return type(value)
    if type(value) in (list, tuple):
        return (type(value), *[signature_of_data(item) for item in value])
    return (type(value), *[(name, signature_of_data(held)) for name, held in attributes(value)])


def has_objects(value: Any) -> bool:
    """Whether it is an object of a class of the user's, or a list or tuple that begins with one."""
    if type(value) in (list, tuple):
        return 0 < len(value) <= MOST_DATA and has_objects(value[0])
    return is_plain(type(value))


def is_plain(cls: type) -> bool:
    """Whether objects of a class are no more than their attributes, which are read as they are."""
    if type(cls) not in (type, ABCMeta) or not cls.__flags__ & _HEAP_TYPE or has_state_of_c(cls):
        return False
    reads = class_attribute(cls, "__getattribute__") is vars(object)["__getattribute__"]
    return reads and class_attribute(cls, "__getattr__") is ABSENT


def is_made_plainly(cls: type) -> bool:
    """Whether `__init__` is all that makes an object, and nothing is done when it goes."""
    if class_attribute(cls, "__new__") is not vars(object)["__new__"] or class_attribute(cls, "__del__") is not ABSENT:
        return False
    frozen = "__dataclass_params__" in vars(cls) and cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return frozen or class_attribute(cls, "__setattr__") is vars(object)["__setattr__"]


_HEAP_TYPE = 1 << 9


def class_attribute(cls: type, name: str) -> Any:
    """What a class or one that it inherits from has under a name; ABSENT if none has."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), ABSENT)


def form_of(callee: Any) -> Form | None:
    """What is known of a callable by its forward rule, the table, or its partial derivatives.

    None where a user's rule is in force that is none of these.
    """
    try:
        pushing = forward_rule(callee)
        if pushing is not None:
            return Pushed(calling(pushing), pure=are_own(callee))
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
            function = getattr(rule, name)
            return str(getattr(function, "func", function).__module__)
    return ""


# arguments --------------------------------------------------------------------------------------------------


def only_floats(items: Any) -> bool:
    """Whether these are floats and nothing else."""
    return {*map(type, items)} == {float}


def signature(value: Any) -> Any:
    """What the kind of an argument depends on."""
    kind = type(value)
    if kind in NUMBER_TYPES:
        return kind
    if kind is np.ndarray and value.dtype in VARIED:
        return (kind, value.dtype)
    if kind is list:
        return (list, float) if only_floats(value) else (list, frozenset(map(signature, value)))
    if kind is tuple:
        return (tuple, *[signature(item) for item in value])
    if kind is dict and all([type(key) is str for key in value]):
        return (dict, *[(key, kind_or_signature(item)) for key, item in value.items()])
    if is_plain(kind):
        return (kind, *[(name, kind_or_signature(item)) for name, item in attributes(value)])
    raise DeclinedError(f"an argument of type {kind}")


WITHOUT = (str, bool, type(None))
"""Types of values in a dict that have no derivative."""


def kind_or_signature(value: Any) -> Any:
    """Of an item of a dict, or an attribute."""
    if isinstance(value, CALLABLE):
        return value
    return type(value) if type(value) in WITHOUT else signature(value)


def kind_of(value: Any, in_rows: bool = False) -> Kind:
    """The kind of an argument that has a tangent; if it is `in_rows`, an array stands for each number."""
    kind = type(value)
    if kind is list:
        items: Kind | None = None
        for item in value[:1] if only_floats(value) else value:
            items = join(items, kind_of(item, in_rows))
        return List(items, given=True)
    if kind is tuple:
        return Items(tuple([kind_of(item, in_rows) for item in value]))
    if kind is dict:
        return Named(tuple(value), tuple([kind_of(item, in_rows) for item in value.values()]))
    if kind in WITHOUT:
        return Passive(kind)
    if isinstance(value, CALLABLE):
        return Passive(kind, value)
    if is_plain(kind):
        return Record(kind, {name: kind_of(item, in_rows) for name, item in attributes(value)}, given=True)
    return Real(kind is float and not in_rows)
