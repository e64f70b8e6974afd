"""Calls of code in C without a rule: what they hand back that is older than the call keeps its cotangent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bytegrad import gradient, pullback
from bytegrad.testing import check_gradient


def named_by_an_iterator(x: float) -> float:
    xs = [x, 2.0]
    iter((xs, x)).__reduce__()
    return xs[0] * xs[1]


def test_lists_that_c_hands_back_keep_their_cotangents() -> None:
    assert gradient(named_by_an_iterator, 3.0) == (2.0,)


def zipped(x: float, ys: list[float]) -> float:
    for _, arg in zip((0, 1), (x, ys), strict=True):  # noqa: B007 - used behind the loop
        pass
    return x * ys[0] * arg[1] ** 2


def stepped(x: float, ys: list[float]) -> float:
    items: Any = iter((x, ys))
    return next(items) * next(items)[0] ** 2


@pytest.mark.parametrize("f", [zipped, stepped])
def test_lists_in_tuples_that_are_iterated_keep_their_second_derivatives(f: Callable[..., float]) -> None:
    check_gradient(f, 1.25, [10.0, 40.0], order=2)


def test_a_gradient_of_a_gradient_by_a_list_in_a_zip() -> None:
    def of_x(x: float, ys: list[float]) -> Any:
        return pullback(zipped, x, ys)[1](1.0)[0]

    assert gradient(of_x, 1.0, [3.0, 2.0]) == (0.0, [4.0, 12.0])


def test_numbers_read_out_of_an_argument_that_is_text():
    def f(x, text):
        return x * sum([float(part) for part in text.split()])

    assert gradient(f, 3.0, "2.0 5") == (7.0, None)
    assert gradient(lambda x, text: f(x, text.decode()), 3.0, b"2.0 5") == (7.0, None)


NOT_CALLABLE: list[Callable[[Any], Any]] = [
    lambda f: f(1.0),
    lambda f: f(1.0, x=2.0),
    lambda f: f(*(1.0,)),
    lambda f: f(**{"x": 1.0}),
    lambda f: [f][0](2.0),
]


@pytest.mark.parametrize("callee", [None, 3, "text", ()], ids=repr)
@pytest.mark.parametrize("call", NOT_CALLABLE, ids=range(len(NOT_CALLABLE)))
def test_what_cannot_be_called_raises_what_a_plain_call_raises(call: Callable[[Any], Any], callee: Any) -> None:
    with pytest.raises(TypeError) as plain:
        call(callee)
    with pytest.raises(TypeError) as ours:
        pullback(call, callee)
    assert str(ours.value) == str(plain.value)
