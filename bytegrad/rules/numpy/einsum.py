"""`einsum` in both its forms, with repeated indices, ellipses, size-1 broadcasting and any number of operands.

Every call is brought to one form: a list of integer labels for each operand and for the result, where an ellipsis
has become labels of its own.  The cotangent of an operand is then again an einsum: of the result's cotangent and
the other operands, to the operand's labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.gather import scatter_add
from bytegrad.rules.numpy.structure import conjugate

Labels = list[int]

non_differentiable(np.einsum_path)


@adjoint(np.einsum)
def einsum_rule(*operands: Any, out: Any = None, optimize: Any = False, active: Any = None, **options: Any) -> Any:
    """For each operand an einsum of the cotangent and the other operands."""
    y = np.einsum(*operands, optimize=optimize, **options)
    arrays, positions = _arrays(operands)

    def einsum_pullback(y_bar: Any) -> Any:
        bars: list[Any] = [None] * len(operands)
        shapes = tuple([np.shape(array) for array in arrays])
        for i, position in enumerate(positions):
            if active is None or active[position]:
                plain = _turned(operands[0], shapes, i) if isinstance(operands[0], str) else None
                if plain is None:
                    labels, out_labels = _labels(operands, [len(shape) for shape in shapes])
                    bars[position] = _operand_bar(y_bar, arrays, labels, out_labels, i, bool(optimize))
                else:
                    others = [conjugate(array) for k, array in enumerate(arrays) if k != i]
                    bars[position] = np.einsum(plain, y_bar, *others, optimize=optimize)
        return tuple(bars)

    return y, einsum_pullback


@lru_cache(maxsize=4096)
def _turned(subscripts: str, shapes: tuple[tuple[int, ...], ...], i: int) -> str | None:
    """The subscripts by which the i-th array's cotangent is a product; None if it takes more than that."""
    if "." in subscripts:
        return None
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    letters = "".join(terms)
    output = output if arrow else "".join(sorted([name for name in {*letters} if letters.count(name) == 1]))
    sizes = {
        (name, size) for term, shape in zip(terms, shapes, strict=True) for name, size in zip(term, shape, strict=True)
    }
    own, others = terms[i], terms[:i] + terms[i + 1 :]
    if len({*own}) < len(own) or len(sizes) > len({*letters}) or not {*own} <= {*"".join(others), *output}:
        return None
    return f"{','.join([output, *others])}->{own}"


non_differentiable(_turned)


def _arrays(operands: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """The arrays among the arguments of `np.einsum`, and their positions there."""
    # In the other form: array, sublist, array, sublist, ..., perhaps the result's sublist.
    first, last, step = (1, len(operands), 1) if isinstance(operands[0], str) else (0, len(operands) - 1, 2)
    positions = list(range(first, last, step))
    return [operands[position] for position in positions], positions


def _labels(operands: Sequence[Any], ndims: Sequence[int]) -> tuple[list[Labels], Labels]:
    """The labels of each array's axes and of the result's."""
    if isinstance(operands[0], str):
        inputs, arrow, output = operands[0].replace(" ", "").partition("->")
        sublists: list[list[Any]] = [_symbols(text) for text in inputs.split(",")]
        out_sublist = _symbols(output) if arrow else None
    else:
        sublists = [list(sublist) for sublist in operands[1::2]]
        out_sublist = list(operands[-1]) if len(operands) % 2 else None
    names = sorted({name for sublist in sublists for name in sublist if name is not Ellipsis})
    number = {name: i for i, name in enumerate(names)}
    widest = max(ndim - len(sublist) + 1 for sublist, ndim in zip([*sublists, []], [*ndims, -1], strict=True))
    ellipsis = list(range(len(names), len(names) + widest))
    labels = []
    for sublist, ndim in zip(sublists, ndims, strict=True):
        own = ndim - (len(sublist) - 1)
        labels.append(_expanded(sublist, number, ellipsis[len(ellipsis) - own :] if Ellipsis in sublist else []))
    if out_sublist is None:  # numpy's default: the ellipsis, then what occurs once, in order
        flat = [name for sublist in sublists for name in sublist]
        used = ellipsis if Ellipsis in flat else []
        return labels, used + [number[name] for name in names if flat.count(name) == 1]
    return labels, _expanded(out_sublist, number, ellipsis)


def _symbols(text: str) -> list[Any]:
    """The letters of a term, with the Ellipsis object for three dots."""
    before, dots, after = text.partition("...")
    return [*before, Ellipsis, *after] if dots else [*before]


def _expanded(sublist: Sequence[Any], number: dict[Any, int], ellipsis: Labels) -> Labels:
    return [label for name in sublist for label in (ellipsis if name is Ellipsis else [number[name]])]


def _operand_bar(
    y_bar: Any, arrays: Sequence[Any], labels: Sequence[Labels], out_labels: Labels, i: int, optimize: bool
) -> Any:
    """The cotangent of the i-th array."""
    own, shape = labels[i], np.shape(arrays[i])
    sizes = _sizes(arrays, labels)
    others = [k for k in range(len(arrays)) if k != i]
    known = {label for terms in (out_labels, *(labels[k] for k in others)) for label in terms}
    distinct = list(dict.fromkeys(own))
    # Axes of size 1 that were broadcast are summed over; labels that no one else has are repeated.
    full = [label for label in distinct if label in known and shape[own.index(label)] == sizes[label]]
    terms: list[Any] = [y_bar, out_labels]
    for k in others:
        terms += [conjugate(arrays[k]), labels[k]]
    reduced = np.einsum(*terms, full, optimize=optimize)
    missing = tuple(axis for axis, label in enumerate(distinct) if label not in full)
    spread_shape = tuple(shape[own.index(label)] for label in distinct)
    spread = np.broadcast_to(np.expand_dims(reduced, missing), spread_shape)
    return spread if len(distinct) == len(own) else _on_diagonals(spread, distinct, own, shape)


def _sizes(arrays: Sequence[Any], labels: Sequence[Labels]) -> dict[int, int]:
    """The size of each label's axis: the largest, as 1 is broadcast, or 0."""
    sizes: dict[int, int] = {}
    for array, terms in zip(arrays, labels, strict=True):
        for size, label in zip(np.shape(array), terms, strict=True):
            sizes[label] = size if sizes.get(label, 1) == 1 else sizes[label]
    return sizes


def _on_diagonals(spread: Any, distinct: Labels, own: Labels, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `spread`, whose axes are `distinct`, where the indices of equal labels are equal."""
    ranges = {
        label: np.arange(size).reshape((1,) * axis + (-1,) + (1,) * (len(distinct) - axis - 1))
        for axis, (label, size) in enumerate(zip(distinct, np.shape(spread), strict=True))
    }
    return scatter_add(shape, tuple(ranges[label] for label in own), spread)
