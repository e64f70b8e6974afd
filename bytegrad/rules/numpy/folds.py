"""Pullbacks of `ufunc.reduce`, one kernel for each ufunc that has a formula of its own.

A kernel sees a reduction in normal form: the operands with the masked ones already made harmless, and result and
cotangent with the reduced axes kept as 1.  Any other binary ufunc is a left fold, reversed step by step through
its partial derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import bytegrad.rules.numpy.ufuncs  # noqa: F401  (its table of partial derivatives is read here)
from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.broadcast import Array, kind_of, weigh
from bytegrad.rules.numpy.elementwise import Slope, differentiable_values, slopes
from bytegrad.rules.numpy.kinks import quotient
from bytegrad.rules.numpy.scan import products_of_others, reverse_scan
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Partials


@dataclass(slots=True, frozen=True)
class Fold:
    """``y = ufunc.reduce(a, axes, initial=initial, where=where)`` with `y` of the shape that keepdims gives.

    `initial` is None if there is none.
    """

    ufunc: np.ufunc
    a: Array
    y: Any
    axes: tuple[int, ...]
    where: Any
    initial: Any


Cotangents = tuple[Any, Any]
Kernel = Callable[[Fold, Any], Cotangents]


def reduced_cotangents(fold: Fold, y_bar: Any) -> Cotangents:
    """The cotangents of the operands and of `initial`, neither masked nor projected; y_bar as `fold.y`."""
    return KERNELS.get(fold.ufunc, fold_kernel)(fold, y_bar)


def add_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """Every term gets the cotangent of the sum."""
    return y_bar, y_bar


def subtract_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """All terms but the first are taken away; `initial` takes the place of the first."""
    if fold.initial is not None:
        return -y_bar, y_bar
    n = [fold.a.shape[i] if i in fold.axes else 1 for i in range(fold.a.ndim)]
    signs = np.where(np.arange(math.prod(n)) == 0, 1.0, -1.0)
    return y_bar * np.reshape(signs, n), None


def multiply_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """Every factor gets the product of the others: a quotient, unless a factor is 0 or the product overflows."""
    a = np.where(fold.where, fold.a, 1) if fold.where is not True else fold.a
    initial = 1 if fold.initial is None else fold.initial
    if divides_back(a, fold.y):
        return y_bar * np.conjugate(fold.y / a), y_bar * np.conjugate(fold.y / initial)
    rows = _as_rows(a, fold.axes)
    others = _from_rows(products_of_others(rows), a.shape, fold.axes) if len(rows) else a
    initial_bar = y_bar * np.conjugate(np.prod(a, axis=fold.axes, keepdims=True))
    return weigh(y_bar, others * initial), initial_bar


def divides_back(a: Any, y: Any) -> bool:
    """Whether products `y` may be divided by their factors `a`: no zeros, no overflow, and not exact numbers."""
    if kind_of(y) not in "fc":
        return False
    return bool(np.all(np.not_equal(a, 0)) and np.all(np.isfinite(y)) and np.all(np.not_equal(y, 0)))


def extremum_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """The largest (smallest) elements share the cotangent evenly; nothing flows from a NaN."""
    chosen = np.equal(fold.a, fold.y) & fold.where
    initial_chosen = False if fold.initial is None else np.equal(fold.initial, fold.y)
    count = np.sum(chosen, axis=fold.axes, keepdims=True) + initial_chosen
    part = y_bar / np.maximum(count, 1)
    return part * chosen, part * initial_chosen


def logaddexp_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """Terms share in proportion to their exponentials; infinite ones of the size of the result evenly."""
    power = np.exp if fold.ufunc is np.logaddexp else np.exp2
    initial = -np.inf if fold.initial is None else fold.initial
    infinite = np.isinf(fold.y)
    chosen = np.equal(fold.a, fold.y) & fold.where
    count = np.sum(chosen, axis=fold.axes, keepdims=True) + (np.equal(initial, fold.y) & (fold.initial is not None))
    level = np.where(infinite, 0, fold.y)
    evenly = y_bar / np.maximum(count, 1)
    a_bar = np.where(infinite, evenly * chosen, y_bar * power(fold.a - level))
    return a_bar, np.where(infinite, evenly * np.equal(initial, fold.y), y_bar * power(initial - level))


def hypot_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """Along each leg, by its part of the length; 0 where the length is 0.  Legs may be negative."""
    initial = 0.0 if fold.initial is None else fold.initial
    return weigh(y_bar, quotient(fold.a, fold.y)), weigh(y_bar, quotient(initial, fold.y))


def fold_kernel(fold: Fold, y_bar: Any) -> Cotangents:
    """A left fold of any ufunc, reversed through its partial derivatives."""
    start = _as_rows(fold.a, fold.axes)
    if fold.initial is not None:
        initial = np.broadcast_to(fold.initial, (1, *start.shape[1:]))
        start = np.concatenate([initial.astype(np.result_type(initial, start)), start])
    states = fold.ufunc.accumulate(start, axis=0)
    states_bar = np.concatenate([np.zeros_like(states[1:]), np.reshape(y_bar, states[:1].shape)])
    rows_bar = accumulated_cotangent(fold.ufunc, start, states, states_bar)
    if fold.initial is None:
        return _from_rows(rows_bar, fold.a.shape, fold.axes), None
    return _from_rows(rows_bar[1:], fold.a.shape, fold.axes), np.reshape(rows_bar[0], np.shape(y_bar))


def is_left_fold(ufunc: np.ufunc, rows: Any, y: Any) -> bool:
    """Whether ``y = ufunc.reduce(rows)`` is what folding the rows one by one gives.

    numpy's vectorised loops of `power` and `arctan2` forget the running result on some processors, so that
    ``np.power.reduce([3, 2, 0.5])`` is ``3 ** 0.5`` (numpy 2.4): there is no derivative to give for that.
    Shapes: rows (n, ...), y (...).
    """
    if ufunc in KERNELS or len(rows) <= 2:
        return True
    return bool(np.allclose(ufunc.accumulate(rows, axis=0)[-1], y, rtol=1e-3, atol=0, equal_nan=True))


def accumulated_cotangent(ufunc: np.ufunc, a: Any, states: Any, states_bar: Any) -> Any:
    """The cotangent of `a`, where ``states = ufunc.accumulate(a)``; all of them of the shape (n, ...)."""
    if len(a) <= 1:
        return states_bar
    values = differentiable_values((states[:-1], a[1:]), states[1:])
    by_state, by_term = ufunc_slopes(ufunc)
    factors = np.broadcast_to(np.conjugate(by_state.at(values)), states[1:].shape)
    totals = reverse_scan(factors, states_bar)
    return np.concatenate([totals[:1], by_term.cotangent(totals[1:], values)])


def ufunc_slopes(ufunc: np.ufunc) -> tuple[Slope, Slope]:
    """The two partial derivatives of a binary ufunc; an argument without influence has the slope 0."""
    for rule in registry.lookup(ufunc):
        if isinstance(rule, Partials):
            first, second = (_NO_SLOPE if slope is None else slope for slope in slopes(rule))
            return first, second
    raise LookupError(f"{ufunc} has no partial derivatives")


def _zero() -> int:
    return 0


_NO_SLOPE = Slope(_zero, (), 0)


def _as_rows(a: Any, axes: tuple[int, ...]) -> Any:
    """`a` with `axes` moved to the front and joined into one.  Shapes: -> (n, ...)."""
    moved = np.moveaxis(a, axes, range(len(axes)))
    n = math.prod([a.shape[i] for i in axes])
    return np.reshape(moved, (n, *moved.shape[len(axes) :]))


def _from_rows(rows: Any, shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """The inverse of `_as_rows` for an array of `shape`."""
    others = [n for i, n in enumerate(shape) if i not in axes]
    unjoined = np.reshape(rows, [*(shape[i] for i in axes), *others])
    return np.moveaxis(unjoined, range(len(axes)), axes)


KERNELS: dict[np.ufunc, Kernel] = {
    np.add: add_kernel,
    np.subtract: subtract_kernel,
    np.multiply: multiply_kernel,
    np.maximum: extremum_kernel,
    np.minimum: extremum_kernel,
    np.fmax: extremum_kernel,
    np.fmin: extremum_kernel,
    np.logaddexp: logaddexp_kernel,
    np.logaddexp2: logaddexp_kernel,
    np.hypot: hypot_kernel,
}

non_differentiable(is_left_fold, divides_back)

# What `where=` leaves out of a fold without identity, as an operand that changes nothing; the fold then starts
# from `initial`.
NEUTRAL: dict[np.ufunc, float] = {np.divide: 1, np.power: 1, np.float_power: 1}
