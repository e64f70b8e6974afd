"""The operations of the IR, by name.

Where a Python callable of the same meaning exists it is the operation's meaning (`CALLABLES`); the others exist
because no callable does what the instruction does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

BINARY = [
    "add",
    "and_",
    "floordiv",
    "lshift",
    "matmul",
    "mul",
    "mod",
    "or_",
    "pow",
    "rshift",
    "sub",
    "truediv",
    "xor",
    "iadd",
    "iand",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imul",
    "imod",
    "ior",
    "ipow",
    "irshift",
    "isub",
    "itruediv",
    "ixor",
]
COMPARE = ["lt", "le", "eq", "ne", "gt", "ge"]
UNARY = ["neg", "pos", "invert", "not_", "truth"]
IDENTITY = ["is_", "is_not", "contains", "not_contains"]
SUBSCRIPT = ["getitem", "setitem", "delitem"]


def is_not_in(container: Any, item: Any) -> bool:
    """`item not in container`."""
    return item not in container


CALLABLES: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in (*BINARY, *COMPARE, *UNARY, *SUBSCRIPT)},
    "is_": operator.is_,
    "is_not": operator.is_not,
    "contains": operator.contains,
    "not_contains": is_not_in,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "iter": iter,
    "next": next,
}

NEVER_RAISES = frozenset({"is_", "is_not", "make_cell", "free_cell", "caught", "tuple", "nothing", "view"})
"""Operations that cannot raise (but for lack of memory): they need no way to a handler."""


GUARDS: dict[type, tuple[str, str]] = {
    float: ("is_float", "refine"),
    int: ("is_int", "refine_int"),
    list: ("is_list", "refine_list"),
    tuple: ("is_tuple", "refine_tuple"),
}
"""What looks whether a value is exactly of a type, and the value that is known to be."""
GUARDING, REFINING = ({pair[n] for pair in GUARDS.values()} for n in (0, 1))


class _Marker:
    """An operand that stands for no Python value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


NULL = _Marker("NULL")
"""What PUSH_NULL pushes."""
SELF = _Marker("SELF")
"""What stands in the owner's slot between a method's load and its call."""
UNBOUND = _Marker("UNBOUND")
"""A local variable that has no value."""
