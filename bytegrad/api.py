"""The public functions of reverse mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bytegrad.runtime.bind  # noqa: F401
from bytegrad.errors import ArgumentError
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.results import Template, collect, independent, mark, scalar_seed, seeded, snapshot
from bytegrad.runtime.steps import run
from bytegrad.runtime.tangent import ZERO


def pullback(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of ``f(*args, **kwargs)`` and the linear map from its cotangent to those of `args`."""
    y, back, _ = _pullback(f, args, kwargs)
    return y, back


def _pullback(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not callable(f):
        raise ArgumentError(f"cannot differentiate {type(f).__name__}: it is not callable", fixes="pass a function")
    ctx = Context()
    args = independent(ctx, args)
    templates = [snapshot(arg) for arg in args]
    mark(ctx, templates)
    record, y = run(resolve(ctx, f, args, kwargs))

    def back(y_bar: Any) -> tuple[Any, ...]:
        ctx.begin_reverse()
        try:
            carried = ctx.absorb(y, seeded(y, y_bar))
            bars = (ZERO,) * len(args) if record is None else record[0](ctx, record, carried)
            return _collect(ctx, templates, bars)
        finally:
            ctx.finish_reverse()

    return y, back, ctx


def _collect(ctx: Context, templates: list[Template], bars: Any) -> tuple[Any, ...]:
    return tuple([collect(ctx, t, bar) for t, bar in zip(templates, bars, strict=False)])


def withgradient(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, tuple[Any, ...]]:
    """The value of a real scalar function and its gradient in each positional argument."""
    y, back = pullback(f, *args, **kwargs)
    return y, back(scalar_seed(f, y))


def gradient(f: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """The gradient of a real scalar function in each positional argument."""
    return withgradient(f, *args, **kwargs)[1]


__all__ = ["ZERO", "gradient", "pullback", "withgradient"]
