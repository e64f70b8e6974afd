"""An object that is passed as two arguments: these are two variables, and each has a gradient of its own.

Cotangents of mutable objects are kept by identity, so the second argument has to be another object: for an array
another face of the same memory, for anything else a copy.  Since the two are then no longer one for the function, it
must not change them.
"""

from __future__ import annotations

import copy
import types
from typing import Any

from bytegrad.errors import ArgumentError
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import name_of
from bytegrad.runtime.results import Template, snapshot
from bytegrad.runtime.structure import BY_VALUE, NUMBERS, is_leaf, parts_of

_PAIR = 2


def come_twice(args: tuple[Any, ...]) -> bool:
    """Whether an object with an identity, or the memory of an array, may come twice among `args`."""
    if len(args) < _PAIR:
        return False
    held = [arg for arg in args if not is_leaf(arg)]
    arrays = [arg for arg in held if ARRAYS.is_array(arg)]
    return len(arrays) > 1 or len({id(arg) for arg in held}) < len(held)


def independent(ctx: Context, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Template]]:
    """`args` with a twin for each that comes a second time, and the templates of the twins and their originals."""
    seen: list[Any] = []
    watched: list[Template] = []
    for arg in args:
        if ARRAYS.is_array(arg):
            seen.append(ARRAYS.apart(ctx, arg, seen))
        elif not is_leaf(arg) and any([arg is other for other in seen]):
            twin = _twin(arg)
            if twin is not arg:
                watched += [snapshot(arg), snapshot(twin)]
            seen.append(twin)
        else:
            seen.append(arg)
    return tuple(seen), watched


def _twin(value: Any) -> Any:
    """A copy that shares nothing mutable with `value`."""
    if isinstance(value, types.FunctionType):
        return _twin_of_function(value)
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise ArgumentError(
            f"the same {type(value).__name__} is passed as two arguments, and it cannot be copied: {error}",
            fixes="pass two objects, so that each can have its own gradient",
        ) from error


def _twin_of_function(f: types.FunctionType) -> types.FunctionType:
    """The same code over other cells with the same contents."""
    cells = tuple(
        [
            copy.copy(cell) if parts_of(cell)[1] == [] else types.CellType(cell.cell_contents)
            for cell in f.__closure__ or ()
        ]
    )
    twin = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, cells or None)
    twin.__kwdefaults__, twin.__qualname__, twin.__module__ = f.__kwdefaults__, f.__qualname__, f.__module__
    twin.__dict__.update(f.__dict__)
    return twin


def check_unchanged(f: Any, watched: list[Template]) -> None:
    """Raise ArgumentError if the function changed an argument that it got twice."""
    stack = list(watched)
    while stack:
        template = stack.pop()
        if (template.kind in BY_VALUE and template.kind != "tuple") or template.kind in ("again", "array"):
            continue
        _, items = parts_of(template.value)
        before = template.parts if template.kind == NUMBERS else [(key, part.value) for key, part in template.parts]
        if not _same(before, items):
            raise ArgumentError(
                f"the same {type(template.value).__name__} was passed as two arguments to {name_of(f)}, "
                "which changed it",
                fixes="pass a copy of it as one of the two",
            )
        if template.kind != NUMBERS:
            stack.extend([part for _, part in template.parts])


def _same(before: Any, now: Any) -> bool:
    if len(before) != len(now):
        return False
    for old, new in zip(before, now, strict=True):
        if isinstance(old, tuple) and isinstance(new, tuple) and len(old) == _PAIR == len(new):
            if old[0] != new[0] or old[1] is not new[1]:
                return False
        elif old is not new:
            return False
    return True
