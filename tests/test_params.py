"""Implicit parameters: what a function finds through globals, closures and attributes, keyed by identity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import Grads, Params, Tangent, gradient, pullback, withgradient

WEIGHTS = [1.0, 2.0]
TABLE = {"scale": 3.0}


class Layer:
    """A callable model with arrays in attributes."""

    def __init__(self, n: int) -> None:
        self.w = np.linspace(0.5, 1.5, n)
        self.b = np.array(0.25)
        self.scale = 2.0

    def __call__(self, x: Any) -> Any:
        return self.scale * (self.w @ x) + self.b


def test_found_through_globals() -> None:
    grads = gradient(lambda: WEIGHTS[0] * WEIGHTS[1] * TABLE["scale"], Params([WEIGHTS, TABLE]))
    assert grads[WEIGHTS] == [6.0, 3.0]
    assert grads[TABLE] == {"scale": 2.0}


def test_found_through_closures_and_attributes() -> None:
    layer, x = Layer(3), np.array([1.0, 2.0, 3.0])
    grads = gradient(lambda: layer(x) ** 2, Params([layer.w, layer.b, layer]))
    y = layer(x)
    assert grads[layer.w] == pytest.approx(2 * y * 2.0 * x)
    assert grads[layer.b] == pytest.approx(2 * y)
    assert grads[layer].scale == pytest.approx(2 * y * (layer.w @ x))
    assert grads[layer].w == pytest.approx(grads[layer.w])


def test_equal_objects_are_two_parameters() -> None:
    a, b = [1.0], [1.0]
    params = Params([a, b, a])
    assert len(params) == 2
    assert gradient(lambda: 2 * a[0] + 3 * b[0], params).values() == [[2.0], [3.0]]


def test_changed_during_the_call() -> None:
    state = {"total": 1.0}

    def f() -> Any:
        state["total"] = state["total"] * 3.0
        return state["total"] ** 2

    assert gradient(f, Params([state]))[state] == {"total": 18.0}
    assert state == {"total": 3.0}


def test_without_influence() -> None:
    unused = [1.0]
    grads = gradient(lambda: WEIGHTS[0], Params([unused, WEIGHTS]))
    assert grads[unused] is None
    assert grads.map(lambda g: g)[unused] is None


def test_with_value_and_further_results() -> None:
    val, grads = withgradient(lambda: (WEIGHTS[0] ** 2, "aux", WEIGHTS), Params([WEIGHTS]))
    assert val == (1.0, "aux", WEIGHTS)
    assert isinstance(grads, Grads)
    assert grads[WEIGHTS] == [2.0, None]


def test_pullback_with_any_seed() -> None:
    y, back = pullback(lambda: [WEIGHTS[0] * 2, WEIGHTS[1] * 3], Params([WEIGHTS]))
    assert y == [2.0, 6.0]
    assert back([1.0, None])[WEIGHTS][0] == 2.0
    assert back([10.0, 100.0])[WEIGHTS] == [20.0, 300.0]


def test_keywords_are_passed_on() -> None:
    assert gradient(lambda k: WEIGHTS[0] * k, Params([WEIGHTS]), k=7.0)[WEIGHTS] == [7.0, None]


def test_arithmetic_of_gradients() -> None:
    w, m, p = np.ones(2), {"a": [1.0]}, Layer(2)
    params = Params([w, m, p])
    grads = gradient(lambda: w @ np.array([1.0, 2.0]) * m["a"][0] * p.scale, params)
    for found, factor in ((grads + grads, 2), (grads - 3 * grads, -2), (grads / 4, 0.25), (-grads, -1), (grads * 2, 2)):
        assert found[w] == pytest.approx(np.array([2.0, 4.0]) * factor)
        assert found[m] == {"a": [6.0 * factor]}
        assert found[p] == Tangent(scale=3.0 * factor)
    other = Params([p])
    joined = grads + gradient(lambda: p.scale**2, other)
    assert joined[p] == Tangent(scale=7.0)
    assert list(joined) == [w, m, p]


def test_gradients_as_a_mapping() -> None:
    params = Params([WEIGHTS, TABLE])
    grads = gradient(lambda: WEIGHTS[0] * TABLE["scale"], params)
    assert [key for key, _ in grads.items()] == grads.keys() == [WEIGHTS, TABLE]
    assert len(grads) == 2
    assert TABLE in grads
    assert grads.get([1.0, 2.0], "absent") == "absent"
    with pytest.raises(KeyError, match="a list of 2 is not one of the parameters"):
        grads[[1.0, 2.0]]
    steps = grads.map(lambda g, h: (g, h), grads)
    assert steps[TABLE] == ({"scale": 1.0}, {"scale": 1.0})


@pytest.mark.parametrize("value", [1.0, "text", (1.0, 2.0), None])
def test_values_cannot_be_parameters(value: Any) -> None:
    with pytest.raises(bytegrad.ArgumentError, match="cannot be a parameter"):
        Params([value])


def test_nothing_follows_parameters() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="others follow them"):
        gradient(lambda x: x, Params([WEIGHTS]), 1.0)


def test_inside_of_a_differentiated_function() -> None:
    w = [3.0]

    def slope(x: Any) -> Any:
        return gradient(lambda: (w[0] * x) ** 2, Params([w]))[w][0]

    assert gradient(slope, 2.0) == (pytest.approx(24.0),)


def test_training_by_steepest_descent() -> None:
    layer = Layer(2)
    rows, wanted = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 3.0, 4.0])
    params = Params([layer.w, layer.b])

    def loss() -> Any:
        return sum((layer(row) - y) ** 2 for row, y in zip(rows, wanted, strict=True))

    for _ in range(300):
        for parameter, slope in gradient(loss, params).items():
            np.subtract(parameter, 0.05 * slope, out=parameter)
    assert loss() < 1e-6


def test_an_array_by_itself_is_refused() -> None:
    """Its rows would be the parameters, which nobody uses."""
    with pytest.raises(bytegrad.ArgumentError, match="each row"):
        Params(np.ones((2, 2)))


@pytest.mark.parametrize("name", ["hessian", "hessian_reverse", "diaghessian", "hvp", "jvp", "pushforward"])
def test_what_does_not_take_parameters_says_so(name: str) -> None:
    params, v = bytegrad.Params([np.ones(2)]), np.ones(2)
    args: dict[str, Any] = {"hvp": (params, v), "jvp": ((params,), (v,))}
    with pytest.raises(bytegrad.ArgumentError, match=f"{name} does not take Params"):
        getattr(bytegrad, name)(lambda: 1.0, *args.get(name, (params,)))


def test_what_has_no_items_is_refused() -> None:
    for make, args in ((Params, (3,)), (Params, (None,)), (Grads, (Params([[1.0]]), 2.0)), (Grads, (len, []))):
        with pytest.raises(bytegrad.ArgumentError, match="where it needs an iterable"):
            make(*args)


def test_there_is_a_gradient_for_each_parameter() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="0 gradients of 1 parameters"):
        Grads(Params([[1.0]]), [])
