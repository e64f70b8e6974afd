"""Calls of functions under `functools.lru_cache`."""

from __future__ import annotations

import functools
import gc
from types import FunctionType
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
    if not any(may_carry(arg) for arg in (*args, *kwargs.values())) and not _may_depend(ctx, f, args, kwargs):
        return native(f, args, kwargs)
    cache = ctx.caches.setdefault(id(f), (f, {}))[1]
    step = resolve(ctx, lru_call, (cache, f, args, kwargs), {})
    return after(step, functools.partial(_cached_record, len(args), tuple(kwargs), kwargs))


def _may_depend(ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call may depend on, or change, what is differentiated, though no argument is: by its variables.

    A call that has been answered before does nothing but that.
    """
    function = f.__wrapped__
    reaches = type(function) is not FunctionType or function.__closure__ is not None or ctx.global_writes
    return reaches and not (id(f) not in ctx.caches and _is_filled(f, args, kwargs))


def _is_filled(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the cache of a wrapper has the answer to a call; there is no other way to look without asking."""
    held = gc.get_referents(f)
    of_keywords = [part for part in held if type(part) is object]
    key = (*args, *of_keywords, *[part for item in kwargs.items() for part in item]) if kwargs else args
    if f.cache_parameters()["typed"]:
        key += tuple(map(type, (*args, *kwargs.values())))
    elif len(key) == 1 and type(key[0]) in (str, int):
        key = key[0]
    own = vars(f)
    return any([key in part for part in held if type(part) is dict and part is not own])


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
