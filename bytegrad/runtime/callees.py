"""Augmented primals of plain functions, found by function and types: once in each differentiation."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from bytegrad.codegen.sites import AllSites
from bytegrad.runtime import registry
from bytegrad.runtime.binding import TYPED
from bytegrad.runtime.classes import is_known
from bytegrad.runtime.compile import SUSPENDS, Adjoint, Key, adjoint_of, after_misses, augmented_function
from bytegrad.runtime.context import Context

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
    made = adjoint_for(f, kinds, ctx.guarded, checks is not None and checks.check_finite)
    if made.classes:
        ctx.relied.update(made.classes)
    return augmented_function(f, made)


def adjoint_for(f: FunctionType, kinds: tuple[type, ...], unwinds: bool = False, checked: bool = False) -> Adjoint:
    """The adjoint of `f` for arguments of these types: for objects of the user's classes, once it has been in use."""
    types: Key = tuple([kind if kind in TYPED else None for kind in kinds])
    made = adjoint_of(f, types, unwinds, checked)
    if f.__code__.co_flags & SUSPENDS:
        return made  # what it relies on may change while it is suspended
    if None in types:
        types = tuple([kind if kind in TYPED or is_known(kind) else None for kind in kinds])
    elif not made.improvable:
        return made
    return _improved(made, f, types, unwinds, checked)


def _improved(made: Adjoint, f: FunctionType, types: Key, unwinds: bool, checked: bool) -> Adjoint:
    if not made.improvable and not any([kind is not None and kind not in TYPED for kind in types]):
        return made
    made.uses += 1
    enough = UNIMPROVED_INSIDE if f.__globals__.get("__name__", "").startswith("bytegrad.") else UNIMPROVED
    if made.uses <= enough or (types not in made.variants and len(made.variants) >= _MOST_VARIANTS):
        return made
    made.variants.add(types)
    return adjoint_of(f, types, unwinds, checked, True, after_misses(made))


UNIMPROVED = 1
"""How often code is used before better code is made that relies on classes: what runs once need not wait for that."""
UNIMPROVED_INSIDE = 8
"""The same for the library's own functions: second derivatives run hundreds of these, most of them a few times."""
_MOST_VARIANTS = 4
