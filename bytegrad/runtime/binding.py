"""Callees that are compiled along with their callers, so that emitted code may call them without asking the runtime.

They are plain functions of the same module which are called for arguments of known types.  What their code takes for
granted is compared at each call, and before the caller's code is used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from bytegrad.adjoint.facts import Bound
from bytegrad.errors import UnsupportedError
from bytegrad.runtime import registry

if TYPE_CHECKING:
    from bytegrad.runtime.facts import WorldFacts

TYPED = frozenset({float, int, bool, str, tuple, list, dict, type(None), range})
"""Exact types that code is specialised to; every other type is compiled as unknown."""
_PROTECTING = frozenset(("PUSH_EXC_INFO",))
"""Instructions of functions that handle exceptions: a handler has to find what an unfinished call has done."""
_NOT_PLAIN = 0x2AC
"""Flags of functions with ``*args`` or ``**kwargs``, and of generators and coroutines."""
_LONGEST = 800
"""Functions of more bytes of code than this are not compiled along with their callers."""
_DEEPEST = 6
"""How many functions that call each other are compiled along: each takes a good part of Python's stack meanwhile."""

_UNDER_WAY: list[CodeType] = []
"""What is being compiled: functions that call each other are not compiled along with each other."""


@contextmanager
def under_way(code: CodeType) -> Iterator[None]:
    """While `code` is being analysed."""
    _UNDER_WAY.append(code)
    try:
        yield
    finally:
        _UNDER_WAY.pop()


class Binder:
    """Compiles the callees of one function along with it."""

    def __init__(self, facts: WorldFacts, instrs: Iterable[Any], adjoint_of: Callable[..., Any]) -> None:
        self.facts, self.adjoint_of = facts, adjoint_of
        self.found: dict[Any, Bound | None] = {}
        self.binds = _PROTECTING.isdisjoint([instr.name for instr in instrs])

    def bound(self, callee: FunctionType, types: Sequence[Any]) -> Bound | None:
        """What a call of `callee` with such arguments leads to; None if the runtime has to be asked."""
        if not self.binds or not TYPED.issuperset(types):
            return None
        key = (callee, *types)
        if key not in self.found:
            self.found[key] = self._bind(callee, tuple(types)) if self._fits(callee, len(types)) else None
        return self.found[key]

    def _fits(self, callee: FunctionType, count: int) -> bool:
        code = callee.__code__
        if callee.__globals__ is not self.facts.namespace or callee.__closure__ or len(_UNDER_WAY) > _DEEPEST:
            return False
        if code.co_flags & _NOT_PLAIN or code.co_kwonlyargcount or code.co_argcount != count:
            return False
        return (
            len(code.co_code) <= _LONGEST
            and not any([code is other for other in _UNDER_WAY])
            and not registry.lookup(callee)
        )

    def _bind(self, callee: FunctionType, types: tuple[type, ...]) -> Bound | None:
        try:
            made = self.adjoint_of(callee, types)
        except UnsupportedError:
            return None
        if made.improvable or made.classes:
            return None
        made.reliance.add(callee)
        facts = self.facts
        facts.assumptions.update(made.assumptions)
        facts.kinds.update(made.kinds)
        facts.attributes.update(made.attributes)
        facts.callees.update(made.callees)
        facts.callees[callee] = callee.__code__
        augmented = FunctionType(made.augmented, callee.__globals__, callee.__name__)
        names = [(name, held) for name, held in made.assumptions.items() if not _asks_itself(held)]
        return Bound(callee, augmented, made.gives_float, tuple(names), tuple(made.kinds.items()), made.reliance)


def _asks_itself(held: Any) -> bool:
    """Whether code that calls `held` looks at what it calls, or asks the runtime."""
    return type(held) is FunctionType and not registry.lookup(held)
