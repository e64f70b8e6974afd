"""Seeds: the cotangent of a result, checked against it and in the form that the runtime carries."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import CellType
from typing import Any

from bytegrad.errors import ScalarError, SeedError
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import name_of
from bytegrad.runtime.structure import NUMBERS, is_leaf, parts_of
from bytegrad.runtime.tangent import ZERO, Tangent, is_number

Path = tuple[Any, ...]


def give(ctx: Context, y: Any, seed: Any, path: Path = ()) -> Any:
    """Take `seed` for the cotangent of `y`: what is carried by value is returned, the rest goes to shadows.

    None, at any depth, is zero.
    Raises: SeedError if it has not the structure, the shape or the kind of numbers of `y`.
    """
    if seed is None:
        return ZERO
    if type(y) is float and type(seed) is float:
        return seed
    if ARRAYS.is_array(y):
        return ARRAYS.absorb(ctx, y, ARRAYS.seed(y, seed))
    if is_number(y):
        return _number(y, seed, path)
    if is_leaf(y):
        raise _misfit(path, y, seed, "carries no derivative")
    kind, parts = parts_of(y)
    if kind == "tuple":
        return tuple([give(ctx, y[key], bar, (*path, key)) for key, bar in enumerate(_items(y, seed, path))])
    bars = _items(y, seed, path) if kind in ("list", NUMBERS) else _by_key(dict(parts), seed, path, y)
    _give_parts(ctx, y, kind, dict(enumerate(parts) if kind == NUMBERS else parts), bars, path)
    return ZERO


def _give_parts(ctx: Context, y: Any, kind: str, parts: dict[Any, Any], bars: Any, path: Path) -> None:
    shadow = ctx.shadow(y)
    for key, bar in bars.items() if isinstance(bars, (Mapping, Tangent)) else enumerate(bars):
        if kind == "function" and isinstance(parts[key], CellType):
            ctx.shadow(parts[key]).add(0, give(ctx, parts[key].cell_contents, bar, (*path, key)))
        else:
            shadow.add(key, give(ctx, parts[key], bar, (*path, key)))


def _number(y: Any, seed: Any, path: Path) -> Any:
    if ARRAYS.is_array(seed) and seed.shape == ():
        seed = seed[()]
    if not is_number(seed):
        raise _misfit(path, y, seed, "is a number")
    complex_seed = is_complex(seed)
    if complex_seed and not is_complex(y):
        if seed.imag != 0:
            raise _misfit(path, y, seed, "is real")
        seed = seed.real
    if isinstance(y, (Fraction, Decimal)):
        return seed if isinstance(seed, type(y)) else type(y)(seed)
    return float(seed) if isinstance(seed, int) else seed


def is_complex(value: Any) -> bool:
    """Whether a number is complex, by its type."""
    return isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c"


def _items(y: Any, seed: Any, path: Path) -> Any:
    if not isinstance(seed, (list, tuple)) and not (ARRAYS.is_array(seed) and seed.ndim == 1):
        raise _misfit(path, y, seed, f"is {describe(y)}")
    if len(seed) != len(y):
        raise _misfit(path, y, seed, f"is {describe(y)}")
    return seed


def _by_key(parts: dict[Any, Any], seed: Any, path: Path, y: Any) -> Any:
    if not isinstance(seed, (Mapping, Tangent)):
        raise _misfit(path, y, seed, f"is {describe(y)}")
    for key in seed:
        if key not in parts:
            raise _misfit((*path, key), y, seed[key], "is not there")
    return seed


def _misfit(path: Path, y: Any, seed: Any, what: str) -> SeedError:
    place = "the result" + "".join([f"[{key!r}]" for key in path])
    return SeedError(
        f"the seed does not fit: {place} {what}, the seed for it is {describe(seed)}",
        fixes="give a seed of the structure of the result, with None for parts that have none",
    )


def scalar_seed(f: Any, y: Any) -> Any:
    """The seed 1 for a real scalar result.

    Raises: ScalarError for anything else, with the way to what was probably meant.
    """
    if isinstance(y, (Fraction, Decimal)):
        return type(y)(1)
    if is_number(y) and not is_complex(y):
        return 1.0
    if ARRAYS.is_array(y) and y.shape == () and y.dtype.kind in "fiu":
        return ARRAYS.one(y)
    raise ScalarError(
        f"the gradient is that of a real number, but {name_of(f)} returned {describe(y)}",
        fixes=_way_out(y),
    )


def _way_out(y: Any) -> str:
    if is_complex(y):
        return "differentiate its real part, its absolute value, or use bytegrad.pullback with a complex seed"
    if y is None or isinstance(y, (str, bytes, bool)):
        return "return a number"
    if isinstance(y, (tuple, dict)):
        return (
            "return one number; bytegrad.withgradient takes further results after it; or bytegrad.pullback with a seed"
        )
    return "reduce it to one number (such as its sum), use bytegrad.jacobian, or bytegrad.pullback with a seed"


def describe(value: Any) -> str:
    """What a value is, in a message."""
    if value is None:
        return "None"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"an array of shape {shape}"
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
