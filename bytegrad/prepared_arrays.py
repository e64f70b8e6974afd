"""The short way of gradients in arrays: what `bytegrad.prepared` is for numbers.

A plain Python function that gets different arrays of real numbers, each with memory of its own, and simple values
goes straight to its compiled pair.  Whatever is not as expected goes the general way, also from the middle.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy as np

from bytegrad.differentiation import Differentiation, reverse
from bytegrad.runtime import registry
from bytegrad.runtime.array_shadows import ArrayShadow
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.arrays import HELD_BYTES
from bytegrad.runtime.callees import adjoint_for
from bytegrad.runtime.checks import CHECKS
from bytegrad.runtime.classes import still_holds
from bytegrad.runtime.compile import Adjoint, is_current
from bytegrad.runtime.context import Context
from bytegrad.runtime.elementwise import OWN
from bytegrad.runtime.fitting import has_nan
from bytegrad.runtime.quiet import Quiet
from bytegrad.runtime.results import as_number, snapshot
from bytegrad.runtime.seeds import scalar_seed
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.tracebacks import trim

ndarray = np.ndarray
Found = tuple[Any, tuple[Any, ...]]
Chosen = tuple[int, ...] | None
SIMPLE = frozenset({float, int, bool, str, type(None)})
"""Exact types of the other arguments: what they carry, they carry by value."""
_USED = frozenset(("arrays", "calls"))
"""Parts of a context of which nothing has to be done before the first sweep."""

COMING: dict[tuple[Any, ...], tuple[Any, Callable[..., Found | None]]] = {}
"""By the id of the code and the types of arguments: the code, and what gives value and gradient of its functions."""
_MOST_COMING = 1024


def value_and_gradient(f: Any, args: tuple[Any, ...], chosen: Chosen = None) -> Found | None:
    """The value of ``f(*args)`` and its gradient, by the short way; None if there is none.

    `chosen` are the numbers of the arguments that are differentiated, if that is not all of them.
    """
    if type(f) is not types.FunctionType:
        return None
    known = COMING.get((id(f.__code__), *map(type, args)))
    return None if known is None else known[1](f, args, chosen)


def prepare_arrays(f: Any, args: tuple[Any, ...]) -> None:
    """Let functions of the code of `f` with arguments of these types take the short way, if there is one."""
    kinds = tuple([type(arg) for arg in args])
    if type(f) is not types.FunctionType or ndarray not in kinds or registry.lookup(f):
        return
    code = f.__code__
    if code.co_flags & 0x2AC or code.co_argcount != len(args) or code.co_kwonlyargcount:
        return
    if not all([kind in SIMPLE or kind is ndarray for kind in kinds]):
        return
    made = adjoint_for(f, kinds)
    if made.improvable:
        return  # not yet
    if len(COMING) >= _MOST_COMING:
        COMING.clear()
    places = tuple([place for place, kind in enumerate(kinds) if kind is ndarray])
    others = tuple([place for place, kind in enumerate(kinds) if kind is not ndarray])
    COMING[id(code), *kinds] = (code, _prepared(made, f.__globals__, registry.version(), places, others))


def _prepared(
    made: Adjoint, namespace: dict[str, Any], version: int, places: tuple[int, ...], others: tuple[int, ...]
) -> Callable[..., Found | None]:
    code, table = made.augmented, registry.TABLE

    def prepared(f: Any, args: tuple[Any, ...], chosen: Chosen) -> Found | None:
        if table.version != version or f.__globals__ is not namespace or CHECKS.get() is not None:
            return None
        if f in table.by_callable:
            return None  # of the same code, with a rule of its own
        if made.missed or not still_holds(made.classes):
            return None  # there is better code now
        ctx = Context()
        arrays = ctx.arrays
        active = places if chosen is None else tuple([place for place in places if place in chosen])
        if not is_current(made, namespace) or not _activated(arrays, args, active, places):
            return None
        try:
            augmented = types.FunctionType(code, namespace, f.__name__, None, f.__closure__)
            record, value = augmented(ctx, *args)
            ctx.relied.update(made.classes)
            ctx.ends()
            if (type(value) is np.float64 or type(value) is float) and _is_simple(ctx, record):
                gradient = _swept(ctx, record, args, active, others)
                if gradient is not None:
                    return value, gradient
            asked = range(len(args)) if chosen is None else chosen
            templates = [snapshot(arg) if n in asked else None for n, arg in enumerate(args)]
            call = Differentiation(ctx, templates, len(args), record, value)
            return value, reverse(call, scalar_seed(f, value))
        except BaseException as error:
            trim(error)
            raise

    return prepared


def _activated(arrays: Any, args: tuple[Any, ...], active: tuple[int, ...], places: tuple[int, ...]) -> bool:
    """Make the arrays at `active` so, if each of those at `places` has memory of its own."""
    shadows = arrays.shadows
    roots = set()
    for place in places:
        array = args[place]
        root = array if array.base is None else arrays.root(array)
        if array.dtype.kind != "f" or root.dtype.kind != "f" or id(root) in roots:
            return False
        roots.add(id(root))
        if place not in active:
            continue
        # Whoever passes the arguments holds them.
        shadow = shadows[id(root)] = ArrayShadow(root, root.dtype)
        shadow.large = root.nbytes > HELD_BYTES
    return True


def _is_simple(ctx: Context, record: Any) -> bool:
    """Whether the first sweep needs no preparation."""
    arrays = ctx.arrays
    if record is None or ctx.refusal is not None or arrays.log or arrays.once:
        return False
    return _USED.issuperset(ctx.uses)


def _swept(
    ctx: Context, record: Any, args: tuple[Any, ...], active: tuple[int, ...], others: tuple[int, ...]
) -> tuple[Any, ...] | None:
    """The gradient in the arrays at `active` and in the `others`; None if it has to be found with more care."""
    arrays = ctx.arrays
    arrays.careful = False
    try:
        with Quiet():
            bars = [*record[0](ctx, record, 1.0)]
            if arrays.poisons:
                return None
            for place in active:
                array = args[place]
                bar = bars[place] = _of_array(arrays, array) if array.base is None else ARRAYS.collect(ctx, array, ZERO)
                if bar is not None and (type(bar) is not ndarray or has_nan(bar)):
                    return None
    except Exception:
        # It is raised again in another sweep, unless it came of a NaN that should have been 0.
        return None
    finally:
        arrays.careful = True
    for place in others:
        bar = bars[place]
        if type(args[place]) not in (float, int) or bar is ZERO:
            bars[place] = None
        elif type(bar) is not float:
            bars[place] = None if isinstance(bar, Poison) else as_number(args[place], bar)
        if isinstance(bar, Poison) or bar != bar:  # noqa: PLR0124 - a NaN is not itself
            return None
    return tuple(bars)


def _of_array(arrays: Any, array: Any) -> Any:
    """The cotangent of an argument, as an array that nobody else has; None if there is none."""
    shadow = arrays.shadows[id(array)]
    if type(shadow) is not ArrayShadow:
        return NotImplemented
    bar = arrays.lent.pop(shadow, None)
    if bar is None:
        bar = arrays.owned.get(shadow)
        return bar if bar is None or bar.base is None else bar.copy()
    if getrefcount(bar) != OWN or bar.base is not None or bar.strides != array.strides or bar.dtype != array.dtype:
        return np.array(bar, array.dtype, order="K")
    return bar
