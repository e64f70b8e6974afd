"""Writing elements: what `np.put`, `np.place`, `np.copyto`, ... leave in their array, as functions without effects.

The engine itself does the writes.  For the reverse sweep it asks the rule in `FUNCTIONAL` for the pullback of the
array's new content in its old content and in the values: both are moved elements, so each rule is the write done
once more on numbers of elements.  Overlapping and repeated writes come out as numpy does them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.numpy.gather import numbered, returned


def _written(write: Callable[[Any, Any], None], a: Any, values: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
    """The content of `a` after ``write(a, values)``, and its pullback in both."""
    new = np.array(a)
    write(new, values)

    def written_pullback(new_bar: Any) -> tuple[Any, Any]:
        source, value_numbers = numbered(a, values)
        write(source, value_numbers)
        a_bar, values_bar = returned(new_bar, source, [a, values])
        return a_bar, values_bar

    return new, written_pullback


def setitem_rule(a: Any, index: Any, value: Any) -> Any:
    """``a[index] = value``."""

    def write(target: Any, values: Any) -> Any:
        target[index] = values

    new, written_pullback = _written(write, a, value)

    def setitem_pullback(new_bar: Any) -> Any:
        a_bar, value_bar = written_pullback(new_bar)
        return a_bar, None, value_bar

    return new, setitem_pullback


def put_rule(a: Any, ind: Any, v: Any, mode: Any = "raise") -> Any:
    """``np.put(a, ind, v, mode)``."""
    new, written_pullback = _written(lambda target, values: np.put(target, ind, values, mode), a, v)

    def put_pullback(new_bar: Any) -> Any:
        a_bar, v_bar = written_pullback(new_bar)
        return a_bar, None, v_bar

    return new, put_pullback


def place_rule(arr: Any, mask: Any, vals: Any) -> Any:
    """``np.place(arr, mask, vals)``."""
    new, written_pullback = _written(lambda target, values: np.place(target, mask, values), arr, vals)

    def place_pullback(new_bar: Any) -> Any:
        arr_bar, vals_bar = written_pullback(new_bar)
        return arr_bar, None, vals_bar

    return new, place_pullback


def putmask_rule(a: Any, mask: Any, values: Any) -> Any:
    """``np.putmask(a, mask, values)``."""
    new, written_pullback = _written(lambda target, numbers: np.putmask(target, mask, numbers), a, values)

    def putmask_pullback(new_bar: Any) -> Any:
        a_bar, values_bar = written_pullback(new_bar)
        return a_bar, None, values_bar

    return new, putmask_pullback


def copyto_rule(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> Any:
    """``np.copyto(dst, src, casting, where)``."""

    def write(target: Any, values: Any) -> Any:
        np.copyto(target, values, casting="unsafe", where=where)

    np.copyto(np.array(dst), src, casting=casting, where=where)  # for its errors
    return _written(write, dst, src)


def put_along_axis_rule(arr: Any, indices: Any, values: Any, axis: Any) -> Any:
    """``np.put_along_axis(arr, indices, values, axis)``."""

    def write(target: Any, numbers: Any) -> Any:
        np.put_along_axis(target, indices, numbers, axis)

    new, written_pullback = _written(write, arr, values)

    def put_along_axis_pullback(new_bar: Any) -> Any:
        arr_bar, values_bar = written_pullback(new_bar)
        return arr_bar, None, values_bar

    return new, put_along_axis_pullback


def fill_diagonal_rule(a: Any, val: Any, wrap: Any = False) -> Any:
    """``np.fill_diagonal(a, val, wrap)``."""
    return _written(lambda target, values: np.fill_diagonal(target, values, wrap), a, val)


FUNCTIONAL: dict[Callable[..., Any], Callable[..., Any]] = {
    np.put: put_rule,
    np.place: place_rule,
    np.putmask: putmask_rule,
    np.copyto: copyto_rule,
    np.put_along_axis: put_along_axis_rule,
    np.fill_diagonal: fill_diagonal_rule,
    np.ndarray.put: put_rule,
}
