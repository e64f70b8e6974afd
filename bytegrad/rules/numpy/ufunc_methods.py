"""`reduce`, `accumulate`, `reduceat`, `outer` and `at` of every ufunc with partial derivatives.

`at` writes into its argument; its rule is for the engine, which does the write: it gives the new content as a
function of the old one (see `at_rules`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy import ufuncs
from bytegrad.rules.numpy.accumulations import accumulate_pullback
from bytegrad.rules.numpy.at_writes import at_rule
from bytegrad.rules.numpy.broadcast import as_number_of
from bytegrad.rules.numpy.elementwise import elementwise_cotangents, slopes
from bytegrad.rules.numpy.reductions import NO_VALUE, declines, folds, reduction
from bytegrad.rules.numpy.segments import folds_segments, reduceat_pullback
from bytegrad.runtime import registry

Pullback = Callable[[Any], tuple[Any, ...]]
Answer = tuple[Any, Pullback]


def _declare_reduce(ufunc: np.ufunc) -> None:
    @adjoint(ufunc.reduce)
    def reduce_rule(
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = NO_VALUE,
        where: Any = True,
    ) -> Any:
        if declines(ufunc, where):
            return NotImplemented
        y = ufunc.reduce(array, axis, dtype, None, keepdims=keepdims, initial=initial, where=where)
        if not folds(ufunc, array, y, axis, initial, where):
            return NotImplemented
        pullback = reduction(ufunc, array, y, axis, initial, where)

        def reduce_pullback(y_bar: Any) -> tuple[Any, ...]:
            array_bar, initial_bar = pullback(y_bar)
            return array_bar, None, None, None, None, initial_bar

        return y, reduce_pullback


def _declare_accumulate(ufunc: np.ufunc) -> None:
    @adjoint(ufunc.accumulate)
    def accumulate_rule(array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Answer:
        y = ufunc.accumulate(array, axis, dtype)
        return y, accumulate_pullback(ufunc, array, y, axis)


def _declare_reduceat(ufunc: np.ufunc) -> None:
    @adjoint(ufunc.reduceat)
    def reduceat_rule(array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        y = ufunc.reduceat(array, indices, axis, dtype)
        if not folds_segments(ufunc, array, indices, y, axis):
            return NotImplemented
        return y, reduceat_pullback(ufunc, array, indices, y, axis)


def _declare_outer(ufunc: np.ufunc, partials: registry.Partials) -> None:
    by_input = slopes(partials)

    # The parameters of `outer` are positional only, and named as numpy's documentation does.
    @adjoint(ufunc.outer)
    def outer_rule(A: Any, B: Any, /, **keywords: Any) -> Answer:
        y = ufunc.outer(A, B, **keywords)
        where = keywords.get("where", True)

        def outer_pullback(y_bar: Any) -> tuple[Any, ...]:
            wide = np.reshape(A, np.shape(A) + (1,) * np.ndim(B)) if np.ndim(B) else A
            a_bar, b_bar = elementwise_cotangents(by_input, (True, True), (wide, B), y, where, y_bar)
            return (None if a_bar is None else as_number_of(np.reshape(a_bar, np.shape(A)), A)), b_bar

        return y, outer_pullback


def _declare_at(ufunc: np.ufunc) -> None:
    adjoint(ufunc.at)(at_rule(ufunc))


for _ufunc in dict.fromkeys(x for x in vars(np).values() if isinstance(x, np.ufunc) and not x.signature):
    _rules = registry.lookup(_ufunc)
    if registry.NON_DIFFERENTIABLE in _rules:
        non_differentiable(_ufunc.at)
        if _ufunc.nin == ufuncs.BINARY:
            non_differentiable(_ufunc.reduce, _ufunc.accumulate, _ufunc.reduceat, _ufunc.outer)
    elif _rules and isinstance(_rules[0], registry.Partials):
        _declare_at(_ufunc)
        if _ufunc.nin == ufuncs.BINARY:
            _declare_reduce(_ufunc)
            _declare_accumulate(_ufunc)
            _declare_reduceat(_ufunc)
            _declare_outer(_ufunc, _rules[0])

# A ufunc made of a Python function is told from its function when it is called (runtime/python_ufuncs).
non_differentiable(np.frompyfunc)
