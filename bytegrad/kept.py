"""What a pullback needs of arrays that the caller has as well, and may change before it is called.

What the differentiated function itself overwrites is in the log of its context.  Between the call and its pullbacks
anybody may write: so the content of arrays that others can reach is copied when the call is over, and brought back for
the time of a sweep where it has become another since.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from bytegrad.differentiation import Differentiation
from bytegrad.errors import UnsupportedError
from bytegrad.numbering import values
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.array_memory import address, plain_copy
from bytegrad.runtime.results import snapshot

Kept = list[tuple[Any, Any]]
"""Arrays, each with a copy of what it held."""
Marks = list[tuple[Any, Any]]
"""Arrays that the function has made, each with a mark of what it held: somebody may have got them, and write there."""
T = TypeVar("T")


@non_differentiable
def kept_of(call: Differentiation) -> Kept:
    """Copies of what the pullback of `call` needs, of arrays that somebody else may have."""
    if "arrays" not in call.ctx.uses:
        return []
    found: dict[Any, Any] = {}
    for array in _reachable(call):
        found.setdefault((address(array), array.shape, array.strides, array.dtype), array)
    return [(array, plain_copy(array)) for array in found.values()]


def _reachable(call: Differentiation) -> Iterator[Any]:
    """The arrays in arguments and results whose content is needed, and constants."""
    arrays = call.ctx.arrays
    for template in (*call.templates, snapshot(call.value)):
        if template is None:
            continue
        held = template if template.kind == "array" or not template.parts else snapshot(template.value)
        for value in values(held):
            if isinstance(value, np.ndarray):
                shadow = arrays.shadow(value)
                if shadow is not None and shadow.captured:
                    yield value
    yield from arrays.constants()


def as_it_was(kept: Kept, call: Callable[[], T]) -> T:
    """What `call` returns when the arrays hold what they held; afterwards they hold again what they do now."""
    changed = [(array, then, plain_copy(array)) for array, then in kept if not _is_same(array, then)]
    _check_writeable(changed)
    try:
        for array, then, _ in changed:
            array.view(np.ndarray)[...] = then
        return call()
    finally:
        for array, _, now in reversed(changed):
            array.view(np.ndarray)[...] = now


@non_differentiable
def check_unchanged(kept: Kept) -> None:
    """Raise UnsupportedError if an array has been written to: inside of a differentiated function."""
    if not all([_is_same(array, then) for array, then in kept]):
        raise UnsupportedError(
            "an array was changed between the call of pullback and that of its result, in a differentiated function",
            fixes="change a copy of it, or call what pullback has returned before",
        )


@non_differentiable
def marks_of(call: Differentiation, kept: Kept) -> Marks:
    """Marks of all other arrays whose content the pullback of `call` needs."""
    if "arrays" not in call.ctx.uses:
        return []
    copied = {id(array) for array, _ in kept}
    holds = [shadow.hold for shadow in call.ctx.arrays.shadows.values() if shadow.captured]
    held = [hold() if isinstance(hold, weakref.ref) else hold for hold in holds]
    return [(array, mark(array)) for array in held if type(array) is np.ndarray and id(array) not in copied]


def mark(array: Any) -> Any:
    """What tells, of plain numbers, whether an array was written to: of a large one by its sum and a sample."""
    if array.nbytes <= _SMALL or not array.flags.c_contiguous or array.nbytes % _WORD:
        return None if array.dtype.hasobject else hash(array.tobytes())
    words = array.reshape(-1).view(np.uint64)
    return int(np.add.reduce(words)), words[:: max(1, len(words) // _SAMPLE)].tobytes()


_SMALL, _WORD, _SAMPLE = 4096, 8, 256


@non_differentiable
def check_marks(marks: Marks) -> None:
    """Raise UnsupportedError if an array that the function has made was written to since the call."""
    if not all([mark(array) == then for array, then in marks]):
        raise UnsupportedError(
            "an array that the differentiated function made and stored was changed before the derivative was asked for",
            fixes="change a copy of it, or call what pullback or pushforward has returned before",
        )


def _is_same(array: Any, then: Any) -> bool:
    """Whether an array holds, byte for byte, what it held."""
    if array.shape != then.shape:
        return False
    array = array.view(np.ndarray)
    if array.dtype.hasobject or not (array.flags.c_contiguous and then.flags.c_contiguous):
        return bool(array.tobytes() == then.tobytes())
    return np.array_equal(array.reshape(-1).view(np.uint8), then.reshape(-1).view(np.uint8))


def _check_writeable(changed: list[tuple[Any, Any, Any]]) -> None:
    if not all([array.flags.writeable and array.shape == then.shape for array, then, _ in changed]):
        raise UnsupportedError(
            "an array that a pullback needs was changed since, and is now read-only or of another shape",
            fixes="pass a copy of it to the function",
        )


__all__ = ["Kept", "Marks", "as_it_was", "check_marks", "check_unchanged", "kept_of", "marks_of"]
