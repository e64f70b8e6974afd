"""Constants: when two are the same, how one is written in a dump, and what a written name stands for."""

from __future__ import annotations

import builtins
import importlib
import math
import re
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bytegrad.ir import ops

MARKERS = {name: marker for name, marker in vars(ops).items() if type(marker) is type(ops.NULL)}
"""Operands that stand for no Python value, under the names they are written with."""


@dataclass(slots=True, frozen=True)
class Named:
    """Stands for an object that a dump can only name: a code object, an instance, a local function."""

    name: str

    def __repr__(self) -> str:
        """The name, as a dump has it."""
        return self.name


# Equality -------------------------------------------------------------------------------------------------------


def same_constant(first: Any, second: Any, *, nans: bool = False) -> bool:
    """Whether one constant can take the place of the other.

    They are identical, or of one immutable built-in type and of equal value: 0.0 is not -0.0, 1 is not True.
    A NaN is only the same as itself, since programs can tell (``x in [x]``), unless `nans` asks otherwise.
    """
    if first is second:
        return True
    kind = type(first)
    if kind is not type(second):
        return False
    compare = _COMPARISONS.get(kind)
    return compare is not None and compare(first, second, nans)


def _same_value(first: Any, second: Any, nans: bool) -> bool:
    return bool(first == second)


def _same_float(first: float, second: float, nans: bool) -> bool:
    if math.isnan(first):
        return nans and math.isnan(second)
    return first == second and math.copysign(1.0, first) == math.copysign(1.0, second)


def _same_complex(first: complex, second: complex, nans: bool) -> bool:
    return _same_float(first.real, second.real, nans) and _same_float(first.imag, second.imag, nans)


def _same_tuple(first: tuple[Any, ...], second: tuple[Any, ...], nans: bool) -> bool:
    if len(first) != len(second):
        return False
    return all(same_constant(a, b, nans=nans) for a, b in zip(first, second, strict=True))


def _same_frozenset(first: frozenset[Any], second: frozenset[Any], nans: bool) -> bool:
    if nans:
        # Every NaN is an element of its own, so equality of the sets cannot be asked for.
        return len(first) == len(second) and literal(first) == literal(second)
    others = {item: item for item in second}
    return first == second and all(same_constant(item, others[item]) for item in first)


def _same_slice(first: slice, second: slice, nans: bool) -> bool:
    return _same_tuple((first.start, first.stop, first.step), (second.start, second.stop, second.step), nans)


_COMPARISONS: dict[type, Callable[[Any, Any, bool], bool]] = {
    int: _same_value,
    bool: _same_value,
    str: _same_value,
    bytes: _same_value,
    Named: _same_value,
    float: _same_float,
    complex: _same_complex,
    tuple: _same_tuple,
    frozenset: _same_frozenset,
    slice: _same_slice,
}


# Writing --------------------------------------------------------------------------------------------------------

_MOST_BITS = 4096
"""A longer integer is written in base 16: Python limits how many decimal digits it converts."""


def literal(value: Any) -> str:
    """`value` as a dump writes it: a literal, else a name.  The same in every run and every Python.

    >>> literal(("key", -0.0, frozenset({2, 1})))
    '("key", -0.0, frozenset({1, 2}))'
    >>> literal(math.sin), literal(object())
    ('@math.sin', '@object:object')
    """
    write = _WRITERS.get(type(value), name_of)
    return write(value)


def _write_int(value: int) -> str:
    return repr(value) if value.bit_length() <= _MOST_BITS else hex(value)


def _write_str(value: str) -> str:
    return '"' + "".join('\\"' if char == '"' else repr(char)[1:-1] for char in value) + '"'


def _write_bytes(value: bytes) -> str:
    return 'b"' + "".join('\\"' if byte == ord('"') else repr(bytes((byte,)))[2:-1] for byte in value) + '"'


def _write_tuple(value: tuple[Any, ...]) -> str:
    comma = "," if len(value) == 1 else ""
    return f"({', '.join(map(literal, value))}{comma})"


def _write_frozenset(value: frozenset[Any]) -> str:
    return f"frozenset({{{', '.join(sorted(map(literal, value)))}}})" if value else "frozenset()"


def _write_slice(value: slice) -> str:
    return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"


_WRITERS: dict[type, Callable[[Any], str]] = {
    int: _write_int,
    float: repr,
    complex: repr,
    bool: repr,
    type(None): repr,
    type(Ellipsis): repr,
    str: _write_str,
    bytes: _write_bytes,
    tuple: _write_tuple,
    frozenset: _write_frozenset,
    slice: _write_slice,
    Named: repr,
    type(ops.NULL): repr,
}


# Names ----------------------------------------------------------------------------------------------------------

NAME_PATTERN = r"(?:[\w.$]|<[^<>]*>)+"
"""A qualified name; ``<locals>`` and ``<generic parameters of f>`` may be parts of it."""

_ALWAYS_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)
_UNNAMED_TYPES = {kind.__qualname__: kind for kind in vars(types).values() if isinstance(kind, type)}
"""Types such as NoneType, which say that they live in `builtins` but are not found there."""


def name_of(value: Any) -> str:
    """The stable name of an object: ``@math.sin``, ``@code:f``, or ``@object:`` and its type's name."""
    if isinstance(value, types.ModuleType):
        return f"@{value.__name__}"
    if isinstance(value, types.CodeType):
        return f"@code:{_clean(value.co_qualname)}"
    module, qualname = _home(value)
    if module is not None and qualname is not None:
        module = _public_module(module, qualname, value)
        if isinstance(value, _ALWAYS_NAMED) or find_object(f"{module}.{qualname}") is value:
            return f"@{_clean(f'{module}.{qualname}')}"
    return f"@object:{_clean(type(value).__name__)}"


def type_name(kind: type) -> str:
    """`kind` as a dump writes a value's type: ``float``, ``numpy.ndarray``."""
    return name_of(kind).removeprefix("@").removeprefix("builtins.")


def find_object(name: str) -> Any:
    """The object of the qualified name `name`, importing what it takes; None if there is none."""
    first, *rest = name.split(".")
    if not first:
        return None
    try:
        found: Any = importlib.import_module(first)
        path = first
        for part in rest:
            path = f"{path}.{part}"
            if hasattr(found, part):
                found = getattr(found, part)
            elif found is builtins and part in _UNNAMED_TYPES:
                found = _UNNAMED_TYPES[part]
            else:
                found = importlib.import_module(path)
    except ImportError:
        return None
    return found


def resolve(name: str) -> Any:
    """What a written name such as ``@math.sin`` stands for; a `Named` if nothing, or not what it says, is there."""
    if ":" in name or "<" in name:
        return Named(name)
    found = find_object(name[1:])
    return found if found is not None and literal(found) == name else Named(name)


def resolve_type(name: str) -> type:
    """The type written as `name`; where none is found, as for a local class, a stand-in of that name."""
    found = resolve(f"@{name}" if "." in name else f"@builtins.{name}")
    if isinstance(found, type):
        return found
    module, _, qualname = name.rpartition(".") if "<" not in name else name.partition(".")
    return type(qualname, (), {"__module__": module or "builtins", "__qualname__": qualname})


def _home(value: Any) -> tuple[str | None, str | None]:
    """The module and the qualified name that `value` says are its own."""
    if hasattr(type(value), "__getattr__"):
        # Its attributes are made up on demand, and by the user's code.
        return None, None
    owner = getattr(value, "__objclass__", value)
    module = getattr(owner, "__module__", None)
    qualname = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    return (module if isinstance(module, str) else None, qualname if isinstance(qualname, str) else None)


def _public_module(module: str, qualname: str, value: Any) -> str:
    """`operator` for what says that it is of `_operator`: which of the two it says depends on the Python."""
    public = module.lstrip("_")
    if public != module and public in sys.stdlib_module_names and find_object(f"{public}.{qualname}") is value:
        return public
    return module


def _clean(name: str) -> str:
    """`name`, with what would not be read back as one name replaced."""
    return name if re.fullmatch(NAME_PATTERN, name) else re.sub(r"[^\w.$]", "_", name)
