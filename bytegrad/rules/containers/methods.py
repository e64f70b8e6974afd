"""Declaring the rules of methods of builtin types, and moving cotangents between the slots of containers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from bytegrad.rules.declare import primitive, resolver
from bytegrad.runtime.attribute_slots import by_value
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import done
from bytegrad.runtime.tangent import ZERO, accum, split

F = TypeVar("F", bound=Callable[..., Any])

INERT_KINDS = frozenset({range, bytearray})
"""Iterables whose items carry no derivative information (a bytearray's are rounded)."""


TEXTS = frozenset({str, bytes})
"""Iterables whose items are parts of what may have been a number."""


def method(target: Any, least: int, most: int | None = None) -> Callable[[F], F]:
    """Declare the primitive of a method that takes `least` to `most` positional arguments, its owner included.

    The method itself says what is wrong with any other call.
    """

    def decorate(rule: F) -> F:
        primitive(target)(_checked(rule, target, least, most or least, lambda y: (None, y)))
        return rule

    return decorate


def method_resolver(target: Any, least: int, most: int | None = None) -> Callable[[F], F]:
    """As `method`, for a rule that makes calls of the user's: it returns a step."""

    def decorate(rule: F) -> F:
        resolver(target)(_checked(rule, target, least, most or least, lambda y: done(None, y)))
        return rule

    return decorate


def _checked(rule: Any, target: Any, least: int, most: int, as_it_is: Any) -> Any:
    kind = getattr(target, "__objclass__", object)

    def checked(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not least <= len(args) <= most or not issubclass(type(args[0]), kind):
            return as_it_is(target(*args, **kwargs))
        return rule(ctx, *args)

    return checked


def is_plain(source: Any) -> bool:
    """Whether `source` is a list, tuple or text that iterates as such."""
    kind = type(source)
    if kind is list or kind is tuple or kind in TEXTS:
        return True
    if issubclass(kind, tuple):
        return kind.__iter__ is tuple.__iter__
    return issubclass(kind, list) and kind.__iter__ is list.__iter__


def carries(items: Iterable[Any]) -> bool:
    """Whether any of `items` has a cotangent by value."""
    return any(map(by_value, items))


def take_items(ctx: Context, container: Any, keys: Iterable[Any]) -> tuple[Any, ...]:
    """The cotangents in the slots `keys` of a container, which are absent then."""
    shadow = ctx.peek(container)
    if not shadow:
        return tuple([ZERO for _ in keys])
    return tuple([shadow.take(key) for key in keys])


def give_items(ctx: Context, source: Any, keys: Sequence[Any], bars: Sequence[Any], n: int) -> Any:
    """Add `bars` to the slots `keys` of a container, or the cotangent of the tuple of `n` items that it is."""
    if all(bar is ZERO for bar in bars):
        return ZERO
    if isinstance(source, tuple):
        of_tuple = [ZERO] * n
        for key, bar in zip(keys, bars, strict=True):
            of_tuple[key] = accum(of_tuple[key], bar)
        return tuple(of_tuple)
    if type(source) in TEXTS:
        # What reaches one character concerns the whole.
        return next(bar for bar in bars if bar is not ZERO)
    shadow = ctx.shadow(source)
    for key, bar in zip(keys, bars, strict=True):
        shadow.add(key, bar)
    return ZERO


def items_of(y_bar: Any, n: int) -> tuple[Any, ...]:
    """The cotangents of a tuple's `n` items, of an absent or unknown one too."""
    bars: tuple[Any, ...] = split(None, y_bar, n)
    return bars
