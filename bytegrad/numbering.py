"""The numbers that a structure holds, one after the other: in the order of its parts, arrays in C order.

A complex number counts as two, its real and its imaginary part.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.fitting import cotangent_dtype
from bytegrad.runtime.results import Template, as_number, assembled
from bytegrad.runtime.seeds import is_complex
from bytegrad.runtime.structure import CELL, NUMBERS
from bytegrad.runtime.tangent import Tangent


@non_differentiable
def count(template: Template) -> int:
    """How many numbers there are."""
    kind, value = template.kind, template.value
    if kind == "number":
        return 1 + is_complex(value)
    if kind == "array":
        dtype = cotangent_dtype(value.dtype)
        return 0 if dtype is None else int(value.size) * (1 + (dtype.kind == "c"))
    if kind == NUMBERS:
        return len(template.parts)
    return 0 if kind in ("again", "inert") else sum([count(part) for _, part in template.parts])


def values(template: Template) -> Iterator[Any]:
    """The numbers and arrays themselves, where there are any numbers in them."""
    if template.kind == NUMBERS:
        yield from template.parts
    elif template.kind in ("number", "array"):
        if count(template):
            yield template.value
    elif template.kind != "again":
        for _, part in template.parts:
            yield from values(part)


@non_differentiable
def unit_seeds(template: Template) -> list[Any]:
    """For each number a seed that is 1 there (i for an imaginary part) and has nothing elsewhere."""
    kind, value = template.kind, template.value
    if kind == "number":
        one: Any = type(value)(1) if isinstance(value, (Fraction, Decimal)) else 1.0
        return [1.0 + 0.0j, 1.0j] if is_complex(value) else [one]
    if kind == "array":
        return [_unit(value, n) for n in range(count(template))]
    if kind in ("again", "inert"):
        return []
    parts = [[1.0] for _ in template.parts] if kind == NUMBERS else [unit_seeds(part) for _, part in template.parts]
    if kind == CELL:
        return [seed for seeds in parts for seed in seeds]
    if kind in ("list", "tuple", NUMBERS):
        n = len(parts)
        return [[None] * i + [seed] + [None] * (n - i - 1) for i, seeds in enumerate(parts) for seed in seeds]
    return [{key: seed} for (key, _), seeds in zip(template.parts, parts, strict=True) for seed in seeds]


def _unit(array: Any, n: int) -> Any:
    dtype = cotangent_dtype(array.dtype)
    unit = np.zeros(array.shape, dtype)
    parts = 1 + (dtype.kind == "c")
    unit.reshape(-1)[n // parts] = 1j if n % parts else 1
    return unit


def refilled(template: Template, numbers: Iterator[Any], made: dict[Template, Any]) -> Any:
    """The structure with the next of `numbers` in each place, None where they are None."""
    kind, value = template.kind, template.value
    if kind == "again":
        return made.get(template.parts[0][1])
    if kind == "number":
        found = _number(numbers, is_complex(value))
        return None if found is None else as_number(value, found)
    if kind == "array":
        found = _array(template, numbers)
    elif kind == NUMBERS:
        items = [next(numbers) for _ in template.parts]
        found = None if all([item is None for item in items]) else items
    elif kind == "inert":
        return None
    else:
        found = assembled(template, [refilled(part, numbers, made) for _, part in template.parts])
    made[template] = found
    return found


def _number(numbers: Iterator[Any], pair: bool) -> Any:
    real = next(numbers)
    if not pair:
        return real
    imaginary = next(numbers)
    if real is None and imaginary is None:
        return None
    return (0.0 if real is None else real) + 1j * (0.0 if imaginary is None else imaginary)


def _array(template: Template, numbers: Iterator[Any]) -> Any:
    array = template.value
    if not count(template):
        return None
    pair = count(template) > array.size
    found = [_number(numbers, pair) for _ in range(array.size)]
    if all([item is None for item in found]):
        return None
    return np.array([0.0 if item is None else item for item in found], cotangent_dtype(array.dtype)).reshape(
        array.shape
    )


def spread(template: Template, tangent: Any) -> list[Any]:
    """The numbers of a tangent with the structure of `template`, None where it has None; the inverse of `refilled`."""
    kind = template.kind
    if kind in ("again", "inert") or not count(template):
        return []
    if tangent is None:
        return [None] * count(template)
    if kind == "number":
        return [tangent.real, tangent.imag] if is_complex(template.value) else [tangent]
    if kind == "array":
        flat = [*np.asarray(tangent).reshape(-1)]
        return [part for z in flat for part in (z.real, z.imag)] if count(template) > len(flat) else flat
    if kind == NUMBERS:
        return list(tangent)
    if kind == CELL:
        return spread(template.parts[0][1], tangent)
    by_place = kind in ("list", "tuple")
    parts = [(part, tangent[n] if by_place else tangent.get(key)) for n, (key, part) in enumerate(template.parts)]
    return [number for part, inside in parts for number in spread(part, inside)]


def where_present(bar: Any, tangent: Any) -> Any:
    """The parts of `tangent` for which the cotangent `bar` is not None."""
    if bar is None or tangent is None:
        return None
    if isinstance(bar, (list, tuple)):
        return [where_present(b, t) for b, t in zip(bar, tangent, strict=True)]
    if isinstance(bar, (dict, Tangent)):
        given = {key: where_present(b, tangent[key]) for key, b in bar.items() if key in tangent}
        return given if isinstance(bar, dict) else Tangent(**given)
    return tangent


def zeros(template: Template) -> Any:
    """The structure with zeros, spelled out."""
    kind, value = template.kind, template.value
    if kind == "number":
        return zero_number(value)
    if kind == "array":
        dtype = cotangent_dtype(value.dtype)
        return None if dtype is None else np.zeros(value.shape, dtype)
    if kind in ("again", "inert"):
        return None
    if kind == NUMBERS:
        return [0.0 for _ in template.parts]
    parts = [zeros(part) for _, part in template.parts]
    if kind == CELL:
        return parts[0] if parts else None
    if kind == "list":
        return parts
    if kind == "tuple":
        return tuple(parts)
    by_key = {key: part for (key, _), part in zip(template.parts, parts, strict=True)}
    return by_key if kind == "dict" else Tangent(**by_key)


def zero_number(value: Any) -> Any:
    """The tangent zero of a number."""
    if isinstance(value, (Fraction, Decimal, complex, np.inexact)):
        return type(value)(0)
    return 0.0 if isinstance(value, (int, float, np.integer)) else value * 0


def inner(bar: Any, tangent: Any) -> Any:
    """The real inner product of a cotangent and a tangent of one structure; None if they share nothing."""
    if bar is None or tangent is None:
        return None
    if isinstance(bar, np.ndarray):
        if type(tangent) is not np.ndarray:
            tangent = np.asarray(tangent)  # of matrices * is another product
        product = np.sum(np.conjugate(bar) * tangent) if is_complex(bar) else np.sum(bar * tangent)
        return product.real if is_complex(product) else product
    if isinstance(bar, (list, tuple)):
        return total([inner(b, t) for b, t in zip(bar, tangent, strict=True)])
    if isinstance(bar, (dict, Tangent)):
        return total([inner(b, tangent[key]) for key, b in bar.items() if key in tangent])
    if isinstance(bar, Decimal):
        return bar * Decimal(tangent)
    product = bar.conjugate() * tangent if is_complex(bar) else bar * tangent
    return product.real if is_complex(product) else product


def total(parts: list[Any]) -> Any:
    """The sum of numbers, leaving out those that are None; None if all are."""
    found = None
    for part in parts:
        if part is not None:
            found = part if found is None else found + part
    return found
