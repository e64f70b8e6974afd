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
        def f.pullback():
        b0(%0, %1):
          %2: float, %3: float = unpack_record %0 [2]
          %4 = mul %1, %2
          %5 = mul %1, %3
          %6 = tuple %4, %5
          return %6
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
        def f.pullback():
        b0(%0, %1):
          %2: float = unpack_record %0 [1]
          %3 = mul %1, %2
          %4 = add %1, %3
          %5 = mul %1, %2
          %6 = add %4, %5
          %7 = tuple %6
          return %7
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
        def f.pullback():
        b0(%0, %1):
          %2: float = unpack_record %0 [1]
          %3 = mul %1, %2
          %4 = tuple %3
          return %4
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
        def f.pullback():
        b0(%0, %1):
          unpack_record %0 [0]
          %2 = neg %1
          %3 = tuple 0, %2
          return %3
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
        def f.pullback():
        b0(%0, %1):
          %2: float, %3: float, %4 = unpack_record %0 [3]
          %5 = mul %1, %2
          %6 = mul %1, %3
          %7: bool = is_ %4, 0
          br %7 ? b1 : b2(%6, %5)
        b1:
          %8 = add %6, %5
          jump b2(%8, 0)
        b2(%9, %10):
          %11 = tuple %9, %10
          return %11
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
        def f.pullback():
        b0(%0, %1):
          %2 = unpack_record %0 [1]
          %3: bool = is_ %2, 0
          br %3 ? b2(%1) : b1
        b1:
          %4 = neg %1
          jump b2(%4)
        b2(%5):
          %6 = tuple %5
          return %6
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
        def power.pullback():
        b0(%0, %1):
          %2: float = unpack_record %0 [1]
          %3 = pop [1]
          jump b1(%3, 0, %1)
        b1(%4, %5, %6):
          %7: bool = is_ %4, 0
          br %7 ? b2 : b3
        b2:
          %8 = tuple %5, 0
          return %8
        b3:
          %9, %10: float = pop [2]
          %11 = mul %6, %2
          %12 = mul %6, %10
          %13 = add %5, %12
          jump b1(%9, %13, %11)
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
        def f.pullback():
        b0(%0, %1):
          %2 = unpack_record %0 [1]
          %3, %4 = reverse %2, %1 [2]
          %5 = tuple %3, %4
          return %5
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
        def f.pullback():
        b0(%0, %1):
          unpack_record %0 [0]
          %2, %3 = split %1 [2]
          %4 = tuple %2, %3
          return %4
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
        def f.pullback():
        b0(%0, %1):
          %2: list = unpack_record %0 [1]
          %3, %4 = take_items %2 [("list", 2)]
          %5 = tuple %3, %4
          return %5
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
        def f.pullback():
        b0(%0, %1):
          %2, %3, %4 = unpack_record %0 [3]
          %5: bool = is_ %2, 0
          br %5 ? b1 : b2
        b1:
          %6 = reverse %3, %1 [1]
          jump b3(%6)
        b2:
          %7 = reverse %4, 0 [1]
          %8 = add %1, %7
          jump b3(%8)
        b3(%9):
          %10 = tuple %9
          return %10
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
    entries = [[value.number for value in values if value.number >= 0] for values in storage.entries.values()]
    assert [2] in entries
    assert all(entry in ([2], []) for entry in entries)
