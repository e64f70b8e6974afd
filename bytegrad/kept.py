"""What a pullback needs of arrays that the caller has as well, and may change before it is called.

What the differentiated function itself overwrites is in the log of its context.  Between the call and its pullbacks
anybody may write: so the content of arrays that others can reach is copied when the call is over, and brought back for
the time of a sweep where it has become another since.
"""

from __future__ import annotations

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


def _is_same(array: Any, then: Any) -> bool:
    """Whether an array holds, byte for byte, what it held."""
    if array.shape != then.shape:
        return False
    if array.dtype.hasobject or not (array.flags.c_contiguous and then.flags.c_contiguous):
        return bool(array.tobytes() == then.tobytes())
    return np.array_equal(array.reshape(-1).view(np.uint8), then.reshape(-1).view(np.uint8))


def _check_writeable(changed: list[tuple[Any, Any, Any]]) -> None:
    if not all([array.flags.writeable and array.shape == then.shape for array, then, _ in changed]):
        raise UnsupportedError(
            "an array that a pullback needs was changed since, and is now read-only or of another shape",
            fixes="pass a copy of it to the function",
        )


__all__ = ["Kept", "as_it_was", "check_unchanged", "kept_of"]
