"""Calls of functions under `functools.lru_cache`."""

from __future__ import annotations

import functools
from typing import Any

from bytegrad.rules.declare import resolver
from bytegrad.rules.polyfills.functools import lru_call
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import BY_TYPE, resolve
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, after, native
from bytegrad.runtime.tangent import ZERO


def _call_cached(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """A function under `functools.lru_cache`: within a differentiation a cache of its own answers.

    What the cache held before is plain numbers, which lead nowhere.
    """
    if not any(may_carry(arg) for arg in (*args, *kwargs.values())):
        return native(f, args, kwargs)
    cache = ctx.caches.setdefault(id(f), (f, {}))[1]
    step = resolve(ctx, lru_call, (cache, f, args, kwargs), {})
    return after(step, functools.partial(_cached_record, len(args), tuple(kwargs), kwargs))


def _cached_record(n_args: int, keywords: tuple[str, ...], kwargs: dict[str, Any], record: Any) -> Any:
    return (_reverse_cached, record, n_args, keywords, kwargs)


def _reverse_cached(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, n_args, keywords, kwargs = record
    _, _, args_bar, _ = inner[0](ctx, inner, y_bar)
    shadow = ctx.peek(kwargs)
    positional = args_bar if isinstance(args_bar, tuple) else (ZERO,) * n_args
    return (*positional, *[shadow.take(name) if shadow else ZERO for name in keywords])


_WRAPPER: Any = type(functools.lru_cache(len))
BY_TYPE[_WRAPPER] = _call_cached


@resolver(_WRAPPER.cache_clear)
def clear(ctx: Context, /, *args: Any) -> Step:
    """``wrapper.cache_clear()``: the differentiation's own cache is another one from here on."""
    if args:
        ctx.caches.pop(id(args[0]), None)
    return native(_WRAPPER.cache_clear, args)
