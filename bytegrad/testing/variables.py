"""The real variables of a value: its floating and complex numbers, wherever they are in it.

They are found where a gradient has an entry (`bytegrad.runtime.structure`): in lists, tuples, dicts, arrays, the
attributes of objects, the variables of functions.  A complex number counts as two.  All else is constant, integers as
well: what an integer is for (a count, an index) would not stand being moved a little.

The functions here walk through values in the same order, so that lists of numbers fit together.
"""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from bytegrad.runtime.structure import BY_VALUE, CELL, NUMBERS, parts_of
from bytegrad.runtime.tangent import Tangent

_REAL = (float, np.floating, Fraction, Decimal)
_COMPLEX = (complex, np.complexfloating)
_OF_ARRAYS = {"f": 1, "c": 2}
"""How many variables an element has, by the kind of dtype."""


@dataclass(slots=True)
class Variable:
    """One real variable: where it is, its number, and the smallest relative change of it."""

    path: str
    value: float
    precision: float


def variables(value: Any, path: str = "") -> list[Variable]:
    """The real variables of `value`, in order; `path` is how the value itself is called."""
    found: list[Variable] = []
    _find(value, path, found, set())
    return found


def variables_of(args: tuple[Any, ...]) -> list[Variable]:
    """The real variables of arguments, each of which is on its own, even if two are the same object."""
    return [variable for n, arg in enumerate(args) for variable in variables(arg, f"args[{n}]")]


def _find(value: Any, path: str, found: list[Variable], seen: set[int]) -> None:
    kind, slots = _slots(value)
    if kind not in BY_VALUE:
        if id(value) in seen:
            return
        seen.add(id(value))
    if kind == "number":
        found.extend(_of_number(value, path))
    elif kind == "array":
        found.extend(_of_array(value, path))
    for key, part in slots:
        _find(part, path + _step(kind, key), found, seen)


def _slots(value: Any) -> tuple[str, list[tuple[Any, Any]]]:
    """As `parts_of`, without what cannot be copied: classes, and values that have no variables of their own."""
    if isinstance(value, (type, types.ModuleType)):
        return "inert", []
    if type(value) is float:
        return "number", []
    kind, slots = parts_of(value)
    if kind == NUMBERS:
        return "list", list(enumerate(slots))
    if kind == "array" and isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return "objects", list(enumerate(value.ravel()))
    return kind, slots


def _step(kind: str, key: Any) -> str:
    if kind == CELL:
        return ""
    return f"[{key!r}]" if kind in ("list", "tuple", "dict", "objects") else f".{key}"


def _of_number(value: Any, path: str) -> list[Variable]:
    if isinstance(value, _COMPLEX):
        eps = _precision(value)
        return [
            Variable(f"{path}.real", float(value.real), eps),
            Variable(f"{path}.imag", float(value.imag), eps),
        ]
    return [Variable(path, float(value), _precision(value))] if isinstance(value, _REAL) else []


def _precision(value: Any) -> float:
    dtype = getattr(value, "dtype", None)
    return float(np.finfo(float if dtype is None else dtype).eps)


def _of_array(array: Any, path: str) -> list[Variable]:
    if array.dtype.kind not in _OF_ARRAYS:
        return []
    eps = _precision(array)
    found, elements = [], np.asarray(array)
    for index in np.ndindex(elements.shape):
        place = path + (f"[{', '.join(map(str, index))}]" if index else "")
        found.extend([Variable(v.path, v.value, eps) for v in _of_number(elements[index], place)])
    return found


# copies -----------------------------------------------------------------------------------------------------


def moved(value: Any, numbers: Iterator[float]) -> Any:
    """A copy of `value` that shares nothing mutable with it and has `numbers` for its variables."""
    return _moved(value, numbers, {})


def moved_args(args: tuple[Any, ...], numbers: Iterator[float]) -> tuple[Any, ...]:
    """Copies of arguments with `numbers` for their variables."""
    return tuple([moved(arg, numbers) for arg in args])


def fresh(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments of the same value as `args`, which a call may change."""
    return tuple([_moved(arg, None, {}) for arg in args])


def _moved(value: Any, numbers: Iterator[float] | None, made: dict[int, Any]) -> Any:
    """The copy; the same numbers if `numbers` is None; `made` holds copies by the ids of originals."""
    kind, slots = _slots(value)
    if kind == "number":
        return value if numbers is None else _moved_number(value, numbers)
    if id(value) in made:
        return made[id(value)]
    if kind == "array":
        result = made[id(value)] = _moved_array(value, numbers)
        return result
    if kind == "inert":
        return value
    if kind == "tuple":
        items = [_moved(item, numbers, made) for _, item in slots]
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    return _COPIES[kind](value, slots, numbers, made)


def _moved_number(value: Any, numbers: Iterator[float]) -> Any:
    kind = type(value)
    if isinstance(value, _COMPLEX):
        return kind(complex(next(numbers), next(numbers)))
    if isinstance(value, (Fraction, Decimal)):
        # What is not moved stays exact.
        number = next(numbers)
        return value if number == float(value) else kind(number)
    return kind(next(numbers)) if isinstance(value, _REAL) else value


def _moved_array(array: Any, numbers: Iterator[float] | None) -> Any:
    result = array.copy(order="K") if isinstance(array, np.ndarray) else copy.copy(array)
    parts = _OF_ARRAYS.get(array.dtype.kind, 0)
    if numbers is None or not parts:
        return result
    flat = np.array([next(numbers) for _ in range(parts * array.size)])
    if parts == 2:  # noqa: PLR2004 - real and imaginary
        flat = flat[0::2] + 1j * flat[1::2]
    # Subclasses assign in their own ways: what is masked would no longer be.
    np.asarray(result)[...] = flat.reshape(array.shape)
    return result


def _items_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    """Lists, deques and dicts: what has a place for each item."""
    if isinstance(value, (set, frozenset)):
        result = type(value)([_moved(item, numbers, made) for _, item in slots])
        made[id(value)] = result
        return result
    result = made[id(value)] = copy.copy(value)
    for key, item in slots:
        result[key] = _moved(item, numbers, made)
    return result


def _objects_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    result = made[id(value)] = value.copy()
    for key, item in slots:
        result.flat[key] = _moved(item, numbers, made)
    return result


def _function_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    """A function is known by its identity: it is copied only if it holds something that may change."""
    cells = value.__closure__ or ()
    if not cells and not variables(value):
        return value
    to_fill = [cell for cell in cells if id(cell) not in made]
    made.update({id(cell): types.CellType() for cell in to_fill})
    closure = tuple([made[id(cell)] for cell in cells])
    result = types.FunctionType(value.__code__, value.__globals__, value.__name__, None, closure)
    made[id(value)] = result
    result.__qualname__, result.__module__ = value.__qualname__, value.__module__
    if value.__defaults__ is not None:
        result.__defaults__ = tuple([_moved(item, numbers, made) for item in value.__defaults__])
    result.__kwdefaults__ = _moved(value.__kwdefaults__, numbers, made)
    result.__dict__.update({name: _moved(held, numbers, made) for name, held in vars(value).items()})
    for cell in to_fill:
        for _, held in parts_of(cell)[1]:
            made[id(cell)].cell_contents = _moved(held, numbers, made)
    return result


def _method_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    if not slots:
        return value
    owner = _moved(value.__self__, numbers, made)
    return (
        types.MethodType(value.__func__, owner)
        if isinstance(value, types.MethodType)
        else getattr(owner, value.__name__)
    )


def _partial_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    function, args, keywords = [_moved(item, numbers, made) for _, item in slots]
    return functools.partial(function, *args, **keywords)


def _cell_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    result = made[id(value)] = types.CellType()
    for _, item in slots:
        result.cell_contents = _moved(item, numbers, made)
    return result


def _object_copied(value: Any, slots: Any, numbers: Any, made: dict[int, Any]) -> Any:
    try:
        result = copy.copy(value) if slots else value
    except TypeError:
        result = value
    made[id(value)] = result
    if result is not value:
        for name, item in slots:
            object.__setattr__(result, name, _moved(item, numbers, made))
    return result


_COPIES: dict[str, Any] = {
    "list": _items_copied,
    "dict": _items_copied,
    "objects": _objects_copied,
    "function": _function_copied,
    "method": _method_copied,
    "partial": _partial_copied,
    CELL: _cell_copied,
    "object": _object_copied,
}


# gradients --------------------------------------------------------------------------------------------------


def flat_gradient(gradient: Any, value: Any) -> list[float]:
    """The entries of `gradient` by the variables of `value`; None, at any depth, stands for zeros.

    Raises: ValueError if the gradient of an array has another shape.
    """
    found: list[float] = []
    _flatten(gradient, value, found, set())
    return found


def flat_gradients(gradients: tuple[Any, ...], args: tuple[Any, ...]) -> list[float]:
    """The entries of the gradients of all arguments."""
    return [x for bar, arg in zip(gradients, args, strict=True) for x in flat_gradient(bar, arg)]


def _flatten(gradient: Any, value: Any, found: list[float], seen: set[int]) -> None:
    kind, slots = _slots(value)
    if kind not in BY_VALUE:
        if id(value) in seen:
            return
        seen.add(id(value))
    if kind == "number":
        found.extend(_parts(gradient, value))
    elif kind == "array":
        found.extend(_of_gradient_array(gradient, value))
    for key, part in slots:
        _flatten(_entry(kind, gradient, key, value), part, found, seen)


def _parts(gradient: Any, value: Any) -> list[float]:
    if isinstance(value, _COMPLEX):
        bar = complex(gradient or 0)
        return [bar.real, bar.imag]
    return [0.0 if gradient is None else float(gradient)] if isinstance(value, _REAL) else []


def _of_gradient_array(gradient: Any, array: Any) -> list[float]:
    n = _OF_ARRAYS.get(array.dtype.kind, 0)
    if gradient is None or not n:
        return [0.0] * (n * array.size)
    if np.shape(gradient) != array.shape:
        raise ValueError(f"the gradient of an array of shape {array.shape} has the shape {np.shape(gradient)}")
    flat = np.ravel(gradient)
    pairs = flat if n == 1 else np.stack([flat.real, flat.imag], axis=1).ravel()
    return [float(x) for x in pairs]


def _entry(kind: str, gradient: Any, key: Any, value: Any) -> Any:
    if gradient is None or kind == CELL:
        return gradient
    if kind == "objects":
        return np.ravel(gradient)[key]
    return gradient.get(key) if isinstance(gradient, (dict, Tangent)) else gradient[key]


def seed_of(value: Any, numbers: Iterator[float]) -> Any:
    """A seed for the result `value` with `numbers` for its variables, None for its constants."""
    return _seed(value, numbers, set())


def _seed(value: Any, numbers: Iterator[float], seen: set[int]) -> Any:
    kind, slots = _slots(value)
    if kind == "number":
        return _moved_number(value, numbers) if isinstance(value, (*_REAL, *_COMPLEX)) else None
    if kind == "array":
        return _moved_array(value, numbers) if value.dtype.kind in _OF_ARRAYS else None
    if kind == "inert" or (kind not in BY_VALUE and id(value) in seen):
        return None
    if kind not in BY_VALUE:
        seen.add(id(value))
    seeds = [(key, _seed(part, numbers, seen)) for key, part in slots]
    if kind == "objects":
        made = np.full(value.size, None)
        for place, seed in seeds:
            made[place] = seed
        return made.reshape(value.shape)
    if kind in ("list", "tuple"):
        return [seed for _, seed in seeds]
    if kind == CELL:
        return seeds[0][1] if seeds else None
    present = {key: seed for key, seed in seeds if seed is not None}
    return present if kind == "dict" else Tangent(**present)
