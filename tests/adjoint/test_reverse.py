"""reverse: IR in, the IR of its pullback out, as text."""

from __future__ import annotations

import math
import textwrap

import pytest

import bytegrad  # noqa: F401 - its rules are what inline instructions are reversed by
from bytegrad.ir.printer import dump
from tests.adjoint.pipeline import Types, reversed_ir

CASES: dict[str, tuple[Types, str, str]] = {
    "a product": (
        (float, float),
        """
        def f(x, y):
        b0(%0, %1):
          %2 = mul %0, %1
          return %2
        """,
        """
        """,
    ),
    "a value that is used twice": (
        (float,),
        """
        def f(x):
        b0(%0):
          %1 = mul %0, %0
          %2 = add %1, %0
          return %2
        """,
        """
        """,
    ),
    "a partial of inputs and output": (
        (float,),
        """
        def f(x):
        b0(%0):
          %1 = load_global ["math"]
          %2 = getattr %1 ["exp"]
          %3 = call %2, %0
          return %3
        """,
        """
        """,
    ),
    "nothing flows to what is not used": (
        (float, float),
        """
        def f(x, y):
        b0(%0, %1):
          %2 = neg %1
          return %2
        """,
        """
        """,
    ),
    "two ways to the return": (
        (float, float),
        """
        def f(x, y):
        b0(%0, %1):
          %2 = gt %0, 0
          br %2 ? b1(%0) : b1(%1)
        b1(%3):
          %4 = mul %3, %0
          return %4
        """,
        """
        """,
    ),
    "two returns": (
        (float,),
        """
        def f(x):
        b0(%0):
          %1 = gt %0, 0
          br %1 ? b1 : b2
        b1:
          return %0
        b2:
          %2 = neg %0
          return %2
        """,
        """
        """,
    ),
    "a loop": (
        (float, int),
        """
        def power(x, n):
        b0(%0, %1):
          jump b1(1.0, %1)
        b1(%2, %3):
          %4 = gt %3, 0
          br %4 ? b2 : b3
        b2:
          %5 = mul %2, %0
          %6 = sub %3, 1
          jump b1(%5, %6)
        b3:
          return %2
        """,
        """
        """,
    ),
    "an operation of unknown type leaves a record": (
        (None, float),
        """
        def f(x, y):
        b0(%0, %1):
          %2 = mul %0, %1
          return %2
        """,
        """
        """,
    ),
    "a tuple is taken apart": (
        (float, float),
        """
        def f(x, y):
        b0(%0, %1):
          %2 = tuple %0, %1
          return %2
        """,
        """
        """,
    ),
    "a fresh list has a shadow": (
        (float, float),
        """
        def f(x, y):
        b0(%0, %1):
          %2 = list %0, %1
          return %2
        """,
        """
        """,
    ),
    "an exception is caught": (
        (float,),
        """
        def f(x):
        b0(%0):
          %1 = load_global ["g"]
          %2 = call %1, %0
          jump b2(%2)
          except -> b1
        b1:
          %3 = caught
          jump b2(%0)
        b2(%4):
          return %4
        """,
        """
        """,
    ),
}


@pytest.mark.parametrize(("types", "primal", "pullback"), CASES.values(), ids=CASES)
def test_text_to_text(types: Types, primal: str, pullback: str) -> None:
    function, _ = reversed_ir(primal, types, {"math": math})
    assert dump(function, types=True) == textwrap.dedent(pullback).strip()


def test_what_is_saved_where() -> None:
    """A value that is defined once per call is saved with the frame, one of a loop in its block's entry."""
    _, primal, _ = CASES["a loop"]
    _, storage = reversed_ir(primal, (float, int))
    assert [value.number for value in storage.frame if value.number >= 0] == [0]
    (entry,) = [values for values in storage.entries.values() if values]
    assert [value.number for value in entry if value.number >= 0] == [2]
