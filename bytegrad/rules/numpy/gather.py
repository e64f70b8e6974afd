"""Functions that only move elements: the cotangent of each goes back to where the element came from.

Such a function is run once more in the pullback, on numbers of elements in place of their values; that covers
all its keywords.  The elements of all the arrays that take part are numbered in one sequence from 1 on, and 0
stands for an element that came from none of them (the zeros of `tril`, say).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.structure import Array, outline, restructure


def numbered(*arrays: Any) -> list[Array]:
    """Integer arrays of the shapes of `arrays` that number all their elements, from 1 on.

    >>> numbered(np.zeros((2, 2)), [5.0, 6.0])
    [array([[1, 2],
           [3, 4]]), array([5, 6])]
    """
    shapes = [np.shape(array) for array in arrays]
    ends = np.cumsum([0] + [int(np.prod(shape)) for shape in shapes])
    return [
        np.arange(start + 1, end + 1).reshape(shape)
        for start, end, shape in zip(ends[:-1], ends[1:], shapes, strict=True)
    ]


def returned(y_bar: Any, source: Array, arrays: Sequence[Any]) -> list[Any]:
    """The cotangents of `arrays`, where element i of y is a copy of their element number ``source[i]``.

    Shapes: y_bar, source alike; the results as `arrays`, nested as they are.
    """
    sizes = [int(np.size(array)) for array in arrays]
    flat = scatter_add((sum(sizes) + 1,), np.ravel(source), np.ravel(y_bar))
    bars, start = [], 1
    for array, size in zip(arrays, sizes, strict=True):
        bars.append(restructure(np.reshape(flat[start : start + size], np.shape(array)), array))
        start += size
    return bars


def joined(y_bars: Sequence[Any], sources: Sequence[Array]) -> tuple[Any, Array]:
    """The cotangents and the sources of several results as one; results without a cotangent are left out."""
    used = [i for i, y_bar in enumerate(y_bars) if y_bar is not None]
    if not used:
        return np.zeros(0), np.zeros(0, dtype=int)
    flat_bars = [np.ravel(y_bars[i]) for i in used]
    return np.concatenate(flat_bars), np.concatenate([np.ravel(sources[i]) for i in used])


def form_of(a: Any) -> Any:
    """What `numbered` and `returned` need of an array: its shape, or the nested lists that it is given as."""
    return a if isinstance(a, (list, tuple)) else outline(a)


def moved(target: Callable[..., Any], a: Any, *args: Any, **kwargs: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Value and pullback of ``target(a, ...)``, whose result is made of elements of `a` and of zeros."""

    form = form_of(a)

    def moved_pullback(y_bar: Any) -> tuple[Any]:
        (numbers,) = numbered(form)
        (a_bar,) = returned(y_bar, target(numbers, *args, **kwargs), [form])
        return (a_bar,)

    return target(a, *args, **kwargs), moved_pullback


def moved_apart(target: Callable[..., Any], a: Any, *args: Any, **kwargs: Any) -> tuple[Any, Callable[[Any], Any]]:
    """As `moved`, where the result is a sequence of arrays that are each made of elements of `a`."""

    form = form_of(a)
    nested = isinstance(a, (list, tuple))

    def moved_apart_pullback(y_bars: Any) -> tuple[Any]:
        (numbers,) = numbered(form)
        # Of nested lists numpy counts the parts otherwise: by their length, whatever the axis.
        y_bar, source = joined(y_bars, target(numbers.tolist() if nested else numbers, *args, **kwargs))
        (a_bar,) = returned(y_bar, source, [form])
        return (a_bar,)

    return target(a, *args, **kwargs), moved_apart_pullback


def scatter_add(shape: tuple[int, ...], index: Any, values: Any) -> Array:
    """Zeros of `shape` with `values` added at `index`; an element that `index` names twice gets both values.

    Shapes: values as ``np.zeros(shape)[index]``.

    >>> scatter_add((3,), [0, 2, 0], np.array([1.0, 2.0, 4.0]))
    array([5., 0., 2.])
    """
    total = np.zeros(shape, dtype=np.asarray(values).dtype)
    if _names_once(shape, index):
        total[index] = values
    elif total.dtype.names:
        for name in total.dtype.names:
            total[name] = scatter_add(shape, index, values[name])
    else:
        np.add.at(total, index, values)
    return total


@adjoint(scatter_add)
def scatter_add_rule(shape: Any, index: Any, values: Any) -> Any:
    """Adding at positions goes back as reading from them."""

    def scatter_add_pullback(y_bar: Any) -> Any:
        return None, None, y_bar[index]

    return scatter_add(shape, index, values), scatter_add_pullback


def _names_once(shape: tuple[int, ...], index: Any) -> bool:
    """Whether no element can be named twice by `index`; False where finding out would cost more than adding."""
    if isinstance(index, tuple):
        lists = [item for item in index if not isinstance(item, _BASIC)]
        return all(_is_mask(item) for item in lists) if len(lists) <= 1 else False
    if isinstance(index, _BASIC) or _is_mask(index):
        return True
    index = np.asarray(index)
    if index.size <= 1 or not shape:
        return bool(index.size <= 1)
    if len(shape) == 1:
        return False  # np.add.at is as fast as looking for repeats
    seen = np.zeros(shape[0], dtype=bool)
    seen[index] = True
    return bool(np.count_nonzero(seen) == index.size)


_BASIC = (int, np.integer, slice, type(None), type(Ellipsis))


def _is_mask(index: Any) -> bool:
    return bool(np.asarray(index).dtype.kind == "b")
