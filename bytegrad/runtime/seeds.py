"""Seeds: the cotangent of a result, checked against it and in the form that the runtime carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from bytegrad.errors import ScalarError, SeedError
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.context import Context
from bytegrad.runtime.records import name_of
from bytegrad.runtime.results import Template
from bytegrad.runtime.structure import CELL, NUMBERS, is_leaf
from bytegrad.runtime.tangent import ZERO, Tangent, is_number


class Fit(NamedTuple):
    """What a seed has to fit, and what it is called."""

    place: str
    name: str


RESULT = (Fit("the result", "seed"),)
Path = tuple[Any, ...]
"""Where in a structure a seed belongs: a `Fit`, then keys."""


def give(ctx: Context, template: Template, seed: Any, path: Path = RESULT) -> Any:
    """Take `seed` for the cotangent of what `template` describes.

    What is carried by value is returned, the rest goes to shadows.  None, at any depth, is zero.
    Raises: SeedError if it has not the structure, the shape or the kind of numbers of the value.
    """
    kind, value = template.kind, template.value
    if seed is None:
        return ZERO
    if kind == "number":
        return _number(value, seed, path)
    if kind == "array":
        return ARRAYS.absorb(ctx, value, _array(value, seed, path))
    if kind == "inert":
        raise _misfit(path, value, seed, "carries no derivative")
    if kind == "again":
        return give(ctx, template.parts[0][1], seed, path)
    if kind == CELL:
        ctx.shadow(value).add(0, give(ctx, template.parts[0][1], seed, path))
    elif kind == "tuple":
        bars = _items(value, len(template.parts), seed, path)
        return tuple(
            [give(ctx, part, bar, (*path, key)) for (key, part), bar in zip(template.parts, bars, strict=True)]
        )
    elif kind == NUMBERS:
        _give_numbers(ctx, template, _items(value, len(template.parts), seed, path), path)
    elif kind == "list":
        bars = _items(value, len(template.parts), seed, path)
        _give_parts(ctx, value, zip(template.parts, bars, strict=True), path)
    else:
        parts = dict(template.parts)
        bars = _by_key(parts, seed, path, value)
        _give_parts(ctx, value, [((key, parts[key]), bars[key]) for key in bars], path)
    return ZERO


def _give_numbers(ctx: Context, template: Template, bars: Any, path: Path) -> None:
    shadow = ctx.shadow(template.value)
    for index, (number, bar) in enumerate(zip(template.parts, bars, strict=True)):
        if bar is not None:
            shadow.add(index, _number(number, bar, (*path, index)))


def _give_parts(ctx: Context, value: Any, parts: Iterable[tuple[tuple[Any, Template], Any]], path: Path) -> None:
    shadow = ctx.shadow(value)
    for (key, part), bar in parts:
        shadow.add(key, give(ctx, part, bar, (*path, key)))


def _array(y: Any, seed: Any, path: Path) -> Any:
    what = ARRAYS.misfit(y, seed)
    if what:
        raise _misfit(path, y, seed, what)
    if y.dtype.kind == "O":
        for item, bar in zip(ARRAYS.held(y), ARRAYS.held(seed), strict=True):
            if not is_leaf(item) and not (bar is None or (is_number(bar) and bar == 0)):
                what = f"is an array of objects that holds {describe(item)}"
                raise _misfit(path, y, seed, what, "numbers only, or return a list in place of the array")
    return seed


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


def _items(y: Any, n: int, seed: Any, path: Path) -> Any:
    if not isinstance(seed, (list, tuple)) and not (ARRAYS.is_array(seed) and seed.ndim == 1):
        raise _misfit(path, y, seed, f"is {describe(y)}")
    if len(seed) != n:
        raise _misfit(path, y, seed, f"is {describe(y)}")
    return seed


def _by_key(parts: dict[Any, Any], seed: Any, path: Path, y: Any) -> Any:
    if not isinstance(seed, (Mapping, Tangent)):
        as_parts = None if isinstance(y, Mapping) else "a Tangent or a dict of attributes"
        raise _misfit(path, y, seed, f"is {describe(y)}", as_parts)
    for key in seed:
        if key not in parts:
            raise _misfit((*path, key), y, seed[key], "is not there")
    return seed


def _misfit(path: Path, y: Any, seed: Any, what: str, wanted: str | None = None) -> SeedError:
    fit, *keys = path
    place = fit.place + "".join([f"[{key!r}]" for key in keys])
    return SeedError(
        f"the {fit.name} does not fit: {place} {what}, the {fit.name} for it is {describe(seed)}",
        fixes=f"give {wanted or f'a {fit.name} of the structure of {fit.place}'}, with None for parts that have none",
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
