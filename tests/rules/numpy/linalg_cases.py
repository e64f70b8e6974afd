"""The checker of `array_cases` for rules that leave projection to the engine, with second order and other layouts.

`check(row)` verifies value and derivative as `array_cases.check` does, in random directions, and further

- the derivative of the pullback, as recorded through the rules that it uses, against differences of the pullback;
- that arrays of another layout (strided, Fortran order, read-only) and of single precision give the same.

A rule that is a polyfill is differentiated by recording its calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np

from bytegrad.rules.numpy.broadcast import project
from bytegrad.rules.numpy.elementwise import elementwise_rule
from bytegrad.rules.numpy.structure import restructure
from bytegrad.runtime import registry
from bytegrad.runtime.tangent import Poison
from tests.rules.numpy.array_cases import Case, case, parametrize, strided, variables, with_values
from tests.rules.numpy.functional import functional_rules
from tests.rules.numpy.recorder import Recorded, Tape, answered, call, plain, recording

__all__ = ["case", "check", "first_order_only", "np_rule", "parametrize"]

STEP = 2e-4
Random = np.random.Generator


def check(row: Case, second_order: bool = True, layouts: bool = True) -> None:
    """Hold `row` to the plain call and to differences, to second order."""
    random = np.random.default_rng(crc32(str(row).encode()))
    expected = row.fn(*row.args, **row.keywords)
    seed = random_like(expected, random)
    y, gradient = value_and_gradient(row, seed)
    same_value(y, expected)
    start = [np.asarray(x) for x in variables(row).values()]
    gradient = [project_onto(bar, x) for bar, x in zip(gradient, start, strict=True)]
    tolerance = max(row.tolerance, 1e-7)
    for _ in range(3):
        tangent = [random_like(x, random) for x in start]
        numerical = along(lambda values: result_of(row, values), start, tangent, seed)
        close(inner(gradient, tangent), numerical, tolerance, "first order")
    if second_order:
        check_second_order(row, seed, start, random, tolerance)
    if layouts:
        check_layouts(row, seed, gradient)


def np_rule(target: Any) -> Callable[..., Any]:
    """The rule of `target` for arrays: others that decline them may stand before it."""
    rule = [r for r in functional_rules(target) if isinstance(r, registry.Adjoint)][-1]
    assert isinstance(rule, registry.Adjoint)
    return rule.rule


def first_order_only(row: Case) -> None:
    """`check` without second order, for functions whose pullback is constant or has kinks."""
    check(row, second_order=False)


def value_and_gradient(row: Case, seed: Any, values: Sequence[Any] | None = None) -> tuple[Any, list[Any]]:
    """The result of `row` and the cotangents of its variables, by the rules."""
    paths = list(variables(row))
    if values is None:
        values = list(variables(row).values())
    tape = Tape()
    inputs = [Recorded(value, tape) for value in values]
    args, keywords = with_values(row, dict(zip(paths, inputs, strict=True)))
    with recording():
        y = call(row.fn, args, keywords)
        return plain(y), tape.gradient(y, seed, inputs)


def check_second_order(row: Case, seed: Any, start: list[Any], random: Random, tolerance: float) -> None:
    """Hold the recorded derivative of the pullback to differences of it."""
    weights = [random_like(x, random) for x in start]

    def slope(values: list[Any]) -> list[Any]:
        _, bars = value_and_gradient(row, seed, values)
        return [project_onto(bar, x) for bar, x in zip(bars, start, strict=True)]

    tape = Tape()
    inputs = [Recorded(value, tape) for value in start]
    args, keywords = with_values(row, dict(zip(variables(row), inputs, strict=True)))
    with recording():
        bars = pull_recorded(row, args, keywords, seed, inputs)
        recorded = [(bar, weight) for bar, weight in zip(bars, weights, strict=True) if isinstance(bar, Recorded)]
        second = tape.gradient([bar for bar, _ in recorded], [weight for _, weight in recorded], inputs)
    second = [project_onto(bar, x) for bar, x in zip(second, start, strict=True)]
    for _ in range(2):
        tangent = [random_like(x, random) for x in start]
        numerical = along(slope, start, tangent, weights)
        close(inner(second, tangent), numerical, 30 * tolerance, "second order")


def pull_recorded(row: Case, args: Any, keywords: Any, seed: Any, inputs: list[Any]) -> list[Any]:
    """The cotangents of `inputs`, recorded in turn: the rule itself is run on recorded values."""
    for rule in functional_rules(row.fn):
        if isinstance(rule, registry.Partials):
            active = tuple(isinstance(arg, Recorded) for arg in args)
            answer = elementwise_rule(partial(answered, row.fn), rule)(*args, active=active, **keywords)
        else:
            assert isinstance(rule, registry.Adjoint), f"{row.fn} has a {rule}"
            answer = rule.rule(*args, **keywords)
        if answer is NotImplemented:
            continue
        bars = answer[1](seed)
        collected: dict[int, Any] = {}
        for arg, bar in zip(args, bars, strict=False):
            collect(arg, bar, collected)
        for name, arg in keywords.items():
            if name in rule.names and rule.names.index(name) < len(bars):
                collect(arg, bars[rule.names.index(name)], collected)
        return [collected.get(id(variable)) for variable in inputs]
    raise AssertionError(row)


def collect(arg: Any, bar: Any, collected: dict[int, Any]) -> None:
    """Note the cotangent of each recorded value in `arg`."""
    if bar is None or isinstance(bar, Poison):
        return
    if isinstance(arg, Recorded):
        bar = project_recorded(bar, arg.value)
        collected[id(arg)] = collected[id(arg)] + bar if id(arg) in collected else bar
    elif isinstance(arg, list | tuple):
        for item, part in zip(arg, bar if isinstance(bar, list | tuple) else list(bar), strict=True):
            collect(item, part, collected)


def project_recorded(bar: Any, like: Any) -> Any:
    """The real part of a recorded cotangent of something real."""
    return np.real(bar) if np.iscomplexobj(plain(bar)) and not np.iscomplexobj(like) else bar


def check_layouts(row: Case, seed: Any, gradient: list[Any]) -> None:
    """Hold the cotangents of equal arrays in other layouts, and of single precision ones, to `gradient`."""
    if not any(isinstance(x, np.ndarray) and x.ndim for x in variables(row).values()):
        return
    for change, tolerance in ((strided_copy, 1e-9), (np.asfortranarray, 1e-9), (frozen, 1e-9), (single, 2e-3)):
        values = [change(x) if isinstance(x, np.ndarray) and x.ndim else x for x in variables(row).values()]
        if change is single and tuple in map(type, variables(row).values()):
            continue
        _, bars = value_and_gradient(row, seed, values)
        projected = [project_onto(bar, value) for bar, value in zip(bars, values, strict=True)]
        for bar, exact, value in zip(projected, gradient, values, strict=True):
            assert np.shape(bar) == np.shape(value)
            scale = max(1.0, float(np.max(np.abs(exact), initial=0.0)))
            assert np.max(np.abs(bar - exact), initial=0.0) <= tolerance * scale, change.__name__


def strided_copy(x: Any) -> Any:
    return strided(x)


def frozen(x: Any) -> Any:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def single(x: Any) -> Any:
    return x.astype(np.complex64 if np.iscomplexobj(x) else np.float32)


def result_of(row: Case, values: list[Any]) -> Any:
    """The result of the plain call with other values of the variables."""
    numbers = [
        value if np.ndim(value) or isinstance(old, np.ndarray) else value[()]
        for value, old in zip(values, variables(row).values(), strict=True)
    ]
    args, keywords = with_values(row, dict(zip(variables(row), numbers, strict=True)))
    return row.fn(*args, **keywords)


def along(f: Callable[[list[Any]], Any], start: list[Any], tangent: list[Any], weights: Any) -> float:
    """``<weights, f'(start) tangent>`` by central differences of sixth order."""
    total = 0.0
    for steps, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
        for sign in (1, -1):
            moved = [x + sign * steps * STEP * d for x, d in zip(start, tangent, strict=True)]
            total += sign * weight * inner(f(moved), weights)
    return total / (60 * STEP)


def leaves(y: Any) -> list[Any]:
    """The arrays and numbers in nested results."""
    return [leaf for item in y for leaf in leaves(item)] if isinstance(y, list | tuple) else [y]


def inner(u: Any, v: Any) -> float:
    """The real inner product of two nests of arrays; None counts as zero."""
    pairs = zip(leaves(u), leaves(v), strict=True)
    return float(sum(np.vdot(a, b).real for a, b in pairs if a is not None and b is not None))


def random_like(y: Any, random: Random) -> Any:
    """Normal numbers in the form of `y`; None for what is not floating."""
    if isinstance(y, list | tuple):
        return tuple(random_like(item, random) for item in y)
    kind = np.asarray(y).dtype.kind
    if kind not in "fc":
        return None
    real = random.normal(size=np.shape(y))
    numbers = np.empty_like(y, dtype=complex if kind == "c" else float)  # in the layout of y
    numbers[...] = real + 1j * random.normal(size=np.shape(y)) if kind == "c" else real
    return numbers[()] if np.ndim(y) == 0 else numbers


def project_onto(bar: Any, x: Any) -> Any:
    """What the engine makes of a rule's cotangent: zeros for None, the real part for something real."""
    if bar is None:
        return np.zeros(np.shape(x))
    return project(restructure(bar, x), x)


def same_value(y: Any, expected: Any) -> None:
    """Fail unless results are equal to the last bit, with equal types."""
    for ours, theirs in zip(leaves(y), leaves(expected), strict=True):
        assert type(ours) is type(theirs), (type(ours), type(theirs))
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype
        np.testing.assert_array_equal(ours, theirs)


def close(ours: float, theirs: float, tolerance: float, what: str) -> None:
    """Fail unless two derivatives agree."""
    assert abs(ours - theirs) <= tolerance * (1 + abs(theirs)), f"{what}: rule {ours!r}, differences {theirs!r}"
