"""A function of values and tangents, with what was taken as fixed when it was made, and whether that still holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from bytegrad.adjoint.kinds import DeclinedError
from bytegrad.runtime.compile import holds
from bytegrad.runtime.facts import WorldFacts
from bytegrad.runtime.sight import (
    CALLABLE,
    DTYPES,
    MOST_DATA,
    NUMBERS,
    TEXTS,
    class_attribute,
    is_plain,
    only_floats,
    signature_of_data,
    variable_of,
)
from bytegrad.runtime.structure import attributes


@dataclass(slots=True)
class Forward:
    """A function of values and tangents, and what was taken as fixed when it was made."""

    function: Callable[..., Any]
    plain: bool = False
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
    declined: bool = False
    """Whether there is no such function, as long as what was taken as fixed holds."""

    @property
    def code(self) -> Any:
        """What tells whether two are of the same program."""
        return getattr(self.function, "__code__", None)


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


def data_of(function: FunctionType, name: str) -> Any:
    """The value of a variable that `function` reads, of an enclosing function or global."""
    if name in function.__code__.co_freevars:
        return variable_of(function, name)
    return function.__globals__.get(name)
