"""Ufuncs made of a Python function, by `np.frompyfunc` or inside `np.vectorize`: the function is differentiated.

Their methods are differentiated as calls of them along the axis.  (Those of compiled ufuncs are not always that: where
operations on several elements at once are used, `np.power.reduce` is no fold.)
"""

from __future__ import annotations

import gc
from typing import Any

import numpy as np

from bytegrad.runtime.operands import sink_of
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step, after
from bytegrad.runtime.tangent import ZERO, split


def function_of(ufunc: np.ufunc) -> Any:
    """The Python function that `ufunc` calls for each element; None if it is written in C.

    numpy keeps the function in the ufunc without a name for it; the garbage collector sees it.
    """
    if any(set(kinds) - set("O->") for kinds in ufunc.types):
        return None
    held = gc.get_referents(ufunc)
    return held[0] if held and callable(held[0]) else None


def call_elements(ctx: Any, f: Any, ufunc: np.ufunc, args: tuple[Any, ...], as_arrays: bool) -> Step:
    """The step of ``ufunc(*args)``, which calls `f` for each element; `as_arrays` stands for ``out=...``."""
    from bytegrad.runtime.dispatch import resolve

    step = resolve(ctx, over_elements, (f, ufunc.nout, args, as_arrays), {})
    return after(step, lambda record: (_reverse_elements, record, len(args), as_arrays))


def _reverse_elements(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, n, as_arrays = record
    args_bar = inner[0](ctx, inner, y_bar)[2]
    bars = split(ctx, args_bar, n)
    return (*bars, ZERO) if as_arrays else bars


def over_elements(f: Any, nout: int, args: tuple[Any, ...], as_arrays: bool) -> Any:
    """What numpy does: `f` of each element as a Python object; the results in arrays of objects."""
    arrays = np.broadcast_arrays(*[np.asarray(arg) for arg in args])
    shape = arrays[0].shape
    columns = [array.ravel().tolist() for array in arrays]
    results = [np.empty(len(columns[0]), object) for _ in range(nout)]
    for i in range(len(columns[0])):
        value = f(*[column[i] for column in columns])
        if nout == 1:
            results[0][i] = value
        elif nout > 1:
            for k in range(nout):
                results[k][i] = value[k]
    shaped = [result.reshape(shape) if shape or as_arrays else result[0] for result in results]
    return shaped[0] if nout == 1 else tuple(shaped)


# methods ----------------------------------------------------------------------------------------------------


def by_calls_of(method: Any, owner: Any) -> tuple[Resolver, ...]:
    """How a method of a ufunc is resolved as calls of it; () for others, and if it is compiled."""
    known = _METHODS.get(method.__name__)
    if known is None or type(owner) is not np.ufunc or (owner.nin, owner.nout) != (2, 1) or function_of(owner) is None:
        return ()
    by_calls, most, names = known

    def resolve_method(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        from bytegrad.runtime.dispatch import resolve

        if len(args) > most or not names.issuperset(kwargs) or all([sink_of(ctx, arg) is None for arg in args]):
            return NotImplemented
        step = resolve(ctx, by_calls, (owner, *args), kwargs)
        return after(step, lambda record: (_reverse_method, record))

    return (Resolver(resolve_method),)


def _reverse_method(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The ufunc is no operand of its method."""
    _, inner = record
    bars: tuple[Any, ...] = inner[0](ctx, inner, y_bar)
    return bars[1:]


def reduce_by_calls(ufunc: Any, array: Any, axis: Any = 0, initial: Any = np._NoValue, keepdims: bool = False) -> Any:
    """The fold of the elements along one axis."""
    array = np.asarray(array)
    along = _axis_of(array, axis)
    items = [*np.moveaxis(array, along, 0)]
    fold = _folded(ufunc, items if initial is np._NoValue else [initial, *items])
    return np.expand_dims(np.asarray(fold, dtype=object), along) if keepdims else fold


def accumulate_by_calls(ufunc: Any, array: Any, axis: int = 0) -> Any:
    """All the folds on the way."""
    lines = np.moveaxis(np.asarray(array), axis, 0)
    made = np.empty(np.shape(lines), object)
    made[0] = value = lines[0]
    for i in range(1, len(lines)):
        made[i] = value = ufunc(value, lines[i])
    return np.moveaxis(made, 0, axis)


def reduceat_by_calls(ufunc: Any, array: Any, indices: Any, axis: int = 0) -> Any:
    """The folds of segments; where one begins behind its end, the element there."""
    lines = np.moveaxis(np.asarray(array), axis, 0)
    starts = np.asarray(indices).tolist()
    folds = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        folds.append(_folded(ufunc, [*lines[start : max(end, start + 1)]]))
    return np.moveaxis(np.stack(folds), 0, axis)


def outer_by_calls(ufunc: Any, A: Any, B: Any) -> Any:
    """The ufunc of all pairs."""
    first, second = np.asarray(A), np.asarray(B)
    return ufunc(np.reshape(first, first.shape + (1,) * second.ndim), second)


_METHODS: dict[str, tuple[Any, int, frozenset[str]]] = {
    "reduce": (reduce_by_calls, 2, frozenset({"axis", "initial", "keepdims"})),
    "accumulate": (accumulate_by_calls, 2, frozenset({"axis"})),
    "reduceat": (reduceat_by_calls, 3, frozenset({"axis"})),
    "outer": (outer_by_calls, 2, frozenset()),
}
"""By name, the function, how many arguments it may be given by position, and the names of others."""


def _axis_of(array: Any, axis: Any) -> int:
    """The one axis along which to fold: of functions that do not commute there can be no other."""
    if axis is None:
        axis = range(array.ndim)
    (along,) = axis if isinstance(axis, (tuple, range)) else (axis,)
    return int(along)


def _folded(ufunc: Any, items: list[Any]) -> Any:
    value = items[0]
    if len(items) == 1:
        return value.astype(object) if np.ndim(value) else value.item()
    for item in items[1:]:
        value = ufunc(value, item)
    return value
