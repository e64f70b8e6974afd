"""A forward rule beside a reverse one: where it is used, what it gets, and when it is passed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.testing import check_gradient, check_rule

X, V = np.array([0.3, 0.4]), np.array([1.0, -2.0])


class Calls:
    """How often each of two rules was asked."""

    def __init__(self) -> None:
        self.forward = self.reverse = 0


def declared() -> tuple[Callable[..., Any], Calls]:
    """``sin(k x) s``, with both rules."""
    calls = Calls()

    def wave(x: Any, s: Any = 1.0, *, k: float = 2.0) -> Any:
        return np.sin(k * x) * s

    def forward(x: Any, s: Any = 1.0, *, k: float = 2.0) -> Any:
        calls.forward += 1

        def push(x_dot: Any, s_dot: Any = 0.0) -> Any:
            return np.cos(k * x) * k * x_dot * s + np.sin(k * x) * s_dot

        return np.sin(k * x) * s, push

    @bytegrad.adjoint(wave, pushforward=forward)
    def reverse(x: Any, s: Any = 1.0, *, k: float = 2.0) -> Any:
        calls.reverse += 1

        def pullback(y_bar: Any) -> Any:
            return y_bar * np.cos(k * x) * k * s, np.sum(y_bar * np.sin(k * x))

        return np.sin(k * x) * s, pullback

    return wave, calls


def test_both_pass_the_checks() -> None:
    wave, _ = declared()
    check_rule(wave, X, 3.0)
    check_rule(wave, 0.3, 2.0, k=1.5)
    check_gradient(lambda x: wave(x, x[0], k=0.5) ** 2, X, order=2)


def test_forward_mode_is_by_the_forward_rule() -> None:
    wave, calls = declared()
    y, y_dot = bytegrad.jvp(wave, (X, 3.0), (V, None))
    assert y == pytest.approx(3 * np.sin(2 * X))
    assert y_dot == pytest.approx(6 * np.cos(2 * X) * V)
    assert bytegrad.jvp(lambda x: np.sum(wave(x, k=1.0)), (X,), (V,))[1] == pytest.approx(np.cos(X) @ V)
    assert bytegrad.jvp(lambda s: wave(X, s), (3.0,), (1.0,))[1] == pytest.approx(np.sin(2 * X))
    assert (calls.forward, calls.reverse) == (3, 0)


def test_second_derivatives_are_by_the_forward_rule() -> None:
    wave, calls = declared()
    wanted = -4 * np.sin(2 * X)
    assert bytegrad.hvp(lambda x: np.sum(wave(x)), X, V) == pytest.approx(wanted * V)
    assert bytegrad.hessian(lambda x: np.sum(wave(x)), X) == pytest.approx(np.diag(wanted))
    assert bytegrad.hvp(wave, 0.3, 2.0) == pytest.approx(-8 * np.sin(0.6))
    assert calls.forward > 0
    assert calls.reverse == 0


def test_a_forward_rule_that_declines_leaves_it_to_the_reverse_one() -> None:
    def twice(x: Any) -> Any:
        return 2 * x

    @bytegrad.adjoint(twice, pushforward=lambda x: NotImplemented)
    def rule(x: Any) -> Any:
        return 2 * x, lambda y_bar: (2 * y_bar,)

    assert bytegrad.jvp(twice, (3.0,), (1.0,)) == (6.0, 2.0)
    assert bytegrad.jvp(lambda x: twice(x) * x, (3.0,), (1.0,)) == (18.0, 12.0)
    check_rule(twice, 3.0)


def test_what_there_is_no_forward_code_for_is_by_the_forward_rule_as_well() -> None:
    def total(xs: Any) -> Any:
        return xs["a"] * xs["b"]

    @bytegrad.adjoint(
        total, pushforward=lambda xs: (total(xs), lambda xs_dot: xs_dot["a"] * xs["b"] + xs["a"] * xs_dot["b"])
    )
    def rule(xs: Any) -> Any:
        raise AssertionError

    assert bytegrad.jvp(total, ({"a": 2.0, "b": 3.0},), ({"a": 1.0, "b": 1.0},)) == (6.0, 5.0)


def test_a_rule_of_a_method() -> None:
    class Gauge:
        def read(self, x: Any) -> Any:
            return x**2

    @bytegrad.adjoint(Gauge.read, pushforward=lambda self, x: (x**2, lambda self_dot, x_dot: 2 * x * x_dot))
    def rule(self: Any, x: Any) -> Any:
        return x**2, lambda y_bar: (None, 2 * x * y_bar)

    gauge = Gauge()
    assert bytegrad.jvp(lambda x: Gauge.read(gauge, x), (3.0,), (1.0,)) == (9.0, 6.0)
    assert bytegrad.jvp(lambda x: gauge.read(x), (3.0,), (1.0,)) == (9.0, 6.0)


def test_a_forward_rule_must_be_callable() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="pushforward"):
        bytegrad.adjoint(lambda x: x, pushforward=3.0)  # type: ignore[arg-type]


BROKEN: dict[str, Callable[..., Any]] = {
    "not a pair": lambda a, b: a * b,
    "gives another value": lambda a, b: (a + b, lambda a_dot, b_dot: a_dot * b + a * b_dot),
    "does not fit": lambda a, b: (a * b, lambda a_dot, b_dot: [a_dot]),
    "not each other's transpose": lambda a, b: (a * b, lambda a_dot, b_dot: a_dot * b - a * b_dot),
    "changes its arguments": lambda a, b: (a * b, lambda a_dot, b_dot: np.add(a_dot, 1.0, out=a_dot) * b),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_promise_is_reported(text: str) -> None:
    def product(a: Any, b: Any) -> Any:
        return a * b

    @bytegrad.adjoint(product, pushforward=BROKEN[text])
    def rule(a: Any, b: Any) -> Any:
        return a * b, lambda y_bar: (y_bar * b, y_bar * a)

    with pytest.raises(bytegrad.CheckError, match=text):
        check_rule(product, X, X + 1.0)


def test_a_second_derivative_that_is_wrong_is_reported() -> None:
    """The first ones may be right, and made so that they cannot be differentiated."""

    def cube(x: Any) -> Any:
        return x**3

    @bytegrad.adjoint(cube, pushforward=lambda x: (x**3, lambda x_dot: bytegrad.dropgrad(3 * x**2) * x_dot))
    def rule(x: Any) -> Any:
        return x**3, lambda y_bar: (3 * x**2 * y_bar,)

    check_rule(cube, 2.0, order=1)
    with pytest.raises(bytegrad.CheckError):
        check_rule(cube, 2.0)


@pytest.mark.parametrize(
    ("text", "push"),
    [
        ("returned an array", lambda x_dot: x_dot[:1]),
        ("raised ZeroDivisionError", lambda x_dot: 1 / 0),
        ("raised TypeError", lambda: 0.0),
    ],
)
def test_mistakes_are_not_hidden_by_the_reverse_rule(text: str, push: Any) -> None:
    def double(x: Any) -> Any:
        return 2 * x

    bytegrad.adjoint(double, pushforward=lambda x: (2 * x, push))(lambda x: (2 * x, lambda y_bar: (2 * y_bar,)))
    for f in (double, lambda x: double(x)):
        with pytest.raises(bytegrad.RuleError, match=text) as caught:
            bytegrad.jvp(f, (X,), (V,))
        assert "test_forward_rules.py" in str(caught.value)


def test_jvp_is_held_to_the_gradient() -> None:
    """`check_gradient` finds a forward rule that is wrong in what a function calls."""

    def square(x: Any) -> Any:
        return x * x

    @bytegrad.adjoint(square, pushforward=lambda x: (x * x, lambda x_dot: x * x_dot))
    def rule(x: Any) -> Any:
        return x * x, lambda y_bar: (2 * x * y_bar,)

    with pytest.raises(bytegrad.CheckError, match="jvp is not the transpose"):
        check_gradient(lambda x: square(x) + 1.0, 3.0)


class Holder:
    """What there is no forward code for."""

    value: Any


def held(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, whose value goes through an object."""

    def holding(*args: Any) -> Any:
        holder = Holder()
        holder.value = f(*args)
        return holder.value

    return holding


def test_the_general_way_takes_the_forward_rule() -> None:
    wave, calls = declared()
    twice = held(lambda x: wave(wave(x, k=1.0)) * x)
    wanted = np.diag(4 * np.cos(2 * np.sin(X)) * np.cos(X) * X / 2 + np.sin(2 * np.sin(X)))
    assert bytegrad.jvp(twice, (X,), (V,))[1] == pytest.approx(wanted @ V)
    assert bytegrad.pushforward(twice, X)(V) == pytest.approx(wanted @ V)
    assert bytegrad.jacobian(twice, X, mode="forward")[0] == pytest.approx(wanted)
    assert (calls.forward, calls.reverse) == (6, 0)
    assert bytegrad.jacobian(twice, X, mode="reverse")[0] == pytest.approx(wanted)
    assert (calls.forward, calls.reverse) == (6, 2)


def test_the_general_way_goes_on_to_second_derivatives() -> None:
    wave, calls = declared()
    square = held(lambda x: wave(x * x) * x)
    wanted = 12 * 0.7 * np.cos(2 * 0.49) - 16 * 0.7**3 * np.sin(2 * 0.49)

    def along(x: Any) -> Any:
        return bytegrad.jvp(square, (x,), (1.0,))[1]

    assert bytegrad.gradient(along, 0.7)[0] == pytest.approx(wanted)
    assert bytegrad.jvp(along, (0.7,), (1.0,))[1] == pytest.approx(wanted)
    assert calls.reverse == 0


def test_structures_on_the_general_way() -> None:
    def parts(d: Any, items: Any) -> Any:
        return {"p": d["a"] * d["b"] + items[0], "q": [d["a"]]}

    def push(d: Any, items: Any) -> Any:
        def pushed(d_dot: Any, items_dot: Any) -> Any:
            return {"p": d_dot["a"] * d["b"] + d["a"] * d_dot["b"] + items_dot[0], "q": [d_dot["a"]]}

        return parts(d, items), pushed

    bytegrad.adjoint(parts, pushforward=push)(lambda d, items: pytest.fail("the reverse rule was called"))
    both = held(lambda x, y: parts({"a": x, "b": y * x}, [y, 3.0]))
    y, y_dot = bytegrad.jvp(lambda x, y: both(x, y)["p"] * both(x, y)["q"][0], (2.0, 3.0), (1.0, 0.5))
    assert (y, y_dot) == pytest.approx((30.0, 2 * 12 + 15 + 4 * 2 * 0.5 + 2 * 0.5))
    assert bytegrad.jvp(both, (2.0, 3.0), (None, 0.5))[1] == {"p": 2.5, "q": [0.0]}


@pytest.mark.parametrize(
    ("text", "push"),
    [("returned an array", lambda x_dot: x_dot[:1]), ("raised ZeroDivisionError", lambda x_dot: 1 / 0)],
)
def test_mistakes_are_named_on_the_general_way(text: str, push: Any) -> None:
    def double(x: Any) -> Any:
        return 2 * x

    bytegrad.adjoint(double, pushforward=lambda x: (2 * x, push))(lambda x: (2 * x, lambda y_bar: (2 * y_bar,)))
    with pytest.raises(bytegrad.RuleError, match=text) as caught:
        bytegrad.jvp(held(double), (X,), (V,))
    assert "test_forward_rules.py" in str(caught.value)


def test_a_rule_that_declines_on_the_general_way() -> None:
    def twice(x: Any) -> Any:
        return 2 * x

    bytegrad.adjoint(twice, pushforward=lambda x: NotImplemented)(lambda x: (2 * x, lambda y_bar: (2 * y_bar,)))
    assert bytegrad.jvp(held(twice), (X,), (V,))[1] == pytest.approx(2 * V)
