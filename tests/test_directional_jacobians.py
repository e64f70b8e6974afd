"""Jacobians and pushforwards by way of forward code: against reverse mode; and when nothing may be taken as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional

WEIGHTS = np.linspace(-1.0, 1.0, 60).reshape(20, 3)
SCALE = 2.0
X = np.array([0.4, -0.9, 1.3])


def layer(x: Any) -> Any:
    return np.tanh(WEIGHTS @ x)


def several(a: Any, x: Any, name: str) -> Any:
    return a**2 * np.outer(np.sin(x), x) if name == "outer" else x


def loops(x: Any) -> Any:
    y = np.zeros(5)
    for i in range(5):
        y[i] = x[i % 3] ** i * SCALE
    return y


def solves(x: Any) -> Any:
    return np.linalg.solve(np.outer(x, x) + np.eye(3), np.exp(x))


CASES: list[tuple[Any, tuple[Any, ...]]] = [
    (layer, (X,)),
    (several, (1.5, X, "outer")),
    (loops, (X,)),
    (solves, (X,)),
    (lambda x: np.sum(x**2, axis=0), (np.outer(X, X),)),
    (lambda a: np.array([a, a * a, 3.0]), (0.5,)),
    (lambda x: x[0] * x[1], (X,)),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_columns_are_those_of_reverse_mode(f: Any, args: Any) -> None:
    size = np.size(f(*args))
    assert directional.columns(f, args, size) is not None
    wanted = bytegrad.withjacobian(f, *args, mode="reverse")
    for mode in ("forward", None):
        found = bytegrad.withjacobian(f, *args, mode=mode)
        assert np.array_equal(found.val, f(*args))
        for part, other in zip(found.grad, wanted.grad, strict=True):
            assert (part is None) == (other is None)
            if part is not None:
                assert part.shape == other.shape
                assert part == pytest.approx(other, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("most", [1, 4, 5000])
def test_directions_may_be_taken_in_turns(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directional, "_MOST", most)
    found = bytegrad.jacobian(layer, X, mode="forward")[0]
    assert found == pytest.approx((1 - layer(X) ** 2)[:, None] * WEIGHTS)


def test_side_effects_happen_once() -> None:
    seen: list[int] = []

    def noted(x: Any) -> Any:
        seen.append(1)
        return np.outer(x, x)

    assert bytegrad.jacobian(noted, X, mode="forward")[0].shape == (9, 3)
    assert bytegrad.pushforward(noted, X)(X).shape == (3, 3)
    assert seen == [1, 1]


def test_results_that_are_no_arrays_are_left_to_the_general_way() -> None:
    found = bytegrad.jacobian(lambda x: [x[0] * x[1], {"a": x * x}], X, mode="forward")[0]
    assert found == pytest.approx(bytegrad.jacobian(lambda x: [x[0] * x[1], {"a": x * x}], X, mode="reverse")[0])
    assert bytegrad.jacobian(lambda n: np.array([n, 2.0]) * n, 3, mode="forward")[0] == pytest.approx([6.0, 2.0])


# pushforwards -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("f", "args"), CASES)
def test_pushforwards_are_those_of_the_jacobian(f: Any, args: Any) -> None:
    push = bytegrad.pushforward(f, *args)
    matrices = bytegrad.jacobian(f, *args, mode="reverse")
    rng = np.random.default_rng(0)
    dots = tuple(
        rng.normal(size=np.shape(arg)) if part is not None else None for arg, part in zip(args, matrices, strict=True)
    )
    wanted = sum(
        np.reshape(part @ np.ravel(dot) if part.ndim == 2 else part * dot, np.shape(f(*args)))
        for part, dot in zip(matrices, dots, strict=True)
        if part is not None
    )
    dots = tuple(float(dot) if np.ndim(dot) == 0 and dot is not None else dot for dot in dots)
    for _ in range(2):
        assert push(*dots) == pytest.approx(wanted, rel=1e-11)
    assert np.shape(push(*[None] * len(args)) or 0.0) in ((), np.shape(f(*args)))


def test_a_pushforward_stays_at_its_point(monkeypatch: pytest.MonkeyPatch) -> None:
    x = X.copy()
    push = bytegrad.pushforward(loops, x)
    wanted = push(np.ones(3))
    x[:] = 7.0
    assert push(np.ones(3)) == pytest.approx(wanted)
    monkeypatch.setitem(globals(), "SCALE", 10.0)
    assert push(np.ones(3)) == pytest.approx(wanted)
    assert push(2 * np.ones(3)) == pytest.approx(2 * wanted)


def test_what_is_wrong_is_said_as_before() -> None:
    push = bytegrad.pushforward(layer, X)
    with pytest.raises(bytegrad.ArgumentError, match="1 arguments, but 2 tangents"):
        push(X, X)
    with pytest.raises(bytegrad.SeedError):
        push(np.ones(4))
    with pytest.raises(ZeroDivisionError):
        bytegrad.pushforward(lambda x: np.array([x / 0]), 1.0)
