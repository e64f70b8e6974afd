"""`explain` says of each callable whether it was transformed, met a rule, or was left alone."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import explain


def scaled(x: float, factor: float) -> float:
    return factor * math.sin(x)


class Model:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, x: Any) -> Any:
        return np.tanh(self.w @ x)


def loss(model: Model, x: Any) -> Any:
    zlib.crc32(b"text")
    total = np.sum(model(x)) + scaled(float(x[0]), len(x)) + sum(map(abs, [1.0, x[0]]))
    return total + np.linalg.det(np.outer(x, x) + np.eye(2)) + sorted([1, 2], key=lambda v: -v)[0]


def test_every_callable_is_in_its_place() -> None:
    model, x = Model(np.ones((2, 2))), np.ones(2)
    found = explain(loss, model, x)
    assert found.value == loss(model, x)
    here = __file__
    assert found.transformed["loss"].startswith(f"{here}:")
    assert {"loss", "scaled", "Model.__call__", "loss.<locals>.<lambda>"} == set(found.transformed)
    assert found.rules["math.sin"] == "partials"
    assert found.rules["numpy.linalg.det"].endswith("linalg.det_rule")
    assert found.rules["sorted"].endswith("which means the same")
    assert found.rules["sum"] == "a rule of the library"
    assert {"numpy.sum", "numpy.tanh", "numpy.outer", "map", "sorted"} <= set(found.rules)
    assert found.left_alone["len"] == "carries no derivative, as declared"
    assert f"{here}:" in found.left_alone["zlib.crc32"]


def test_it_reads_well() -> None:
    text = repr(explain(scaled, 1.0, 2.0))
    assert text.splitlines()[0] == "transformed:"
    assert "  math.sin: partials" in text.splitlines()
    assert text.endswith("left alone:\n  nothing")


def test_rules_of_ones_own_are_named() -> None:
    def cube(x: float) -> float:
        return x**3

    @bytegrad.adjoint(cube)
    def cube_rule(x: float) -> Any:
        return x**3, lambda bar: (3 * bar * x * x,)

    found = explain(lambda x: cube(x) * 1.0, 2.0)
    assert [text for text in found.rules.values() if text.endswith("cube_rule")]
    assert list(found.transformed) == ["test_rules_of_ones_own_are_named.<locals>.<lambda>"]


def test_afterwards_all_is_as_before() -> None:
    explain(scaled, 1.0, 2.0)
    assert bytegrad.gradient(scaled, 0.0, 2.0) == (2.0, 0.0)


def test_errors_are_those_of_the_call() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="not callable"):
        explain(3)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        explain(lambda x: x / 0, 1.0)
