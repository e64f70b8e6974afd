"""Objects that numpy makes arrays or numbers of: their own Python methods for that are called, and differentiated.

numpy and math would call ``__array__`` and ``__float__`` from C, where nobody sees what they return.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from bytegrad.errors import NoRuleError, UnsupportedError
from bytegrad.runtime.steps import Left, Step, done
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.runtime.where import user_frame

ndarray = np.ndarray


def has_own(value: Any, name: str) -> bool:
    """Whether the class of `value` has a method `name` that is written in Python."""
    return type(getattr(type(value), name, None)) is FunctionType


def wraps(operands: tuple[Any, ...]) -> bool:
    """Whether one of `operands` is of a subclass of arrays whose ``__array_wrap__`` numpy calls with its results."""
    for operand in operands:
        kind = type(operand)
        if kind is not ndarray and issubclass(kind, ndarray) and has_own(operand, "__array_wrap__"):
            return not str(kind.__array_wrap__.__module__).startswith("numpy.ma")
    return False


def check_wrapped(f: Any, operands: tuple[Any, ...], kwargs: dict[str, Any], y: Any) -> None:
    """Raise UnsupportedError if an ``__array_wrap__`` has given other numbers than `f` has computed."""
    plain = [operand.view(ndarray) if issubclass(type(operand), ndarray) else operand for operand in operands]
    with np.errstate(all="ignore"):
        check_same(f(*plain, **kwargs), y)


def check_same(computed: Any, y: Any) -> None:
    """As `check_wrapped`, of what was computed and what was returned."""
    ours, theirs = [np.asarray(part) for part in (computed, y)]
    if ours.dtype != theirs.dtype or ours.size != theirs.size or ours.tobytes() != theirs.tobytes():
        raise UnsupportedError(
            "cannot differentiate an __array_wrap__ that changes the numbers it gets",
            where=user_frame(),
            fixes="compute in __array_ufunc__, which is differentiated, or in a function",
        )


def converted(ctx: Any, name: str, operands: tuple[Any, ...], call: Callable[[tuple[Any, ...]], Step]) -> Step:
    """The step of ``call(operands)`` with those operands replaced that have a method `name`, by what it returns."""
    places = [place for place, operand in enumerate(operands) if has_own(operand, name)]
    return _convert(ctx, name, operands, places, (), call)


def _convert(
    ctx: Any, name: str, operands: tuple[Any, ...], places: list[int], records: tuple[Any, ...], call: Any
) -> Step:
    from bytegrad.runtime.dispatch import resolve

    if not places:
        return _then(call(operands), partial(_with_conversions, len(operands), records))
    place, *others = places

    def go_on(record: Any, made: Any) -> Step:
        replaced = (*operands[:place], made, *operands[place + 1 :])
        return _convert(ctx, name, replaced, others, (*records, (place, record)), call)

    def left(record: Any) -> Step:
        return _with_conversions(len(operands), (*records, (place, record)), None, None)

    owner = operands[place]
    return _then(resolve(ctx, getattr(type(owner), name), (owner,), {}), go_on, left)


def _then(step: Step, go_on: Callable[[Any, Any], Step], left: Callable[[Any], Step] | None = None) -> Step:
    """Take `step` and those that follow from it, then what `go_on` makes of the record and the value.

    Of what an exception has left there is a record alone, for `left`.
    """
    function, args, following = step
    if function is None:
        return go_on(*args)

    def further(result: Any) -> Step:
        step = done(*result) if following is None else following(result)
        return left(step[1][0]) if left is not None and type(result) is Left else _then(step, go_on, left)

    return (function, args, further)


def _with_conversions(n: int, records: tuple[Any, ...], record: Any, y: Any) -> Step:
    if record is None and all(conversion is None for _, conversion in records):
        return done(None, y)
    return done((_reverse_converted, record, n, records), y)


def _reverse_converted(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, n, records = record
    bars = [ZERO] * n if inner is None else list(inner[0](ctx, inner, y_bar))
    for place, conversion in reversed(records):
        bars[place] = ZERO if conversion is None else conversion[0](ctx, conversion, bars[place])[0]
    return tuple(bars)


def misplaced(primal: Any) -> Poison:
    """The cotangent of an object that was taken for a number or an array in a way that is not known."""
    return Poison(
        NoRuleError(
            f"a value of the class {type(primal).__qualname__}, which depends on a differentiated argument, was taken "
            "for a number or an array by a function that is not written in Python",
            fixes="pass float(value) or np.asarray(value) instead of the value itself",
        )
    )
