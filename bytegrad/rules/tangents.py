"""Forward mode's table: what is linear, what moves values and what has no tangent; and helpers of forward code.

Partial derivatives serve forward mode as they stand.  A function that is linear in some arguments is its own
derivative there, so that all there is to say of it is in which.
"""

from __future__ import annotations

import builtins
import functools
import math
import operator
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import numpy as np

from bytegrad.adjoint.forms import (
    Bilinear,
    Choice,
    Inactive,
    Linear,
    Structural,
    Sum,
    ToNumber,
    backwards,
    numbered,
    zipped,
)
from bytegrad.adjoint.kinds import DeclinedError, InPlaceError
from bytegrad.rules.declare import non_differentiable, partials
from bytegrad.runtime.plain import plain, taken, taken_next
from bytegrad.runtime.sight import EAGER, FORMS, HELPERS, MAKERS, WRITTEN

# --- helpers of forward code ------------------------------------------------------------------------


def scalar(x: Any) -> Any:
    """`x`, which must not be an array: what is then done to it would change it in place."""
    if isinstance(x, np.ndarray):
        raise InPlaceError("an array is changed in place")
    return x


def zero_of(x: Any) -> Any:
    """The tangent of a number or array that has none."""
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape)
    if x is None or isinstance(x, (float, int, np.floating, np.integer, np.bool_)):
        return 0.0
    raise DeclinedError("the tangent of what is no real number")


def zero_if_any(x: Any) -> Any:
    """The tangent of what has none, for a rule: zeros for a number or an array, else None."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fiu":
        return np.zeros(x.shape)
    return 0.0 if isinstance(x, (float, int, np.floating, np.integer)) and not isinstance(x, bool) else None


def zeros_alike(y: Any) -> Any:
    """The tangent of an array that is to be written to, and has none yet."""
    if not isinstance(y, np.ndarray):
        return 0.0
    if y.dtype != np.float64:
        raise DeclinedError("a tangent of numbers that are rounded")
    return np.zeros_like(y)


def alike(y: Any, y_dot: Any) -> Any:
    """A copy of `y_dot` with the layout of `y`."""
    if not isinstance(y, np.ndarray):
        return y_dot
    copied = zeros_alike(y)
    copied[...] = y_dot
    return copied


def written(y: Any, new: Any) -> Any:
    """What `y` is after ``y += ...``, where the result is `new`: an array has other elements, a number is another."""
    if isinstance(y, np.ndarray):
        y[...] = new
        return y
    return new


def put(cell: Any, value: Any) -> None:
    """Make `value` the value of a variable."""
    cell[:] = (value,)


def spread(y_dot: Any, y: Any) -> Any:
    """`y_dot` in the shape of `y`."""
    return y_dot if np.shape(y_dot) == np.shape(y) else np.broadcast_to(y_dot, np.shape(y))


def shares(x: Any, y: Any, axis: Any, keepdims: Any) -> Any:
    """Which part of `y`, the largest or smallest elements along `axis`, each element is: ties share it equally."""
    chosen = x == (y if axis is None or keepdims else np.expand_dims(y, axis))
    return chosen / np.sum(chosen, axis=axis, keepdims=True)


def idle() -> Iterator[None]:
    """In step with any iterator."""
    return repeat(None)


partials(plain, "x -> y", lambda: 1)
partials(scalar, "x -> y", lambda: 1)
non_differentiable(zero_of, zero_if_any, taken, taken_next, shares)
HELPERS.update(
    plain=plain,
    taken=taken,
    taken_next=taken_next,
    scalar=scalar,
    put=put,
    zeros_alike=zeros_alike,
    alike=alike,
    written=written,
    zero_of=zero_of,
    zero_if_any=zero_if_any,
    spread=spread,
    shares=shares,
    idle=idle,
    give_up=DeclinedError,
    index=operator.index,
)


# --- linear functions -------------------------------------------------------------------------------

_LINEAR = Linear()
for _names, _form in (
    ("sum mean ravel transpose squeeze expand_dims flip fliplr flipud cumsum trace diag diagonal", _LINEAR),
    ("triu tril broadcast_to tile copy reshape", _LINEAR),
    ("concatenate stack hstack vstack column_stack", _LINEAR),
    ("moveaxis swapaxes roll repeat take take_along_axis", Linear(most=3)),
    ("array asarray", Linear(most=1, made=np.ndarray)),
    ("diff atleast_1d atleast_2d", Linear(most=1)),
    ("trapezoid", Linear(most=1, keywords=frozenset(("dx", "axis")))),
    ("pad", Linear(keywords=frozenset())),
    ("append", Linear((0, 1))),
    ("where", Linear((1, 2), 3)),
    ("dot matmul outer inner vdot kron", Bilinear()),
    ("tensordot", Bilinear(most=3, keywords=frozenset(("axes",)))),
    ("cross", Bilinear(keywords=frozenset(("axis",)))),
    ("einsum", Bilinear(first=1, most=9, keywords=frozenset(("optimize",)))),
    ("zeros ones empty eye identity", Linear((), 1, made=np.ndarray)),
    ("arange linspace", Linear((), 3, made=np.ndarray)),
    ("full", Linear((1,), 2, made=np.ndarray)),
):
    for _name in _names.split():
        FORMS[getattr(np, _name)] = _form
for _name in ("sum", "mean", "ravel", "flatten", "transpose", "squeeze", "cumsum", "trace", "diagonal", "copy"):
    FORMS[getattr(np.ndarray, _name)] = _LINEAR
for _name in ("ravel", "flatten", "transpose", "copy"):
    FORMS[getattr(np.ndarray, _name)] = Linear(made=np.ndarray)
FORMS[np.ndarray.reshape] = Linear(most=6, made=np.ndarray)
FORMS[np.ndarray.dot] = Bilinear()
FORMS[operator.matmul] = Bilinear()


EAGER.update((sum, list, max, min, any, all, functools.reduce))
MAKERS.update((np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.arange, np.linspace))
MAKERS.update((np.zeros_like, np.ones_like, np.empty_like, np.array, np.copy, np.ndarray.copy))


for _choice in (np.max, np.min, np.ndarray.max, np.ndarray.min):
    FORMS[_choice] = Choice()


# --- no tangent -------------------------------------------------------------------------------------


def _always(kind: type | None) -> Inactive:
    return Inactive(lambda args: kind)


for _callable, _kind in (
    (len, int), (isinstance, bool), (int, int), (bool, bool),
    (range, range), (np.shape, None), (np.ndim, int), (np.size, int),
    (np.argmax, None), (np.argmin, None), (np.argsort, None), (np.zeros_like, None), (np.ones_like, None),
    (np.empty_like, None),
    (np.isfinite, None), (np.isnan, None), (np.sign, None), (np.floor, None), (np.ceil, None), (np.any, None),
    (np.all, None), (np.allclose, bool), (any, bool), (all, bool),
):  # fmt: skip
    FORMS[_callable] = _always(_kind)
for _name in ("floor", "ceil", "trunc", "isnan", "isinf", "isfinite"):
    FORMS[getattr(math, _name)] = _always(bool if _name.startswith("is") else int)
for _name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or"):
    FORMS[getattr(np, _name)] = _always(None)
for _name in ("floordiv", "rshift", "and_", "or_", "xor"):
    FORMS[getattr(operator, _name)] = _always(None)


# --- containers, iterators, builtins ----------------------------------------------------------------


FORMS[zip] = Structural(zipped, idle="idle", keywords=frozenset(("strict",)))
FORMS[enumerate] = Structural(numbered)
FORMS[reversed] = FORMS[iter] = Structural(backwards)
FORMS[builtins.sum] = Sum()
FORMS[float] = ToNumber()


def larger(a: Any, b: Any) -> Any:
    """``max(a, b)``."""
    return b if b > a else a


def smaller(a: Any, b: Any) -> Any:
    """``min(a, b)``."""
    return b if b < a else a


def largest(items: Any) -> Any:
    """``max(items)``."""
    best = None
    for item in items:
        if best is None or item > best:
            best = item
    if best is None:
        raise ValueError
    return best


def smallest(items: Any) -> Any:
    """``min(items)``."""
    best = None
    for item in items:
        if best is None or item < best:
            best = item
    if best is None:
        raise ValueError
    return best


def mapped(function: Any, items: Any) -> Any:
    """``map(function, items)``."""
    return iter([function(item) for item in items])


def mapped_two(function: Any, items: Any, others: Any) -> Any:
    """``map(function, items, others)``."""
    return iter([function(item, other) for item, other in zip(items, others)])  # noqa: B905


def folded(function: Any, items: Any, start: Any) -> Any:
    """``functools.reduce(function, items, start)``."""
    for item in items:
        start = function(start, item)
    return start


def variance(x: Any, axis: Any = None) -> Any:
    """``np.var(x, axis)``."""
    difference = x - np.mean(x, axis=axis, keepdims=True)
    return np.mean(difference * difference, axis=axis)


def deviation(x: Any, axis: Any = None) -> Any:
    """``np.std(x, axis)``."""
    difference = x - np.mean(x, axis=axis, keepdims=True)
    return np.sqrt(np.mean(difference * difference, axis=axis))


def length(x: Any, axis: Any = None) -> Any:
    """``np.linalg.norm(x, axis=axis)``, to the last bit: of a whole array numpy takes a dot product."""
    if axis is None:
        flat = np.ravel(x)
        return np.sqrt(np.dot(flat, flat))
    return np.sqrt(np.sum(x * x, axis=axis))


def ordered(x: Any, axis: int | None = -1) -> Any:
    """``np.sort(x, axis)``."""
    return np.take_along_axis(x, np.argsort(x, axis=axis), axis)


WRITTEN[np.sort, 1] = ordered
for _callee, _function in (
    (np.var, variance),
    (np.ndarray.var, variance),
    (np.std, deviation),
    (np.ndarray.std, deviation),
    (np.linalg.norm, length),
):
    WRITTEN[_callee, 1] = _function
WRITTEN.update(
    {
        (max, 1): largest,
        (max, 2): larger,
        (min, 1): smallest,
        (min, 2): smaller,
        (map, 2): mapped,
        (map, 3): mapped_two,
        (functools.reduce, 3): folded,
    }
)
