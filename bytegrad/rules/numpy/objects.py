"""Arrays of objects: numbers that move into them and out of them."""

from __future__ import annotations

from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy import (  # noqa: F401  (their rules come behind those here)
    create,
    differences,
    limits,
    nan_reduce,
    ndarray,
    norms,
    quantile,
    reduce,
)
from bytegrad.rules.numpy.broadcast import cotangent_dtype
from bytegrad.rules.polyfills.native import natively
from bytegrad.runtime import registry
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.fitting import as_dtype
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step
from bytegrad.runtime.tangent import ZERO, TupleBar


def _into_objects(target: Any) -> None:
    """Declare the rule of a function that makes an array of its first argument, where the array is of objects."""

    @adjoint(target)
    def into_objects_rule(data: Any, *args: Any, **kwargs: Any) -> Any:
        if not _asks_for_objects(data, args, kwargs):
            return NotImplemented
        y = target(data, *args, **kwargs)
        if y.dtype.kind != "O":
            return NotImplemented
        shape = np.shape(data) if isinstance(data, np.ndarray) else y.shape

        def into_objects_pullback(y_bar: Any) -> Any:
            return (numbers_of(np.reshape(y_bar, shape), data),)

        return y, into_objects_pullback


def _asks_for_objects(data: Any, args: Any, kwargs: Any) -> bool:
    """Whether the result may be an array of objects: cheap, and never wrong when it says no."""
    if isinstance(data, np.ndarray) and data.dtype.kind == "O":
        return True
    if any(kind is object or (isinstance(kind, np.dtype) and kind.kind == "O") for kind in (*args, *kwargs.values())):
        return True
    return isinstance(data, (list, tuple)) and any(not isinstance(item, (float, int, np.ndarray)) for item in data)


def numbers_of(bar: Any, data: Any) -> Any:
    """The cotangents in the array of objects `bar` as a cotangent of `data`; None for what moved by reference."""
    if isinstance(data, np.ndarray):
        if not isinstance(bar, np.ndarray):
            return None  # an array among objects, which moved by reference
        dtype = cotangent_dtype(data.dtype)
        return bar if dtype is None else as_dtype(bar, dtype)
    if isinstance(bar, TupleBar):
        return tuple([None if item is ZERO else item for item in bar.bars])
    if not isinstance(bar, np.ndarray):
        return bar if isinstance(data, (Number, Decimal)) else None
    if isinstance(data, (list, tuple)):
        bars = [numbers_of(item_bar, item) for item_bar, item in zip(bar, data, strict=True)]
        return bars if isinstance(data, list) else tuple(bars)
    return bar[()]


for _target in (
    *(np.asarray, np.asanyarray, np.array, np.ascontiguousarray, np.asfortranarray, np.copy, np.astype),
    *(np.ndarray.astype, np.ndarray.copy, np.ndarray.__copy__),
):
    _into_objects(_target)


def _by_own_code(target: Any) -> None:
    """Declare that `target`, of arrays of objects, is differentiated as the Python code that it is.

    Its rule asks what only numbers of numpy's own can answer (`isnan`, whether they are complex).
    """

    def resolve_own_code(ctx: Any, *args: Any, **kwargs: Any) -> Step:
        if not any(isinstance(arg, np.ndarray) and arg.dtype.kind == "O" for arg in (*args, *kwargs.values())):
            return NotImplemented
        return resolve(ctx, target._implementation, args, kwargs)

    registry.register(target, Resolver(resolve_own_code))


for _function in (
    *(np.var, np.std, np.linalg.norm, np.nan_to_num, np.median, np.quantile, np.percentile, np.unwrap),
    *(np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean, np.nanvar, np.nanstd, np.nancumsum, np.nancumprod),
    *(np.nanmedian, np.nanquantile, np.nanpercentile),
):
    _by_own_code(_function)


def _item(self: Any, *args: Any) -> Any:
    natively(np.ndarray.item, self, *args)
    place = args[0] if len(args) == 1 else args or 0
    return self[place] if isinstance(place, tuple) else self.ravel()[place]


def _tolist(self: Any) -> Any:
    if self.ndim == 0:
        return self[()]
    return [item for item in self] if self.ndim == 1 else [_tolist(row) for row in self]


def _by_elements(target: Any, function: Any) -> None:
    """Declare that `target`, of active arrays of objects, is differentiated as `function`: elements may be tuples."""

    def resolve_elements(ctx: Any, self: Any, *args: Any) -> Step:
        if not isinstance(self, np.ndarray) or self.dtype.kind != "O" or ctx.arrays.part(self) is None:
            return NotImplemented
        return resolve(ctx, function, (self, *args), {})

    registry.register(target, Resolver(resolve_elements))


_by_elements(np.ndarray.item, _item)
_by_elements(np.ndarray.tolist, _tolist)
