"""Which methods of the user's certainly do nothing but look, so that there is nothing to reverse in them."""

from __future__ import annotations

import builtins
import dis
import functools
import reprlib
from types import CodeType, FunctionType
from typing import Any

from bytegrad.codegen.quiet import QUIET
from bytegrad.runtime.classes import lookup

_CHANGING = (
    "STORE_ATTR",
    "STORE_SUBSCR",
    "STORE_SLICE",
    "STORE_GLOBAL",
    "STORE_DEREF",
    "STORE_NAME",
    "DELETE_",
    "IMPORT_",
)
_CALLS = (
    "LOAD_METHOD",
    "CALL_FUNCTION_EX",
    "FOR_ITER",
    "SEND",
    "YIELD_VALUE",
    "BEFORE_WITH",
    "MAKE_FUNCTION",
    "CALL_KW",
)
"""Calls whose callee is not looked for, and what runs other code of the user's as likely as a call."""
_HARMLESS = frozenset(
    {"abs", "bool", "callable", "float", "hash", "id", "int", "isinstance", "issubclass", "len", "type"}
)
"""Builtins that at most ask in their turn."""
_OF_REPRESENTATIONS = reprlib.recursive_repr.__code__.co_filename
"""Where the wrapper comes from that dataclasses have for their texts."""
_EXACT = frozenset(("fractions", "_pydecimal"))
"""Modules of number types that have rules of their own."""


def written_method(kind: type, *names: str) -> tuple[str, FunctionType] | None:
    """The first of the methods `names` that a class has, if it is written in Python."""
    for name in names:
        method = lookup(kind, name, lookup)
        if method is not lookup:
            own = type(method) is FunctionType and method.__module__ not in _EXACT
            return (name, method) if own else None
    return None


def asking_method(kind: type, *names: str) -> tuple[str, FunctionType] | None:
    """The same, if it may do more than look."""
    found = written_method(kind, *names)
    return None if found is None or only_looks(found[1]) else found


_KEYS = ("__hash__", "__eq__", "__index__")
_ASKED = (*_KEYS, "__bool__", "__len__", "__contains__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_TOLD = ("__str__", "__repr__", "__format__")


def calls_back(value: Any) -> bool:
    """Whether C that is given an object may run code of the user's that changes something."""
    return _asks(value, "any", _ASKED)


def asks_as_key(value: Any) -> bool:
    """The same of C that looks for an object, or takes it for an index."""
    return _asks(value, "key", _KEYS)


def tells(value: Any) -> bool:
    """The same of C that makes a text of an object."""
    return _asks(value, "told", _TOLD)


def _asks(value: Any, kind_of_question: str, names: tuple[str, ...]) -> bool:
    kind, quiet = type(value), QUIET[kind_of_question]
    if kind in quiet:
        return False
    if kind is tuple:
        return any([_asks(item, kind_of_question, names) for item in value])
    if any([asking_method(kind, name) is not None for name in names]):
        return True
    quiet.learn(kind)
    return False


def only_looks(method: FunctionType) -> bool:
    """Whether a method stores nothing, and calls nothing but builtins that do not either."""
    if method.__code__.co_filename == _OF_REPRESENTATIONS:
        return True
    called = _called(method.__code__)
    return called is not None and not any([name in method.__globals__ or name not in vars(builtins) for name in called])


@functools.lru_cache(4096)
def _called(code: CodeType) -> tuple[str, ...] | None:
    """The names that code calls, all of them harmless builtins if they mean those; None if it does anything else."""
    names: list[Any] = []
    calls = 0
    for instr in dis.get_instructions(code):
        if instr.opname.startswith(_CHANGING) or instr.opname in _CALLS:
            return None
        if instr.opname == "LOAD_GLOBAL" and instr.argval in _HARMLESS:
            names.append(instr.argval)
        calls += instr.opname == "CALL"
    return tuple(names) if calls <= len(names) else None
