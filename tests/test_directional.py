"""Second derivatives by way of forward code: against the general way and differences; and when it is not taken."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward, sight

A = np.array([[2.0, 0.3, 0.1], [0.2, 1.0, 0.4], [0.5, 0.6, 3.0]])
WEIGHTS = [0.3, -0.2, 0.7]
SCALE = 1.7
X = [0.4, 0.9, 1.3]
V = [0.3, -1.2, 0.8]

Function = Callable[[Any], Any]


def quadratic(x: Any) -> Any:
    return 0.5 * np.dot(x, A @ x)


def loops(x: Any) -> Any:
    terms = []
    for i, v in enumerate(x):
        terms.append(v * i + math.exp(v * 0.1))
    total = 0.0
    for y, z in zip(terms, WEIGHTS):  # noqa: B905
        total += y**3 * z
    return total


def branches(x: Any) -> Any:
    total = 0.0
    for v in x:
        if v > 0.5:
            total += v**3
        else:
            total += math.cos(v) * v
    return total


def iterates(x: Any) -> Any:
    n, s = 0, x[0]
    while n < 4:
        s = s * math.tanh(x[1]) + x[2] / s
        n += 1
    return s


def scaled(a: Any, c: Any = 2.0) -> Any:
    return a * c + math.sin(a)


def calls(x: Any) -> Any:
    return scaled(x[0], c=x[1]) * scaled(x[2])


def builtins(x: Any) -> Any:
    return max(x[0], x[1]) * min(x[1], x[2]) + abs(x[0]) * float(x[1]) + sum(x) ** 2


def tuples(x: Any) -> Any:
    a, b, c = x
    pair = (a * b, c)
    q, r = pair
    return q**2 * r + pair[1] ** 3


def stores(x: Any) -> Any:
    y = [0.0] * len(x)
    for i in range(len(x)):
        y[i] = x[i] ** 2
    y[0] = y[1] * y[2]
    return y[0] + sum(y)


def powers(x: Any) -> Any:
    return (x[0] / x[1]) ** 1.5 + 2.0 ** x[2] + x[0] ** x[2]


def meets(x: Any) -> Any:
    """What has a tangent on one way alone."""
    best = None
    for v in x:
        if v > 0.5:
            best = v * v
    y = 1.0 if x[0] > 0 else x[1]
    return best * y * x[2]


def power(x: Any, n: int) -> Any:
    return 1.0 if n == 0 else x * power(x, n - 1)


def recursion(x: Any) -> Any:
    return power(x[0], 3) * power(x[1], 2)


def checked(x: Any) -> Any:
    try:
        y = x[0] ** 2 / x[1]
    except ZeroDivisionError:
        y = 0.0
    if len(x) < 2:
        raise ValueError("too short")
    assert x[0] > 0, f"not {x}"
    return y * x[0] * (x[2] // 0.25)


def pieces(x: Any) -> Any:
    return np.sum(np.where(x > 0.5, x**3, np.sin(x))) + np.mean(x.reshape(3, 1) * x)


def slices(x: Any) -> Any:
    total = 0.0
    for i in range(3):
        total += x[i] * np.sum(x[i:]) ** 2
    return total


def joined(x: Any) -> Any:
    return np.sum(np.concatenate([x[:2], np.array([1.0, 2.0]), x * SCALE]) ** 2) / np.sqrt(1 + x.T @ x)


def widened(x: Any) -> Any:
    """A tangent of fewer axes than what it is added to."""
    return np.sum((x[0] + A) ** 3) + np.sum((A - x) * (x[1] + np.ones(3)))


def soft(x: Any) -> Any:
    return np.log(np.sum(np.exp(x)))


OF_ANYTHING: list[Function] = [
    loops,
    branches,
    iterates,
    calls,
    builtins,
    tuples,
    stores,
    powers,
    meets,
    recursion,
    checked,
]
OF_ARRAYS: list[Function] = [quadratic, pieces, slices, joined, widened, soft]
CASES = [(f, kind) for f in OF_ANYTHING for kind in (list, tuple, np.array)] + [(f, np.array) for f in OF_ARRAYS]
SLOW = [
    pytest.param(f, kind, marks=[] if (f, kind) in ((loops, list), (pieces, np.array)) else [pytest.mark.slow])
    for f, kind in CASES
]
"""The general way takes seconds to compile: most of it is left to ``-m slow``."""


def is_seen_through(f: Function, x: Any) -> bool:
    """Whether there is forward code of `f`."""
    return forward.forward_of(f, (x,), (0,), slope=True) is not None  # type: ignore[arg-type]


def filled(found: Any) -> Any:
    """An array, of zeros where nothing flows."""
    return np.array([0.0 if item is None else item for item in found])


@pytest.fixture
def general(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Any]:
    """Runs something without forward code."""

    def run(call: Callable[[], Any]) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(directional, "forward_of", lambda *args, **kwargs: None)
            return call()

    return run


@pytest.mark.parametrize(("f", "kind"), SLOW)
def test_products_and_hessians_are_those_of_the_general_way(f: Function, kind: Any, general: Any) -> None:
    x, v = kind(X), kind(V)
    product = filled(directional.product(f, x, v))
    assert product == pytest.approx(filled(general(lambda: bytegrad.hvp(f, x, v))), rel=1e-11, abs=1e-12)
    matrix = directional.matrix(f, x)
    assert matrix == pytest.approx(general(lambda: bytegrad.hessian(f, x)), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize(("f", "kind"), CASES)
def test_products_are_differences_of_gradients(f: Function, kind: Any) -> None:
    x, v, step = kind(X), kind(V), 1e-5
    assert is_seen_through(f, x)
    ahead, behind = (
        filled(bytegrad.gradient(f, kind([a + sign * step * b for a, b in zip(X, V, strict=True)]))[0])
        for sign in (1, -1)
    )
    product = bytegrad.hvp(f, x, v)
    assert type(product) is type(x)
    assert filled(product) == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-6)
    matrix = bytegrad.hessian(f, x)
    assert matrix @ V == pytest.approx(filled(product), rel=1e-11, abs=1e-12)
    assert matrix == pytest.approx(matrix.T, abs=1e-10)
    assert list(x) == X


def test_of_a_number() -> None:
    assert bytegrad.hvp(lambda x: x**3, 2.0, 10.0) == 120.0
    assert bytegrad.hvp(math.sin, 0.5, 2) == pytest.approx(-2 * math.sin(0.5))


def test_directions_may_have_holes_and_ints() -> None:
    assert bytegrad.hvp(lambda x: x[0] ** 2 * x[1], [3.0, 5.0], [None, 1]) == [6.0, 0.0]
    assert bytegrad.hvp(lambda x: x[0] ** 2 * x[1], [3.0, 5.0], [1, 0]) == [10.0, 6.0]


# tangents ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("f", "kind"), CASES)
def test_tangents_are_those_of_the_gradient(f: Function, kind: Any) -> None:
    x, v = kind(X), kind(V)
    assert forward.forward_of(f, (x,), (0,), slope=False) is not None  # type: ignore[arg-type]
    y, y_dot = bytegrad.jvp(f, (x,), (v,))
    assert y == f(kind(X))
    assert type(y) is type(f(kind(X)))
    assert y_dot == pytest.approx(filled(bytegrad.gradient(f, x)[0]) @ V, rel=1e-12, abs=1e-13)
    assert type(y_dot) in (float, np.float64)


def several(a: Any, b: Any, c: Any) -> Any:
    return a * np.outer(b, b) + c[0]


def test_tangents_of_several_arguments_and_of_arrays(general: Any) -> None:
    b = np.array(X)
    args, tangents = (2.0, b, [3.0, 4.0]), (0.5, np.array(V), [1.0, None])
    _, y_dot = bytegrad.jvp(several, args, tangents)
    assert y_dot == pytest.approx(0.5 * np.outer(X, X) + 2 * (np.outer(V, X) + np.outer(X, V)) + 1.0)
    assert y_dot == pytest.approx(general(lambda: bytegrad.jvp(several, args, tangents))[1])
    assert bytegrad.jvp(several, args, (None, None, [1.0, 1.0]))[1] == pytest.approx(np.ones((3, 3)))
    _, alone = bytegrad.jvp(lambda x: x, (b,), (b,))
    alone[0] = 100.0
    assert b[0] == 0.4
    assert bytegrad.jvp(lambda x, y: np.sum(x * y), (b, b), (np.ones(3), None))[1] == pytest.approx(sum(X))


# what is declined -------------------------------------------------------------------------------------------


SEEN: list[Any] = []
SHARED = np.array(X)


def prints(x: Any) -> Any:
    print("seen")
    return x[0] ** 2


def keeps(x: Any) -> Any:
    SEEN.append(x[0])
    return x[0] ** 2


def writes(x: Any) -> Any:
    x[0] = x[1] ** 2
    return x[0] * x[1]


def adds_in_place(x: Any) -> Any:
    y = x
    y += 1.0
    return np.sum(x**2)


@pytest.mark.parametrize("f", [prints, keeps, writes])
@pytest.mark.parametrize("kind", [list, np.array])
def test_side_effects_are_not_seen_through(f: Function, kind: Any) -> None:
    assert not is_seen_through(f, kind(X))


def catches(x: Any) -> Any:
    try:
        return x[0] ** 2 / x[1]
    except ZeroDivisionError:
        return x[0] ** 3


@pytest.mark.slow
def test_an_exception_that_is_handled_leads_to_the_general_way() -> None:
    assert is_seen_through(catches, [2.0, 0.0])
    assert directional.product(catches, [2.0, 0.0], [1.0, 0.0]) is None
    assert bytegrad.hvp(catches, [2.0, 0.0], [1.0, 0.0])[0] == 12.0
    with pytest.raises(AssertionError, match="not "):
        bytegrad.hvp(checked, [-1.0, 1.0], [1.0, 0.0])


def test_no_rule_of_the_library_is_taken_for_a_users() -> None:
    assert [callee for callee in sight.FORMS if not sight.are_own(callee)] == []


def test_side_effects_happen_once(capsys: Any) -> None:
    SEEN.clear()
    assert filled(bytegrad.hvp(prints, X, V)) == pytest.approx([0.6, 0.0, 0.0])
    assert filled(bytegrad.hvp(keeps, X, V)) == pytest.approx([0.6, 0.0, 0.0])
    assert capsys.readouterr().out == "seen\n"
    assert SEEN == [0.4]


def test_an_array_is_not_changed_in_place_by_a_trial() -> None:
    x = np.array(X)
    product = bytegrad.hvp(adds_in_place, x, np.array(V))
    assert product == pytest.approx(2 * np.array(V))
    assert x == pytest.approx(np.array(X) + 1.0)


def test_an_argument_that_the_function_knows_by_another_name() -> None:
    """A variable is known by its identity: it is one variable, by whatever name it is read."""
    array, numbers = np.array(X), [*X]
    by_closure = bytegrad.hvp(lambda x: np.sum(x**2 * array), array, np.array(V))
    assert by_closure == pytest.approx(6 * np.array(X) * V)
    assert bytegrad.hvp(lambda x: x[0] * numbers[0] ** 2, numbers, V)[0] == pytest.approx(6 * 0.4 * 0.3)
    by_global = bytegrad.hvp(lambda x: np.sum(x**2 * SHARED), SHARED, np.array(V))
    assert by_global == pytest.approx(6 * np.array(X) * V)
    assert bytegrad.hvp(lambda x: np.sum(x**2 * SHARED[::-1]), SHARED, np.array(V)).shape == (3,)


def test_variables_and_globals_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(scale: Any) -> Function:
        return lambda x: scale * x[0] ** 2

    def of(function: Any) -> Function:
        return lambda x: function(x[0]) * SCALE

    products = [bytegrad.hvp(make(scale), [2.0], [1.0]) for scale in (1.0, 3.0, 2)]
    assert products == [[2.0], [6.0], [4.0]]
    assert bytegrad.hvp(make(np.array(2.0)), [2.0], [1.0]) == [4.0]
    assert bytegrad.hvp(of(math.sin), [2.0], [1.0]) == pytest.approx([-SCALE * math.sin(2.0)])
    assert bytegrad.hvp(of(math.cos), [2.0], [1.0]) == pytest.approx([-SCALE * math.cos(2.0)])
    monkeypatch.setitem(globals(), "SCALE", 10.0)
    assert bytegrad.hvp(of(math.cos), [2.0], [1.0]) == pytest.approx([-10 * math.cos(2.0)])
    assert bytegrad.hvp(calls, X, V)[1] == pytest.approx(bytegrad.hessian(calls, X)[1] @ V)
    monkeypatch.setitem(globals(), "scaled", lambda a, c=2.0: a * c)
    assert filled(bytegrad.hvp(calls, X, V)) == pytest.approx(bytegrad.hessian(calls, X) @ V)
    assert bytegrad.hessian(calls, X)[1, 1] == 0.0


def test_a_users_rule_is_in_force() -> None:
    def cube(x: Any) -> Any:
        return x**3

    def f(x: Any) -> Any:
        return cube(x[0])

    assert bytegrad.hvp(f, [2.0], [1.0]) == [12.0]

    @bytegrad.adjoint(cube)
    def cube_rule(x: Any) -> Any:
        return x**3, lambda y_bar: (y_bar * 5.0 * x,)

    assert bytegrad.hvp(f, [2.0], [1.0]) == [5.0]


def test_rules_and_functions_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return math.sin(x[0])

    assert bytegrad.hvp(f, [2.0], [1.0]) == pytest.approx([-math.sin(2.0)])
    monkeypatch.setattr(math, "sin", lambda x: x**2)
    assert bytegrad.hvp(f, [2.0], [1.0]) == pytest.approx([2.0])
    monkeypatch.setattr(scaled, "__defaults__", (5.0,))
    assert filled(bytegrad.hvp(calls, X, V)) == pytest.approx(bytegrad.hessian_reverse(calls, X) @ V)


def mixes(x: Any) -> Any:
    """A list that came as an argument or was made here: the tangents of one are varied."""
    rows = x if x[0] > 10 else [x[0] ** 2, x[1] ** 3]
    return rows[0] * rows[1]


def test_a_list_that_may_have_been_made_here() -> None:
    assert is_seen_through(mixes, X)
    assert bytegrad.hessian(mixes, [2.0, 3.0])[:2, :2] == pytest.approx(np.array([[54.0, 108.0], [108.0, 72.0]]))
    assert bytegrad.hessian(mixes, [20.0, 3.0]) == pytest.approx(np.array([[0.0, 1.0], [1.0, 0.0]]))


def test_exceptions_are_those_of_the_plain_call() -> None:
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        bytegrad.hvp(lambda x: x[0] ** 2 / 0.0, X, V)
    with pytest.raises(IndexError):
        bytegrad.hvp(lambda x: x[7] ** 2, X, V)
    with pytest.raises(bytegrad.ScalarError):
        bytegrad.hvp(lambda x: [x[0] ** 2], X, V)
    with pytest.raises(bytegrad.SeedError):
        bytegrad.hvp(lambda x: x[0] ** 2, X, [1.0])


@pytest.mark.slow
def test_inside_of_a_differentiated_function_variables_are_kept_apart() -> None:
    def outer(a: Any) -> Any:
        return bytegrad.hvp(lambda x: x[0] ** 3 * a, [2.0], [1.0])[0]

    assert bytegrad.gradient(outer, 5.0) == (12.0,)
    assert bytegrad.jvp(outer, (5.0,), (1.0,)) == (60.0, 12.0)

    def inner(x: Any) -> Any:
        return bytegrad.gradient(lambda y: y**2 * x[0], x[0])[0]

    assert not is_seen_through(inner, [3.0])
    assert bytegrad.hvp(inner, [3.0], [1.0]) == [4.0]


def test_lists_that_come_twice() -> None:
    row = [1.0, 2.0]
    assert not is_seen_through(lambda x: x[0][0], [row, row])
    assert is_seen_through(lambda x: x[0][0], [row, [*row]])


def test_of_nested_structures() -> None:
    def f(x: Any) -> Any:
        rows, (a, b) = x
        return rows[0][0] ** 2 * np.sum(a) * b + rows[1][1] ** 3

    x = ([[1.0, 2.0], [3.0, 4.0]], (np.array([1.0, 2.0]), 3.0))
    v = ([[1.0, 0.0], [0.0, 1.0]], (np.array([1.0, 1.0]), 0.0))
    assert is_seen_through(f, x)
    rows, (a, b) = bytegrad.hvp(f, x, v)
    assert rows[0][0] == pytest.approx(30.0)
    assert rows[1][1] == pytest.approx(24.0)
    assert a == pytest.approx([6.0, 6.0])
    assert b == pytest.approx(8.0)
