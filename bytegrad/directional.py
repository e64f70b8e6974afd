"""Second derivatives by way of forward code: the gradient of the derivative in a direction.

Forward code is an ordinary function of the arguments and their tangents, so that reverse mode differentiates it as it
does any other, at the price of a few gradients.  It exists for programs that only compute; for others, and where this
way ends in an exception or in something that is not finite, the general one is taken, which says what is wrong.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from bytegrad.adjoint.kinds import DeclinedError, InPlaceError
from bytegrad.differentiation import differentiate, reverse
from bytegrad.errors import RuleError
from bytegrad.numbering import unit_seeds
from bytegrad.rules.declare import polyfill
from bytegrad.runtime import registry
from bytegrad.runtime.checks import USERS
from bytegrad.runtime.directions import directions
from bytegrad.runtime.forward import forward_of, unwrapped
from bytegrad.runtime.forward_code import Forward, outside
from bytegrad.runtime.results import snapshot
from bytegrad.runtime.sight import CALLABLE, CHANGING, NUMBER_TYPES, WITHOUT, only_floats
from bytegrad.runtime.structure import attributes
from bytegrad.runtime.tangent import Tangent


def attempt(f: Any, call: Callable[[], Any]) -> Any:
    """What `call` returns, which runs forward code of `f`; None if that is not possible.

    Nothing has happened then that anyone could have seen: the general way says what is wrong, if anything is.
    """
    try:
        return call()
    except RuleError:
        raise
    except InPlaceError:
        code = unwrapped(f)[0].__code__
        if code in CHANGING:
            return None
        CHANGING.add(code)
        return attempt(f, call)
    except Exception:
        return None


def tangent(f: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """The value of ``f(*args)``, a number or an array, and its tangent; None where there is no forward code for it."""

    def call() -> Any:
        moved = tuple([n for n, part in enumerate(tangents) if part is not None])
        made = None if USERS else forward_of(f, args, moved, slope=False)
        if made is None:
            return None
        passed = [
            part
            for n, arg in enumerate(args)
            for part in ((arg, direction(arg, tangents[n])) if n in moved else (arg,))
        ]
        y, y_dot = made.function(*made.lead, *passed)
        if np.shape(y_dot) != np.shape(y) or not np.all(np.isfinite(y_dot)):
            return None
        # The tangent may be one of those that were given, or a view that is not to be written to.
        if isinstance(y, np.ndarray):
            return y, np.array(y_dot, y.dtype if y.dtype.kind == "f" else float)
        return y, (type(y) if isinstance(y, np.floating) else float)(y_dot)

    return attempt(f, call)


@polyfill(tangent)
def nested_tangent(f: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """As `nested_product`."""
    return None


def repeatable(f: Any, args: tuple[Any, ...]) -> Callable[[tuple[Any, ...]], Any] | None:
    """A function of tangents that gives what `tangent` does, as long as nothing that `f` reads has changed since.

    It gives None when that is no longer so, or where there is no forward code.
    """
    moved = tuple([n for n, arg in enumerate(args) if type(arg) in (*NUMBER_TYPES, np.ndarray, list, tuple, dict)])
    made = None if USERS or type(f) is not FunctionType else forward_of(f, args, moved, slope=False)
    if made is None:
        return None
    kept, data, version = copy.deepcopy(args), copy.deepcopy(outside(made, f)), registry.version()

    def again(tangents: tuple[Any, ...]) -> Any:
        now = forward_of(f, kept, moved, slope=False)
        if now is None or now.code is not made.code or registry.version() != version:
            return None
        if not same_data(outside(now, f), data):
            return None
        given = [part if part is not None or n not in moved else zero(kept[n]) for n, part in enumerate(tangents)]
        return tangent(f, kept, tuple(given))

    return again


def same_data(a: Any, b: Any) -> bool:
    """Whether plain data are of the same types and equal."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same_data, a, b))
    return a is b or bool(a == b)


@polyfill(repeatable)
def nested_repeatable(f: Any, args: tuple[Any, ...]) -> Any:
    """As `nested_product`."""
    return None


def product(f: Any, x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x` times `v`, in the structure of `x`; None where there is no forward code for it."""

    def call() -> Any:
        made = None if USERS else forward_of(f, (x,), (0,), slope=True)
        return None if made is None else _along(made, x, direction(x, v))

    return attempt(f, call)


@polyfill(product)
def nested_product(f: Any, x: Any, v: Any) -> Any:
    """Inside of a differentiated function it is left to the general way, which keeps all variables apart."""
    return None


def _along(made: Forward, x: Any, v: Any) -> Any:
    return _along_and_size(made, x, v)[0]


def _along_and_size(made: Forward, x: Any, v: Any) -> tuple[Any, int]:
    """The Hessian times `v`, and the number of elements in the largest array on the way."""
    place = len(made.lead)
    call = differentiate(made.function, (*made.lead, x, v), {}, chosen=(place,))
    if not isinstance(call.value, float):
        return None, 0
    shadows = call.ctx.arrays.shadows.values() if "arrays" in call.ctx.uses else ()
    largest = max([math.prod(shadow.shape) for shadow in [*shadows]], default=0)
    found = reverse(call, 1.0)[place]
    if found is None and type(x) is np.ndarray:
        found = np.zeros(x.shape, x.dtype if x.dtype.kind == "f" else float)
    return found if found is not None and is_finite(found) else None, largest


# Hessians ---------------------------------------------------------------------------------------------------


def matrix(f: Any, x: Any) -> Any:
    """The Hessian of `f` at `x`, an array or a list or tuple of floats; None where there is no forward code for it.

    Of a program that computes with floats alone all rows come from one sweep: a row of floats, one for each
    direction, takes the place of each tangent.  Otherwise there is a product for each row.
    """

    def call() -> Any:
        made = None if USERS else forward_of(f, (x,), (0,), slope=True)
        if made is None:
            return None
        trial = [*(1.0 + 0.5 * np.sin(np.arange(np.size(x)))).tolist()]
        wanted, largest = _along_and_size(made, x, np.reshape(trial, x.shape) if type(x) is np.ndarray else trial)
        if wanted is None:
            return None
        found = _all_rows(made, f, x, trial, wanted) if largest <= _TOO_LARGE else None
        if found is None:
            found = _row_by_row(made, x)
        return found if found is not None and np.all(np.isfinite(found)) else None

    return attempt(f, call)


@polyfill(matrix)
def nested_matrix(f: Any, x: Any) -> Any:
    """As `nested_product`."""
    return None


def _all_rows(made: Forward, f: Any, x: Any, trial: list[float], wanted: Any) -> Any:
    """All rows in one sweep, or in few; None where that is not possible.

    What does not give the product with `trial` that is `wanted` is not tried again.
    """
    for way in (_in_place_of_floats, _as_arrays):
        if way not in made.failed:
            try:
                found = way(made, f, x)
            except RuleError:
                raise
            except Exception:
                found = None
            if found is not None and _agrees(found, trial, wanted):
                return found
            made.failed.add(way)
    return None


def _in_place_of_floats(made: Forward, f: Any, x: Any) -> Any:
    return _at_once(made, x) if made.plain and type(x) is list else None


def _as_arrays(made: Forward, f: Any, x: Any) -> Any:
    rows = forward_of(f, (x,), (0,), slope=True, batched=True) if type(x) in (list, np.ndarray) else None
    return None if rows is None else _along_many(rows, x)


def _row_by_row(made: Forward, x: Any) -> Any:
    rows = []
    for seed in unit_seeds(snapshot(x)):
        row = _along(made, x, direction(x, seed))
        if row is None:
            return None
        rows.append(np.ravel([0.0 if part is None else part for part in row] if type(row) in (list, tuple) else row))
    return np.array(rows)


def _at_once(made: Forward, x: list[float]) -> Any:
    """All rows in one sweep."""
    n = len(x)
    call = differentiate(made.function, (*made.lead, x, [*np.eye(n)]), {}, chosen=(len(made.lead),))
    call.ctx.begin_reverse()
    call.record[0](call.ctx, call.record, 1.0)
    call.ctx.finish_reverse()
    rows = np.zeros((n, n))
    for i, bar in (call.ctx.peek(x) or {}).items():
        rows[i] = bar
    return rows


_MOST, _LARGEST, _FEWEST, _TOO_LARGE = 16_384, 500_000, 8, 10_000
"""Numbers in an array with a row for each direction, products in its product with a matrix, rows, numbers in one row.

More directions are taken in turns: so arrays stay in the processor's cache, and products of matrices are below the size
at which threads are started, which takes longer than they do.  Larger arrays leave the cache whatever is done.
"""


def _step(made: Forward, widest: int, n: int) -> int:
    """How many directions are taken at a time, of arrays of so many numbers and of `n` in the argument."""
    return min(_MOST // max(1, widest), _LARGEST // max(1, widest * n) if made.multiplies else _MOST)


def _along_many(made: Forward, x: Any) -> Any:
    """The rows of a Hessian, many directions at a time; None if that is not possible."""
    n = np.size(x)
    step = max(_FEWEST, _step(made, n, n))
    rows = []
    for begin in range(0, n, step):
        units = np.eye(n)[begin : begin + step]
        with directions(len(units)):
            call = differentiate(made.function, (*made.lead, *_in_rows(x, units)), {}, chosen=(len(made.lead),))
        if np.shape(call.value) != units.shape[:1]:
            return None
        found = reverse(call, np.ones(len(units)))[len(made.lead)]
        rows.append(np.zeros(units.shape) if found is None else _of_rows(found, units.shape))
    return np.concatenate(rows)


def _in_rows(x: Any, units: Any) -> tuple[Any, Any]:
    """The argument once for each direction, and the directions, in its structure."""
    if type(x) is list:
        return [np.full(len(units), item) for item in x], [*units.T]
    seeds = units.reshape(-1, *x.shape)
    return np.array(np.broadcast_to(x, seeds.shape)), seeds


def _of_rows(found: Any, shape: tuple[int, ...]) -> Any:
    """The gradients of all directions, one below the other."""
    if type(found) is not list:
        return found.reshape(shape)
    return np.stack([np.zeros(shape[0]) if part is None else part for part in found], axis=1)


def _agrees(rows: Any, trial: list[float], wanted: Any) -> bool:
    """Whether the rows of a Hessian give the product with one vector that was computed by itself."""
    wanted = np.ravel([0.0 if part is None else part for part in wanted])
    within = 1e-9 if rows.dtype == np.float64 else 1e-3
    return bool(np.allclose(rows @ trial, wanted, rtol=within, atol=within * float(np.max(np.abs(rows), initial=0.0))))


# Jacobians --------------------------------------------------------------------------------------------------


def columns(f: Any, args: tuple[Any, ...], size: int) -> Any:
    """The Jacobian of `f`, whose result has `size` numbers, in each of `args`: one matrix for each.

    It is computed column by column, in all directions at once where that is possible.  None where there is no forward
    code for it, or where an argument is neither an array nor a float, nor without a derivative.
    """
    if USERS or not all([type(arg) in (float, np.ndarray, str, bool, type(None)) for arg in args]):
        return None

    def call() -> Any:
        found = [
            _columns_in(f, args, n, size) if type(arg) in (float, np.ndarray) else () for n, arg in enumerate(args)
        ]
        return None if any([part is None for part in found]) else found

    return attempt(f, call)


@polyfill(columns)
def nested_columns(f: Any, args: tuple[Any, ...], size: int) -> Any:
    """As `nested_product`."""
    return None


def _columns_in(f: Any, args: tuple[Any, ...], n: int, size: int) -> Any:
    x = args[n]
    if type(x) is float:
        return _column(f, args, n, 1.0, size)
    found = _many_columns(f, args, n, size)
    trial = np.sin(1.0 + np.arange(x.size)).reshape(x.shape)
    wanted = _column(f, args, n, trial, size)
    if wanted is None or x.size == 0:
        return None
    if found is None or not np.allclose(
        found @ trial.ravel(), wanted, rtol=1e-9, atol=1e-9 * np.max(np.abs(found), initial=0.0)
    ):
        parts = [_column(f, args, n, seed, size) for seed in unit_seeds(snapshot(x))]
        found = None if any([part is None for part in parts]) else np.stack(parts, axis=1)
    return found if found is not None and np.all(np.isfinite(found)) else None


def _column(f: Any, args: tuple[Any, ...], n: int, direction: Any, size: int) -> Any:
    found = tangent(f, args, tuple([direction if m == n else None for m in range(len(args))]))
    return None if found is None or np.size(found[1]) != size else np.ravel(found[1])


def _many_columns(f: Any, args: tuple[Any, ...], n: int, size: int) -> Any:
    """All columns, many directions at a time; None if that is not possible."""
    x = args[n]
    try:
        made = forward_of(f, args, (n,), slope=False, batched=True)
        if made is None:
            return None
        step = max(1, _step(made, max(x.size, size), x.size))
        found = []
        for begin in range(0, x.size, step):
            seeds = np.eye(x.size)[begin : begin + step].reshape(-1, *x.shape)
            points = np.array(np.broadcast_to(x, seeds.shape))
            passed = [part for m, arg in enumerate(args) for part in ((points, seeds) if m == n else (arg,))]
            with directions(len(seeds)):
                y_dot = made.function(*made.lead, *passed)[1]
            found.append(np.reshape(y_dot, (len(seeds), size)))
        return np.concatenate(found).T
    except RuleError:
        raise
    except Exception:
        # One by one it may be possible.
        return None


# directions -------------------------------------------------------------------------------------------------


def direction(x: Any, v: Any) -> Any:
    """`v` with the structure of `x` and zeros spelled out."""
    if type(x) is np.ndarray:
        if v is None:
            return np.zeros(x.shape)
        if type(v) is not np.ndarray or v.shape != x.shape or v.dtype.kind not in "fiu":
            raise DeclinedError("a direction of another structure")
        return v.astype(float)
    if type(x) in NUMBER_TYPES:
        return number(v)
    if type(x) in WITHOUT or isinstance(x, CALLABLE):
        if v is not None:
            raise DeclinedError("a direction of what has no derivative")
        return None
    if type(x) not in (list, tuple):
        return named_direction(dict(x if type(x) is dict else attributes(x)), v)
    if v is None:
        v = [None] * len(x)
    if type(v) not in (list, tuple) or len(x) != len(v):
        raise DeclinedError("a direction of another structure")
    if type(v) is type(x) and only_floats(v):
        return v
    return type(x)([direction(item, part) for item, part in zip(x, v, strict=True)])


def named_direction(held: dict[str, Any], v: Any) -> Any:
    """The direction of a dict, or of an object by the names of its attributes."""
    given = {} if v is None else v
    if not isinstance(given, (dict, Tangent)) or not {*given.keys()} <= held.keys():
        raise DeclinedError("a direction of another structure")
    return {name: direction(item, given.get(name)) for name, item in held.items()}


def zero(x: Any) -> Any:
    """The direction zero."""
    return direction(x, None)


def number(v: Any) -> float:
    """A number of a direction."""
    if v is None:
        return 0.0
    if type(v) not in (float, int):
        raise DeclinedError("a direction of another kind")
    return float(v)


def is_finite(found: Any) -> bool:
    """Whether all numbers of a gradient are finite, those that are there."""
    if found is None:
        return True
    if isinstance(found, (dict, Tangent)):
        return all([is_finite(item) for item in found.values()])
    if isinstance(found, (list, tuple)):
        return all(map(math.isfinite, found)) if only_floats(found) else all([is_finite(item) for item in found])
    return bool(np.all(np.isfinite(found)))
