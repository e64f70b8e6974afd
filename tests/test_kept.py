"""A pullback is that of the point at which the function was called, whatever its caller does to arrays meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad


class Layer:
    def __init__(self) -> None:
        self.weights, self.last = np.full((3, 3), 0.5), np.zeros(3)

    def __call__(self, x: Any) -> Any:
        self.last = np.tanh(self.weights @ x)
        return np.sum(self.last**2)


WEIGHTS = np.arange(9.0).reshape(3, 3) / 9
LAYER = Layer()


def rows(x: Any) -> Any:
    total = 0.0
    for i in range(3):
        total = total + WEIGHTS[i] @ np.sin(x) * x[i]
    return total


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "argument": lambda x: np.sum(x * x),
    "constant": lambda x: np.sum(np.sin(WEIGHTS @ x)),
    "view of a constant": lambda x: np.sum(WEIGHTS[1] * x * x),
    "both": lambda x: np.sum(WEIGHTS[1] * x * (WEIGHTS * x)),
    "loop": rows,
    "transpose": lambda x: np.sum(np.exp(WEIGHTS.T @ x)),
    "rule": lambda x: np.sum(np.linalg.solve(WEIGHTS + np.eye(3), x) ** 2),
    "attribute": LAYER,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("make", [bytegrad.pullback, lambda f, x: (None, bytegrad.pushforward(f, x))])
def test_what_the_caller_changes_makes_no_difference(name: str, make: Any) -> None:
    x, seed = np.array([0.5, -0.2, 0.8]), np.array([1.0, 2.0, -1.0])
    watched = [x, WEIGHTS, LAYER.weights]
    before = [array.copy() for array in watched]
    _, linear = make(FUNCTIONS[name], x)
    seeds = (1.0,) if make is bytegrad.pullback else (seed,)
    try:
        for array, was in zip(watched, before, strict=True):
            array[...] = was + 1.0
        wanted = make(FUNCTIONS[name], before[0])[1](*seeds) if name == "argument" else None
        late = linear(*seeds)
        assert all(np.array_equal(array, was + 1.0) for array, was in zip(watched, before, strict=True))
    finally:
        for array, was in zip(watched, before, strict=True):
            array[...] = was
    assert np.array(late) == pytest.approx(np.array(linear(*seeds)))
    assert np.array(late) == pytest.approx(np.array(make(FUNCTIONS[name], x)[1](*seeds)))
    assert wanted is None or np.array(late) == pytest.approx(np.array(wanted))


def test_results_and_items_of_arguments_may_be_changed() -> None:
    x = np.array([0.1, 0.2])
    y, back = bytegrad.pullback(np.exp, x)
    y[:] = 0.0
    assert back(np.ones(2))[0] == pytest.approx(np.exp(x))
    held = [x, 3.0]
    _, back = bytegrad.pullback(lambda items: np.sum(items[0] ** 2) * items[1], held)
    x[:] = 7.0
    assert back(1.0)[0][0] == pytest.approx([0.6, 1.2])
    assert x.tolist() == [7.0, 7.0]


def test_what_is_stored_in_an_argument_may_be_changed() -> None:
    layer = Layer()
    _, back = bytegrad.pullback(lambda layer, x: layer(x), layer, np.ones(3))
    wanted = back(1.0)
    layer.last[:] = 5.0
    assert back(1.0)[1] == pytest.approx(wanted[1])
    assert layer.last.tolist() == [5.0] * 3


def test_an_array_that_cannot_be_brought_back_is_refused() -> None:
    x = np.array([1.0, 2.0])
    _, back = bytegrad.pullback(lambda x: np.sum(x**3), x)
    x[:] = 0.0
    x.flags.writeable = False
    with pytest.raises(bytegrad.UnsupportedError, match="read-only"):
        back(1.0)


def test_inside_of_a_differentiated_function_it_is_refused() -> None:
    def changes(x: Any) -> Any:
        weights = np.array([1.0, 2.0])
        _, back = bytegrad.pullback(lambda x: np.sum(weights * x * x), x)
        weights *= 2.0
        return np.sum(back(1.0)[0])

    assert changes(np.ones(2)) == pytest.approx(6.0)
    with pytest.raises(bytegrad.UnsupportedError, match="between the call of pullback"):
        bytegrad.gradient(changes, np.ones(2))


class Holder:
    made: Any = None


STORED: dict[str, Any] = {}
HOLDER = Holder()


def into_a_dict(x: Any) -> Any:
    STORED["y"] = x * 2.0
    return np.sum(STORED["y"] ** 2)


def into_an_object(x: Any) -> Any:
    HOLDER.made = np.exp(x)
    return np.sum(HOLDER.made)


def into_an_outer_variable(x: Any) -> Any:
    made = np.exp(x) * x
    STORED.setdefault("views", []).append(made[1:])
    return np.sum(made**2)


@pytest.mark.parametrize("size", [3, 2000])
@pytest.mark.parametrize("f", [into_a_dict, into_an_object, into_an_outer_variable])
def test_what_the_function_has_stored_elsewhere_must_not_be_changed_before(f: Any, size: int) -> None:
    STORED.clear()
    x = np.linspace(0.1, 1.0, size)
    _, back = bytegrad.pullback(f, x)
    exact = back(1.0)[0]
    assert back(1.0)[0].tolist() == exact.tolist()
    push = bytegrad.pushforward(f, x)
    stored = STORED["y"] if f is into_a_dict else HOLDER.made if f is into_an_object else STORED["views"][-1]
    before = stored.copy()
    stored[1] += 1.0
    with pytest.raises(bytegrad.UnsupportedError, match="made and stored was changed"):
        push(np.ones(size))
    stored[:] = before
    assert push(np.ones(size)) == pytest.approx(np.sum(exact))


class Odd(np.ndarray):
    """A subclass whose own methods are not to be asked."""

    def reshape(self, *shape: Any, **options: Any) -> Any:
        raise AssertionError

    def __setitem__(self, key: Any, value: Any) -> None:
        raise AssertionError


SUBCLASSES = {
    "masked": np.ma.array([0.1, 0.2, 0.3], mask=[False, True, False]),
    "matrix": np.array([[0.1, 0.2, 0.3]]).view(np.matrix),
    "odd": np.array([0.1, 0.2, 0.3]).view(Odd),
}


@pytest.mark.parametrize("name", SUBCLASSES)
def test_arrays_of_subclasses_may_be_changed_as_well(name: str) -> None:
    x = SUBCLASSES[name].copy()

    def f(x: Any) -> Any:
        return np.sum(np.multiply(x, x))

    expected, moved = bytegrad.gradient(f, x.copy())[0], x.copy()
    _, back = bytegrad.pullback(f, moved)
    push = bytegrad.pushforward(f, moved)
    if name != "masked":  # what is under its mask is looked at by a view that is made on the way: an error
        moved.view(np.ndarray)[...] = 7.0
    assert back(1.0)[0].tolist() == expected.tolist()
    slope = np.sum(np.asarray(x) * expected)
    assert push(x) == pytest.approx(slope)
    assert bytegrad.jvp(f, (x,), (x,))[1] == pytest.approx(slope)
    # The direction is constant, although it is the same object.
    np.testing.assert_allclose(np.ravel(bytegrad.hvp(f, x, x)), np.ravel(expected), rtol=1e-15)
    diagonal = np.where(np.ravel(expected) == 0, 0.0, 2.0).tolist()
    assert np.ravel(bytegrad.diaghessian(f, x)[0]).tolist() == diagonal
    for hessian in (bytegrad.hessian, bytegrad.hessian_reverse):
        assert hessian(f, x).tolist() == np.diag(diagonal).tolist()
