"""What scipy reads of a matrix that it is told to be symmetric, triangular or the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.numpy.decompositions import in_triangle
from bytegrad.rules.numpy.structure import adjoint_matrix

Part = tuple[Any, Callable[[Any], Any]]

_NAMES = {
    "positive definite": "her",
    "pos": "her",
    "hermitian": "her",
    "symmetric": "sym",
}


def triangle(a: Any, lower: Any, strict: Any = False) -> Any:
    """The lower or upper triangle of `a`, zero elsewhere; without the diagonal if `strict`."""
    return np.tril(a, -1 if strict else 0) if lower else np.triu(a, 1 if strict else 0)


def part_read(a: Any, kind: str | None, lower: Any) -> Part:
    """The matrix that scipy reads in `a` as one of the given kind, and what brings its cotangent to `a`."""
    kind = _NAMES.get(kind, kind) if kind is not None else None
    return _PARTS[kind](a, lower) if kind in _PARTS else (a, _whole)


def _whole(full_bar: Any) -> Any:
    return full_bar


def _hermitian(a: Any, lower: Any) -> Part:
    strict = triangle(a, lower, strict=True)
    full = strict + adjoint_matrix(strict) + np.real(a) * np.eye(np.shape(a)[-1])

    def hermitian_back(full_bar: Any) -> Any:
        return in_triangle(full_bar, "L" if lower else "U")

    return full, hermitian_back


def _symmetric(a: Any, lower: Any) -> Part:
    strict = triangle(a, lower, strict=True)
    full = triangle(a, lower) + np.swapaxes(strict, -1, -2)

    def symmetric_back(full_bar: Any) -> Any:
        return triangle(full_bar, lower) + triangle(np.swapaxes(full_bar, -1, -2), lower, strict=True)

    return full, symmetric_back


def _band(above: int, below: int) -> Callable[[Any, Any], Part]:
    """A part of the given numbers of diagonals above and below the main one; -1 for all."""

    def within(a: Any) -> Any:
        a = a if above < 0 else np.tril(a, above)
        return a if below < 0 else np.triu(a, -below)

    return lambda a, lower: (within(a), within)


_PARTS: dict[str | None, Callable[[Any, Any], Part]] = {
    "her": _hermitian,
    "sym": _symmetric,
    "diagonal": _band(0, 0),
    "tridiagonal": _band(1, 1),
    "upper triangular": _band(-1, 0),
    "lower triangular": _band(0, -1),
}
