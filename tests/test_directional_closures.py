"""Forward code of programs that make functions: lambdas, local functions, comprehensions, generator expressions."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward
from tests.test_directional import Function, V, X, filled

FACTOR = 2.5


def of_a_lambda(x: Any) -> Any:
    scaled = lambda a: a * x[0]  # noqa: E731
    return scaled(x[1])


def of_local_functions(x: Any) -> Any:
    product = x[0] * x[1]

    def line(a: Any, b: Any = 2.0) -> Any:
        return a * b * product

    return line(x[1]) + line(x[0], 3.0) + line(b=x[0], a=x[1])


def of_defaults(x: Any) -> Any:
    d = x[0]

    def bound_early(y: Any, k: Any = d) -> Any:
        return k * y * d

    d = x[1]
    return bound_early(x[2]) + bound_early(x[0], x[1])


def stores_from_inside(x: Any) -> Any:
    total, count = 0.0, 0

    def add(v: Any) -> None:
        nonlocal total, count
        total += v * v
        count += 1

    for v in x:
        add(v * x[0])
    return total * count


def passes_functions_on(x: Any) -> Any:
    def applied(function: Any, v: Any) -> Any:
        return function(v) * x[1]

    return applied(lambda u: u**2 * x[2], x[0]) + applied(math.sin, x[1])


def keeps_functions(x: Any) -> Any:
    functions = []
    for i in range(3):
        functions.append(lambda a, i=i: a * x[i])
    return sum(f(x[1]) for f in functions)


def shares_late(x: Any) -> Any:
    y = x[0]
    if x[1] > 0:
        z = x[2] * 2

    def product() -> Any:
        return y * z

    y = x[1]
    return product()


def comprehends(x: Any) -> Any:
    rows = [[x[i] * x[j] for j in range(3)] for i in range(3)]
    return sum([sum(row) for row in rows]) * sum(v * x[0] for v in x if v > 0.5) + sum([v * FACTOR for v in x]) ** 2


def iterates_lazily(x: Any) -> Any:
    product = functools.reduce(lambda a, b: a * b, map(lambda v: v + 1.0, x), 1.0)
    pairs = list(a * b for a, b in zip(x, reversed([x[0], x[1], x[2]])))  # noqa: B905
    largest = max(v * v for v in x) * min([v**3 for v in x])
    return product + largest + pairs[0] * pairs[1] * any(v > 0 for v in x) * all(v > -9 for v in x)


def makes(scale: Any) -> Function:
    weights = [1.0, 2.0]

    def made(x: Any) -> Any:
        scaled = lambda a: a * scale * weights[0] * FACTOR  # noqa: E731
        return scaled(x[0]) * x[1]

    return made


PROGRAMS: list[Function] = [
    of_a_lambda,
    of_local_functions,
    of_defaults,
    stores_from_inside,
    passes_functions_on,
    keeps_functions,
    shares_late,
    comprehends,
    iterates_lazily,
    makes(3.0),
]


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("f", PROGRAMS)
def test_derivatives_are_those_of_reverse_mode_and_differences(f: Function, kind: Any) -> None:
    x, v, step = kind(X), kind(V), 1e-5
    for slope in (False, True):
        assert forward.forward_of(f, (x,), (0,), slope=slope) is not None  # type: ignore[arg-type]
    y, y_dot = bytegrad.jvp(f, (x,), (v,))
    assert y == f(kind(X))
    assert type(y) is type(f(kind(X)))
    assert y_dot == pytest.approx(filled(bytegrad.gradient(f, x)[0]) @ V, rel=1e-11)
    ahead, behind = (
        filled(bytegrad.gradient(f, kind([a + sign * step * b for a, b in zip(X, V, strict=True)]))[0])
        for sign in (1, -1)
    )
    product = filled(directional.product(f, x, v))
    assert product == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-6)
    matrix = directional.matrix(f, x)
    assert matrix @ V == pytest.approx(product, rel=1e-10)
    assert matrix == pytest.approx(matrix.T, abs=1e-10)


@pytest.mark.parametrize("f", [f for f in PROGRAMS if f is not iterates_lazily])
def test_hessians_of_arrays_are_computed_many_rows_at_a_time(f: Function) -> None:
    x = np.array(X)
    many = forward.forward_of(f, (x,), (0,), slope=True, batched=True)  # type: ignore[arg-type]
    one = forward.forward_of(f, (x,), (0,), slope=True)  # type: ignore[arg-type]
    assert one is not None
    if many is not None:
        trial = [1.0, -0.5, 2.0][: len(x)]
        rows = directional._all_rows(one, f, x, trial, directional._along(one, x, np.array(trial)))
        assert rows is None or rows == pytest.approx(directional._row_by_row(one, x), rel=1e-11)


# what is declined -------------------------------------------------------------------------------------------

COUNTER = [0]


def counts_outside(x: Any) -> Any:
    def counted(v: Any) -> Any:
        COUNTER[0] += 1
        return v * v

    return counted(x[0])


def calls_itself(x: Any) -> Any:
    def power(n: int) -> Any:
        return 1.0 if n == 0 else x[0] * power(n - 1)

    return power(3)


def is_unbound(x: Any) -> Any:
    if x[0] > 10:
        y = x[0]
    read = lambda: y  # noqa: E731
    return read()


def one_of_two(x: Any) -> Any:
    f = (lambda a: a * x[0]) if x[0] > 0 else (lambda a: a)
    return f(x[1])


def of_keywords(x: Any) -> Any:
    def scaled(a: Any, *, by: Any = 2.0) -> Any:
        return a * a * by

    return scaled(x[0]) + scaled(x[0], by=x[1])


def reads_late(x: Any) -> Any:
    """What a generator reads may change before it is taken, or while it is."""
    scale = x[0]
    lazy = (v * scale for v in x)
    mapped = map(lambda v: v * scale, x)
    scale = x[1]
    total = 0.0
    for v in (w * scale for w in x):
        scale += v
        total += v
    return sum(lazy) + sum(mapped) * total


def outer_variable() -> Function:
    calls = 0

    def counted(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return x[0] ** 2 * calls

    return counted


def test_what_is_not_seen_through_is_right_as_well() -> None:
    assert directional.product(counts_outside, X, V) is None
    COUNTER[0] = 0
    assert bytegrad.hvp(counts_outside, X, V)[0] == pytest.approx(2 * V[0])
    assert COUNTER == [1]
    assert bytegrad.jvp(calls_itself, (X,), (V,))[1] == pytest.approx(3 * X[0] ** 2 * V[0])
    assert bytegrad.jvp(one_of_two, (X,), (V,))[1] == pytest.approx(X[0] * V[1] + X[1] * V[0])
    assert bytegrad.jvp(of_keywords, (X,), (V,))[1] == pytest.approx((4 + 2 * X[1]) * X[0] * V[0] + X[0] ** 2 * V[1])
    y, y_dot = bytegrad.jvp(reads_late, (X,), (V,))
    assert y == reads_late(X)
    ahead, behind = (reads_late([a + sign * 1e-6 * b for a, b in zip(X, V, strict=True)]) for sign in (1, -1))
    assert y_dot == pytest.approx((ahead - behind) / 2e-6, rel=1e-7)
    counted = outer_variable()
    assert [bytegrad.jvp(counted, ([3.0],), ([1.0],))[1] for _ in range(2)] == [6.0, 12.0]
    for call in (lambda: is_unbound(X), lambda: bytegrad.jvp(is_unbound, (X,), (V,))):
        with pytest.raises(NameError, match="'y'"):
            call()
    with pytest.raises(ValueError, match=r"empty|iterable"):
        bytegrad.jvp(lambda x: x[0] + 0 * len(str(max([v for v in x if v > 9]))), (X,), (V,))
