"""Which parameter of a Python function each operand of a call goes to, and the way back for their cotangents.

It is found once for each shape of a call: by the function, the number of arguments by position and the names of
the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from bytegrad.lift.decode import argument_names
from bytegrad.runtime.compile import original_function
from bytegrad.runtime.context import Context
from bytegrad.runtime.tangent import ZERO, split

_PACKS, _PACKS_NAMES = 0x04, 0x08
"""Flags of functions with ``*args``, and with ``**kwargs``."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """How one shape of call of a function fills its parameters.

    The places are those of the parameters, as `argument_names` has them; behind them come the items of ``*args``, and
    then those of ``**kwargs``.
    """

    function: FunctionType
    only: dict[str, Any] | None
    """The dict of the defaults of keyword-only parameters."""
    taken: tuple[int, ...]
    """Of each operand, its place."""
    left: tuple[tuple[int, str], ...]
    """The places and names of parameters that get no operand."""
    packed: int
    """How many operands are in ``*args``."""
    into: int
    """The place of ``*args``."""
    named: tuple[str, ...]
    """The names of those in ``**kwargs``."""


def parameter_kinds(f: FunctionType, kinds: Sequence[type], keywords: Sequence[str]) -> tuple[type, ...] | None:
    """Exact types of the parameters for operands of these types, the last ones by name; None if the call is an error.

    `object` stands for types that are not certain: the defaults of keyword-only parameters are in a dict, which anybody
    may change.
    """
    code = f.__code__
    n, only, given = code.co_argcount, code.co_kwonlyargcount, len(kinds) - len(keywords)
    names = argument_names(code)
    if given > n and not code.co_flags & _PACKS:
        return None
    found: dict[str, type] = dict(zip(names[:n], kinds[:given], strict=False))
    by_name = names[code.co_posonlyargcount : n + only]
    for name, kind in zip(keywords, kinds[given:], strict=True):
        if name in by_name and name not in found:
            found[name] = kind
        elif name in by_name or not code.co_flags & _PACKS_NAMES:
            return None
    # There may be more defaults than parameters, by assignment: the last ones count.
    for name, default in zip(names[:n][::-1], (f.__defaults__ or ())[::-1], strict=False):
        found.setdefault(name, type(default))
    for name in f.__kwdefaults__ or ():
        found.setdefault(name, object)
    if any([name not in found for name in names[: n + only]]):
        return None
    packs = (tuple,) * bool(code.co_flags & _PACKS) + (dict,) * bool(code.co_flags & _PACKS_NAMES)
    return (*[found[name] for name in names[: n + only]], *packs)


def arrangement(f: FunctionType, count: int, keywords: Sequence[str]) -> Arrangement | None:
    """How a call with `count` operands, the last ones by name, fills the parameters; None if it fills them in order."""
    code: CodeType = f.__code__
    names = argument_names(code)
    n, only, width, given = code.co_argcount, code.co_kwonlyargcount, len(names), count - len(keywords)
    if not keywords and given == width and not only and not code.co_flags & (_PACKS | _PACKS_NAMES):
        return None
    packed = max(given - n, 0)
    places = {name: place for place, name in enumerate(names[: n + only])}
    by_name = set(names[code.co_posonlyargcount : n + only])
    others = tuple([name for name in keywords if name not in by_name])
    taken = [*range(min(given, n)), *range(width, width + packed)]
    taken += [places[name] if name in by_name else width + packed + others.index(name) for name in keywords]
    left = tuple([(place, names[place]) for place in range(n + only) if place not in taken])
    return Arrangement(original_function(f), f.__kwdefaults__, tuple(taken), left, packed, n + only, others)


def operand_bars(ctx: Context, bars: tuple[Any, ...], how: Arrangement) -> tuple[Any, ...]:
    """The cotangents of the operands from those of the parameters.

    Defaults keep theirs with the function, those of keyword-only parameters with the dict that they come from.
    """
    for place, name in how.left:
        if bars[place] is not ZERO:
            only = how.only
            ctx.shadow(only if only and name in only else how.function).add(name, bars[place])
    if how.packed:
        bars = (*bars, *split(ctx, bars[how.into], how.packed))
    if how.named:
        extra = bars[len(bars) - how.packed - 1] or {}
        bars = (*bars, *[extra.get(name, ZERO) for name in how.named])
    return tuple([bars[place] for place in how.taken])


def arranged(how: Arrangement, record: Any) -> Any:
    """The record of a call whose operands are not simply the parameters, from that of the function."""
    return (reverse_arranged, record, how)


def reverse_arranged(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Reverse the function, and give the operands their cotangents."""
    _, inner, how = record
    return operand_bars(ctx, inner[0](ctx, inner, y_bar), how)
