"""The texts of prepared functions.

Each is made for the number of arguments and what is to be checked, because a loop over arguments or a packed argument
list would cost as much as the compiled pair itself.
"""

from __future__ import annotations

import functools
from typing import Any

_TEMPLATE = """
def make({context_name}, missing, missed, classes, still_holds, f, code,
         TABLE, version, trim, general, resume, number,
         are_numbers, listed, augmented, namespace, builtins_get, {parameters}):
    def prepared({arguments}/, *rest, **kwargs):
        if (
            {conditions}
            TABLE.version == version and f.__code__ is code and not rest and not kwargs
        ):
            try:
                {saves}ctx = {context}
                record, value = augmented(ctx, {passed}){ends}
                if type(value) is float and record is not None{unchanged}:
                    {bars} = record[0](ctx, record, 1.0)
                    return {result}
            except BaseException as error:
                trim(error)
                raise
            return resume(ctx, ({passed},), ({saved},), record, value)
        return general(*[arg for arg in ({passed},) if arg is not missing], *rest, **kwargs)
    return prepared
"""
"""The text of a prepared function.  `missing` stands for arguments that were not passed."""


_UNCHANGED = ' and ctx.refusal is None and "arrays" not in ctx.uses'
"""With arrays, the sweep has more to look at."""

Assumed = tuple[tuple[str, str], ...]
_ASSUMED = {
    "global": "namespace.get({name!r}, version) is {value} and",
    "builtin": "{name!r} not in namespace and builtins_get({name!r}) is {value} and",
    "attribute": "of_{value}({name!r}) is {value} and",
}
"""How it is found out whether a name still stands for what it did, by where it was found."""


@functools.cache
def factory(
    count: int,
    lists: tuple[int, ...],
    assumed: Assumed,
    typed: tuple[str, ...],
    needs_context: bool,
    relies: bool,
    argnums: Any,
    with_value: bool,
) -> Any:
    """The function that makes prepared functions of this shape."""
    names = [f"a{n}" for n in range(count)]
    kinds = [f"kind{n}" for n in range(count)]
    values = [f"value{n}" for n in range(len(assumed))]
    modules = [f"of_value{n}" for n, (_, place) in enumerate(assumed) if place == "attribute"]
    types_ = [f"type{n}" for n in range(len(typed))]
    chosen = (argnums,) if isinstance(argnums, int) else argnums
    found = [_gradient_text(n % count, lists, needs_context) for n in chosen]
    gradient = found[0] if isinstance(argnums, int) else f"({', '.join(found)},)" if found else "()"
    text = _TEMPLATE.format(
        context_name="Context",
        parameters=", ".join([*kinds, *values, *modules, *types_]),
        arguments="".join([f"{name}=missing, " for name in names]),
        conditions="\n            ".join(
            [f"type({name}) is {kind} and" for name, kind in zip(names, kinds, strict=True)]
            + _conditions(assumed, values, typed, types_)
            + _further(needs_context, relies)
            + _of_lists(lists)
        ),
        **_saving(count, lists),
        context="Context()" if needs_context else "None",
        ends=_ends(needs_context, relies),
        unchanged=_UNCHANGED if needs_context else "",
        passed=", ".join(names),
        bars="(" + ", ".join([f"bar{n}" for n in range(count)]) + ",)",
        result=f"value, ({gradient})" if with_value else gradient,
    )
    scope: dict[str, Any] = {}
    exec(compile(text, __file__, "exec"), scope)
    return scope["make"]


def _gradient_text(n: int, lists: tuple[int, ...], needs_context: bool) -> str:
    """The gradient in argument `n`, in the caller's form."""
    if n in lists:
        return f"listed(ctx, a{n}, s{n})" if needs_context else "None"
    return f"bar{n} if type(bar{n}) is float else number(a{n}, bar{n})"


def _of_lists(lists: tuple[int, ...]) -> list[str]:
    """That lists hold nothing but numbers, and that no two of them are the same."""
    apart = [f"a{n} is not a{m} and" for n in lists for m in lists if n < m]
    return [*apart, *[f"are_numbers(a{n}) and" for n in lists]]


def _saving(count: int, lists: tuple[int, ...]) -> dict[str, str]:
    """What lists held when the call began."""
    return {
        "saves": "".join([f"s{n} = a{n}[:]; " for n in lists]),
        "saved": ", ".join([f"s{n}" if n in lists else "None" for n in range(count)]),
    }


def _conditions(assumed: Assumed, values: list[str], typed: tuple[str, ...], kinds: list[str]) -> list[str]:
    """That globals and builtins are what they were taken for, or of these types."""
    fixed = zip(assumed, values, strict=True)
    return [_ASSUMED[kind].format(name=name, value=value) for (name, kind), value in fixed] + [
        f"type(namespace.get({name!r})) is {kind} and" for name, kind in zip(typed, kinds, strict=True)
    ]


def _ends(needs_context: bool, relies: bool) -> str:
    """After the primal: classes that its code, or that of what it called, relied on have to be what they were."""
    own = "; ctx.relied.update(classes)" if relies else ""
    return f"{own}; ctx.relied and ctx.ends()" if needs_context else ""


def _further(needs_context: bool, relies: bool) -> list[str]:
    """There is better code after a wrong guess; and classes and callees have to be what they were."""
    return ["not missed and"] * needs_context + ["still_holds(classes) and"] * relies


# functions that come along with the call ---------------------------------------------------------------------

_COMING = """
def make(Context, missed, classes, still_holds, function, code, augmented, namespace,
         TABLE, version, checks, trim, resume, number, are_numbers, listed, builtins_get,
         {parameters}):
    def prepared(f, {arguments}):
        if (
            {conditions}
            TABLE.version == version and f.__globals__ is namespace and checks() is None
            and f not in TABLE.by_callable
        ):
            try:
                {saves}ctx = {context}
                record, value = function(augmented, namespace, None, None, f.__closure__)(ctx, {arguments}){ends}
                if type(value) is float and record is not None{unchanged}:
                    {bars} = record[0](ctx, record, 1.0)
                    return {result}
            except BaseException as error:
                trim(error)
                raise
            return resume(f, ctx, ({arguments}), ({saved},), record, value)
        return None
    return prepared
"""
"""The text of a function that gives the gradient of any function `f` of one code, closures included."""


@functools.cache
def coming_factory(
    count: int, lists: tuple[int, ...], assumed: Assumed, typed: tuple[str, ...], needs_context: bool, relies: bool
) -> Any:
    """As `factory`, for functions that give the gradient in all arguments."""
    names = [f"a{n}" for n in range(count)]
    values = [f"value{n}" for n in range(len(assumed))]
    modules = [f"of_value{n}" for n, (_, place) in enumerate(assumed) if place == "attribute"]
    types_ = [f"type{n}" for n in range(len(typed))]
    found = [_gradient_text(n, lists, needs_context) for n in range(count)]
    text = _COMING.format(
        parameters=", ".join([*values, *modules, *types_]),
        arguments="".join([f"{name}, " for name in names]),
        conditions="\n            ".join(
            _conditions(assumed, values, typed, types_) + _further(needs_context, relies) + _of_lists(lists)
        ),
        **_saving(count, lists),
        context="Context()" if needs_context else "None",
        ends=_ends(needs_context, relies),
        unchanged=_UNCHANGED if needs_context else "",
        bars="(" + ", ".join([f"bar{n}" for n in range(count)]) + ",)",
        result=f"({', '.join(found)},)",
    )
    scope: dict[str, Any] = {}
    exec(compile(text, __file__, "exec"), scope)
    return scope["make"]
