"""The hooks by which operands take numpy's calls over: what arrays have of them, and the methods that lead to them.

The C code of these methods calls ufuncs, which ask the operands.  numpy has Python functions of the same meaning for
most of them; the others are as short.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy._core import _methods

from bytegrad.runtime.array_overrides import METHODS, function_of_arrays, ufunc_of_arrays
from bytegrad.runtime.registry import Resolver, register


def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return np.add.accumulate(a.ravel() if axis is None else a, 0 if axis is None else axis, dtype, out)


def _cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return np.multiply.accumulate(a.ravel() if axis is None else a, 0 if axis is None else axis, dtype, out)


def _trace(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None) -> Any:
    return np.add.reduce(a.diagonal(offset, axis1, axis2), -1, dtype, out)


def _round(a: Any, decimals: Any = 0, out: Any = None) -> Any:
    outs = {} if out is None else {"out": out}
    if decimals == 0:
        return np.rint(a, **outs)
    scale, back = (np.multiply, np.true_divide) if decimals > 0 else (np.true_divide, np.multiply)
    factor = 10.0 ** abs(decimals)
    return back(np.rint(scale(a, factor)), factor, **outs)


METHODS.update(
    {
        getattr(np.ndarray, method): getattr(_methods, name)
        for name, method in (
            *(("_sum", "sum"), ("_prod", "prod"), ("_amax", "max"), ("_amin", "min"), ("_any", "any")),
            *(("_all", "all"), ("_mean", "mean"), ("_var", "var"), ("_std", "std"), ("_clip", "clip")),
        )
    }
)
METHODS.update(
    {
        np.ndarray.cumsum: _cumsum,
        np.ndarray.cumprod: _cumprod,
        np.ndarray.trace: _trace,
        np.ndarray.round: _round,
    }
)

register(np.ndarray.__array_ufunc__, Resolver(ufunc_of_arrays))
register(np.ndarray.__array_function__, Resolver(function_of_arrays))
