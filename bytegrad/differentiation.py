"""One differentiated call: forward once, backward for as many seeds as are asked for.

This is also what an outer differentiation goes through when calls are nested, as ordinary code.  So what depends on
types and code alone is kept apart from what handles values (see `bytegrad.nesting`), and rare things are functions
of their own, which are then only transformed where they are needed.
"""

from __future__ import annotations

import types
from typing import Any

import bytegrad.runtime.bind  # noqa: F401
from bytegrad.errors import ArgumentError, NoRuleError
from bytegrad.packages import load_rules_of_packages
from bytegrad.runtime import registry
from bytegrad.runtime.callees import adjoint_for
from bytegrad.runtime.compile import augmented_function
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.quiet import Quiet
from bytegrad.runtime.results import Template, collect, holds_nan, mark, snapshot
from bytegrad.runtime.seeds import describe, give, scalar_seed
from bytegrad.runtime.steps import run
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.twins import check_unchanged, come_twice, independent


class Differentiation:
    """The value of ``f(*args, **kwargs)``, and what is needed to reverse the call."""

    __slots__ = ("ctx", "passed", "record", "templates", "value")

    def __init__(self, ctx: Context, templates: list[Template | None], passed: int, record: Any, value: Any) -> None:
        self.ctx = ctx
        self.templates = templates
        """Of each argument; None for one that is not differentiated."""
        self.passed = passed
        """How many of the templates are of arguments; the others are of parameters found by identity."""
        self.record = record
        self.value = value


def differentiate(
    f: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    params: tuple[Any, ...] = (),
    chosen: tuple[int, ...] | None = None,
    pushing: Any = None,
) -> Differentiation:
    """Call ``f(*args, **kwargs)`` so that it can be reversed; `params` are further variables, found by identity.

    `chosen` are the numbers of the arguments that are differentiated, if that is not all of them.  `pushing` calls
    forward rules in place of reverse ones: then only the transpose of the sweep is to be asked for.

    Raises: ArgumentError if `f` is not callable, UnsupportedError if it cannot be transformed; and what `f` raises.
    """
    ctx = begin(f)
    ctx.pushing = pushing
    if come_twice(args):
        return _differentiate_twins(ctx, f, args, kwargs, params, chosen)
    templates = templates_of(ctx, args, params, chosen)
    record, value = _forward(ctx, f, args, kwargs)
    return Differentiation(ctx, templates, len(args), record, value)


def begin(f: Any) -> Context:
    """A context for a call of `f`."""
    check_callable(f)
    load_rules_of_packages()
    return Context()


def check_callable(f: Any) -> None:
    """Raise ArgumentError for what cannot be called."""
    if not callable(f):
        raise ArgumentError(f"cannot differentiate {_shown(f)}: it is not callable", fixes="pass a function first")


_LONG = 40
"""A repr of so many characters would hide the rest of a message."""


def _shown(f: Any) -> str:
    text = repr(f)
    return f"the {type(f).__name__} {text}" if len(text) < _LONG else describe(f)


def templates_of(ctx: Context, args: Any, params: Any, chosen: tuple[int, ...] | None) -> list[Template | None]:
    """What the arguments look like before the call; arrays in them become active."""
    templates = [
        snapshot(arg) if chosen is None or n in chosen or n >= len(args) else None
        for n, arg in enumerate((*args, *params))
    ]
    mark(ctx, [template for template in templates if template is not None])
    return templates


def _differentiate_twins(
    ctx: Context, f: Any, args: Any, kwargs: dict[str, Any], params: Any, chosen: Any
) -> Differentiation:
    """As `differentiate`, for arguments one of which comes twice."""
    passed, watched = independent(ctx, args)
    templates = templates_of(ctx, passed, params, chosen)
    record, value = _forward(ctx, f, passed, kwargs)
    check_unchanged(f, watched)
    return Differentiation(ctx, templates, len(args), record, value)


def _forward(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    checks = ctx.checks
    function = augmented_for(ctx, f, args, kwargs, checks is not None and checks.check_finite)
    if function is None:
        pair = run(resolve(ctx, f, args, kwargs))
    else:
        if checks is not None:
            checks.note(f.__code__)
        pair = function(ctx, *args)
    ctx.ends()
    return pair


def augmented_for(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], checked: bool) -> Any:
    """The augmented primal of a plain Python function that gets exactly its parameters; None for anything else."""
    if type(f) is not types.FunctionType or kwargs or registry.lookup(f):
        return None
    code = f.__code__
    if code.co_flags & 0x2AC or code.co_kwonlyargcount or code.co_argcount != len(args):
        return None
    made = adjoint_for(f, tuple(map(type, args)), False, checked)
    ctx.relied.update(made.classes)
    return augmented_function(f, made)


# backward ---------------------------------------------------------------------------------------------------


def reverse(call: Differentiation, seed: Any) -> tuple[Any, ...]:
    """The cotangents of the arguments for the cotangent `seed` of the value, in the caller's form.

    Whether infinite derivatives have made NaNs of zero cotangents is looked at once, in the result, and not at each
    operation: if there are any, another sweep takes care.  What derivatives overflow to is in the gradient; numpy need
    not warn of it at a line that is not the user's.
    """
    with Quiet():
        arrays = call.ctx.arrays if "arrays" in call.ctx.uses else None
        if arrays is None or arrays.once or call.ctx.checks is not None:
            return sweep(call, seed)
        arrays.careful = False
        try:
            gradients = sweep(call, seed)
            if not holds_nan(gradients):
                return gradients
        except Exception:
            # It is raised again below, unless it came of a NaN that should have been 0.
            pass
        finally:
            arrays.careful = True
        return sweep(call, seed)


def sweep(call: Differentiation, seed: Any) -> tuple[Any, ...]:
    """As `reverse`, with numpy's warnings as they are set."""
    ctx = call.ctx
    ctx.begin_reverse()
    if "arrays" in ctx.uses and ctx.arrays.log:
        return _reverse_writes(call, seed)
    gradients = _reverse(call, seed)
    ctx.finish_reverse()
    return gradients


def _reverse_writes(call: Differentiation, seed: Any) -> tuple[Any, ...]:
    """Going backwards undoes what was written to arrays, which is made good also after an error."""
    try:
        return _reverse(call, seed)
    finally:
        call.ctx.finish_reverse()


def _reverse(call: Differentiation, seed: Any) -> tuple[Any, ...]:
    ctx, record, value = call.ctx, call.record, call.value
    carried = seed if type(seed) is float and type(value) is float else give(ctx, snapshot(value), seed)
    bars = (ZERO,) * call.passed if record is None else record[0](ctx, record, carried)
    if "viewed" in ctx.uses and ctx.viewed:
        _refuse_views(ctx)
    if "arrays" in ctx.uses and ctx.arrays.mapped:
        for mappings in ctx.arrays.files.values():
            mappings.refuse(ctx)
    if len(call.templates) == 1:
        return (_collected(ctx, call.templates[0], bars[0] if call.passed else ZERO),)
    return _collected_all(call, bars)


def _collected_all(call: Differentiation, bars: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(bars) != len(call.templates):
        bars = (*bars[: call.passed], *(ZERO,) * (len(call.templates) - call.passed))
    return tuple([_collected(call.ctx, template, bars[n]) for n, template in enumerate(call.templates)])


def _collected(ctx: Context, template: Template | None, bar: Any) -> Any:
    return None if template is None else collect(ctx, template, bar)


def _refuse_views(ctx: Context) -> None:
    """Variables were read by name by a function that is not seen to do so."""
    (filename, line, name), bars = ctx.viewed.popitem()
    ctx.viewed.clear()
    raise NoRuleError(
        f"the variables {', '.join(bars)} were read by name, by a function that is locals, vars, eval or exec"
        " under another name",
        where=(name, filename, line),
        fixes="call it by its own name, or read the variables themselves",
    )


# of real numbers --------------------------------------------------------------------------------------------


def gradient_of(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The gradient of a real function."""
    call = differentiate(f, args, kwargs)
    return reverse(call, scalar_seed(f, call.value))


def first_seed(f: Any, y: Any) -> Any:
    """The seed 1 for `y`, or for the first of several results."""
    if isinstance(y, tuple) and y:
        return (scalar_seed(f, y[0]), *(None,) * (len(y) - 1))
    if isinstance(y, dict) and y:
        key = next(iter(y))
        return {key: scalar_seed(f, y[key])}
    return scalar_seed(f, y)
