"""Jacobians and Hessians against analytic matrices and differences; how often the function runs."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import Params, Tangent, diaghessian, hessian, hessian_reverse, hvp, jacobian, withjacobian
from tests.differences import numerical_gradient

MODES = ("forward", "reverse", None)


@pytest.mark.parametrize("mode", MODES)
def test_of_an_array(mode: Any) -> None:
    a = np.linspace(-1.0, 1.0, 6).reshape(2, 3)
    (found,) = jacobian(lambda x: a @ np.sin(x), np.array([0.1, 0.5, 0.9]), mode=mode)
    assert found == pytest.approx(a * np.cos([0.1, 0.5, 0.9]))


@pytest.mark.parametrize("mode", MODES)
def test_of_nothing(mode: Any) -> None:
    a = np.linspace(-1.0, 1.0, 6).reshape(2, 3)
    for rows, columns in ((0, 2), (3, 0), (0, 0)):
        x, xs = np.ones(columns), [1.0] * columns
        found = jacobian(lambda x, xs, rows=rows: (x @ a[: len(x)] + sum(xs))[:rows], x, xs, mode=mode)
        assert [part.shape for part in found] == [(rows, columns)] * 2


@pytest.mark.parametrize("mode", MODES)
def test_of_every_kind_of_argument(mode: Any) -> None:
    def f(x: Any, xs: Any, d: Any, o: Any, text: Any, nested: Any) -> Any:
        return {"a": x * xs[0], "b": [d["k"] * o.p, text, o.q[1] * nested[1][0]]}

    args = (2.0, (3.0, 5.0), {"k": 7.0}, SimpleNamespace(p=11.0, q=np.array([1.0, 13.0])), "text", [1.0, [17.0]])
    of_x, of_xs, of_d, of_o, of_text, of_nested = jacobian(f, *args, mode=mode)
    assert of_x.tolist() == [3.0, 0.0, 0.0]
    assert of_xs.tolist() == [[2.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    assert of_d["k"].tolist() == [0.0, 11.0, 0.0]
    assert of_o.p.tolist() == [0.0, 7.0, 0.0]
    assert of_o.q.tolist() == [[0.0, 0.0], [0.0, 0.0], [0.0, 17.0]]
    assert of_text is None
    assert of_nested[1].tolist() == [[0.0], [0.0], [13.0]]


@pytest.mark.parametrize("mode", MODES)
def test_the_function_runs_once(mode: Any) -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return np.outer(x, x)

    assert jacobian(f, np.arange(3.0), mode=mode)[0].shape == (9, 3)
    assert calls == [1]


def test_forward_mode_is_chosen_for_many_results(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed = []
    push = bytegrad.matrices.Pushforward.__call__
    monkeypatch.setattr(bytegrad.matrices.Pushforward, "__call__", lambda *args: pushed.append(1) or push(*args))
    monkeypatch.setattr(bytegrad.matrices, "columns", lambda *args: None)  # no forward code
    assert jacobian(lambda x: x * np.arange(200.0), 3.0)[0] == pytest.approx(np.arange(200.0))
    assert jacobian(lambda x: x * x, np.arange(3.0))[0] == pytest.approx(np.diag([0.0, 2.0, 4.0]))
    assert len(pushed) == 1


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_in_parameters(mode: str) -> None:
    w, box = np.array([1.0, 2.0]), {"b": 3.0}
    params = Params([w, box])
    val, grads = withjacobian(lambda: w * box["b"], params, mode=mode)
    assert val.tolist() == [3.0, 6.0]
    assert grads[w].tolist() == [[3.0, 0.0], [0.0, 3.0]]
    assert grads[box]["b"].tolist() == [1.0, 2.0]


def test_with_value() -> None:
    val, grad = withjacobian(lambda a, b: [a * b, a], 2.0, 3.0)
    assert val == [6.0, 2.0]
    assert [g.tolist() for g in grad] == [[3.0, 1.0], [2.0, 0.0]]


@pytest.mark.parametrize(
    "result, message",
    [(1j, "returned a complex"), ("text", "returned a str"), ([1.0, 2j], "complex"), (np.ones(2) * 1j, "an array")],
)
def test_what_is_no_real_result(result: Any, message: str) -> None:
    with pytest.raises(bytegrad.ScalarError, match=message):
        jacobian(lambda x: result, 1.0)


def test_an_unknown_mode() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="no mode 'sideways'"):
        jacobian(math.sin, 1.0, mode="sideways")


# Hessians ---------------------------------------------------------------------------------------------------


def rosenbrock(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_hessian(x: Any) -> Any:
    n = len(x)
    found = np.zeros((n, n))
    for i in range(n - 1):
        found[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        found[i + 1, i + 1] += 200.0
        found[i, i + 1] = found[i + 1, i] = -400.0 * x[i]
    return found


def soft(x: Any) -> Any:
    z = np.tanh(np.outer(x, x) @ np.cos(x))
    return np.sum(np.log1p(np.exp(z))) * np.sqrt(1.0 + x @ x)


@pytest.mark.parametrize("of", [hessian, hessian_reverse], ids=["hessian", "hessian_reverse"])
@pytest.mark.parametrize("kind", [np.array, list, tuple])
def test_analytic_hessian(of: Any, kind: Any) -> None:
    x = [0.3, -0.7, 1.2, 0.5]
    found = of(rosenbrock, kind(x))
    assert found == pytest.approx(rosenbrock_hessian(x), rel=1e-12, abs=1e-10)
    assert np.abs(found - found.T).max() <= 1e-10


def test_hessians_are_symmetric_and_those_of_differences() -> None:
    x = np.array([0.3, -0.7, 0.2])
    found = hessian(soft, x)
    assert np.abs(found - found.T).max() <= 1e-10
    rows = [numerical_gradient(lambda x, i=i: float(bytegrad.gradient(soft, x)[0][i]), (x,)) for i in range(3)]
    assert found == pytest.approx(np.array(rows), abs=1e-6)
    (diagonal,) = diaghessian(soft, x)
    assert diagonal == pytest.approx(np.diagonal(found))
    v = np.array([1.0, 2.0, -1.0])
    assert hvp(soft, x, v) == pytest.approx(found @ v)


def test_of_a_function_without_curvature() -> None:
    assert hessian(lambda x: 2 * x[0], np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda x: 3.0, 1.0) == 0.0
    assert hvp(lambda x: 3.0 + x.sum(), np.ones(2), np.ones(2)).tolist() == [0.0, 0.0]
    assert hvp(lambda x: 3.0, 1.0, 1.0) == 0.0


def test_diagonals() -> None:
    assert diaghessian(lambda x, xs, name: x**3 * xs[1] ** 2, 2.0, [1.0, 5.0], "name") == (300.0, [0.0, 16.0], None)


def test_hvp_in_any_structure() -> None:
    def f(model: Any) -> Any:
        return model.w[0] ** 2 * model.b["k"] + math.sin(model.b["k"])

    model = SimpleNamespace(w=[2.0, 3.0], b={"k": 5.0}, name="model")
    product = hvp(f, model, Tangent(w=[1.0, None], b={"k": 10.0}))
    assert product.w[0] == pytest.approx(2 * 5.0 + 2 * 2.0 * 10.0)
    assert product.b["k"] == pytest.approx(2 * 2.0 - math.sin(5.0) * 10.0)
    with pytest.raises(bytegrad.SeedError, match=r"argument 1\['w'\] is a list of 2"):
        hvp(f, model, Tangent(w=[1.0]))


def test_arguments_that_have_no_hessian() -> None:
    with pytest.raises(bytegrad.ArgumentError, match=r"Hessian is a matrix .* a dict of 1"):
        hessian(lambda d: d["a"], {"a": 1.0})


@pytest.mark.parametrize("x", [1 + 2j, np.array([1j, 2.0]), [1 + 2j, 3.0]], ids=["number", "array", "list"])
def test_hessians_in_complex_numbers_are_refused(x: Any) -> None:
    """The rows would be derivatives along the real axis alone."""
    for hessian_of in (bytegrad.hessian, bytegrad.hessian_reverse, bytegrad.diaghessian):
        with pytest.raises(bytegrad.ArgumentError, match="complex"):
            hessian_of(lambda z: np.sum(np.abs(np.array(z)) ** 2), x)


def in_a_try(p: Any) -> Any:
    try:
        return sum([x**3 for x in p])
    except ZeroDivisionError:
        return 0.0


ALSO_DIRECTIONS: dict[str, Any] = {
    "array": np.array([1.0, 2.0]),
    "float16": np.array([1.0, 2.0], np.float16),
    "longdouble": np.array([1.0, 2.0], np.longdouble),
    "integers": np.array([1, 2]),
    "list": [1.0, 2.0],
}


@pytest.mark.parametrize("name", ALSO_DIRECTIONS)
def test_the_direction_may_be_the_point_itself(name: str) -> None:
    x = ALSO_DIRECTIONS[name]
    assert np.ravel(hvp(in_a_try, x, x)).tolist() == [6.0, 24.0]
    assert np.ravel(hvp(lambda p: sum([x**3 for x in p]), x, x)).tolist() == [6.0, 24.0]
    if isinstance(x, np.ndarray):
        assert hvp(in_a_try, x, x[::-1]).tolist() == [12.0, 12.0]


def test_messages_name_the_function_of_the_user() -> None:
    def vector(x: Any) -> Any:
        return [x, x]

    with pytest.raises(bytegrad.ScalarError, match=r"<locals>\.vector returned"):
        bytegrad.diaghessian(vector, 1.0)
    with pytest.raises(TypeError, match="unsupported operand"):
        bytegrad.Tangent(a=1.0) * bytegrad.Tangent(a=2.0)


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros((0, 3)), np.array([True, False]), np.array(["a"])])
def test_hessians_in_no_numbers(x: Any) -> None:
    calls = []

    def f(x: Any) -> float:
        calls.append(x)
        return 1.0

    for second in (hessian, hessian_reverse):
        assert second(f, x).tolist() == np.zeros((x.size, x.size)).tolist()
    assert diaghessian(f, x)[0].shape == x.shape
    assert len(calls) == 3
