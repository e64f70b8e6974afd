"""Ufuncs made of a Python function, by `np.frompyfunc` or inside `np.vectorize`: the function is differentiated."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np

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
