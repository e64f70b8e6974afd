"""One checker for the rules of scalar functions: `case(math.atan2, 0.3, -1.2)` is a row, `check(row)` is the test.

It asks the registry for the rule, as the engine does, applies it, and compares with the plain call and with central
differences in every float and in both parts of every complex argument, also within lists and tuples.
"""

from __future__ import annotations

import builtins
import dis
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from bytegrad.runtime import registry
from bytegrad.runtime.registry import Adjoint, NonDifferentiable, Partials
from tests.differences import ridders

SEEDS = {float: (1.0, -0.7), complex: (1.0 + 0.0j, 1j, 0.4 - 1.3j)}
TOLERANCE, SECOND_TOLERANCE = 2e-7, 2e-4


@dataclass(slots=True)
class Case:
    """A call of `function`, to be checked at one point; `step` is the relative size of the differences."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    step: float = 0.02

    def __str__(self) -> str:
        name = getattr(self.function, "__qualname__", repr(self.function))
        return f"{name}({', '.join(map(repr, self.args))})"


def case(function: Callable[..., Any], *args: Any, step: float = 0.02, **kwargs: Any) -> Case:
    return Case(function, args, kwargs, step)


def cases(function: Callable[..., Any], *points: Any, step: float = 0.02) -> list[Case]:
    """One case for each point: a tuple of arguments, or the one argument."""
    return [Case(function, point if isinstance(point, tuple) else (point,), step=step) for point in points]


def partials_of(function: Any, count: int) -> Partials:
    """The rule of `function` for calls with `count` arguments, which must be one of partials."""
    for rule in registry.rules_of(function):
        if isinstance(rule, Partials) and len(rule.names) == count:
            return rule
    raise AssertionError(f"{function} has no partials of {count} arguments")


def slopes(rule: Partials, args: Sequence[Any], y: Any) -> list[Any]:
    """The value of each derivative of `rule`; None where it has none."""
    known = {**dict(zip(rule.names, args, strict=True)), rule.output: y}
    return [
        None
        if derivative is None
        else derivative(**{name: known[name] for name in inspect.signature(derivative).parameters})
        for derivative in rule.functions
    ]


def apply(row: Case) -> tuple[Any, Callable[[Any], Sequence[Any]]]:
    """The value and the pullback that the first rule gives which does not decline."""
    for rule in registry.lookup(row.function):
        if isinstance(rule, Partials) and len(rule.names) == len(row.args) and not row.kwargs:
            return _apply_partials(rule, row)
        if isinstance(rule, NonDifferentiable) and not row.kwargs:
            return row.function(*row.args), lambda y_bar: (None,) * len(row.args)
        if isinstance(rule, Adjoint):
            result = rule.rule(*row.args, **row.kwargs)
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
    raise AssertionError(f"no rule takes {row}")


def _apply_partials(rule: Partials, row: Case) -> tuple[Any, Callable[[Any], Sequence[Any]]]:
    y = row.function(*row.args)

    def pullback(y_bar: Any) -> list[Any]:
        return [None if slope is None else y_bar * slope.conjugate() for slope in slopes(rule, row.args, y)]

    return y, pullback


def check(row: Case) -> None:
    """The value of the plain call, and the cotangents that central differences give."""
    y, pullback = apply(row)
    plain = row.function(*row.args, **row.kwargs)
    assert type(y) is type(plain)
    assert repr(y) == repr(plain)
    variables = real_variables(row.args)
    for seed in seeds_for(y):
        cotangents = pullback(seed)
        assert repr(pullback(seed)) == repr(cotangents), "the pullback may be called twice"
        for path, part in variables:
            expected = ridders(lambda by, p=path, q=part, s=seed: _loss(row, p, q * by, s), _step(row, path))  # type: ignore[misc]
            got = at(cotangents, path)
            got = 0.0 if got is None else got
            got = got.imag if part == 1j else got.real
            error = TOLERANCE * (size(y) / size(at(row.args, path)))
            assert got == pytest.approx(expected, rel=TOLERANCE, abs=error), f"{row}: {path} with seed {seed}"


def check_second(row: Case) -> None:
    """Differences of the partials are second differences of the function, in every pair of floats."""
    rule = partials_of(row.function, len(row.args))
    variables = [path for path, part in real_variables(row.args) if part == 1.0]

    def slope(args: tuple[Any, ...], i: int) -> float:
        found = slopes(rule, args, row.function(*args))[i]
        return 0.0 if found is None else float(found)

    def difference(args: tuple[Any, ...], i: int) -> float:
        path = variables[i]
        return ridders(lambda by: row.function(*moved(args, path, by)), _step(row, path))

    for i, first in enumerate(variables):
        for second in variables:
            got = ridders(lambda by, p=second, k=first[0]: slope(moved(row.args, p, by), k), _step(row, second))  # type: ignore[misc]
            expected = ridders(lambda by, p=second, k=i: difference(moved(row.args, p, by), k), _step(row, second))  # type: ignore[misc]
            error = SECOND_TOLERANCE * max(1.0, size(row.function(*row.args)))
            assert got == pytest.approx(expected, rel=SECOND_TOLERANCE, abs=error), f"{row}: {first}, {second}"


def check_never_raises(function: Callable[..., Any], *args: Any) -> None:
    """Where the function has a value, each of its partials has one too: no overflow, no division by zero."""
    try:
        y = function(*args)
    except (ArithmeticError, ValueError):
        return
    slopes(partials_of(function, len(args)), args, y)


def seeds_for(y: Any) -> list[Any]:
    """Cotangents to try: a few for each number in `y`, with None for the other items of a tuple."""
    if isinstance(y, tuple):
        return [
            tuple(seed if k == i else None for k in range(len(y)))
            for i, item in enumerate(y)
            for seed in seeds_for(item)
        ]
    return list(SEEDS[complex if isinstance(y, complex) else float])


def real_variables(value: Any) -> list[tuple[tuple[int, ...], complex]]:
    """The (path, direction) pairs of `value`: 1.0 for each float and each complex number, 1j too for the latter."""
    if isinstance(value, complex):
        return [((), 1.0), ((), 1j)]
    if isinstance(value, float):
        return [((), 1.0)]
    if isinstance(value, (list, tuple)):
        return [((i, *path), part) for i, item in enumerate(value) for path, part in real_variables(item)]
    return []


def at(value: Any, path: tuple[int, ...]) -> Any:
    """The item of nested sequences at `path`; None below a None or beyond a shorter tuple of cotangents."""
    for i in path:
        value = None if value is None or i >= len(value) else value[i]
    return value


def moved(value: Any, path: tuple[int, ...], by: Any) -> Any:
    """A copy of `value` with `by` added at `path`."""
    if not path:
        return value + by
    items = [moved(item, path[1:], by) if i == path[0] else item for i, item in enumerate(value)]
    return tuple(items) if isinstance(value, tuple) else items


def size(value: Any) -> float:
    """The absolute value of a number, of the largest one in a sequence; 0.1 for an argument of 0."""
    if isinstance(value, (list, tuple)):
        return max(map(size, value), default=0.0)
    return float(abs(value)) or 0.1


def _step(row: Case, path: tuple[int, ...]) -> float:
    return row.step * size(at(row.args, path))


def _loss(row: Case, path: tuple[int, ...], by: Any, seed: Any) -> float:
    """The real number whose gradient is the pullback of `seed`: the inner product of seed and result."""
    by = by if isinstance(by, float) or by.imag else by.real
    y = row.function(*moved(row.args, path, by), **row.kwargs)
    pairs = zip(seed, y, strict=True) if isinstance(y, tuple) else [(seed, y)]
    return math.fsum((s.conjugate() * item).real for s, item in pairs if s is not None)


def callables_used(function: Any, seen: set[Any] | None = None) -> set[Any]:
    """What `function` calls by ``name`` or ``module.name``, in its inner functions and the library's helpers too."""
    seen = set() if seen is None else seen
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += [const for const in code.co_consts if inspect.iscode(const)]
        previous = None
        for instruction in dis.get_instructions(code):
            if instruction.opname == "LOAD_GLOBAL":
                found = function.__globals__.get(instruction.argval, getattr(builtins, instruction.argval, None))
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and inspect.ismodule(previous):
                found = getattr(previous, instruction.argval)
            else:
                found = None
            if callable(found) and found not in seen:
                seen.add(found)
                if inspect.isfunction(found) and found.__module__.startswith("bytegrad."):
                    callables_used(found, seen)
            previous = found
    return seen


def unknown_callables(module: Any, elsewhere: Sequence[Any] = ()) -> set[Any]:
    """What the derivatives of `module` call that has no rule: through it, no second derivative would flow.

    numpy's functions are left out, as they have tests of their own.
    """
    used: set[Any] = set()
    for target in registry.registered():
        for rule in registry.lookup(target):
            found = rule.functions if isinstance(rule, Partials) else [rule.rule] if isinstance(rule, Adjoint) else []
            for function in found:
                if function is not None and function.__module__ == module.__name__:
                    used |= callables_used(function)
    of_numpy = {function for function in used if getattr(np, function.__name__, None) is function}
    return {f for f in used - of_numpy if not (inspect.isfunction(f) or registry.lookup(f) or f in elsewhere)}
