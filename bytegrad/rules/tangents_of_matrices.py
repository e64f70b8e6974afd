"""Values and tangents of decompositions, least squares and the like, for forward code: the textbook's forward mode.

All of them take stacks of matrices, so that an axis in front which numbers directions needs no further code.  Where
eigenvalues or singular values are equal, or a matrix has not full rank, they decline.

Sources: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation", Oxford (2008); for the pseudoinverse G. Golub and V. Pereyra, SIAM Journal on Numerical Analysis 10
(1973).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bytegrad.adjoint.duals import Duals
from bytegrad.adjoint.forms import Call, Form, Pushed, refuse_keywords
from bytegrad.adjoint.kinds import DeclinedError, Items, Kind, Passive, Real, any_active, is_active
from bytegrad.ir.nodes import Const, Operand
from bytegrad.rules.batched import axis_behind
from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.numpy.decompositions import diagonal_of, from_lower_triangle, reciprocal_gaps, unresolved
from bytegrad.runtime.sight import FORMS, MINDING

Function = Callable[..., Any]


def transposed(a: Any) -> Any:
    """The matrices' transposes."""
    return np.swapaxes(a, -1, -2)


def check_apart(w: Any, nonzero: bool = False) -> None:
    """Decline unless all values are different, and, where they must be, none is zero."""
    smallest = 1e-12 * np.max(np.abs(w), axis=-1, keepdims=True, initial=0.0)
    if np.any(unresolved(w)) or (nonzero and np.any(np.abs(w) <= smallest)):
        raise DeclinedError("equal eigenvalues or singular values")


def check_rank(a: Any, most: int) -> None:
    """Decline unless matrices have full rank, and no more columns than rows if there are `most`."""
    if np.any(np.linalg.matrix_rank(a) < min(np.shape(a)[-2:])) or np.shape(a)[-1] > most:
        raise DeclinedError("matrices that have not full rank, or are wide")


non_differentiable(check_apart, check_rank)


def eigh_tangent(a: Any, a_dot: Any) -> Any:
    """``w_dot = diag(v^T a_dot v)``, ``v_dot = v (v^T a_dot v / gaps)``."""
    w, v = np.linalg.eigh(a)
    check_apart(w)
    inner = np.matmul(np.matmul(transposed(v), from_lower_triangle(a_dot)), v)
    return (w, v), (diagonal_of(inner), np.matmul(v, reciprocal_gaps(w) * inner))


def eigvalsh_tangent(a: Any, a_dot: Any) -> Any:
    """As `eigh_tangent`."""
    (w, _), (w_dot, _) = eigh_tangent(a, a_dot)
    return w, w_dot


def svd_tangent(a: Any, full_matrices: Any, compute_uv: Any, a_dot: Any) -> Any:
    """``p = u^T a_dot v``: s_dot is its diagonal; vectors turn by its other elements, and out of their space."""
    if not compute_uv:
        return svdvals_tangent(a, a_dot)
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    if full_matrices and np.shape(a)[-1] != np.shape(a)[-2]:
        raise DeclinedError("vectors that are added")
    check_apart(s, True)
    v = transposed(vh)
    p = np.matmul(np.matmul(transposed(u), a_dot), v)
    row, column = np.expand_dims(s, -1), np.expand_dims(s, -2)
    gaps = reciprocal_gaps(s) / (row + column)
    u_dot = np.matmul(u, gaps * (p * column + row * transposed(p)))
    v_dot = np.matmul(v, gaps * (row * p + transposed(p) * column))
    across, along = np.matmul(a_dot, v), np.matmul(transposed(a_dot), u)
    u_dot = u_dot + (across - np.matmul(u, p)) / column
    v_dot = v_dot + (along - np.matmul(v, transposed(p))) / column
    return (u, s, vh), (u_dot, diagonal_of(p), transposed(v_dot))


def svdvals_tangent(a: Any, a_dot: Any) -> Any:
    """As `svd_tangent`."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    check_apart(s, True)
    return s, np.sum(np.matmul(transposed(u), a_dot) * vh, axis=-1)


def qr_tangent(a: Any, a_dot: Any) -> Any:
    """``x = a_dot r^-1``: q turns by the skew part that the lower triangle of ``q^T x`` has, and out of its space."""
    check_rank(a, np.shape(a)[-2])
    q, r = np.linalg.qr(a)
    x = transposed(np.linalg.solve(transposed(r), transposed(a_dot)))
    inner = np.matmul(transposed(q), x)
    below = np.tril(inner, -1)
    skew = below - transposed(below)
    return (q, r), (np.matmul(q, skew) + x - np.matmul(q, inner), np.matmul(inner - skew, r))


def pinv_tangent(a: Any, a_dot: Any) -> Any:
    """For matrices of full rank (Golub and Pereyra)."""
    check_rank(a, np.shape(a)[-1])
    p = np.linalg.pinv(a)
    back, turned = transposed(p), transposed(a_dot)
    rows = np.matmul(np.matmul(p, back), turned)
    columns = np.matmul(turned, np.matmul(back, p))
    outside = rows - np.matmul(np.matmul(rows, a), p) + columns - np.matmul(p, np.matmul(a, columns))
    return p, outside - np.matmul(np.matmul(p, a_dot), p)


def lstsq_tangent(a: Any, b: Any, rcond: Any, a_dot: Any, b_dot: Any) -> Any:
    """``(a^T a) x_dot = a^T (b_dot - a_dot x) + a_dot^T (b - a x)``, for tall matrices of full rank."""
    check_rank(a, np.shape(a)[-2])
    result = np.linalg.lstsq(a, b, rcond=rcond)
    x = result[0]
    rest, moved = b - np.matmul(a, x), b_dot - np.matmul(a_dot, x)
    normal = np.matmul(transposed(a), a)
    x_dot = np.linalg.solve(normal, np.matmul(transposed(a), moved) + np.matmul(transposed(a_dot), rest))
    return result, (x_dot, 2.0 * np.sum(rest * moved, axis=0), None, None)


def matrix_power_tangent(a: Any, n: Any, a_dot: Any) -> Any:
    """By the product rule, for n > 0."""
    if n < 1:
        raise DeclinedError("powers of the inverse")
    y, y_dot = a, a_dot
    for _ in range(n - 1):
        y, y_dot = np.matmul(y, a), np.matmul(y_dot, a) + np.matmul(y, a_dot)
    return np.linalg.matrix_power(a, n), y_dot


def cumprod_rows(flags: Any, x: Any, axis: Any = None) -> Any:
    """``np.cumprod``, behind the axis of directions."""
    if axis is None and np.ndim(x) > 2:
        raise DeclinedError("all elements in one row")
    return np.cumprod(x, axis=1 if axis is None else axis_behind(axis, x))


@dataclass(slots=True, frozen=True)
class Running(Form):
    """``np.cumprod``: ``y_dot = y cumsum(x_dot / x)``, which is not finite where there are zeros."""

    def kind(self, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
        """That of an array."""
        refuse_keywords(keywords, frozenset(("axis",)))
        if not 1 <= len(args) <= 2 or any_active(args[1:]) or not isinstance(args[0], (Real, Passive)):
            raise DeclinedError("arguments that the function is not known with")
        return Real(False) if is_active(args[0]) else Passive()

    def tangent(self, g: Duals, call: Call) -> Operand:
        """Emit it."""
        assert call.dots[0] is not None
        moved = g.out.emit("truediv", call.dots[0], call.args[0], line=call.line)
        total = g.out.emit("call", Const(np.cumsum), moved, *call.args[1:], static=call.names or None, line=call.line)
        return g.out.emit("mul", call.y, total, line=call.line)


class Decomposition(Pushed):
    """A form whose result is one array if ``compute_uv=False`` is among its arguments."""

    def kind(self, args: list[Kind], keywords: dict[str, Kind]) -> Kind:
        """The kind of the result."""
        found = Pushed.kind(self, args, keywords)
        with_vectors = keywords.get("compute_uv", args[2] if len(args) > 2 else None)
        alone = isinstance(with_vectors, Passive) and with_vectors.value is False
        return Real(False) if alone and is_active(found) else found


def _form(tangent: Function, result: Kind, moved: int = 1, **others: Any) -> Pushed:
    """The form of a function of arrays, the first `moved` of which have tangents, and `others` with their defaults."""

    def calling(count: int, names: tuple[str, ...]) -> Function:
        by_position = count - len(names)
        if not {*names} <= {*others} or by_position < moved:
            raise DeclinedError("arguments that the function is not known with")

        def arranged(operands: tuple[Any, ...]) -> tuple[Any, ...]:
            given = dict(zip(others, operands[moved:by_position], strict=False))
            given.update(zip(names, operands[by_position:count], strict=True))
            settings = [given.get(name, default) for name, default in others.items()]
            return (*operands[:moved], *settings, *operands[count : count + moved])

        def pushed(*operands: Any) -> Any:
            return tangent(*arranged(operands))

        def pushed_rows(flags: Any, *operands: Any) -> Any:
            return tangent(*arranged(operands))

        if moved == 1:
            pushed.along = pushed_rows  # type: ignore[attr-defined]
        return pushed

    return Decomposition(calling, result, True, 1 + len(others) if moved == 1 else None)


_REAL = Real(False)
FORMS.update(
    {
        np.linalg.eigh: _form(eigh_tangent, Items((_REAL, _REAL))),
        np.linalg.eigvalsh: _form(eigvalsh_tangent, _REAL),
        np.linalg.svd: _form(svd_tangent, Items((_REAL,) * 3), full_matrices=True, compute_uv=True),
        np.linalg.qr: _form(qr_tangent, Items((_REAL, _REAL))),
        np.linalg.pinv: _form(pinv_tangent, _REAL),
        np.linalg.lstsq: _form(lstsq_tangent, Items((_REAL, _REAL, Passive(), _REAL)), 2, rcond=None),
        np.linalg.matrix_power: _form(matrix_power_tangent, _REAL, n=0),
        np.cumprod: Running(),
        np.ndarray.cumprod: Running(),
    }
)
MINDING.update({np.cumprod: cumprod_rows, np.ndarray.cumprod: cumprod_rows})
