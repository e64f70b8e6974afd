"""Forward mode against reverse mode, differences and analytic values: one set of rules, transposed."""

from __future__ import annotations

import math
import random
from collections import namedtuple
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import Tangent, forward, jvp, pushforward, tree_map
from tests.corpus import CASES, Case
from tests.differences import fresh, same

EVERY = 8
"""Of the corpus, whose pullbacks take long to compile once more, so much is left to ``-m slow``."""
SAMPLED = [
    pytest.param(case, id=str(case), marks=[] if n % EVERY == 0 else [pytest.mark.slow]) for n, case in enumerate(CASES)
]


def random_like(gradient: Any, seed: int) -> Any:
    """Random tangents of the structure of `gradient`."""
    numbers = random.Random(seed)

    def leaf(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return np.array([numbers.uniform(-1, 1) for _ in range(x.size)]).reshape(x.shape)
        return numbers.uniform(-1, 1)

    return tree_map(leaf, gradient)


def inner(a: Any, b: Any) -> float:
    """The inner product of two gradients of one structure."""
    if a is None or b is None:
        return 0.0
    if isinstance(a, (list, tuple)):
        return sum(inner(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (dict, Tangent)):
        return sum(inner(x, b[key]) for key, x in a.items())
    return float(np.real(np.vdot(a, b)))


@pytest.fixture(params=["row by row", "transposed"])
def way(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a tangent, whatever the number of results."""
    monkeypatch.setattr(forward, "FEW", 1000 if request.param == "row by row" else 0)
    return str(request.param)


@pytest.mark.parametrize("case", SAMPLED)
def test_forward_mode_is_the_transpose_of_reverse_mode(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "FEW", 0)
    gradient = bytegrad.gradient(case.fn, *fresh(case.args))
    tangents = random_like(gradient, 1)
    plain_args, args = fresh(case.args), fresh(case.args)
    wanted = case.fn(*plain_args)
    y, y_dot = jvp(case.fn, args, tangents)
    assert same(y, wanted)
    assert same(args, plain_args)
    assert (y_dot or 0.0) == pytest.approx(inner(gradient, tangents), rel=1e-9, abs=1e-12)


def of_positive(f: Callable[..., Any], x: Any) -> Any:
    """`f` of what is positive, though it is computed everywhere: the slopes of the others are NaN."""
    with np.errstate(invalid="ignore"):
        return np.where(x > 0, f(x), 0.0)


ARRAY_CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda x: np.sum(np.sin(x) * x, axis=0), (np.linspace(0.1, 2.0, 6).reshape(2, 3),)),
    (lambda x, y: x @ y.T, (np.linspace(0.1, 2.0, 6).reshape(2, 3), np.linspace(-1.0, 1.0, 6).reshape(2, 3))),
    (lambda x: np.linalg.solve(x + np.eye(3), x[0]), (np.linspace(0.1, 2.0, 9).reshape(3, 3),)),
    (lambda x: np.cumprod(x)[::-2], (np.linspace(0.5, 1.5, 5),)),
    (lambda x: np.where(x > 0, x**2, -x), (np.linspace(-1.0, 1.2, 5),)),
    (lambda x, s: [x * s, np.exp(x[1:]) / s], (np.linspace(-1.0, 1.2, 5), 2.0)),
    (lambda x: [of_positive(np.sqrt, x), x], (np.linspace(-1.0, 1.2, 6),)),
    (lambda x: [of_positive(np.log, x[2]), of_positive(np.log, x[5]), x], (np.linspace(-1.0, 1.2, 6),)),
    (lambda x, q: [np.quantile(x, q), q], (np.array([0.3, 1.0, -0.4]), np.array([0.1, 0.7]))),
    (np.fft.fft, (np.linspace(-1.0, 1.2, 5),)),
    (lambda x: np.linalg.eigh(x + x.T)[0], (np.array([[1.0, 0.2], [0.4, 3.0]]),)),
    (lambda x: (x.astype(np.float32) * np.float32(2.0)).sum(axis=1), (np.linspace(0.1, 2.0, 6).reshape(2, 3),)),
]


def written_in_place(x: Any) -> Any:
    """Views, in-place operators and `out=`."""
    y = np.zeros(4)
    y[:3] = x
    y[1:] += x * y[:3]
    np.multiply(y, y[0], out=y)
    return y


@pytest.mark.parametrize("f, args", [*ARRAY_CASES, (written_in_place, (np.array([0.5, 1.5, -0.7]),))])
def test_of_arrays(f: Callable[..., Any], args: tuple[Any, ...], way: str) -> None:
    tangents = random_like(args, 2)
    y, y_dot = jvp(f, args, tangents)
    _, back = bytegrad.pullback(f, *args)
    seed = random_like(y_dot, 3)
    assert inner(seed, y_dot) == pytest.approx(inner(back(seed), tangents), rel=1e-5)
    step = 1e-6
    moved = [f(*[a + sign * step * t for a, t in zip(args, tangents, strict=True)]) for sign in (1, -1)]
    for found, plus, minus, value in zip(*[z if isinstance(z, list) else [z] for z in (y_dot, *moved, y)], strict=True):
        assert found.shape == value.shape
        assert found.dtype == value.dtype
        if value.dtype != np.float32:
            assert found == pytest.approx((plus - minus) / (2 * step), rel=1e-6, abs=1e-7)


# structures -------------------------------------------------------------------------------------------------


class Point:
    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x, y


Pair = namedtuple("Pair", "first second")


def test_tangents_have_the_structure_of_arguments_and_results(way: str) -> None:
    def f(p: Any, d: Any, t: Any) -> Any:
        return Point(p.x * d["a"], [t[1], p.y]), Pair(p.x, "text"), {"sum": t[0] + 1, 2: None}

    _, y_dot = jvp(f, (Point(2.0, 3.0), {"a": 5.0}, (1.0, 7.0)), (Tangent(x=1.0), {"a": 10.0}, (None, 4)))
    assert y_dot[0].x == 25.0
    assert y_dot[0].y[0] == 4.0
    assert not y_dot[0].y[1]
    assert y_dot[1] == (1.0, None)
    assert not y_dot[2] or not y_dot[2]["sum"]
    assert type(y_dot[1]) is Pair


def test_no_influence_is_none() -> None:
    assert jvp(lambda x, y: [y, x > 0, "x", 3.0, x], (1.0, 2.0), (None, 1.0)) == (
        [2.0, True, "x", 3.0, 1.0],
        [1.0, None, None, None, None],
    )
    assert pushforward(lambda x: 3.0, 2.0)(1.0) is None


def test_one_object_in_two_places_of_the_result(way: str) -> None:
    def f(x: Any) -> Any:
        row = [x * x]
        return {"first": row, "again": row}, row

    _, y_dot = jvp(f, (3.0,), (1.0,))
    assert y_dot == ({"first": [6.0], "again": [6.0]}, [6.0])


def test_a_result_that_contains_itself(way: str) -> None:
    def f(x: Any) -> Any:
        node = [x * x, None]
        node[1] = node
        return node

    assert jvp(f, (3.0,), (1.0,))[1] == [6.0, None]


@pytest.mark.parametrize(
    "f, x, x_dot, wanted",
    [
        (lambda x: x**3, Fraction(1, 2), Fraction(1), Fraction(3, 4)),
        (lambda z: z * z * 1j, 1 + 2j, 1j, 2j * (1 + 2j) * 1j),
        (lambda z: z.conjugate(), 1 + 2j, 1j, -1j),
        (abs, 3 + 4j, 1 + 0j, 0.6),
        (lambda n: n * n / 2, 3, 1, 3.0),
        (lambda x: x * x, np.float32(1.5), 1.0, np.float32(3.0)),
        (math.exp, 0.0, 2, 2.0),
    ],
)
def test_of_numbers(f: Any, x: Any, x_dot: Any, wanted: Any, way: str) -> None:
    y, y_dot = jvp(f, (x,), (x_dot,))
    assert y == f(x)
    assert y_dot == wanted
    assert type(y_dot) is type(wanted)


def test_the_primal_runs_once(way: str) -> None:
    calls = []

    def f(x: Any, y: Any) -> Any:
        calls.append(1)
        return [x * y, x + y]

    push = pushforward(f, 2.0, 3.0)
    assert [push(1.0, 0.0), push(0.0, 1.0), push(1.0, 0.0)] == [[3.0, 1.0], [2.0, 1.0], [3.0, 1.0]]
    assert calls == [1]


def test_mutated_arguments_are_left_as_a_plain_call_leaves_them(way: str) -> None:
    xs = [1.0, 2.0]

    def f(xs: Any) -> Any:
        xs.append(xs[0] * xs[1])
        xs[0] = 5.0
        return xs

    _, y_dot = jvp(f, (xs,), ([1.0, 1.0],))
    assert xs == [5.0, 2.0, 2.0]
    assert y_dot[1:] == [1.0, 3.0]
    assert not y_dot[0]


def test_what_is_not_varied_need_not_have_a_derivative(way: str) -> None:
    def f(x: Any, y: Any) -> Any:
        return x * float(str(y))

    assert jvp(f, (2.0, 3.0), (1.0, None)) == (6.0, 3.0)
    with pytest.raises(bytegrad.NoRuleError, match="no derivative rule for str"):
        jvp(f, (2.0, 3.0), (1.0, 1.0))


def test_keywords_are_passed_on() -> None:
    assert jvp(lambda x, *, n: x**n, (2.0,), (1.0,), n=3) == (8.0, 12.0)


@pytest.mark.parametrize(
    "args, tangents, error, message",
    [
        ((2.0,), (1j,), bytegrad.SeedError, r"argument 0 is real, the tangent for it is a complex"),
        (([1.0],), ([1.0, 2.0],), bytegrad.SeedError, r"argument 0 is a list of 1"),
        (([1.0, [2.0]],), ([1.0, [[1.0]]],), bytegrad.SeedError, r"argument 0\[1\]\[0\] is a number"),
        ((1.0, np.ones(2)), (1.0, np.ones(3)), bytegrad.SeedError, r"argument 1 is an array of shape \(2,\)"),
        ((np.ones(2),), (["a", "b"],), bytegrad.SeedError, r"argument 0 holds numbers"),
        ((np.ones(2),), (np.array([1.0, 1j]),), bytegrad.SeedError, r"argument 0 is real"),
        (("a",), (1.0,), bytegrad.SeedError, r"argument 0 carries no derivative"),
        (({"a": 1.0},), ({"b": 1.0},), bytegrad.SeedError, r"argument 0\['b'\] is not there"),
        ((1.0,), (1.0, 2.0), bytegrad.ArgumentError, r"1 arguments, but 2 tangents"),
        (1.0, 1.0, bytegrad.ArgumentError, r"a tuple of arguments"),
    ],
)
def test_tangents_that_do_not_fit(args: Any, tangents: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        jvp(lambda *args: args, args, tangents)


def test_exceptions_are_those_of_the_plain_call() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        jvp(lambda x: 1 / x, (0.0,), (1.0,))
    assert [entry.name for entry in raised.traceback][1:] == ["<lambda>"]
