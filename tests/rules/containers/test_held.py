"""Containers that a rule's pullback looks into, and that the program changes afterwards: second derivatives as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bytegrad import grad, gradient


def list_changed_behind_a_rule(x: Any) -> Any:
    xs = [x, x * x]
    y = np.dot(np.array([1.0, 2.0]), xs) * np.dot(xs, xs)
    xs[0] = 0.0
    return y


def list_emptied_behind_a_rule(x: Any) -> Any:
    xs = [x, x * x]
    y = np.sum(np.multiply(xs, xs))
    xs.clear()
    return y


def list_of_a_set(x: Any) -> Any:
    return np.prod([*{x}, x])


def list_added_to_a_list(x: Any) -> Any:
    return np.prod(list((x,)) + [x * x])


@pytest.mark.parametrize(
    "f, derivatives",
    [
        (
            list_changed_behind_a_rule,
            lambda x: (3 * x**2 + 8 * x**3 + 5 * x**4 + 12 * x**5, 6 * x + 24 * x**2 + 20 * x**3 + 60 * x**4),
        ),
        (list_emptied_behind_a_rule, lambda x: (2 * x + 4 * x**3, 2 + 12 * x**2)),
        (list_of_a_set, lambda x: (2 * x, 2.0)),
        (list_added_to_a_list, lambda x: (3 * x**2, 6 * x)),
    ],
)
def test_second_derivatives(f: Any, derivatives: Any) -> None:
    x = 1.3
    first, second = derivatives(x)
    assert gradient(f, x)[0] == pytest.approx(first)
    assert grad(grad(f))(x) == pytest.approx(second)


def test_a_container_in_itself_as_operand() -> None:
    def f(x: Any) -> Any:
        node: list[Any] = [x]
        node.append(node)
        return node[1][0] * len(repr(node))

    assert gradient(f, 2.0) == (12.0,)
