"""What numpy computes with the elements of an array of objects that are no numbers: arrays, and objects of users.

numpy calls their operators from C, where nothing can be followed.  So this is a call without a rule: it becomes an
error if something that it made has a cotangent.  Functions that only move elements move references, which is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.operands import source_of
from bytegrad.runtime.poisoning import reachable
from bytegrad.runtime.sources import peek
from bytegrad.runtime.tangent import ZERO, Poison, is_number
from bytegrad.runtime.where import user_frame

ndarray = np.ndarray
_BY_VALUE = (tuple, str, bytes, bool, type(None), type)


def any_references(operands: Iterable[Any]) -> bool:
    """Whether one of `operands` is an array of objects some of which are known by identity."""
    for operand in operands:
        if (
            issubclass(type(operand), ndarray)
            and operand.dtype.kind == "O"
            and any(map(_is_reference, _items(operand)))
        ):
            return True
    return False


def _is_reference(item: Any) -> bool:
    return not is_number(item) and not issubclass(type(item), _BY_VALUE)


def _items(array: Any) -> list[Any]:
    return list(np.asarray(array).ravel())


def only_moves(y: Any, operands: Iterable[Any]) -> bool:
    """Whether the objects in the array `y` are those of `operands`."""
    if not issubclass(type(y), ndarray) or y.dtype.kind != "O":
        return False
    known = {id(item) for operand in operands if issubclass(type(operand), ndarray) for item in _items(operand)}
    return all([id(item) in known for item in _items(y)])


def refusal() -> UnsupportedError:
    """What is said of a cotangent of what numpy has computed with objects."""
    return UnsupportedError(
        "cannot differentiate what numpy computes with the arrays or objects in an array of objects",
        where=user_frame(),
        fixes="compute with the elements themselves, in a loop or in a list",
    )


def record_of_objects(ctx: Any, operands: tuple[Any, ...], y: Any) -> Any:
    """The record of a call that computed `y` with the objects in `operands`."""
    before = {id(value) for value, _, _ in reachable(operands)}
    source = source_of(ctx, y, operands)
    made = [(value, kind) for value, kind, _ in reachable((y,)) if id(value) not in before and value is not y]
    parts = [ctx.arrays.activate(value) for value, kind in made if kind == "array"]
    objects = [value for value, kind in made if kind != "array"]
    return (_reverse_objects, operands, source, [part for part in parts if part is not None], objects, refusal())


def _reverse_objects(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, operands, source, parts, objects, error = record
    y_bar = None if source is None else peek(ctx, source, y_bar)
    if y_bar is None and not any([part.present(ctx.arrays) for part in parts]) and not any(map(ctx.touched, objects)):
        return (ZERO,) * len(operands)
    return tuple([ctx.absorb(operand, Poison(error)) for operand in operands])
