"""Functions of arrays that leave the first axis alone, which numbers the directions that are computed at once.

Each gets, first, which of its arguments have that axis.
"""

from __future__ import annotations

import math
import operator
from types import FunctionType
from typing import Any

import numpy as np

from bytegrad.adjoint.kinds import DeclinedError
from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.tangents import alike, scalar, shares, spread, written, zero_if_any, zero_of, zeros_alike
from bytegrad.runtime.directions import expanded
from bytegrad.runtime.sight import ELEMENTWISE, HELPERS, KEEPING, MINDING, OF_NUMBERS, OF_SHAPE, PRODUCTS, REDUCTIONS

Flags = tuple[bool, ...]


def first(x: Any) -> Any:
    """The value of all."""
    return x[0] if isinstance(x, np.ndarray) and x.ndim else x


non_differentiable(first)


def fit(n: int, flags: Flags, *args: Any) -> Any:
    """Argument `n`, with axes of length 1 behind the first so that it is broadcast to the others as without it."""
    x = args[n]
    missing = missing_axes(n, flags, args)
    return x if not missing else x.reshape((x.shape[0], *(1,) * missing, *x.shape[1:]))


def missing_axes(n: int, flags: Flags, args: tuple[Any, ...]) -> int:
    """How many axes argument `n` has fewer than another."""
    axes = [np.ndim(arg) - flag for arg, flag in zip(args, flags, strict=True)]
    return max(axes) - axes[n] if np.ndim(args[n]) else 0


non_differentiable(missing_axes)


def part(x: Any, key: Any) -> Any:
    """``x[key]``; numbers are no views of an array that may be written to."""
    found = x[(slice(None), *key) if isinstance(key, tuple) else (slice(None), key)]
    return found if np.ndim(found) > 1 else np.copy(found)


def write_rows(x: Any, key: Any, value: Any, flag: bool) -> None:
    """``x[key] = value``, where `value` has the axis if it is flagged."""
    key = (slice(None), *key) if isinstance(key, tuple) else (slice(None), key)
    missing = np.ndim(x[key]) - np.ndim(value) if flag and np.ndim(value) else 0
    x[key] = value.reshape(value.shape[0], *(1,) * missing, *value.shape[1:]) if missing > 0 else value


def attribute(x: Any, name: str) -> Any:
    """``x.T``: the only attribute that has a tangent."""
    return np.transpose(x, (0, *range(x.ndim - 1, 0, -1)))


def rows(x: Any) -> Any:
    """What comes out when `x` is iterated; numbers are no views."""
    if np.ndim(x) == 2:
        return [np.copy(x[:, i]) for i in range(x.shape[1])]
    return [x[:, i] for i in range(x.shape[1])]


def spread_rows(flags: Flags, y_dot: Any, y: Any) -> Any:
    """As `spread`."""
    return spread(fit(0, flags, y_dot, y) if flags[0] else y_dot, y)


def zeros_alike_rows(flags: Flags, y: Any) -> Any:
    """As `zeros_alike`."""
    return zeros_alike(y)


def zero_rows(flags: Flags, x: Any) -> Any:
    """As `zero_of` and `zero_if_any`."""
    return np.zeros(np.shape(x))


non_differentiable(zero_rows)


def alike_rows(flags: Flags, y: Any, y_dot: Any) -> Any:
    """As `alike`."""
    return alike(y, fit(1, flags, y, y_dot) if flags[1] else y_dot)


def written_rows(flags: Flags, y: Any, new: Any) -> Any:
    """As `written`."""
    if not flags[0]:
        raise DeclinedError("an array without a tangent is changed in place")
    return new if np.ndim(y) == 1 else written(y, fit(1, flags, y, new) if flags[1] else new)


def scalar_rows(flags: Flags, x: Any) -> Any:
    """As `scalar`."""
    if np.ndim(x) > 1:
        raise DeclinedError("an array is changed in place")
    return x


def axis_behind(axis: Any, x: Any) -> Any:
    """`axis` counted with the first one."""
    if axis is None:
        return tuple(range(1, np.ndim(x)))
    if isinstance(axis, tuple):
        return tuple([axis_behind(one, x) for one in axis])
    return axis + 1 if axis >= 0 else axis


non_differentiable(axis_behind)


def sum_of(items: Any) -> Any:
    """``sum(items)``, of arrays that have one number of axes."""
    taken = [*items]
    if len({*map(np.ndim, taken)} - {0}) > 1:
        raise DeclinedError("a sum of arrays of different numbers of axes")
    return sum(taken)


def sum_rows(flags: Flags, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """``np.sum``."""
    return np.sum(x, axis=axis_behind(axis, x), keepdims=keepdims) if np.ndim(x) else x


def mean_rows(flags: Flags, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """``np.mean``."""
    return np.mean(x, axis=axis_behind(axis, x), keepdims=keepdims) if np.ndim(x) else x


def max_rows(flags: Flags, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """``np.max``."""
    return np.max(x, axis=axis_behind(axis, x), keepdims=keepdims) if np.ndim(x) else x


def min_rows(flags: Flags, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """``np.min``."""
    return np.min(x, axis=axis_behind(axis, x), keepdims=keepdims) if np.ndim(x) else x


def shares_rows(flags: Flags, x: Any, y: Any, axis: Any, keepdims: Any) -> Any:
    """As `shares`."""
    return shares(x, y, axis_behind(axis, x), keepdims)


non_differentiable(shares_rows)


def cumsum_rows(flags: Flags, x: Any, axis: Any = None) -> Any:
    """``np.cumsum``."""
    if axis is None:
        x, axis = x.reshape(x.shape[0], -1), 0
    return np.cumsum(x, axis=axis_behind(axis, x))


def diff_rows(flags: Flags, x: Any, axis: Any = -1) -> Any:
    """``np.diff``."""
    return np.diff(x, axis=axis_behind(axis, x))


def reshape_rows(flags: Flags, x: Any, *shape: Any) -> Any:
    """``np.reshape``."""
    shape = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    return x.reshape(x.shape[0], *shape)


def ravel_rows(flags: Flags, x: Any, order: str = "C") -> Any:
    """``np.ravel``."""
    if order not in ("C", "F"):
        raise DeclinedError("elements in the order that they have in memory")
    return (attribute(x, "T") if order == "F" else x).reshape(x.shape[0], -1)


def flatten_rows(flags: Flags, x: Any, order: str = "C") -> Any:
    """``np.ndarray.flatten``."""
    return np.copy(ravel_rows(flags, x, order))


def transpose_rows(flags: Flags, x: Any) -> Any:
    """``np.transpose`` without axes."""
    return attribute(x, "T")


def copy_rows(flags: Flags, x: Any) -> Any:
    """``np.copy``."""
    return np.copy(x)


def where_rows(flags: Flags, condition: Any, a: Any, b: Any) -> Any:
    """``np.where``."""
    args = (condition, a, b)
    return np.where(*[fit(n, flags, *args) if flags[n] and np.ndim(args[n]) else args[n] for n in range(3)])


def matmul_rows(flags: Flags, a: Any, b: Any) -> Any:
    """``a @ b``."""
    axes = (np.ndim(a) - flags[0], np.ndim(b) - flags[1])
    if axes == (1, 1):
        return np.sum(a * b, axis=-1)
    if axes == (2, 1) and not flags[0]:
        return b @ np.transpose(a)
    if axes == (1, 2) and not flags[1]:
        return a @ b
    if axes == (2, 1):
        return np.sum(a * b.reshape(*b.shape[:-1], 1, b.shape[-1]), axis=-1)
    if axes == (1, 2):
        return np.sum(a.reshape(*a.shape, 1) * b, axis=-2)
    if axes == (2, 2):
        return a @ b
    raise DeclinedError("a product of arrays of many axes")


def dot_rows(flags: Flags, a: Any, b: Any) -> Any:
    """``np.dot``."""
    if np.ndim(a) - flags[0] and np.ndim(b) - flags[1]:
        return matmul_rows(flags, a, b)
    args = (a, b)
    return fit(0, flags, *args) * b if flags[0] else a * fit(1, flags, *args)


def float_rows(flags: Flags, x: Any) -> Any:
    """``float(x)``: for each direction a number."""
    if np.ndim(x) > 1:
        raise DeclinedError("a number is made of an array")
    return x


def like_rows(make: Any) -> Any:
    """As `make`, which makes an array like another one."""
    return lambda flags, x: make(x)


non_differentiable(expanded)
HELPERS.update(write_rows=write_rows, expanded=expanded)
HELPERS.update(first=first, fit=fit, part=part, attribute=attribute, rows=rows, matmul=np.matmul, sum_of=sum_of)
MINDING.update(
    {
        spread: spread_rows,
        scalar: scalar_rows,
        zeros_alike: zeros_alike_rows,
        zero_of: zero_rows,
        zero_if_any: zero_rows,
        alike: alike_rows,
        written: written_rows,
        np.sum: sum_rows,
        np.ndarray.sum: sum_rows,
        np.mean: mean_rows,
        np.ndarray.mean: mean_rows,
        np.max: max_rows,
        np.ndarray.max: max_rows,
        np.min: min_rows,
        np.ndarray.min: min_rows,
        shares: shares_rows,
        np.cumsum: cumsum_rows,
        np.ndarray.cumsum: cumsum_rows,
        np.diff: diff_rows,
        np.reshape: reshape_rows,
        np.ndarray.reshape: reshape_rows,
        np.ravel: ravel_rows,
        np.ndarray.ravel: ravel_rows,
        np.ndarray.flatten: flatten_rows,
        np.transpose: transpose_rows,
        np.ndarray.transpose: transpose_rows,
        np.copy: copy_rows,
        np.ndarray.copy: copy_rows,
        np.where: where_rows,
        np.matmul: matmul_rows,
        operator.matmul: matmul_rows,
        np.dot: dot_rows,
        np.ndarray.dot: dot_rows,
        float: float_rows,
        np.zeros_like: like_rows(np.zeros_like),
        np.ones_like: like_rows(np.ones_like),
        np.empty_like: like_rows(np.empty_like),
    }
)


def _is_elementwise(callee: Any) -> bool:
    """Whether `callee` minds no axis: ufuncs, the functions of `operator`, and the partial derivatives in rules."""
    if callee in (abs, pow):
        return True
    if isinstance(callee, np.ufunc):
        return callee.signature is None
    if not isinstance(callee, FunctionType) or not callee.__module__.startswith("bytegrad.rules."):
        return False
    # What is made for a call of a rule is no partial derivative.
    return callee not in HELPERS.values() and "<locals>" not in callee.__qualname__


_SAME_NAMES = (
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt",
    "cbrt", "hypot", "copysign", "degrees", "radians",
)  # fmt: skip
_INVERSES = ("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh")

PRODUCTS.update((np.matmul, operator.matmul, np.dot, np.ndarray.dot))
REDUCTIONS.update((np.sum, np.mean, np.max, np.min))
REDUCTIONS.update((np.ndarray.sum, np.ndarray.mean, np.ndarray.max, np.ndarray.min))
KEEPING.update((np.copy, np.ndarray.copy, shares, zeros_alike, alike, expanded, scalar, np.tril, np.triu, np.flip))
KEEPING.update((zero_of, zero_if_any, np.zeros_like, np.ones_like, np.empty_like, np.clip, np.asarray))
OF_SHAPE.update((np.zeros, np.ones, np.full))
OF_NUMBERS.update({getattr(math, name): getattr(np, name) for name in _SAME_NAMES if hasattr(math, name)})
OF_NUMBERS.update({math.pow: np.power, math.atan2: np.arctan2, math.fabs: np.abs})
OF_NUMBERS.update({getattr(math, name.replace("arc", "a")): getattr(np, name) for name in _INVERSES})
ELEMENTWISE.append(_is_elementwise)
