"""Functions and methods that write into an argument, and `ufunc.at`: the engine writes, rules tell the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bytegrad.rules.numpy import put, ufunc_methods  # noqa: F401
from bytegrad.rules.numpy.at_writes import at_rule
from bytegrad.runtime import registry
from bytegrad.runtime.array_changes import accumulate_at, mutate
from bytegrad.runtime.array_items import store
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step, after, done, native

Rule = Callable[..., Any]


def _writing(target: Any, rule: Rule) -> None:
    """Declare that `target` writes into its first argument as `rule` says."""

    def resolve(ctx: Any, *args: Any, **kwargs: Any) -> Step:
        if not args:  # the array by its name
            args, kwargs = (next(iter(kwargs.values())),), dict(list(kwargs.items())[1:])
        if not isinstance(args[0], np.ndarray):
            return NotImplemented
        return mutate(ctx, target, args, kwargs, rule, args[0])

    registry.register(target, Resolver(resolve))


def fill_rule(a: Any, value: Any) -> Any:
    """``a.fill(value)``."""

    def fill_pullback(new_bar: Any) -> Any:
        return None, np.sum(new_bar)

    return None, fill_pullback


def _rearranged(rearrange: Callable[[Any], Any]) -> Any:
    """The rule of a write that only moves the elements of its array: `rearrange` gives their old places."""

    def rearranged_pullback(new_bar: Any) -> Any:
        axis, order = rearrange(new_bar)
        a_bar = np.empty_like(new_bar)
        np.put_along_axis(a_bar, order, new_bar, axis)
        return (a_bar,)

    return None, rearranged_pullback


def sort_rule(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """``a.sort(axis)``."""
    places = np.argsort(a, axis, kind, order, stable=stable)
    return _rearranged(lambda new_bar: (axis, places))


def partition_rule(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """``a.partition(kth, axis)``."""
    places = np.argpartition(a, kth, axis, kind, order)
    return _rearranged(lambda new_bar: (axis, places))


def setfield_rule(a: Any, value: Any, dtype: Any, offset: Any = 0) -> Any:
    """``a.setfield(value, dtype, offset)``: a part of each element is overwritten."""

    def setfield_pullback(new_bar: Any) -> Any:
        if a.dtype.kind != "c" or np.dtype(dtype) != a.real.dtype:
            whole = np.dtype(dtype) == a.dtype
            return None, np.sum(new_bar) if whole and np.ndim(value) == 0 else new_bar
        part = np.real(new_bar) if offset == 0 else np.imag(new_bar)
        kept = 1j * np.imag(new_bar) if offset == 0 else np.real(new_bar) + 0j
        return kept, part

    return None, setfield_pullback


def _set_field_of_records(ctx: Any, array: Any, value: Any, dtype: Any, offset: Any = 0) -> Step:
    """Of an array of records, the field is a view of it that is written."""
    if array.dtype.kind != "V":
        return NotImplemented
    field = np.ndarray.getfield(array.view(np.ndarray), dtype, offset)
    return after(store(ctx, field, ..., value), lambda record: (_reverse_set_field, record))


def _reverse_set_field(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (0, inner[0](ctx, inner, y_bar)[2], 0, 0)


def _resize(ctx: Any, array: Any, *shape: Any, **options: Any) -> Step:
    """``a.resize(shape)``: the references that this package holds would be counted as the user's."""
    arrays = ctx.arrays
    if arrays.is_captured(array) or not array.flags.owndata:
        return call_opaque(ctx, np.ndarray.resize, (array, *shape), options)
    shadow = arrays.shadow(array)
    if shadow is None:
        return native(np.ndarray.resize, (array, *shape), {"refcheck": False})
    shadow.laid_out()
    order = "F" if array.flags.fnc else "C"  # numbers stay at their places in memory
    array.resize(*shape, refcheck=False)
    return done((_reverse_resize, shadow, arrays.add(array, shadow.dtype), len(shape) + len(options), order), None)


def _reverse_resize(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    """What was cut off has no cotangent, and what was added had no value before."""
    _, old, new, n, order = record
    bar = new.take(ctx)
    if isinstance(bar, np.ndarray):
        line = np.zeros(math.prod(old.shape), bar.dtype)
        kept = min(line.size, bar.size)
        line[:kept] = bar.reshape(-1, order=order)[:kept]
        old.absorb(ctx, line.reshape(old.shape, order=order))
    elif bar is not None:
        old.absorb(ctx, bar)
    return (0,) * (1 + n)


registry.register(np.ndarray.resize, Resolver(_resize))
for _target, _rule in put.FUNCTIONAL.items():
    _writing(_target, _rule)
_writing(np.ndarray.fill, fill_rule)
_writing(np.ndarray.sort, sort_rule)
_writing(np.ndarray.partition, partition_rule)
_writing(np.ndarray.setfield, setfield_rule)
registry.register(np.ndarray.setfield, Resolver(_set_field_of_records))
for _ufunc in dict.fromkeys(value for value in vars(np).values() if isinstance(value, np.ufunc)):
    if registry.lookup(_ufunc.at) and registry.NON_DIFFERENTIABLE not in registry.lookup(_ufunc.at):
        _writing(_ufunc.at, at_rule(_ufunc))
registry.register(np.add.at, Resolver(partial(accumulate_at, np.add.at, 1)))
registry.register(np.subtract.at, Resolver(partial(accumulate_at, np.subtract.at, -1)))
