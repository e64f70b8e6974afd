"""augmented_ir: what is inserted between the user's instructions, as text."""

from __future__ import annotations

import math
import textwrap

import pytest

import bytegrad  # noqa: F401 - its rules say what is inline
from bytegrad.adjoint.augmented import augmented_ir
from bytegrad.adjoint.reverse import reverse
from bytegrad.adjoint.storage import Storage, definitions
from bytegrad.codegen.generic import guards_of
from bytegrad.ir.graph import in_cycle
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from tests.adjoint.pipeline import Types, analysed

CASES: dict[str, tuple[Types, str, str]] = {
    "values of the frame, guards": (
        (float,),
        """
        def f(x):
        b0(%0):
          %1 = load_global ["math"]
          %2 = getattr %1 ["sin"]
          %3 = call %2, %0
          %4 = mul %3, %0
          return %4
        """,
        """
        def f.augmented(x):
        b0(%0: float):
          save %0 [0]
          %1 = load_global ["math"]
          %2 = getattr %1 ["sin"]
          guard %2, @math.sin
          %3: float = call %2, %0
          save %3 [1]
          %4: float = mul %3, %0
          %5 = with_record %4
          return %5
        """,
    ),
    "a loop has a tape, and ways in": (
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
        def power.augmented(x, n):
        b0(%0: float, %1: int):
          save %0 [0]
          jump b1(1.0, %1, 0)
        b1(%2: float, %3: int, %4):
          %5: bool = gt %3, 0
          br %5 ? b3 : b2
        b2:
          push %4
          jump b4
        b3:
          %6: float = mul %2, %0
          %7: int = sub %3, 1
          push %4, %2
          jump b1(%6, %7, 1)
        b4:
          %8 = with_record %2
          return %8
        """,
    ),
    "several exits": (
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
        def f.augmented(x):
        b0(%0: float):
          %1: bool = gt %0, 0
          br %1 ? b1 : b2
        b1:
          save 0 [0]
          %2 = with_record %0
          return %2
        b2:
          %3: float = neg %0
          save 1 [0]
          %4 = with_record %3
          return %4
        """,
    ),
    "what is inserted after an instruction that may raise is not handled": (
        (None,),
        """
        def f(x):
        b0(%0):
          %1 = getattr %0 ["y"]
          jump b2(%1)
          except -> b1
        b1:
          %2 = caught
          jump b2(%0)
        b2(%3):
          return %3
        """,
        """
        def f.augmented(x):
        b0(%0):
          %1 = getattr %0 ["y"]
          jump b1
          except -> b2
        b1:
          %2 = record
          save %2 [1]
          jump b3(%1, 0)
        b2:
          %3 = unwound
          save %3 [2]
          %4 = caught
          jump b3(%0, 1)
        b3(%5, %6):
          save %6 [0]
          %7 = with_record %5
          return %7
        """,
    ),
    "the index of an item may be negative": (
        (list, int),
        """
        def f(xs, i):
        b0(%0, %1):
          %2 = getitem %0, %1
          return %2
        """,
        """
        def f.augmented(xs, i):
        b0(%0: list, %1: int):
          save %0 [0]
          %2 = index %0, %1
          save %2 [1]
          %3 = getitem %0, %1
          %4 = with_record %3
          return %4
        """,
    ),
}


def augmented_text(types: Types, primal: str) -> str:
    """The dump of the augmented primal of the function that `primal` describes."""
    found, facts = analysed(primal, types, {"math": math})
    storage = Storage(in_cycle(found.function), definitions(found.function.blocks))
    reverse(found, storage, facts)
    function = augmented_ir(found, storage, guards_of(found)).function
    verify(function)
    return dump(function, types=True)


@pytest.mark.parametrize(("types", "primal", "augmented"), CASES.values(), ids=CASES)
def test_text_to_text(types: Types, primal: str, augmented: str) -> None:
    assert augmented_text(types, primal) == textwrap.dedent(augmented).strip()


def test_the_analysed_function_stays_as_it_was() -> None:
    types, primal, _ = CASES["a loop has a tape, and ways in"]
    found, facts = analysed(primal, types)
    before = dump(found.function)
    storage = Storage(in_cycle(found.function), definitions(found.function.blocks))
    reverse(found, storage, facts)
    augmented = augmented_ir(found, storage, guards_of(found))
    assert dump(found.function) == before
    kept = [instr.op for block in augmented.function.blocks for instr in block.instrs if instr in augmented.modes]
    assert kept == [instr.op for block in found.function.blocks for instr in block.instrs]
