"""`tree_map` over structures of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import gradient, tree_map


class Layer:
    """A model that is called."""

    def __init__(self, weight: Any, activation: Any = abs) -> None:
        self.weight, self.activation = weight, activation

    def __call__(self, x: Any) -> Any:
        return self.activation(self.weight * x)


def test_callable_objects_are_followed_and_functions_are_not() -> None:
    model = Layer(2.0)
    (step,) = gradient(lambda model: model(3.0) ** 2, model)
    updated = tree_map(lambda p, g: p - 0.1 * g, model, step)
    assert (updated.weight, updated.activation, model.weight) == (2.0 - 0.1 * 36.0, abs, 2.0)


def test_a_callable_model_is_trained_in_a_line() -> None:
    model, x = Layer(np.zeros(2), activation=np.sin), np.array([1.0, 2.0])
    for _ in range(200):
        (step,) = gradient(lambda model: np.sum((model(x) - 0.5) ** 2), model)
        model = tree_map(lambda p, g: p - 0.1 * g, model, step)
    assert np.allclose(model(x), 0.5, atol=1e-6)


@pytest.mark.parametrize(
    ("trees", "text"),
    [
        (([1.0], [1.0, 2.0]), "a list of 1, and a list of 2"),
        (([1.0], 2.0), "a list of 1, and a float"),
        (({"w": 1.0}, {"W": 1.0}), "without 'W'"),
        (({"a": [1.0]}, {"a": (1.0, 2.0)}), "a list of 1, and a tuple of 2"),
    ],
)
def test_trees_of_other_structures_are_refused(trees: Any, text: str) -> None:
    with pytest.raises(bytegrad.ArgumentError, match=text):
        tree_map(lambda p, g: p - g, *trees)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="an int where it needs a function"):
        tree_map(3, [1.0])  # type: ignore[arg-type]
