"""What a call without a rule could change, as it was before the call."""

from __future__ import annotations

import types
from array import array as typed_array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from bytegrad.errors import NoRuleError
from bytegrad.runtime.array_memory import address, plain_copy
from bytegrad.runtime.context import Context
from bytegrad.runtime.held import MUTABLE
from bytegrad.runtime.looking import calls_back, tells
from bytegrad.runtime.poisoning import Slots, changed_attributes, changed_slots, reachable, slots_of
from bytegrad.runtime.records import name_of
from bytegrad.runtime.tangent import is_number

_STATELESS = (type, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
_CYTHON_FUNCTIONS = frozenset({"cython_function_or_method", "fused_cython_function"})
"""Each module that Cython compiled has types of its own for its functions, of these names."""


def is_stateless(f: Any) -> bool:
    """Whether calling `f` leaves nothing in it: classes and functions, of C and of Cython."""
    return issubclass(type(f), _STATELESS) or type(f).__name__ in _CYTHON_FUNCTIONS


class Watch:
    """What a call without a rule could change, as it is before the call: slots, and copies of arrays.

    If the operands are `told`, texts are made of them.
    """

    __slots__ = ("arrays", "objects")

    def __init__(self, arrays: Any, operands: Sequence[Any], told: bool = False) -> None:
        self.objects: list[tuple[Any, Slots]] = []
        found = list(_writable(operands))
        for value, kind, slots in reachable(_followed(operands, told)):
            if kind == "array":
                found.append(value)
            elif kind != "tuple":
                self.objects.append((value, slots))
        self.objects += _with_attributes(operands, self.objects)
        depends = any(_may_be_active(arrays, operand) for operand in operands)
        self.arrays = [(a, address(a), plain_copy(a)) for a in found if depends or arrays.is_captured(a)]

    def changes(self) -> list[tuple[Any, list[Any]]]:
        """What has changed, each with the keys of the slots."""
        found = [(value, _changed(before, _now(value, before))) for value, before in self.objects]
        return [(value, keys) for value, keys in found if keys]

    def written(self, ctx: Context, f: Any, where: Any) -> list[Any]:
        """The arrays that have changed, noted as overwritten; an error if one that was active has other memory now."""
        changed_arrays = []
        for array, place, old in self.arrays:
            if _same(array, old):
                continue
            if ctx.arrays.shadow(array) is not None and (array.shape != old.shape or address(array) != place):
                raise NoRuleError(
                    f"no derivative rule for {name_of(f)}, "
                    "which gave other memory to an array that depends on a differentiated argument",
                    where=where,
                    fixes="declare one with @bytegrad.adjoint, or let it write into a copy",
                )
            ctx.arrays.save(array, ..., old)
            changed_arrays.append(array)
        return changed_arrays


def _changed(before: Slots, after: Slots) -> list[Any]:
    named = all([type(key) is str for key, _ in (*before, *after)])
    return (changed_attributes if named else changed_slots)(before, after)


def _followed(operands: Sequence[Any], told: bool) -> Iterator[Any]:
    """The operands whose parts are watched: containers, and what may call back into the user's code."""
    for operand in operands:
        if (
            issubclass(type(operand), (*MUTABLE, typed_array, tuple))
            or _of_objects(operand)
            or (callable(operand) and not is_stateless(operand))
            or calls_back(operand)
            or (told and tells(operand))
        ):
            yield operand


def _with_attributes(operands: Sequence[Any], watched: Sequence[Any]) -> Iterator[tuple[Any, Slots]]:
    """The operands whose attributes a function of C or Cython may set, with these; without those `watched` already."""
    known = {id(value) for value, _ in watched}
    for operand in operands:
        if not issubclass(type(operand), _NO_OBJECTS) and type(operand).__dictoffset__ and id(operand) not in known:
            yield operand, slots_of(operand)[1]


_NO_OBJECTS = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, int, float, complex, str, bytes)
"""Types of what is no object with attributes, or one that is not looked into."""


def _of_objects(operand: Any) -> bool:
    return issubclass(type(operand), np.ndarray) and operand.dtype.kind == "O"


def _now(value: Any, before: Slots) -> Slots:
    """The slots of `value` that correspond to `before`; of a namespace, only these are watched."""
    if is_namespace(value):
        return [(name, value.get(name)) for name, _ in before]
    return slots_of(value)[1]


def is_namespace(value: Any) -> bool:
    """Whether `value` is the globals of a module."""
    return type(value) is dict and "__builtins__" in value


def _may_be_active(arrays: Any, operand: Any) -> bool:
    if issubclass(type(operand), np.ndarray):
        return operand.dtype.kind == "O" or arrays.shadow(operand) is not None
    return is_number(operand) or callable(operand) or issubclass(type(operand), (*MUTABLE, tuple))


def _same(array: Any, old: Any) -> bool:
    array = np.asarray(array)  # no method of a subclass is asked
    if array.dtype.kind == "O":
        return all(a is b for a, b in zip(array.ravel(), old.ravel(), strict=True))
    return bool(array.shape == old.shape and array.tobytes() == old.tobytes())


def _writable(operands: Iterable[Any], within: tuple[int, ...] = ()) -> Iterator[Any]:
    for operand in operands:
        if issubclass(type(operand), np.ndarray):
            if operand.flags.writeable:
                yield operand
        elif issubclass(type(operand), (list, tuple)):
            if id(operand) not in within:
                yield from _writable(operand, (*within, id(operand)))
        elif issubclass(type(operand), memoryview) and not operand.readonly:
            yield np.asarray(operand)
