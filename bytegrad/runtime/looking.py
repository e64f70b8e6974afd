"""Which methods of the user's certainly do nothing but look, so that there is nothing to reverse in them."""

from __future__ import annotations

import builtins
import dis
import functools
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
_EXACT = frozenset(("fractions", "_pydecimal"))
"""Modules of number types that have rules of their own."""


def asking_method(kind: type, *names: str) -> tuple[str, FunctionType] | None:
    """The first of the methods `names` that a class has, if it is written in Python and may do more than look."""
    for name in names:
        method = lookup(kind, name, lookup)
        if method is not lookup:
            return (name, method) if type(method) is FunctionType and not only_looks(method) else None
    return None


_ASKED = (
    *("__bool__", "__len__", "__contains__", "__hash__", "__index__", "__str__", "__repr__", "__format__"),
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
)


def calls_back(value: Any) -> bool:
    """Whether C that is given an object may run code of the user's that changes something."""
    kind = type(value)
    if kind in QUIET["any"]:
        return False
    if kind is tuple:
        return any(map(calls_back, value))
    if any([asking_method(kind, name) is not None for name in _ASKED]):
        return True
    QUIET["any"].learn(kind)
    return False


def only_looks(method: FunctionType) -> bool:
    """Whether a method stores nothing, and calls nothing but builtins that do not either."""
    if method.__module__ in _EXACT:
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
