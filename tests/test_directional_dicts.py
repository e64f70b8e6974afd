"""Forward code of functions of dicts of parameters, and of what they pass by name."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional

W = np.linspace(-0.5, 1.0, 16).reshape(4, 4)
PARAMETERS: dict[str, Any] = {
    "w": W,
    "x": np.linspace(0.2, 1.1, 4),
    "b": {"inner": np.arange(4.0) / 4},
    "items": [np.ones(4) * 0.5, 2.0],
    "pair": (0.3, np.ones(2)),
    "s": 1.5,
    "name": "a",
    "none": None,
}
DIRECTION: dict[str, Any] = {"w": W.T.copy(), "b": {"inner": np.ones(4)}, "items": [None, 1.0], "s": 0.3}


def network(p: Any) -> Any:
    hidden = np.tanh(p["w"] @ p["x"] + p["b"]["inner"])
    scale = 2.0 if p["name"] == "a" and "q" not in p else 3.0
    out = affine({"slope": hidden, "shift": p["pair"][0]}, by=p["s"])
    return np.sum(out * p["items"][0]) * p["s"] + p["items"][1] ** 2 * scale * p["pair"][0] + np.sum(p["pair"][1])


def affine(p: Any, *, by: Any = 1.0, power: int = 2) -> Any:
    return p["slope"] ** power * by + p["shift"]


def moved(step: float) -> dict[str, Any]:
    p = copy.deepcopy(PARAMETERS)
    p["w"] += step * DIRECTION["w"]
    p["b"]["inner"] += step
    p["items"][1] += step
    p["s"] += step * DIRECTION["s"]
    return p


def test_products_and_derivatives_are_those_of_differences() -> None:
    step = 1e-5
    found = directional.product(network, PARAMETERS, DIRECTION)
    assert found is not None
    assert (found["name"], found["none"]) == (None, None)
    ahead, behind = (bytegrad.gradient(network, moved(sign * step))[0] for sign in (1, -1))
    compared = bytegrad.tree_map(lambda h, a, b: np.max(np.abs(h - (a - b) / (2 * step))), found, ahead, behind)
    assert max(compared["w"], compared["x"], compared["b"]["inner"], compared["items"][0], compared["s"]) < 1e-8
    assert found["pair"][0] == pytest.approx((ahead["pair"][0] - behind["pair"][0]) / (2 * step), rel=1e-7)
    y, y_dot = bytegrad.jvp(network, (PARAMETERS,), (DIRECTION,))
    assert y == network(PARAMETERS)
    assert y_dot == pytest.approx((network(moved(step)) - network(moved(-step))) / (2 * step), rel=1e-8)
    assert bytegrad.pushforward(network, PARAMETERS)(DIRECTION) == pytest.approx(y_dot)
    assert bytegrad.hvp(network, PARAMETERS, {})["w"].tolist() == np.zeros((4, 4)).tolist()


@pytest.mark.parametrize(
    "wrong", [{"q": 1.0}, {"name": 1.0}, 3.0, {"w": np.ones(3)}, {"b": {"z": 1.0}}, {"items": [1.0]}]
)
def test_directions_that_do_not_fit_are_refused(wrong: Any) -> None:
    with pytest.raises(bytegrad.SeedError, match="does not fit"):
        bytegrad.hvp(network, PARAMETERS, wrong)
    with pytest.raises(bytegrad.SeedError, match="does not fit"):
        bytegrad.jvp(network, (PARAMETERS,), (wrong,))


def written(p: Any) -> Any:
    made = {"x": p["x"] * 2.0}
    made["y"] = made["x"] * p["s"]
    return np.sum(made["y"] ** 2)


def merged(p: Any) -> Any:
    made = {**p, "s": p["s"] ** 2}
    return np.sum(made["x"] ** 2) * made["s"]


@pytest.mark.parametrize("f", [written, merged])
def test_others_are_left_to_the_general_way(f: Any) -> None:
    p, v = {"x": np.array([0.5, 0.7]), "s": 2.0}, {"x": np.array([1.0, -1.0]), "s": 0.5}
    assert directional.product(f, p, v) is None
    step = 1e-5
    ahead, behind = (f({"x": p["x"] + s * step * v["x"], "s": 2.0 + s * step * 0.5}) for s in (1, -1))
    assert bytegrad.jvp(f, (p,), (v,))[1] == pytest.approx((ahead - behind) / (2 * step), rel=1e-7)


def test_a_key_that_is_missing_is_an_error_as_in_a_plain_call() -> None:
    with pytest.raises(KeyError, match="absent"):
        bytegrad.hvp(lambda p: p["absent"] * 1.0, {"x": 1.0}, {"x": 1.0})


def test_keywords_may_get_other_defaults() -> None:
    def curved(x: float) -> Any:
        return cube(x)

    assert bytegrad.hvp(curved, 2.0, 1.0) == pytest.approx(12.0)
    defaults = cube.__kwdefaults__
    cube.__kwdefaults__ = {"power": 2}
    try:
        assert bytegrad.hvp(curved, 2.0, 1.0) == pytest.approx(2.0)
        cube.__kwdefaults__["power"] = 4
        assert bytegrad.hvp(curved, 2.0, 1.0) == pytest.approx(48.0)
    finally:
        cube.__kwdefaults__ = defaults


def cube(x: Any, *, power: int = 3) -> Any:
    return x**power
