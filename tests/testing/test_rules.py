"""`check_rule`: rules that keep their contract pass, and each broken promise is reported with the rule's place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.testing import check_rule

OURS = [
    (math.sin, (0.3,), {}),
    (math.hypot, (0.3, 0.4), {}),
    (np.sin, (np.linspace(0.1, 1.0, 3),), {}),
    (np.multiply, (np.ones((2, 3)), np.ones(3)), {}),
    (np.sum, (np.ones((2, 3)),), {"axis": 0}),
    (np.linalg.inv, (np.array([[2.0, 1.0], [0.5, 3.0]]),), {}),
    (np.linalg.svd, (np.array([[2.0, 1.0], [0.5, 3.0], [0.1, 0.2]]),), {"compute_uv": False}),
    (np.ndarray.sum, (np.ones((2, 3)),), {"axis": 1}),
]


@pytest.mark.parametrize(("target", "args", "kwargs"), OURS)
def test_the_librarys_own_rules_pass(target: Any, args: Any, kwargs: Any) -> None:
    check_rule(target, *args, **kwargs)


def test_without_a_rule_there_is_nothing_to_check() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="has no rule"):
        check_rule(lambda x: x, 1.0)


def test_a_rule_that_declines_is_passed_over() -> None:
    def twice(x: Any) -> Any:
        return 2 * x

    bytegrad.adjoint(twice)(lambda x: (2 * x, lambda y_bar: (2 * y_bar,)))
    bytegrad.adjoint(twice)(lambda x: NotImplemented)
    check_rule(twice, 3.0)


def test_partials_are_held_to_differences() -> None:
    def squash(x: float) -> float:
        return x / (1 + abs(x))

    bytegrad.partials(squash, "x -> y", lambda x: 1 / (1 + abs(x)) ** 2)
    check_rule(squash, 0.7)
    bytegrad.partials(squash, "x -> y", lambda x: 1 / (1 + abs(x)))
    with pytest.raises(bytegrad.CheckError, match="1 of 1 are wrong"):
        check_rule(squash, 0.7)


CALLS: list[float] = []

BROKEN: dict[str, Callable[..., Any]] = {
    "not a pair": lambda a, b: a * b,
    "another value": lambda a, b: (a * b + 1, lambda y_bar: (y_bar * b, None)),
    "instead of": lambda a, b: (np.float32(a * b), lambda y_bar: (y_bar * b, y_bar * a)),
    "1 cotangent for 2": lambda a, b: (a * b, lambda y_bar: (y_bar * b,)),
    "not a tuple": lambda a, b: (a * b, lambda y_bar: [y_bar * b, y_bar * a]),
    "is a number, its cotangent is": lambda a, b: (a * b, lambda y_bar: (y_bar * b, [y_bar])),
    "called again": lambda a, b: (a * b, lambda y_bar: (CALLS.append(y_bar) or len(CALLS) * b, None)),
    "1 of 2 are wrong": lambda a, b: (a * b, lambda y_bar: (y_bar * b, y_bar * b)),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_promise_is_reported(text: str) -> None:
    def product(a: float, b: float) -> float:
        return a * b

    bytegrad.adjoint(product)(BROKEN[text])
    with pytest.raises(bytegrad.CheckError, match=text) as caught:
        check_rule(product, 2.0, 3.0)
    if text != "1 of 2 are wrong":
        assert "test_rules.py:" in str(caught.value)


BROKEN_FOR_ARRAYS: dict[str, Callable[..., Any]] = {
    "changes what it is given": lambda a: (a * 2, lambda y_bar: (np.multiply(y_bar, 2, out=y_bar),)),
    r"args\[0\] is an array of shape \(3,\)": lambda a: (a * 2, lambda y_bar: (np.ones(4),)),
    "leaves its arguments as": lambda a: (np.multiply(a, 2, out=a), lambda y_bar: (2 * y_bar,)),
}


@pytest.mark.parametrize("text", BROKEN_FOR_ARRAYS)
def test_a_broken_promise_about_arrays_is_reported(text: str) -> None:
    def double(a: Any) -> Any:
        return a * 2

    bytegrad.adjoint(double)(BROKEN_FOR_ARRAYS[text])
    with pytest.raises(bytegrad.CheckError, match=text):
        check_rule(double, np.array([1.0, 2.0, 3.0]))
