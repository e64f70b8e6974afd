"""Augmented primals of plain functions, found by function and types: once in each differentiation."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from bytegrad.codegen.sites import AllSites
from bytegrad.runtime import registry
from bytegrad.runtime.compile import adjoint_of, augmented_function
from bytegrad.runtime.context import Context

TYPED = frozenset({float, int, bool, str, tuple, list, dict, type(None), range})
"""Exact types that code is specialised to; every other type is compiled as unknown."""
_NOT_PLAIN = 0x2AC
"""Flags of functions with ``*args`` or ``**kwargs``, and of generators and coroutines."""


def remembered(ctx: Context) -> dict[Any, Any]:
    """What was found of calls in this differentiation: by function or operation, and types."""
    if ctx.epoch != AllSites.epoch:
        ctx.epoch, ctx.calls = AllSites.epoch, {}
    return ctx.calls


def augmented_for(ctx: Context, f: FunctionType, *kinds: type) -> Any:
    """The augmented primal of a function without rules that gets exactly its parameters; None for others."""
    calls = remembered(ctx)
    key = (f, ctx.guarded, *kinds)
    known = calls.get(key, ctx)
    if known is ctx:
        known = calls[key] = _new(ctx, f, kinds)
    return known


def _new(ctx: Context, f: FunctionType, kinds: tuple[type, ...]) -> Any:
    code = f.__code__
    if code.co_flags & _NOT_PLAIN or code.co_kwonlyargcount or code.co_argcount != len(kinds) or registry.lookup(f):
        return None
    checks = ctx.checks
    if checks is not None:
        checks.note(code)
    types_ = tuple([kind if kind in TYPED else None for kind in kinds])
    return augmented_function(f, adjoint_of(f, types_, ctx.guarded, checks is not None and checks.check_finite))
