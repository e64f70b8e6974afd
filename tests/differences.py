"""Gradients by central differences, and comparison of nested values: the tests' independent source of truth.

The real variables of an argument are its floats and its float arrays, wherever they are in lists, tuples, dicts and
the attributes of objects; ints, bools, strings and None are constants.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

# Object attributes are followed so far; deeper ones belong to the machinery of a class, not to its value.
MOST_NESTED = 4


def attributes(value: Any) -> dict[str, Any]:
    """The instance attributes of `value`, from its ``__dict__`` and its slots, by name."""
    found = dict(getattr(value, "__dict__", {}))
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return dict(sorted(found.items()))


def children(value: Any, depth: int = 0) -> list[tuple[Any, Any]]:
    """The (key, child) pairs below which `value` has real variables; nothing for a leaf or a constant."""
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (float, np.ndarray, type)) or depth >= MOST_NESTED:
        return []
    return [(name, child) for name, child in attributes(value).items() if leaves(child, depth + 1)]


def leaves(value: Any, depth: int = 0) -> list[float]:
    """The real variables of `value`, in order."""
    if isinstance(value, (float, np.floating)):
        return [float(value)]
    if isinstance(value, np.ndarray):
        return [float(x) for x in value.ravel()] if value.dtype.kind == "f" else []
    return [leaf for _, child in children(value, depth) for leaf in leaves(child, depth + 1)]


def rebuild(value: Any, numbers: Iterator[float], depth: int = 0) -> Any:
    """A copy of `value` that shares nothing mutable with it and has `numbers` for its real variables."""
    if isinstance(value, (float, np.floating)):
        return type(value)(next(numbers))
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return value.copy()
        return np.array([next(numbers) for _ in range(value.size)], dtype=value.dtype).reshape(value.shape)
    if isinstance(value, (list, tuple)):
        items = [rebuild(child, numbers, depth + 1) for child in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return type(value)((key, rebuild(child, numbers, depth + 1)) for key, child in value.items())
    parts = children(value, depth)
    if not parts:
        return value
    rebuilt = copy.copy(value)
    for name, child in parts:
        object.__setattr__(rebuilt, name, rebuild(child, numbers, depth + 1))
    return rebuilt


def fresh(args: Sequence[Any]) -> tuple[Any, ...]:
    """Arguments of the same value as `args`, which a call may mutate."""
    numbers = iter(leaves(tuple(args)))
    rebuilt: tuple[Any, ...] = rebuild(tuple(args), numbers)
    return rebuilt


def flat_gradient(gradient: Any, value: Any, depth: int = 0) -> list[float]:
    """The entries of `gradient` along the real variables of `value`; None stands for zeros."""
    if gradient is None:
        return [0.0] * len(leaves(value, depth))
    if isinstance(value, (float, np.floating)):
        return [float(gradient)]
    if isinstance(value, np.ndarray):
        assert np.shape(gradient) == value.shape, f"gradient of shape {np.shape(gradient)} for an array {value.shape}"
        return [float(x) for x in np.ravel(gradient)] if value.dtype.kind == "f" else []
    flat: list[float] = []
    for key, child in children(value, depth):
        by_key = isinstance(value, (list, tuple, dict))
        flat += flat_gradient(_entry(gradient, key) if by_key else getattr(gradient, key), child, depth + 1)
    return flat


def _entry(gradient: Any, key: Any) -> Any:
    return gradient.get(key) if isinstance(gradient, dict) else gradient[key]


def numerical_gradient(f: Callable[..., Any], args: Sequence[Any], step: float = 0.02) -> list[float]:
    """The derivative of `f` in each real variable of `args`, to about 1e-9 of it for a smooth `f`."""
    point = leaves(tuple(args))

    def moved(index: int, by: float) -> float:
        numbers = [*point[:index], point[index] + by, *point[index + 1 :]]
        return float(f(*rebuild(tuple(args), iter(numbers))))

    return [
        ridders(lambda by, i=i: moved(i, by), step * max(abs(x), 0.1))  # type: ignore[misc]
        for i, x in enumerate(point)
    ]


def ridders(f: Callable[[float], float], step: float, rounds: int = 8) -> float:
    """The derivative of `f` at 0: central differences of shrinking steps, extrapolated to step 0.

    Source: C. J. F. Ridders, Advances in Engineering Software 4 (1982) 75-76; Numerical Recipes, section 5.7.
    """
    shrink = 1.6
    best, best_error = 0.0, float("inf")
    previous: list[float] = []
    for _ in range(rounds):
        row = [(f(step) - f(-step)) / (2.0 * step)]
        factor = shrink * shrink
        for j, coarser in enumerate(previous):
            row.append((row[j] * factor - coarser) / (factor - 1.0))
            factor *= shrink * shrink
            error = max(abs(row[-1] - row[j]), abs(row[-1] - coarser))
            if error <= best_error:
                best, best_error = row[-1], error
        previous, step = row, step / shrink
    return best


def same(a: Any, b: Any, seen: set[tuple[int, int]] | None = None) -> bool:
    """Whether `a` and `b` are of the same types and equal to the last bit, attributes and cycles included."""
    seen = set() if seen is None else seen
    if (id(a), id(b)) in seen:
        return True
    seen.add((id(a), id(b)))
    if type(a) is not type(b):
        return False
    if isinstance(a, (float, complex, int, str, bytes, type(None))):
        return repr(a) == repr(b)
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if isinstance(a, dict) and list(a) != list(b):
        return False
    if isinstance(a, dict):
        return all(same(a[key], b[key], seen) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, seen) for x, y in zip(a, b, strict=True))
    of_a, of_b = attributes(a), attributes(b)
    if not of_a and not of_b:
        return bool(a is b or a == b)
    return of_a.keys() == of_b.keys() and all(same(of_a[name], of_b[name], seen) for name in of_a)
