"""Classes that are made while differentiating: what their bodies compute leads to their attributes."""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Iterator
from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.rules.declare import resolver
from bytegrad.runtime import registry
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.namespaces import run_body
from bytegrad.runtime.poisoning import reachable
from bytegrad.runtime.steps import Step, after, done, native
from bytegrad.runtime.tangent import ZERO, is_number
from bytegrad.runtime.watching import Watch
from bytegrad.runtime.where import user_frame

_MADE_BY = 3
"""How many arguments of a metaclass make a class: name, bases, namespace."""


@resolver(builtins.__build_class__)
def build_class(ctx: Context, /, *args: Any, **keywords: Any) -> Any:
    """A ``class`` statement: the body, the metaclass, and what it is given."""
    if len(args) < 2 or type(args[0]) is not types.FunctionType or type(args[1]) is not str:
        return NotImplemented
    f, name, *bases = args
    resolved = types.resolve_bases(tuple(bases))
    kind, namespace, rest = types.prepare_class(name, resolved, dict(keywords))
    given = tuple([position for position, key in enumerate(keywords) if key in rest])

    def record_of(body: Any) -> Any:
        return (_reverse_statement, None, body, (len(args), len(keywords), given))

    def made(record: Any, cell: Any) -> Step:
        if resolved != tuple(bases) and "__orig_bases__" not in namespace:
            namespace["__orig_bases__"] = tuple(bases)
        step = resolve(ctx, kind, (name, resolved, namespace), rest)
        return _checked(step, record, name, cell)

    return run_body(ctx, f, name, namespace, record_of, made)


def _checked(step: Step, statement: Any, name: str, cell: Any) -> Step:
    """The class is there: the variable ``__class__`` of its methods must be it."""
    function, args, following = step
    if function is not None:
        return (
            function,
            args,
            lambda result: _checked(done(*result) if following is None else following(result), statement, name, cell),
        )
    record, made = args
    if isinstance(made, type) and type(cell) is types.CellType:
        _check_cell(cell, made, name)
    reverse, _, body, operands = statement
    return done((reverse, record, body, operands), made)


def _check_cell(cell: Any, made: type, name: str) -> None:
    try:
        held = cell.cell_contents
    except ValueError:
        raise RuntimeError(
            f"__class__ not set defining {name!r} as {made!r}. Was __classcell__ propagated to type.__new__?"
        ) from None
    if held is not made:
        raise TypeError(f"__class__ set to {held!r} defining {name!r} as {made!r}")


def _reverse_statement(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, made, body, (n, n_keywords, given) = record
    bars = [ZERO] * (n + n_keywords)
    if made is not None:
        for position, bar in zip(given, made[0](ctx, made, y_bar)[_MADE_BY:], strict=True):
            bars[n + position] = bar
    if body is not None:
        body[0](ctx, body, ZERO)
    return tuple(bars)


# type(name, bases, namespace) ----------------------------------------------------------------------------------


@resolver(type.__new__)
def new_class(ctx: Context, /, *args: Any, **keywords: Any) -> Any:
    """``type.__new__(metaclass, name, bases, namespace)``; hooks in it run as they stand."""
    if len(args) != _MADE_BY + 1 or not isinstance(args[-1], dict):
        return NotImplemented
    return _made(ctx, args, keywords)


class _OfType:
    """The metaclass `type` itself, with three arguments; with one it tells a class, which is no value of its own."""

    def __call__(self, ctx: Context, /, *args: Any, **keywords: Any) -> Any:
        if len(args) == 1 and not keywords:
            return native(type, args)
        if len(args) != _MADE_BY or not isinstance(args[-1], dict):
            return NotImplemented
        step = _made(ctx, (type, *args), keywords)
        return after(step, lambda record: (_reverse_without_kind, record))


registry.register(type, registry.Resolver(_OfType()))


def _reverse_without_kind(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return tuple(inner[0](ctx, inner, y_bar)[1:])


_DICT = type.__dict__["__dict__"].__get__
"""The namespace of a class, whatever its metaclass says."""


def _made(ctx: Context, args: tuple[Any, ...], keywords: dict[str, Any]) -> Step:
    namespace = args[-1]
    names = [name for name in namespace if type(name) is str and name != "__classcell__"]
    watch = Watch(ctx.arrays, (namespace, *keywords.values()))

    def finish(made: type) -> Step:
        return _recorded(ctx, made, namespace, names, watch, len(args) + len(keywords))

    # From the user's frame, after whose module a class is named that does not say where it belongs.
    return (functools.partial(type.__new__, **keywords), args, finish)


def _recorded(ctx: Context, made: type, namespace: Any, names: list[str], watch: Watch, n: int) -> Step:
    changes = watch.changes()
    changed = [held for owner, keys in changes for held in _held(owner, keys)]
    replaced = {name: held for name, held in _DICT(made).items() if namespace.get(name) is not held}
    hooked = (changes, changed, replaced)
    return done((_reverse_class, made, namespace, names, hooked, n, user_frame()), made)


def _made_by_hooks(found: tuple[Any, ...]) -> Iterator[Any]:
    """What hooks have set and all that it holds, numbers that have attributes included; but no arrays."""
    for part, kind, slots in reachable(found):
        if kind != "array":
            yield part
        yield from [held for _, held in slots if is_number(held) and hasattr(held, "__dict__")]


def _held(owner: Any, keys: list[Any]) -> list[Any]:
    return [owner[key] for key in keys if key in owner] if isinstance(owner, dict) else []


def _reverse_class(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The attributes of a class were in its namespace."""
    _, made, namespace, names, (changes, changed, replaced), n, where = record
    shadow = ctx.peek(made)
    if shadow:
        into = ctx.shadow(namespace)
        for name in names:
            if name not in replaced:
                into.add(name, shadow.take(name))
    unseen = [bar for bar in (shadow or {}).values() if bar is not ZERO]
    unseen += [True for owner, keys in changes for key in keys if (ctx.peek(owner) or {}).get(key, ZERO) is not ZERO]
    if unseen or any([ctx.touched(part) for part in _made_by_hooks((changed, replaced))]):
        raise NoRuleError(
            f"an attribute of the class {made.__qualname__} was set by a hook that ran while it was made",
            where=where,
            fixes="set the attribute in the class's body, or after the class is made",
        )
    return (ZERO,) * n
