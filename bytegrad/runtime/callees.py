"""Augmented primals of Python functions, found by function and types: once in each differentiation."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

from bytegrad.codegen.sites import AllSites
from bytegrad.runtime import registry
from bytegrad.runtime.arranging import Arrangement, arrangement, parameter_kinds
from bytegrad.runtime.binding import TYPED
from bytegrad.runtime.classes import is_known
from bytegrad.runtime.compile import SUSPENDS, Adjoint, Key, adjoint_of, after_misses, augmented_function, emitted
from bytegrad.runtime.context import Context


def remembered(ctx: Context) -> dict[Any, Any]:
    """What was found of calls in this differentiation: by function or operation, and types."""
    if ctx.epoch != AllSites.epoch:
        ctx.epoch, ctx.calls = AllSites.epoch, {}
    return ctx.calls


@dataclass(slots=True, eq=False)
class Fitted:
    """What is called in the place of a function, for one shape of call."""

    augmented: Any
    made: Adjoint | None
    how: Arrangement | None
    """How the operands fill the parameters, if not in order."""


def augmented_for(ctx: Context, f: FunctionType, *kinds: type) -> Any:
    """The augmented primal of a function without rules that gets exactly its parameters; None for others."""
    found = fitted(ctx, f, (), kinds)
    return None if found is None or found.how is not None else found.augmented


def fitted(ctx: Context, f: FunctionType, keywords: tuple[str, ...], kinds: tuple[type, ...]) -> Fitted | None:
    """What a call with operands of these types leads to, the last of which are passed by the names `keywords`.

    None if the function has rules or may be suspended, and if the call is an error.
    """
    calls = remembered(ctx)
    if f.__closure__ is not None:
        return _fitted_closure(ctx, calls, f, keywords, kinds)
    key = (f, ctx.guarded, keywords, *kinds)
    known = calls.get(key, ctx)
    if known is ctx:
        known = calls[key] = _new(ctx, emitted(f), keywords, kinds)
    found: Fitted | None = known
    return found


def _fitted_closure(
    ctx: Context, calls: dict[Any, Any], f: FunctionType, keywords: tuple[str, ...], kinds: tuple[type, ...]
) -> Fitted | None:
    """As `fitted`, of a function that others of the same code may follow: what is remembered is of the code."""
    code = emitted(f).__code__
    key = (id(code), ctx.guarded, keywords, *kinds)
    of, last = calls.get(key, _UNKNOWN)
    if of is f:
        return last
    found: Fitted | None
    same = of is not None and of.__code__ is code and of.__globals__ is f.__globals__ and last.how is None
    if same and not registry.lookup(f):
        found = Fitted(augmented_function(f, last.made), last.made, None)
    else:
        found = _new(ctx, f, keywords, kinds)
    if found is not None:
        # Code may have no hash; and of the functions one is kept.
        calls[key] = (f, found)
    return found


_UNKNOWN: tuple[Any, Any] = (None, None)


def _new(ctx: Context, f: FunctionType, keywords: tuple[str, ...], kinds: tuple[type, ...]) -> Fitted | None:
    return None if registry.lookup(f) else fitted_past_rules(ctx, f, keywords, kinds)


def fitted_past_rules(
    ctx: Context, f: FunctionType, keywords: tuple[str, ...], kinds: tuple[type, ...]
) -> Fitted | None:
    """As `fitted`, also for a function whose rules have declined the call; past what is remembered."""
    if f.__code__.co_flags & SUSPENDS:
        return None
    of_parameters = parameter_kinds(f, kinds, keywords)
    if of_parameters is None:
        return None
    checks = ctx.checks
    if checks is not None:
        checks.note(f.__code__)
    made = adjoint_for(f, of_parameters, ctx.guarded, checks is not None and checks.check_finite, ctx.token)
    if made.classes:
        ctx.relied.update(made.classes)
    how = arrangement(f, len(kinds), keywords)
    return Fitted(augmented_function(f, made), made, how)


def adjoint_for(
    f: FunctionType, kinds: tuple[type, ...], unwinds: bool = False, checked: bool = False, token: Any = None
) -> Adjoint:
    """The adjoint of `f` for arguments of these types: for objects of the user's classes, once it has been in use.

    What it is used for in one differentiation, which the `token` stands for, counts once.
    """
    types: Key = tuple([kind if kind in TYPED else None for kind in kinds])
    made = adjoint_of(f, types, unwinds, checked)
    if f.__code__.co_flags & SUSPENDS:
        return made  # what it relies on may change while it is suspended
    if None in types:
        types = tuple([kind if kind in TYPED or is_known(kind) else None for kind in kinds])
    elif not made.improvable:
        return made
    return _improved(made, f, types, unwinds, checked, token)


def _improved(made: Adjoint, f: FunctionType, types: Key, unwinds: bool, checked: bool, token: Any) -> Adjoint:
    if not made.improvable and not any([kind is not None and kind not in TYPED for kind in types]):
        return made
    if token is None or made.used_in is not token:
        made.uses, made.used_in = made.uses + 1, token
    enough = UNIMPROVED_INSIDE if f.__globals__.get("__name__", "").startswith("bytegrad.") else UNIMPROVED
    if made.uses <= enough or (types not in made.variants and len(made.variants) >= _MOST_VARIANTS):
        return made
    made.variants.add(types)
    return adjoint_of(f, types, unwinds, checked, True, after_misses(made))


UNIMPROVED = 1
"""How often code is used before better code is made that relies on classes: what runs once need not wait for that."""
UNIMPROVED_INSIDE = 6
"""The same for the library's own functions: second derivatives run hundreds of these, most of them a few times."""
_MOST_VARIANTS = 4
