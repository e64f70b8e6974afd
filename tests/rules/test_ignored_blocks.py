"""`with ignore():` inside of differentiated functions: what is computed in the block is a constant behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import UnsupportedError, grad, gradient, ignore, jvp


def plain(x):
    with ignore():
        y = x * x
    return y * x


def by_module(x):
    with bytegrad.ignore():
        y = 0.0
        for i in range(3):
            y += np.sin(x) * i
        total = sum([x * i for i in range(3)])
    return (y + total) * x


def caught_inside(x):
    y = x * x
    with ignore():
        try:
            y = y / 0
        except ZeroDivisionError:
            y = x * 3
    return y * x


def returned_behind(x):
    with ignore():
        y = x * x if x > 1 else 3.0
        if x < 0:
            return y
    return y * x


def continued_inside(x):
    total = 0.0
    for n in range(4):
        with ignore():
            y = x * n
            if n == 1:
                continue
        total += x * y
    return total


def left_by_an_exception(x):
    y = 1.0
    try:
        with ignore():
            y = x * 3
            raise ValueError(x)
    except ValueError as error:
        return y * x + error.args[0] * 0.0


def with_another_manager(x):
    with ignore(), contextlib.nullcontext([x]) as kept:
        y = x * x + len(kept)
    return y * x


def kept_manager(x):
    manager, other = ignore(), ignore
    with manager:
        y = x * x
    with other():
        z = x + 1
    return y * z * x


def nested_blocks(x):
    with ignore():
        y = x * x
        with ignore():
            z = y * x
        y = z * x
    return y * x


def fresh_array(x):
    a = np.zeros(2)
    with ignore():
        a[0] = x * x
        b = a * x
    return a[0] * x + b[0] * x


def variable_of_a_closure(x):
    t = 0.0

    def inner():
        nonlocal t
        with ignore():
            t = x * x

    inner()
    return t * x


def all_kinds_of_statements(x):
    with ignore():
        d = {"a": x * x}
        pair = (x, x * 2)
        u, v = pair
        z = [*pair, u, v]
        double = lambda r: r * x  # noqa: E731
        val = double(2.0)
        text = f"{x:.2f}"
        del d["a"]
        assert val
        match pair:
            case (first, _):
                val += first
    return val * x + z[0] * x + len(text) * x


def attribute_of_a_constant(x):
    counter = Counter()
    with ignore():
        counter.calls = x * 2
    return counter.calls * x


def gradient_inside(x):
    with ignore():
        y = gradient(lambda t: t * t * x, x)[0]
    return y * x


BLOCKS = (
    plain,
    by_module,
    caught_inside,
    returned_behind,
    continued_inside,
    left_by_an_exception,
    with_another_manager,
    kept_manager,
    nested_blocks,
    fresh_array,
    variable_of_a_closure,
    all_kinds_of_statements,
    attribute_of_a_constant,
    gradient_inside,
)


@pytest.mark.parametrize("f", BLOCKS, ids=lambda f: f.__name__)
def test_what_a_block_computes_is_a_constant(f: Any) -> None:
    """Each of these is `x` times what its blocks compute."""
    value, back = bytegrad.pullback(f, 1.3)
    assert value == f(1.3)
    assert back(1.0)[0] == pytest.approx(value / 1.3)
    assert back(1.0)[0] == pytest.approx(value / 1.3)
    assert bytegrad.jvp(f, (1.3,), (1.0,))[1] == pytest.approx(value / 1.3)


def test_a_variable_that_a_block_leaves_alone_keeps_its_gradient() -> None:
    def f(x: float) -> float:
        y = x * x
        with ignore():
            z = y + 1
        return y * z

    assert gradient(f, 3.0) == (60.0,)


def test_a_value_that_is_returned_from_a_block_has_no_gradient() -> None:
    def f(x: float) -> float:
        with ignore():
            return x * x

    assert gradient(f, 3.0) == (None,)


class Counter:
    def __init__(self) -> None:
        self.calls = 0
        self.seen: list[float] = []


def test_a_block_may_change_what_does_not_matter() -> None:
    counter = Counter()

    def f(x: float) -> float:
        with ignore():
            counter.calls += 1
            counter.seen.append(x)
        return x * x

    assert gradient(f, 3.0) == (6.0,)
    assert (counter.calls, counter.seen) == (1, [3.0])


def changed_list(x):
    xs = [x * x]
    with ignore():
        xs.append(x)
    return xs[0] * xs[1]


def changed_attribute(x):
    counter = Counter()
    counter.calls = x * x
    with ignore():
        counter.calls = x * 2
    return counter.calls * x


def changed_array(x):
    a = np.array([x, x])
    with ignore():
        a[0] = x * x
    return a[0] * x


@pytest.mark.parametrize("f", [changed_list, changed_attribute, changed_array], ids=lambda f: f.__name__)
def test_changes_that_matter_are_errors(f: Any) -> None:
    with pytest.raises(bytegrad.NoRuleError, match="ignore") as refusal:
        gradient(f, 3.0)
    assert f.__name__ in str(refusal.value)


def test_a_block_that_yields_or_is_not_seen_to_be_one_is_refused() -> None:
    def generator(x: float) -> Iterator[float]:
        with ignore():
            yield x * x

    class Wrapping:
        def __enter__(self) -> None:
            self.inner = ignore()
            self.inner.__enter__()

        def __exit__(self, *error: object) -> None:
            self.inner.__exit__(*error)

    def wrapped(x: float) -> float:
        with Wrapping():
            y = x * x
        return y * x

    for f in (lambda x: next(generator(x)) * x, wrapped):
        with pytest.raises(bytegrad.UnsupportedError, match="cannot be ignored") as refusal:
            gradient(f, 3.0)
        assert "with bytegrad.ignore()" in refusal.value.fixes


def test_a_plain_call_is_not_concerned() -> None:
    assert plain(3.0) == 27.0


def test_what_a_function_ignores_is_constant_in_second_derivatives() -> None:
    assert grad(grad(lambda x: ignore(lambda: x) * x**2))(3.0) == 6.0
    assert jvp(grad(lambda x: ignore(lambda: x) * x**2), (3.0,), (1.0,)) == (18.0, 6.0)


def test_second_derivatives_of_blocks_that_compute_are_refused() -> None:
    notes = []

    def noting(x: Any) -> Any:
        with ignore():
            notes.append(f"{x}")
            n = len(notes)
        return x**3 * (n > 0)

    def computing(x: Any) -> Any:
        with ignore():
            c = x * 1.0
        return c * x**2

    assert grad(grad(noting))(2.0) == 12.0
    assert grad(computing)(2.0) == 8.0
    with pytest.raises(UnsupportedError, match="computes c, which is constant in first derivatives only"):
        grad(grad(computing))(2.0)
