"""Arguments behind stars and in ``functools.partial``, and the way back for their cotangents."""

from __future__ import annotations

import functools
from typing import Any

from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, after, done
from bytegrad.runtime.tangent import ZERO


def star_call(ctx: Context, f: Any, args: Any, kwargs: Any = None) -> Step:
    """``f(*args, **kwargs)``: the operands are the sequence and the mapping."""
    if not issubclass(type(args), (tuple, list)):
        if lookup(type(args), "__iter__") is None and lookup(type(args), "__getitem__") is None:
            f(*args)  # which says in the words of this Python that it cannot be called so
        return _collect(ctx, resolve(ctx, sequence_of, (args,), {}), f, kwargs)
    if kwargs is not None and type(kwargs) is not dict:
        return _collect_names(ctx, resolve(ctx, mapping_of, (kwargs,), {}), f, args)
    sequence = tuple(args)
    mapping = dict(kwargs) if kwargs else {}
    step = resolve(ctx, f, sequence, mapping)
    return after(step, functools.partial(_star_record, args, kwargs, len(sequence), tuple(mapping)))


def sequence_of(source: Any) -> Any:
    """What ``*source`` passes, for any iterable."""
    items = [item for item in source]
    return (*items,)


def mapping_of(source: Any) -> Any:
    """What ``**source`` passes, for any mapping."""
    names = source.keys()
    return {name: source[name] for name in names}


def _collect(ctx: Context, step: Step, f: Any, kwargs: Any) -> Step:
    """The iterable is taken apart first, then the call is made."""
    function, operands, following = step
    if function is not None:
        return (function, operands, lambda result: _collect(ctx, _go_on(following, result), f, kwargs))
    record, sequence = operands
    step = star_call(ctx, f, sequence, kwargs)
    return step if record is None else after(step, lambda inner: (_reverse_collected, inner, record))


def _collect_names(ctx: Context, step: Step, f: Any, args: Any) -> Step:
    function, operands, following = step
    if function is not None:
        return (function, operands, lambda result: _collect_names(ctx, _go_on(following, result), f, args))
    record, mapping = operands
    step = star_call(ctx, f, args, mapping)
    return step if record is None else after(step, lambda inner: (_reverse_collected_names, inner, record))


def _go_on(following: Any, result: Any) -> Step:
    return done(*result) if following is None else following(result)


def _reverse_collected(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, call, gathering = record
    first, *rest = call[0](ctx, call, y_bar)
    return (gathering[0](ctx, gathering, first)[0], *rest)


def _reverse_collected_names(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, call, gathering = record
    first, _ = call[0](ctx, call, y_bar)
    return (first, gathering[0](ctx, gathering, ZERO)[0])


def _star_record(args: Any, kwargs: Any, n: int, keywords: tuple[str, ...], record: Any) -> Any:
    return (_reverse_star, record, args, kwargs, n, keywords)


def _reverse_star(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, args, kwargs, n, keywords = record
    bars = inner[0](ctx, inner, y_bar)
    first = tuple(bars[:n])
    if not issubclass(type(args), tuple):
        for index, bar in enumerate(first):
            ctx.shadow(args).add(index, bar)
        first = ZERO  # type: ignore[assignment]
    if kwargs is None:
        return (first,)
    for name, bar in zip(keywords, bars[n:], strict=False):
        ctx.shadow(kwargs).add(name, bar)
    return (first, ZERO)


def call_partial(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """A `functools.partial` object: its own arguments keep their cotangents in its shadow."""
    merged = {**f.keywords, **kwargs}
    step = resolve(ctx, f.func, (*f.args, *args), merged)
    return after(step, functools.partial(_partial_record, f, len(args), tuple(merged), tuple(kwargs)))


def _partial_record(f: Any, n: int, merged: tuple[str, ...], given: tuple[str, ...], record: Any) -> Any:
    return (_reverse_partial, record, f, n, merged, given)


def _reverse_partial(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, f, n, merged, given = record
    bars = inner[0](ctx, inner, y_bar)
    held = len(f.args)
    shadow = ctx.shadow(f)
    for index in range(held):
        shadow.add(index, bars[index])
    by_name = dict(zip(merged, bars[held + n :], strict=True))
    for name in merged:
        if name not in given:
            shadow.add(name, by_name[name])
    return (*bars[held : held + n], *[by_name[name] for name in given])
