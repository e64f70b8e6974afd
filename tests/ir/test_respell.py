"""respell: what Pythons spell differently comes out the same, and functions do the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bytegrad.ir.nodes import Function
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.respell import respell
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from tests.ir.random_functions import functions, run, same_run

CASES = {
    "the truth of a bool is itself": (
        "def f(x):\nb0(%0):\n  %1 = is_ %0, None\n  %2 = truth %1\n  br %2 ? b1 : b1\nb1:\n  return %0",
        "def f(x):\nb0(%0):\n  %1 = is_ %0, None\n  br %1 ? b1 : b1\nb1:\n  return %0",
    ),
    "the truth of anything else is asked for once": (
        "def f(x):\nb0(%0):\n  %1 = truth %0\n  %2 = truth %1\n  %3 = not_ %2\n  return %3",
        "def f(x):\nb0(%0):\n  %1 = not_ %0\n  return %1",
    ),
    "a truth that is used elsewhere stays": (
        "def f(x):\nb0(%0):\n  %1 = truth %0\n  %2 = not_ %1\n  %3 = tuple %1, %2\n  return %3",
        "def f(x):\nb0(%0):\n  %1 = truth %0\n  %2 = not_ %1\n  %3 = tuple %1, %2\n  return %3",
    ),
    "a function is made with its attributes, in the order of their flags": (
        """\
def f(x):
b0(%0):
  %1 = tuple %0
  %2 = make_function [(@code:g, 0)]
  set_function_attribute %2, %1 [8]
  set_function_attribute %2, (1.0,) [1]
  return %2""",
        "def f(x):\nb0(%0):\n  %1 = tuple %0\n  %2 = make_function (1.0,), %1 [(@code:g, 9)]\n  return %2",
    ),
    "a conversion is part of the formatting": (
        'def f(x):\nb0(%0):\n  %1 = convert %0 [2]\n  %2 = format %1, ">9" [0]\n  return %2',
        'def f(x):\nb0(%0):\n  %1 = format %0, ">9" [2]\n  return %1',
    ),
    "a local that is bound on every way need not be checked": (
        """\
def f(x):
b0(%0):
  br %0 ? b1(%0) : b1(1)
b1(%1):
  check %1
  br %1 ? b2(%1, UNBOUND) : b2(%1, 2)
b2(%2, %3):
  check %2
  check %3
  return %3""",
        """\
def f(x):
b0(%0):
  br %0 ? b1(%0) : b1(1)
b1(%1):
  br %1 ? b2(%1, UNBOUND) : b2(%1, 2)
b2(%2, %3):
  check %3
  return %3""",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_text_to_text(before: str, after: str) -> None:
    function = parse(before)
    verify(function)
    respell(function)
    verify(function)
    assert dump(function) == after


@given(functions, st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_it_does_the_same(function: Function, args: list[int]) -> None:
    args = args[: len(function.params)]
    before = run(function, args)
    respell(function)
    verify(function)
    assert same_run(run(function, args), before)
