"""Random programs: what the augmented primal returns is what Python returns, and the gradient that of dual numbers."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import bytegrad
from tests.codegen.programs import PLAIN, define, gradient_by_duals, programs
from tests.differences import numerical_gradient

numbers = st.sampled_from([0.7, -0.4, 1.3, 2.1, -1.6, 0.05])
arguments = st.tuples(numbers, numbers, st.one_of(numbers, st.sampled_from([1, 2, -1])))
LARGEST = 1e6


def check(source: str, args: tuple[Any, ...]) -> None:
    """Value and gradient of the program `source` at `args`."""
    try:
        truth = gradient_by_duals(source, args)
        wanted = define(source, PLAIN)(*args)
    except OverflowError:
        assume(False)
    assume(all(math.isfinite(number) and abs(number) < LARGEST for number in (*truth, wanted)))
    y, back = bytegrad.pullback(define(source, PLAIN), *args)
    assert repr(y) == repr(wanted)
    first, again = back(1.0), back(1.0)
    assert first == again
    found = [0.0 if bar is None else bar for bar in first]
    scale = max(map(abs, truth), default=0.0)
    assert all(abs(bar - dot) <= 1e-9 * max(scale, 1.0) for bar, dot in zip(found, truth, strict=True)), (found, truth)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(programs(), arguments)
def test_random_programs(source: str, args: tuple[Any, ...]) -> None:
    check(source, args)


SMOOTH = """
def f(x, y, z):
    u = x * sin(y)
    for i in range(3):
        u = u * z + tanh(x)
    return u / (2 + y ** 2)
"""


@example(SMOOTH)
@given(st.just(SMOOTH))
@settings(max_examples=1, deadline=None)
def test_dual_numbers_agree_with_differences(source: str) -> None:
    args = (0.7, -0.4, 1.3)
    wanted = numerical_gradient(define(source, PLAIN), args)
    assert all(abs(a - b) < 1e-8 for a, b in zip(gradient_by_duals(source, args), wanted, strict=True))
