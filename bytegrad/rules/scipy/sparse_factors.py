"""LU factors of sparse matrices: `splu` and `factorized`, and what is solved with them.

The cotangent of a factored matrix is a sum of outer products, one for each system that was solved.  They are gathered
in the shadow of the object that holds the factors, until that is reversed which has made it: there they become the
cotangent of the elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import SuperLU
from scipy.sparse.linalg._dsolve import _superlu

from bytegrad.rules.declare import primitive
from bytegrad.rules.numpy.structure import conjugate
from bytegrad.runtime.operands import array_source, capture, sink_of
from bytegrad.runtime.tangent import ZERO, Poison

_PRODUCTS = object()
"""The slot of the outer products ``-u v^H``, as pairs of vectors, or of matrices with a column for each system."""
_DATA, _ROWS, _STARTS = 2, 3, 4


@primitive(_superlu.gstrf)
def gstrf_rule(ctx: Any, *args: Any, **options: Any) -> Any:
    """The factors of a matrix by columns; incomplete ones have no rule."""
    if options.get("ilu"):
        return NotImplemented
    factors = _superlu.gstrf(*args, **options)
    sink = sink_of(ctx, args[_DATA])
    if sink is None:
        return None, factors
    ctx.kept[id(factors)] = (factors, [args[_DATA]])
    row, starts = np.array(args[_ROWS]), np.array(args[_STARTS])
    column = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return (_reverse_gstrf, factors, sink, row, column, len(args) + len(options)), factors


def _reverse_gstrf(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    _, factors, sink, row, column, count = record
    shadow, carried = ctx.peek(factors), [ZERO] * count
    pairs = () if shadow is None else shadow.pop(_PRODUCTS, ())
    if pairs:
        carried[_DATA] = sink.absorb(ctx, sum([_elements(pair, row, column) for pair in pairs]))
    return tuple(carried)


def _elements(pair: Any, row: Any, column: Any) -> Any:
    """Elements of an outer product. Shapes: row, column (n,) -> (n,)."""
    if isinstance(pair, Poison):
        return pair
    u, v = pair
    products = -u[row] * conjugate(v)[column]
    return np.sum(products, axis=1) if np.ndim(products) > 1 else products


@primitive(SuperLU.solve)
def solve_rule(ctx: Any, self: Any, rhs: Any, *options: str, **named: str) -> Any:
    """The solution with the matrix, its transpose or its adjoint."""
    if "rhs" in named:
        return NotImplemented
    x, trans = self.solve(rhs, *options, **named), (*options, *named.values(), "N")[0]
    sink, holds = sink_of(ctx, rhs), "kept" in ctx.uses and id(self) in ctx.kept
    if sink is None and not holds:
        return None, x
    capture(ctx.arrays, x)
    source, absent = array_source(ctx.arrays, x, (rhs,)), (ZERO,) * (len(options) + len(named))
    return (_reverse_solve, self, sink, holds, trans, x, source, ctx.arrays.position, absent), x


def _reverse_solve(ctx: Any, record: Any, x_bar: Any) -> tuple[Any, ...]:
    _, self, sink, holds, trans, x, source, mark, absent = record
    bar = source.take(ctx, x_bar)
    if bar is None or bar is ZERO:
        return ZERO, ZERO, *absent
    if ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    rhs_bar = bar if isinstance(bar, Poison) else _turned(self, trans, bar)
    if holds:
        shadow = ctx.shadow(self)
        pair = bar if isinstance(bar, Poison) else _pair(trans, x, rhs_bar)
        shadow[_PRODUCTS] = (*dict.get(shadow, _PRODUCTS, ()), pair)
    return ZERO, ZERO if sink is None else sink.absorb(ctx, rhs_bar), *absent


def _turned(factors: Any, trans: str, x_bar: Any) -> Any:
    """The solution with the adjoint of what was solved with."""
    if trans == "T":
        return conjugate(factors.solve(conjugate(x_bar), "N"))
    return factors.solve(np.asarray(x_bar), "H" if trans == "N" else "N")


def _pair(trans: str, x: Any, b_bar: Any) -> tuple[Any, Any]:
    """The outer product that is the cotangent of the matrix itself."""
    if trans == "N":
        return b_bar, x
    return (x, b_bar) if trans == "H" else (conjugate(x), conjugate(b_bar))
