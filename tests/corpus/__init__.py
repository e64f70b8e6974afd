"""Small functions in every construct of the language, which every stage of bytegrad is tried on.

They live here and not in the test modules because pytest rewrites the asserts of those, which changes the bytecode.
"""

from tests.corpus import (
    arithmetic,
    asynchronous,
    classes,
    containers,
    control,
    descriptors,
    functions,
    made,
    statements,
)
from tests.corpus.declare import Case, case

CASES: tuple[Case, ...] = (
    *arithmetic.CASES,
    *control.CASES,
    *containers.CASES,
    *functions.CASES,
    *classes.CASES,
    *descriptors.CASES,
    *made.CASES,
    *asynchronous.CASES,
    *statements.CASES,
)
RAISING: tuple[Case, ...] = statements.RAISING

# Each function once, for stages that look at the code and not at a run of it.
FUNCTIONS = tuple({entry.fn: None for entry in CASES})

__all__ = ["CASES", "FUNCTIONS", "RAISING", "Case", "case"]
