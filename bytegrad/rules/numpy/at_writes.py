"""`ufunc.at`, the unbuffered write, as a function of the array's old content.

The engine does the write itself.  For its reverse sweep the rules here take the same arguments and return the
array's new content (a copy) and the pullback of that to the cotangents of the old content and of the operand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.broadcast import Array, project
from bytegrad.rules.numpy.elementwise import Slope, differentiable_values, slopes
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Partials


def at_rule(ufunc: np.ufunc) -> Callable[..., Any]:
    """The rule of ``ufunc.at(a, indices)`` or ``ufunc.at(a, indices, b)``."""
    rule = registry.lookup(ufunc)[0]
    assert isinstance(rule, Partials)
    by_input = slopes(rule)

    def unary_rule(a: Any, indices: Any) -> Any:
        new = np.array(a)
        ufunc.at(new, indices)

        def unary_pullback(new_bar: Any) -> tuple[Any, ...]:
            a_bar, _ = _undone(ufunc, by_input, a, indices, None, new_bar)
            return project(a_bar, a), None

        return new, unary_pullback

    def binary_rule(a: Any, indices: Any, b: Any) -> Any:
        new = np.array(a)
        ufunc.at(new, indices, b)

        def binary_pullback(new_bar: Any) -> tuple[Any, ...]:
            if ufunc in SIGNS:
                return project(new_bar, a), None, project(new_bar[indices] * SIGNS[ufunc], b)
            places = _places(np.shape(a), indices)
            operand = np.broadcast_to(np.asarray(b), places.shape)
            a_bar, operand_bar = _undone(ufunc, by_input, a, indices, operand, new_bar)
            return project(a_bar, a), None, project(operand_bar, b)

        return new, binary_pullback

    return unary_rule if ufunc.nin == 1 else binary_rule


# Elements that just collect their operands, in whatever order: nothing need be undone.
SIGNS = {np.add: 1, np.subtract: -1}


def _undone(
    ufunc: np.ufunc, by_input: tuple[Slope | None, ...], a: Any, indices: Any, operand: Any, new_bar: Any
) -> tuple[Any, Any]:
    """The cotangents of `a` and `operand`: the writes are repeated round by round, and reversed in that order.

    A round writes each element once at most.  Shapes: a, new_bar alike; operand as ``a[indices]``, or None.
    """
    places = _places(np.shape(a), indices)
    written, members_of = np.unique(np.ravel(places), return_inverse=True)
    content = np.ravel(a)[written] * 1.0
    steps = []
    for members in _rounds(members_of):
        targets = members_of[members]
        operands = [content[targets]] if operand is None else [content[targets], np.ravel(operand)[members]]
        results = ufunc(*operands)
        steps.append((members, targets, differentiable_values(operands, results)))
        content = _with_values(content, targets, results)
    content_bar = np.ravel(new_bar)[written]
    pieces = [np.zeros(0)]
    for _, targets, values in reversed(steps):
        results_bar = content_bar[targets]
        content_bar = _with_values(content_bar, targets, _through(by_input[0], results_bar, values))
        if operand is not None:
            pieces.append(_through(by_input[1], results_bar, values))
    a_bar = np.reshape(_with_values(np.ravel(new_bar), written, content_bar), np.shape(a))
    if operand is None:
        return a_bar, None
    order = np.concatenate([np.zeros(0, int), *(members for members, _, _ in reversed(steps))])
    return a_bar, np.reshape(scatter_add((places.size,), order, np.concatenate(pieces)), places.shape)


def _through(slope: Slope | None, y_bar: Any, values: Any) -> Any:
    return y_bar * 0 if slope is None else slope.cotangent(y_bar, values)


def _with_values(flat: Any, targets: Array, values: Any) -> Any:
    """A copy of the vector `flat` with `values` at `targets`, which are all different."""
    kept = np.ones(np.shape(flat), dtype=bool)
    kept[targets] = False
    return np.where(kept, flat, scatter_add(np.shape(flat), targets, values))


def _places(shape: tuple[int, ...], indices: Any) -> Array:
    """Where ``a[indices]`` lies in ``a.ravel()``, for an array of `shape`."""
    places: Array = np.arange(math.prod(shape)).reshape(shape)[indices]
    return np.asarray(places)


def _rounds(places: Array) -> list[Array]:
    """The positions in `places`, parted so that no part names a place twice and repeats keep their order.

    >>> _rounds(np.array([3, 1, 3, 3]))
    [array([0, 1]), array([2]), array([3])]
    """
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    first = np.searchsorted(ordered, ordered)
    turn = np.empty_like(order)
    turn[order] = np.arange(len(places)) - first
    return [np.flatnonzero(turn == k) for k in range(int(turn.max(initial=-1)) + 1)]


non_differentiable(_places, _rounds)
