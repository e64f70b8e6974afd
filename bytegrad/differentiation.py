"""One differentiated call: forward once, backward for as many seeds as are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

import bytegrad.runtime.bind  # noqa: F401
from bytegrad.errors import ArgumentError
from bytegrad.packages import load_rules_of_packages
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.results import Template, collect, mark, snapshot
from bytegrad.runtime.seeds import give
from bytegrad.runtime.steps import run
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.twins import check_unchanged, independent


class Differentiation:
    """The value of ``f(*args, **kwargs)``, and what is needed to reverse the call."""

    __slots__ = ("ctx", "passed", "record", "templates", "value")

    def __init__(self, ctx: Context, templates: list[Template], passed: int, record: Any, value: Any) -> None:
        self.ctx, self.templates, self.record, self.value = ctx, templates, record, value
        self.passed = passed
        """How many of the templates are of arguments; the others are of parameters found by identity."""

    def reverse(self, seed: Any) -> tuple[Any, ...]:
        """The cotangents of the arguments for the cotangent `seed` of the value."""
        ctx, record, templates = self.ctx, self.record, self.templates
        ctx.begin_reverse()
        try:
            # What derivatives overflow to is in the gradient; numpy need not warn of it at lines that are not the user's.
            with np.errstate(all="ignore"):
                carried = give(ctx, self.value, seed)
                bars: Any = () if record is None else record[0](ctx, record, carried)[: self.passed]
                bars = (*bars, *(ZERO,) * (len(templates) - len(bars)))
                return tuple([collect(ctx, template, bar) for template, bar in zip(templates, bars, strict=True)])
        finally:
            ctx.finish_reverse()


def differentiate(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], params: tuple[Any, ...] = ()
) -> Differentiation:
    """Call ``f(*args, **kwargs)`` so that it can be reversed; `params` are further variables, found by identity.

    Raises: ArgumentError if `f` is not callable, UnsupportedError if it cannot be transformed; and what `f` raises.
    """
    if not callable(f):
        raise ArgumentError(
            f"cannot differentiate {describe_argument(f)}: it is not callable",
            fixes="pass a function, and its arguments after it",
        )
    load_rules_of_packages()
    ctx = Context()
    args, watched = independent(ctx, args)
    templates = [snapshot(arg) for arg in (*args, *params)]
    mark(ctx, templates)
    record, value = run(resolve(ctx, f, args, kwargs))
    if watched:
        check_unchanged(f, watched)
    return Differentiation(ctx, templates, len(args), record, value)


_LONG = 40
"""A repr of so many characters would hide the rest of a message."""


def describe_argument(f: Any) -> str:
    """What was passed for a function, in a message."""
    text = repr(f)
    return f"the {type(f).__name__} {text}" if len(text) < _LONG else f"a {type(f).__name__}"
