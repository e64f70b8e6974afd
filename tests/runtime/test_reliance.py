"""Compiled code is made anew when a rule or class changes that it relies on, and only then."""

from typing import Any

import pytest

import bytegrad
from bytegrad import gradient
from bytegrad.runtime import compile as compiling


def unrelated(x: Any) -> Any:
    return x


def inner(x: float) -> float:
    return x * x


def middle(x: float) -> float:
    return inner(x) + x


def outer(x: float) -> float:
    return middle(x) * 2.0


def through_attribute(x: float) -> float:
    return bytegrad.tests_inner(x) * 3.0  # type: ignore[attr-defined, no-any-return]


def made_of(function: Any) -> set[int]:
    return {id(made) for made in compiling.compiled(function.__code__)}


@pytest.mark.parametrize("program", [inner, middle, outer])
def test_a_rule_for_something_else_leaves_compiled_code_alone(program):
    for _ in range(4):
        gradient(program, 2.0)
    before = made_of(program)
    with bytegrad.override(unrelated, lambda x: x):
        gradient(program, 2.0)
        assert made_of(program) == before
    gradient(program, 2.0)
    assert made_of(program) == before


@pytest.mark.parametrize("forward", [False, True])
def test_a_rule_for_a_callee_at_any_depth_counts_at_once(forward):
    def slope(x):
        return bytegrad.jvp(outer, (x,), (1.0,))[1] if forward else gradient(outer, x)[0]

    for _ in range(4):
        assert slope(2.0) == 10.0
    with bytegrad.override(inner, lambda x: 100.0 * x):
        for _ in range(4):
            assert slope(2.0) == 202.0
        with bytegrad.override(unrelated, lambda x: x), bytegrad.override(middle, lambda x: 7.0 * x):
            assert slope(2.0) == 14.0
        assert slope(2.0) == 202.0
    assert slope(2.0) == 10.0


def test_a_rule_for_what_was_reached_as_an_attribute_of_a_module(monkeypatch):
    monkeypatch.setattr(bytegrad, "tests_inner", inner, raising=False)
    assert [gradient(through_attribute, 2.0) for _ in range(4)] == [(12.0,)] * 4
    with bytegrad.override(inner, lambda x: 100.0 * x):
        assert [gradient(through_attribute, 2.0) for _ in range(4)] == [(300.0,)] * 4
    assert [gradient(through_attribute, 2.0) for _ in range(4)] == [(12.0,)] * 4


def test_second_derivatives_do_not_compile_the_library_anew_for_a_rule_of_the_users():
    def second(x):
        return gradient(lambda t: gradient(outer, t)[0], x)[0]

    assert [second(2.0) for _ in range(8)] == [4.0] * 8  # code gets better until it has been in use for a while
    known = {id(made) for *_, made in compiling._CACHE.entries.values()}
    with bytegrad.override(unrelated, lambda x: x):
        assert second(2.0) == 4.0
        assert {id(made) for *_, made in compiling._CACHE.entries.values()} == known
    with bytegrad.override(inner, lambda x: x * x * x):
        assert second(2.0) == 24.0
