"""Reading elements: subscripts, `take` and its relatives, `where`, `choose`, `select`."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.broadcast import unbroadcast
from bytegrad.rules.numpy.gather import form_of, moved, numbered, returned, scatter_add
from bytegrad.rules.numpy.structure import outline

non_differentiable(
    np.argmax,
    np.argmin,
    np.nanargmax,
    np.nanargmin,
    np.argpartition,
    np.argsort,
    np.argwhere,
    np.diag_indices,
    np.diag_indices_from,
    np.digitize,
    np.flatnonzero,
    np.indices,
    np.ix_,
    np.lexsort,
    np.mask_indices,
    np.ndindex,
    np.nonzero,
    np.ravel_multi_index,
    np.searchsorted,
    np.tril_indices,
    np.tril_indices_from,
    np.triu_indices,
    np.triu_indices_from,
    np.unravel_index,
)


def getitem_rule(a: Any, index: Any) -> Any:
    """``a[index]`` for an array `a` and an index of any kind but a field's name."""
    y = a[index]
    shape = a.shape

    def getitem_pullback(y_bar: Any) -> Any:
        return scatter_add(shape, index, y_bar), None

    return y, getitem_pullback


@adjoint(np.take)
def take_rule(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    """The elements taken give back their cotangents, added up where one was taken several times."""
    y = np.take(a, indices, axis=axis, mode=mode)
    shape = np.shape(a)

    def take_pullback(y_bar: Any) -> Any:
        if axis is None:
            size = int(np.prod(shape))
            return (np.reshape(scatter_add((size,), _wrapped(indices, size, mode), y_bar), shape),)
        axis_number = axis % max(len(shape), 1)
        index = (slice(None),) * axis_number + (_wrapped(indices, shape[axis_number], mode),)
        return (scatter_add(shape, index, y_bar),)

    return y, take_pullback


def _wrapped(indices: Any, size: int, mode: str) -> Any:
    """`indices` as a subscript would have them, for the modes of `np.take`."""
    indices = np.asarray(indices)
    if indices.size == 0:
        return indices.astype(int)
    if mode == "clip":
        return np.clip(indices, 0, size - 1)
    return indices % size if mode == "wrap" else indices


def along_axis(indices: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """The subscript of an array of `shape` that `np.take_along_axis` uses.

    >>> along_axis(np.array([[2], [0]]), (2, 3), 1)
    (array([[0],
           [1]]), array([[2],
           [0]]))
    """
    axis_number = axis % len(shape)
    others = [np.arange(size).reshape((1,) * i + (-1,) + (1,) * (len(shape) - i - 1)) for i, size in enumerate(shape)]
    return (*others[:axis_number], indices, *others[axis_number + 1 :])


@adjoint(np.take_along_axis)
def take_along_axis_rule(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """As `take_rule`, line by line along `axis`."""
    y = np.take_along_axis(arr, indices, axis)
    shape = np.shape(arr)

    def take_along_axis_pullback(y_bar: Any) -> Any:
        if axis is None:
            return (np.reshape(scatter_add((int(np.prod(shape)),), indices, y_bar), shape),)
        return (scatter_add(shape, along_axis(indices, shape, axis), y_bar),)

    return y, take_along_axis_pullback


def compress_of(a: Any, condition: Any, axis: Any) -> Any:
    """Value and pullback (in `a`) of ``np.compress(condition, a, axis)``."""
    return moved(lambda numbers: np.compress(condition, numbers, axis=axis), a)


@adjoint(np.compress)
def compress_rule(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """Elements that the condition leaves out get zero."""
    y, moved_pullback = compress_of(a, condition, axis)

    def compress_pullback(y_bar: Any) -> Any:
        return None, *moved_pullback(y_bar)

    return y, compress_pullback


@adjoint(np.extract)
def extract_rule(condition: Any, arr: Any) -> Any:
    """Elements that the condition leaves out get zero."""
    y, moved_pullback = moved(lambda numbers: np.extract(condition, numbers), arr)

    def extract_pullback(y_bar: Any) -> Any:
        return None, *moved_pullback(y_bar)

    return y, extract_pullback


@adjoint(np.where)
def where_rule(condition: Any, x: Any = None, y: Any = None, *, active: Any = (True, True, True)) -> Any:
    """Each branch gets the cotangent where it was taken; the condition gets none."""
    if x is None and y is None:
        return np.where(condition), where_positions_pullback
    x_form, y_form = outline(x), outline(y)
    _, wants_x, wants_y = active

    def where_pullback(result_bar: Any) -> Any:
        # Zero, and not zero times the cotangent: no NaN leaks from the branch that was not taken.
        x_bar = unbroadcast(np.where(condition, result_bar, 0.0), x_form) if wants_x else None
        y_bar = unbroadcast(np.where(condition, 0.0, result_bar), y_form) if wants_y else None
        return None, x_bar, y_bar

    return np.where(condition, x, y), where_pullback


def where_positions_pullback(positions_bar: Any) -> Any:
    """Nothing flows from positions to the condition."""
    return (None,)


@adjoint(np.choose)
def choose_rule(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """Each of the choices gets the cotangent where it was chosen."""
    y = np.choose(a, choices, mode=mode)

    forms = [form_of(choice) for choice in choices]
    as_array = isinstance(choices, np.ndarray)

    def choose_pullback(y_bar: Any) -> Any:
        bars = returned(y_bar, np.choose(a, numbered(*forms), mode=mode), forms)
        return None, np.stack(bars) if as_array else bars

    return y, choose_pullback


@adjoint(np.select)
def select_rule(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Each of the choices, and the default, gets the cotangent where it was selected."""
    y = np.select(condlist, choicelist, default)

    forms = [form_of(choice) for choice in (*choicelist, default)]

    def select_pullback(y_bar: Any) -> Any:
        *numbers, default_number = numbered(*forms)
        *bars, default_bar = returned(y_bar, np.select(condlist, numbers, default_number), forms)
        return None, bars, default_bar

    return y, select_pullback
